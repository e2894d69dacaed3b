//! The features of an architecture that the Gaussian process learns from: counts of the parts of
//! the architecture's graph, its choices, and its costs.
//!
//! Sources: Weisfeiler–Lehman subtree counts as in Ru et al., "Interpretable neural architecture
//! search via Bayesian optimisation with Weisfeiler–Lehman kernels" (NAS-BOWL, ICLR 2021), and
//! counts of paths as in White et al., "BANANAS" (AAAI 2021). The smallest and the largest number
//! of nodes with a given label on any path are modelled on the graph features of Kadlecová et al.,
//! "Surprisingly strong performance prediction with neural graph features" (ICML 2024).

use std::collections::HashMap;

use ganas_graph::{Arch, ArchGraph, DecisionKind, SearchSpace};

use super::decision_points::{Setting, settings};
use super::feature_hash::mix;

/// Number of kinds of counts: labels, subtrees of depth 1, subtrees of depth 2, paths, choices, and
/// extremes of paths.
pub(crate) const COUNTED: usize = 6;

/// Maximum total of an architecture's counts of one kind, so that the sum of two totals fits into
/// an `i16`.
const MAX_COUNT: usize = 8_000;

/// For each kind of counts, whether it also enters the linear kernel; kinds with few distinct
/// features do.
pub(crate) const LINEAR: [bool; COUNTED] = [true, true, false, false, true, true];

/// An architecture's counts of one kind: pairs of a feature's position in the vocabulary and its
/// count, in ascending order of position.
pub(crate) type Counts = Vec<(u32, i16)>;

/// All features counted so far, each with a position.
///
/// A position depends on the order in which architectures were seen, so no result may depend on
/// positions.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    places: HashMap<u64, u32>,
    hashes: Vec<u64>,
}

impl Vocabulary {
    /// Returns the hash of the feature at a position. Unlike the position, the hash does not depend
    /// on which architectures were seen before.
    pub(crate) fn hash(&self, place: u32) -> u64 {
        self.hashes[place as usize]
    }

    fn place(&mut self, hash: u64) -> u32 {
        let next = self.hashes.len() as u32;
        let place = *self.places.entry(hash).or_insert(next);
        if place == next {
            self.hashes.push(hash);
        }
        place
    }

    /// Counts the features of one kind, given by their hashes.
    fn count(&mut self, kind: u64, things: impl IntoIterator<Item = u64>) -> Counts {
        let mut places: Vec<_> =
            things.into_iter().map(|thing| self.place(mix(thing, kind))).collect();
        places.sort_unstable();
        let mut counts: Counts = Vec::new();
        for place in places.into_iter().take(MAX_COUNT) {
            match counts.last_mut() {
                Some((last, count)) if *last == place => *count += 1,
                _ => counts.push((place, 1)),
            }
        }
        counts
    }
}

/// The features of one architecture.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    pub(crate) counts: [Counts; COUNTED],
    /// Logarithms of the costs, followed by the predictions of related tasks.
    pub(crate) numbers: Vec<f32>,
    /// The choices; empty in spaces without ordered or numeric choices.
    pub(crate) settings: Vec<Setting>,
}

impl Features {
    /// Computes the features of an architecture; `graph` is its canonical graph.
    pub(crate) fn of(
        space: &dyn SearchSpace,
        arch: &Arch,
        graph: &ArchGraph,
        vocabulary: &mut Vocabulary,
    ) -> Self {
        let neighbours = Neighbours::of(graph);
        let first = neighbours.subtrees(&plain(graph));
        let second = neighbours.subtrees(&first);
        let labels = (0..graph.len()).flat_map(|node| graph.labels(node).iter().map(u64::from));
        let counts = [
            vocabulary.count(0, labels),
            vocabulary.count(1, first),
            vocabulary.count(2, second),
            vocabulary.count(3, neighbours.paths(graph)),
            vocabulary.count(4, choices(space, arch)),
            vocabulary.count(5, neighbours.extremes(graph)),
        ];
        Self { counts, numbers: numbers(space, arch), settings: settings(space, arch) }
    }
}

/// Returns a hash for each choice, which identifies the choice and its position in the sequence of
/// choices. If a decision's choices are ordered, every choice up to the one made counts, so that
/// close choices have many features in common.
fn choices(space: &dyn SearchSpace, arch: &Arch) -> Vec<u64> {
    let mut made = Vec::new();
    for (place, &choice) in arch.choices().iter().enumerate() {
        let Some(decision) = space.next(&arch.choices()[..place]) else { break };
        let first = if is_ordered(&space.kinds()[decision.kind]) { 0 } else { choice };
        made.extend((first..=choice).map(|choice| mix(place as u64, u64::from(choice))));
    }
    made
}

fn is_ordered(kind: &DecisionKind) -> bool {
    let numbers: Vec<f64> = kind.choices.iter().map_while(|name| name.parse().ok()).collect();
    let all = numbers.len() == kind.choices.len() && numbers.len() > 2;
    kind.range.is_some() || kind.ordered || all && numbers.is_sorted()
}

fn numbers(space: &dyn SearchSpace, arch: &Arch) -> Vec<f32> {
    let costs = space.cost(arch).into_iter().map(|cost| (cost.abs() + 1e-3).ln() as f32);
    costs.map(|cost| if cost.is_finite() { cost } else { 0.0 }).collect()
}

fn plain(graph: &ArchGraph) -> Vec<u64> {
    let hashed = |node| graph.labels(node).iter().fold(17, |hash, label| mix(hash, label.into()));
    (0..graph.len()).map(hashed).collect()
}

/// The predecessors and the successors of each node.
struct Neighbours {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

/// Maximum number of nodes visited while paths are counted, since the number of paths may grow
/// exponentially. In a graph with more nodes than this, the maximum is its number of nodes, so that
/// a chain is followed to its end.
const MAX_VISITS: usize = 400;

/// Maximum number of distinct labels in a graph for which pairs of labels are considered; with
/// more, only single labels are.
const MAX_PAIRED_LABELS: usize = 8;

impl Neighbours {
    fn of(graph: &ArchGraph) -> Self {
        let mut neighbours =
            Self { before: vec![Vec::new(); graph.len()], after: vec![Vec::new(); graph.len()] };
        for (from, to) in graph.edges() {
            neighbours.after[from].push(to);
            neighbours.before[to].push(from);
        }
        neighbours
    }

    /// Returns the hash of each node's subtree, one level deeper than those in `trees`.
    fn subtrees(&self, trees: &[u64]) -> Vec<u64> {
        let side = |nodes: &[usize], tag| {
            let mut hashes: Vec<_> = nodes.iter().map(|&node| trees[node]).collect();
            hashes.sort_unstable();
            hashes.into_iter().fold(tag, mix)
        };
        let deeper = |node: usize| {
            let own = mix(mix(3, trees[node]), side(&self.after[node], 5));
            mix(own, side(&self.before[node], 7))
        };
        (0..trees.len()).map(deeper).collect()
    }

    /// Returns, for each path from a source node to a sink node, a hash of the labels along it.
    fn paths(&self, graph: &ArchGraph) -> Vec<u64> {
        let starts = (0..graph.len()).filter(|&node| self.before[node].is_empty());
        let mut open: Vec<_> = starts.map(|node| (node, 11)).collect();
        let most = MAX_VISITS.max(graph.len());
        let (mut found, mut visits) = (Vec::new(), 0);
        while let Some((node, path)) = open.pop()
            && visits < most
        {
            visits += 1;
            let path = graph.labels(node).iter().fold(path, |hash, label| mix(hash, label.into()));
            if self.after[node].is_empty() {
                found.push(path);
            }
            open.extend(self.after[node].iter().map(|&next| (next, path)));
        }
        found
    }

    /// For each label and each pair of labels, counts the nodes on each path that carry the label,
    /// or at least one label of the pair. Finds the smallest and the largest of these numbers.
    /// Returns a hash for each of these numbers, repeated as often as the number says.
    fn extremes(&self, graph: &ArchGraph) -> Vec<u64> {
        let labels = |node| graph.labels(node).iter();
        let mut present: Vec<u8> = (0..graph.len()).flat_map(labels).collect();
        present.sort_unstable();
        present.dedup();
        let mut found = Vec::new();
        let mut take = |mask: u128, name: u64| {
            let (least, most) = self.extremes_of(graph, mask);
            found.extend(std::iter::repeat_n(mix(name, 1), least));
            found.extend(std::iter::repeat_n(mix(name, 2), most));
        };
        for (at, &first) in present.iter().enumerate() {
            take(1 << first, u64::from(first) + 1);
            if present.len() <= MAX_PAIRED_LABELS {
                for &second in &present[at + 1..] {
                    let name = mix(u64::from(first) + 1, u64::from(second) + 1);
                    take(1 << first | 1 << second, name);
                }
            }
        }
        found
    }

    fn extremes_of(&self, graph: &ArchGraph, mask: u128) -> (usize, usize) {
        let mut at = vec![(0, 0); graph.len()];
        let mut ends = (usize::MAX, 0);
        for node in 0..graph.len() {
            let own = usize::from(graph.labels(node).bits() & mask != 0);
            let before = self.before[node].iter().map(|&node| at[node]);
            let (least, most) =
                before.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0));
            at[node] = (least + own, most + own);
            if self.after[node].is_empty() {
                ends = (ends.0.min(at[node].0), ends.1.max(at[node].1));
            }
        }
        if graph.is_empty() { (0, 0) } else { ends }
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;
    use ganas_graph::{LabelSet, MAX_NODES};

    use super::*;
    use crate::fixture::cell;

    fn features(choices: [u8; 6], vocabulary: &mut Vocabulary) -> Features {
        let (space, arch) = (NasBench201::default(), cell(choices));
        Features::of(&space, &arch, &space.canonical_graph(&arch), vocabulary)
    }

    #[test]
    fn equal_networks_differ_in_their_choices_only() {
        let mut vocabulary = Vocabulary::default();
        let one = features([3, 0, 0, 0, 3, 0], &mut vocabulary);
        // The second edge leads to a node without outgoing edges.
        let same = features([3, 2, 0, 0, 3, 0], &mut vocabulary);
        let other = features([3, 0, 0, 0, 2, 0], &mut vocabulary);
        for kind in (0..COUNTED).filter(|kind| *kind != 4) {
            assert_eq!(one.counts[kind], same.counts[kind], "kind {kind}");
            assert_ne!(one.counts[kind], other.counts[kind], "kind {kind}");
        }
        assert_ne!(one.counts[4], same.counts[4]);
    }

    #[test]
    fn paths_and_their_extremes_are_those_of_the_graph() {
        // 0 leads to 3 through 1 and 2, through 2 alone, and directly.
        let mut graph = ArchGraph::new();
        for label in [0, 1, 1, 2] {
            graph.add_node(LabelSet::one(label));
        }
        for (from, to) in [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)] {
            graph.add_edge(from, to);
        }
        let neighbours = Neighbours::of(&graph);
        assert_eq!(neighbours.paths(&graph).len(), 3);
        assert_eq!(neighbours.extremes_of(&graph, 1 << 1), (0, 2));
        assert_eq!(neighbours.extremes_of(&graph, 1 << 0 | 1 << 2), (2, 2));
        assert_eq!(neighbours.extremes_of(&graph, 1 << 7), (0, 0));
        let empty = ArchGraph::new();
        assert_eq!(Neighbours::of(&empty).extremes_of(&empty, 1), (0, 0));
    }

    #[test]
    fn many_paths_take_no_time_without_end() {
        let mut graph = ArchGraph::new();
        for node in 0..MAX_NODES {
            graph.add_node(LabelSet::one(0));
            (0..node).for_each(|from| graph.add_edge(from, node));
        }
        assert!(Neighbours::of(&graph).paths(&graph).len() <= MAX_VISITS.max(MAX_NODES));
    }

    #[test]
    fn choices_that_are_numbers_are_in_order() {
        let kind = |names: &[&str]| {
            DecisionKind::choice("some", names.iter().map(ToString::to_string).collect())
        };
        assert!(is_ordered(&kind(&["3", "5", "7"])));
        assert!(!is_ordered(&kind(&["3", "7", "5"])));
        assert!(!is_ordered(&kind(&["3", "5", "max"])));
        assert!(!is_ordered(&kind(&["0", "1"])), "two have no order to speak of");
    }
}
