use std::collections::{HashMap, HashSet};

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::Measurement;

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

/// One query: an architecture and what its evaluation gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The architecture.
    pub arch: Arch,
    /// Where the strategy had it from, such as `random` or `mutation`.
    pub source: &'static str,
    /// Round (call of `ask`) in which it was proposed, from 0.
    pub round: u64,
    /// The result.
    pub measurement: Measurement,
}

/// All queries of a study, in order.
#[derive(Debug, Clone, Default)]
pub struct History {
    trials: Vec<Trial>,
    by_key: HashMap<ArchHash, usize>,
    outside: HashSet<ArchHash>,
    best: Option<usize>,
    train_seconds: f64,
}

impl History {
    /// The trials in the order of their queries: query `n` is trial `n - 1`.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The trial with the highest value, the earliest of equals.
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|index| &self.trials[index])
    }

    /// Seconds of training that all trials stand for, where known: the simulated cost of the search.
    pub fn train_seconds(&self) -> f64 {
        self.train_seconds
    }

    /// Number of queries after which the best was known.
    pub fn queries_to_best(&self) -> Option<usize> {
        self.best.map(|index| index + 1)
    }

    /// The trial of an identity ([`Distinct::key`]).
    pub fn find(&self, key: ArchHash) -> Option<&Trial> {
        self.by_key.get(&key).map(|&index| &self.trials[index])
    }

    /// Has the identity been asked before, measured or found outside the evaluator's domain?
    pub fn contains(&self, key: ArchHash) -> bool {
        self.by_key.contains_key(&key) || self.outside.contains(&key)
    }

    /// The trial with the highest value within the first `queries` queries.
    pub fn best_within(&self, queries: usize) -> Option<&Trial> {
        let better =
            |best: &'_ Trial, trial: &'_ Trial| trial.measurement.value > best.measurement.value;
        let mut within = self.trials.iter().take(queries);
        let mut best = within.next()?;
        for trial in within {
            if better(best, trial) {
                best = trial;
            }
        }
        Some(best)
    }

    pub(crate) fn push(&mut self, key: ArchHash, trial: Trial) {
        let improves = self.best().is_none_or(|b| trial.measurement.value > b.measurement.value);
        if improves {
            self.best = Some(self.trials.len());
        }
        self.train_seconds += trial.measurement.train_seconds.unwrap_or(0.0);
        self.by_key.insert(key, self.trials.len());
        self.trials.push(trial);
    }

    pub(crate) fn exclude(&mut self, key: ArchHash) {
        self.outside.insert(key);
    }
}
