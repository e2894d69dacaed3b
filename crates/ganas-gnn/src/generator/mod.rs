//! The autoregressive generator of architectures.

mod edge_head;
mod rollout;
mod sampling;
mod shape;

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use ganas_graph::{Decision, SearchSpace, Subject};

use self::edge_head::{Walker, Walks};
use self::rollout::State;
use self::shape::Shape;

use crate::error::InLayer;
use crate::linear::Linear;
use crate::ops::{Activation, Sparse, with_values};
use crate::{Encoder, EncoderSettings, GnnError, GraphBatch};

pub use self::edge_head::EdgeHead;
pub use self::rollout::{Rollout, Transition};

/// The autoregressive generator: given the graph built so far, it returns a distribution over the
/// choices of the next decision.
///
/// A k-GNN encodes the partial graph. A hidden layer receives the embedding of the whole graph and
/// that of the node being decided. If an edge is being decided, the node being decided is the
/// edge's later node. In that case, the hidden layer also receives the embedding of the edge's
/// earlier node, unless a GRU decides edges and reads that embedding itself ([`EdgeHead::Gru`]).
/// Every kind of decision has an output head of its own. Choices that the search space does not
/// allow have probability zero. Another head estimates the reward. The estimate is the baseline for
/// PPO, the algorithm that trains the generator.
///
/// Source: the GA-NAS paper, section on the generator. This generator differs from that of the
/// paper in two ways. Its encoder sees node numbers, so that it can distinguish symmetric
/// positions. The GRU that decides edges is optional ([`EdgeHead`]).
#[derive(Debug, Clone)]
pub struct Generator {
    encoder: Encoder,
    hidden: Linear,
    walker: Option<Walker>,
    policy: Linear,
    value: Linear,
    /// For each kind of decision, the first column of its output head.
    heads: Vec<usize>,
    /// Total number of choices over all kinds of decision.
    columns: usize,
    /// The shape of the space for which the generator was made.
    shape: Shape,
}

/// A [`Rollout`] prepared for training. It contains the data that are the same in every training
/// pass over the rollout.
#[derive(Debug)]
pub struct Replay {
    parts: Vec<Part>,
    /// `[transitions, states · columns]`: the choice of each transition.
    chosen: Arc<Sparse>,
    /// `[transitions, states]`: the state of each transition.
    visited: Arc<Sparse>,
}

/// States that are laid out together.
#[derive(Debug)]
struct Part {
    batch: GraphBatch,
    /// `[(2 + k) · roots, rows]`: the hidden layer's input for each root. A root is a state that
    /// either is the first of a walk or belongs to no walk.
    features: Arc<Sparse>,
    walks: Option<Walks>,
    /// `[states, columns]`: the mask that is added to the logits.
    mask: Tensor,
}

/// The generator's log probabilities, entropies and estimated rewards for a rollout, for training.
/// Each tensor has one entry per [`Transition`] (one choice and the state in which it was made).
#[derive(Debug)]
pub struct Policy {
    /// Log probability of the choice made in each transition. The shape is `[transitions]`.
    pub log_probabilities: Tensor,
    /// Entropy, in nats, of the generator's distribution over the choices in each transition. The
    /// shape is `[transitions]`.
    pub entropies: Tensor,
    /// Estimated reward in the state of each transition. The shape is `[transitions]`.
    pub values: Tensor,
}

impl Generator {
    /// Creates a generator for `space`. [`EdgeHead::Gru`] makes no difference in a space without
    /// edge decisions.
    ///
    /// # Errors
    /// If a weight cannot be created.
    pub fn new(
        space: &dyn SearchSpace,
        settings: EncoderSettings,
        edge_head: EdgeHead,
        vb: &VarBuilder<'_>,
    ) -> Result<Self, GnnError> {
        let (labels, nodes) = (space.labels().len(), space.most_nodes());
        let encoder = Encoder::new(labels, nodes, settings, &vb.pp("encoder"))?;
        let mut columns = 0;
        let mut heads = Vec::new();
        for kind in space.kinds() {
            heads.push(columns);
            columns += kind.choices.len();
        }
        let width = settings.width;
        let make = || {
            Ok((
                Linear::new(
                    2 * width + encoder.graph_width(),
                    width,
                    Activation::Relu,
                    &vb.pp("hidden"),
                )?,
                Linear::new(width, columns, Activation::Identity, &vb.pp("policy"))?,
                Linear::new(width, 1, Activation::Identity, &vb.pp("value"))?,
                match edge_head {
                    EdgeHead::Concatenated => None,
                    EdgeHead::Gru => Some(Walker::new(width, columns, &vb.pp("walker"))?),
                },
            ))
        };
        let (hidden, policy, value, walker) = make().in_layer("generator.heads")?;
        let shape = Shape::of(space);
        Ok(Self { encoder, hidden, walker, policy, value, heads, columns, shape })
    }

    /// Returns `rollout` in the form that [`Generator::policy`] needs for training.
    ///
    /// # Errors
    /// [`GnnError::OtherSpace`] if the rollout comes from a generator for another space.
    /// [`GnnError::Tensor`] if a tensor operation fails.
    pub fn replay(&self, rollout: &Rollout) -> Result<Replay, GnnError> {
        self.shape.check(&rollout.shape)?;
        // Episode by episode, since the states of an episode have most in common.
        let mut places = vec![None; rollout.states.len()];
        let mut order = Vec::with_capacity(rollout.states.len());
        let mut visits = Vec::new();
        for choice in rollout.episodes.iter().flatten() {
            let place = *places[choice.state].get_or_insert_with(|| {
                order.push(choice.state);
                order.len() - 1
            });
            visits.push((place, choice.column));
        }
        let mut chosen = Sparse::new(order.len() * self.columns);
        let mut visited = Sparse::new(order.len());
        for (place, column) in visits {
            chosen.push_row([place * self.columns + column]);
            visited.push_row([place]);
        }
        let parts = self.lay_out(&rollout.states, &order).in_layer("generator.replay")?;
        Ok(Replay { parts, chosen: Arc::new(chosen), visited: Arc::new(visited) })
    }

    /// Returns the generator's current log probabilities, entropies and estimated rewards in the
    /// states of a rollout, with gradients.
    ///
    /// # Errors
    /// If the rollout is empty, or if a generator of another size prepared it.
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

    fn edge_head(&self) -> EdgeHead {
        if self.walker.is_some() { EdgeHead::Gru } else { EdgeHead::Concatenated }
    }

    /// Computes log probabilities `[wanted · columns]` and values `[wanted]` of the states
    /// `wanted`, as plain numbers.
    fn distributions(
        &self,
        states: &[State],
        wanted: &[usize],
    ) -> Result<(Vec<f32>, Vec<f32>), GnnError> {
        let parts = self.lay_out(states, wanted).in_layer("generator.sample")?;
        let (rows, values) = self.forward(&parts)?;
        let plain =
            || Ok((with_values(&rows, <[f32]>::to_vec)?, with_values(&values, <[f32]>::to_vec)?));
        plain().in_layer("generator.policy")
    }

    fn lay_out(&self, states: &[State], wanted: &[usize]) -> candle_core::Result<Vec<Part>> {
        let mut rest = wanted;
        let graphs = wanted.iter().map(|&state| &*states[state].graph);
        let gates = if self.walker.is_some() { GATES } else { 1 };
        let values = self.columns.max(gates * self.encoder.width());
        let part = |batch: GraphBatch| {
            let wanted;
            (wanted, rest) = rest.split_at(batch.len());
            self.lay_out_part(states, wanted, batch)
        };
        self.encoder.lay_out(graphs, true, values).into_iter().map(part).collect()
    }

    /// Lays out the states `wanted`; `batch` must hold the graphs of these states in the same
    /// order.
    fn lay_out_part(
        &self,
        states: &[State],
        wanted: &[usize],
        batch: GraphBatch,
    ) -> candle_core::Result<Part> {
        let mut features = Sparse::new(batch.rows());
        let mut roots = HashMap::new();
        for (graph, &state) in wanted.iter().enumerate() {
            let root = root(states, state);
            let next = roots.len();
            roots.entry(root).or_insert_with(|| {
                self.push_features(&mut features, &batch, graph, &states[root]);
                next
            });
        }
        let walks = self.walker.as_ref();
        let walks = walks.map(|_| Walks::lay_out(states, wanted, &batch, &roots, self.columns));
        let mask = self.mask(wanted.iter().map(|&state| states[state].decision));
        let mask = Tensor::from_vec(mask, (wanted.len(), self.columns), &Device::Cpu)?;
        Ok(Part { batch, features: Arc::new(features), walks, mask })
    }

    /// Adds the inputs of a state's decision: the node, the edge's earlier node (unless the GRU
    /// reads it), and the whole graph.
    fn push_features(
        &self,
        features: &mut Sparse,
        batch: &GraphBatch,
        graph: usize,
        state: &State,
    ) {
        let (node, from) = match state.decision.subject {
            Subject::Node(node) => (node, None),
            Subject::Edge { from, to } => (to, Some(from).filter(|_| self.walker.is_none())),
        };
        features.push_row([batch.row(graph, node)]);
        features.push_row(from.map(|from| batch.row(graph, from)));
        for pooled in batch.pooled(graph) {
            features.push_row(pooled);
        }
    }

    /// Computes masked log probabilities `[states, columns]` and values `[states, 1]`.
    fn forward(&self, parts: &[Part]) -> Result<(Tensor, Tensor), GnnError> {
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            let nodes = self.encoder.forward(&part.batch)?;
            let heads = || {
                let mut hidden = self.hidden.forward_gathered(&nodes, &part.features)?;
                if let (Some(walker), Some(walks)) = (&self.walker, &part.walks) {
                    hidden = walker.forward(&nodes, &hidden, walks)?;
                }
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

    /// Returns the mask added to the logits: zero for allowed choices, far below zero for the
    /// others.
    fn mask(&self, decisions: impl Iterator<Item = Decision>) -> Vec<f32> {
        let mut mask = Vec::new();
        for decision in decisions {
            let start = mask.len() + self.heads[decision.kind];
            mask.resize(mask.len() + self.columns, FORBIDDEN);
            for choice in decision.allowed.iter() {
                mask[start + usize::from(choice)] = 0.0;
            }
        }
        mask
    }
}

/// Number of values to allow for each unit of a GRU when the size of a batch is limited: three for
/// the gates and the candidate state, and one in reserve.
const GATES: usize = 4;

/// Logit of a forbidden choice: its probability underflows to zero, and 0 · log 0 stays 0.
const FORBIDDEN: f32 = -1e4;

/// Returns the first state of the GRU's walk to which `state` belongs, or `state` itself if it
/// belongs to no walk.
fn root(states: &[State], mut state: usize) -> usize {
    while let Some((before, _)) = states[state].before {
        state = before;
    }
    state
}
