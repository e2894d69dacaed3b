//! GA-NAS as a strategy: chance first, then training and proposing, round by round.

use std::error::Error;

use ganas_graph::SearchSpace;
use ganas_search::{Context, Diagnostic, Proposal, Strategy, StrategyEntry, StrategyError};

use crate::models::Models;
use crate::round::Round;
use crate::truth::Measured;
use crate::{ConfigError, TrainerConfig, TrainerError};

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
        let round = Round::new(context, &self.config, &self.measured);
        self.diagnostics = models.train(&round)?;
        models.propose(&round, &mut self.diagnostics)
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
