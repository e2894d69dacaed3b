//! The DARTS search space.

use super::canonical::canonical;
use super::cell::{self, Cell, Edge, OPERATORS};
use super::cost::{Network, cost};
use super::drawing::{LABEL_NAMES, Labels, canonical_graph, prefix_graph};
use super::genotype;
use super::pytorch::pytorch;
use super::representations::orders;
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, NetworkCost,
    Progress, SearchSpace,
};

/// The genotype `DARTS_V2` from `cnn/genotypes.py` of quark0/darts.
const DARTS_V2: &str = "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), \
                         ((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))";

/// The DARTS cells: a normal and a reduction cell, each with four inner nodes. An inner node is the
/// sum of two different earlier nodes, each passed through one of seven operators. A cell's output
/// is the concatenation of all its inner nodes.
///
/// For each edge in turn, the source node (the edge's input) is decided first, and then the
/// operator. The inputs of a cell's first inner node are not decided, since they can only be the
/// cell's own two inputs. Each choice selects one operator or one input. Changing one choice is
/// therefore the kind of mutation that is common in the literature. A node's two edges may be in
/// either order. If both orders are counted, there are 6.9 · 10¹⁹ words (complete sequences of
/// choices). If the order is ignored, 1.08 · 10¹⁸ remain. Architectures that differ only in this
/// order, or in the order of inner nodes, are isomorphic.
///
/// In the graph of an architecture, operators are nodes. Each node also has a label that states its
/// cell, and no edge connects the two cells. In the graph of a prefix (the choices made so far),
/// the last node is the operator of the edge that is being decided. This node has an incoming edge
/// from every source node that is still possible.
///
/// ```
/// use ganas_graph::{SearchSpace, spaces::Darts};
/// let space = Darts::default();
/// let cell = "((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5))";
/// let arch = space.parse(&format!("({cell}, {cell})"))?;
/// assert!(space.display(&arch).starts_with("Genotype(normal=[('sep_conv_3x3', 0), "));
/// let swapped = "((1, 3), (0, 3), (1, 3), (0, 3), (0, 2), (1, 3), (0, 2), (2, 5))";
/// let other = space.parse(&format!("({swapped}, {cell})"))?;
/// assert_eq!(space.canonical(&arch), space.canonical(&other));
/// # Ok::<(), ganas_graph::ArchError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Darts {
    network: Network,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
}

impl Default for Darts {
    /// Returns the space with the costs of the DARTS paper's network for CIFAR-10.
    fn default() -> Self {
        Self::new(Network::darts_cifar10())
    }
}

impl Darts {
    /// Creates the space. Its costs are computed for networks of the size `network`.
    pub fn new(network: Network) -> Self {
        Self::with_operators(network, &OPERATORS)
    }

    /// Creates the space with an eighth operator, `none`, which passes nothing on. The costs of the
    /// space are computed for networks of the size `network`.
    pub fn with_none(network: Network) -> Self {
        Self::with_operators(network, &[&OPERATORS[..], &["none"]].concat())
    }

    fn with_operators(network: Network, operators: &[&str]) -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let kind = |name: &str, choices| DecisionKind::choice(name, choices);
        Self {
            network,
            kinds: vec![
                kind("operator", names(operators)),
                kind("input", (0..5).map(|input| input.to_string()).collect()),
            ],
            labels: [names(operators), names(&LABEL_NAMES)].concat(),
            metrics: vec![CostMetric::millions("params"), CostMetric::millions("flops")],
        }
    }

    /// Returns the normal and the reduction cell of an architecture of this space.
    pub fn cells(&self, arch: &Arch) -> [Cell; 2] {
        cell::cells(arch.choices())
    }

    /// Returns the architecture that consists of the given cells. The edges of each cell's first
    /// inner node are sorted by their inputs. All other edges keep their order.
    ///
    /// # Errors
    /// [`ArchError::Forbidden`] if an edge has an operator or an input that this space does not
    /// allow, or if a node's two inputs are the same.
    pub fn arch(&self, cells: &[Cell; 2]) -> Result<Arch, ArchError> {
        let arch = Arch::from_choices(self, &cell::choices(cells))?;
        // Converting back checks the parts that the word does not hold.
        let first = |cells: &[Cell; 2]| {
            cells.map(|[one, two, ..]| {
                let mut inputs = [one.input, two.input];
                inputs.sort_unstable();
                inputs
            })
        };
        if first(cells) == first(&self.cells(&arch)) {
            return Ok(arch);
        }
        Err(ArchError::Forbidden {
            space: self.name().into(),
            position: 0,
            kind: "inputs of the first node".into(),
            allowed: vec![0, 1],
            choice: first(cells).as_flattened().iter().copied().max().unwrap_or(0),
        })
    }

    /// Returns the size of the networks whose costs the space returns.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Returns the number of parameters and all operation counts of the architecture's network.
    /// [`SearchSpace::cost`] is computed from some of them.
    pub fn network_cost(&self, arch: &Arch) -> NetworkCost {
        cost(&self.cells(arch), self.network)
    }

    /// Returns `arch` in the numeric notation. For each edge, it gives the number of the source
    /// node and the index of the operator.
    pub fn numeric(&self, arch: &Arch) -> String {
        genotype::numeric(&self.cells(arch))
    }

    /// Returns `arch` as a genotype in the JSON notation.
    pub fn json(&self, arch: &Arch) -> String {
        genotype::json(self.operators(), &self.cells(arch))
    }

    fn operators(&self) -> &[String] {
        &self.kinds[cell::OPERATOR_KIND].choices
    }

    fn drawn(&self) -> Labels {
        Labels::after(self.operators().len())
    }
}

impl SearchSpace for Darts {
    fn name(&self) -> &str {
        if self.operators().len() > OPERATORS.len() { "darts-none" } else { "darts" }
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        cell::next(prefix, self.operators().len())
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        prefix_graph(prefix, self.drawn())
    }

    /// Returns the graph with edges and inner nodes in canonical order, and without operators that
    /// carry nothing. It is equal for all architectures of an isomorphism class.
    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        canonical_graph(&self.cells(arch).each_ref().map(canonical), self.drawn())
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        let cells = self.cells(arch).each_ref().map(canonical);
        let byte_pair = |edge: &Edge| [edge.input, edge.operator];
        let bytes: Vec<u8> = cells.as_flattened().iter().flat_map(byte_pair).collect();
        ArchHash::of(&bytes)
    }

    /// Parses `Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=…)`, a
    /// JSON object with the same fields, or two lists of pairs (input, number of the operator).
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        self.arch(&genotype::parse(self.name(), self.operators(), text)?)
    }

    fn display(&self, arch: &Arch) -> String {
        genotype::python(self.operators(), &self.cells(arch))
    }

    fn notation(&self) -> String {
        "for each cell, two pairs (operator, input) for each of the nodes 2 to 5, in order; inputs 0 and 1 are the two previous cells, and the other inputs are earlier nodes; `concat` lists the nodes that form the output".into()
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// Returns the parameters and the FLOPs of the CIFAR-10 network without its auxiliary
    /// classifier, in millions. The FLOPs are the multiply–adds of the convolutions and the
    /// classifier.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let cost = self.network_cost(arch);
        vec![cost.parameters as f64 / 1e6, cost.multiply_adds as f64 / 1e6]
    }

    fn named_archs(&self) -> Vec<&str> {
        vec!["darts-v2"]
    }

    /// Returns the cells called `darts-v2`, which the DARTS paper found by its second-order method.
    /// They are also the example in the README of NAS-Bench-301.
    fn named(&self, name: &str) -> Option<Arch> {
        (name == "darts-v2").then(|| self.parse(DARTS_V2).ok()).flatten()
    }

    fn pytorch(&self, arch: &Arch) -> Option<String> {
        Some(pytorch(self, arch))
    }

    /// Both costs are sums over edges. An undecided operator counts as operator 0, which adds
    /// nothing.
    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        let cost = cost(&cell::cells(prefix), self.network);
        let settled = vec![Some(cost.parameters), Some(cost.multiply_adds)];
        Some(Progress { state: cell::state(prefix), settled })
    }

    /// Returns the number of orders of the inner nodes, without the factor 2⁶ for the orders of
    /// edges, which is common to all classes. Returns `None` if the space has the operator `none`.
    fn representations(&self, arch: &Arch) -> Option<u64> {
        let has_none = self.operators().len() > OPERATORS.len();
        (!has_none).then(|| self.cells(arch).iter().map(orders).product())
    }

    fn size(&self) -> Option<u128> {
        // Ordered pairs of inputs of nodes 3, 4 and 5, and eight operators, twice.
        let cell = 6 * 12 * 20 * (self.operators().len() as u128).pow(8);
        Some(cell * cell)
    }

    fn classes(&self) -> Option<u128> {
        None
    }
}

#[cfg(test)]
#[path = "space_tests.rs"]
mod tests;
