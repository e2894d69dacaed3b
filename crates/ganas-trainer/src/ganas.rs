//! The GA-NAS strategy. It first proposes random architectures, or good ones of related tasks. In
//! each later round, it trains its models and proposes architectures with their help.

use std::error::Error;

use ganas_graph::SearchSpace;
use ganas_search::{
    Context, Diagnostic, Evaluated, Partial, Proposal, Strategy, StrategyEntry, StrategyError,
};

use crate::guide::promising;
use crate::models::Models;
use crate::round::Round;
use crate::truth::{Measured, learnt};
use crate::{ConfigError, TrainerConfig, TrainerError, checkpoint, full_evaluations};

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
    /// The search over full evaluations only, used while cheap evaluations make no progress.
    full: Option<Box<GaNas>>,
    diagnostics: Vec<Diagnostic>,
}

impl GaNas {
    /// The registry entry of GA-NAS with the settings [`TrainerConfig::ranked`].
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "ganas",
        description: "GA-NAS, guided by a Gaussian process and by a discriminator that is trained to rank the measured architectures",
        has_settings: true,
        build: |settings| build("ganas", TrainerConfig::ranked(), settings),
    };

    /// The registry entry of GA-NAS with the settings [`TrainerConfig::paper`].
    pub const PAPER: StrategyEntry = StrategyEntry {
        name: "ganas-paper",
        description: "GA-NAS as described in its paper, with the settings of the paper's setup 1",
        has_settings: true,
        build: |settings| build("ganas-paper", TrainerConfig::paper(), settings),
    };

    /// The registry entry of GA-NAS with the settings [`TrainerConfig::paper_setup_2`].
    pub const PAPER_SETUP_2: StrategyEntry = StrategyEntry {
        name: "ganas-paper-2",
        description: "GA-NAS as described in its paper, with the settings of the paper's setup 2",
        has_settings: true,
        build: |settings| build("ganas-paper-2", TrainerConfig::paper_setup_2(), settings),
    };

    /// The registry entry for the search that uses only the Gaussian process, with the settings
    /// [`TrainerConfig::gaussian_process`].
    pub const GAUSSIAN_PROCESS: StrategyEntry = StrategyEntry {
        name: "gaussian-process",
        description: "Bayesian optimisation with the Gaussian process of `ganas`, without its generator and discriminator",
        has_settings: true,
        build: |settings| build("gaussian-process", TrainerConfig::gaussian_process(), settings),
    };

    /// Returns a new strategy, which has not seen any measurements. `name` is the strategy's name
    /// in reports.
    ///
    /// # Errors
    /// If a setting is invalid.
    pub fn new(name: &'static str, config: TrainerConfig) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self::checked(name, config))
    }

    fn checked(name: &'static str, config: TrainerConfig) -> Self {
        let (measured, diagnostics) = (Measured::default(), Vec::new());
        Self { name, config, models: None, measured, full: None, diagnostics }
    }

    fn failure(&self, error: TrainerError) -> StrategyError {
        StrategyError { strategy: self.name.into(), source: error.into() }
    }

    /// Proposes the architectures to measure before the first training. They are random. If related
    /// tasks exist and the guide has a Gaussian process, however, half of them are those predicted
    /// to be best from the results of these tasks.
    fn initial(
        &mut self,
        context: &Context<'_>,
        missing: usize,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let missing = missing.min(context.at_most);
        let mut rng = context.streams.rng("initial", context.round, 0);
        if context.related.is_empty() || !self.config.guide.gaussian_process {
            return Ok(context.sample_open(missing, &[], &mut rng));
        }
        let models = match &mut self.models {
            Some(models) => models,
            none => none.insert(Models::new(context.space, &self.config, context.streams)?),
        };
        let mut chosen = models.propose_from_related_tasks(context, missing.div_ceil(2), &mut rng);
        let taken: Vec<_> = chosen.iter().map(Proposal::key).collect();
        chosen.extend(context.sample_open(missing - chosen.len(), &taken, &mut rng));
        Ok(chosen)
    }

    fn round(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, TrainerError> {
        if full_evaluations::is_due(context, &self.config) {
            return self.full_round(context);
        }
        self.measured.update(context);
        let models = match &mut self.models {
            Some(models) => models,
            none => none.insert(Models::new(context.space, &self.config, context.streams)?),
        };
        let round = Round::new(context, &self.config, &self.measured);
        self.diagnostics = models.train(&round)?;
        models.propose(&round, &mut self.diagnostics)
    }

    /// Runs a round of the search over full evaluations; this search ignores partial ones.
    fn full_round(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, TrainerError> {
        let full = self.full();
        let proposals = full.round(&Context { fidelity: None, ..*context })?;
        self.diagnostics = full.diagnostics();
        Ok(proposals.into_iter().map(Proposal::at_top).collect())
    }

    fn full(&mut self) -> &mut Self {
        let Self { name, config, full, .. } = self;
        full.get_or_insert_with(|| Box::new(Self::checked(name, config.clone())))
    }
}

impl Strategy for GaNas {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let history = context.history;
        let missing = self.config.initial.saturating_sub(history.evaluated(0).count());
        // Models need two values to compare, feasible or not.
        let has_value = |evaluated: &Evaluated<'_>| {
            let (arch, found) = learnt(context, *evaluated);
            found.and_then(|found| context.scores(arch, found)).is_some()
        };
        let valued = history.evaluated(0).filter(has_value).take(2).count();
        let missing = missing.max(2 - valued);
        if missing > 0 {
            return self.initial(context, missing).map_err(|error| self.failure(error));
        }
        self.round(context).map_err(|error| self.failure(error))
    }

    fn promote(
        &self,
        context: &Context<'_>,
        candidates: &[&Partial],
        count: usize,
    ) -> Result<Vec<usize>, StrategyError> {
        let guide = &self.config.guide;
        if !guide.gaussian_process || !context.objectives.is_empty() {
            return Ok(Vec::new());
        }
        Ok(promising(context, candidates, count).unwrap_or_default())
    }

    /// Returns the weights and Adam moments as safetensors; empty before the models are created.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        let models = self.models.as_ref().map_or(Ok(Vec::new()), Models::checkpoint);
        let models = models.map_err(|error| self.failure(error))?;
        let Some(full) = &self.full else { return Ok(models) };
        checkpoint::join(&models, &full.checkpoint()?).map_err(|error| self.failure(error))
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some((models, full)) = checkpoint::split(bytes) {
            self.full().restore(space, full)?;
            return self.restore(space, models);
        }
        let restored = Models::restored(space, &self.config, bytes);
        self.models = Some(restored.map_err(|error| self.failure(error))?);
        Ok(())
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.clone()
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

#[cfg(test)]
mod tests {
    use ganas_search::{Direction, RelatedTask};

    use super::*;
    use crate::fixture::{Fixture, cell, small, small_with};

    fn strategy() -> GaNas {
        GaNas::new("ganas", small()).unwrap()
    }

    fn sources(proposals: &[Proposal]) -> Vec<&'static str> {
        proposals.iter().map(Proposal::source).collect()
    }

    /// Returns the first proposals and the diagnostics of a new strategy that starts with five
    /// proposals.
    fn first(fixture: Fixture) -> (Vec<Proposal>, Vec<Diagnostic>) {
        fixture.with_context(|context| {
            let mut strategy = strategy();
            (strategy.ask(context).unwrap(), strategy.diagnostics())
        })
    }

    #[test]
    fn chance_begins_with_what_is_missing() {
        for (known, missing) in [(0, 5), (3, 2), (4, 1)] {
            let (proposals, diagnostics) = first(Fixture::new().knowing_random(known));
            assert_eq!(sources(&proposals), vec!["random"; missing]);
            assert!(diagnostics.is_empty(), "nothing is trained yet");
        }
    }

    #[test]
    fn chance_keeps_to_the_queries_that_are_left() {
        let (proposals, _) = first(Fixture::new().at_most(2).knowing_random(1));
        assert_eq!(sources(&proposals), ["random"; 2]);
    }

    #[test]
    fn chance_repeats_nothing_and_keeps_the_constraints() {
        let fixture = Fixture::new().limited("params=0.2").knowing([crate::fixture::cell([1; 6])]);
        let all_open = fixture.with_context(|context| {
            let proposals = strategy().ask(context).unwrap();
            proposals.len() == 4 && proposals.iter().all(|proposal| context.is_open(proposal))
        });
        assert!(all_open);
    }

    #[test]
    fn models_begin_when_enough_is_known() {
        let (proposals, diagnostics) = first(Fixture::new().knowing_random(5));
        assert_eq!(sources(&proposals), ["generator"; 5]);
        let names: Vec<_> = diagnostics.iter().map(|(name, _)| *name).collect();
        let expected = ["discriminator_loss", "reward", "entropy", "novelty", "divergence"];
        assert_eq!(names, expected);
        assert!(diagnostics.iter().all(|(_, value)| value.is_finite()), "{diagnostics:?}");
    }

    #[test]
    fn equal_seeds_propose_alike() {
        let of = |seed, known| first(Fixture::new().seeded(seed).knowing_random(known));
        for known in [0, 5] {
            assert_eq!(of(3, known), of(3, known));
            assert_ne!(of(3, known), of(4, known));
        }
    }

    /// Returns a cheap configuration with the complete guide.
    fn guided() -> TrainerConfig {
        small_with(&[
            "guide.gaussian_process=true",
            "candidates.neighbours_of=2",
            "candidates.evolution_generations=2",
            "candidates.generator_earns=true",
        ])
    }

    #[test]
    fn a_restored_strategy_goes_on_alike() {
        for config in [small(), guided()] {
            Fixture::new().knowing_random(13).with_context(move |context| {
                let new = || GaNas::new("ganas", config.clone()).unwrap();
                let next = |strategy: &mut GaNas| {
                    let context = Context { round: 1, ..*context };
                    (strategy.ask(&context).unwrap(), strategy.diagnostics())
                };
                let mut whole = new();
                whole.ask(context).unwrap();
                let bytes = whole.checkpoint().unwrap();
                let mut restored = new();
                restored.restore(context.space, &bytes).unwrap();
                let expected = next(&mut whole);
                assert_eq!(next(&mut restored), expected);
                assert_ne!(next(&mut new()), expected, "the checkpoint matters");
            });
        }
    }

    #[test]
    fn proposals_keep_what_each_model_said() {
        let (proposals, _) = Fixture::new().knowing_random(8).with_context(|context| {
            let mut strategy = GaNas::new("ganas", guided()).unwrap();
            (strategy.ask(context).unwrap(), strategy.diagnostics())
        });
        assert_eq!(proposals.len(), 5);
        for proposal in &proposals {
            let names: Vec<_> = proposal.predictions().iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["discriminator", "gaussian_process", "deviation", "score"]);
            assert!(proposal.predictions().iter().all(|(_, said)| said.is_finite()));
        }
    }

    #[test]
    fn equal_values_are_no_trouble() {
        let mut fixture = Fixture::new().knowing_random(8);
        for (_, measurement) in &mut fixture.known {
            measurement.value = 7.0;
        }
        let proposals = fixture
            .with_context(|context| GaNas::new("ganas", guided()).unwrap().ask(context).unwrap());
        assert_eq!(proposals.len(), 5);
    }

    #[test]
    fn another_task_is_asked_first() {
        // A related task of the same space in which 3 × 3 convolutions are good.
        let task = |sign: f64| {
            let archs = (0..40_u8).map(|at| {
                let choices = [at % 5, at / 5 % 5, at % 3, at % 4, (at + 2) % 5, at % 2];
                let value = choices.iter().filter(|choice| **choice == 3).count() as f64;
                (cell(choices), Direction::Maximise.score(sign * value))
            });
            RelatedTask { name: "other".into(), trials: archs.collect() }
        };
        for (sign, expected) in [(1.0, true), (-1.0, false)] {
            let mut fixture = Fixture::new();
            fixture.settings.related = vec![task(sign)];
            let proposals = fixture.with_context(|context| {
                GaNas::new("ganas", guided()).unwrap().ask(context).unwrap()
            });
            assert_eq!(sources(&proposals)[..3], ["related"; 3]);
            assert_eq!(sources(&proposals)[3..], ["random"; 2]);
            let convolutions = |proposal: &Proposal| {
                proposal.arch().choices().iter().filter(|it| **it == 3).count()
            };
            let most: usize = proposals[..3].iter().map(convolutions).sum();
            assert_eq!(most > 4, expected, "{proposals:?}");
        }
    }

    #[test]
    fn nothing_is_restored_from_a_checkpoint_of_nothing() {
        Fixture::new().knowing_random(5).with_context(|context| {
            let (mut new, mut restored) = (strategy(), strategy());
            restored.restore(context.space, &new.checkpoint().unwrap()).unwrap();
            assert_eq!(restored.ask(context).unwrap(), new.ask(context).unwrap());
        });
    }

    #[test]
    fn failures_name_the_strategy() {
        let config = small_with(&["discriminator.ranking_weight=1e300"]);
        let error = Fixture::new().knowing_random(5).with_context(|context| {
            GaNas::new("some-name", config).unwrap().ask(context).unwrap_err().to_string()
        });
        assert!(error.contains("some-name"), "{error}");
    }

    #[test]
    fn the_gaussian_process_alone_asks_no_discriminator() {
        let proposals = Fixture::new().knowing_random(12).with_context(|context| {
            let config = TrainerConfig::gaussian_process();
            GaNas::new("gaussian-process", config).unwrap().ask(context).unwrap()
        });
        for proposal in proposals {
            let names: Vec<_> = proposal.predictions().iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["gaussian_process", "deviation", "score"]);
        }
    }

    #[test]
    fn entries_build_with_settings() {
        for entry in [GaNas::ENTRY, GaNas::PAPER, GaNas::PAPER_SETUP_2, GaNas::GAUSSIAN_PROCESS] {
            let build = |setting: &str| (entry.build)(&[setting.to_owned()]);
            assert_eq!(build("per_round=3").unwrap().name(), entry.name);
            let error = build("per_round=0").unwrap_err().to_string();
            assert_eq!(error, "per_round: expected at least 1, found 0");
            let error = build("per_rounds=3").unwrap_err().to_string();
            assert!(error.contains("found `per_rounds`"), "{error}");
        }
    }
}
