//! The NAS-Bench-201 search space.

use std::fmt::Write as _;

use super::notation;
use crate::export::{CellFile, STAGED_CELLS};
use crate::spaces::described::{Roles, expression};
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, Label, LabelSet,
    Mask, NodeSet, SearchSpace, Subject,
};

/// The operators, in the order of the published API's `str2matrix`. A choice is an index into this
/// list.
pub(super) const OPERATORS: [&str; 5] =
    ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];
const NONE: u8 = 0;
const SKIP: u8 = 1;
const CONV_1X1: u8 = 2;
const CONV_3X3: u8 = 3;

/// The cell's edges, in the order of the published string. Decision `i` is the operator on edge
/// `i`.
const EDGES: [(usize, usize); 6] = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)];

/// Number of nodes of the cell, including its input.
const NODES: usize = 4;

/// The labels of nodes without an operator. They follow the operators' labels, which are the
/// operators' indices.
const INPUT: Label = 5;
const OUTPUT: Label = 6;
const UNDECIDED: Label = 7;

/// The node of the input in [`SearchSpace::graph`]; the next constant is that of the output. The
/// operator of edge `i` is node `i + 1`.
const INPUT_NODE: usize = 0;
const OUTPUT_NODE: usize = EDGES.len() + 1;

/// The NAS-Bench-201 cell: four nodes and six edges, with one of five operators on each edge.
///
/// There are 5⁶ = 15,625 architectures in 6,466 isomorphism classes. An architecture's graph is the
/// line graph of the cell, in which each operator is a node, with an input node and an output node
/// added.
///
/// Source: Dong and Yang, "NAS-Bench-201", ICLR 2020. The string notation and the classes are those
/// of the benchmark's API (`to_unique_str(consider_zero=True)`).
#[derive(Debug, Clone)]
pub struct NasBench201 {
    head: Head,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
}

/// The data set for which the networks are built. It determines the number of classes and the size
/// of the input images, and therefore the costs of the networks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Head {
    /// 10 classes, 32 × 32 pixels.
    #[default]
    Cifar10,
    /// 100 classes, 32 × 32 pixels.
    Cifar100,
    /// 120 classes, 16 × 16 pixels.
    ImageNet16,
}

impl Default for NasBench201 {
    fn default() -> Self {
        Self::new(Head::default())
    }
}

impl NasBench201 {
    /// Creates the space. Its costs are those of the networks for the data set `head`.
    pub fn new(head: Head) -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        Self {
            head,
            kinds: vec![DecisionKind::choice("operator", names(&OPERATORS))],
            labels: [names(&OPERATORS), names(&["input", "output", "undecided"])].concat(),
            metrics: vec![CostMetric::millions("params"), CostMetric::millions("flops")],
        }
    }

    /// Returns the data set for which the networks are built. It determines the costs that the
    /// space returns.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Returns the edges of the cell. Each is given as its source node, its target node and its
    /// operator.
    pub fn edges(&self, arch: &Arch) -> Vec<(usize, usize, &'static str)> {
        let names = arch.choices().iter().map(|&choice| OPERATORS[usize::from(choice)]);
        EDGES.iter().zip(names).map(|(&(from, to), name)| (from, to, name)).collect()
    }

    /// Returns the number of trainable parameters of the published network that is built from the
    /// cell.
    pub fn parameters(&self, arch: &Arch) -> u64 {
        let [millions, ..] = self.cost(arch)[..] else { return 0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "below 2 · 10⁶"
        )]
        let parameters = (millions * 1e6).round() as u64;
        parameters
    }

    /// Returns the rank of a cell among all cells, counted from 0. The rank serves as an index into
    /// tables. The digits of the rank in base five are the cell's choices. The most significant
    /// digit is the choice for the edge from node 0 to node 1.
    ///
    /// ```
    /// use ganas_graph::{SearchSpace, spaces::NasBench201};
    /// let space = NasBench201::default();
    /// let cell = "|none~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|skip_connect~2|";
    /// assert_eq!(NasBench201::rank(&space.parse(cell)?), 2 * 5 + 1);
    /// # Ok::<(), ganas_graph::ArchError>(())
    /// ```
    pub fn rank(arch: &Arch) -> usize {
        arch.choices().iter().fold(0, |rank, &choice| rank * OPERATORS.len() + usize::from(choice))
    }

    /// Returns the expression of the cell's last node, which is equal for isomorphic cells.
    fn expression(&self, choices: &[u8]) -> String {
        let edges = EDGES.iter().zip(choices).map(|(&(from, to), &choice)| (from, to, choice));
        let edges: Vec<_> = edges.collect();
        let operators = &self.kinds[0].choices;
        let roles = Roles { operators, nothing: Some(NONE), identity: Some(SKIP) };
        expression(&edges, NODES, roles)
    }
}

impl SearchSpace for NasBench201 {
    fn name(&self) -> &'static str {
        "nasbench201"
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        (prefix.len() < EDGES.len()).then(|| Decision {
            kind: 0,
            subject: Subject::Node(prefix.len() + 1),
            allowed: Mask::all(OPERATORS.len()),
        })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        graph.add_node(LabelSet::one(INPUT));
        for edge in 0..EDGES.len() {
            graph.add_node(LabelSet::one(prefix.get(edge).copied().unwrap_or(UNDECIDED)));
        }
        graph.add_node(LabelSet::one(OUTPUT));
        for (edge, &(from, to)) in EDGES.iter().enumerate() {
            if from == 0 {
                graph.add_edge(INPUT_NODE, edge + 1);
            }
            if to == 3 {
                graph.add_edge(edge + 1, OUTPUT_NODE);
            }
            for (later, _) in EDGES.iter().enumerate().filter(|(_, (start, _))| *start == to) {
                graph.add_edge(edge + 1, later + 1);
            }
        }
        graph
    }

    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        let graph = self.graph(arch.choices());
        let [input, output] = [INPUT_NODE, OUTPUT_NODE].map(|node| NodeSet::from_iter([node]));
        let none = arch.choices().iter().enumerate().filter(|(_, choice)| **choice == NONE);
        let shut = none.map(|(edge, _)| edge + 1).collect();
        let keep = graph.on_paths(&input, &output, &shut);
        graph.subgraph(&keep.union(&input).union(&output))
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        ArchHash::of(self.expression(arch.choices()).as_bytes())
    }

    /// Parses any of three notations: the published string, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`;
    /// the cell's index in the published files, counted from 0; or `NASLib`'s `op_indices`, such as
    /// `(4, 0, 3, 1, 4, 3)`.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        notation::read(self, text)
    }

    fn display(&self, arch: &Arch) -> String {
        let mut text = String::new();
        for node in 1..=3 {
            text.push_str(if node > 1 { "+|" } else { "|" });
            for (&(from, to), &choice) in EDGES.iter().zip(arch.choices()) {
                if to == node {
                    text.extend([OPERATORS[usize::from(choice)], "~", &from.to_string(), "|"]);
                }
            }
        }
        text
    }

    fn notation(&self) -> String {
        "nodes 1, 2 and 3, separated by `+`; each lists one `|operator~source|` per incoming edge, where the source is an earlier node and 0 is the input".into()
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// Returns the parameters and the FLOPs of the published network (16 channels, five cells per
    /// stage), in millions. The FLOPs are multiply–adds, as in the benchmark's records.
    ///
    /// In 150 of the published records, the number of parameters is wrong. It differs from the
    /// number returned here by the parameters of one edge.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let count = |op| arch.choices().iter().filter(|choice| **choice == op).count() as f64;
        let params = 0.073_306 + 0.028 * count(CONV_1X1) + 0.243_04 * count(CONV_3X3);
        let flops = 7.783_05 + 3.932_16 * count(CONV_1X1) + 35.389_44 * count(CONV_3X3);
        match self.head {
            Head::Cifar10 => vec![params, flops],
            Head::Cifar100 => vec![params + 0.005_85, flops + 0.005_85],
            Head::ImageNet16 => vec![params + 0.007_15, (flops - 0.000_65) / 4.0 + 0.007_8],
        }
    }

    fn pytorch(&self, arch: &Arch) -> Option<String> {
        Some(pytorch(self, arch))
    }

    fn size(&self) -> Option<u128> {
        Some(15_625)
    }

    fn classes(&self) -> Option<u128> {
        Some(6_466)
    }
}

/// Python constants for [`STAGED_CELLS`]. They include, for each operator, a function that creates
/// the operator for a given number of channels.
const OPERATOR_CLASSES: &str = "OPERATORS = {
    \"none\": lambda channels: Zero(),
    \"skip_connect\": lambda channels: nn.Identity(),
    \"nor_conv_1x1\": lambda channels: Convolution(channels, channels, 1),
    \"nor_conv_3x3\": lambda channels: Convolution(channels, channels, 3),
    \"avg_pool_3x3\": lambda channels: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
}
CHANNELS = 3
WIDTH = 16
STAGES = 3
CELLS = 5";

/// Returns the published NAS-Bench-201 network for the space's data set as a `PyTorch` file.
fn pytorch(space: &NasBench201, arch: &Arch) -> String {
    let mut cell =
        String::from("# For each step: place, input nodes, output node, operator.\nSTEPS = [\n");
    for (from, to, operator) in space.edges(arch) {
        let _ = writeln!(cell, "    (\"{from}_{to}\", [{from}], {to}, \"{operator}\"),");
    }
    let (classes, side) = match space.head() {
        Head::Cifar10 => (10, 32),
        Head::Cifar100 => (100, 32),
        Head::ImageNet16 => (120, 16),
    };
    CellFile {
        space,
        arch,
        cell: cell + "]\nOUTPUTS = [3]\n" + OPERATOR_CLASSES,
        layers: STAGED_CELLS,
        image: (3, side),
        classes,
        parameters: space.parameters(arch),
        multiply_adds: None,
    }
    .text()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::moves;

    const BEST: &str = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|";

    #[test]
    fn there_are_6466_classes() {
        let space = NasBench201::default();
        let classes: BTreeSet<_> =
            moves::enumerate(&space).map(|arch| space.canonical(&arch)).collect();
        assert_eq!(classes.len(), 6_466);
        assert_eq!(space.classes(), Some(6_466));
    }

    #[test]
    fn notation_round_trips() {
        let space = NasBench201::default();
        for arch in moves::enumerate(&space) {
            assert_eq!(space.parse(&space.display(&arch)).unwrap(), arch);
        }
        assert_eq!(space.display(&space.parse(BEST).unwrap()), BEST);
    }

    #[test]
    fn published_notations_are_read() {
        let space = NasBench201::default();
        let first = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";
        for (text, cell) in [
            ("0", first),
            (" 6111\n", BEST),
            ("[4, 3, 3, 0, 0, 0]", first),
            ("(2, 2, 0, 2, 2, 3)", BEST),
        ] {
            assert_eq!(space.display(&space.parse(text).unwrap()), cell, "{text}");
        }
        let mut cells: Vec<_> = (0..15_625).map(|i| space.parse(&i.to_string()).unwrap()).collect();
        cells.sort_unstable_by_key(NasBench201::rank);
        cells.dedup();
        assert_eq!(cells.len(), 15_625);
    }

    #[test]
    fn wrong_text_names_its_place() {
        let space = NasBench201::default();
        let error = |text: &str| space.parse(text).unwrap_err().to_string();
        assert_eq!(
            error("|nor_conv_5x5~0|+"),
            "nasbench201: at byte 1 of `|nor_conv_5x5~0|+`: expected an operator \
             (none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3), found `nor_conv_5x5`"
        );
        assert!(error("").contains("at byte 0 of ``: expected `|`, found the end"));
        assert!(error("|none~1|").contains("at byte 5 of `|none~1|`: expected `~0|`, found `~`"));
        assert!(error(&format!("{BEST}+|")).contains("expected the end"));
        assert!(error("|é").contains("at byte 1"));
        let index = error("15625");
        assert!(index.ends_with("expected an index below 15625, found `15625`"), "{index}");
        assert!(error("-1").contains("expected an index below 15625, found `-1`"));
        assert!(error("(4, 0, 3)").contains("expected the operators of six edges, found `(4, 0"));
        let operator = error("(4, 0, 5, 1, 4, 3)");
        assert!(operator.contains("at byte 7"), "{operator}");
        assert!(operator.contains("expected an operator's number from 0 to 4"), "{operator}");
    }

    #[test]
    fn costs_are_the_published_ones() {
        let close = |found: &[f64], expected: [f64; 2]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        };
        let best = NasBench201::default().parse(BEST).unwrap();
        close(&NasBench201::default().cost(&best), [1.073_466, 153.272_97]);
        close(&NasBench201::new(Head::Cifar100).cost(&best), [1.079_316, 153.278_82]);
        close(&NasBench201::new(Head::ImageNet16).cost(&best), [1.080_616, 38.325_88]);
    }

    #[test]
    fn canonical_graph_drops_what_has_no_effect() {
        let space = NasBench201::default();
        let dead = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|";
        let graph = space.canonical_graph(&space.parse(dead).unwrap());
        assert_eq!(graph.len(), 3, "input, the skip and output");
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
        let nothing = space.canonical_graph(&Arch::from_choices(&space, &[0; 6]).unwrap());
        assert_eq!((nothing.len(), nothing.edges().count()), (2, 0));
    }
}
