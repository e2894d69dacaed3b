//! Trials in the form that charts need.

use std::collections::BTreeMap;

use ganas_graph::{Arch, export};
use ganas_search::{StoredTrial, TrialState};

use super::stored::Study;

/// The outcome of a trial, as charts distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A full evaluation measured the architecture, and its result is part of the study's history.
    Measured,
    /// The value was known before the study.
    Known,
    /// The architecture was measured only at this rung, which is not the top one.
    Partial(u32),
    /// The evaluation was stopped early, at this step.
    Stopped(u64),
    /// The architecture is unusable, or its measurement violates a limit.
    Infeasible,
    /// The evaluation failed.
    Failed,
    /// The study's history does not contain a result for the trial yet.
    Open,
}

/// A trial with data derived from its architecture.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) trial: &'a StoredTrial,
    pub(crate) kind: Kind,
    /// The architecture; `None` if this space cannot read it.
    pub(crate) arch: Option<Arch>,
    /// Number of queries made up to this trial.
    pub(crate) query: usize,
    /// Training time in seconds up to this trial.
    pub(crate) seconds: f64,
    /// Its score: higher is better.
    pub(crate) score: Option<f64>,
}

/// All trials of a study, in the order in which they entered its history.
#[derive(Debug)]
pub(crate) struct TrialRows<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    /// The costs shown, with their units.
    pub(crate) costs: Vec<(String, String)>,
    /// The sources, the most frequent first.
    pub(crate) sources: Vec<&'a str>,
}

impl<'a> TrialRows<'a> {
    pub(crate) fn of(study: &'a Study) -> Self {
        let mut trials: Vec<&StoredTrial> = study.trials.iter().collect();
        // Trials that do not count yet come last; known ones stay in front: the sort is stable.
        trials.sort_by_key(|trial| (trial.place.is_none(), trial.place));
        let (mut query, mut seconds) = (0, 0.0);
        let row = |trial: &'a StoredTrial| {
            query = trial.query.unwrap_or(query).max(query);
            let kind = kind(trial);
            if kind != Kind::Known {
                seconds += trial.train_seconds.unwrap_or(0.0);
            }
            Row {
                trial,
                kind,
                arch: study.space.parse(&trial.arch).ok(),
                query,
                seconds,
                score: trial.value.map(|value| study.record.direction.score(value).get()),
            }
        };
        let rows: Vec<_> = trials.into_iter().map(row).collect();
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &rows {
            *counted.entry(row.trial.source.as_str()).or_default() += 1;
        }
        let mut sources: Vec<_> = counted.into_iter().collect();
        sources.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        let first = rows.iter().find_map(|row| row.arch.as_ref());
        let costs = first.map(|arch| {
            let shown = export::shown_costs(&*study.space, arch);
            shown.map(|(metric, _)| (metric.name.clone(), metric.unit.clone())).collect()
        });
        Self {
            rows,
            costs: costs.unwrap_or_default(),
            sources: sources.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// Returns the full evaluations in the study's history: those measured and those known in
    /// advance.
    pub(crate) fn full(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter().filter(|row| matches!(row.kind, Kind::Measured | Kind::Known))
    }

    /// Returns the full evaluations, best first. Equally good ones keep the order in which they
    /// entered the history.
    pub(crate) fn best_first(&self) -> Vec<&Row<'a>> {
        let mut all: Vec<_> = self.full().collect();
        all.sort_by(|one, other| {
            let score = |row: &Row<'_>| row.score.unwrap_or(f64::NEG_INFINITY);
            score(other).total_cmp(&score(one))
        });
        all
    }
}

impl Row<'_> {
    /// Returns a cost of the space or a measured metric, by name.
    pub(crate) fn metric(&self, study: &Study, name: &str) -> Option<f64> {
        let of_space = study.space.cost_metrics().iter().position(|metric| metric.name == name);
        let number = match (of_space, &self.arch) {
            (Some(metric), Some(arch)) => Some(study.space.cost_of(arch, metric)),
            (Some(_), None) => None,
            (None, _) if name == "train_seconds" => self.trial.train_seconds,
            (None, _) => self.trial.metrics.get(name).copied(),
        };
        number.filter(|number| number.is_finite())
    }
}

fn kind(trial: &StoredTrial) -> Kind {
    match (trial.state, trial.rung) {
        _ if trial.place.is_none() => Kind::Open,
        (TrialState::Known, _) => Kind::Known,
        (TrialState::Measured, None) => Kind::Measured,
        (TrialState::Measured, Some(rung)) => Kind::Partial(rung),
        (TrialState::Stopped, _) => Kind::Stopped(trial.step.unwrap_or_default()),
        (TrialState::Infeasible, _) => Kind::Infeasible,
        (TrialState::Failed, _) => Kind::Failed,
        _ => Kind::Open,
    }
}
