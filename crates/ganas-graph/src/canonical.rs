//! The canonical form of a graph, which is the same for all isomorphic graphs.
//!
//! Colour refinement gives different colours to nodes that differ in their labels or in the colours
//! of their neighbours. If several nodes still share a colour, a search tries them in turn: it
//! gives one of them a colour of its own and refines again. Once no two nodes share a colour, the
//! colours are used as the new numbers of the nodes. The canonical form lists the labels and
//! successors of the nodes in the order of these numbers. If the search finds several such lists,
//! the canonical form is the one that sorts first. Two branches of the search that yield the same
//! graph reveal an automorphism, which allows the search to skip equivalent branches.
//!
//! Source: the simplest form of the algorithm in McKay and Piperno, "Practical graph isomorphism,
//! II", 2014.

use crate::{ArchGraph, LabelSet, NODES_PER_WORD, NodeSet};

/// Labels and successors of each node, in the order of the new numbers.
type Form = Vec<(LabelSet, NodeSet)>;

/// The new number of each node.
type Order = Vec<usize>;

impl ArchGraph {
    /// Returns bytes that identify the graph up to isomorphism: two graphs have equal bytes if and
    /// only if they are isomorphic. In an isomorphism, corresponding nodes must have equal labels.
    ///
    /// # Complexity
    /// O(n³) for a graph with n nodes and few automorphisms, such as the graph of a cell. Graphs
    /// with many automorphisms take longer, and adversarial graphs take exponential time.
    ///
    /// ```
    /// use ganas_graph::{ArchGraph, LabelSet};
    /// let graph = |labels: [u8; 3], edges: [(usize, usize); 2]| {
    ///     let mut graph = ArchGraph::new();
    ///     labels.map(|label| graph.add_node(LabelSet::one(label)));
    ///     edges.map(|(from, to)| graph.add_edge(from, to));
    ///     graph
    /// };
    /// let one = graph([0, 1, 2], [(0, 1), (0, 2)]);
    /// assert_eq!(one.canonical_bytes(), graph([0, 2, 1], [(0, 1), (0, 2)]).canonical_bytes());
    /// assert_ne!(one.canonical_bytes(), graph([0, 1, 2], [(0, 1), (1, 2)]).canonical_bytes());
    /// ```
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let form = self.search().best.map_or_else(Vec::new, |leaf| leaf.form);
        let words = self.len().div_ceil(NODES_PER_WORD);
        let mut bytes = Vec::with_capacity(form.len() * (16 + 8 * words));
        for (labels, successors) in form {
            bytes.extend(labels.bits().to_le_bytes());
            bytes.extend((0..words).flat_map(|at| successors.word(at).to_le_bytes()));
        }
        bytes
    }

    fn search(&self) -> Search<'_> {
        let mut predecessors = vec![NodeSet::new(); self.len()];
        for (from, to) in self.edges() {
            predecessors[to].insert(from);
        }
        let mut search = Search {
            graph: self,
            predecessors,
            first: None,
            best: None,
            automorphisms: Vec::new(),
        };
        let mut colours = ranks(&(0..self.len()).map(|node| self.labels(node)).collect::<Vec<_>>());
        search.refine(&mut colours, (0..self.len()).collect());
        search.descend(&colours, &mut Vec::new());
        search
    }
}

struct Search<'g> {
    graph: &'g ArchGraph,
    predecessors: Vec<NodeSet>,
    /// The end of the first complete branch. `best` is the end of the branch with the lowest form.
    first: Option<Leaf>,
    best: Option<Leaf>,
    /// The automorphisms found so far, as maps from nodes to nodes.
    automorphisms: Vec<Vec<usize>>,
}

/// The end of a complete branch of the search, where no two nodes share a colour.
#[derive(Clone)]
struct Leaf {
    /// The nodes to which the branch gave their own colours.
    fixed: Vec<usize>,
    form: Form,
    order: Order,
}

impl Search<'_> {
    /// Splits colours until any two nodes of equal colour have equally coloured neighbours.
    /// `changed` holds the nodes whose colours have changed; only the colours of their neighbours
    /// can split.
    fn refine(&self, colours: &mut [usize], mut changed: NodeSet) {
        while !changed.is_empty() {
            let mut touched = vec![false; colours.len()];
            for node in 0..colours.len() {
                let (before, after) = self.around(node);
                touched[colours[node]] |= before.meets(&changed) || after.meets(&changed);
            }
            let colours_of = |nodes: &NodeSet| {
                let mut found: Vec<_> = nodes.iter().map(|node| colours[node]).collect();
                found.sort_unstable();
                found
            };
            let key = |node: usize| {
                let (before, after) = self.around(node);
                (colours[node], colours_of(before), colours_of(after))
            };
            let nodes = (0..colours.len()).filter(|&node| touched[colours[node]]);
            let mut keys: Vec<_> = nodes.map(|node| (key(node), node)).collect();
            keys.sort_unstable();
            changed = NodeSet::new();
            for class in keys.chunk_by(|one, other| one.0.0 == other.0.0) {
                let mut finer = class[0].0.0;
                for (place, (key, node)) in class.iter().enumerate() {
                    if place > 0 && *key != class[place - 1].0 {
                        finer = key.0 + place;
                    }
                    if finer != key.0 {
                        colours[*node] = finer;
                        changed.insert(*node);
                    }
                }
            }
        }
    }

    fn around(&self, node: usize) -> (&NodeSet, &NodeSet) {
        (&self.predecessors[node], self.graph.successors(node))
    }

    /// Searches all branches that continue from `colours`, in which each of the nodes `fixed` has
    /// its own colour. If all remaining branches below a certain depth are equivalent to branches
    /// searched before, returns that depth; the search continues there.
    fn descend(&mut self, colours: &[usize], fixed: &mut Vec<usize>) -> Option<usize> {
        let Some(tied) = tie(colours) else { return self.leaf(colours, fixed) };
        let mut tried: Vec<usize> = Vec::new();
        for &node in &tied {
            if self.is_picture(node, &tried, fixed) {
                continue;
            }
            tried.push(node);
            let mut finer = colours.to_vec();
            let others: NodeSet = tied.iter().copied().filter(|other| *other != node).collect();
            others.iter().for_each(|other| finer[other] += 1);
            self.refine(&mut finer, others);
            fixed.push(node);
            let back = self.descend(&finer, fixed);
            fixed.pop();
            if back.is_some_and(|depth| depth < fixed.len()) {
                return back;
            }
        }
        None
    }

    /// Returns true if a node of `tried` is known to be equivalent to `node`: the two have the same
    /// neighbours, or automorphisms found so far that leave all of `fixed` in place map one to the
    /// other.
    fn is_picture(&self, node: usize, tried: &[usize], fixed: &[usize]) -> bool {
        // Two nodes of the same colour with the same neighbours can be swapped.
        if tried.iter().any(|&other| self.around(other) == self.around(node)) {
            return true;
        }
        let keeps = |map: &&Vec<usize>| fixed.iter().all(|&node| map[node] == node);
        let maps: Vec<_> = self.automorphisms.iter().filter(keeps).collect();
        let (mut reached, mut open) = (NodeSet::from_iter([node]), vec![node]);
        while let Some(node) = open.pop() {
            for map in &maps {
                if !reached.contains(map[node]) {
                    reached.insert(map[node]);
                    open.push(map[node]);
                }
            }
        }
        tried.iter().any(|node| reached.contains(*node))
    }

    fn leaf(&mut self, order: &[usize], fixed: &[usize]) -> Option<usize> {
        let leaf = Leaf { fixed: fixed.to_vec(), form: self.form(order), order: order.to_vec() };
        let same = [&self.first, &self.best].into_iter().flatten();
        if let Some(same) = same.into_iter().find(|other| other.form == leaf.form) {
            // Everything below the node where the branches part is equivalent to what was searched
            // there.
            let pairs = same.fixed.iter().zip(fixed);
            let depth = pairs.take_while(|(one, other)| one == other).count();
            self.automorphisms.push(automorphism(&same.order, order));
            return Some(depth);
        }
        if self.first.is_none() {
            self.first = Some(leaf.clone());
        }
        if self.best.as_ref().is_none_or(|best| leaf.form < best.form) {
            self.best = Some(leaf);
        }
        None
    }

    fn form(&self, order: &[usize]) -> Form {
        let mut form = vec![(LabelSet::default(), NodeSet::new()); order.len()];
        for (node, &place) in order.iter().enumerate() {
            form[place].0 = self.graph.labels(node);
        }
        for (from, to) in self.graph.edges() {
            form[order[from]].1.insert(order[to]);
        }
        form
    }
}

/// Returns the map from each node to the node that has the same number in the other order.
fn automorphism(one: &[usize], other: &[usize]) -> Vec<usize> {
    let mut node_at = vec![0; other.len()];
    for (node, &place) in other.iter().enumerate() {
        node_at[place] = node;
    }
    one.iter().map(|&place| node_at[place]).collect()
}

/// Returns the rank of each key: the number of lower keys. Equal keys have equal ranks.
fn ranks<K: Ord>(keys: &[K]) -> Vec<usize> {
    let mut places: Vec<_> = (0..keys.len()).collect();
    places.sort_by(|&one, &other| keys[one].cmp(&keys[other]));
    let mut ranks = vec![0; keys.len()];
    for (place, pair) in places.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| places[before]);
        ranks[*pair] = match before {
            Some(before) if keys[before] == keys[*pair] => ranks[before],
            _ => place,
        };
    }
    ranks
}

/// Returns the nodes of the lowest colour that several nodes share; `None` if all colours differ.
fn tie(colours: &[usize]) -> Option<Vec<usize>> {
    let mut counts = vec![0; colours.len()];
    for colour in colours {
        counts[*colour] += 1;
    }
    let lowest = counts.iter().position(|count| *count > 1)?;
    Some((0..colours.len()).filter(|node| colours[*node] == lowest).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::MAX_NODES;
    use crate::arbitrary::graphs;

    /// Returns `graph` with its nodes in another topological order, which `seed` determines.
    fn renumbered(graph: &ArchGraph, mut seed: u64) -> ArchGraph {
        let mut placed: Vec<usize> = Vec::new();
        while placed.len() < graph.len() {
            let is_free = |node: &usize| {
                !placed.contains(node)
                    && graph.edges().all(|(from, to)| to != *node || placed.contains(&from))
            };
            let free: Vec<_> = (0..graph.len()).filter(is_free).collect();
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            placed.push(free[usize::try_from(seed >> 33).unwrap() % free.len()]);
        }
        let mut made = ArchGraph::new();
        for &node in &placed {
            made.add_node(graph.labels(node));
        }
        let place = |node: usize| placed.iter().position(|placed| *placed == node).unwrap();
        for (from, to) in graph.edges() {
            made.add_edge(place(from), place(to));
        }
        made
    }

    #[test]
    fn many_equal_parts_are_searched_once() {
        let mut graph = ArchGraph::new();
        for _ in 0..32 {
            let from = graph.add_node(LabelSet::one(0));
            let to = graph.add_node(LabelSet::one(1));
            graph.add_edge(from, to);
        }
        assert_eq!(graph.canonical_bytes(), renumbered(&graph, 7).canonical_bytes());
    }

    #[test]
    fn long_and_wide_graphs_have_a_form() {
        let mut chain = ArchGraph::new();
        for node in 0..MAX_NODES {
            chain.add_node(LabelSet::one(u8::from(node == 300)));
            (node > 0).then(|| chain.add_edge(node - 1, node));
        }
        let mut other = chain.subgraph(&(0..MAX_NODES - 1).collect());
        assert_ne!(chain.canonical_bytes(), other.canonical_bytes());
        let end = other.add_node(LabelSet::one(0));
        assert_ne!(chain.canonical_bytes(), other.canonical_bytes());
        other.add_edge(end - 1, end);
        assert_eq!(chain.canonical_bytes(), other.canonical_bytes());
        let mut star = ArchGraph::new();
        for node in 0..MAX_NODES {
            star.add_node(LabelSet::one(u8::from(node % 3 == 1)));
            (node > 0).then(|| star.add_edge(0, node));
        }
        assert_eq!(star.canonical_bytes(), renumbered(&star, 5).canonical_bytes());
    }

    #[test]
    fn a_graph_that_refinement_cannot_split_is_told_apart() {
        // Two squares or one octagon: every node has two neighbours of the other label.
        let cycles = |length: usize| {
            let mut graph = ArchGraph::new();
            for node in 0..8 {
                graph.add_node(LabelSet::one(u8::from(node >= 4)));
            }
            for node in 0..4 {
                let next = node / length * length + (node + 1) % length;
                graph.add_edge(node, 4 + node);
                graph.add_edge(node, 4 + next);
            }
            graph
        };
        assert_ne!(cycles(2).canonical_bytes(), cycles(4).canonical_bytes());
        assert!(!cycles(2).is_isomorphic(&cycles(4)));
        assert!(ArchGraph::new().canonical_bytes().is_empty());
    }

    #[test]
    fn regular_graphs_of_the_largest_size_are_told_apart() {
        // Every node of the lower half has edges to `steps` nodes of the upper half.
        let circulant = |steps: &[usize]| {
            let mut graph = ArchGraph::new();
            for node in 0..64 {
                graph.add_node(LabelSet::one(u8::from(node >= 32)));
            }
            for node in 0..32 {
                for step in steps {
                    graph.add_edge(node, 32 + (node + step) % 32);
                }
            }
            graph
        };
        let bytes = |steps: &[usize]| circulant(steps).canonical_bytes();
        let one = circulant(&[0, 1, 5]);
        assert_eq!(one.canonical_bytes(), renumbered(&one, 3).canonical_bytes());
        assert_eq!(bytes(&[0, 1, 5]), bytes(&[2, 3, 7]), "the upper half turned by two");
        assert_ne!(bytes(&[0, 1, 5]), bytes(&[0, 1, 6]));
        assert_ne!(bytes(&[0, 16]), bytes(&[0, 8]), "16 squares, or 8 rings of 8");
    }

    proptest! {
        #[test]
        fn renumbering_changes_nothing(graph in graphs(12, 2), seed: u64) {
            let other = renumbered(&graph, seed);
            prop_assert_eq!(graph.canonical_bytes(), other.canonical_bytes());
        }

        #[test]
        fn it_agrees_with_petgraph(one in graphs(5, 2), other in graphs(5, 2)) {
            let same = one.canonical_bytes() == other.canonical_bytes();
            prop_assert_eq!(same, one.is_isomorphic(&other));
        }
    }
}
