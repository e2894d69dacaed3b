//! Output heads that decide edges.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use ganas_graph::Subject;
use serde::{Deserialize, Serialize};

use super::rollout::State;
use crate::GraphBatch;
use crate::linear::{Linear, uniform};
use crate::ops::{Activation, Sparse, gru};

/// The way in which a generator makes decisions about edges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeHead {
    /// Decides from the embeddings of the edge's two nodes and of the whole graph, computed in the
    /// graph that contains all edges decided so far.
    #[default]
    Concatenated,
    /// Decides with a gated recurrent unit (GRU) that visits the earlier nodes one by one, as in
    /// the GA-NAS paper. The GRU starts from the output of the generator's hidden layer for the
    /// node whose edges are being decided. At each step, it reads the embedding of one earlier node
    /// and the choice made in the previous step.
    Gru,
}

/// The weights of [`EdgeHead::Gru`].
#[derive(Debug, Clone)]
pub(super) struct Walker {
    earlier: Linear,
    recurrent: Linear,
    choices: Tensor,
}

/// The GRU's walks in some states, as sparse matrices. Walks that begin with the same steps share
/// these steps.
#[derive(Debug)]
pub(super) struct Walks {
    /// `[steps, rows]`: the earlier node that each step reads.
    earlier: Arc<Sparse>,
    /// `[steps, columns]`: the choice before each step, if any.
    choices: Arc<Sparse>,
    /// The first steps of all walks, then the second steps, and so on.
    levels: Vec<Level>,
    /// `[states, roots + steps in the order of levels]`: the input of each state's decision.
    order: Arc<Sparse>,
}

#[derive(Debug)]
struct Level {
    /// `[steps of the level, steps]`: the level's own steps.
    steps: Arc<Sparse>,
    /// `[steps of the level, steps of the level before, or roots]`: the predecessor of each step.
    before: Arc<Sparse>,
}

/// The steps of walks under construction, ordered by level.
#[derive(Default)]
struct Collected {
    /// For each state that is a step of a walk, its level and its index within that level.
    known: HashMap<usize, (usize, usize)>,
    /// For each step of each level, its number and the index of its predecessor in the level
    /// before.
    levels: Vec<Vec<(usize, usize)>>,
    /// For each step, the row of the earlier node and the previous choice.
    steps: Vec<(usize, Option<usize>)>,
}

impl Walker {
    pub(super) fn new(width: usize, columns: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let linear = |name| Linear::new(width, 3 * width, Activation::Identity, &vb.pp(name));
        Ok(Self {
            earlier: linear("earlier")?,
            recurrent: linear("recurrent")?,
            choices: vb.get_with_hints(
                (columns, 3 * width),
                "choices",
                uniform(1.0 / (width as f64).sqrt()),
            )?,
        })
    }

    /// Computes the input of each state's decision, `[states, width]`.
    ///
    /// `nodes` is `[rows, width]`, `roots` `[roots, width]`.
    pub(super) fn forward(&self, nodes: &Tensor, roots: &Tensor, walks: &Walks) -> Result<Tensor> {
        if walks.levels.is_empty() {
            return walks.order.product(roots);
        }
        let earlier = self.earlier.forward_gathered(nodes, &walks.earlier)?;
        let input = (earlier + walks.choices.product(&self.choices)?)?;
        let mut reached = vec![roots.clone()];
        for level in &walks.levels {
            let state = level.before.product(&reached[reached.len() - 1])?;
            let recurrent = self.recurrent.forward(&state)?;
            reached.push(gru(&level.steps.product(&input)?, &recurrent, &state)?);
        }
        walks.order.product(&Tensor::cat(&reached, 0)?)
    }
}

impl Walks {
    /// Lays out the walks of the states `wanted`; `batch` must hold the graphs of these states in
    /// the same order. `roots` maps each state that starts a walk, or belongs to none, to its
    /// index.
    pub(super) fn lay_out(
        states: &[State],
        wanted: &[usize],
        batch: &GraphBatch,
        roots: &HashMap<usize, usize>,
        columns: usize,
    ) -> Self {
        let mut collected = Collected::default();
        let mut places = Vec::with_capacity(wanted.len());
        for (graph, &state) in wanted.iter().enumerate() {
            places.push(match states[state].decision.subject {
                Subject::Node(_) => None,
                Subject::Edge { .. } => Some(collected.add(states, state, batch, graph, roots)),
            });
        }
        let Collected { levels: found, steps, .. } = collected;
        let (mut earlier, mut choices) = (Sparse::new(batch.rows()), Sparse::new(columns));
        for &(row, choice) in &steps {
            earlier.push_row([row]);
            choices.push_row(choice);
        }
        let (mut levels, mut starts, mut before) = (Vec::new(), vec![roots.len()], roots.len());
        for level in &found {
            let (mut own, mut last) = (Sparse::new(steps.len()), Sparse::new(before));
            for &(step, place) in level {
                own.push_row([step]);
                last.push_row([place]);
            }
            before = level.len();
            starts.push(starts[starts.len() - 1] + before);
            levels.push(Level { steps: Arc::new(own), before: Arc::new(last) });
        }
        let mut order = Sparse::new(starts[starts.len() - 1]);
        for (place, state) in places.into_iter().zip(wanted) {
            order.push_row([match place {
                Some((level, place)) => starts[level] + place,
                None => roots[state],
            }]);
        }
        let [earlier, choices, order] = [earlier, choices, order].map(Arc::new);
        Self { earlier, choices, levels, order }
    }
}

impl Collected {
    /// Adds the GRU step that decides the edge of a state, after any earlier steps of the same walk
    /// over the earlier nodes that are still missing. Returns the step's level (its position in the
    /// walk) and its index within that level. `graph` is the number of the state's graph in
    /// `batch`.
    fn add(
        &mut self,
        states: &[State],
        state: usize,
        batch: &GraphBatch,
        graph: usize,
        roots: &HashMap<usize, usize>,
    ) -> (usize, usize) {
        if let Some(&place) = self.known.get(&state) {
            return place;
        }
        let State { decision, before, .. } = &states[state];
        let Subject::Edge { from, .. } = decision.subject else {
            unreachable!("a walk decides edges only")
        };
        let (level, last) = match *before {
            Some((before, _)) => {
                let (level, place) = self.add(states, before, batch, graph, roots);
                (level + 1, place)
            }
            None => (0, roots[&state]),
        };
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push((self.steps.len(), last));
        self.steps.push((batch.row(graph, from), before.map(|(_, column)| column)));
        let place = (level, self.levels[level].len() - 1);
        self.known.insert(state, place);
        place
    }
}
