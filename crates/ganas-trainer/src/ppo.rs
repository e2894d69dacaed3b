//! The generator and its training by proximal policy optimisation.

use candle_core::{Device, Result, Tensor};
use ganas_gnn::{Adam, Generator, Rollout, Weights};
use ganas_graph::{Arch, SearchSpace};
use ganas_search::Streams;
use rand::Rng;

use crate::error::InLoss;
use crate::{GeneratorConfig, PpoConfig, TrainerError};

/// The generator, its optimiser and the settings of its training.
#[derive(Debug)]
pub(crate) struct GeneratorPolicy {
    model: Generator,
    optimiser: Adam,
    config: PpoConfig,
}

impl GeneratorPolicy {
    pub(crate) fn new(
        space: &dyn SearchSpace,
        config: &GeneratorConfig,
        streams: Streams,
    ) -> std::result::Result<Self, TrainerError> {
        let rng = streams.rng("generator", 0, 0);
        let (model, weights) =
            Weights::draw(rng, |vb| Generator::new(space, config.encoder, config.edge_head, &vb))?;
        let optimiser = Adam::new(&weights, config.adam);
        Ok(Self { model, optimiser, config: config.ppo.clone() })
    }

    pub(crate) fn optimiser(&self) -> &Adam {
        &self.optimiser
    }

    pub(crate) fn optimiser_mut(&mut self) -> &mut Adam {
        &mut self.optimiser
    }

    pub(crate) fn sample(
        &self,
        space: &dyn SearchSpace,
        count: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> std::result::Result<Rollout, TrainerError> {
        Ok(self.model.sample(space, count, rng)?)
    }

    /// Returns the log probability, in nats, with which the generator samples each architecture. A
    /// numeric decision contributes the probability of the part of the range that contains the
    /// number.
    pub(crate) fn log_probabilities(
        &self,
        space: &dyn SearchSpace,
        archs: &[Arch],
    ) -> std::result::Result<Vec<f64>, TrainerError> {
        Ok(self.model.follow(space, archs)?.log_probabilities())
    }

    /// Performs one policy update from episodes and their rewards.
    pub(crate) fn learn(
        &mut self,
        rollout: &Rollout,
        rewards: &[f64],
    ) -> std::result::Result<(), TrainerError> {
        let batch = Batch::new(rollout, rewards).in_loss("ppo loss")?;
        let replay = self.model.replay(rollout)?;
        for _ in 0..self.config.epochs {
            let policy = self.model.policy(&replay)?;
            let loss = || {
                let gain = batch.surrogate(&policy.log_probabilities, self.config.clip)?;
                let error = (policy.values - &batch.returns)?.sqr()?.mean_all()?;
                let entropy = policy.entropies.mean_all()?;
                ((error * self.config.value_weight)? - gain)?
                    - (entropy * self.config.entropy_weight)?
            };
            self.optimiser.descend(&loss().in_loss("ppo loss")?, "ppo loss")?;
        }
        Ok(())
    }
}

/// Data that stay fixed while the policy is updated; all tensors are `[transitions]`.
struct Batch {
    log_probabilities: Tensor,
    advantages: Tensor,
    returns: Tensor,
}

impl Batch {
    /// Creates the batch. An episode is rewarded at its end, without discount, so each of its
    /// choices has the episode's reward as its return.
    fn new(rollout: &Rollout, rewards: &[f64]) -> Result<Self> {
        let (mut log_probabilities, mut advantages, mut returns) = (vec![], vec![], vec![]);
        for (episode, &reward) in rollout.episodes.iter().zip(rewards) {
            for choice in episode {
                log_probabilities.push(choice.log_probability);
                advantages.push(reward as f32 - choice.value);
                returns.push(reward as f32);
            }
        }
        standardise(&mut advantages);
        let tensor = |values: Vec<f32>| Tensor::new(values, &Device::Cpu);
        Ok(Self {
            log_probabilities: tensor(log_probabilities)?,
            advantages: tensor(advantages)?,
            returns: tensor(returns)?,
        })
    }

    /// Computes the mean of `min(ratio · advantage, clip(ratio) · advantage)`.
    fn surrogate(&self, log_probabilities: &Tensor, clip: f64) -> Result<Tensor> {
        let ratio = (log_probabilities - &self.log_probabilities)?.exp()?;
        let clipped = ratio.clamp(1.0 - clip, 1.0 + clip)?;
        (ratio * &self.advantages)?.minimum(&(clipped * &self.advantages)?)?.mean_all()
    }
}

/// Standardises the values to mean 0 and standard deviation 1.
fn standardise(values: &mut [f32]) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    for value in values {
        *value = (*value - mean) / (variance.sqrt() + 1e-6);
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::TrainerConfig;

    #[test]
    fn ratios_beyond_the_clip_gain_nothing() {
        let tensor = |values: [f32; 3]| Tensor::new(&values, &Device::Cpu).unwrap();
        let batch = Batch {
            log_probabilities: tensor([0.0, 0.0, 0.0]),
            advantages: tensor([1.0, 1.0, -1.0]),
            returns: tensor([0.0, 0.0, 0.0]),
        };
        let ratios = [1.1_f32, 1.5, 1.5].map(f32::ln);
        let gain = batch.surrogate(&tensor(ratios), 0.2).unwrap().to_scalar::<f32>().unwrap();
        assert!((gain - (1.1 + 1.2 - 1.5) / 3.0).abs() < 1e-5, "{gain}");
    }

    #[test]
    fn standardised_values_have_mean_0_and_deviation_1() {
        let mut values = [1.0, 2.0, 3.0, 6.0];
        standardise(&mut values);
        assert!(values.iter().sum::<f32>().abs() < 1e-5);
        assert!((values.iter().map(|value| value * value).sum::<f32>() / 4.0 - 1.0).abs() < 1e-4);
    }

    #[test]
    fn the_policy_moves_to_what_earns() {
        let (space, streams) = (NasBench201::default(), Streams::new(3));
        let config = TrainerConfig::ranked().generator;
        let mut generator = GeneratorPolicy::new(&space, &config, streams).unwrap();
        let mut rng = streams.rng("train", 0, 0);
        let mut means = Vec::new();
        for _ in 0..40 {
            let rollout = generator.sample(&space, 64, &mut rng).unwrap();
            let share =
                |choices: &[u8]| choices.iter().filter(|choice| **choice == 3).count() as f64 / 6.0;
            let rewards: Vec<_> = rollout.archs.iter().map(|arch| share(arch.choices())).collect();
            means.push(rewards.iter().sum::<f64>() / 64.0);
            generator.learn(&rollout, &rewards).unwrap();
        }
        assert!(means[0] < 0.35 && means[39] > 0.9, "{means:?}");

        // Without rewards, a weight of the entropy makes the choices more diverse again.
        generator.config.entropy_weight = 1.0;
        for _ in 0..40 {
            let rollout = generator.sample(&space, 64, &mut rng).unwrap();
            generator.learn(&rollout, &[0.0; 64]).unwrap();
        }
        let archs = generator.sample(&space, 64, &mut rng).unwrap().archs;
        let chosen = archs.iter().flat_map(Arch::choices).filter(|choice| **choice == 3).count();
        assert!(chosen < 64 * 6 / 2, "{chosen}");
    }
}
