//! Costs defined by formulas.

use std::collections::BTreeMap;

use super::cell::Draft;
use super::description::{Combine, OperatorsOn};
use super::structure::{Edges, Structure};
use crate::CostMetric;
use crate::formula::{Formula, is_whole};
use crate::spaces::chain::{Block, Layer, Network};

/// The names of the variables in an operator's formula.
pub(super) const OPERATOR_VARIABLES: [&str; 3] = ["inputs", "from_inputs", "position"];

/// The names of the variables in a layer's formula.
pub(super) const LAYER_VARIABLES: [&str; 11] = [
    "stage", "layer", "depth", "input", "width", "side", "stride", "kernel", "expanded",
    "squeezed", "heads",
];

/// The names of a chain's costs in formulas, in the order of [`ChainValues::costs`].
pub(super) const CHAIN_VARIABLES: [&str; 2] = ["chain_params", "chain_macs"];

/// The formulas of one cost.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    pub(super) metric: CostMetric,
    pub(super) whole: Option<Formula>,
    /// Quantities that `whole` uses, in the order of its variables, which come after the constants.
    pub(super) counts: Vec<Count>,
    /// For each cell, the formulas for the costs of its operators.
    pub(super) operators: Vec<Vec<Option<Formula>>>,
    /// The formulas for the costs of layers: one for all stages, one for each stage, or none.
    pub(super) layers: Vec<Formula>,
    pub(super) combine: Combine,
    /// Whether the formulas show that the cost is a sum of terms, each of which a single decision
    /// settles.
    pub(super) is_sum: bool,
}

/// A quantity that the formula of the whole can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Count {
    /// The number of times that an operator was chosen in one cell or, if `cell` is `None`, in all
    /// cells.
    Operator { cell: Option<usize>, operator: String },
    /// A cost of the chain, given as an index into [`CHAIN_VARIABLES`].
    Chain(usize),
    /// A parameter, or one of the network's decisions, given as an index into the variables of the
    /// space's formulas.
    Variable(usize),
}

/// A chosen operator with its location.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    cell: usize,
    operator: u8,
    /// Number of edges that feed the operator.
    inputs: u32,
    /// Number of those edges that come from the cell's inputs.
    from_inputs: u32,
    /// Number of the operator's node or, if the operator is on an edge, of the node where the edge
    /// ends; from 1.
    position: usize,
}

/// The values of a chain's network that formulas can use.
#[derive(Debug, Clone, Default)]
pub(super) struct ChainValues {
    costs: [f64; 2],
    layers: Vec<[f64; LAYER_VARIABLES.len()]>,
}

/// The values outside of cells that formulas can use.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    pub(super) chain: ChainValues,
    /// The values of the parameters' variables, which include decisions of the network.
    pub(super) variables: Vec<f64>,
}

impl ChainValues {
    pub(super) fn new(network: &Network) -> Self {
        let cost = network.cost();
        let staged = || network.layers.iter().filter_map(|layer| Some((layer.stage?, layer)));
        let depth = |stage: usize| staged().filter(|(other, _)| *other == stage).count();
        let mut before = BTreeMap::new();
        let layers = staged().map(|(stage, layer)| {
            let number = before.entry(stage).or_insert(0);
            *number += 1;
            let shape = [layer.input, layer.output, layer.side, layer.stride];
            let own = block_values(layer);
            let mut values = [0.0; LAYER_VARIABLES.len()];
            values[0] = (stage + 1) as f64;
            values[1] = f64::from(*number);
            values[2] = depth(stage) as f64;
            values[3..]
                .iter_mut()
                .zip(shape.into_iter().chain(own))
                .for_each(|(v, n)| *v = n.into());
            values
        });
        let layers = layers.collect();
        Self { costs: [cost.parameters as f64, cost.multiply_adds as f64], layers }
    }
}

/// Returns a layer's kernel, inner channels, squeezed channels and attention heads. A value that
/// the layer lacks is 0, but missing inner channels are the input channels.
fn block_values(layer: &Layer) -> [u32; 4] {
    match layer.block {
        Block::InvertedBottleneck { kernel, expanded, squeeze, .. } => {
            [kernel, expanded, squeeze.map_or(0, |squeeze| squeeze.channels), 0]
        }
        Block::Convolution { kernel, .. } | Block::Separable { kernel } => {
            [kernel, layer.input, 0, 0]
        }
        Block::Residual { kernel } => [kernel, layer.output, 0, 0],
        Block::Bottleneck { kernel, inner } => [kernel, inner, 0, 0],
        Block::Transformer { heads, hidden } => [0, hidden, 0, heads],
        Block::Patches { .. } | Block::TokenPool | Block::Pool | Block::Linear { .. } => {
            [0, layer.input, 0, 0]
        }
    }
}

impl Cost {
    /// Returns true if the cost is a sum whose terms are known as soon as their operator or layer
    /// is chosen. This requires that the formulas use no parameter, no decision of the network, no
    /// number of inputs of a node whose edges are chosen after its operator, and no layer number or
    /// stage depth, which both skip identities.
    pub(super) fn is_settled_by_decisions(&self, cells: &[Structure], constants: &[f64]) -> bool {
        let names = |formula: &Formula, variables: &[&str], names: [&str; 2]| {
            let mut places = (0..variables.len()).filter(|at| names.contains(&variables[*at]));
            places.any(|at| formula.names(constants.len() + at))
        };
        let is_late = |(formulas, cell): (&Vec<Option<Formula>>, &Structure)| {
            cell.operators_on == OperatorsOn::Nodes
                && !matches!(cell.edges, Edges::Fixed { .. })
                && formulas
                    .iter()
                    .flatten()
                    .any(|it| names(it, &OPERATOR_VARIABLES, ["inputs", "from_inputs"]))
        };
        // Parameters are not whole numbers, and may be absent.
        self.combine == Combine::Sum
            && !self.counts.iter().any(|count| matches!(count, Count::Variable(_)))
            && self.whole.as_ref().is_none_or(|whole| whole.is_weighted_sum(constants))
            && !self.operators.iter().zip(cells).any(is_late)
            && !self.layers.iter().any(|it| names(it, &LAYER_VARIABLES, ["layer", "depth"]))
    }
}

/// All costs of a space.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    pub(super) constants: Vec<f64>,
    pub(super) all: Vec<Cost>,
}

impl Costs {
    /// Returns the value of each cost, in the cost's unit.
    pub(super) fn values(&self, cells: &[Structure], drafts: &[Draft], rest: &Rest) -> Vec<f64> {
        let chosen = chosen(cells, drafts);
        self.all.iter().map(|cost| self.value(cost, cells, &chosen, rest)).collect()
    }

    /// Returns the value of one cost, in its unit.
    pub(super) fn value_of(
        &self,
        cost: usize,
        cells: &[Structure],
        drafts: &[Draft],
        rest: &Rest,
    ) -> f64 {
        self.value(&self.all[cost], cells, &chosen(cells, drafts), rest)
    }

    /// Returns the part of each cost that the decisions so far have settled, before division by the
    /// unit's scale. Returns `None` for a cost that is not known to be a sum of whole numbers, each
    /// of which a single decision settles.
    pub(super) fn settled(
        &self,
        cells: &[Structure],
        drafts: &[Draft],
        rest: &Rest,
    ) -> Vec<Option<u64>> {
        let chosen = chosen(cells, drafts);
        let settled = |cost: &Cost| {
            if !cost.is_sum {
                return None;
            }
            let Terms { whole, operators, layers } = self.terms(cost, cells, &chosen, rest);
            let mut terms = std::iter::once(whole).chain(operators).chain(layers);
            let total = terms.try_fold(0.0, |sum, term| is_whole(term).then_some(sum + term))?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number below 2⁵³"
            )]
            is_whole(total).then_some(total as u64)
        };
        self.all.iter().map(settled).collect()
    }

    fn value(&self, cost: &Cost, cells: &[Structure], all: &[Chosen], rest: &Rest) -> f64 {
        let Terms { whole, operators, layers } = self.terms(cost, cells, all, rest);
        let value = match cost.combine {
            Combine::Sum => whole + operators.iter().sum::<f64>() + layers.iter().sum::<f64>(),
            Combine::Max => {
                let whole = cost.whole.is_some().then_some(whole);
                let parts = operators.into_iter().chain(layers).chain(whole);
                // `f64::max` would ignore NaN.
                let larger =
                    |one: f64, two: f64| if one >= two || one.is_nan() { one } else { two };
                parts.reduce(larger).unwrap_or(0.0)
            }
        };
        value / cost.metric.scale
    }

    fn terms(&self, cost: &Cost, cells: &[Structure], all: &[Chosen], rest: &Rest) -> Terms {
        let chain = &rest.chain;
        let counted = |count: &Count| match count {
            Count::Chain(cost) => chain.costs[*cost],
            Count::Variable(place) => rest.variables[*place],
            Count::Operator { cell, operator } => {
                let is_it = |chosen: &&Chosen| {
                    cell.is_none_or(|cell| cell == chosen.cell)
                        && cells[chosen.cell].operators[usize::from(chosen.operator)] == *operator
                };
                all.iter().filter(is_it).count() as f64
            }
        };
        let with_constants = |formula: &Formula, own: &[f64]| {
            formula.value(&[self.constants.as_slice(), own].concat())
        };
        let counts: Vec<_> = cost.counts.iter().map(counted).collect();
        let whole = cost.whole.as_ref().map_or(0.0, |whole| with_constants(whole, &counts));
        let operators = all.iter().filter_map(|chosen| {
            let formula =
                cost.operators[chosen.cell].get(usize::from(chosen.operator))?.as_ref()?;
            let own = [chosen.inputs.into(), chosen.from_inputs.into(), chosen.position as f64];
            Some(with_constants(formula, &own))
        });
        let layers = chain.layers.iter().filter_map(|layer| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "stage numbers"
            )]
            let own = cost.layers.get(layer[0] as usize - 1);
            Some(with_constants(own.or(cost.layers.first())?, layer))
        });
        Terms { whole, operators: operators.collect(), layers: layers.collect() }
    }
}

/// The terms of a cost before division by the unit's scale: the values of the formulas for the
/// whole, for operators and for layers.
#[derive(Debug)]
struct Terms {
    whole: f64,
    operators: Vec<f64>,
    layers: Vec<f64>,
}

/// Returns the operators chosen in all cells.
fn chosen(cells: &[Structure], drafts: &[Draft]) -> Vec<Chosen> {
    let cells = (0..).zip(cells.iter().zip(drafts));
    cells.flat_map(|(cell, (structure, draft))| structure.chosen(cell, draft)).collect()
}

impl Structure {
    fn chosen(&self, cell: usize, draft: &Draft) -> Vec<Chosen> {
        let into = |to: usize| draft.edges.iter().filter(move |edge| edge.to == to);
        let is_input = |from: usize| from < self.inputs;
        let on_node = |(node, &operator): (usize, &u8)| Chosen {
            cell,
            operator,
            inputs: u32::try_from(into(node).count()).unwrap_or(u32::MAX),
            from_inputs: u32::try_from(into(node).filter(|edge| is_input(edge.from())).count())
                .unwrap_or(u32::MAX),
            position: node + 1 - self.inputs,
        };
        match self.operators_on {
            OperatorsOn::Nodes => (self.inputs..).zip(&draft.operators).map(on_node).collect(),
            OperatorsOn::Edges => {
                let on_edge = |edge: &super::cell::DraftEdge| {
                    Some(Chosen {
                        cell,
                        operator: edge.operator?,
                        inputs: 1,
                        from_inputs: is_input(edge.from()).into(),
                        position: edge.to + 1 - self.inputs,
                    })
                };
                draft.edges.iter().filter_map(on_edge).collect()
            }
        }
    }
}
