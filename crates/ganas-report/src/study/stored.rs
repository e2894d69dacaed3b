//! A study as it was read.

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
    /// What people call it, such as its folder's name.
    pub name: String,
    /// Its folder, as commands take it.
    pub folder: String,
    /// The unit of its values, such as `%`; empty for none.
    pub unit: String,
    /// What is searched.
    pub space: Arc<dyn SearchSpace>,
    /// What the study is.
    pub record: StudyRecord,
    /// How far it is.
    pub status: StudyStatus,
    /// What was known before, then all trials in the order asked.
    pub trials: Vec<StoredTrial>,
    /// The strategy's rounds that are over.
    pub rounds: Vec<Round>,
    /// What is searched beside the value.
    pub objectives: Vec<Objective>,
    /// The hard limits.
    pub constraints: Vec<Constraint>,
    /// The rungs, where there are several.
    pub fidelity: Option<Fidelity>,
    /// How much the Pareto front covers, query by query, where there are further objectives.
    pub hypervolume: Option<HypervolumeCurve>,
    /// What its queries cost, in whole evaluations, where some are parts of one.
    pub spent: Option<f64>,
    /// The best value that there is in the space, where it is known.
    pub optimum: Option<f64>,
}

impl Study {
    /// What its values are called on an axis.
    pub(crate) fn value_label(&self) -> String {
        if self.unit.is_empty() { "value".into() } else { format!("value in {}", self.unit) }
    }

    /// Why trials failed or broke a limit: how many, the first's number, the reason.
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

/// A reason without its numbers, so that those that differ in them only are one.
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
