//! The Pareto front of a search.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use ganas_search::{History, HypervolumeCurve, Objective, Trial, pareto_front};
use serde::Serialize;

/// An architecture on the Pareto front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontRecord {
    /// The architecture in its space's notation.
    pub arch: String,
    /// The architecture's measured value.
    pub validation: f64,
    /// The architecture's values for the objectives other than the study's value, by metric name.
    pub objectives: BTreeMap<String, f64>,
    /// The number of the architecture's trial. Trials are numbered from 0. A negative number means
    /// that the architecture's value was known before the study.
    pub trial: i64,
}

/// Returns the Pareto front of the measured trials, in the value and the further objectives.
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
        trial: trial.trial.0,
    };
    pareto_front(space, history, objectives).into_iter().map(record).collect()
}

/// The growth of a search's hypervolume. The hypervolume is the fraction of a box that is dominated
/// by the search's Pareto front. In each objective, the box extends from the worst to the best
/// value of the trials that have a full evaluation or a known value, violate no limit, and have a
/// number for every objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypervolumeRecord {
    /// The names of the objectives other than the value that the search improves. The lists `worst`
    /// and `best` contain an entry for that value, followed by an entry for each of these
    /// objectives, in the same order.
    pub further: Vec<String>,
    /// For each objective, the worst value of all trials.
    pub worst: Vec<f64>,
    /// For each objective, the best value of all trials.
    pub best: Vec<f64>,
    /// The queries at which the hypervolume grew.
    pub curve: Vec<HypervolumePoint>,
}

/// A query that increased the hypervolume.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypervolumePoint {
    /// The number of the query. Queries are numbered from 1; 0 stands for all architectures whose
    /// values were known before the study.
    pub query: usize,
    /// The hypervolume after this query, as a fraction of the volume of the box in which it is
    /// measured.
    pub hypervolume: f64,
}

/// Returns the growth of the hypervolume; `None` if no trial has all objectives.
pub(super) fn hypervolume(
    space: &dyn SearchSpace,
    history: &History,
    objectives: &[Objective],
) -> Option<HypervolumeRecord> {
    let found = HypervolumeCurve::of(space, history, objectives)?;
    let point = |(query, hypervolume)| HypervolumePoint { query, hypervolume };
    Some(HypervolumeRecord {
        further: objectives.iter().map(|objective| objective.metric.clone()).collect(),
        worst: found.worst,
        best: found.best,
        curve: found.points.into_iter().map(point).collect(),
    })
}
