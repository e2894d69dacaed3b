//! GA-NAS as a strategy: training and proposing, round by round.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;

use ganas_graph::{Arch, ArchGraph, SearchSpace};
use ganas_search::{
    Context, Diagnostic, Proposal, Strategy, StrategyEntry, StrategyError, Streams,
};

use crate::candidates::{Pool, choose};
use crate::checkpoint;
use crate::discrimination::Judges;
use crate::ppo::Player;
use crate::truth::{Measured, trials};
use crate::{ConfigError, Novelty, Selection, TrainerConfig, TrainerError};

/// The GA-NAS strategy.
///
/// ```
/// use ganas_trainer::{GaNas, TrainerConfig};
/// let strategy = GaNas::new("ganas", TrainerConfig::ranked())?;
/// # Ok::<(), ganas_trainer::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct GaNas {
    name: &'static str,
    config: TrainerConfig,
    models: Option<Models>,
    measured: Measured,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Models {
    judges: Judges,
    player: Player,
    /// Have the weights been trained at all?
    trained: bool,
}

/// What training and choosing a round need to see.
struct Round<'a> {
    context: &'a Context<'a>,
    config: &'a TrainerConfig,
    measured: &'a Measured,
    truth: Vec<usize>,
    truth_graphs: Vec<ArchGraph>,
}

impl GaNas {
    /// GA-NAS with [`TrainerConfig::ranked`], by its name.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "ganas",
        description: "GA-NAS, its discriminator trained to rank all that was measured",
        has_settings: true,
        build: |settings| build("ganas", TrainerConfig::ranked(), settings),
    };

    /// GA-NAS with [`TrainerConfig::paper`], by its name.
    pub const PAPER: StrategyEntry = StrategyEntry {
        name: "ganas-paper",
        description: "GA-NAS as its paper describes it, with the numbers of its setup 1",
        has_settings: true,
        build: |settings| build("ganas-paper", TrainerConfig::paper(), settings),
    };

    /// GA-NAS with [`TrainerConfig::paper_setup_2`], by its name.
    pub const PAPER_SETUP_2: StrategyEntry = StrategyEntry {
        name: "ganas-paper-2",
        description: "GA-NAS as its paper describes it, with the numbers of its setup 2",
        has_settings: true,
        build: |settings| build("ganas-paper-2", TrainerConfig::paper_setup_2(), settings),
    };

    /// A strategy that has seen nothing yet, called `name` in reports.
    ///
    /// # Errors
    /// If a setting makes no sense.
    pub fn new(name: &'static str, config: TrainerConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let (measured, diagnostics) = (Measured::default(), Vec::new());
        Ok(Self { name, config, models: None, measured, diagnostics })
    }

    fn failure(&self, error: TrainerError) -> StrategyError {
        StrategyError { strategy: self.name.into(), source: error.into() }
    }

    fn round(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, TrainerError> {
        self.measured.update(context.space, context.history);
        let models = match &mut self.models {
            Some(models) => models,
            none => none.insert(Models::new(context.space, &self.config, context.streams)?),
        };
        let truth = self.measured.best(self.config.truth_size);
        let truth_graphs = truth.iter().map(|&i| self.measured.graphs[i].clone()).collect();
        let (config, measured) = (&self.config, &self.measured);
        let round = Round { context, config, measured, truth, truth_graphs };
        self.diagnostics = models.train(&round)?;
        models.propose(&round, &mut self.diagnostics)
    }
}

fn build(
    name: &'static str,
    preset: TrainerConfig,
    settings: &[String],
) -> Result<Box<dyn Strategy>, Box<dyn Error + Send + Sync>> {
    let config = settings.iter().try_fold(preset, |config, setting| config.with(setting))?;
    Ok(Box::new(GaNas::new(name, config)?))
}

impl Models {
    fn new(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        streams: Streams,
    ) -> Result<Self, TrainerError> {
        let judges = Judges::new(space, &config.discriminator, streams)?;
        let player = Player::new(space, &config.generator, streams)?;
        Ok(Self { judges, player, trained: false })
    }

    fn checkpoint(&self) -> Result<Vec<u8>, TrainerError> {
        let judges = self.judges.optimisers();
        let all: Vec<_> = judges.chain([self.player.optimiser()]).collect();
        checkpoint::write(&all, self.trained)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), TrainerError> {
        let judges = self.judges.optimisers_mut();
        let mut all: Vec<_> = judges.chain([self.player.optimiser_mut()]).collect();
        self.trained = checkpoint::read(bytes, &mut all)?;
        Ok(())
    }

    /// Algorithm 2: discriminator and generator in turn.
    fn train(&mut self, round: &Round<'_>) -> Result<Vec<Diagnostic>, TrainerError> {
        let Round { context, config, .. } = *round;
        let mut rng = context.streams.rng("train", context.round, 0);
        let (mut loss, mut reward) = (0.0, 0.0);
        for _ in 0..config.inner_iterations {
            let factor = if self.trained { 1 } else { config.discriminator.first_steps_factor };
            self.trained = true;
            let fakes = if config.discriminator.adversarial_weight > 0.0 {
                self.player.sample(context.space, config.discriminator.batch, &mut rng)?.archs
            } else {
                Vec::new()
            };
            let fakes = round.graphs(&fakes);
            let steps = config.discriminator.steps * factor;
            loss = self.judges.train(round.measured, &round.truth, &fakes, steps, &mut rng)?;
            for _ in 0..config.generator.ppo.updates {
                let episodes = config.generator.ppo.episodes;
                let rollout = self.player.sample(context.space, episodes, &mut rng)?;
                let rewards = self.rewards(round, &rollout.archs)?;
                reward = rewards.iter().sum::<f64>() / rewards.len() as f64;
                self.player.learn(&rollout, &rewards)?;
            }
        }
        Ok(vec![("discriminator_loss", loss), ("reward", reward)])
    }

    /// What each episode earns: the discriminators' score, or as little as the worst of the batch if
    /// it is not novel; less than any if it breaks a hard constraint.
    fn rewards(&self, round: &Round<'_>, archs: &[Arch]) -> Result<Vec<f64>, TrainerError> {
        let mut distinct: BTreeMap<&Arch, f64> = archs.iter().map(|arch| (arch, 0.0)).collect();
        let unique: Vec<Arch> = distinct.keys().map(|&arch| arch.clone()).collect();
        for (slot, score) in distinct.values_mut().zip(self.score(round, &unique)?) {
            *slot = score;
        }
        let lowest = distinct.values().copied().fold(f64::INFINITY, f64::min);
        let context = round.context;
        let mut seen = HashSet::new();
        let earns = |arch: &Arch| match round.config.generator.novelty {
            _ if !context.constraints.admit(context.space, arch) => lowest.min(0.0) - 1.0,
            Novelty::Free => distinct[arch],
            _ if context.history.contains(context.key(arch)) => lowest,
            Novelty::Batch if !seen.insert(context.key(arch)) => lowest,
            _ => distinct[arch],
        };
        Ok(archs.iter().map(earns).collect())
    }

    fn score(&self, round: &Round<'_>, archs: &[Arch]) -> Result<Vec<f64>, TrainerError> {
        let reward = round.config.generator.reward;
        self.judges.score(&round.truth_graphs, &round.graphs(archs), reward)
    }

    /// New architectures from all sources, then from chance if they are too few.
    fn propose(
        &self,
        round: &Round<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let Round { context, config, .. } = *round;
        let candidates = &config.candidates;
        let count = config.per_round.min(context.at_most);
        let mut rng = context.streams.rng("candidates", context.round, 0);
        let parents = trials(context.history, &round.truth);
        let mut generated = Pool::new("generator");
        if candidates.generator_samples > 0 {
            let samples = candidates.generator_samples;
            let rollout = self.player.sample(context.space, samples, &mut rng)?;
            diagnostics.push(("entropy", rollout.entropy()));
            for arch in rollout.archs {
                generated.offer(context, arch);
            }
            diagnostics.push(("novelty", generated.proposals.len() as f64 / samples as f64));
        }
        let mut chosen = match candidates.selection {
            Selection::Sampled => generated.proposals.into_iter().take(count).collect(),
            Selection::Ranked => {
                let per_parent = candidates.mutations_per_parent;
                let mutations = Pool::mutations(context, &parents, per_parent, &mut rng);
                let score = |archs: &[Arch]| self.score(round, archs);
                let evolved = Pool::evolved(context, &parents, candidates, score, &mut rng)?;
                let mut pools = Vec::new();
                for (pool, share) in [
                    (generated, candidates.generator_share),
                    (mutations, candidates.mutation_share),
                    (evolved, candidates.evolution_share),
                ] {
                    let scores = self.score(round, &pool.archs())?;
                    pools.push((pool, scores, share));
                }
                choose(pools, count)
            }
        };
        let taken: Vec<_> = chosen.iter().map(Proposal::key).collect();
        let missing = count - chosen.len();
        chosen.extend(context.sample_open(missing, &taken, &mut rng));
        Ok(chosen)
    }
}

impl Round<'_> {
    fn graphs(&self, archs: &[Arch]) -> Vec<ArchGraph> {
        archs.iter().map(|arch| self.context.space.canonical_graph(arch)).collect()
    }
}

impl Strategy for GaNas {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let missing = self.config.initial.saturating_sub(context.history.trials().len());
        if missing > 0 {
            let mut rng = context.streams.rng("initial", context.round, 0);
            return Ok(context.sample_open(missing.min(context.at_most), &[], &mut rng));
        }
        self.round(context).map_err(|error| self.failure(error))
    }

    /// Weights and Adam's moments as safetensors; nothing before the first training.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        self.models
            .as_ref()
            .map_or(Ok(Vec::new()), Models::checkpoint)
            .map_err(|error| self.failure(error))
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        if bytes.is_empty() {
            return Ok(());
        }
        // The weights drawn here are replaced.
        let restored = Models::new(space, &self.config, Streams::new(0))
            .and_then(|mut models| models.restore(bytes).map(|()| models));
        self.models = Some(restored.map_err(|error| self.failure(error))?);
        Ok(())
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.clone()
    }
}
