//! A study as read from its store.

use std::collections::BTreeMap;
use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_search::{
    Constraint, Fidelity, HypervolumeCurve, Objective, Round, StoredTrial, StudyRecord,
    StudyStatus, TrialState,
};

/// A study as it was read from its store.
#[derive(Debug)]
pub struct Study {
    /// Its display name, such as its folder's name.
    pub name: String,
    /// Its folder, as it appears in suggested commands.
    pub folder: String,
    /// The unit of its values, such as `%`; empty for none.
    pub unit: String,
    /// The search space.
    pub space: Arc<dyn SearchSpace>,
    /// The record of the study.
    pub record: StudyRecord,
    /// Its progress.
    pub status: StudyStatus,
    /// The known architectures, followed by all trials in the order of their proposals.
    pub trials: Vec<StoredTrial>,
    /// The completed rounds of the strategy.
    pub rounds: Vec<Round>,
    /// The objectives besides the value.
    pub objectives: Vec<Objective>,
    /// The hard limits.
    pub constraints: Vec<Constraint>,
    /// The rungs, if there are several.
    pub fidelity: Option<Fidelity>,
    /// The hypervolume of the Pareto front by queries, if there are further objectives.
    pub hypervolume: Option<HypervolumeCurve>,
    /// The cost of its queries in full evaluations, if some are partial.
    pub spent: Option<f64>,
    /// The best value in the space, if known.
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
