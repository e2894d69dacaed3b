//! Architectures made by a generator, with the choices that led to them.

use std::sync::Arc;

use ganas_graph::{Arch, ArchGraph, Builder, Decision, Subject};

use super::EdgeHead;

/// A partial architecture in which a decision was made.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The graph that the decision depends on; for a step of a walk, that of the walk's first state.
    pub(super) graph: Arc<ArchGraph>,
    pub(super) decision: Decision,
    /// The previous step of a walk over the earlier nodes: its state and the column of its choice.
    pub(super) before: Option<(usize, usize)>,
}

impl State {
    /// Creates the state of a builder that reached it `from` another state by choosing a column.
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
    /// Index of the rollout's distinct state in which it was made.
    pub(super) state: usize,
    /// Column of the choice among all heads.
    pub(super) column: usize,
    /// Log probability of the choice when it was made.
    pub log_probability: f32,
    /// Estimated reward when it was made.
    pub value: f32,
}

/// Architectures sampled from a generator, or replayed through it, with the choices that made them.
#[derive(Debug, Clone, Default)]
pub struct Rollout {
    pub(super) states: Vec<State>,
    /// The architectures.
    pub archs: Vec<Arch>,
    /// The choices that made each architecture, in order.
    pub episodes: Vec<Vec<Transition>>,
}

impl Rollout {
    /// Returns the mean entropy of the decisions, in nats.
    pub fn entropy(&self) -> f64 {
        let choices = self.episodes.iter().flatten();
        let count = choices.clone().count().max(1);
        choices.map(|choice| -f64::from(choice.log_probability)).sum::<f64>() / count as f64
    }

    /// Returns the log probability of each architecture's choices, in nats.
    pub fn log_probabilities(&self) -> Vec<f64> {
        let of = |choice: &Transition| f64::from(choice.log_probability);
        self.episodes.iter().map(|choices| choices.iter().map(of).sum()).collect()
    }
}
