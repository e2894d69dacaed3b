use std::collections::HashMap;
use std::sync::Arc;

use ganas_graph::{ArchGraph, MAX_NODES};

use crate::ops::Sparse;

/// Graphs laid out for a k-GNN, as the sparse matrices that it multiplies with.
///
/// After `l` rounds of message passing, what a node's embedding depends on is no farther away than
/// `l` edges. Nodes whose surroundings are equal that far, in one graph or in several, share a row of
/// that layer, so what a batch has in common is computed once: the partial graphs of an episode, and
/// the relatives among the candidates of a round, have most in common.
#[derive(Debug, Clone)]
pub struct GraphBatch {
    /// `[rows, labels + MAX_NODES]`: the labels of the first layer's rows, and their numbers.
    pub(crate) labels: Arc<Sparse>,
    /// For each layer `[3 · rows, rows before]`: the row itself, its successors, its predecessors.
    pub(crate) layers: Vec<Arc<Sparse>>,
    /// `[graphs, rows]`: the nodes of each graph, as rows of the last layer.
    pub(crate) members: Arc<Sparse>,
    /// Row in the last layer of each node, graph after graph.
    rows: Vec<u32>,
    /// First node of each graph among all nodes.
    starts: Vec<usize>,
}

/// How many sums over nodes a layer sees: the node itself, its successors, its predecessors.
pub(crate) const RELATIONS: usize = 3;

/// What all batches of a model have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    /// Labels are below this.
    pub(crate) labels: usize,
    /// Rounds of message passing.
    pub(crate) layers: usize,
    /// Width of embeddings.
    pub(crate) width: usize,
    /// Can the model tell nodes by their number? If it can't, it can't tell graphs apart that differ
    /// in the order of nodes only.
    pub(crate) positions: bool,
}

impl BatchSettings {
    /// Lays out `graphs`, in order, in batches in which every layer, and a matrix of `values` columns
    /// with a row a graph, has fewer than 2¹⁶ values: from there on candle adds gradients on a pool of
    /// spinning threads, which costs more than all the rest and brings concurrent searches to a halt.
    /// A graph that is larger alone is a batch.
    pub(crate) fn lay_out<'a>(
        &self,
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
        values: usize,
    ) -> Vec<GraphBatch> {
        let most = |values: usize| ((1 << 16) - 1) / values.max(1);
        let (rows, count) = (most(self.width), most(values));
        let mut batches = Vec::new();
        let mut layout = Layout::new(self.layers);
        for graph in graphs {
            let full = layout.rows() + graph.len() > rows || layout.starts.len() >= count;
            if full && !layout.starts.is_empty() {
                let full = std::mem::replace(&mut layout, Layout::new(self.layers));
                batches.push(full.finish(self));
            }
            layout.add(graph, self.positions);
        }
        if !layout.starts.is_empty() {
            batches.push(layout.finish(self));
        }
        batches
    }
}

impl GraphBatch {
    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Has it no graphs?
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Number of rows of the last layer.
    pub fn rows(&self) -> usize {
        self.members.columns()
    }

    /// Row, in the last layer, of a graph's node.
    ///
    /// # Panics
    /// If there is no such graph, or it has no such node.
    pub fn row(&self, graph: usize, node: usize) -> usize {
        self.rows[self.starts[graph] + node] as usize
    }
}

/// A batch in the making.
struct Layout {
    nodes: Vec<Node>,
    /// The labels' level, then one a layer.
    levels: Vec<Level>,
    starts: Vec<usize>,
}

struct Node {
    labels: ganas_graph::LabelSet,
    /// First node of its graph among all nodes.
    start: usize,
    successors: u64,
    predecessors: u64,
}

/// The rows of one layer.
#[derive(Default)]
struct Level {
    known: HashMap<Fingerprint, u32>,
    /// Row of each node.
    rows: Vec<u32>,
    /// A node of each row.
    examples: Vec<usize>,
}

/// Of a node's surroundings; equal ones are taken for equal surroundings, since unequal surroundings
/// share one with probability 2⁻¹²⁸.
type Fingerprint = u128;

impl Layout {
    fn new(layers: usize) -> Self {
        let levels = (0..=layers).map(|_| Level::default()).collect();
        Self { nodes: Vec::new(), levels, starts: Vec::new() }
    }

    /// Rows of the largest layer.
    fn rows(&self) -> usize {
        self.levels.iter().map(|level| level.examples.len()).max().unwrap_or(0)
    }

    fn add(&mut self, graph: &ArchGraph, positions: bool) {
        let start = self.nodes.len();
        self.starts.push(start);
        let mut predecessors = [0_u64; MAX_NODES];
        for (from, to) in graph.edges() {
            predecessors[to] |= 1 << from;
        }
        let mut prints = [0; MAX_NODES];
        for (node, &predecessors) in predecessors.iter().enumerate().take(graph.len()) {
            let (labels, successors) = (graph.labels(node), graph.successors(node));
            self.nodes.push(Node { labels, start, successors, predecessors });
            let place = if positions { 1 + node as u128 } else { 0 };
            let sum = |sum: u128, label| sum.wrapping_add(mix(u128::from(label) + 1));
            prints[node] = mix(labels.iter().fold(place << 64, sum));
        }
        let mut levels = self.levels.iter_mut();
        let first = levels.next().expect("the labels are a level");
        let prints = &mut prints[..graph.len()];
        first.add(start, prints);
        for level in levels {
            let salted = |salt| {
                let mut salted = [0; MAX_NODES];
                salted.iter_mut().zip(&*prints).for_each(|(to, print)| *to = mix(print ^ salt));
                salted
            };
            let (after, before) = (salted(1), salted(2));
            let sum = |prints: &[Fingerprint], bits| {
                nodes(bits).fold(0_u128, |sum, node| sum.wrapping_add(prints[node]))
            };
            for (print, node) in prints.iter_mut().zip(&self.nodes[start..]) {
                let around =
                    sum(&after, node.successors).wrapping_add(sum(&before, node.predecessors));
                *print = mix(mix(*print).wrapping_add(around));
            }
            level.add(start, prints);
        }
    }

    fn finish(self, settings: &BatchSettings) -> GraphBatch {
        let Self { nodes: all, levels, starts } = self;
        let mut labels = Sparse::new(settings.labels + MAX_NODES);
        for &example in &levels[0].examples {
            let node = &all[example];
            let position = settings.positions.then_some(settings.labels + example - node.start);
            labels.push_row(node.labels.iter().map(usize::from).chain(position));
        }
        let mut layers = Vec::with_capacity(settings.layers);
        for pair in levels.windows(2) {
            let [before, level] = pair else { unreachable!("windows of two") };
            let mut neighbours = Sparse::new(before.examples.len());
            for &example in &level.examples {
                let node = &all[example];
                let rows = |bits| nodes(bits).map(|other| before.rows[node.start + other] as usize);
                neighbours.push_row([before.rows[example] as usize]);
                neighbours.push_row(rows(node.successors));
                neighbours.push_row(rows(node.predecessors));
            }
            layers.push(Arc::new(neighbours));
        }
        let Level { rows, examples, .. } = levels.into_iter().next_back().expect("not empty");
        let mut members = Sparse::new(examples.len());
        let ends = starts.iter().skip(1).copied().chain([rows.len()]);
        for (&start, end) in starts.iter().zip(ends) {
            members.push_row(rows[start..end].iter().map(|&row| row as usize));
        }
        let (labels, members) = (Arc::new(labels), Arc::new(members));
        GraphBatch { labels, layers, members, rows, starts }
    }
}

impl Level {
    /// Adds the nodes of a graph, the first of which is `start`.
    fn add(&mut self, start: usize, prints: &[Fingerprint]) {
        for (node, &print) in prints.iter().enumerate() {
            let row = *self.known.entry(print).or_insert_with(|| {
                self.examples.push(start + node);
                self.examples.len() as u32 - 1
            });
            self.rows.push(row);
        }
    }
}

/// The nodes of a bit row.
fn nodes(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let node = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            node
        })
    })
}

/// Every bit of the result depends on every bit of `value`: multiplications by an odd constant with
/// shifts between.
fn mix(value: u128) -> u128 {
    const FACTOR: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    let value = (value ^ value >> 67).wrapping_add(FACTOR).wrapping_mul(FACTOR);
    let value = (value ^ value >> 64).wrapping_mul(FACTOR);
    value ^ value >> 61
}

#[cfg(test)]
mod tests {
    use ganas_graph::LabelSet;

    use super::*;

    const SETTINGS: BatchSettings =
        BatchSettings { labels: 3, layers: 2, width: 9000, positions: false };

    fn chain(labels: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        for (node, &label) in labels.iter().enumerate() {
            graph.add_node(LabelSet::one(label));
            if node > 0 {
                graph.add_edge(node - 1, node);
            }
        }
        graph
    }

    #[test]
    fn batches_are_small_and_miss_nothing() {
        let graphs =
            [chain(&[0, 1, 2]), chain(&[1; 4]), chain(&[2; 9]), chain(&[0]), chain(&[1, 2])];
        // 2¹⁶ - 1 values at this width are the embeddings of seven rows.
        let settings = BatchSettings { positions: true, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1);
        let lengths: Vec<_> = batches.iter().map(GraphBatch::len).collect();
        assert_eq!(lengths, [2, 1, 2]);
        assert_eq!(settings.lay_out(&graphs, 1 << 15).len(), 5, "one graph has half of the values");
        assert!(SETTINGS.lay_out(&graphs[..0], 1).is_empty());
    }

    #[test]
    fn equal_surroundings_share_a_row() {
        // The ends of both chains look alike two edges far, the middles do not.
        let graphs = [chain(&[0, 1, 1, 1, 1, 1, 2]), chain(&[0, 1, 1, 1, 1, 2])];
        let settings = BatchSettings { width: 1, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1);
        let [batch] = &batches[..] else { panic!("one batch") };
        assert_eq!(batch.labels.rows(), 3);
        assert_eq!(batch.layers[0].rows(), 3 * 5, "0, 1 after 0, 1, 1 before 2, 2");
        assert_eq!(batch.rows(), 7, "the first has one node that is two edges from all ends");
        assert_eq!(batch.row(0, 6), batch.row(1, 5));
        assert_ne!(batch.row(0, 3), batch.row(1, 3));
        let numbered = BatchSettings { positions: true, ..settings }.lay_out(&graphs, 1);
        assert_eq!(numbered[0].labels.rows(), 8, "the sixth node has one of two labels");
        assert_ne!(numbered[0].row(0, 6), numbered[0].row(1, 5));
    }
}
