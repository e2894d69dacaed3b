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
    /// Its value, as it was measured.
    pub validation: f64,
    /// Its numbers in the further objectives, by their metrics.
    pub objectives: BTreeMap<String, f64>,
    /// The number of its trial, from 0.
    pub trial: i64,
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
        trial: trial.trial.0,
    };
    pareto_front(space, history, objectives).into_iter().map(record).collect()
}

/// How the hypervolume of a search grew: the share that its Pareto front covers of the box between the
/// worst and the best number of any trial in each objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypervolumeRecord {
    /// The further objectives, in the order of the numbers below, which begin with the value's.
    pub further: Vec<String>,
    /// The worst number of any trial in each objective.
    pub worst: Vec<f64>,
    /// The best number of any trial in each objective.
    pub best: Vec<f64>,
    /// Where it grew.
    pub curve: Vec<HypervolumePoint>,
}

/// A query after which the hypervolume was larger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypervolumePoint {
    /// Which query it was, from 1; 0 is what was known before.
    pub query: usize,
    /// The share from then on.
    pub hypervolume: f64,
}

/// The hypervolume; `None` where no trial has all objectives.
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
