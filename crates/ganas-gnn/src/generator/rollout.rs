//! Architectures that a generator made, with their steps.

use std::sync::Arc;

use ganas_graph::{Arch, ArchGraph, Builder, Decision, Subject};

use super::EdgeHead;

/// A partial architecture that a decision was made in.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The graph that the decision is made from; that of its first state for a step of a walk.
    pub(super) graph: Arc<ArchGraph>,
    pub(super) decision: Decision,
    /// The step before in a walk over the earlier nodes: its state and the column of its choice.
    pub(super) before: Option<(usize, usize)>,
}

impl State {
    /// The state that a builder is in, which was left `from` a state by the choice of a column.
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

/// One choice of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Which distinct state of the rollout it was made in.
    pub(super) state: usize,
    /// Column of the choice among all heads.
    pub(super) column: usize,
    /// Log probability of the choice at that time.
    pub log_probability: f32,
    /// Estimated reward at that time.
    pub value: f32,
}

/// Architectures sampled from a generator, or followed by it, with the choices that made them.
#[derive(Debug, Clone, Default)]
pub struct Rollout {
    pub(super) states: Vec<State>,
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

    /// For each architecture the logarithm of the probability of its choices, in nats.
    pub fn log_probabilities(&self) -> Vec<f64> {
        let of = |choice: &Transition| f64::from(choice.log_probability);
        self.episodes.iter().map(|choices| choices.iter().map(of).sum()).collect()
    }
}
