//! Exports networks built from cells as `PyTorch` files.

use super::{CellNetwork, NetworkDescription, OperatorDescription, OperatorKind};
use crate::export::{CellFile, STAGED_CELLS};
use crate::spaces::described::cell::{Draft, DraftEdge};
use crate::spaces::described::description::{OperatorsOn, Output};
use crate::spaces::described::space::DescribedSpace;
use crate::spaces::described::structure::Structure;
use crate::{Arch, SearchSpace};

impl DescribedSpace {
    /// Returns the `PyTorch` file of an architecture if the space has a `network`, or a chain but
    /// no cells.
    pub(in crate::spaces::described) fn exported(&self, arch: &Arch) -> Option<String> {
        if let (Some(built), [cell]) = (&self.built, self.cells.as_slice()) {
            return Some(built.file(self, arch, cell, self.complete(arch).first()?));
        }
        let chain = self.chain.as_ref().filter(|_| self.cells.is_empty())?;
        chain.pytorch(&self.chain_arch(arch)?)
    }
}

impl CellNetwork {
    /// Returns the `PyTorch` file of the network built from a complete cell.
    fn file(
        &self,
        space: &dyn SearchSpace,
        arch: &Arch,
        cell: &Structure,
        draft: &Draft,
    ) -> String {
        let NetworkDescription { resolution, channels, classes, width, stages, cells } = self.shape;
        let steps = cell.steps(draft);
        let lines = steps.iter().map(|Step { place, starts, end, operator }| {
            let name = &cell.operators[usize::from(*operator)];
            format!("    ({place:?}, {starts:?}, {end}, {name:?}),\n")
        });
        let operators = cell.operators.iter().zip(&self.operators).map(|(name, operator)| {
            format!("    {name:?}: lambda channels: {},\n", constructor(operator))
        });
        let text = format!(
            "# For each step: place, input nodes, output node, operator.\nSTEPS = [\n{}]\nOUTPUTS = {:?}\nOPERATORS = {{\n{}}}\n\
             CHANNELS = {channels}\nWIDTH = {width}\nSTAGES = {stages}\nCELLS = {cells}",
            lines.collect::<String>(),
            cell.output_nodes(draft),
            operators.collect::<String>(),
        );
        let [parameters, multiply_adds] = [0, 1].map(|cost| {
            let own = steps.iter().map(|step| &self.operators[usize::from(step.operator)]);
            let sum: u128 = own.map(|operator| self.operator_costs(operator)[cost]).sum();
            u64::try_from(self.fixed_costs()[cost] + sum).unwrap_or(u64::MAX)
        });
        CellFile {
            space,
            arch,
            cell: text,
            layers: STAGED_CELLS,
            image: (channels, resolution),
            classes,
            parameters,
            multiply_adds: Some(multiply_adds),
        }
        .text()
    }
}

/// An operator, the nodes whose sum it takes as input, and the node that its output goes to.
struct Step {
    /// Identifies the operator's location in its cell, by the same text in all architectures.
    place: String,
    starts: Vec<usize>,
    end: usize,
    operator: u8,
}

impl Structure {
    /// Returns the operators of a complete cell in an order in which they can be applied.
    fn steps(&self, draft: &Draft) -> Vec<Step> {
        let from = |end: usize| draft.edges[draft.edges_into(end)].iter().map(DraftEdge::from);
        match self.operators_on {
            OperatorsOn::Nodes => {
                let nodes = (self.inputs..).zip(&draft.operators);
                let step = |(end, &operator): (usize, _)| Step {
                    place: end.to_string(),
                    starts: from(end).collect(),
                    end,
                    operator,
                };
                nodes.map(step).collect()
            }
            OperatorsOn::Edges => {
                let step = |edge: &DraftEdge| {
                    let (from, end) = (edge.from(), edge.to);
                    let place = format!("{from}_{end}");
                    Some(Step { place, starts: vec![from], end, operator: edge.operator? })
                };
                draft.edges.iter().filter_map(step).collect()
            }
        }
    }

    /// Returns the nodes whose sum is a complete cell's output.
    fn output_nodes(&self, draft: &Draft) -> Vec<usize> {
        let end = self.inputs + draft.inner.unwrap_or(0);
        let feeds = |node: usize| draft.edges.iter().any(|edge| edge.from() == node);
        match self.output {
            Output::All => (self.inputs..end).collect(),
            Output::Last => vec![end - 1],
            Output::Unused => (self.inputs..end).filter(|node| !feeds(*node)).collect(),
            Output::Chosen => {
                draft.edges[draft.edges_into(end)].iter().map(DraftEdge::from).collect()
            }
        }
    }
}

/// Returns the Python expression that constructs an operator for `channels`.
fn constructor(operator: &OperatorDescription) -> String {
    let kernel = operator.kernel.unwrap_or(1);
    let dilation = match operator.dilation {
        Some(dilation @ 2..) => format!(", dilation={dilation}"),
        _ => String::new(),
    };
    let padding = kernel / 2;
    match operator.kind {
        OperatorKind::Convolution => format!("Convolution(channels, channels, {kernel}{dilation})"),
        OperatorKind::Depthwise => {
            format!("Convolution(channels, channels, {kernel}{dilation}, groups=channels)")
        }
        OperatorKind::Separable => format!("Separable(channels, {kernel}{dilation})"),
        OperatorKind::MaxPool => format!("nn.MaxPool2d({kernel}, 1, {padding})"),
        OperatorKind::AveragePool => {
            format!("nn.AvgPool2d({kernel}, 1, {padding}, count_include_pad=False)")
        }
        OperatorKind::Identity => "nn.Identity()".into(),
        OperatorKind::None => "Zero()".into(),
    }
}
