use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use ganas_graph::{Arch, ArchError, ArchGraph, Builder, Decision, SearchSpace, Subject};
use rand::Rng;

use crate::error::InLayer;
use crate::linear::Linear;
use crate::ops::{Activation, Sparse, with_values};
use crate::{Encoder, EncoderSettings, GnnError, GraphBatch};

/// The autoregressive generator: given the graph built so far, a distribution over the choices of
/// the next decision.
///
/// A k-GNN encodes the partial graph; the embeddings of the node (or of the edge's two nodes) under
/// decision and of the whole graph go through one hidden layer, and every kind of decision has an
/// output head of its own. What the space's mask forbids has probability zero. A second head
/// estimates the reward (the baseline of PPO).
///
/// Source: the GA-NAS paper, section on the generator. We differ in that the encoder knows node
/// numbers, so that it can tell symmetric positions apart.
#[derive(Debug, Clone)]
pub struct Generator {
    encoder: Encoder,
    hidden: Linear,
    policy: Linear,
    value: Linear,
    /// First column of each kind's head among all choices.
    heads: Vec<usize>,
    /// Choices of all kinds together.
    columns: usize,
}

/// A partial architecture that a decision was made in.
#[derive(Debug, Clone)]
struct State {
    graph: ArchGraph,
    decision: Decision,
}

/// One choice of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Which distinct state of the rollout it was made in.
    state: usize,
    /// Column of the choice among all heads.
    column: usize,
    /// Log probability of the choice at that time.
    pub log_probability: f32,
    /// Estimated reward at that time.
    pub value: f32,
}

/// Architectures sampled from a generator, with the choices that made them.
#[derive(Debug, Clone, Default)]
pub struct Rollout {
    states: Vec<State>,
    /// The architectures.
    pub archs: Vec<Arch>,
    /// For each architecture the choices, in order.
    pub episodes: Vec<Vec<Transition>>,
}

impl Rollout {
    /// Mean entropy of the decisions made, in nats.
    pub fn entropy(&self) -> f64 {
        let choices = self.episodes.iter().flatten();
        let count = choices.clone().count().max(1);
        choices.map(|choice| -f64::from(choice.log_probability)).sum::<f64>() / count as f64
    }
}

/// A rollout laid out for training: what stays the same from pass to pass.
#[derive(Debug)]
pub struct Replay {
    parts: Vec<Part>,
    /// `[transitions, states · columns]`.
    chosen: Arc<Sparse>,
    /// `[transitions, states]`.
    visited: Arc<Sparse>,
}

/// States that are laid out together.
#[derive(Debug)]
struct Part {
    batch: GraphBatch,
    /// `[3 · states, rows]`: what each decision is made from.
    features: Arc<Sparse>,
    /// `[states, columns]`: added to logits.
    mask: Tensor,
}

/// Distributions and values for the states of a rollout, for training.
#[derive(Debug)]
pub struct Policy {
    /// Log probability of each transition's choice, `[transitions]`.
    pub log_probabilities: Tensor,
    /// Entropy of the decision of each transition in nats, `[transitions]`.
    pub entropies: Tensor,
    /// Estimated reward in the state of each transition, `[transitions]`.
    pub values: Tensor,
}

impl Generator {
    /// A generator for `space`.
    ///
    /// # Errors
    /// If a weight cannot be made.
    pub fn new(
        space: &dyn SearchSpace,
        settings: EncoderSettings,
        vb: &VarBuilder<'_>,
    ) -> Result<Self, GnnError> {
        let encoder = Encoder::new(space.labels().len(), settings, &vb.pp("encoder"))?;
        let mut columns = 0;
        let mut heads = Vec::new();
        for kind in space.kinds() {
            heads.push(columns);
            columns += kind.choices.len();
        }
        let width = settings.width;
        let make = || {
            Ok((
                Linear::new(FEATURES * width, width, Activation::Relu, &vb.pp("hidden"))?,
                Linear::new(width, columns, Activation::Identity, &vb.pp("policy"))?,
                Linear::new(width, 1, Activation::Identity, &vb.pp("value"))?,
            ))
        };
        let (hidden, policy, value) = make().in_layer("generator.heads")?;
        Ok(Self { encoder, hidden, policy, value, heads, columns })
    }

    /// Samples `count` architectures. Equal partial architectures are encoded once.
    ///
    /// # Errors
    /// If the space is not the one that the generator was made for.
    pub fn sample(
        &self,
        space: &dyn SearchSpace,
        count: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Rollout, GnnError> {
        let mut rollout = Rollout { episodes: vec![Vec::new(); count], ..Rollout::default() };
        let mut builders = vec![Builder::new(space); count];
        loop {
            let first = rollout.states.len();
            let mut known = BTreeMap::new();
            let mut visits = Vec::new();
            for (episode, builder) in builders.iter().enumerate() {
                let Some(&decision) = builder.decision() else { continue };
                let state = *known.entry(builder.choices().to_vec()).or_insert_with(|| {
                    rollout.states.push(State { graph: builder.graph(), decision });
                    rollout.states.len() - 1
                });
                visits.push((episode, state));
            }
            if visits.is_empty() {
                break;
            }
            let (rows, values) = self.distributions(&rollout.states[first..])?;
            for (episode, state) in visits {
                let row = &rows[(state - first) * self.columns..][..self.columns];
                let head = self.heads[rollout.states[state].decision.kind];
                let choice = draw(row, head, rollout.states[state].decision, rng);
                let column = head + usize::from(choice);
                let (log_probability, value) = (row[column], values[state - first]);
                let choices = &mut rollout.episodes[episode];
                choices.push(Transition { state, column, log_probability, value });
                builders[episode].choose(choice).map_err(outside)?;
            }
        }
        let archs: Result<_, _> = builders.into_iter().map(Builder::finish).collect();
        rollout.archs = archs.map_err(outside)?;
        Ok(rollout)
    }

    /// Lays out a rollout for training on it.
    ///
    /// # Errors
    /// If the rollout is another generator's.
    pub fn replay(&self, rollout: &Rollout) -> Result<Replay, GnnError> {
        // Episode by episode, since the states of an episode have most in common.
        let mut places = vec![None; rollout.states.len()];
        let mut order = Vec::with_capacity(rollout.states.len());
        for choice in rollout.episodes.iter().flatten() {
            places[choice.state].get_or_insert_with(|| {
                order.push(&rollout.states[choice.state]);
                order.len() - 1
            });
        }
        let mut chosen = Sparse::new(order.len() * self.columns);
        let mut visited = Sparse::new(order.len());
        for choice in rollout.episodes.iter().flatten() {
            let place = places[choice.state].expect("its episode was visited");
            chosen.push_row([place * self.columns + choice.column]);
            visited.push_row([place]);
        }
        let parts = self.lay_out(&order).in_layer("generator.replay")?;
        Ok(Replay { parts, chosen: Arc::new(chosen), visited: Arc::new(visited) })
    }

    /// Distributions in a rollout's states as they are now, with gradients.
    ///
    /// # Errors
    /// If the rollout is another generator's.
    pub fn policy(&self, replay: &Replay) -> Result<Policy, GnnError> {
        let (log_rows, values) = self.forward(&replay.parts)?;
        let gather = || {
            let entropies = (log_rows.exp()? * &log_rows)?.sum_keepdim(1)?.neg()?;
            Ok(Policy {
                log_probabilities: replay
                    .chosen
                    .product(&log_rows.reshape(((), 1))?)?
                    .squeeze(1)?,
                entropies: replay.visited.product(&entropies)?.squeeze(1)?,
                values: replay.visited.product(&values)?.squeeze(1)?,
            })
        };
        gather().in_layer("generator.policy")
    }

    /// Log probabilities `[states · columns]` and values `[states]` as plain numbers.
    fn distributions(&self, states: &[State]) -> Result<(Vec<f32>, Vec<f32>), GnnError> {
        let states: Vec<_> = states.iter().collect();
        let parts = self.lay_out(&states).in_layer("generator.sample")?;
        let (rows, values) = self.forward(&parts)?;
        let plain =
            || Ok((with_values(&rows, <[f32]>::to_vec)?, with_values(&values, <[f32]>::to_vec)?));
        plain().in_layer("generator.policy")
    }

    fn lay_out(&self, states: &[&State]) -> candle_core::Result<Vec<Part>> {
        let mut rest = states;
        let batches = self.encoder.lay_out(states.iter().map(|state| &state.graph), true);
        let part = |batch: GraphBatch| {
            let states;
            (states, rest) = rest.split_at(batch.len());
            let features = Arc::new(features(states, &batch));
            let mask = (states.len(), self.columns);
            let mask = Tensor::from_vec(self.mask(states), mask, &Device::Cpu)?;
            Ok(Part { batch, features, mask })
        };
        batches.into_iter().map(part).collect()
    }

    /// Masked log probabilities `[states, columns]` and values `[states, 1]`.
    fn forward(&self, parts: &[Part]) -> Result<(Tensor, Tensor), GnnError> {
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            let nodes = self.encoder.forward(&part.batch)?;
            let heads = || {
                let hidden = self.hidden.forward_gathered(&nodes, &part.features)?;
                let logits = (self.policy.forward(&hidden)? + &part.mask)?;
                Ok((candle_nn::ops::log_softmax(&logits, 1)?, self.value.forward(&hidden)?))
            };
            let (row, value) = heads().in_layer("generator.heads")?;
            rows.push(row);
            values.push(value);
        }
        let joined = || Ok((Tensor::cat(&rows, 0)?, Tensor::cat(&values, 0)?));
        joined().in_layer("generator.heads")
    }

    /// What is added to logits: nothing where a choice is allowed, much below zero elsewhere.
    fn mask(&self, states: &[&State]) -> Vec<f32> {
        let mut mask = vec![FORBIDDEN; states.len() * self.columns];
        for (row, state) in mask.chunks_mut(self.columns).zip(states) {
            for choice in state.decision.allowed.iter() {
                row[self.heads[state.decision.kind] + usize::from(choice)] = 0.0;
            }
        }
        mask
    }
}

/// Embeddings that a decision is made from: its node, the edge's earlier node, the whole graph.
const FEATURES: usize = 3;

/// Logit of a forbidden choice: its probability underflows to zero, and 0 · log 0 stays 0.
const FORBIDDEN: f32 = -1e4;

fn features(states: &[&State], batch: &GraphBatch) -> Sparse {
    let mut features = Sparse::new(batch.rows());
    for (index, state) in states.iter().enumerate() {
        let (node, from) = match state.decision.subject {
            Subject::Node(node) => (node, None),
            Subject::Edge { from, to } => (to, Some(from)),
        };
        features.push_row([batch.row(index, node)]);
        features.push_row(from.map(|from| batch.row(index, from)));
        features.push_row((0..state.graph.len()).map(|node| batch.row(index, node)));
    }
    features
}

/// Draws from the allowed choices of one row of log probabilities.
fn draw(row: &[f32], head: usize, decision: Decision, rng: &mut (impl Rng + ?Sized)) -> u8 {
    let weight = |choice: u8| f64::from(row[head + usize::from(choice)]).exp();
    let total: f64 = decision.allowed.iter().map(weight).sum();
    let mut rest = rng.random::<f64>() * total;
    let mut last = 0;
    for choice in decision.allowed.iter() {
        last = choice;
        rest -= weight(choice);
        if rest < 0.0 {
            break;
        }
    }
    last
}

fn outside(error: ArchError) -> GnnError {
    let source = candle_core::Error::wrap(error);
    GnnError::Tensor { layer: "generator.sample", source }
}
