//! The NAS-Bench-101 search space.

use super::cost::cost;
use super::grammar::{self, Prefix};
use super::notation;
use super::pytorch::pytorch;
use super::spec::{INPUT, MAX_VERTICES, ModelSpec, NAME, OPERATORS, OUTPUT, bit};
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, Label, LabelSet,
    Progress, SearchSpace,
};

/// The labels of nodes without an operator. They follow the operators' labels, which are the
/// operators' indices.
const INPUT_LABEL: Label = 3;
const OUTPUT_LABEL: Label = 4;
const UNDECIDED: Label = 5;

/// The NAS-Bench-101 cell: up to seven vertices and up to nine edges. The first vertex is the
/// input, the last is the output, and each inner vertex has an operator.
///
/// The first decision is the number of vertices. Then, vertex by vertex, the operator and the edges
/// from all earlier vertices are decided. The allowed choices exclude unused vertices and a tenth
/// edge. Each word (complete sequence of choices) therefore corresponds to exactly one of the
/// 1,293,208 cells that need no pruning, and each of these cells corresponds to exactly one word.
/// Isomorphic cells whose vertices are numbered differently count as different cells. All cells
/// together form 423,624 isomorphism classes. When a cell with unused vertices is parsed, these
/// vertices are removed.
///
/// The graph of a prefix (the choices made so far) has all vertices as soon as their number is
/// decided. Inner vertices whose operators are not decided yet have the label `undecided`. A model
/// can therefore see how many edges and operators are still needed.
#[derive(Debug, Clone)]
pub struct NasBench101 {
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
}

impl Default for NasBench101 {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let kind = |name: &str, choices| DecisionKind::choice(name, choices);
        Self {
            kinds: vec![
                kind("vertices", (2..=MAX_VERTICES).map(|count| count.to_string()).collect()),
                kind("operator", names(&OPERATORS)),
                kind("edge", names(&["absent", "present"])),
            ],
            labels: [names(&OPERATORS), names(&[INPUT, OUTPUT, "undecided"])].concat(),
            metrics: vec![CostMetric::millions("params"), CostMetric::millions("flops")],
        }
    }
}

impl NasBench101 {
    /// Returns the architecture that describes a cell.
    ///
    /// ```
    /// use ganas_graph::{SearchSpace, spaces::nasbench101::{ModelSpec, NasBench101}};
    /// let space = NasBench101::default();
    /// let matrix = [[0, 1, 0], [0, 0, 1], [0; 3]];
    /// let spec = ModelSpec::from_matrix(&matrix, &["input", "maxpool3x3", "output"])?;
    /// let arch = space.encode(&spec);
    /// assert_eq!(space.decode(&arch), spec);
    /// assert_eq!(space.display(&arch), "010001000:input,maxpool3x3,output");
    /// # Ok::<(), ganas_graph::ArchError>(())
    /// ```
    ///
    /// # Panics
    /// Never, since every [`ModelSpec`] corresponds to an architecture of the space.
    pub fn encode(&self, spec: &ModelSpec) -> Arch {
        Arch::from_choices(self, &grammar::choices(spec)).expect("every pruned cell is a word")
    }

    /// Returns the cell that an architecture of this space describes.
    pub fn decode(&self, arch: &Arch) -> ModelSpec {
        Prefix::read(arch.choices()).spec()
    }

    /// Returns the ResNet-like cell of the benchmark's paper: two 3 × 3 convolutions in a row and,
    /// parallel to them, a skip connection, which the network implements as a projection.
    ///
    /// # Source
    /// The paper's comparison with well-known cells. The cell is reproduced from memory, since no
    /// published file with its matrix was available.
    pub fn resnet(&self) -> Arch {
        self.published(&[(0, 1), (0, 3), (1, 2), (2, 3)], &[0, 0])
    }

    /// Returns the Inception-like cell of the benchmark's paper. Its four branches are a 1 × 1
    /// convolution, a 3 × 3 convolution, two 3 × 3 convolutions in a row, and pooling.
    ///
    /// # Source
    /// The example in the README of the published API. The module hash of the cell is
    /// `28cfc7874f6d200472e1a9dcd8650aa0`.
    pub fn inception(&self) -> Arch {
        let edges = [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)];
        self.published(&edges, &[1, 0, 0, 0, 2])
    }

    fn published(&self, edges: &[(usize, usize)], operators: &[u8]) -> Arch {
        let bits = edges.iter().fold(0, |bits, &(from, to)| bits | 1 << bit(from, to));
        self.encode(&ModelSpec::from_bits(bits, operators).expect("a published cell is valid"))
    }
}

impl SearchSpace for NasBench101 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        Prefix::read(prefix).next()
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let prefix = Prefix::read(prefix);
        let mut graph = ArchGraph::new();
        graph.add_node(LabelSet::one(INPUT_LABEL));
        for vertex in 1..prefix.vertices {
            graph.add_node(LabelSet::one(match vertex {
                _ if vertex == prefix.vertices - 1 => OUTPUT_LABEL,
                _ if vertex <= prefix.decided => prefix.operators[vertex - 1],
                _ => UNDECIDED,
            }));
            for from in (0..vertex).filter(|&from| prefix.edges >> bit(from, vertex) & 1 == 1) {
                graph.add_edge(from, vertex);
            }
        }
        graph
    }

    /// Returns the published module hash.
    fn canonical(&self, arch: &Arch) -> ArchHash {
        self.decode(arch).hash()
    }

    /// Parses `adjacency:labels`, such as `010001000:input,maxpool3x3,output`, or the matrix and
    /// the labels in the form of the published API, `([[0, 1], [0, 0]], ['input', 'output'])`.
    /// Prunes the parsed cell.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        notation::read(text).map(|spec| self.encode(&spec))
    }

    fn display(&self, arch: &Arch) -> String {
        notation::write(&self.decode(arch))
    }

    fn notation(&self) -> String {
        "the adjacency matrix, row by row (1 is an edge to a later node), then `:` and each node's operator, from the input to the output".into()
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// Returns the parameters and the FLOPs of the published network, in millions. The number of
    /// trainable parameters equals that of the published records. The FLOPs are the multiply–adds
    /// of the convolutions and the classifier for one CIFAR-10 image.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let cost = cost(&self.decode(arch));
        vec![cost.params as f64 / 1e6, cost.flops as f64 / 1e6]
    }

    fn named_archs(&self) -> Vec<&str> {
        vec!["resnet", "inception"]
    }

    fn named(&self, name: &str) -> Option<Arch> {
        match name {
            "resnet" => Some(self.resnet()),
            "inception" => Some(self.inception()),
            _ => None,
        }
    }

    fn pytorch(&self, arch: &Arch) -> Option<String> {
        Some(pytorch(self, arch))
    }

    /// Returns a summary without costs. No cost is a sum, since the channels of a vertex depend on
    /// the whole cell.
    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        Some(Progress { state: Prefix::read(prefix).state(), settled: vec![None; 2] })
    }

    fn representations(&self, arch: &Arch) -> Option<u64> {
        Some(self.decode(arch).labellings())
    }

    fn size(&self) -> Option<u128> {
        Some(1_293_208)
    }

    fn classes(&self) -> Option<u128> {
        Some(423_624)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::moves;

    /// The first record of the published file.
    const FIRST: &str = "0100110001000000010010000010000001000000010000000:input,conv3x3-bn-relu,\
        maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output";

    fn sample(seed: u64) -> Arch {
        moves::sample(&NasBench101::default(), &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn words_are_the_cells_that_need_no_pruning() {
        let space = NasBench101::default();
        let small = |spec: &ModelSpec| spec.vertices() <= 5;
        let words: Vec<_> =
            moves::enumerate(&space).map(|arch| space.decode(&arch)).take_while(small).collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ModelSpec::all().take_while(small).collect::<Vec<_>>());
    }

    #[test]
    #[ignore = "slow without optimisation: run with --release"]
    fn there_are_as_many_words_as_size_says() {
        let space = NasBench101::default();
        assert_eq!(moves::enumerate(&space).count() as u128, space.size().unwrap());
    }

    #[test]
    fn parameters_are_the_records() {
        let space = NasBench101::default();
        let cost = space.cost(&space.parse(FIRST).unwrap());
        assert!((cost[0] - 8.555_530).abs() < 1e-12, "{cost:?}");
    }

    #[test]
    fn named_cells_are_the_papers() {
        let space = NasBench101::default();
        assert_eq!(
            space.canonical(&space.inception()).to_string(),
            "28cfc7874f6d200472e1a9dcd8650aa0"
        );
        assert_eq!(
            space.display(&space.resnet()),
            "0101001000010000:input,conv3x3-bn-relu,conv3x3-bn-relu,output"
        );
    }

    #[test]
    fn graph_of_a_prefix_shows_what_is_to_come() {
        let space = NasBench101::default();
        assert_eq!(space.graph(&[]).len(), 1);
        let graph = space.graph(&[2, 2, 1, 0]);
        let labels: Vec<_> = (0..4).map(|node| graph.labels(node)).collect();
        assert_eq!(labels, [INPUT_LABEL, 2, 0, OUTPUT_LABEL].map(LabelSet::one));
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(space.graph(&[2, 2, 1]).labels(2), LabelSet::one(UNDECIDED));
    }

    proptest! {
        #[test]
        fn random_words_are_valid_and_pruned(seed: u64) {
            let space = NasBench101::default();
            let arch = sample(seed);
            let spec = space.decode(&arch);
            prop_assert_eq!(ModelSpec::from_bits(spec.edge_bits(), spec.operators()), Ok(spec));
            prop_assert_eq!(space.encode(&spec), arch);
        }

        #[test]
        fn notation_round_trips(seed: u64) {
            let space = NasBench101::default();
            let arch = sample(seed);
            prop_assert_eq!(space.parse(&space.display(&arch)), Ok(arch));
        }

        #[test]
        fn moves_stay_in_the_space(first: u64, second: u64) {
            let (space, mut rng) = (NasBench101::default(), ChaCha8Rng::seed_from_u64(first));
            let (first, second) = (sample(first), sample(second));
            let mut moved = moves::neighbours(&space, &first, &mut rng);
            moved.extend(moves::mutate(&space, &first, &mut rng));
            moved.push(moves::crossover(&space, &first, &second, &mut rng));
            for arch in moved {
                prop_assert_eq!(space.encode(&space.decode(&arch)), arch);
            }
        }

        #[test]
        fn renumbering_vertices_keeps_the_hash(seed: u64) {
            let spec = NasBench101::default().decode(&sample(seed));
            for twin in renumberings(&spec) {
                prop_assert_eq!(twin.hash(), spec.hash());
            }
        }
    }

    /// Returns all cells that result from swapping two inner vertices and still have an upper
    /// triangular matrix.
    fn renumberings(spec: &ModelSpec) -> Vec<ModelSpec> {
        let inner = 1..spec.vertices() - 1;
        let pairs = inner.clone().flat_map(|first| (first + 1..inner.end).map(move |b| (first, b)));
        pairs.filter_map(|pair| swapped(spec, pair)).collect()
    }

    fn swapped(spec: &ModelSpec, (first, second): (usize, usize)) -> Option<ModelSpec> {
        let new = |vertex: usize| match vertex {
            _ if vertex == first => second,
            _ if vertex == second => first,
            _ => vertex,
        };
        let mut edges = 0;
        for (from, to) in NasBench101::default().graph(&grammar::choices(spec)).edges() {
            if new(from) >= new(to) {
                return None;
            }
            edges |= 1 << bit(new(from), new(to));
        }
        let mut operators = spec.operators().to_vec();
        operators.swap(first - 1, second - 1);
        Some(ModelSpec::from_bits(edges, &operators).unwrap())
    }
}
