//! A policy that consists of independent softmax distributions, one for each decision.

use std::collections::BTreeMap;

use ganas_graph::{Arch, Builder, Decision, Mask, SearchSpace, Subject};
use rand::Rng;

/// A distribution over architectures: one independent softmax per decision, trained with Adam. Kind
/// and subject identify a decision, regardless of its position in the sequence.
#[derive(Debug)]
pub(super) struct Policy {
    learning_rate: f64,
    softmaxes: BTreeMap<Key, Softmax>,
}

type Key = (usize, Subject);

/// A softmax in a checkpoint: kind and subject of its decision, logit and Adam moments of each
/// choice, and number of updates.
pub(super) type StoredSoftmax = (usize, (usize, Option<usize>), Vec<[f64; 3]>, i32);

/// One choice of an architecture, with its decision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    key: Key,
    allowed: Mask,
    choice: u8,
}

impl Policy {
    /// Creates a policy that is uniform over the allowed choices of every decision.
    pub(super) fn uniform(learning_rate: f64) -> Self {
        Self { learning_rate, softmaxes: BTreeMap::new() }
    }

    /// Draws an architecture from the policy.
    pub(super) fn sample(&self, space: &dyn SearchSpace, rng: &mut impl Rng) -> Arch {
        let mut builder = Builder::new(space);
        while let Some(decision) = builder.decision() {
            let choice = self.draw(decision, rng);
            builder.choose(choice).expect("drawn from the mask");
        }
        builder.finish().expect("no decision is left")
    }

    /// Returns all softmaxes in the form of a checkpoint.
    pub(super) fn written(&self) -> Vec<StoredSoftmax> {
        let one = |(&(kind, subject), softmax): (&Key, &Softmax)| {
            let subject = match subject {
                Subject::Node(node) => (node, None),
                Subject::Edge { from, to } => (from, Some(to)),
            };
            let number = |it: &Parameter| [it.logit, it.mean, it.square];
            let parameters = softmax.parameters.iter().map(number).collect();
            (kind, subject, parameters, softmax.updates)
        };
        self.softmaxes.iter().map(one).collect()
    }

    /// Returns the policy that [`Policy::written`] saved.
    pub(super) fn read(learning_rate: f64, written: Vec<StoredSoftmax>) -> Self {
        let one = |(kind, (node, to), parameters, updates): StoredSoftmax| {
            let subject = to.map_or(Subject::Node(node), |to| Subject::Edge { from: node, to });
            let parameter = |[logit, mean, square]: [f64; 3]| Parameter { logit, mean, square };
            let parameters = parameters.into_iter().map(parameter).collect();
            ((kind, subject), Softmax { parameters, updates })
        };
        Self { learning_rate, softmaxes: written.into_iter().map(one).collect() }
    }

    fn draw(&self, decision: &Decision, rng: &mut impl Rng) -> u8 {
        let softmax = self.softmaxes.get(&(decision.kind, decision.subject));
        let probability = |choice| match softmax {
            Some(softmax) => softmax.probability(decision.allowed, choice),
            None => 1.0 / decision.allowed.count() as f64,
        };
        let mut left = rng.random::<f64>();
        let mut drawn = None;
        for choice in decision.allowed.iter() {
            left -= probability(choice);
            drawn = Some(choice);
            if left < 0.0 {
                break;
            }
        }
        drawn.expect("a space never gives an empty mask")
    }

    /// Makes the choices in `steps` more likely if the advantage is positive, and less likely if it
    /// is negative, by one Adam step down the gradient of −advantage · Σ log p(choice).
    pub(super) fn reinforce(&mut self, steps: &[Step], advantage: f64) {
        for step in steps {
            let softmax = self.softmaxes.entry(step.key).or_default();
            softmax.reinforce(step, advantage, self.learning_rate);
        }
    }
}

/// Returns the choices of `arch`, each with its decision.
pub(super) fn steps(space: &dyn SearchSpace, arch: &Arch) -> Vec<Step> {
    let choices = arch.choices();
    let step = |at: usize| {
        let Decision { kind, subject, allowed } = space.next(&choices[..at])?;
        Some(Step { key: (kind, subject), allowed, choice: choices[at] })
    };
    (0..choices.len()).map_while(step).collect()
}

/// Adam's constants: decay of the running means of the gradient and of its square, and the minimum
/// denominator.
///
/// Source: Kingma and Ba, "Adam", ICLR 2015, the defaults of Algorithm 1.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The softmax over the choices of one decision. A choice that was never updated has a logit of 0.
#[derive(Debug, Default)]
struct Softmax {
    parameters: Vec<Parameter>,
    updates: i32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Parameter {
    logit: f64,
    mean: f64,
    square: f64,
}

impl Softmax {
    fn logit(&self, choice: u8) -> f64 {
        self.parameters.get(usize::from(choice)).map_or(0.0, |parameter| parameter.logit)
    }

    /// Returns the probability of an allowed choice: exp(logit) / Σ exp(logit), where the sum is
    /// over all allowed choices.
    fn probability(&self, allowed: Mask, choice: u8) -> f64 {
        let relative = |other| (self.logit(other) - self.logit(choice)).exp();
        1.0 / allowed.iter().map(relative).sum::<f64>()
    }

    fn reinforce(&mut self, step: &Step, advantage: f64, learning_rate: f64) {
        self.updates = self.updates.saturating_add(1);
        let gradient = |choice: u8| {
            let chosen = f64::from(u8::from(choice == step.choice));
            -advantage * (chosen - self.probability(step.allowed, choice))
        };
        let gradients: Vec<_> =
            step.allowed.iter().map(|choice| (usize::from(choice), gradient(choice))).collect();
        let (scale_1, scale_2) = (1.0 - BETA_1.powi(self.updates), 1.0 - BETA_2.powi(self.updates));
        for (choice, gradient) in gradients {
            if choice >= self.parameters.len() {
                self.parameters.resize(choice + 1, Parameter::default());
            }
            let Parameter { logit, mean, square } = &mut self.parameters[choice];
            *mean = BETA_1 * *mean + (1.0 - BETA_1) * gradient;
            *square = BETA_2 * *square + (1.0 - BETA_2) * gradient * gradient;
            *logit -= learning_rate * (*mean / scale_1) / ((*square / scale_2).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const KEY: Key = (0, Subject::Node(1));

    fn probabilities(policy: &Policy, allowed: Mask) -> Vec<f64> {
        allowed.iter().map(|choice| policy.softmaxes[&KEY].probability(allowed, choice)).collect()
    }

    #[test]
    fn adams_first_step_moves_logits_by_the_learning_rate() {
        let mut policy = Policy::uniform(0.1);
        let allowed = Mask::all(4).without(2);
        policy.reinforce(&[Step { key: KEY, allowed, choice: 3 }], 5.0);
        let logits: Vec<_> = (0..4).map(|choice| policy.softmaxes[&KEY].logit(choice)).collect();
        for (logit, expected) in logits.iter().zip([-0.1, -0.1, 0.0, 0.1]) {
            assert!((logit - expected).abs() < 1e-6, "{logits:?}");
        }
        let (low, high) = ((-0.1_f64).exp(), 0.1_f64.exp());
        let found = probabilities(&policy, allowed);
        for (found, expected) in found.iter().zip([low, low, high]) {
            assert!((found - expected / (2.0 * low + high)).abs() < 1e-6);
        }
    }

    #[test]
    fn advantage_decides_the_direction() {
        let allowed = Mask::all(3);
        for (advantage, likelier) in [(1.0, true), (-1.0, false)] {
            let mut policy = Policy::uniform(0.1);
            policy.reinforce(&[Step { key: KEY, allowed, choice: 1 }], advantage);
            assert_eq!(probabilities(&policy, allowed)[1] > 1.0 / 3.0, likelier);
        }
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let mut policy = Policy::uniform(0.5);
        let allowed = Mask::from_bits(0b1011);
        policy.reinforce(&[Step { key: KEY, allowed, choice: 3 }], 1.0);
        let decision = Decision { kind: KEY.0, subject: KEY.1, allowed };
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut counts = [0; 4];
        for _ in 0..10_000 {
            counts[usize::from(policy.draw(&decision, &mut rng))] += 1;
        }
        assert_eq!(counts[2], 0, "masked");
        let expected = probabilities(&policy, allowed)[2];
        assert!((f64::from(counts[3]) / 10_000.0 - expected).abs() < 0.02, "{counts:?}");
    }
}
