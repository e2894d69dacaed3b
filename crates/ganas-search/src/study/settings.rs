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
    /// Maximum number of queries; with `fidelity` or `stopping`, the maximum cost in full
    /// evaluations. A query is the evaluation of a new architecture that either yields a
    /// measurement or finds that the architecture is unusable. A failed evaluation does not count
    /// as a query. The study evaluates another architecture in its place.
    pub budget: usize,
    /// The seed from which all randomness derives.
    pub seed: u64,
    /// The rule that decides whether two architectures count as the same, so that together they
    /// cost only one query.
    pub distinct: Distinct,
    /// Whether a higher or a lower objective value is better.
    pub direction: Direction,
    /// Objectives in addition to the main objective
    /// ([`Measurement::value`](crate::Measurement::value)), for strategies that search for the
    /// Pareto front. Other strategies optimise only the main objective.
    pub objectives: Vec<Objective>,
    /// Hard limits. A limit on a cost is checked before the evaluation, so an architecture that
    /// violates such a limit costs no query. A limit on a measured metric can only be checked after
    /// the evaluation. An architecture that violates this kind of limit costs a query and counts as
    /// infeasible.
    pub constraints: Vec<Constraint>,
    /// The study stops as soon as it has found an architecture whose objective value is at least
    /// this good.
    pub target: Option<f64>,
    /// The study stops as soon as the total training time in seconds, including that of failed
    /// evaluations, reaches this number. The last query, which makes the total reach this number,
    /// still counts, as in the published NAS-Bench-101 baselines.
    pub max_train_seconds: Option<f64>,
    /// The study stops as soon as this many evaluations have failed.
    pub max_failures: Option<usize>,
    /// The study stops as soon as this many consecutive evaluations in its history have failed. So
    /// many failures in a row are unlikely to be caused by the architectures.
    pub max_failures_in_a_row: Option<usize>,
    /// Number of trials to evaluate at a time, up to [`MAX_WORKERS`]. In a synchronous study, this
    /// is only a hint to the program that runs the study. In an asynchronous study, it is also the
    /// maximum number of open trials. A trial is open if [`Study::ask`](crate::Study::ask) has
    /// returned it and it has no result yet.
    pub workers: usize,
    /// Whether the study is asynchronous. An asynchronous study does not wait for the end of a
    /// round. It gives the strategy each result as it arrives, and asks the strategy for one more
    /// architecture whenever a worker is free. This keeps all workers busy, but the history then
    /// depends on evaluation times and is not reproducible.
    pub asynchronous: bool,
    /// Architectures to evaluate before the strategy is first asked for proposals.
    pub first: Vec<Arch>,
    /// Results of other studies in the same search space, for strategies that can learn from them.
    pub related: Vec<RelatedTask>,
    /// The levels of fidelity, if the study evaluates architectures cheaply before it evaluates
    /// some of them in full. The budget then counts a full evaluation as 1, and a cheaper
    /// evaluation as a fraction proportional to its cost.
    pub fidelity: Option<Fidelity>,
    /// The rule, if any, that stops evaluations early on the basis of their intermediate reports.
    /// With such a rule, the budget counts a full evaluation as 1, and a stopped evaluation as a
    /// fraction proportional to its cost. A stopping rule cannot be combined with levels of
    /// fidelity.
    pub stopping: Option<Stopping>,
}

impl StudySettings {
    /// Returns true if some evaluations may cost less than a full evaluation.
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

    /// Returns settings with this budget and seed. The study has one worker and no limits. It
    /// maximises the objective value, and isomorphic architectures count as the same.
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

    /// Checks that the settings are valid for a search space. A new study performs this check
    /// before anything else.
    ///
    /// # Errors
    /// One of [`StudyError::NoBudget`], [`StudyError::BudgetTooLarge`],
    /// [`StudyError::TooManyWorkers`], [`StudyError::TimeBudget`], [`StudyError::Fidelity`],
    /// [`StudyError::Stopping`] and [`StudyError::FidelityAndStopping`].
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
