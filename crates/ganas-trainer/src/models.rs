//! The networks of a search: what they are made of, what they say, and how they are written down.

use ganas_graph::{Arch, SearchSpace};
use ganas_search::Streams;

use crate::checkpoint;
use crate::discriminator::DiscriminatorEnsemble;
use crate::ppo::GeneratorPolicy;
use crate::round::Round;
use crate::{TrainerConfig, TrainerError};

/// Discriminators and generator, each with its optimiser.
///
/// `train.rs` trains them, `propose.rs` has them propose.
#[derive(Debug)]
pub(crate) struct Models {
    pub(crate) discriminators: DiscriminatorEnsemble,
    pub(crate) generator: GeneratorPolicy,
    /// Have the weights been trained at all?
    pub(crate) trained: bool,
}

impl Models {
    /// Random weights.
    pub(crate) fn new(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        streams: Streams,
    ) -> Result<Self, TrainerError> {
        let discriminators = DiscriminatorEnsemble::new(space, &config.discriminator, streams)?;
        let generator = GeneratorPolicy::new(space, &config.generator, streams)?;
        Ok(Self { discriminators, generator, trained: false })
    }

    /// The models that [`Models::checkpoint`] wrote.
    pub(crate) fn restored(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        bytes: &[u8],
    ) -> Result<Self, TrainerError> {
        // The weights drawn here are replaced.
        let mut models = Self::new(space, config, Streams::new(0))?;
        let discriminators = models.discriminators.optimisers_mut();
        let mut all: Vec<_> = discriminators.chain([models.generator.optimiser_mut()]).collect();
        models.trained = checkpoint::read(bytes, &mut all)?;
        Ok(models)
    }

    /// All weights and moments as bytes.
    pub(crate) fn checkpoint(&self) -> Result<Vec<u8>, TrainerError> {
        let discriminators = self.discriminators.optimisers();
        let all: Vec<_> = discriminators.chain([self.generator.optimiser()]).collect();
        checkpoint::write(&all, self.trained)
    }

    /// The discriminators' score of each architecture against the truth set.
    pub(crate) fn score(
        &self,
        round: &Round<'_>,
        archs: &[Arch],
    ) -> Result<Vec<f64>, TrainerError> {
        let reward = round.config.generator.reward;
        self.discriminators.score(&round.truth_graphs, &round.graphs(archs), reward)
    }
}
