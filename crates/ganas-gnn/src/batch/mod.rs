//! Many graphs as one.

mod layout;
mod level;
mod pairs;

use std::sync::Arc;

use ganas_graph::ArchGraph;

use self::layout::Layout;
use crate::ops::Sparse;

/// Graphs laid out for a k-GNN, as the sparse matrices that it multiplies with.
///
/// After `l` rounds of message passing, what a node's embedding depends on is no farther away than
/// `l` edges. Nodes whose surroundings are equal that far, in one graph or in several, share a row of
/// that layer, so what a batch has in common is computed once: the partial graphs of an episode, and
/// the relatives among the candidates of a round, have most in common.
#[derive(Debug, Clone)]
pub struct GraphBatch {
    /// `[rows, labels + positions]`: the labels of the first layer's rows, and their numbers.
    pub(crate) labels: Arc<Sparse>,
    /// For each layer `[3 · rows, rows before]`: the row itself, its successors, its predecessors.
    pub(crate) layers: Vec<Arc<Sparse>>,
    /// With k = 2, the pairs of nodes.
    pub(crate) pairs: Option<PairBatch>,
    /// `[k · graphs, rows]`: the nodes of each graph, as rows of the last layer, and with k = 2 its
    /// pairs, whose rows come after those of all nodes.
    pub(crate) members: Arc<Sparse>,
    /// Row in the last layer of each node, graph after graph.
    rows: Vec<usize>,
    /// First node of each graph among all nodes.
    starts: Vec<usize>,
}

/// The pairs of nodes of a batch; those with equal surroundings share a row, too.
#[derive(Debug, Clone)]
pub(crate) struct PairBatch {
    /// `[2 · rows, rows of nodes]`: the two nodes if they have an edge, the two if they have none; then
    /// for each layer `[2 · rows, rows before]`: the pair itself, and the pairs with one other node,
    /// next to the one that it stands for.
    pub(crate) layers: Vec<Arc<Sparse>>,
}

/// How many sums over nodes a layer sees: the node itself, its successors, its predecessors.
pub(crate) const RELATIONS: usize = 3;

/// How many sums a layer of pairs sees.
pub(crate) const PAIR_RELATIONS: usize = 2;

/// Most values of a matrix with a gradient: from 2¹⁶ on candle adds gradients on a pool of spinning
/// threads, which costs more than all the rest and brings concurrent searches to a halt.
pub(crate) const MOST_WITH_GRADIENT: usize = (1 << 16) - 1;

/// Most values of a matrix without gradient: the more graphs are laid out together, the more they
/// share, and 4 MiB stay near the processor.
pub(crate) const MOST_AT_ONCE: usize = 1 << 20;

/// What all batches of a model have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    /// Labels are below this.
    pub(crate) labels: usize,
    /// Numbers of nodes are below this, where they are told apart.
    pub(crate) most_nodes: usize,
    /// Rounds of message passing.
    pub(crate) layers: usize,
    /// 1 for nodes alone, 2 for pairs of nodes, too.
    pub(crate) k: usize,
    /// Width of embeddings.
    pub(crate) width: usize,
    /// Are the nodes of the last layer summed where they are made? They are no matrix then.
    pub(crate) pooled: bool,
    /// Can the model tell nodes by their number? If it can't, it can't tell graphs apart that differ
    /// in the order of nodes only.
    pub(crate) positions: bool,
}

impl BatchSettings {
    /// Rows of the embedding: labels, then numbers of nodes.
    pub(crate) const fn embedded(&self) -> usize {
        self.labels + self.most_nodes
    }

    /// Lays out `graphs`, in order, in batches in which every layer, and a matrix of `values` columns
    /// with a row a graph, has at most `most` values. A graph that is larger alone is a batch.
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
    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Has it no graphs?
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Number of rows of the last layers.
    pub fn rows(&self) -> usize {
        self.members.columns()
    }

    /// Row, in the last layer, of a graph's node.
    ///
    /// # Panics
    /// If there is no such graph, or it has no such node.
    pub fn row(&self, graph: usize, node: usize) -> usize {
        self.rows[self.starts[graph] + node]
    }

    /// Rows of a graph's nodes, and with k = 2 those of its pairs.
    pub(crate) fn pooled(&self, graph: usize) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        let k = self.members.rows() / self.len();
        (graph * k..(graph + 1) * k).map(|row| self.members.row(row).iter().map(|&r| r as usize))
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::{FEW_NODES, LabelSet};

    use super::*;

    const SETTINGS: BatchSettings = BatchSettings {
        labels: 3,
        most_nodes: FEW_NODES,
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
        // 2¹⁶ - 1 values at this width are the embeddings of seven rows.
        let settings = BatchSettings { positions: true, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1, MOST_WITH_GRADIENT);
        let lengths: Vec<_> = batches.iter().map(GraphBatch::len).collect();
        assert_eq!(lengths, [2, 1, 2]);
        assert_eq!(
            settings.lay_out(&graphs, 1 << 15, MOST_WITH_GRADIENT).len(),
            5,
            "one graph has half of the values"
        );
        assert!(SETTINGS.lay_out(&graphs[..0], 1, MOST_WITH_GRADIENT).is_empty());
    }

    #[test]
    fn equal_surroundings_share_a_row() {
        // The ends of both chains look alike two edges far, the middles do not.
        let graphs = [chain(&[0, 1, 1, 1, 1, 1, 2]), chain(&[0, 1, 1, 1, 1, 2])];
        let settings = BatchSettings { width: 1, ..SETTINGS };
        let batches = settings.lay_out(&graphs, 1, MOST_WITH_GRADIENT);
        let [batch] = &batches[..] else { panic!("one batch") };
        assert_eq!(batch.labels.rows(), 3);
        assert_eq!(batch.layers[0].rows(), 3 * 5, "0, 1 after 0, 1, 1 before 2, 2");
        assert_eq!(batch.rows(), 7, "the first has one node that is two edges from all ends");
        assert_eq!(batch.row(0, 6), batch.row(1, 5));
        assert_ne!(batch.row(0, 3), batch.row(1, 3));
        let numbered =
            BatchSettings { positions: true, ..settings }.lay_out(&graphs, 1, MOST_WITH_GRADIENT);
        assert_eq!(numbered[0].labels.rows(), 8, "the sixth node has one of two labels");
        assert_ne!(numbered[0].row(0, 6), numbered[0].row(1, 5));
    }

    #[test]
    fn pairs_tell_apart_what_nodes_cannot() {
        // Two triangles, and a ring of six: a source, a middle and a sink are next to each other.
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
            let batch =
                BatchSettings { k, ..settings }.lay_out(&graphs, 1, MOST_WITH_GRADIENT).remove(0);
            let weights = [[1.0].repeat(k), [-1.0].repeat(k)].concat();
            let difference = batch.members.multiply_transposed(&weights, 1);
            difference.iter().all(|difference| difference.abs() < 0.5)
        };
        assert!(equal(1), "directed neighbourhoods are alike");
        assert!(!equal(2));
    }
}
