//! Represents parameters as nodes in the graph of an architecture. This graph is the input of
//! prediction models.
//!
//! Each parameter has a node, which is labelled with the parameter and its value. From each of
//! these nodes, an edge leads to one further node that all parameters share. The label of a value
//! states its position among the parameter's values, counted from 0, so all parameters share these
//! labels. If the values of a parameter are ordered, the parameter's node has the labels of the
//! chosen value and of all values before it. As a result, values that are further apart look more
//! different to a model.

use super::PARAMETERS;
use super::set::{Domain, Parameter, Parameters, Setting, Settings};
use crate::number::PARTS;
use crate::{ArchGraph, Label, LabelSet};

/// Number of levels to which a number is rounded for its labels. Gaussian processes see the exact
/// numbers instead.
const LEVELS: usize = 32;

impl Parameters {
    /// Returns the names of all node labels: one label for each parameter, one for each position of
    /// a value in its parameter, and one for the node to which all parameters lead.
    pub(in super::super) fn labels(&self) -> Vec<String> {
        let names = self.all.iter().map(|parameter| parameter.name.clone());
        let values = (0..self.levels()).map(|value| format!("value {value}"));
        let all = (!self.is_empty()).then(|| PARAMETERS.to_owned());
        names.chain(values).chain(all).collect()
    }

    fn levels(&self) -> usize {
        let levels = self.all.iter().map(|parameter| match &parameter.domain {
            Domain::Constant(_) => 0,
            Domain::Category { values, .. } => values.len(),
            Domain::Number { .. } => LEVELS,
        });
        levels.max().unwrap_or(0)
    }

    /// Adds the parameters to a graph; their labels start at `first`. Absent and undecided
    /// parameters have no edges.
    pub(in super::super) fn draw(&self, graph: &mut ArchGraph, settings: &Settings, first: usize) {
        if self.is_empty() {
            return;
        }
        let label = |place: usize| Label::try_from(first + place).unwrap_or(Label::MAX);
        let start = graph.len();
        for (place, (parameter, setting)) in self.all.iter().zip(&settings.all).enumerate() {
            let values = shown(&parameter.domain, *setting);
            let own = LabelSet::one(label(place));
            let of_value = |level: usize| label(self.all.len() + level);
            graph.add_node(values.fold(own, |labels, level| labels.with(of_value(level))));
        }
        let all = graph.add_node(LabelSet::one(label(self.all.len() + self.levels())));
        for (place, setting) in settings.all.iter().enumerate() {
            if !matches!(setting, Setting::Absent | Setting::Open) {
                graph.add_edge(start + place, all);
            }
        }
    }

    /// Returns the texts of the nodes that [`Parameters::draw`] adds.
    pub(in super::super) fn texts(&self, settings: &Settings) -> Vec<Vec<String>> {
        let text = |(parameter, setting): (&Parameter, &Setting)| {
            let value = match (setting, parameter.domain.value(*setting)) {
                (Setting::Absent, _) => Some("absent".into()),
                (_, value) => value.map(|value| value.to_string()),
            };
            [parameter.name.clone()].into_iter().chain(value).collect()
        };
        // The node for all has no text.
        let all = (!self.is_empty()).then(Vec::new);
        self.all.iter().zip(&settings.all).map(text).chain(all).collect()
    }
}

/// Returns the indices of the value labels that a parameter's node has.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to LEVELS")]
fn shown(domain: &Domain, setting: Setting) -> std::ops::Range<usize> {
    match (domain, setting) {
        (Domain::Category { ordered, .. }, Setting::Chosen(choice, _)) => {
            let choice = usize::from(choice);
            if *ordered { 0..choice + 1 } else { choice..choice + 1 }
        }
        (Domain::Number { range, .. }, Setting::Chosen(choice, number)) => {
            let fraction = match number {
                Some(number) => range.fraction(number),
                None => range.fraction(range.middle(choice, PARTS)),
            };
            0..(fraction * LEVELS as f64).round() as usize
        }
        _ => 0..0,
    }
}
