//! Checks that the values in a cell's description make sense.

use super::description::{CellDescription, Classes, OperatorsOn, Output};
use super::error;
use super::structure::{Edges, OUTPUT, Structure};
use crate::error::quoted;
use crate::space::MAX_CHOICES;
use crate::{DescriptionError, MAX_NODES};

/// Maximum number of inner nodes of a cell whose classes are expressions, because expressions
/// double in length with each node.
const MAX_EXPRESSION_NODES: usize = 8;

/// A checker of a cell's description.
pub(super) struct Checker<'d> {
    pub(super) cell: &'d CellDescription,
    path: &'d str,
}

impl<'d> Checker<'d> {
    /// Creates a checker for the cell at `path`.
    pub(super) const fn new(cell: &'d CellDescription, path: &'d str) -> Self {
        Self { cell, path }
    }

    pub(super) fn structure(&self) -> Result<Structure, DescriptionError> {
        let cell = self.cell;
        names(&cell.operators, &self.key("operators"), "operator", MAX_CHOICES)?;
        names(&cell.inputs, &self.key("inputs"), "input", MAX_CHOICES)?;
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

    pub(super) fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    pub(super) fn wrong(
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
            let expected =
                "no `min_nodes`, because this key requires `max_edges` and operators on nodes";
            return Err(self.wrong("min_nodes", expected, least.to_string()));
        }
        if least == 0 && cell.output != Output::Chosen {
            return Err(self.wrong("min_nodes", "at least 1 unless `output` is `chosen`", "0"));
        }
        if least < most && cell.node_names.is_some() {
            let expected = "no names, because `min_nodes` makes the number of nodes a choice";
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
                return Err(self.wrong(&key, "a name that no inner node has", quoted(name)));
            }
            return Ok((1..=count).map(|node| node.to_string()).collect());
        };
        let path = self.key("node_names");
        if given.len() != count {
            return Err(error::wrong(path, format!("{count} names"), given.len().to_string()));
        }
        names(given, &path, "node", MAX_NODES)?;
        if let Some(place) = given.iter().position(|name| self.cell.inputs.contains(name)) {
            let key = format!("node_names[{place}]");
            return Err(self.wrong(&key, "a name that no input has", quoted(&given[place])));
        }
        Ok(given.clone())
    }

    fn check_output(&self, edges: &Edges, inner: (usize, usize)) -> Result<(), DescriptionError> {
        if self.cell.output == Output::Chosen && !matches!(edges, Edges::Free { .. }) {
            let expected =
                "an output other than `chosen`, which requires `max_edges` and operators on nodes";
            return Err(self.wrong("output", expected, "chosen"));
        }
        if inner.1 - inner.0 >= MAX_CHOICES {
            let expected = format!("at most {MAX_CHOICES} choices for the number of nodes");
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
                Some(_) => Err(self.wrong(
                    "identity",
                    "this key to be used only with `classes = \"expressions\"`",
                    "another value of `classes`",
                )),
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
            "a cell with operators on edges, one input, `output = \"last\"` and at most {MAX_EXPRESSION_NODES} nodes, \
             as required by `classes = \"expressions\"`"
        );
        Err(self.wrong("classes", expected, "a cell that lacks at least one of these"))
    }

    fn check_drawing(&self) -> Result<(), DescriptionError> {
        if self.cell.sum_nodes && self.cell.operators_on == OperatorsOn::Nodes {
            return Err(self.wrong(
                "sum_nodes",
                "operators on edges, which `sum_nodes` requires",
                "operators on nodes",
            ));
        }
        Ok(())
    }
}

/// Checks that there are 1 to `most` names, all valid and distinct.
pub(super) fn names(
    names: &[String],
    path: &str,
    what: &str,
    most: usize,
) -> Result<(), DescriptionError> {
    if !(1..=most).contains(&names.len()) {
        let expected = format!("1 to {most} names");
        return Err(error::wrong(path, expected, names.len().to_string()));
    }
    for (place, name) in names.iter().enumerate() {
        let path = || format!("{path}[{place}]");
        check_name(name, &path())?;
        if names[..place].contains(name) {
            let expected = format!("each {what} once");
            return Err(error::wrong(path(), expected, format!("{} again", quoted(name))));
        }
    }
    Ok(())
}

/// Checks that a name is valid in the notation.
pub(super) fn check_name(name: &str, path: &str) -> Result<(), DescriptionError> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        let expected = "a name of 1 to 64 letters, digits, `_`, `-` and `.`";
        return Err(error::wrong(path, expected, quoted(name)));
    }
    if name == OUTPUT {
        let expected = format!("a name other than `{OUTPUT}`, which stands for the cell's output");
        return Err(error::wrong(path, expected, quoted(name)));
    }
    Ok(())
}
