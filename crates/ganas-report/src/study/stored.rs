//! A study's data, read from its store.

use std::collections::BTreeMap;
use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_search::{
    Constraint, Fidelity, HypervolumeCurve, Objective, Round, StoredTrial, StudyRecord,
    StudyStatus, TrialState,
};

/// A study's data, read from its store.
#[derive(Debug)]
pub struct Study {
    /// The study's display name, such as the name of its folder.
    pub name: String,
    /// The path of the study's folder, as it appears in the commands that the report suggests.
    pub folder: String,
    /// The unit of the study's values, such as `%`. It is empty if the values have no unit.
    pub unit: String,
    /// The search space.
    pub space: Arc<dyn SearchSpace>,
    /// The study's record in the store.
    pub record: StudyRecord,
    /// Its progress.
    pub status: StudyStatus,
    /// The architectures whose values were known before the study, followed by all trials in the
    /// order in which they were proposed.
    pub trials: Vec<StoredTrial>,
    /// The rounds that the strategy has completed.
    pub rounds: Vec<Round>,
    /// The objectives that are optimised in addition to the study's value.
    pub objectives: Vec<Objective>,
    /// The hard limits.
    pub constraints: Vec<Constraint>,
    /// The rungs (levels of fidelity) at which architectures can be evaluated, if there are
    /// several.
    pub fidelity: Option<Fidelity>,
    /// The hypervolume of the Pareto front as a function of the number of queries. It is `None` if
    /// the value is the only objective, or if no trial has a number for every objective.
    pub hypervolume: Option<HypervolumeCurve>,
    /// The total cost of the study's queries, where one full evaluation costs 1. It is `None` if
    /// the study has neither several rungs (levels of fidelity) nor early stopping.
    pub spent: Option<f64>,
    /// The best value of any architecture in the space, if known.
    pub optimum: Option<f64>,
}

impl Study {
    /// Returns the axis label of its values.
    pub(crate) fn value_label(&self) -> String {
        if self.unit.is_empty() { "value".into() } else { format!("value in {}", self.unit) }
    }

    /// Returns the reasons for which trials failed or broke a limit, the most frequent first: the
    /// count, the first trial's number, the reason.
    pub(crate) fn reasons(&self, state: TrialState) -> Vec<(usize, i64, &str)> {
        let mut counted: BTreeMap<String, (usize, i64, &str)> = BTreeMap::new();
        for trial in self.trials.iter().filter(|trial| trial.state == state) {
            let reason = trial.reason.as_deref().unwrap_or("no reason was given");
            let entry = counted.entry(kind_of(reason)).or_insert((0, trial.trial.0, reason));
            entry.0 += 1;
        }
        let mut counted: Vec<_> = counted.into_values().collect();
        counted.sort_by_key(|(count, first, _)| (std::cmp::Reverse(*count), *first));
        counted
    }
}

/// Removes the numbers from a reason's first line, so that reasons that differ only in numbers are
/// grouped.
fn kind_of(reason: &str) -> String {
    let first = reason.lines().next().unwrap_or_default();
    let mut kind = String::new();
    for character in first.chars() {
        match character {
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            other => kind.push(other),
        }
    }
    kind
}
