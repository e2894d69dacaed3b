//! The training of the networks in a round, as in algorithm 2 of the GA-NAS paper.

use ganas_graph::ArchGraph;
use ganas_search::Diagnostic;
use rand::Rng;

use crate::models::Models;
use crate::rewards::rewards;
use crate::round::Round;
use crate::{Selection, TrainerError};

impl Models {
    /// Trains the discriminators and the generator in turn; returns the last loss and the last mean
    /// reward.
    pub(crate) fn train(&mut self, round: &Round<'_>) -> Result<Vec<Diagnostic>, TrainerError> {
        let mut rng = round.context.streams.rng("train", round.context.round, 0);
        let (mut loss, mut reward) = (0.0, 0.0);
        self.guide.update(round);
        self.has_generator = self.wants_generator(round);
        for _ in 0..round.config.inner_iterations {
            if !self.guide.is_process_alone(round.config) {
                loss = self.train_discriminators(round, &mut rng)?;
            }
            self.guide.calibrate(round)?;
            let updates = if self.has_generator { round.config.generator.ppo.updates } else { 0 };
            for _ in 0..updates {
                reward = self.train_generator(round, &mut rng)?;
            }
        }
        Ok(vec![("discriminator_loss", loss), ("reward", reward)])
    }

    /// Returns true if the generator is to be trained and used in this round.
    fn wants_generator(&self, round: &Round<'_>) -> bool {
        let config = &round.config.candidates;
        if config.generator_samples == 0 || !config.generator_earns {
            return config.generator_samples > 0 || config.selection == Selection::Sampled;
        }
        if self.guide.is_process_alone(round.config) {
            return false;
        }
        let share = self.guide.lessons.credit.share_of_rounds();
        round.context.streams.rng("generator-turn", round.context.round, 0).random_bool(share)
    }

    /// Trains the discriminators for some steps, or for more steps if their weights are still
    /// random; returns the mean loss.
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
        self.guide.discriminators.train(round.measured, &round.truth, &fakes, steps, rng)
    }

    /// Samples graphs from the generator for the adversarial loss; none if that loss has no weight.
    fn fakes(&self, round: &Round<'_>, rng: &mut impl Rng) -> Result<Vec<ArchGraph>, TrainerError> {
        let config = &round.config.discriminator;
        if config.adversarial_weight <= 0.0 {
            return Ok(Vec::new());
        }
        let rollout = self.generator.sample(round.context.space, config.batch, rng)?;
        Ok(round.graphs(&rollout.archs))
    }

    /// Updates the generator once, on new episodes; returns their mean reward.
    fn train_generator(
        &mut self,
        round: &Round<'_>,
        rng: &mut impl Rng,
    ) -> Result<f64, TrainerError> {
        let Round { context, config, .. } = *round;
        let episodes = config.generator.ppo.episodes;
        let rollout = self.generator.sample(context.space, episodes, rng)?;
        let rewards = rewards(context, config.generator.novelty, &rollout.archs, |archs| {
            self.guide.scores(round, archs)
        })?;
        self.generator.learn(&rollout, &rewards)?;
        Ok(rewards.iter().sum::<f64>() / rewards.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use ganas_search::{Context, Direction, Objective};

    use super::*;
    use crate::TrainerConfig;
    use crate::fixture::{Fixture, small, small_with};
    use crate::truth::Measured;

    /// Applies `look` to untrained models and a round after eight measurements.
    fn with_models<T: Send + 'static>(
        config: TrainerConfig,
        look: impl FnOnce(&mut Models, &Round<'_>) -> T + Send + 'static,
    ) -> T {
        Fixture::new().knowing_random(8).with_context(move |context| {
            let mut measured = Measured::default();
            measured.update(context);
            let mut models = Models::new(context.space, &config, context.streams).unwrap();
            look(&mut models, &Round::new(context, &config, &measured))
        })
    }

    fn steps(models: &Models) -> Vec<i32> {
        let discriminators = models.guide.discriminators.optimisers();
        discriminators.chain([models.generator.optimiser()]).map(ganas_gnn::Adam::steps).collect()
    }

    #[test]
    fn only_the_first_steps_of_all_are_multiplied() {
        let config = small_with(&[
            "discriminator.first_steps_factor=4",
            "discriminator.steps=3",
            "discriminator.count=2",
            "inner_iterations=2",
            "generator.ppo.updates=5",
            "generator.ppo.epochs=2",
        ]);
        let (first, second) = with_models(config, |models, round| {
            models.train(round).unwrap();
            let first = steps(models);
            models.train(round).unwrap();
            (first, steps(models))
        });
        assert_eq!(first, [4 * 3 + 3, 4 * 3 + 3, 2 * 5 * 2]);
        assert_eq!(second, [15 + 2 * 3, 15 + 2 * 3, 2 * 20]);
    }

    #[test]
    fn a_generator_that_need_not_earn_its_place_has_every_round() {
        let is_trained = |earns| {
            // With several objectives, only the process scores candidates.
            let mut fixture = Fixture::new().knowing_random(8);
            let (metric, direction) = ("params".into(), Direction::Minimise);
            fixture.settings.objectives = vec![Objective { metric, direction }];
            let config = small_with(&[earns, "guide.gaussian_process=true"]);
            fixture.with_context(move |context| {
                let mut measured = Measured::default();
                measured.update(context);
                let mut models = Models::new(context.space, &config, context.streams).unwrap();
                models.train(&Round::new(context, &config, &measured)).unwrap();
                models.has_generator
            })
        };
        assert!(is_trained("candidates.generator_earns=false"));
        assert!(!is_trained("candidates.generator_earns=true"), "nothing rewards it");
    }

    #[test]
    fn only_the_adversarial_loss_needs_fakes() {
        let counted = |weight| {
            let config = small_with(&[weight, "discriminator.batch=6"]);
            with_models(config, |models, round| {
                let mut rng = round.context.streams.rng("train", 0, 0);
                let untouched = rng.clone();
                (models.fakes(round, &mut rng).unwrap().len(), rng == untouched)
            })
        };
        assert_eq!(counted("discriminator.adversarial_weight=0.0"), (0, true));
        assert_eq!(counted("discriminator.adversarial_weight=0.5"), (6, false));
    }

    #[test]
    fn each_loss_makes_a_step_if_it_has_a_weight() {
        let made = |ranking, adversarial| {
            with_models(small_with(&[ranking, adversarial]), |models, round| {
                let loss = models.train(round).unwrap()[0].1;
                (steps(models)[0], loss > 0.0)
            })
        };
        let (ranking, adversarial) =
            ("discriminator.ranking_weight=1.0", "discriminator.adversarial_weight=1.0");
        let (no_ranking, no_adversarial) =
            ("discriminator.ranking_weight=0.0", "discriminator.adversarial_weight=0.0");
        let first = 2 * 3;
        assert_eq!(made(ranking, no_adversarial), (first, true));
        assert_eq!(made(no_ranking, adversarial), (first, true));
        assert_eq!(made(ranking, adversarial), (2 * first, true));
        assert_eq!(made(no_ranking, no_adversarial), (0, false));
    }

    #[test]
    fn loss_and_reward_are_finite_round_after_round() {
        let config = small_with(&[
            "discriminator.adversarial_weight=1.0",
            "generator.novelty=free",
            "inner_iterations=3",
        ]);
        let rounds = with_models(config, |models, round| {
            let round_of = |number| {
                let context = Context { round: number, ..*round.context };
                models.train(&Round::new(&context, round.config, round.measured)).unwrap()
            };
            (0..5).map(round_of).collect::<Vec<_>>()
        });
        for diagnostics in rounds {
            let [("discriminator_loss", loss), ("reward", reward)] = diagnostics[..] else {
                panic!("{diagnostics:?}")
            };
            assert!(loss.is_finite() && loss > 0.0, "{loss}");
            assert!((0.0..=1.0).contains(&reward), "{reward} is a mean of probabilities");
        }
    }

    #[test]
    fn the_loss_falls() {
        let config = small_with(&["discriminator.steps=40"]);
        let (first, second) = with_models(config, |models, round| {
            let mut loss = || models.train(round).unwrap()[0].1;
            (loss(), loss())
        });
        assert!(second < 0.8 * first, "{first} {second}");
    }

    #[test]
    fn the_generator_moves_to_what_the_discriminators_like() {
        // The discriminators stay unchanged.
        let config = small_with(&[
            "discriminator.steps=0",
            "generator.reward=logit",
            "generator.novelty=free",
            "generator.adam.learning_rate=0.01",
            "generator.ppo.episodes=64",
            "generator.ppo.epochs=4",
        ]);
        let (first, last) = with_models(config, |models, round| {
            let mut reward = || models.train(round).unwrap()[1].1;
            let first = reward();
            (first, (0..20).map(|_| reward()).last().unwrap())
        });
        assert!(last > first + 0.01, "{first} {last}");
    }

    #[test]
    fn what_is_measured_is_not_rewarded() {
        let reward = |novelty| {
            // All eight architectures of the space are measured.
            let fixture = Fixture::tiny();
            let all: Vec<_> = ganas_graph::moves::enumerate(&*fixture.space).collect();
            fixture.knowing(all).with_context(move |context| {
                let config = small_with(&[novelty, "generator.ppo.episodes=64"]);
                let mut measured = Measured::default();
                measured.update(context);
                let mut models = Models::new(context.space, &config, context.streams).unwrap();
                models.train(&Round::new(context, &config, &measured)).unwrap()[1].1
            })
        };
        assert!(reward("generator.novelty=study") < reward("generator.novelty=free"));
    }

    #[test]
    fn equal_streams_train_alike() {
        let trained = |round: u64| {
            with_models(small(), move |models, before| {
                let context = Context { round, ..*before.context };
                models.train(&Round::new(&context, before.config, before.measured)).unwrap();
                models.checkpoint().unwrap()
            })
        };
        assert!(trained(3) == trained(3));
        assert!(trained(3) != trained(4), "each round has a stream of its own");
    }
}
