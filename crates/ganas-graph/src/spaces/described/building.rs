//! Builds the parts of a described space, such as its cells, from the description.

use super::cell::QuestionSubject;
use super::checks::check_name;
use super::cost_checks::duplicate;
use super::description::{OperatorsOn, SpaceDescription};
use super::drawing::Labels;
use super::error;
use super::parameters::PARAMETERS;
use super::structure::{Edges, Structure};
use crate::error::quoted;
use crate::spaces::chain::{Chain, ChainDescription};
use crate::{DecisionKind, DescriptionError, Label, MAX_LABELS, MAX_NODES, SearchSpace};

/// Name of the chain as a part of a space.
pub(super) const CHAIN: &str = "chain";

impl Structure {
    /// Returns the name and the choices of each kind of decision.
    pub(super) fn kinds(&self) -> Vec<(String, Vec<String>)> {
        let mut kinds = Vec::new();
        let (least, most) = self.inner;
        if least < most {
            kinds.push(("nodes".into(), (least..=most).map(|count| count.to_string()).collect()));
        }
        kinds.push(("operator".into(), self.operators.clone()));
        let earlier = || self.nodes[..self.nodes.len() - 1].to_vec();
        match (&self.edges, self.operators_on) {
            (Edges::Fixed { .. }, _) => {}
            (Edges::Free { .. }, _) => {
                kinds.push(("edge".into(), vec!["absent".into(), "present".into()]));
            }
            (Edges::PerNode(_), OperatorsOn::Edges) => kinds.push(("input".into(), earlier())),
            (Edges::PerNode(count), OperatorsOn::Nodes) => {
                kinds.extend((1..=*count).map(|slot| (format!("input_{slot}"), earlier())));
            }
        }
        kinds
    }

    /// Returns the index of a decision's kind in [`Structure::kinds`].
    pub(super) fn kind(&self, about: QuestionSubject) -> usize {
        let operator = usize::from(self.inner.0 < self.inner.1);
        match about {
            QuestionSubject::Nodes => 0,
            QuestionSubject::NodeOperator { .. } | QuestionSubject::EdgeOperator { .. } => operator,
            QuestionSubject::Edge { .. } => operator + 1,
            QuestionSubject::Input { slot, .. } => match self.operators_on {
                OperatorsOn::Edges => operator + 1,
                OperatorsOn::Nodes => operator + 1 + slot,
            },
        }
    }
}

pub(super) fn check_space_name(name: &str) -> Result<(), DescriptionError> {
    check_name(name, "name")?;
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(error::wrong("name", "a lower-case name", quoted(name)));
    }
    Ok(())
}

/// Checks that the graph of all parts stays within the maximum number of nodes.
fn check_nodes(path: &str, nodes: usize) -> Result<(), DescriptionError> {
    if nodes > MAX_NODES {
        let expected = format!(
            "at most {MAX_NODES} nodes in the graph of all parts (operators on edges and parameters count as nodes)"
        );
        return Err(error::wrong(path, expected, nodes.to_string()));
    }
    Ok(())
}

/// Checks that the number of labels, `all`, stays within the maximum; `network` of the labels
/// belong to the network.
pub(super) fn check_labels(network: usize, all: usize) -> Result<(), DescriptionError> {
    let (key, what) = if network > MAX_LABELS {
        ("cells", "labels of operators, inputs, cells and stages")
    } else {
        ("parameters", "labels for the network, for its parameters and for their values")
    };
    if all > MAX_LABELS {
        return Err(error::wrong(key, format!("at most {MAX_LABELS} {what}"), all.to_string()));
    }
    Ok(())
}

pub(super) fn chain(description: &SpaceDescription) -> Result<Option<Chain>, DescriptionError> {
    let Some(chain) = &description.chain else { return Ok(None) };
    let name = description.name.clone();
    if !chain.name.is_empty() && chain.name != name {
        let key = format!("{CHAIN}.name");
        let expected = format!("`{name}` (the name of the space) or no name");
        return Err(error::wrong(key, expected, format!("`{}`", chain.name)));
    }
    let chain = Chain::new(&ChainDescription { name, ..chain.clone() });
    let key = |error: &DescriptionError| format!("{CHAIN}.{}", error.key);
    chain.map(Some).map_err(|error| DescriptionError { key: key(&error), ..error })
}

/// Appends a chain's labels and kinds of decision to those of the cells, under distinct names.
pub(super) fn append_chain(chain: &Chain, labels: &mut Vec<String>, kinds: &mut Vec<DecisionKind>) {
    let prefix = |names: &[String], name: &String| {
        if names.contains(name) { format!("{CHAIN}:{name}") } else { name.clone() }
    };
    let own: Vec<_> = chain.labels().iter().map(|name| prefix(labels, name)).collect();
    labels.extend(own);
    let is_alone = kinds.is_empty();
    kinds.extend(chain.kinds().iter().cloned().map(|kind| DecisionKind {
        name: if is_alone { kind.name } else { format!("{CHAIN}.{}", kind.name) },
        ..kind
    }));
}

/// Returns the kinds of decision of all cells, and the index of each cell's first kind.
pub(super) fn kinds(cells: &[Structure]) -> (Vec<DecisionKind>, Vec<usize>) {
    let (mut kinds, mut first_kinds) = (Vec::new(), Vec::new());
    for cell in cells {
        first_kinds.push(kinds.len());
        let prefix = if cells.len() > 1 { format!("{}.", cell.name) } else { String::new() };
        let own = cell.kinds().into_iter();
        kinds.extend(
            own.map(|(name, choices)| DecisionKind::choice(format!("{prefix}{name}"), choices)),
        );
    }
    (kinds, first_kinds)
}

pub(super) fn cells(
    description: &SpaceDescription,
    chain: Option<&Chain>,
) -> Result<Vec<Structure>, DescriptionError> {
    let given = &description.cells;
    if given.is_empty() && chain.is_none() && description.parameters.is_empty() {
        return Err(error::wrong("cells", "one or more cells, or a chain, or parameters", "none"));
    }
    for (place, cell) in given.iter().enumerate() {
        let path = format!("cells[{place}].name");
        check_name(&cell.name, &path)?;
        if [CHAIN, PARAMETERS].contains(&cell.name.as_str()) {
            let expected = format!("a name other than `{CHAIN}` and `{PARAMETERS}`");
            return Err(error::wrong(path, expected, quoted(&cell.name)));
        }
    }
    if let Some((place, name)) = duplicate(given.iter().map(|cell| cell.name.as_str())) {
        let (path, found) = (format!("cells[{place}].name"), format!("{} again", quoted(name)));
        return Err(error::wrong(path, "each cell once", found));
    }
    let mut cells = Vec::with_capacity(given.len());
    let mut nodes = chain.map_or(0, Chain::most_nodes) + description.parameter_nodes();
    check_nodes("parameters", nodes)?;
    for (place, cell) in given.iter().enumerate() {
        let path = format!("cells[{place}]");
        let structure = Structure::new(cell, &path)?;
        nodes += structure.graph_nodes();
        check_nodes(&format!("{path}.nodes"), nodes)?;
        cells.push(structure);
    }
    Ok(cells)
}

/// Returns the names of all labels, and the labels of each cell.
pub(super) fn labels(cells: &[Structure]) -> (Vec<String>, Vec<Labels>) {
    let mut known: Vec<(&str, String)> = Vec::new();
    let mut label = |role: &'static str, name: &str| -> Label {
        let entry = (role, name.to_owned());
        let place = known.iter().position(|other| *other == entry).unwrap_or(known.len());
        if place == known.len() {
            known.push(entry);
        }
        Label::try_from(place).unwrap_or(Label::MAX)
    };
    let operators: Vec<Vec<Label>> = cells
        .iter()
        .map(|cell| cell.operators.iter().map(|name| label("operator", name)).collect())
        .collect();
    let inputs: Vec<Vec<Label>> = cells
        .iter()
        .map(|cell| cell.nodes[..cell.inputs].iter().map(|name| label("input", name)).collect())
        .collect();
    let has_sums = cells.iter().any(|cell| cell.sum_nodes);
    let sum = if has_sums { label("sum", "sum") } else { 0 };
    if cells.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let (output, undecided) = (label("output", "output"), label("undecided", "undecided"));
    let drawn = cells.iter().zip(operators).zip(inputs).map(|((cell, operators), inputs)| Labels {
        operators,
        inputs,
        sum,
        output,
        undecided,
        cell: (cells.len() > 1).then(|| label("cell", &cell.name)),
    });
    let drawn = drawn.collect();
    let is_shared = |name: &str| known.iter().filter(|(_, other)| other == name).count() > 1;
    let names = known
        .iter()
        .map(|(role, name)| if is_shared(name) { format!("{role}:{name}") } else { name.clone() });
    (names.collect(), drawn)
}
