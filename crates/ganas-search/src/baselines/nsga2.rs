//! NSGA-II, a genetic algorithm for several objectives.

use ganas_graph::{Arch, ArchRecord, SearchSpace, moves};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::checkpoint;
use crate::{
    Context, Merit, Proposal, SettingError, Strategy, StrategyEntry, StrategyError, crowded_order,
};

/// NSGA-II, a genetic algorithm for several objectives. Parents are the winners of tournaments,
/// each between two random individuals. Their children are made by crossover and mutation. Parents
/// and children are then sorted together ([`crowded_order`]), and the best of them survive.
///
/// With a single objective, this is an elitist genetic algorithm. We differ from the source in
/// three ways. First, decisions need not be numbers, so crossover takes each decision from one of
/// the two parents at random ([`moves::crossover`]). Second, and for the same reason, a mutation
/// changes one decision at random ([`moves::mutate`]). A child with n decisions is given n chances
/// to mutate, each with probability 1 / n. Third, a child is redrawn if it was proposed before, or
/// if it violates a constraint that can be checked before evaluation. After 1,000 such children in
/// a row, random architectures are measured instead.
///
/// Source: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic
/// algorithm: NSGA-II", IEEE Transactions on Evolutionary Computation 6, 2002, section III.
///
/// ```
/// use ganas_search::Strategy;
/// use ganas_search::baselines::{Nsga2, Nsga2Settings};
///
/// assert_eq!(Nsga2::new(Nsga2Settings { population: 20 })?.name(), "nsga2");
/// assert_eq!(
///     Nsga2::new(Nsga2Settings { population: 1 }).unwrap_err().to_string(),
///     "nsga2: expected a population of at least 2, found 1"
/// );
/// # Ok::<(), ganas_search::SettingError>(())
/// ```
#[derive(Debug)]
pub struct Nsga2 {
    settings: Nsga2Settings,
    /// The survivors of the last selection, best first in the crowded order.
    population: Vec<Individual>,
    /// Architectures evaluated since the last selection.
    children: Vec<Individual>,
}

/// Settings of NSGA-II.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nsga2Settings {
    /// The size N of the population, at least 2. Each generation has N survivors and N children.
    pub population: usize,
}

impl Default for Nsga2Settings {
    /// Returns N = 20, which suits a few hundred queries. The source uses N = 100 for 25,000
    /// evaluations.
    fn default() -> Self {
        Self { population: 20 }
    }
}

#[derive(Debug, Clone)]
struct Individual {
    arch: Arch,
    merit: Merit,
}

impl Nsga2 {
    /// The registry entry of NSGA-II with the default settings.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "nsga2",
        description: "NSGA-II, a genetic algorithm for several objectives",
        has_settings: false,
        build: |_| Ok(Box::new(Self::new(Nsga2Settings::default())?)),
    };

    /// Creates the strategy with an empty population.
    ///
    /// # Errors
    /// If the population is smaller than 2.
    pub fn new(settings: Nsga2Settings) -> Result<Self, SettingError> {
        if settings.population < 2 {
            return Err(SettingError {
                strategy: "nsga2",
                setting: "population",
                expected: "of at least 2",
                found: settings.population.to_string(),
            });
        }
        Ok(Self { settings, population: Vec::new(), children: Vec::new() })
    }

    /// Adds newly evaluated architectures to the children, and selects the survivors once a
    /// generation is complete.
    fn observe(&mut self, context: &Context<'_>) {
        for seen in context.news {
            let known = context.history.find_evaluated(context.key(&seen.arch));
            if let Some(merit) = known.and_then(|known| context.merit(&known)) {
                self.children.push(Individual { arch: seen.arch.clone(), merit });
            }
        }
        if self.children.len() >= self.settings.population {
            self.select();
        }
    }

    /// Selects the best of parents and children as the new population.
    fn select(&mut self) {
        let mut all = std::mem::take(&mut self.population);
        all.append(&mut self.children);
        let merits: Vec<_> = all.iter().map(|individual| individual.merit.clone()).collect();
        let survivors = crowded_order(&merits).into_iter().take(self.settings.population);
        self.population = survivors.map(|place| all[place].clone()).collect();
    }

    /// Returns the winner of a tournament between two random individuals.
    fn parent(&self, rng: &mut impl Rng) -> &Arch {
        let mut draw = || rng.random_range(0..self.population.len());
        // The population is sorted, so the lower index is better.
        let winner = draw().min(draw());
        &self.population[winner].arch
    }

    fn child(&self, context: &Context<'_>, rng: &mut impl Rng) -> Arch {
        let first = self.parent(rng).clone();
        let mut child = if rng.random_bool(CROSSOVER) {
            moves::crossover(context.space, &first, self.parent(rng), rng)
        } else {
            first
        };
        let decisions = child.choices().len().max(1);
        for _ in 0..decisions {
            if rng.random_bool(1.0 / decisions as f64) {
                child = moves::mutate(context.space, &child, rng).unwrap_or(child);
            }
        }
        child
    }

    /// Returns at most `count` open children with distinct keys.
    fn breed(&self, context: &Context<'_>, count: usize, rng: &mut impl Rng) -> Vec<Proposal> {
        let mut children: Vec<Proposal> = Vec::new();
        let mut draws = 0;
        while children.len() < count && draws < MAX_CHILDREN {
            draws += 1;
            let child = context.open_proposal(self.child(context, rng), "crossover");
            let is_new = |it: &Proposal| !children.iter().any(|other| other.key() == it.key());
            if let Some(child) = child.filter(is_new) {
                children.push(child);
                draws = 0;
            }
        }
        children
    }
}

impl Strategy for Nsga2 {
    fn name(&self) -> &'static str {
        "nsga2"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.observe(context);
        let mut rng = context.streams.rng("nsga2", context.round, 0);
        let missing = self.settings.population.saturating_sub(self.children.len()).max(1);
        let wanted = missing.min(context.at_most);
        let mut children = if self.population.is_empty() {
            Vec::new()
        } else {
            self.breed(context, wanted, &mut rng)
        };
        let taken: Vec<_> = children.iter().map(Proposal::key).collect();
        children.extend(context.sample_open(wanted - children.len(), &taken, &mut rng));
        Ok(children)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        let written = |all: &[Individual]| -> Vec<StoredIndividual> {
            all.iter().map(StoredIndividual::of).collect()
        };
        checkpoint::write(self.name(), &(written(&self.population), written(&self.children)))
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        let (population, children): (Vec<StoredIndividual>, Vec<StoredIndividual>) =
            checkpoint::read(self.name(), bytes)?;
        let read = |all: Vec<StoredIndividual>| -> Result<Vec<_>, StrategyError> {
            all.into_iter().map(|one| one.read(space)).collect()
        };
        (self.population, self.children) = (read(population)?, read(children)?);
        Ok(())
    }
}

/// An individual as stored in a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct StoredIndividual {
    arch: ArchRecord,
    /// Scores of a feasible individual.
    scores: Option<Vec<f64>>,
    /// Violation of an infeasible individual; `None` if the violation is unknown, that is ∞, which
    /// JSON cannot represent.
    violation: Option<f64>,
}

impl StoredIndividual {
    fn of(individual: &Individual) -> Self {
        let (scores, violation) = match &individual.merit {
            Merit::Feasible(scores) => (Some(scores.clone()), None),
            Merit::Infeasible { violation } => (None, Some(*violation).filter(|it| it.is_finite())),
        };
        Self { arch: ArchRecord::from(&individual.arch), scores, violation }
    }

    fn read(self, space: &dyn SearchSpace) -> Result<Individual, StrategyError> {
        let violation = self.violation.unwrap_or(f64::INFINITY);
        let merit = self.scores.map_or(Merit::Infeasible { violation }, Merit::Feasible);
        Ok(Individual { arch: checkpoint::arch("nsga2", space, self.arch)?, merit })
    }
}

/// Probability that a child has two parents.
///
/// Source: section V-A of the paper.
const CROSSOVER: f64 = 0.9;

/// Maximum number of children in a row that are rejected because they are known or violate a limit.
const MAX_CHILDREN: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;

    use super::super::RandomSearch;
    use super::super::fixture::study;
    use super::*;
    use crate::{
        Direction, Evaluation, EvaluationError, Evaluator, Job, Measurement, Objective, Study,
        StudyOutcome, StudySettings, hypervolume,
    };

    fn nsga2(population: usize) -> Nsga2 {
        Nsga2::new(Nsga2Settings { population }).unwrap()
    }

    /// An evaluator with opposed objectives: choices with higher numbers increase the value, but
    /// each costs its square.
    #[derive(Debug)]
    struct Opposed;

    impl Evaluator for Opposed {
        fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            let choices = || job.arch.choices().iter().map(|choice| f64::from(*choice));
            let mut measurement = Measurement::new(choices().sum());
            measurement.metrics.insert("cost".into(), choices().map(|it| it * it).sum());
            Ok(Evaluation::Measured(measurement))
        }
    }

    fn opposed(strategy: impl Strategy + 'static, seed: u64) -> StudyOutcome {
        let cost = Objective { metric: "cost".into(), direction: Direction::Minimise };
        let settings = StudySettings { objectives: vec![cost], ..StudySettings::new(200, seed) };
        let mut study =
            Study::new(Arc::new(NasBench201::default()), Box::new(strategy), settings).unwrap();
        study.optimize(&Opposed).unwrap();
        study.into_outcome()
    }

    fn volume(outcome: &StudyOutcome) -> f64 {
        let point = |trial: &crate::Trial| {
            vec![trial.measurement.value, -trial.measurement.metrics["cost"]]
        };
        let points: Vec<_> = outcome.history.trials().iter().map(point).collect();
        hypervolume(&points, &[0.0, -100.0])
    }

    #[test]
    fn generations_of_children_follow_the_first_population() {
        let history = study(nsga2(10), 60).history;
        let sources: Vec<_> = history.trials().iter().map(|trial| &*trial.source).collect();
        assert!(sources[..10].iter().all(|source| *source == "random"));
        assert!(sources[10..].iter().all(|source| *source == "crossover"), "{sources:?}");
    }

    #[test]
    fn one_objective_is_maximised() {
        let best = |strategy: Box<dyn Strategy>| {
            let settings = StudySettings::new(200, 3);
            let mut study =
                Study::new(Arc::new(NasBench201::default()), strategy, settings).unwrap();
            study.optimize(&Opposed).unwrap();
            study.into_outcome().history.best().unwrap().measurement.value
        };
        assert!(best(Box::new(nsga2(20))) > best(Box::new(RandomSearch)));
    }

    #[test]
    fn it_comes_closer_to_the_front_than_chance() {
        let mean = |volumes: [f64; 5]| volumes.iter().sum::<f64>() / 5.0;
        let own = mean([0, 1, 2, 3, 4].map(|seed| volume(&opposed(nsga2(20), seed))));
        let chance = mean([0, 1, 2, 3, 4].map(|seed| volume(&opposed(RandomSearch, seed))));
        assert!(own > chance, "{own}, by chance {chance}");
    }

    #[test]
    fn the_best_in_the_crowded_order_survive() {
        let space = NasBench201::default();
        let mut strategy = nsga2(2);
        let individual = |choice: u8, merit| Individual {
            arch: Arch::from_choices(&space, &[choice; 6]).unwrap(),
            merit,
        };
        let point = |x, y| Merit::Feasible(vec![x, y]);
        strategy.population = vec![individual(0, point(1.0, 1.0)), individual(1, point(0.0, 0.0))];
        strategy.children = vec![
            individual(2, point(2.0, 2.0)),
            individual(3, Merit::Infeasible { violation: 0.1 }),
        ];
        strategy.select();
        let alive: Vec<_> = strategy.population.iter().map(|it| it.arch.choices()[0]).collect();
        assert_eq!(alive, [2, 0]);
        assert!(strategy.children.is_empty());
    }

    #[test]
    fn a_checkpoint_keeps_every_merit() {
        let space = NasBench201::default();
        let merits = [
            Merit::Feasible(vec![0.1, -3.0]),
            Merit::Infeasible { violation: 0.3 },
            Merit::Infeasible { violation: f64::INFINITY },
        ];
        let mut strategy = nsga2(5);
        let arch = Arch::from_choices(&space, &[2; 6]).unwrap();
        strategy.children =
            merits.map(|merit| Individual { arch: arch.clone(), merit }).into_iter().collect();
        let mut restored = nsga2(5);
        restored.restore(&space, &strategy.checkpoint().unwrap()).unwrap();
        let merits = |strategy: &Nsga2| -> Vec<Merit> {
            strategy.children.iter().map(|it| it.merit.clone()).collect()
        };
        assert_eq!(merits(&restored), merits(&strategy));
    }
}
