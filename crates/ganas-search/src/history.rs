use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{Measurement, Outcome};

/// When two architectures count as one query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Distinct {
    /// If they are of one isomorphism class.
    #[default]
    Isomorphism,
    /// Only if they are written alike: for comparison with tools that count strings.
    String,
}

impl Distinct {
    /// The identity by which repeats are recognised.
    pub fn key(self, space: &dyn SearchSpace, arch: &Arch) -> ArchHash {
        match self {
            Self::Isomorphism => space.canonical(arch),
            Self::String => ArchHash::of(arch.choices()),
        }
    }
}

/// An architecture that was measured and breaks no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The architecture.
    pub arch: Arch,
    /// Where the strategy had it from, such as `random` or `mutation`.
    pub source: Cow<'static, str>,
    /// Round (call of `ask`) in which it was proposed, from 0.
    pub round: u64,
    /// Which query it was, from 1; 0 if its value was known before the study.
    pub query: usize,
    /// The result.
    pub measurement: Measurement,
}

/// Why an architecture that was asked for is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Useless {
    /// The evaluator does not know it.
    OutOfDomain,
    /// It was evaluated, and breaks a constraint.
    Infeasible,
    /// Its evaluation failed.
    Failed,
}

/// What a study has learnt, in order.
#[derive(Debug, Clone, Default)]
pub struct History {
    trials: Vec<Trial>,
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
    /// What was measured and breaks no constraint, in the order of queries.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Queries made, also those that failed or gave what breaks a constraint.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// Queries that failed.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// The trial with the highest value, the earliest of equals.
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|index| &self.trials[index])
    }

    /// Seconds of training that all queries stand for, where known: the simulated cost of the search.
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

    /// Is it being evaluated?
    pub(crate) fn is_expected(&self, key: ArchHash) -> bool {
        self.expected.contains(&key)
    }

    /// Remembers that an identity is being evaluated.
    pub(crate) fn expect(&mut self, key: ArchHash) {
        self.expected.insert(key);
    }

    /// The trial with the highest value within the first `queries` queries.
    pub fn best_within(&self, queries: usize) -> Option<&Trial> {
        let better =
            |best: &'_ Trial, trial: &'_ Trial| trial.measurement.value > best.measurement.value;
        let mut within = self.trials.iter().take_while(|trial| trial.query <= queries);
        let mut best = within.next()?;
        for trial in within {
            if better(best, trial) {
                best = trial;
            }
        }
        Some(best)
    }

    /// What asking for an identity again would give, at no cost.
    pub(crate) fn known(&self, key: ArchHash) -> Option<Outcome> {
        if let Some(trial) = self.find(key) {
            return Some(Outcome::Repeat(trial.measurement.clone()));
        }
        self.useless.get(&key).map(|useless| match useless {
            Useless::OutOfDomain => Outcome::OutOfDomain,
            Useless::Infeasible => Outcome::Infeasible,
            Useless::Failed => Outcome::Failed,
        })
    }

    /// Adds what a query, or whoever knew it before, has measured.
    pub(crate) fn push(&mut self, key: ArchHash, trial: Trial) {
        let improves = self.best().is_none_or(|b| trial.measurement.value > b.measurement.value);
        if improves {
            self.best = Some(self.trials.len());
        }
        self.expected.remove(&key);
        self.by_key.insert(key, self.trials.len());
        self.trials.push(trial);
    }

    /// Remembers that an identity is of no use.
    pub(crate) fn exclude(&mut self, key: ArchHash, why: Useless) {
        self.expected.remove(&key);
        self.failures += usize::from(why == Useless::Failed);
        self.useless.insert(key, why);
    }

    /// A query was made.
    pub(crate) fn count(&mut self, train_seconds: Option<f64>) {
        self.queries += 1;
        self.train_seconds += train_seconds.unwrap_or(0.0);
    }
}
