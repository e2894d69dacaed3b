//! What a study has learnt, in the order in which it counts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ganas_graph::{Arch, ArchHash, SearchSpace};
use serde::{Deserialize, Serialize};

use crate::{Direction, Measurement, Score, TrialId, UnknownName, Verdict, first_best};

/// When two architectures count as one query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distinct {
    /// If they are of one isomorphism class.
    #[default]
    Isomorphism,
    /// Only if they are written alike: for comparison with tools that count strings.
    String,
}

impl std::fmt::Display for Distinct {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Isomorphism => "isomorphism",
            Self::String => "string",
        })
    }
}

impl std::str::FromStr for Distinct {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Isomorphism, Self::String];
        all.into_iter().find(|distinct| distinct.to_string() == text).ok_or_else(|| UnknownName {
            what: "way to tell architectures apart",
            found: text.into(),
            valid: all.iter().map(ToString::to_string).collect(),
        })
    }
}

impl Distinct {
    /// The identity by which repeats are recognised.
    pub fn key(self, space: &dyn SearchSpace, arch: &Arch) -> ArchHash {
        match self {
            Self::Isomorphism => space.canonical(arch),
            Self::String => {
                let numbers = arch.numbers().iter().flat_map(|number| number.get().to_le_bytes());
                let bytes: Vec<u8> = arch.choices().iter().copied().chain(numbers).collect();
                ArchHash::of(&bytes)
            }
        }
    }
}

/// An architecture that was measured and breaks no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// Where the strategy had it from, such as `random` or `mutation`.
    pub source: Cow<'static, str>,
    /// Round (call of [`Strategy::ask`](crate::Strategy::ask)) in which it was proposed, from 0.
    pub round: u64,
    /// Which query it was, from 1; 0 if its value was known before the study.
    pub query: usize,
    /// The result, as it was measured.
    pub measurement: Measurement,
    /// What the value is worth: higher is better, whatever the study's direction.
    pub score: Score,
}

/// Where a trial stands in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPlace {
    /// Its place among all evaluations in the order in which they count, from 1; 0 for what was known.
    pub place: usize,
    /// The query that it cost, from 1; 0 for what was known; `None` if its evaluation failed.
    pub query: Option<usize>,
}

impl HistoryPlace {
    /// The place of what was known before the study.
    pub(crate) const KNOWN: Self = Self { place: 0, query: Some(0) };
}

/// A trial whose result is about to enter the history.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) trial: TrialId,
    pub(crate) arch: Arch,
    pub(crate) key: ArchHash,
    pub(crate) source: Cow<'static, str>,
    pub(crate) round: u64,
}

/// The ways in which a proposal can end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It cost a query.
    Measured(Measurement, Score),
    /// Its identity had been measured before; it cost nothing, and this is what was found then.
    Repeat(Measurement, Score),
    /// It breaks a hard constraint. If that was known before an evaluation it cost nothing, else a
    /// query.
    Infeasible,
    /// Its evaluation failed, now or when it was asked before; its value is not known, and it cost no
    /// query.
    Failed,
    /// The evaluator does not know it; it cost nothing.
    OutOfDomain,
}

/// What an evaluation told, in the order in which it counts.
#[derive(Debug, Clone, Copy)]
pub enum Evaluated<'a> {
    /// It was measured and breaks no constraint, or was known before.
    Feasible(&'a Trial),
    /// It cannot be used, or its measurement breaks a constraint.
    Infeasible(&'a Arch, Option<&'a Measurement>),
    /// Its evaluation failed.
    Failed(&'a Arch),
}

/// One of them, as it is kept.
#[derive(Debug, Clone)]
enum Kept {
    /// Place among the trials.
    Feasible(usize),
    Infeasible(Arch, Option<Measurement>),
    Failed(Arch),
}

/// Why an architecture that was asked for is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Useless {
    OutOfDomain,
    /// Place among the evaluations.
    Infeasible(usize),
    Failed(usize),
}

/// What a study has learnt, in order.
#[derive(Debug, Clone, Default)]
pub struct History {
    direction: Direction,
    trials: Vec<Trial>,
    evaluated: Vec<Kept>,
    by_key: HashMap<ArchHash, usize>,
    useless: HashMap<ArchHash, Useless>,
    best: Option<usize>,
    queries: usize,
    failures: usize,
    /// Identities that are being evaluated, in an asynchronous study.
    expected: HashSet<ArchHash>,
    train_seconds: f64,
}

impl History {
    /// A history of nothing.
    pub fn new(direction: Direction) -> Self {
        Self { direction, ..Self::default() }
    }

    /// Which way values are better.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// What was measured and breaks no constraint: first what was known before, then in the order of
    /// queries.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Every evaluation that told something, those from number `from` on: what [`History::trials`] has,
    /// and between them what was infeasible or failed.
    pub fn evaluated(&self, from: usize) -> impl Iterator<Item = Evaluated<'_>> {
        self.evaluated[from.min(self.evaluated.len())..].iter().map(|kept| self.told(kept))
    }

    /// What was told of an identity ([`Distinct::key`]).
    pub fn find_evaluated(&self, key: ArchHash) -> Option<Evaluated<'_>> {
        if let Some(trial) = self.find(key) {
            return Some(Evaluated::Feasible(trial));
        }
        match *self.useless.get(&key)? {
            Useless::OutOfDomain => None,
            Useless::Infeasible(place) | Useless::Failed(place) => {
                Some(self.told(&self.evaluated[place]))
            }
        }
    }

    fn told<'h>(&'h self, kept: &'h Kept) -> Evaluated<'h> {
        match kept {
            Kept::Feasible(place) => Evaluated::Feasible(&self.trials[*place]),
            Kept::Infeasible(arch, found) => Evaluated::Infeasible(arch, found.as_ref()),
            Kept::Failed(arch) => Evaluated::Failed(arch),
        }
    }

    /// Queries made: what was measured, and what cannot be used or breaks a constraint. An evaluation
    /// that failed is none.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// Evaluations that failed.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Evaluations that ended, be they queries or failures.
    pub fn evaluations(&self) -> usize {
        self.queries + self.failures
    }

    /// Queries whose architecture cannot be used or broke a constraint.
    pub fn infeasible(&self) -> usize {
        let feasible = self.trials.iter().filter(|trial| trial.query > 0).count();
        self.queries - feasible
    }

    /// The best trial, the earliest of equals.
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|index| &self.trials[index])
    }

    /// Seconds of training that all evaluations stand for, where known, those that failed among them: the
    /// simulated cost of the search.
    pub fn train_seconds(&self) -> f64 {
        self.train_seconds
    }

    /// Number of queries after which the best was known.
    pub fn queries_to_best(&self) -> Option<usize> {
        self.best().map(|best| best.query)
    }

    /// The trial of an identity ([`Distinct::key`]).
    pub fn find(&self, key: ArchHash) -> Option<&Trial> {
        self.by_key.get(&key).map(|&index| &self.trials[index])
    }

    /// Has the identity been asked before, whatever became of it?
    pub fn contains(&self, key: ArchHash) -> bool {
        self.by_key.contains_key(&key)
            || self.useless.contains_key(&key)
            || self.expected.contains(&key)
    }

    /// The best trial within the first `queries` queries, the earliest of equals.
    pub fn best_within(&self, queries: usize) -> Option<&Trial> {
        first_best(self.trials.iter().take_while(|t| t.query <= queries), |trial| trial.score)
    }

    /// Each trial that was better than all before it.
    pub fn improvements(&self) -> Vec<&Trial> {
        let mut found: Vec<&Trial> = Vec::new();
        for trial in &self.trials {
            if found.last().is_none_or(|best| trial.score > best.score) {
                found.push(trial);
            }
        }
        found
    }

    /// Is it being evaluated?
    pub(crate) fn is_expected(&self, key: ArchHash) -> bool {
        self.expected.contains(&key)
    }

    /// Remembers that an identity is being evaluated.
    pub(crate) fn expect(&mut self, key: ArchHash) {
        self.expected.insert(key);
    }

    /// What asking for an identity again would give, at no cost.
    pub(crate) fn known(&self, key: ArchHash) -> Option<Outcome> {
        if let Some(trial) = self.find(key) {
            return Some(Outcome::Repeat(trial.measurement.clone(), trial.score));
        }
        self.useless.get(&key).map(|useless| match useless {
            Useless::OutOfDomain => Outcome::OutOfDomain,
            Useless::Infeasible(_) => Outcome::Infeasible,
            Useless::Failed(_) => Outcome::Failed,
        })
    }

    /// Takes what was known before the study.
    pub(crate) fn take_known(&mut self, entry: Entry, measurement: Measurement) {
        self.push(entry, 0, measurement);
    }

    /// Takes the result of an evaluation, which counts from now on.
    pub(crate) fn learn(&mut self, entry: Entry, verdict: &Verdict) -> Outcome {
        match verdict {
            Verdict::Measured(measurement) => {
                self.count(measurement.train_seconds);
                let score = self.push(entry, self.queries, measurement.clone());
                Outcome::Measured(measurement.clone(), score)
            }
            Verdict::OutOfDomain => {
                self.exclude(entry.key, Useless::OutOfDomain);
                Outcome::OutOfDomain
            }
            Verdict::Infeasible { measurement, .. } => {
                self.count(measurement.as_ref().and_then(|found| found.train_seconds));
                self.exclude(entry.key, Useless::Infeasible(self.evaluated.len()));
                self.evaluated.push(Kept::Infeasible(entry.arch, measurement.clone()));
                Outcome::Infeasible
            }
            Verdict::Failed { train_seconds, .. } => {
                self.failures += 1;
                self.train_seconds += train_seconds.unwrap_or(0.0);
                self.exclude(entry.key, Useless::Failed(self.evaluated.len()));
                self.evaluated.push(Kept::Failed(entry.arch));
                Outcome::Failed
            }
        }
    }

    /// Where the last result stands, if there was one after the first `before` evaluations.
    pub(crate) fn place_behind(&self, before: usize) -> Option<HistoryPlace> {
        let place = Some(self.evaluations()).filter(|place| *place > before)?;
        let failed = matches!(self.evaluated.last(), Some(Kept::Failed(_)));
        Some(HistoryPlace { place, query: (!failed).then_some(self.queries) })
    }

    fn push(&mut self, entry: Entry, query: usize, measurement: Measurement) -> Score {
        let Entry { trial, arch, key, source, round } = entry;
        let score = self.direction.score(measurement.value);
        if self.best().is_none_or(|best| score > best.score) {
            self.best = Some(self.trials.len());
        }
        self.expected.remove(&key);
        self.by_key.insert(key, self.trials.len());
        self.evaluated.push(Kept::Feasible(self.trials.len()));
        self.trials.push(Trial { trial, arch, source, round, query, measurement, score });
        score
    }

    fn exclude(&mut self, key: ArchHash, why: Useless) {
        self.expected.remove(&key);
        self.useless.insert(key, why);
    }

    fn count(&mut self, train_seconds: Option<f64>) {
        self.queries += 1;
        self.train_seconds += train_seconds.unwrap_or(0.0);
    }
}
