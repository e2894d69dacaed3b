use std::sync::Arc;

use ganas_graph::{ArchGraph, MAX_NODES};

use crate::ops::Sparse;

/// Graphs laid out for a model: the nodes of all graphs one after the other, and the sparse matrices
/// that a k-GNN multiplies with.
#[derive(Debug, Clone)]
pub struct GraphBatch {
    /// `[nodes, labels + MAX_NODES]`: a node's labels, and its number in its graph.
    pub(crate) labels: Arc<Sparse>,
    /// `[3 · nodes, nodes]`: for each node itself, its successors and its predecessors.
    pub(crate) neighbours: Arc<Sparse>,
    /// `[graphs, nodes]`: the nodes of each graph.
    pub(crate) members: Arc<Sparse>,
    /// First node of each graph.
    starts: Vec<usize>,
}

/// Splits `items` so that the embeddings, `width` wide, of a part's nodes have fewer than 2¹⁶ values:
/// from there on candle adds gradients on a pool of spinning threads, which costs more than all the
/// rest and brings concurrent searches to a halt. A graph that is larger alone is a part.
pub(crate) fn parts<T>(items: &[T], graph: impl Fn(&T) -> &ArchGraph, width: usize) -> Vec<&[T]> {
    let most = ((1 << 16) - 1) / width.max(1);
    let (mut parts, mut start, mut nodes) = (Vec::new(), 0, 0);
    for (index, item) in items.iter().enumerate() {
        let more = graph(item).len();
        if nodes + more > most && index > start {
            parts.push(&items[start..index]);
            (start, nodes) = (index, 0);
        }
        nodes += more;
    }
    if start < items.len() {
        parts.push(&items[start..]);
    }
    parts
}

/// How many sums over nodes a layer sees: the node itself, its successors, its predecessors.
pub(crate) const RELATIONS: usize = 3;

impl GraphBatch {
    /// Lays out `graphs`, whose labels are below `labels`. With `positions`, a model can tell nodes
    /// by their number; without, it can't tell graphs apart that differ in the order of nodes only.
    pub fn new<'a>(
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
        labels: usize,
        positions: bool,
    ) -> Self {
        let graphs: Vec<_> = graphs.into_iter().collect();
        let nodes = graphs.iter().map(|graph| graph.len()).sum();
        let mut label_rows = Sparse::new(labels + MAX_NODES);
        let mut neighbours = Sparse::new(nodes);
        let mut members = Sparse::new(nodes);
        let mut starts = Vec::with_capacity(graphs.len());
        let mut start = 0;
        for graph in graphs {
            let mut predecessors = [0_u64; MAX_NODES];
            for (from, to) in graph.edges() {
                predecessors[to] |= 1 << from;
            }
            for (node, &before) in predecessors.iter().enumerate().take(graph.len()) {
                let position = positions.then_some(labels + node);
                label_rows.push_row(graph.labels(node).iter().map(usize::from).chain(position));
                neighbours.push_row([start + node]);
                neighbours.push_row(row(graph.successors(node), start));
                neighbours.push_row(row(before, start));
            }
            members.push_row(start..start + graph.len());
            starts.push(start);
            start += graph.len();
        }
        Self {
            labels: Arc::new(label_rows),
            neighbours: Arc::new(neighbours),
            members: Arc::new(members),
            starts,
        }
    }

    /// Number of graphs.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Has it no graphs?
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Number of nodes of all graphs.
    pub(crate) fn nodes(&self) -> usize {
        self.labels.rows()
    }

    /// Row of a graph's node among all nodes.
    pub(crate) fn node(&self, graph: usize, node: usize) -> usize {
        self.starts[graph] + node
    }
}

fn row(bits: u64, start: usize) -> impl Iterator<Item = usize> {
    (0..MAX_NODES).filter(move |node| bits >> node & 1 == 1).map(move |node| start + node)
}

#[cfg(test)]
mod tests {
    use ganas_graph::LabelSet;

    use super::*;

    #[test]
    fn parts_are_small_and_miss_nothing() {
        let graph = |nodes: usize| {
            let mut graph = ArchGraph::new();
            for _ in 0..nodes {
                graph.add_node(LabelSet::one(0));
            }
            graph
        };
        let graphs = [graph(3), graph(4), graph(9), graph(1), graph(2)];
        // 2¹⁶ - 1 values at this width are the embeddings of seven nodes.
        let split = parts(&graphs, |graph| graph, 9000);
        let lengths: Vec<_> = split.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [2, 1, 2]);
        assert!(parts(&graphs[..0], |graph| graph, 8).is_empty());
    }
}
