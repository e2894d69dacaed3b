//! Settings of a study.

use ganas_graph::{Arch, SearchSpace};

use crate::{
    Constraint, ConstraintSet, Context, Direction, Distinct, Fidelity, History, Objective,
    OpenSampler, RelatedTask, Stopping, Streams, StudyError,
};

/// Maximum number of workers.
pub const MAX_WORKERS: usize = 1024;

/// Settings of a study.
#[derive(Debug, Clone)]
pub struct StudySettings {
    /// Number of queries: distinct architectures measured or found to be unusable. A failed
    /// evaluation does not count; the study asks for another architecture instead.
    pub budget: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// The rule by which two architectures count as the same architecture, and therefore as one
    /// query.
    pub distinct: Distinct,
    /// The direction in which the value improves.
    pub direction: Direction,
    /// Objectives besides the value, for strategies that search for the Pareto front; other
    /// strategies optimise the value.
    pub objectives: Vec<Objective>,
    /// Hard limits. A limit on a cost is checked before evaluation, so a violation costs nothing. A
    /// violation of a limit on a measured metric costs a query, and the architecture counts as
    /// infeasible.
    pub constraints: Vec<Constraint>,
    /// Stop as soon as a value at least this good is known.
    pub target: Option<f64>,
    /// Stop as soon as the seconds of training, including those of failed evaluations, add up to
    /// this number. The query that reaches it still counts, as in the published NAS-Bench-101
    /// baselines.
    pub max_train_seconds: Option<f64>,
    /// Stop as soon as this many evaluations have failed.
    pub max_failures: Option<usize>,
    /// Stop as soon as this many consecutive evaluations in the history have failed: the cause is
    /// then unlikely to be the architectures.
    pub max_failures_in_a_row: Option<usize>,
    /// Number of trials evaluated at a time, from 1 to [`MAX_WORKERS`]. It is a hint to drivers,
    /// and in an asynchronous study it is also the maximum number of open trials.
    pub workers: usize,
    /// Whether to tell the strategy each result as it arrives and ask for one more architecture
    /// whenever a worker is free, instead of waiting for a whole round. This keeps all workers
    /// busy, but the history then depends on evaluation times and is not reproducible.
    pub asynchronous: bool,
    /// Architectures to evaluate before the strategy is asked.
    pub first: Vec<Arch>,
    /// Results of other studies of the same space, for strategies that learn from them.
    pub related: Vec<RelatedTask>,
    /// The fidelities, if cheaper evaluations precede full ones. The budget then counts a full
    /// evaluation as 1 and a cheaper one in proportion to its cost.
    pub fidelity: Option<Fidelity>,
    /// The rule that stops evaluations early by their reports, if any. The budget then counts a
    /// full evaluation as 1 and a stopped one in proportion to its cost. Cannot be combined with a
    /// fidelity.
    pub stopping: Option<Stopping>,
}

impl StudySettings {
    /// Returns true if an evaluation may cost less than a full one.
    pub fn has_parts(&self) -> bool {
        self.fidelity.is_some() || self.stopping.is_some()
    }

    /// Returns the name of the budget's unit.
    pub fn budget_unit(&self) -> &'static str {
        if self.has_parts() { "full evaluations" } else { "queries" }
    }

    /// Returns a strategy's context, in which the caller must set the news, the round and the
    /// maximum number of proposals.
    pub(super) fn context<'a>(
        &'a self,
        space: &'a dyn SearchSpace,
        history: &'a History,
        constraints: &'a ConstraintSet,
        open_sampler: &'a OpenSampler,
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
            open_sampler,
        }
    }

    /// Returns the least cost of one more full evaluation, which may be a promotion from the rung
    /// below. A remaining budget below this cost counts as spent.
    pub(super) fn least_cost(&self) -> f64 {
        self.fidelity.as_ref().map_or(1.0, |it| it.cost(it.top(), it.top().checked_sub(1)))
    }

    /// Returns settings with this budget and seed, one worker, one query per isomorphism class,
    /// values to be maximised, and no limits.
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

    /// Validates the settings for a space. A study does this before anything else.
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
