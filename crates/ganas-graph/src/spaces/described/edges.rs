//! Checks the description of a cell's edges, and builds the edges from it.

use std::collections::BTreeSet;

use super::checks::Checker;
use super::description::{OperatorsOn, Output};
use super::structure::Edges;
use crate::error::quoted;
use crate::{DescriptionError, NODES_PER_WORD};

/// Maximum of `inputs_per_node`.
const MAX_INPUTS_PER_NODE: usize = 16;

impl Checker<'_> {
    /// Returns the edges of the cell; sorts `nodes` topologically.
    pub(super) fn edges(
        &self,
        nodes: &mut Vec<String>,
        inner: (usize, usize),
    ) -> Result<Edges, DescriptionError> {
        let cell = self.cell;
        if let Some(count) = cell.inputs_per_node {
            for (key, given) in
                [("edges", cell.edges.is_some()), ("max_edges", cell.max_edges.is_some())]
            {
                if given {
                    return Err(self.wrong(
                        key,
                        "this key to be omitted when `inputs_per_node` is given",
                        format!("`{key}`"),
                    ));
                }
            }
            self.check_few(nodes)?;
            return self.per_node(count);
        }
        if cell.operators_on == OperatorsOn::Nodes
            && let Some(most) = cell.max_edges
        {
            if cell.edges.is_some() {
                let expected = "either `edges` or `max_edges`, because operators are on nodes";
                return Err(self.wrong("edges", expected, "both"));
            }
            self.check_few(nodes)?;
            return self.free(most, inner);
        }
        let list = match &cell.edges {
            Some(edges) => self.listed(edges, nodes)?,
            None => (cell.inputs.len()..nodes.len())
                .flat_map(|to| (0..to).map(move |from| (from, to)))
                .collect(),
        };
        self.fixed(list)
    }

    /// Checks that the nodes of a cell with chosen edges fit into a mask of choices or into the
    /// bits of a word.
    fn check_few(&self, nodes: &[String]) -> Result<(), DescriptionError> {
        let all = nodes.len() + 1;
        if all <= NODES_PER_WORD {
            return Ok(());
        }
        let expected = format!(
            "at most {NODES_PER_WORD} nodes, including inputs and output, because edges are chosen (more \
             nodes are possible if `edges` lists the edges)"
        );
        Err(self.wrong("nodes", expected, all.to_string()))
    }

    fn per_node(&self, count: usize) -> Result<Edges, DescriptionError> {
        if !(1..=MAX_INPUTS_PER_NODE).contains(&count) {
            let expected = format!("1 to {MAX_INPUTS_PER_NODE}");
            return Err(self.wrong("inputs_per_node", expected, count.to_string()));
        }
        let earlier = self.cell.inputs.len();
        if count > earlier {
            let expected = format!(
                "at most {earlier}, because the first inner node has only the inputs before it"
            );
            return Err(self.wrong("inputs_per_node", expected, count.to_string()));
        }
        Ok(Edges::PerNode(count))
    }

    fn free(&self, most: usize, inner: (usize, usize)) -> Result<Edges, DescriptionError> {
        let sinks = usize::from(self.cell.output == Output::Chosen);
        let needed = inner.1 + sinks;
        if most < needed {
            let expected = format!(
                "at least {needed}, the number of edges of a path through all {} inner nodes",
                inner.1
            );
            return Err(self.wrong("max_edges", expected, most.to_string()));
        }
        let first = self.cell.inputs.len();
        let possible: usize = (first..first + inner.1 + sinks).sum();
        Ok(Edges::Free { most: most.min(possible) })
    }

    fn fixed(&self, list: Vec<(usize, usize)>) -> Result<Edges, DescriptionError> {
        let all = list.len();
        let Some(most) = self.cell.max_edges else { return Ok(Edges::Fixed { list, most: all }) };
        if self.cell.nothing.is_none() {
            let expected = "`nothing` as well, which names the operator of the edges that `max_edges` leaves out";
            return Err(self.wrong("max_edges", expected, "`max_edges` alone"));
        }
        if most == 0 {
            return Err(self.wrong("max_edges", "at least 1", "0"));
        }
        Ok(Edges::Fixed { list, most: most.min(all) })
    }

    /// Returns the listed edges; sorts `nodes` topologically.
    fn listed(
        &self,
        edges: &[[String; 2]],
        nodes: &mut Vec<String>,
    ) -> Result<Vec<(usize, usize)>, DescriptionError> {
        let inputs = self.cell.inputs.len();
        let (mut list, mut seen) = (Vec::with_capacity(edges.len()), BTreeSet::new());
        for (place, [from, to]) in edges.iter().enumerate() {
            let node = |name: &String, end: usize, from: usize| {
                let known = nodes[from..].iter().position(|node| node == name);
                known.map(|at| at + from).ok_or_else(|| {
                    let expected = format!("one of {}", nodes[from..].join(", "));
                    self.wrong(&format!("edges[{place}][{end}]"), expected, quoted(name))
                })
            };
            let edge = (node(from, 0, 0)?, node(to, 1, inputs)?);
            if !seen.insert(edge) {
                let found = format!("{from} to {to} again");
                return Err(self.wrong(&format!("edges[{place}]"), "each edge once", found));
            }
            list.push(edge);
        }
        let order = self.topological(&list, nodes)?;
        let mut rank = vec![0; nodes.len()];
        order.iter().enumerate().for_each(|(place, &node)| rank[node] = place);
        *nodes = order.iter().map(|&node| nodes[node].clone()).collect();
        let mut list: Vec<_> = list.iter().map(|&(from, to)| (rank[from], rank[to])).collect();
        list.sort_unstable_by_key(|&(from, to)| (to, from));
        self.check_listed(&list, nodes)?;
        Ok(list)
    }

    /// Returns the indices of the nodes in topological order. Where several nodes could come next,
    /// the first of them in the file does.
    fn topological(
        &self,
        list: &[(usize, usize)],
        nodes: &[String],
    ) -> Result<Vec<usize>, DescriptionError> {
        let mut order: Vec<usize> = Vec::with_capacity(nodes.len());
        let mut waits = vec![0; nodes.len()];
        for (_, to) in list {
            waits[*to] += 1;
        }
        let mut free: BTreeSet<_> = (0..nodes.len()).filter(|node| waits[*node] == 0).collect();
        while let Some(next) = free.pop_first() {
            order.push(next);
            for (_, to) in list.iter().filter(|(from, _)| *from == next) {
                waits[*to] -= 1;
                if waits[*to] == 0 {
                    free.insert(*to);
                }
            }
        }
        if order.len() < nodes.len() {
            return Err(self.cycle(list, nodes, &order));
        }
        Ok(order)
    }

    /// Creates an error that shows a cycle. Finds the cycle by following edges backward from a node
    /// that is not in `order` until a node repeats.
    fn cycle(
        &self,
        list: &[(usize, usize)],
        nodes: &[String],
        order: &[usize],
    ) -> DescriptionError {
        let left = |node: &usize| !order.contains(node);
        let mut path: Vec<usize> = (0..nodes.len()).find(left).into_iter().collect();
        while let Some(&(from, _)) =
            list.iter().find(|(from, to)| path.last() == Some(to) && left(from))
        {
            path.push(from);
            if let Some(start) = path[..path.len() - 1].iter().position(|node| *node == from) {
                path.drain(..start);
                break;
            }
        }
        path.reverse();
        let closing = list.iter().position(|edge| edge.0 == path[0] && edge.1 == path[1]);
        let names: Vec<_> = path.iter().map(|&node| nodes[node].as_str()).collect();
        let key = format!("edges[{}]", closing.unwrap_or(0));
        self.wrong(&key, "no cycle", names.join(" to "))
    }

    /// Checks that an edge leads to every inner node. If the last node is the output, also checks
    /// that every other inner node feeds another node, and that the last node feeds none.
    fn check_listed(
        &self,
        list: &[(usize, usize)],
        nodes: &[String],
    ) -> Result<(), DescriptionError> {
        let last = self.cell.node_names.as_ref().and_then(|names| names.last());
        let is_last = |name: &String| last.map_or(nodes.last() == Some(name), |last| last == name);
        for (node, name) in nodes.iter().enumerate().skip(self.cell.inputs.len()) {
            if !list.iter().any(|(_, to)| *to == node) {
                return Err(self.wrong("edges", format!("an edge to node `{name}`"), "none"));
            }
            let feeds = list.iter().any(|(from, _)| *from == node);
            if self.cell.output == Output::Last && feeds == is_last(name) {
                let expected =
                    if feeds { "no edge from the last node" } else { "an edge from node" };
                return Err(self.wrong(
                    "edges",
                    format!("{expected} `{name}`"),
                    if feeds { "one" } else { "none" },
                ));
            }
        }
        Ok(())
    }
}
