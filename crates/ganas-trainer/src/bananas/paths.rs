//! The input of BANANAS's predictor networks for an architecture: the paths through the
//! architecture's cells, and the properties of its stages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use ganas_graph::{ArchGraph, Label, LabelSet, NodeSet};

/// A feature that a graph has or lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Input {
    /// The labels of the nodes along a path from a source node to a sink node.
    Path(Vec<LabelSet>),
    /// One label of the node with this number, in a part of the graph that is a chain of stages.
    Property(usize, Label),
}

impl Input {
    fn length(&self) -> usize {
        match self {
            Self::Path(labels) => labels.len(),
            Self::Property(..) => 1,
        }
    }
}

/// Maximum number of nodes visited per connected part of a graph, since the number of paths may
/// grow exponentially.
const MAX_VISITS: usize = 1_000;

/// Returns the features of a graph, sorted and without duplicates.
///
/// The features of a connected part are its paths, each given by the labels along it. Paths are
/// followed shortest first until 1,000 nodes have been visited. A part that is a single path of
/// nodes with several labels, such as the stages of a network, is an exception: hardly any two
/// architectures share such a path, so its features are the labels of each node.
///
/// # Source
/// White et al. 2021, section 4. They number all possible paths; we identify only the paths that
/// occur. Nodes without effect have been removed from the graph, so isomorphic architectures have
/// the same paths.
pub(crate) fn inputs(graph: &ArchGraph) -> Vec<Input> {
    let mut found = Vec::new();
    for part in parts(graph) {
        if is_chain(graph, &part) {
            let labels = |node| graph.labels(node).iter().map(move |it| Input::Property(node, it));
            found.extend(part.iter().flat_map(labels));
        } else {
            paths(graph, &part, &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns the nodes of `part` without incoming edges.
fn starts(graph: &ArchGraph, part: &NodeSet) -> NodeSet {
    let entered = part.iter().flat_map(|node| graph.successors(node).iter()).collect();
    part.difference(&entered)
}

/// Returns the nodes of each connected part.
fn parts(graph: &ArchGraph) -> Vec<NodeSet> {
    let mut parts: Vec<NodeSet> = Vec::new();
    for node in 0..graph.len() {
        let mut whole = graph.successors(node).clone();
        whole.insert(node);
        parts.retain(|part| {
            let is_apart = !part.meets(&whole);
            if !is_apart {
                whole = whole.union(part);
            }
            is_apart
        });
        parts.push(whole);
    }
    parts
}

/// Returns true if the part is a single path and some of its nodes have several labels.
fn is_chain(graph: &ArchGraph, part: &NodeSet) -> bool {
    let edges: usize = part.iter().map(|node| graph.successors(node).len()).sum();
    let is_path = starts(graph, part).len() == 1
        && edges + 1 == part.len()
        && part.iter().all(|node| graph.successors(node).len() <= 1);
    is_path && part.iter().any(|node| graph.labels(node).bits().count_ones() > 1)
}

fn paths(graph: &ArchGraph, part: &NodeSet, found: &mut Vec<Input>) {
    let starts = starts(graph, part);
    let mut open: VecDeque<_> = starts.iter().map(|node| (node, Vec::new())).collect();
    for _ in 0..MAX_VISITS {
        let Some((node, mut path)) = open.pop_front() else { break };
        path.push(graph.labels(node));
        if graph.successors(node).is_empty() {
            found.push(Input::Path(path));
        } else {
            open.extend(graph.successors(node).iter().map(|next| (next, path.clone())));
        }
    }
}

/// A mapping of inputs to columns. Column 0 always holds a one.
#[derive(Debug)]
pub(crate) struct Encoding {
    columns: BTreeMap<Input, usize>,
}

impl Encoding {
    /// Assigns columns to the `most` inputs that occur in the most architectures; of equally common
    /// inputs, the shorter ones come first.
    ///
    /// # Source
    /// White et al. 2021, section 4.1, keep the paths that are most likely in random architectures.
    pub(crate) fn of<'a>(archs: impl IntoIterator<Item = &'a Vec<Input>>, most: usize) -> Self {
        let mut counts: BTreeMap<&Input, usize> = BTreeMap::new();
        for input in archs.into_iter().flatten() {
            *counts.entry(input).or_default() += 1;
        }
        let mut ranked: Vec<_> = counts.into_iter().collect();
        ranked.sort_by_key(|(input, count)| (Reverse(*count), input.length()));
        let inputs = ranked.into_iter().take(most).map(|(input, _)| input.clone());
        Self { columns: inputs.zip(1..).collect() }
    }

    /// Returns the number of columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// Returns the columns in which an architecture has a one.
    pub(crate) fn ones(&self, inputs: &[Input]) -> Vec<usize> {
        let known = inputs.iter().filter_map(|input| self.columns.get(input).copied());
        std::iter::once(0).chain(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::SearchSpace;
    use ganas_graph::spaces::{Chain, Darts, NasBench201};
    use ganas_search::Streams;

    use super::*;
    use crate::fixture::cell;

    fn of_cell(choices: [u8; 6]) -> Vec<Input> {
        inputs(&NasBench201::default().canonical_graph(&cell(choices)))
    }

    fn labels(input: &Input) -> Vec<Label> {
        match input {
            Input::Path(sets) => sets.iter().flat_map(|set| set.iter()).collect(),
            Input::Property(..) => panic!("{input:?} is no path"),
        }
    }

    #[test]
    fn a_cell_is_its_paths() {
        // From input to output directly by operator 3, and through node 1 by operators 2 and 1.
        let found = of_cell([2, 0, 0, 3, 1, 0]);
        let inner: Vec<_> = found.iter().map(|path| labels(path).len() - 2).collect();
        assert_eq!(inner.iter().sum::<usize>(), 3, "{found:?}");
        let operators: Vec<_> = found.iter().map(|path| labels(path)[1..].to_vec()).collect();
        assert!(operators.iter().any(|path| path[0] == 3), "{operators:?}");
        assert!(operators.iter().any(|path| path[..2] == [2, 1]), "{operators:?}");
    }

    #[test]
    fn equal_networks_have_equal_paths() {
        // The second edge leads to a node without outgoing edges.
        assert_eq!(of_cell([3, 0, 0, 0, 3, 0]), of_cell([3, 2, 0, 0, 3, 0]));
        assert_ne!(of_cell([3, 0, 0, 0, 3, 0]), of_cell([3, 0, 0, 0, 2, 0]));
    }

    #[test]
    fn parts_are_what_hangs_together() {
        let mut graph = ArchGraph::new();
        (0..6).for_each(|_| _ = graph.add_node(LabelSet::one(0)));
        for (from, to) in [(0, 3), (1, 4), (2, 3), (4, 5)] {
            graph.add_edge(from, to);
        }
        let mut parts = parts(&graph);
        parts.sort_unstable();
        let parts: Vec<Vec<_>> = parts.iter().map(|part| part.iter().collect()).collect();
        assert_eq!(parts, [[0, 2, 3], [1, 4, 5]]);
    }

    #[test]
    fn two_cells_have_paths_of_their_own() {
        let space = Darts::default();
        let mut rng = Streams::new(0).rng("test", 0, 0);
        let arch = ganas_graph::moves::sample(&space, &mut rng);
        let graph = space.canonical_graph(&arch);
        assert_eq!(parts(&graph).len(), 2);
        assert!(inputs(&graph).iter().all(|input| labels(input).len() > 4));
    }

    #[test]
    fn stages_are_their_properties() {
        let space = Chain::built_in("nasbench-macro").unwrap();
        let mut rng = Streams::new(0).rng("test", 0, 0);
        let arch = ganas_graph::moves::sample(&space, &mut rng);
        let other = ganas_graph::moves::mutate(&space, &arch, &mut rng).unwrap();
        let [one, other] = [arch, other].map(|arch| inputs(&space.canonical_graph(&arch)));
        assert!(one.iter().all(|input| matches!(input, Input::Property(..))), "{one:?}");
        let common = one.iter().filter(|input| other.contains(input)).count();
        // Kernel and expansion, or a missing layer.
        let differ = [one.len() - common, other.len() - common];
        assert!(differ.iter().all(|count| (1..=3).contains(count)), "{one:?}\n{other:?}");
    }

    #[test]
    fn many_paths_take_no_time_without_end() {
        let mut graph = ArchGraph::new();
        for node in 0..64 {
            graph.add_node(LabelSet::one(node as u8));
            (0..node).for_each(|from| graph.add_edge(from, node));
        }
        let found = inputs(&graph);
        assert!(!found.is_empty() && found.len() <= MAX_VISITS);
        assert!(found.iter().all(|path| path.length() < 6), "the shortest are found");
        assert!(inputs(&ArchGraph::new()).is_empty());
    }

    #[test]
    fn the_commonest_are_encoded() {
        let property = |label| Input::Property(0, label);
        let archs = [vec![property(1), property(2)], vec![property(2), property(3)]];
        let encoding = Encoding::of(&archs, 2);
        assert_eq!(encoding.width(), 3);
        assert_eq!(encoding.ones(&archs[0]), [0, 2, 1]);
        assert_eq!(encoding.ones(&archs[1]), [0, 1], "a rare one is left out");
        assert_eq!(encoding.ones(&[]), [0]);
    }
}
