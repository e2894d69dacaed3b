//! What a cell's description must hold besides being of the right form.

use super::description::{CellDescription, Classes, OperatorsOn, Output};
use super::error;
use super::structure::{Edges, OUTPUT, Structure};
use crate::error::quoted;
use crate::space::MOST_CHOICES;
use crate::{DescriptionError, MAX_NODES};

/// Most inputs that a node can be told to have.
const MAX_INPUTS_PER_NODE: usize = 16;

/// Most inner nodes of a cell whose classes are expressions, which double in length with each.
const MAX_EXPRESSION_NODES: usize = 8;

/// Checks a cell's description.
pub(super) struct Checker<'d> {
    cell: &'d CellDescription,
    path: &'d str,
}

impl<'d> Checker<'d> {
    /// Of the cell at `path`.
    pub(super) const fn new(cell: &'d CellDescription, path: &'d str) -> Self {
        Self { cell, path }
    }

    pub(super) fn structure(&self) -> Result<Structure, DescriptionError> {
        let cell = self.cell;
        names(&cell.operators, &self.key("operators"), "operator")?;
        names(&cell.inputs, &self.key("inputs"), "input")?;
        let inner = self.inner()?;
        let mut nodes = [cell.inputs.clone(), self.node_names(inner.1)?].concat();
        let edges = self.edges(&mut nodes, inner)?;
        self.check_output(&edges, inner)?;
        let structure = Structure {
            name: cell.name.clone(),
            inputs: cell.inputs.len(),
            nodes,
            inner,
            operators: cell.operators.clone(),
            operators_on: cell.operators_on,
            edges,
            output: cell.output,
            join: cell.join,
            classes: cell.classes,
            nothing: self.special("nothing", cell.nothing.as_deref())?,
            identity: self.special("identity", cell.identity.as_deref())?,
            sum_nodes: cell.sum_nodes,
        };
        self.check_classes(&structure)?;
        self.check_drawing()?;
        Ok(structure)
    }

    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    fn wrong(
        &self,
        key: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DescriptionError {
        error::wrong(self.key(key), expected, found)
    }

    fn inner(&self) -> Result<(usize, usize), DescriptionError> {
        let (most, cell) = (self.cell.nodes, self.cell);
        if !(1..=MAX_NODES).contains(&most) {
            return Err(self.wrong("nodes", format!("1 to {MAX_NODES}"), most.to_string()));
        }
        let Some(least) = cell.min_nodes else { return Ok((most, most)) };
        if least > most {
            return Err(self.wrong("min_nodes", format!("at most {most}"), least.to_string()));
        }
        if cell.max_edges.is_none() || cell.operators_on == OperatorsOn::Edges {
            let expected = "`max_edges` and operators on nodes, where nodes are to be chosen";
            return Err(self.wrong("min_nodes", expected, least.to_string()));
        }
        if least == 0 && cell.output != Output::Chosen {
            return Err(self.wrong("min_nodes", "at least 1 unless the output is chosen", "0"));
        }
        if least < most && cell.node_names.is_some() {
            let expected = "no names, where nodes are to be chosen";
            return Err(self.wrong("node_names", expected, "names"));
        }
        Ok((least, most))
    }

    fn node_names(&self, count: usize) -> Result<Vec<String>, DescriptionError> {
        let Some(given) = &self.cell.node_names else {
            let clash = |name: &String| name.parse::<usize>().is_ok_and(|n| n <= count);
            if let Some(place) = self.cell.inputs.iter().position(clash) {
                let name = &self.cell.inputs[place];
                let key = format!("inputs[{place}]");
                return Err(self.wrong(&key, "another name than an inner node's", quoted(name)));
            }
            return Ok((1..=count).map(|node| node.to_string()).collect());
        };
        let path = self.key("node_names");
        if given.len() != count {
            return Err(error::wrong(path, format!("{count} names"), given.len().to_string()));
        }
        names(given, &path, "node")?;
        if let Some(place) = given.iter().position(|name| self.cell.inputs.contains(name)) {
            let key = format!("node_names[{place}]");
            return Err(self.wrong(&key, "another name than an input's", quoted(&given[place])));
        }
        Ok(given.clone())
    }

    fn edges(
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
                        "nothing beside `inputs_per_node`",
                        format!("`{key}`"),
                    ));
                }
            }
            return self.per_node(count);
        }
        if cell.operators_on == OperatorsOn::Nodes
            && let Some(most) = cell.max_edges
        {
            if cell.edges.is_some() {
                let expected = "either `edges` or `max_edges`, where operators are on nodes";
                return Err(self.wrong("edges", expected, "both"));
            }
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

    fn per_node(&self, count: usize) -> Result<Edges, DescriptionError> {
        if !(1..=MAX_INPUTS_PER_NODE).contains(&count) {
            let expected = format!("1 to {MAX_INPUTS_PER_NODE}");
            return Err(self.wrong("inputs_per_node", expected, count.to_string()));
        }
        let earlier = self.cell.inputs.len();
        if count > earlier {
            let expected = format!("at most {earlier}, as the first node has no more before it");
            return Err(self.wrong("inputs_per_node", expected, count.to_string()));
        }
        Ok(Edges::PerNode(count))
    }

    fn free(&self, most: usize, inner: (usize, usize)) -> Result<Edges, DescriptionError> {
        let sinks = usize::from(self.cell.output == Output::Chosen);
        let needed = inner.1 + sinks;
        if most < needed {
            let expected = format!("at least {needed}, which {} nodes in a row need", inner.1);
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
            let expected = "`nothing`, the operator of the edges that `max_edges` leaves out";
            return Err(self.wrong("max_edges", expected, most.to_string()));
        }
        if most == 0 {
            return Err(self.wrong("max_edges", "at least 1", "0"));
        }
        Ok(Edges::Fixed { list, most: most.min(all) })
    }

    /// The edges listed, with `nodes` brought into a topological order.
    fn listed(
        &self,
        edges: &[[String; 2]],
        nodes: &mut Vec<String>,
    ) -> Result<Vec<(usize, usize)>, DescriptionError> {
        let inputs = self.cell.inputs.len();
        let mut list = Vec::with_capacity(edges.len());
        for (place, [from, to]) in edges.iter().enumerate() {
            let node = |name: &String, end: usize, from: usize| {
                let known = nodes[from..].iter().position(|node| node == name);
                known.map(|at| at + from).ok_or_else(|| {
                    let expected = format!("one of {}", nodes[from..].join(", "));
                    self.wrong(&format!("edges[{place}][{end}]"), expected, quoted(name))
                })
            };
            let edge = (node(from, 0, 0)?, node(to, 1, inputs)?);
            if list.contains(&edge) {
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

    /// The nodes in the first order in which every edge leads forward.
    fn topological(
        &self,
        list: &[(usize, usize)],
        nodes: &[String],
    ) -> Result<Vec<usize>, DescriptionError> {
        let mut order: Vec<usize> = Vec::with_capacity(nodes.len());
        while order.len() < nodes.len() {
            let waits =
                |node: usize| list.iter().any(|(from, to)| *to == node && !order.contains(from));
            let next = (0..nodes.len()).find(|node| !order.contains(node) && !waits(*node));
            let Some(next) = next else {
                return Err(self.cycle(list, nodes, &order));
            };
            order.push(next);
        }
        Ok(order)
    }

    /// Follows edges backward from a node that is not in `order` until one comes again.
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

    /// Every inner node must be fed, and used if the output is not made of all.
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

    fn check_output(&self, edges: &Edges, inner: (usize, usize)) -> Result<(), DescriptionError> {
        if self.cell.output == Output::Chosen && !matches!(edges, Edges::Free { .. }) {
            let expected = "`max_edges` and operators on nodes, where the output is chosen";
            return Err(self.wrong("output", expected, "chosen"));
        }
        if inner.1 - inner.0 >= MOST_CHOICES {
            let expected = format!("at most {MOST_CHOICES} numbers of nodes to choose from");
            return Err(self.wrong("nodes", expected, (inner.1 - inner.0 + 1).to_string()));
        }
        Ok(())
    }

    fn special(&self, key: &str, name: Option<&str>) -> Result<Option<u8>, DescriptionError> {
        let Some(name) = name else { return Ok(None) };
        let place = self.cell.operators.iter().position(|operator| operator == name);
        let place = place.ok_or_else(|| {
            let expected = format!("one of {}", self.cell.operators.join(", "));
            self.wrong(key, expected, quoted(name))
        })?;
        Ok(u8::try_from(place).ok())
    }

    fn check_classes(&self, structure: &Structure) -> Result<(), DescriptionError> {
        if structure.classes == Classes::Graphs {
            return match self.cell.identity {
                Some(_) => {
                    Err(self.wrong("identity", "it with `classes = \"expressions\"` only", "it"))
                }
                None => Ok(()),
            };
        }
        let fits = structure.operators_on == OperatorsOn::Edges
            && structure.inputs == 1
            && structure.output == Output::Last
            && structure.inner.1 <= MAX_EXPRESSION_NODES;
        if fits {
            return Ok(());
        }
        let expected = format!(
            "operators on edges, one input, `output = \"last\"` and at most {MAX_EXPRESSION_NODES} nodes, \
             where classes are expressions"
        );
        Err(self.wrong("classes", expected, "another cell"))
    }

    fn check_drawing(&self) -> Result<(), DescriptionError> {
        if self.cell.sum_nodes && self.cell.operators_on == OperatorsOn::Nodes {
            return Err(self.wrong(
                "sum_nodes",
                "operators on edges, where sums are drawn",
                "true",
            ));
        }
        Ok(())
    }
}

/// Checks that there are 1 to 64 names, all good and different.
pub(super) fn names(names: &[String], path: &str, what: &str) -> Result<(), DescriptionError> {
    if !(1..=MOST_CHOICES).contains(&names.len()) {
        let expected = format!("1 to {MOST_CHOICES} names");
        return Err(error::wrong(path, expected, names.len().to_string()));
    }
    for (place, name) in names.iter().enumerate() {
        let path = || format!("{path}[{place}]");
        check_name(name, &path(), what)?;
        if names[..place].contains(name) {
            let expected = format!("each {what} once");
            return Err(error::wrong(path(), expected, format!("{} again", quoted(name))));
        }
    }
    Ok(())
}

/// Checks that a name can stand in notation.
pub(super) fn check_name(name: &str, path: &str, what: &str) -> Result<(), DescriptionError> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        let expected = format!("a name of {what} of 1 to 64 letters, digits, `_`, `-` and `.`");
        return Err(error::wrong(path, expected, quoted(name)));
    }
    if name == OUTPUT {
        let expected = format!("another name of {what}: `{OUTPUT}` is the cell's output");
        return Err(error::wrong(path, expected, quoted(name)));
    }
    Ok(())
}
