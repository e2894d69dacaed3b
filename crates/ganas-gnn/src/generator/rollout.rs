//! Architectures made by a generator, with the choices that led to them.

use std::sync::Arc;

use ganas_graph::{Arch, ArchGraph, Builder, Decision, Subject};

use super::EdgeHead;
use super::shape::Shape;

/// A partial architecture, with the decision made in it.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The graph on which the decision depends; at every step of a walk, this is the graph of the
    /// walk's first state.
    pub(super) graph: Arc<ArchGraph>,
    pub(super) decision: Decision,
    /// The previous step of a walk over the earlier nodes, if any: its state and the column of its
    /// choice.
    pub(super) before: Option<(usize, usize)>,
}

impl State {
    /// Creates the current state of `builder`. `from` is the previous state, with the column of the
    /// choice made there.
    pub(super) fn new(
        states: &[Self],
        builder: &Builder<'_>,
        decision: Decision,
        from: Option<(usize, usize)>,
        edge_head: EdgeHead,
    ) -> Self {
        let node = |decision: &Decision| match decision.subject {
            Subject::Edge { to, .. } if edge_head == EdgeHead::Gru => Some(to),
            _ => None,
        };
        let before = from.filter(|&(state, _)| {
            node(&decision).is_some() && node(&decision) == node(&states[state].decision)
        });
        let graph = match before {
            Some((state, _)) => Arc::clone(&states[state].graph),
            None => Arc::new(builder.graph()),
        };
        Self { graph, decision, before }
    }
}

/// One choice in an episode (the construction of one architecture), with the state in which it was
/// made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Index, among the rollout's distinct states, of the state in which the choice was made.
    pub(super) state: usize,
    /// Column of the choice among all heads.
    pub(super) column: usize,
    /// Log probability that the generator gave to the choice when it was made.
    pub log_probability: f32,
    /// Reward that the generator expected when the choice was made.
    pub value: f32,
}

/// Architectures that a generator sampled ([`Generator::sample`](super::Generator::sample)) or was
/// made to follow ([`Generator::follow`](super::Generator::follow)), with the choices that led to
/// them.
#[derive(Debug, Clone)]
pub struct Rollout {
    pub(super) shape: Shape,
    pub(super) states: Vec<State>,
    /// The architectures.
    pub archs: Vec<Arch>,
    /// The choices that led to each architecture, in order.
    pub episodes: Vec<Vec<Transition>>,
}

impl Rollout {
    /// Returns an estimate of the mean entropy of the decisions, in nats: the mean negative log
    /// probability of the choices made.
    pub fn entropy(&self) -> f64 {
        let choices = self.episodes.iter().flatten();
        let count = choices.clone().count().max(1);
        choices.map(|choice| -f64::from(choice.log_probability)).sum::<f64>() / count as f64
    }

    /// Returns the log probability of each architecture, in nats: the sum of the log probabilities
    /// of its choices.
    pub fn log_probabilities(&self) -> Vec<f64> {
        let of = |choice: &Transition| f64::from(choice.log_probability);
        self.episodes.iter().map(|choices| choices.iter().map(of).sum()).collect()
    }
}
