//! Local search with restarts.

use ganas_graph::{Arch, ArchRecord, SearchSpace, moves};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::checkpoint::{self, Placed};
use crate::{Context, Proposal, SettingError, Standing, Strategy, StrategyEntry, StrategyError};

/// Local search. It measures a few random architectures, climbs from the best of them to a local
/// maximum, and then starts again with other random architectures.
///
/// A climb tries the architectures that differ from the current one in one decision
/// ([`moves::neighbours`]), in random order. It moves to the first of these neighbours that is
/// better than the current architecture. It skips neighbours whose values were known before the
/// study, and those proposed before, so it proposes no architecture twice. If every neighbour
/// violates a constraint that can be checked before evaluation, some neighbours are changed further
/// until they violate no such constraint ([`Context::repaired`]). An architecture whose evaluation
/// reveals that it violates a limit ranks below all feasible architectures. Of two architectures
/// that violate limits, the one with the smaller violation ranks higher ([`Standing`]).
///
/// Source: White, Nolen and Savani, "Exploring the Loss Landscape in Neural Architecture Search",
/// UAI 2021. Details follow the defaults of `local_search` in naszilla, the code published with the
/// paper.
///
/// ```
/// use ganas_search::Strategy;
/// use ganas_search::baselines::{LocalSearch, LocalSearchSettings};
///
/// let search = LocalSearch::new(LocalSearchSettings::naszilla())?;
/// assert_eq!(search.name(), "local-search");
/// assert!(LocalSearch::new(LocalSearchSettings { starts: 0 }).is_err());
/// # Ok::<(), ganas_search::SettingError>(())
/// ```
#[derive(Debug)]
pub struct LocalSearch {
    settings: LocalSearchSettings,
    phase: Phase,
}

/// Settings of local search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalSearchSettings {
    /// Number of random architectures measured before each climb, at least 1. Before the first
    /// climb, architectures whose values are already known count towards this number. The climb
    /// starts from the best of them.
    pub starts: usize,
}

impl LocalSearchSettings {
    /// Returns the default setting of naszilla: 10 random architectures before each climb.
    ///
    /// Source: `DEFAULT_NUM_INIT` in naszilla.
    pub const fn naszilla() -> Self {
        Self { starts: 10 }
    }
}

#[derive(Debug)]
enum Phase {
    /// Random architectures are being measured. `wanted` is the number still to be measured, and
    /// `best` is the best one so far.
    Starting { wanted: usize, best: Option<Place> },
    /// A climb is under way. `place` is the current architecture, and `untried` holds those of its
    /// neighbours that have not been tried. `untried` is `None` until the neighbours are listed.
    Climbing { place: Place, untried: Option<Vec<Arch>> },
}

/// A [`Phase`] as stored in a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
enum StoredPhase {
    Starting { wanted: usize, best: Option<Placed> },
    Climbing { place: Placed, untried: Option<Vec<ArchRecord>> },
}

#[derive(Debug, Clone)]
struct Place {
    arch: Arch,
    standing: Standing,
}

impl LocalSearch {
    /// Creates a local search that has not started yet.
    ///
    /// # Errors
    /// If [`LocalSearchSettings::starts`] is 0.
    pub fn new(settings: LocalSearchSettings) -> Result<Self, SettingError> {
        let starts = settings.starts;
        if starts == 0 {
            return Err(SettingError {
                strategy: "local-search",
                setting: "number of starts",
                expected: "of at least 1",
                found: starts.to_string(),
            });
        }
        Ok(Self { settings, phase: Phase::Starting { wanted: starts, best: None } })
    }

    /// Returns the next open neighbour of the climb's current place; `None` at a local maximum, and
    /// while no climb has started.
    fn neighbour(&mut self, context: &Context<'_>) -> Option<Proposal> {
        let Phase::Climbing { place, untried } = &mut self.phase else { return None };
        let untried = untried.get_or_insert_with(|| {
            let mut rng = context.streams.rng("local-search", context.round, 0);
            let mut neighbours = moves::neighbours(context.space, &place.arch, &mut rng);
            neighbours.shuffle(&mut rng);
            let admitted = |arch: &Arch| context.constraints.admit(context.space, arch);
            if !neighbours.iter().any(admitted) {
                neighbours.truncate(MAX_REPAIRS);
                let repaired = |arch: &Arch| context.repaired(arch, &mut rng);
                neighbours = neighbours.iter().filter_map(repaired).collect();
            }
            neighbours
        });
        std::iter::from_fn(|| untried.pop())
            .find_map(|neighbour| context.open_proposal(neighbour, "neighbour"))
    }

    /// Returns random architectures from which the next climb may start.
    fn starts(&mut self, context: &Context<'_>) -> Vec<Proposal> {
        if matches!(self.phase, Phase::Climbing { .. }) {
            self.phase = Phase::Starting { wanted: self.settings.starts, best: None };
        }
        let Phase::Starting { wanted, .. } = self.phase else { return Vec::new() };
        let mut rng = context.streams.rng("local-starts", context.round, 0);
        context.sample_open(wanted.min(context.at_most), &[], &mut rng)
    }

    /// Begins a climb from the best start; returns false if no start was measured.
    fn climb(&mut self) -> bool {
        let Phase::Starting { best, .. } = &mut self.phase else { return false };
        let Some(place) = best.take() else { return false };
        self.phase = Phase::Climbing { place, untried: None };
        true
    }

    fn learn(&mut self, seen: Place) {
        match &mut self.phase {
            Phase::Starting { wanted, best } => {
                *wanted = wanted.saturating_sub(1);
                if best.as_ref().is_none_or(|best| seen.standing > best.standing) {
                    *best = Some(seen);
                }
            }
            Phase::Climbing { place, untried } if seen.standing > place.standing => {
                *place = seen;
                *untried = None;
            }
            Phase::Climbing { .. } => {}
        }
    }

    /// Processes new results; begins a climb once all starts are measured.
    fn observe(&mut self, context: &Context<'_>) {
        for seen in context.news {
            if let Some(standing) = context.standing(seen) {
                self.learn(Place { arch: seen.arch.clone(), standing });
            }
        }
        if matches!(self.phase, Phase::Starting { wanted: 0, .. }) {
            self.climb();
        }
    }
}

impl LocalSearch {
    /// The registry entry of local search with [`LocalSearchSettings::naszilla`].
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "local-search",
        description: "Local search with restarts",
        has_settings: false,
        build: |_| Ok(Box::new(Self::new(LocalSearchSettings::naszilla())?)),
    };
}

impl Strategy for LocalSearch {
    fn name(&self) -> &'static str {
        "local-search"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.observe(context);
        if let Some(neighbour) = self.neighbour(context) {
            return Ok(vec![neighbour]);
        }
        let starts = self.starts(context);
        if !starts.is_empty() || !self.climb() {
            return Ok(starts);
        }
        Ok(self.neighbour(context).into_iter().collect())
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        let valued = |place: &Place| -> Placed { (ArchRecord::from(&place.arch), place.standing) };
        checkpoint::write(
            self.name(),
            &match &self.phase {
                Phase::Starting { wanted, best } => {
                    StoredPhase::Starting { wanted: *wanted, best: best.as_ref().map(valued) }
                }
                Phase::Climbing { place, untried } => StoredPhase::Climbing {
                    place: valued(place),
                    untried: untried
                        .as_ref()
                        .map(|untried| untried.iter().map(ArchRecord::from).collect()),
                },
            },
        )
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        let arch = |record: ArchRecord| checkpoint::arch("local-search", space, record);
        let place = |(record, standing): Placed| Ok(Place { arch: arch(record)?, standing });
        self.phase = match checkpoint::read(self.name(), bytes)? {
            StoredPhase::Starting { wanted, best } => {
                Phase::Starting { wanted, best: best.map(place).transpose()? }
            }
            StoredPhase::Climbing { place: at, untried } => {
                let untried = untried.map(|all| all.into_iter().map(arch).collect());
                Phase::Climbing { place: place(at)?, untried: untried.transpose()? }
            }
        };
        Ok(())
    }
}

/// Maximum number of neighbours that are repaired if all neighbours violate a constraint.
const MAX_REPAIRS: usize = 32;

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::fixture::{distance, study};
    use super::*;
    use crate::{
        ConstraintSet, Direction, Distinct, History, Measurement, Observation, OpenSampler,
        Outcome, Streams, Trial,
    };

    fn better<'t>(one: &'t Trial, other: &'t Trial) -> &'t Trial {
        if other.score > one.score { other } else { one }
    }

    /// Checks a whole search against the algorithm's rules.
    #[test]
    fn it_climbs_from_the_best_start_and_restarts_at_a_maximum() {
        let outcome = study(LocalSearch::new(LocalSearchSettings::naszilla()).unwrap(), 500);
        let trials = outcome.history.trials();
        let (mut at, mut climbs) = (0, 0);
        while at + 10 < trials.len() {
            assert!(trials[at..at + 10].iter().all(|trial| trial.source == "random"));
            let mut place = trials[at..at + 10].iter().reduce(better).unwrap();
            at += 10;
            while at < trials.len() && trials[at].source == "neighbour" {
                assert_eq!(distance(&place.arch, &trials[at].arch), 1);
                place = better(place, &trials[at]);
                at += 1;
            }
            climbs += 1;
            if at < trials.len() {
                assert_neighbours_known(&trials[..at], &place.arch);
            }
        }
        assert!(climbs > 3, "{climbs} climbs");
    }

    fn assert_neighbours_known(trials: &[Trial], place: &Arch) {
        let (space, mut rng) = (NasBench201::default(), ChaCha8Rng::seed_from_u64(0));
        for neighbour in moves::neighbours(&space, place, &mut rng) {
            let key = Distinct::Isomorphism.key(&space, &neighbour);
            let known = |trial: &Trial| Distinct::Isomorphism.key(&space, &trial.arch) == key;
            assert!(trials.iter().any(known), "{neighbour:?} is a neighbour of a maximum");
        }
    }

    #[test]
    fn starts_of_unknown_value_are_asked_again() {
        let mut search = LocalSearch::new(LocalSearchSettings { starts: 1 }).unwrap();
        let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
        let observe = |search: &mut LocalSearch, outcome: Outcome| {
            let news = [Observation { arch: arch.clone(), outcome }];
            search.observe(&Context {
                space: &NasBench201::default(),
                history: &History::default(),
                news: &news,
                streams: Streams::new(0),
                round: 1,
                at_most: 1,
                distinct: Distinct::Isomorphism,
                constraints: &ConstraintSet::new(Vec::new()),
                objectives: &[],
                related: &[],
                fidelity: None,
                stopping: None,
                open_sampler: &OpenSampler::default(),
            });
        };
        observe(&mut search, Outcome::OutOfDomain);
        assert!(matches!(search.phase, Phase::Starting { wanted: 1, best: None }));
        let measurement = Measurement::new(1.0);
        let score = Direction::Maximise.score(1.0);
        observe(&mut search, Outcome::Measured(measurement, score));
        assert!(matches!(search.phase, Phase::Climbing { .. }));
    }
}
