use std::collections::BTreeMap;

use ganas_graph::{Arch, Builder, Decision, Mask, SearchSpace, Subject};
use rand::Rng;

/// A distribution over architectures: one softmax for each decision, independent of the others,
/// trained by Adam. A decision is known by its kind and subject, wherever it stands.
#[derive(Debug)]
pub(super) struct Policy {
    learning_rate: f64,
    softmaxes: BTreeMap<Key, Softmax>,
}

type Key = (usize, Subject);

/// One choice of an architecture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    key: Key,
    allowed: Mask,
    choice: u8,
}

impl Policy {
    /// Every decision uniform over what its mask allows.
    pub(super) fn uniform(learning_rate: f64) -> Self {
        Self { learning_rate, softmaxes: BTreeMap::new() }
    }

    /// Draws an architecture.
    pub(super) fn sample(&self, space: &dyn SearchSpace, rng: &mut impl Rng) -> Arch {
        let mut builder = Builder::new(space);
        while let Some(decision) = builder.decision() {
            let choice = self.draw(decision, rng);
            builder.choose(choice).expect("drawn from the mask");
        }
        builder.finish().expect("no decision is left")
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

    /// Makes the choices of `steps` likelier if the advantage is positive, less likely if it is
    /// negative: a step of Adam down the gradient of −advantage · Σ log p(choice).
    pub(super) fn reinforce(&mut self, steps: &[Step], advantage: f64) {
        for step in steps {
            let softmax = self.softmaxes.entry(step.key).or_default();
            softmax.reinforce(step, advantage, self.learning_rate);
        }
    }
}

/// The choices of `arch` with the decisions that they answer.
pub(super) fn steps(space: &dyn SearchSpace, arch: &Arch) -> Vec<Step> {
    let choices = arch.choices();
    let step = |at: usize| {
        let Decision { kind, subject, allowed } = space.next(&choices[..at])?;
        Some(Step { key: (kind, subject), allowed, choice: choices[at] })
    };
    (0..choices.len()).map_while(step).collect()
}

/// Decay of Adam's running mean of the gradient, and of its square; the least denominator.
///
/// Source: Kingma and Ba, "Adam", ICLR 2015, the defaults of Algorithm 1.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// One decision's choices. Those never updated have a logit of 0.
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

    /// Probability of an allowed choice: exp(logit) / Σ exp(logit) over the allowed.
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
