//! The Pareto front of a search.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use ganas_search::{History, Objective, Trial, pareto_front};
use serde::Serialize;

/// An architecture on the Pareto front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontRecord {
    /// The architecture in its space's notation.
    pub arch: String,
    /// Its value, as it was measured.
    pub validation: f64,
    /// Its numbers in the further objectives, by their metrics.
    pub objectives: BTreeMap<String, f64>,
}

/// The Pareto front of what was measured, in the value and the further objectives.
pub(super) fn front(
    space: &dyn SearchSpace,
    history: &History,
    objectives: &[Objective],
) -> Vec<FrontRecord> {
    let record = |trial: &Trial| FrontRecord {
        arch: space.display(&trial.arch),
        validation: trial.measurement.value,
        objectives: objectives
            .iter()
            .filter_map(|objective| {
                Some((objective.metric.clone(), objective.of_trial(space, trial)?))
            })
            .collect(),
    };
    pareto_front(space, history, objectives).into_iter().map(record).collect()
}
