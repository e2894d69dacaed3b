//! The outline of a space's parameters, with their values and conditions.

use super::description::ParameterDescription;
use super::set::{Domain, Parameter, Parameters};
use crate::outline::{OutlineEntry, OutlinePart};

impl Parameters {
    /// Returns the outline of the parameters and their conditions; `given` holds the parameters'
    /// descriptions.
    pub(in super::super) fn outline(&self, given: &[ParameterDescription]) -> Option<OutlinePart> {
        let entries: Vec<_> =
            self.all.iter().zip(given).map(|(it, given)| entry(it, given)).collect();
        (!entries.is_empty()).then(|| OutlinePart { title: "parameters".into(), entries })
    }
}

fn entry(parameter: &Parameter, given: &ParameterDescription) -> OutlineEntry {
    let (values, words) = match &parameter.domain {
        Domain::Constant(value) => (vec![value.to_string()], None),
        Domain::Category { values, .. } => (values.iter().map(ToString::to_string).collect(), None),
        Domain::Number { range, .. } => (Vec::new(), Some(range.describe())),
    };
    OutlineEntry {
        name: parameter.name.clone(),
        values,
        words,
        default: parameter.default.as_ref().map(ToString::to_string),
        when: given.when.clone(),
    }
}
