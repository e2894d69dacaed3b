//! What a study is to do.

use ganas_graph::{Arch, SearchSpace};

use crate::{
    Chance, Constraint, Context, Direction, Distinct, Fidelity, History, Objective, Rejections,
    RelatedTask, Stopping, Streams, StudyError,
};

/// Most evaluations at a time.
pub const MAX_WORKERS: usize = 1024;

/// What a study is to do.
#[derive(Debug, Clone)]
pub struct StudySettings {
    /// Number of queries: distinct architectures measured, or found to be of no use. A failed evaluation
    /// is none: another architecture is asked for instead.
    pub budget: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// When two architectures count as one query.
    pub distinct: Distinct,
    /// Which way the value is better.
    pub direction: Direction,
    /// What is searched beside the value, for strategies that aim at the Pareto front; the others search
    /// the value.
    pub objectives: Vec<Objective>,
    /// Hard limits. One on what is known before an evaluation spares it; what breaks another one
    /// costs its query, and no strategy learns more of it than that.
    pub constraints: Vec<Constraint>,
    /// Stop as soon as a value at least this good is known.
    pub target: Option<f64>,
    /// Stop as soon as the seconds of training add up to this much, those of failed evaluations among
    /// them. The query that reaches it still counts, as in the published NAS-Bench-101 baselines.
    pub max_train_seconds: Option<f64>,
    /// Stop as soon as this many evaluations have failed.
    pub max_failures: Option<usize>,
    /// Stop as soon as this many evaluations in a row have failed, in the order in which they count:
    /// then it is not the architectures' fault.
    pub max_failures_in_a_row: Option<usize>,
    /// Trials that are evaluated at a time, from 1 to [`MAX_WORKERS`]: a hint to drivers, and in an
    /// asynchronous study the most that are open at once.
    pub workers: usize,
    /// Tell the strategy each result as it comes and ask for one more architecture whenever a worker
    /// is free, instead of waiting for a whole round. Keeps all workers busy, and trades
    /// reproducibility for throughput: the history depends on how long evaluations take.
    pub asynchronous: bool,
    /// Architectures that are evaluated before the strategy is asked.
    pub first: Vec<Arch>,
    /// What other studies of the space found, for strategies that learn from it.
    pub related: Vec<RelatedTask>,
    /// Cheap evaluations before whole ones, if there are to be any; the budget then counts whole
    /// evaluations, and what others cost of one.
    pub fidelity: Option<Fidelity>,
    /// Which evaluations are stopped early by what they report, if any; the budget then counts whole
    /// evaluations, and what was done of others. Not together with a fidelity.
    pub stopping: Option<Stopping>,
}

impl StudySettings {
    /// Can an evaluation be less than a whole one?
    pub fn has_parts(&self) -> bool {
        self.fidelity.is_some() || self.stopping.is_some()
    }

    /// What the budget counts.
    pub fn budget_unit(&self) -> &'static str {
        if self.has_parts() { "whole evaluations" } else { "queries" }
    }

    /// What a strategy is told beside news, round and number of proposals.
    pub(super) fn context<'a>(
        &'a self,
        space: &'a dyn SearchSpace,
        history: &'a History,
        constraints: &'a Rejections,
        chance: &'a Chance,
    ) -> Context<'a> {
        Context {
            space,
            history,
            news: &[],
            streams: Streams::new(self.seed),
            round: 0,
            at_most: 0,
            distinct: self.distinct,
            constraints,
            objectives: &self.objectives,
            related: &self.related,
            fidelity: self.fidelity.as_ref(),
            stopping: self.stopping.as_ref(),
            chance,
        }
    }

    /// What the cheapest way to a whole evaluation costs that begins now: less than that is no budget.
    pub(super) fn least_cost(&self) -> f64 {
        self.fidelity.as_ref().map_or(1.0, |it| it.cost(it.top(), it.top().checked_sub(1)))
    }

    /// A budget and a seed, one worker, one query for each isomorphism class, higher values better,
    /// and no limits.
    pub fn new(budget: usize, seed: u64) -> Self {
        Self {
            budget,
            seed,
            distinct: Distinct::default(),
            direction: Direction::default(),
            objectives: Vec::new(),
            constraints: Vec::new(),
            target: None,
            max_train_seconds: None,
            max_failures: None,
            max_failures_in_a_row: None,
            workers: 1,
            asynchronous: false,
            first: Vec::new(),
            related: Vec::new(),
            fidelity: None,
            stopping: None,
        }
    }

    /// Checks the settings against a space, as a study does before anything else.
    ///
    /// # Errors
    /// [`StudyError::NoBudget`], [`StudyError::BudgetTooLarge`], [`StudyError::TooManyWorkers`],
    /// [`StudyError::TimeBudget`], [`StudyError::Fidelity`], [`StudyError::Stopping`] and
    /// [`StudyError::FidelityAndStopping`].
    pub fn check(&self, space: &dyn SearchSpace) -> Result<(), StudyError> {
        let available = match self.distinct {
            Distinct::Isomorphism => space.classes(),
            Distinct::String => space.size(),
        };
        match (self.budget, available) {
            (0, _) => return Err(StudyError::NoBudget),
            (budget, Some(available)) if budget as u128 > available => {
                let space = space.name().to_owned();
                return Err(StudyError::BudgetTooLarge { space, available, budget });
            }
            _ => {}
        }
        if self.workers > MAX_WORKERS {
            return Err(StudyError::TooManyWorkers { most: MAX_WORKERS, found: self.workers });
        }
        if let Some(fidelity) = &self.fidelity {
            fidelity.check()?;
        }
        if let Some(stopping) = &self.stopping {
            stopping.check().map_err(StudyError::Stopping)?;
            if self.fidelity.is_some() {
                return Err(StudyError::FidelityAndStopping);
            }
        }
        let wrong = |seconds: &f64| seconds.is_nan() || *seconds <= 0.0;
        match self.max_train_seconds.filter(wrong) {
            Some(found) => Err(StudyError::TimeBudget { found }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;

    #[test]
    fn workers_are_bounded() {
        let space = NasBench201::default();
        let check = |workers| StudySettings { workers, ..StudySettings::new(5, 0) }.check(&space);
        assert!(check(MAX_WORKERS).is_ok());
        let error = check(1_000_000).unwrap_err().to_string();
        assert_eq!(error, "expected at most 1024 workers, found 1000000");
    }
}
