//! The history: everything a study has learnt.

mod evaluated;
mod place;

use std::collections::{HashMap, HashSet};

use ganas_graph::{Arch, ArchHash};

pub(crate) use self::evaluated::Entry;
pub use self::evaluated::{Evaluated, Outcome, Partial, Stopped, Trial};
pub use self::place::HistoryPlace;
use crate::{Direction, Measurement, Report, Score, TrialId, Verdict, first_best};

/// An evaluation in the form that the history stores.
#[derive(Debug, Clone)]
enum StoredEvaluation {
    /// Index in [`History::trials`].
    Feasible(usize),
    /// Index in [`History::partials`].
    Partial(usize),
    /// Index in [`History::stopped`].
    Stopped(usize),
    Infeasible(Arch, Option<Measurement>),
    Failed(Arch),
}

/// Reason why an architecture has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoValue {
    OutOfDomain,
    /// The index of the infeasible evaluation in the list of all evaluations.
    Infeasible(usize),
    Failed(usize),
}

/// Everything a study has learnt: the values known before it began, and the results of evaluations.
/// Unless the study is asynchronous, the order of these entries does not depend on how long
/// evaluations take.
#[derive(Debug, Clone, Default)]
pub struct History {
    direction: Direction,
    trials: Vec<Trial>,
    evaluated: Vec<StoredEvaluation>,
    by_key: HashMap<ArchHash, usize>,
    without_value: HashMap<ArchHash, NoValue>,
    best: Option<usize>,
    queries: usize,
    failures: usize,
    /// Keys of the architectures being evaluated in an asynchronous study, each with its rung if
    /// that is below the top.
    expected: HashMap<ArchHash, Option<u32>>,
    partials: Vec<Partial>,
    /// Indices in [`History::partials`].
    by_rung: HashMap<(ArchHash, u32), usize>,
    stopped: Vec<Stopped>,
    /// Indices in [`History::stopped`].
    stopped_by_key: HashMap<ArchHash, usize>,
    /// The reports of each trial that made any, in the order in which trials entered the history.
    curves: Vec<(TrialId, Vec<Report>)>,
    /// Keys and rungs of failed evaluations of architectures that had other evaluations before.
    failed_at: HashSet<(ArchHash, Option<u32>)>,
    /// Keys of the architectures evaluated at least once, at whatever rung.
    begun: HashSet<ArchHash>,
    train_seconds: f64,
    spent: f64,
}

impl History {
    /// Creates an empty history.
    pub fn new(direction: Direction) -> Self {
        Self { direction, ..Self::default() }
    }

    /// Returns the direction in which values improve.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Returns the trials that violate no constraint and whose values come from full evaluations or
    /// were known before the study. Those with values known before the study come first. The others
    /// follow in the order of their queries.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Returns the results at all rungs except the top one, in the order in which they entered the
    /// history.
    pub fn partials(&self) -> &[Partial] {
        &self.partials
    }

    /// Returns the trials that were stopped early, in the order in which they entered the history.
    pub fn stopped(&self) -> &[Stopped] {
        &self.stopped
    }

    /// Returns the trials that made intermediate reports, each with its reports. Trials are in the
    /// order in which they entered the history. The reports of a trial are in ascending order of
    /// steps.
    pub fn curves(&self) -> impl ExactSizeIterator<Item = (TrialId, &[Report])> {
        self.curves.iter().map(|(trial, curve)| (*trial, curve.as_slice()))
    }

    /// Returns the total cost of all queries. The unit is the cost of a full evaluation. If the
    /// study has neither several rungs nor early stopping, this is the number of queries.
    pub fn spent(&self) -> f64 {
        self.spent
    }

    /// Returns the number of architectures that were evaluated at least once, at any rung.
    pub fn begun(&self) -> usize {
        self.begun.len()
    }

    /// Returns the result of the architecture with this key
    /// ([`Distinct::key`](crate::Distinct::key)) at this rung, if there is one. Results of full
    /// evaluations, which are at the top rung, are not included.
    pub fn partial(&self, key: ArchHash, rung: u32) -> Option<&Partial> {
        self.by_rung.get(&(key, rung)).map(|&place| &self.partials[place])
    }

    /// Returns true if the architecture with this key needs no evaluation at this rung: it has a
    /// result or failed there, or is known to be infeasible or unknown to the evaluator.
    pub(crate) fn is_over(&self, key: ArchHash, rung: u32, top: u32) -> bool {
        let below = (rung < top).then_some(rung);
        self.failed_at.contains(&(key, below))
            || self.without_value.contains_key(&key)
            || below.map_or_else(
                || self.by_key.contains_key(&key),
                |it| self.partial(key, it).is_some(),
            )
    }

    /// Returns true if [`History::is_over`] does, or if an asynchronous study is evaluating the
    /// architecture with this key at this rung.
    pub(crate) fn is_begun(&self, key: ArchHash, rung: u32, top: u32) -> bool {
        let below = (rung < top).then_some(rung);
        self.expected.get(&key) == Some(&below) || self.is_over(key, rung, top)
    }

    /// Returns all entries from index `from` onwards, in the order in which they entered the
    /// history. The entries are the values known before the study and all evaluations, including
    /// partial, stopped, infeasible and failed ones.
    pub fn evaluated(&self, from: usize) -> impl Iterator<Item = Evaluated<'_>> {
        self.evaluated[from.min(self.evaluated.len())..].iter().map(|kept| self.entry(kept))
    }

    /// Returns the history's entry for the architecture with this key
    /// ([`Distinct::key`](crate::Distinct::key)), or `None` if there is no such entry. Feasible
    /// results at rungs other than the top one are ignored, and so is a failed evaluation that
    /// followed such a result.
    pub fn find_evaluated(&self, key: ArchHash) -> Option<Evaluated<'_>> {
        if let Some(trial) = self.find(key) {
            return Some(Evaluated::Feasible(trial));
        }
        if let Some(&place) = self.stopped_by_key.get(&key) {
            return Some(Evaluated::Stopped(&self.stopped[place]));
        }
        match *self.without_value.get(&key)? {
            NoValue::OutOfDomain => None,
            NoValue::Infeasible(place) | NoValue::Failed(place) => {
                Some(self.entry(&self.evaluated[place]))
            }
        }
    }

    fn entry<'h>(&'h self, kept: &'h StoredEvaluation) -> Evaluated<'h> {
        match kept {
            StoredEvaluation::Feasible(place) => Evaluated::Feasible(&self.trials[*place]),
            StoredEvaluation::Partial(place) => Evaluated::Partial(&self.partials[*place]),
            StoredEvaluation::Stopped(place) => Evaluated::Stopped(&self.stopped[*place]),
            StoredEvaluation::Infeasible(arch, found) => {
                Evaluated::Infeasible(arch, found.as_ref())
            }
            StoredEvaluation::Failed(arch) => Evaluated::Failed(arch),
        }
    }

    /// Returns the number of queries. A query is an evaluation that measured an architecture or
    /// found it unusable. A failed evaluation is not a query.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// Returns the number of failed evaluations.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Returns the number of finished evaluations: queries plus failed evaluations.
    pub fn evaluations(&self) -> usize {
        self.queries + self.failures
    }

    /// Returns the number of queries that found the architecture to be unusable or to violate a
    /// constraint.
    pub fn infeasible(&self) -> usize {
        let feasible = self.trials.iter().filter(|trial| trial.query > 0).count();
        self.queries - feasible - self.partials.len() - self.stopped.len()
    }

    /// Returns the best trial. If several are equally good, returns the earliest of them.
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|index| &self.trials[index])
    }

    /// Returns the total training time of all evaluations, including failed ones, in seconds.
    /// Evaluations whose training time is not known count as 0 seconds. With a benchmark, this is
    /// the simulated cost of the search.
    pub fn train_seconds(&self) -> f64 {
        self.train_seconds
    }

    /// Returns the number of queries that the search needed to find the best trial, or 0 if its
    /// value was known before the study. Returns `None` if there is no trial.
    pub fn queries_to_best(&self) -> Option<usize> {
        self.best().map(|best| best.query)
    }

    /// Returns the trial of the architecture with this key
    /// ([`Distinct::key`](crate::Distinct::key)), if [`History::trials`] contains one.
    pub fn find(&self, key: ArchHash) -> Option<&Trial> {
        self.by_key.get(&key).map(|&index| &self.trials[index])
    }

    /// Returns true if the history contains the architecture with this key
    /// ([`Distinct::key`](crate::Distinct::key)). This is the case if its value was known before
    /// the study, if it was evaluated with any outcome, or if an asynchronous study is evaluating
    /// it.
    pub fn contains(&self, key: ArchHash) -> bool {
        self.by_key.contains_key(&key)
            || self.without_value.contains_key(&key)
            || self.begun.contains(&key)
            || self.expected.contains_key(&key)
    }

    /// Returns the best trial that the first `queries` queries found. Trials whose values were
    /// known before the study are considered too. If several are equally good, returns the earliest
    /// of them.
    pub fn best_within(&self, queries: usize) -> Option<&Trial> {
        first_best(self.trials.iter().take_while(|t| t.query <= queries), |trial| trial.score)
    }

    /// Returns the trials that were better than all earlier ones, in the same order as in
    /// [`History::trials`].
    pub fn improvements(&self) -> Vec<&Trial> {
        let mut found: Vec<&Trial> = Vec::new();
        for trial in &self.trials {
            if found.last().is_none_or(|best| trial.score > best.score) {
                found.push(trial);
            }
        }
        found
    }

    /// Returns true if the architecture with this key is being evaluated in an asynchronous study.
    pub fn is_expected(&self, key: ArchHash) -> bool {
        self.expected.contains_key(&key)
    }

    /// Records that the architecture with this key is being evaluated; `rung` is `None` for a full
    /// evaluation.
    pub(crate) fn expect(&mut self, key: ArchHash, rung: Option<u32>) {
        self.expected.insert(key, rung);
    }

    /// Returns the outcome of proposing the architecture with this key if that needs no evaluation;
    /// `rung` is `None` for a full evaluation.
    pub(crate) fn known(&self, key: ArchHash, rung: Option<u32>) -> Option<Outcome> {
        let partial = rung.and_then(|rung| self.by_rung.get(&(key, rung)));
        let partial = partial.map(|&place| &self.partials[place].trial);
        let stopped = self.stopped_by_key.get(&key).map(|&place| &self.stopped[place].trial);
        if let Some(trial) = self.find(key).or(partial).or(stopped) {
            return Some(Outcome::Repeat(trial.measurement.clone(), trial.score));
        }
        if self.failed_at.contains(&(key, rung)) {
            return Some(Outcome::Failed);
        }
        self.without_value.get(&key).map(|found| match found {
            NoValue::OutOfDomain => Outcome::OutOfDomain,
            NoValue::Infeasible(_) => Outcome::Infeasible,
            NoValue::Failed(_) => Outcome::Failed,
        })
    }

    /// Adds a measurement known before the study.
    pub(crate) fn take_known(&mut self, entry: Entry, measurement: Measurement) {
        self.push(entry, 0, measurement);
    }

    /// Adds the result of an evaluation to the history and returns its outcome.
    pub(crate) fn learn(&mut self, entry: Entry, verdict: &Verdict) -> Outcome {
        let (key, rung) = (entry.key, entry.rung);
        self.expected.remove(&key);
        if !entry.curve.is_empty() {
            self.curves.push((entry.trial, entry.curve.clone()));
        }
        let is_partly_known = self.begun.contains(&key);
        if !matches!(verdict, Verdict::OutOfDomain) {
            self.begun.insert(key);
        }
        match verdict {
            Verdict::Measured(measurement) => {
                self.count(measurement.train_seconds, entry.cost);
                let score = match rung {
                    None => self.push(entry, self.queries, measurement.clone()),
                    Some(rung) => self.push_partial(entry, rung, measurement.clone()),
                };
                Outcome::Measured(measurement.clone(), score)
            }
            Verdict::Stopped { step, measurement } => {
                self.count(measurement.train_seconds, entry.cost);
                let score = self.push_stopped(entry, *step, measurement.clone());
                Outcome::Measured(measurement.clone(), score)
            }
            Verdict::OutOfDomain => {
                self.without_value.insert(key, NoValue::OutOfDomain);
                Outcome::OutOfDomain
            }
            Verdict::Infeasible { measurement, .. } => {
                self.count(verdict.train_seconds(), entry.cost);
                self.without_value.insert(key, NoValue::Infeasible(self.evaluated.len()));
                self.evaluated.push(StoredEvaluation::Infeasible(entry.arch, measurement.clone()));
                Outcome::Infeasible
            }
            Verdict::Failed { train_seconds, .. } => {
                self.failures += 1;
                self.train_seconds += train_seconds.unwrap_or(0.0);
                if is_partly_known {
                    // Results at lower rungs stay.
                    self.failed_at.insert((key, rung));
                } else {
                    self.without_value.insert(key, NoValue::Failed(self.evaluated.len()));
                }
                self.evaluated.push(StoredEvaluation::Failed(entry.arch));
                Outcome::Failed
            }
        }
    }

    /// Returns the place in the history of the latest result; `None` if the history has at most
    /// `before` evaluations, so that no result is new.
    pub(crate) fn place_behind(&self, before: usize) -> Option<HistoryPlace> {
        let place = Some(self.evaluations()).filter(|place| *place > before)?;
        let failed = matches!(self.evaluated.last(), Some(StoredEvaluation::Failed(_)));
        Some(HistoryPlace { place, query: (!failed).then_some(self.queries) })
    }

    fn push(&mut self, entry: Entry, query: usize, measurement: Measurement) -> Score {
        let key = entry.key;
        let trial = self.trial(entry, query, measurement);
        let score = trial.score;
        if self.best().is_none_or(|best| score > best.score) {
            self.best = Some(self.trials.len());
        }
        self.by_key.insert(key, self.trials.len());
        self.evaluated.push(StoredEvaluation::Feasible(self.trials.len()));
        self.trials.push(trial);
        score
    }

    fn push_partial(&mut self, entry: Entry, rung: u32, measurement: Measurement) -> Score {
        let key = entry.key;
        let trial = self.trial(entry, self.queries, measurement);
        let score = trial.score;
        self.by_rung.insert((key, rung), self.partials.len());
        self.evaluated.push(StoredEvaluation::Partial(self.partials.len()));
        self.partials.push(Partial { trial, key, rung });
        score
    }

    fn push_stopped(&mut self, entry: Entry, step: u64, measurement: Measurement) -> Score {
        let key = entry.key;
        let trial = self.trial(entry, self.queries, measurement);
        let score = trial.score;
        self.stopped_by_key.insert(key, self.stopped.len());
        self.evaluated.push(StoredEvaluation::Stopped(self.stopped.len()));
        self.stopped.push(Stopped { trial, key, step });
        score
    }

    fn trial(&self, entry: Entry, query: usize, measurement: Measurement) -> Trial {
        let Entry { trial, arch, source, round, .. } = entry;
        let score = self.direction.score(measurement.value);
        Trial { trial, arch, source, round, query, measurement, score }
    }

    fn count(&mut self, train_seconds: Option<f64>, cost: f64) {
        self.queries += 1;
        self.train_seconds += train_seconds.unwrap_or(0.0);
        self.spent += cost;
    }
}
