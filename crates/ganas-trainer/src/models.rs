//! The networks of a search, and how they are created, saved in checkpoints and restored.

use ganas_graph::SearchSpace;
use ganas_search::Streams;

use crate::checkpoint;
use crate::guide::Guide;
use crate::ppo::GeneratorPolicy;
use crate::{TrainerConfig, TrainerError};

/// The guide and the generator; each of their networks has its own optimiser.
///
/// `train.rs` trains the models, and `propose.rs` uses them to make proposals.
#[derive(Debug)]
pub(crate) struct Models {
    pub(crate) guide: Guide,
    pub(crate) generator: GeneratorPolicy,
    /// Whether the guide's networks, the discriminators, have been trained at least once.
    pub(crate) trained: bool,
    /// Whether the generator is trained and used in this round.
    pub(crate) has_generator: bool,
}

impl Models {
    /// Creates models with random weights.
    pub(crate) fn new(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        streams: Streams,
    ) -> Result<Self, TrainerError> {
        let guide = Guide::new(space, config, streams)?;
        let generator = GeneratorPolicy::new(space, &config.generator, streams)?;
        Ok(Self { guide, generator, trained: false, has_generator: true })
    }

    /// Restores the models written by [`Models::checkpoint`].
    pub(crate) fn restored(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        bytes: &[u8],
    ) -> Result<Self, TrainerError> {
        // The random weights are replaced below.
        let mut models = Self::new(space, config, Streams::new(0))?;
        let discriminators = models.guide.discriminators.optimisers_mut();
        let mut all: Vec<_> = discriminators.chain([models.generator.optimiser_mut()]).collect();
        let read = checkpoint::read(bytes, &mut all)?;
        models.trained = read.trained;
        models.guide.lessons = read.lessons;
        Ok(models)
    }

    /// Returns, as bytes, the state of all models and what the guide has learnt about their
    /// accuracy.
    pub(crate) fn checkpoint(&self) -> Result<Vec<u8>, TrainerError> {
        let discriminators = self.guide.discriminators.optimisers();
        let all: Vec<_> = discriminators.chain([self.generator.optimiser()]).collect();
        checkpoint::write(&all, self.trained, &self.guide.lessons)
    }
}
