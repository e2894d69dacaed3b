//! Batches of graphs whose embeddings are computed together.

mod layout;
mod level;
mod pairs;

use std::sync::Arc;

use ganas_graph::ArchGraph;

use self::layout::Layout;
use crate::ops::Sparse;

/// Graphs prepared for a k-GNN (see [`Encoder`](crate::Encoder)). They are stored as the sparse
/// matrices that the k-GNN uses to look up and sum embeddings.
///
/// After `l` rounds of message passing, a node's embedding depends only on the nodes that are at
/// most `l` edges away from it. If the neighbourhoods of two nodes are identical up to that
/// distance, the two nodes share one row in the matrix of the embeddings after round `l`, even if
/// they belong to different graphs. The parts that graphs have in common are therefore computed
/// only once. This saves the most work if the batch contains similar candidates, or the partial
/// graphs of one episode (the construction of one architecture).
#[derive(Debug, Clone)]
pub struct GraphBatch {
    /// `[rows, labels + positions]`: the labels and the node number of each row of the first layer.
    pub(crate) labels: Arc<Sparse>,
    /// For each layer, `[3 · rows, rows of the layer before]`: the row itself, its successors, its
    /// predecessors.
    pub(crate) layers: Vec<Arc<Sparse>>,
    /// The pairs of nodes, if k = 2.
    pub(crate) pairs: Option<PairBatch>,
    /// `[k · graphs, rows]`: each graph's nodes, as rows of the last layer, and, with k = 2, its
    /// pairs, whose rows follow those of all nodes.
    pub(crate) members: Arc<Sparse>,
    /// Row of each node in the last layer, graph by graph.
    rows: Vec<usize>,
    /// Index of each graph's first node among all nodes.
    starts: Vec<usize>,
}

/// The pairs of nodes of a batch. Like nodes, pairs with identical neighbourhoods share a row.
#[derive(Debug, Clone)]
pub(crate) struct PairBatch {
    /// First `[2 · rows, rows of nodes]`: the two nodes if an edge joins them, then the two nodes
    /// if none does. After that, for each layer, `[2 · rows, rows of the layer before]`: the pair
    /// itself, then the pairs in which a neighbour replaces one node.
    pub(crate) layers: Vec<Arc<Sparse>>,
}

/// Number of sums over nodes that feed a layer: the node itself, its successors, its predecessors.
pub(crate) const RELATIONS: usize = 3;

/// Number of sums over pairs that feed a layer of pairs: the pair itself, and its neighbours.
pub(crate) const PAIR_RELATIONS: usize = 2;

/// Maximum number of values in a matrix with a gradient. With 2¹⁶ values or more, candle adds
/// gradients on a pool of spinning threads, which costs more than all other work and stalls
/// concurrent searches.
pub(crate) const MAX_VALUES_WITH_GRADIENT: usize = (1 << 16) - 1;

/// Maximum number of values in a matrix without a gradient. The more graphs are laid out together,
/// the more rows they share; at this maximum, a matrix takes 4 MiB, which still fits into the
/// processor's cache.
pub(crate) const MAX_VALUES: usize = 1 << 20;

/// Settings common to all batches of a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    /// Exclusive upper bound on labels.
    pub(crate) labels: usize,
    /// Exclusive upper bound on the node numbers that the model can distinguish.
    pub(crate) most_nodes: usize,
    /// Number of rounds of message passing.
    pub(crate) layers: usize,
    /// 1 for nodes only, 2 for pairs of nodes as well.
    pub(crate) k: usize,
    /// Width of embeddings.
    pub(crate) width: usize,
    /// Whether the last layer's node embeddings are summed as they are computed, so that they need
    /// no matrix.
    pub(crate) pooled: bool,
    /// Whether the model sees node numbers. Without node numbers, it cannot distinguish graphs that
    /// differ only in the order of nodes.
    pub(crate) positions: bool,
}

impl BatchSettings {
    /// Returns the number of rows of the embedding: labels, then node numbers.
    pub(crate) const fn embedded(&self) -> usize {
        self.labels + self.most_nodes
    }

    /// Lays out `graphs`, in order, in batches. In a batch, every layer has at most `most` values,
    /// and so does a matrix with `values` columns and one row per graph. A graph that exceeds this
    /// maximum on its own becomes a batch of its own.
    pub(crate) fn lay_out<'a>(
        &self,
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
        values: usize,
        most: usize,
    ) -> Vec<GraphBatch> {
        let most = |values: usize| most / values.max(1);
        let (rows, count) = (most(self.width), most(values));
        let mut batches = Vec::new();
        let mut layout = Layout::new(self);
        for graph in graphs {
            let pairs = if self.k > 1 { graph.len() * graph.len() / 2 } else { 0 };
            let full =
                layout.rows(self.pooled) + graph.len() + pairs > rows || layout.len() >= count;
            if full && layout.len() > 0 {
                let full = std::mem::replace(&mut layout, Layout::new(self));
                batches.push(full.finish(self));
            }
            layout.add(graph, self.positions);
        }
        if layout.len() > 0 {
            batches.push(layout.finish(self));
        }
        batches
    }
}

impl GraphBatch {
    /// Returns the number of graphs.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns true if the batch has no graphs.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the number of rows in the matrix of the last layer's embeddings. If
    /// [`EncoderSettings::k`](crate::EncoderSettings::k) is 2, this includes the rows of pairs of
    /// nodes.
    pub fn rows(&self) -> usize {
        self.members.columns()
    }

    /// Returns the index of the row that contains the last layer's embedding of node `node` of
    /// graph `graph`.
    ///
    /// # Panics
    /// If the graph or the node does not exist.
    pub fn row(&self, graph: usize, node: usize) -> usize {
        self.rows[self.starts[graph] + node]
    }

    /// Returns the rows of a graph's nodes and, with k = 2, those of its pairs.
    pub(crate) fn pooled(&self, graph: usize) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        let k = self.members.rows() / self.len();
        (graph * k..(graph + 1) * k).map(|row| self.members.row(row).iter().map(|&r| r as usize))
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::{LabelSet, NODES_PER_WORD};

    use super::*;

    const SETTINGS: BatchSettings = BatchSettings {
        labels: 3,
        most_nodes: NODES_PER_WORD,
        layers: 2,
        k: 1,
        width: 9000,
        pooled: false,
        positions: false,
    };

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
        // At this width, 2¹⁶ - 1 values are the embeddings of seven rows.
        let settings = BatchSettings { positions: true, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1, MAX_VALUES_WITH_GRADIENT);
        let lengths: Vec<_> = batches.iter().map(GraphBatch::len).collect();
        assert_eq!(lengths, [2, 1, 2]);
        assert_eq!(
            settings.lay_out(&graphs, 1 << 15, MAX_VALUES_WITH_GRADIENT).len(),
            5,
            "one graph has half of the values"
        );
        assert!(SETTINGS.lay_out(&graphs[..0], 1, MAX_VALUES_WITH_GRADIENT).is_empty());
    }

    #[test]
    fn equal_surroundings_share_a_row() {
        // The ends of both chains look alike up to two edges away; the middles do not.
        let graphs = [chain(&[0, 1, 1, 1, 1, 1, 2]), chain(&[0, 1, 1, 1, 1, 2])];
        let settings = BatchSettings { width: 1, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1, MAX_VALUES_WITH_GRADIENT);
        let [batch] = &batches[..] else { panic!("one batch") };
        assert_eq!(batch.labels.rows(), 3);
        assert_eq!(batch.layers[0].rows(), 3 * 5, "0, 1 after 0, 1, 1 before 2, 2");
        assert_eq!(batch.rows(), 7, "the first has one node that is two edges from all ends");
        assert_eq!(batch.row(0, 6), batch.row(1, 5));
        assert_ne!(batch.row(0, 3), batch.row(1, 3));
        let numbered = BatchSettings { positions: true, ..settings }.lay_out(
            &graphs,
            1,
            MAX_VALUES_WITH_GRADIENT,
        );
        assert_eq!(numbered[0].labels.rows(), 8, "the sixth node has one of two labels");
        assert_ne!(numbered[0].row(0, 6), numbered[0].row(1, 5));
    }

    #[test]
    fn pairs_tell_apart_what_nodes_cannot() {
        // Two triangles and a ring of six: in each, sources, middles and sinks have the same
        // neighbours.
        let ring = |edges: [(usize, usize); 6]| {
            let mut graph = ArchGraph::new();
            for _ in 0..6 {
                graph.add_node(LabelSet::one(0));
            }
            for (from, to) in edges {
                graph.add_edge(from, to);
            }
            graph
        };
        let triangles = ring([(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)]);
        let circle = ring([(0, 2), (2, 5), (1, 5), (1, 3), (3, 4), (0, 4)]);
        let settings = BatchSettings { width: 1, layers: 4, ..SETTINGS };
        let equal = |k| {
            let graphs = [triangles.clone(), circle.clone()];
            let batch = BatchSettings { k, ..settings }
                .lay_out(&graphs, 1, MAX_VALUES_WITH_GRADIENT)
                .remove(0);
            let weights = [[1.0].repeat(k), [-1.0].repeat(k)].concat();
            let difference = batch.members.multiply_transposed(&weights, 1);
            difference.iter().all(|difference| difference.abs() < 0.5)
        };
        assert!(equal(1), "directed neighbourhoods are alike");
        assert!(!equal(2));
    }
}
