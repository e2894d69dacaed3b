//! Regularised evolution.

use std::collections::{HashMap, VecDeque};

use ganas_graph::{Arch, ArchRecord, SearchSpace, moves};
use rand::Rng;
use rand::seq::index;
use serde::{Deserialize, Serialize};

use super::checkpoint::{self, Placed};
use crate::{Context, Proposal, SettingError, Standing, Strategy, StrategyEntry, StrategyError};

/// Regularised evolution. In each step, the best individual in a random sample of the population
/// becomes the parent of a mutated child, and the oldest individual is removed.
///
/// At the start, distinct random architectures are measured until the population is full. Values
/// known before the study and the architectures in
/// [`StudySettings::first`](crate::StudySettings::first) also join it. A child differs from its
/// parent in one decision ([`moves::mutate`]). A child that was evaluated before enters the
/// population with its earlier result, at no cost in queries. A child is redrawn if an earlier
/// evaluation of it failed or is still running, if the evaluator does not know it (for example,
/// because a table lacks it), or if it violates a constraint that can be checked before evaluation.
/// An architecture whose evaluation reveals that it violates a limit or is unusable also joins the
/// population. It ranks below all feasible architectures ([`Standing`]).
///
/// We differ from the source if none of 1,000 children in a row can be proposed
/// ([`Context::is_open`]). In this case, if there are limits on costs, more children are made, and
/// each of them is changed until it violates no such limit ([`Context::repaired`]). If there is
/// still no child to propose, a random architecture is measured instead. The search can therefore
/// spend any budget.
///
/// Source: Real, Aggarwal, Huang and Le, "Regularized Evolution for Image Classifier Architecture
/// Search", AAAI 2019, Algorithm 1.
///
/// ```
/// use ganas_search::Strategy;
/// use ganas_search::baselines::{Evolution, EvolutionSettings};
///
/// let evolution = Evolution::new(EvolutionSettings::ying_2019())?;
/// assert_eq!(evolution.name(), "evolution");
/// let nobody = EvolutionSettings { population: 0, ..EvolutionSettings::ying_2019() };
/// assert_eq!(
///     Evolution::new(nobody).unwrap_err().to_string(),
///     "evolution: expected a population of at least 1, found 0"
/// );
/// # Ok::<(), ganas_search::SettingError>(())
/// ```
#[derive(Debug)]
pub struct Evolution {
    settings: EvolutionSettings,
    /// The population, oldest individual first.
    population: VecDeque<Individual>,
    evolving: bool,
    /// Known children with their standing. Late in a search most children are known, and looking
    /// one up by its choices is many times faster than by its key. Not part of the checkpoint,
    /// since the history contains the same data.
    known: HashMap<Arch, Standing>,
}

/// Settings of regularised evolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvolutionSettings {
    /// The size P of the population, at least 1. Random architectures are measured until the
    /// population has this size.
    pub population: usize,
    /// The size S of the random sample, at least 1. The best member of the sample becomes a parent.
    /// The sample is drawn from the population without replacement. With S = 1, the search is a
    /// random walk. With S equal to the size of the population or larger, it is greedy.
    pub sample: usize,
}

impl EvolutionSettings {
    /// Returns the usual settings for tabular benchmarks: P = 50 and S = 10.
    ///
    /// Source: Ying et al., "NAS-Bench-101", ICML 2019, `run_evolution_search` in the code
    /// published with the paper.
    pub const fn ying_2019() -> Self {
        Self { population: 50, sample: 10 }
    }

    /// Returns settings for large spaces and thousands of queries: P = 100 and S = 25.
    ///
    /// Source: the searches on CIFAR-10 in Real, Aggarwal, Huang and Le, "Regularized Evolution for
    /// Image Classifier Architecture Search", AAAI 2019.
    pub const fn real_2019() -> Self {
        Self { population: 100, sample: 25 }
    }
}

#[derive(Debug, Clone)]
struct Individual {
    arch: Arch,
    standing: Standing,
}

impl Evolution {
    /// Creates the strategy with an empty population.
    ///
    /// # Errors
    /// If a setting is 0.
    pub fn new(settings: EvolutionSettings) -> Result<Self, SettingError> {
        let EvolutionSettings { population, sample } = settings;
        for (setting, size) in [("population", population), ("sample", sample)] {
            if size == 0 {
                let (strategy, found) = ("evolution", size.to_string());
                return Err(SettingError { strategy, setting, expected: "of at least 1", found });
            }
        }
        Ok(Self { settings, population: VecDeque::new(), evolving: false, known: HashMap::new() })
    }

    /// Returns a mutation of the best of a random sample; `None` if the population is empty or the
    /// parent cannot be mutated.
    fn child(&self, context: &Context<'_>, rng: &mut impl Rng) -> Option<Arch> {
        let alive = self.population.len();
        let sample = index::sample(rng, alive, self.settings.sample.min(alive));
        let parent = sample
            .into_iter()
            .map(|position| &self.population[position])
            .max_by_key(|individual| individual.standing)?;
        moves::mutate(context.space, &parent.arch, rng)
    }

    fn enter(&mut self, individual: Individual) {
        self.population.push_back(individual);
        if self.population.len() > self.settings.population {
            self.population.pop_front();
        }
    }

    /// Breeds children until one is open, and returns it. Known children enter the population along
    /// the way.
    fn breed(&mut self, context: &Context<'_>, rng: &mut impl Rng) -> Option<Proposal> {
        for _ in 0..MAX_CHILDREN {
            let arch = self.child(context, rng)?;
            if let Some(&standing) = self.known.get(&arch) {
                self.enter(Individual { arch, standing });
                continue;
            }
            let child = context.proposal(arch, "mutation");
            if let Some(standing) = context.known_standing(child.key()) {
                let arch = child.arch().clone();
                if self.known.len() >= MAX_REMEMBERED {
                    self.known.clear();
                }
                self.known.insert(arch.clone(), standing);
                self.enter(Individual { arch, standing });
            } else if context.is_open(&child) {
                return Some(child);
            }
        }
        if !context.constraints.limits_costs() {
            return None;
        }
        (0..MAX_REPAIRS).find_map(|_| {
            let child = self.child(context, rng)?;
            context.open_proposal(context.repaired(&child, rng)?, "mutation")
        })
    }

    /// Adds all newly evaluated architectures to the population.
    fn observe(&mut self, context: &Context<'_>) {
        for seen in context.news {
            if let Some(standing) = context.standing(seen) {
                self.enter(Individual { arch: seen.arch.clone(), standing });
            }
        }
        self.evolving |= self.population.len() >= self.settings.population;
    }
}

impl Evolution {
    /// The registry entry of regularised evolution with [`EvolutionSettings::ying_2019`].
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "evolution",
        description: "Regularised evolution: mutations of the best of a sample; the oldest die",
        has_settings: false,
        build: |_| Ok(Box::new(Self::new(EvolutionSettings::ying_2019())?)),
    };
}

impl Strategy for Evolution {
    fn name(&self) -> &'static str {
        "evolution"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.observe(context);
        let mut rng = context.streams.rng("evolution", context.round, 0);
        if !self.evolving {
            let wanted = self.settings.population - self.population.len();
            let first = context.sample_open(wanted.min(context.at_most), &[], &mut rng);
            if !first.is_empty() {
                return Ok(first);
            }
            self.evolving = true;
        }
        Ok(match self.breed(context, &mut rng) {
            Some(child) => vec![child],
            None => context.sample_open(1, &[], &mut rng),
        })
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        let alive = |it: &Individual| -> Placed { (ArchRecord::from(&it.arch), it.standing) };
        let population: Vec<_> = self.population.iter().map(alive).collect();
        checkpoint::write(self.name(), &(population, self.evolving))
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        let (population, evolving): (Vec<Placed>, bool) = checkpoint::read(self.name(), bytes)?;
        let alive = |(record, standing): Placed| {
            Ok(Individual { arch: checkpoint::arch(self.name(), space, record)?, standing })
        };
        self.population = population.into_iter().map(alive).collect::<Result<_, _>>()?;
        self.evolving = evolving;
        Ok(())
    }
}

/// Maximum number of children in a row that are known or rejected. With P = 50 and S = 10,
/// evolution bred at most 218 such children in a row in 60 searches of 500 queries on NAS-Bench-201
/// (CIFAR-10). Once all neighbours of the population are known, more children only cost time, so
/// random architectures take over.
const MAX_CHILDREN: usize = 1_000;

/// Maximum number of children that are repaired for one proposal.
const MAX_REPAIRS: usize = 32;

/// Maximum number of known children in the cache. A full cache takes a few megabytes.
const MAX_REMEMBERED: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use std::sync::{Arc, Mutex};

    use super::super::fixture::{Shared, distance, study};
    use super::*;

    const SMALL: EvolutionSettings = EvolutionSettings { population: 8, sample: 3 };

    #[test]
    fn children_are_one_choice_from_the_living() {
        let outcome = study(Evolution::new(SMALL).unwrap(), 60);
        let trials = outcome.history.trials();
        assert!(trials[..8].iter().all(|trial| trial.source == "random"));
        for (at, child) in trials.iter().enumerate().skip(8) {
            assert_eq!(child.source, "mutation");
            assert!(trials[..at].iter().any(|parent| distance(&parent.arch, &child.arch) <= 2));
        }
        let near =
            |at: usize| trials[..at].iter().any(|p| distance(&p.arch, &trials[at].arch) == 1);
        assert!((8..60).filter(|at| near(*at)).count() > 45, "only known children come between");
    }

    #[test]
    fn the_oldest_dies() {
        let mut evolution = Evolution::new(SMALL).unwrap();
        for choice in [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2] {
            let arch = Arch::from_choices(&NasBench201::default(), &[choice; 6]).unwrap();
            let standing = Standing::Feasible(crate::Direction::Maximise.score(1.0));
            evolution.enter(Individual { arch, standing });
        }
        let alive: Vec<_> = evolution.population.iter().map(|it| it.arch.choices()[0]).collect();
        assert_eq!(alive, [1, 0, 0, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn known_children_cost_nothing_and_live() {
        let evolution = Arc::new(Mutex::new(Evolution::new(SMALL).unwrap()));
        let outcome = study(Shared(Arc::clone(&evolution)), 400);
        assert!(outcome.rounds.iter().all(|round| round.repeats == 0));
        let queried = |alive: &Individual| {
            outcome.history.trials().iter().any(|trial| trial.arch == alive.arch)
        };
        let evolution = evolution.lock().unwrap();
        assert!(!evolution.population.iter().all(queried), "isomorphic twins live too");
    }

    #[test]
    fn known_children_are_remembered_with_the_value_of_their_class() {
        let evolution = Arc::new(Mutex::new(Evolution::new(SMALL).unwrap()));
        let history = study(Shared(Arc::clone(&evolution)), 400).history;
        let space = NasBench201::default();
        let of_class = |(arch, standing): (&Arch, &Standing)| {
            let key = crate::Distinct::Isomorphism.key(&space, arch);
            history.find(key).is_some_and(|trial| Standing::Feasible(trial.score) == *standing)
        };
        let known = &evolution.lock().unwrap().known;
        assert!(known.len() > 100 && known.iter().all(of_class), "{} remembered", known.len());
    }

    #[test]
    fn a_budget_below_the_population_is_random_search() {
        let outcome = study(Evolution::new(SMALL).unwrap(), 5);
        assert!(outcome.history.trials().iter().all(|trial| trial.source == "random"));
    }
}
