use std::collections::BTreeMap;
use std::fmt;

use ganas_graph::SearchSpace;
use ganas_search::{Direction, History, Objective, Trial, pareto_front};
use serde::Serialize;

/// An architecture that no other is better than in all objectives.
#[derive(Debug, Serialize)]
pub(crate) struct Compromise {
    arch: String,
    validation: f64,
    objectives: BTreeMap<String, f64>,
}

/// The Pareto front of what was measured, in the objective and the others.
pub(crate) fn compromises(
    space: &dyn SearchSpace,
    history: &History,
    direction: Direction,
    objectives: &[Objective],
) -> Vec<Compromise> {
    let compromise = |trial: &Trial| Compromise {
        arch: space.display(&trial.arch),
        validation: direction.flip(trial.measurement.value),
        objectives: objectives
            .iter()
            .filter_map(|objective| Some((objective.metric.clone(), objective.of(space, trial)?)))
            .collect(),
    };
    pareto_front(space, history, objectives).into_iter().map(compromise).collect()
}

impl fmt::Display for Compromise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}", self.validation)?;
        for (name, number) in &self.objectives {
            write!(formatter, ", {name} {number:.3}")?;
        }
        write!(formatter, "  {}", self.arch)
    }
}
