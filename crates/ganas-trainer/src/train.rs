//! A round's training: algorithm 2 of the paper.

use ganas_graph::ArchGraph;
use ganas_search::Diagnostic;
use rand::Rng;

use crate::TrainerError;
use crate::models::Models;
use crate::rewards::rewards;
use crate::round::Round;

impl Models {
    /// Discriminators and generator in turn; gives the last loss and the last mean reward.
    pub(crate) fn train(&mut self, round: &Round<'_>) -> Result<Vec<Diagnostic>, TrainerError> {
        let mut rng = round.context.streams.rng("train", round.context.round, 0);
        let (mut loss, mut reward) = (0.0, 0.0);
        for _ in 0..round.config.inner_iterations {
            loss = self.train_discriminators(round, &mut rng)?;
            for _ in 0..round.config.generator.ppo.updates {
                reward = self.train_generator(round, &mut rng)?;
            }
        }
        Ok(vec![("discriminator_loss", loss), ("reward", reward)])
    }

    /// Some steps, more of them from random weights; gives the mean loss.
    fn train_discriminators(
        &mut self,
        round: &Round<'_>,
        rng: &mut impl Rng,
    ) -> Result<f64, TrainerError> {
        let config = &round.config.discriminator;
        let factor = if self.trained { 1 } else { config.first_steps_factor };
        self.trained = true;
        let fakes = self.fakes(round, rng)?;
        let steps = config.steps * factor;
        self.discriminators.train(round.measured, &round.truth, &fakes, steps, rng)
    }

    /// What the generator would pass for the truth set; nothing where no loss needs it.
    fn fakes(&self, round: &Round<'_>, rng: &mut impl Rng) -> Result<Vec<ArchGraph>, TrainerError> {
        let config = &round.config.discriminator;
        if config.adversarial_weight <= 0.0 {
            return Ok(Vec::new());
        }
        let rollout = self.generator.sample(round.context.space, config.batch, rng)?;
        Ok(round.graphs(&rollout.archs))
    }

    /// One update on fresh episodes; gives what they earned on average.
    fn train_generator(
        &mut self,
        round: &Round<'_>,
        rng: &mut impl Rng,
    ) -> Result<f64, TrainerError> {
        let Round { context, config, .. } = *round;
        let episodes = config.generator.ppo.episodes;
        let rollout = self.generator.sample(context.space, episodes, rng)?;
        let rewards = rewards(context, config.generator.novelty, &rollout.archs, |archs| {
            self.score(round, archs)
        })?;
        self.generator.learn(&rollout, &rewards)?;
        Ok(rewards.iter().sum::<f64>() / rewards.len() as f64)
    }
}
