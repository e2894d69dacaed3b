//! The context of a study, small search spaces and cheap settings, for the tests of this crate.

use std::collections::HashSet;
use std::fmt::{Debug, Formatter};
use std::sync::{Arc, mpsc};

use ganas_graph::{Arch, SearchSpace, moves, spaces::NasBench201, spaces::described};
use ganas_search::{
    Bound, Constraint, Context, Distinct, KnownMetrics, Measurement, Proposal, Strategy,
    StrategyError, Streams, Study, StudySettings,
};

use crate::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, PpoConfig, TrainerConfig,
};

/// A study that is about to ask its strategy.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) space: Arc<dyn SearchSpace>,
    pub(crate) settings: StudySettings,
    pub(crate) known: Vec<(Arch, Measurement)>,
}

impl Fixture {
    /// Creates a fixture of NAS-Bench-201 with no known architectures, a budget of 100 queries and
    /// seed 0.
    pub(crate) fn new() -> Self {
        let space = Arc::new(NasBench201::default());
        Self { space, settings: StudySettings::new(100, 0), known: Vec::new() }
    }

    /// Creates a fixture with a space of three edges, each with one of two operators: 8
    /// architectures, all of which count as different.
    pub(crate) fn tiny() -> Self {
        let space = described::parse(
            "name = 'tiny'\n\
             [[cells]]\n\
             name = 'cell'\n\
             inputs = ['in']\n\
             nodes = 2\n\
             operators = ['a', 'b']\n\
             operators_on = 'edges'\n\
             output = 'last'\n",
        );
        let settings = StudySettings { distinct: Distinct::String, ..StudySettings::new(8, 0) };
        Self { space: Arc::new(space.unwrap()), settings, known: Vec::new() }
    }

    /// Sets the seed of the study's random streams.
    pub(crate) fn seeded(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the remaining number of queries.
    pub(crate) fn at_most(mut self, budget: usize) -> Self {
        self.settings.budget = budget;
        self
    }

    /// Adds a hard limit.
    pub(crate) fn limited(mut self, limit: &str) -> Self {
        let limit = Constraint::parse(&*self.space, KnownMetrics::Nothing, Bound::Max, limit);
        self.settings.constraints.push(limit.unwrap());
        self
    }

    /// Adds architectures that count as measured.
    pub(crate) fn knowing(mut self, archs: impl IntoIterator<Item = Arch>) -> Self {
        self.known.extend(archs.into_iter().map(|arch| {
            let value = value(&arch);
            (arch, Measurement::new(value))
        }));
        self
    }

    /// Adds `count` random architectures of different isomorphism classes that count as measured;
    /// the study ignores those that violate its limits.
    pub(crate) fn knowing_random(self, count: usize) -> Self {
        let mut rng = Streams::new(1).rng("known", 0, 0);
        let (mut archs, mut classes) = (Vec::new(), HashSet::new());
        while archs.len() < count {
            let arch = moves::sample(&*self.space, &mut rng);
            if classes.insert(self.space.canonical(&arch)) {
                archs.push(arch);
            }
        }
        self.knowing(archs)
    }

    /// Applies `look` to the context of the first round.
    pub(crate) fn with_context<T: Send + 'static>(
        self,
        look: impl FnOnce(&Context<'_>) -> T + Send + 'static,
    ) -> T {
        let (sender, receiver) = mpsc::channel();
        let mut look = Some(look);
        let probe = Probe(move |context: &Context<'_>| {
            let look = look.take().expect("a study is over once nothing is proposed");
            sender.send(look(context)).unwrap();
        });
        let mut study = Study::new(self.space, Box::new(probe), self.settings).unwrap();
        study.add_known(&self.known).unwrap();
        assert!(study.ask(1).unwrap().is_empty());
        receiver.recv().unwrap()
    }
}

/// A strategy that inspects the context and proposes nothing.
struct Probe<F>(F);

impl<F> Debug for Probe<F> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Probe")
    }
}

impl<F: FnMut(&Context<'_>) + Send> Strategy for Probe<F> {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        (self.0)(context);
        Ok(Vec::new())
    }
}

/// Returns a value that increases with the index of each choice.
fn value(arch: &Arch) -> f64 {
    arch.choices().iter().fold(0.0, |value, &choice| 1.5 * value + f64::from(choice))
}

/// Returns an architecture of [`Fixture::new`]'s space.
pub(crate) fn cell(choices: [u8; 6]) -> Arch {
    Arch::from_choices(&NasBench201::default(), &choices).unwrap()
}

/// Returns a cheap configuration: the guide is a discriminator alone, and the generator is the only
/// source of candidates, used in every round.
pub(crate) fn small() -> TrainerConfig {
    let ranked = TrainerConfig::ranked();
    let (mut judged, mut generated) = (ranked.discriminator.encoder, ranked.generator.encoder);
    (judged.width, judged.layers) = (8, 1);
    (generated.width, generated.layers) = (8, 1);
    TrainerConfig {
        initial: 5,
        per_round: 5,
        truth_size: 4,
        inner_iterations: 1,
        guide: GuideConfig { gaussian_process: false, ..ranked.guide },
        discriminator: DiscriminatorConfig {
            encoder: judged,
            steps: 2,
            batch: 8,
            batch_from_truth: 4,
            ..ranked.discriminator
        },
        generator: GeneratorConfig {
            encoder: generated,
            ppo: PpoConfig { updates: 1, episodes: 8, epochs: 1, ..ranked.generator.ppo },
            ..ranked.generator
        },
        candidates: CandidateConfig {
            generator_samples: 30,
            neighbours_of: 0,
            evolution_generations: 0,
            evolution_population: 20,
            generator_earns: false,
            ..ranked.candidates
        },
    }
}

/// Returns [`small`] with some settings changed.
pub(crate) fn small_with(settings: &[&str]) -> TrainerConfig {
    settings.iter().fold(small(), |config, setting| config.with(setting).unwrap())
}
