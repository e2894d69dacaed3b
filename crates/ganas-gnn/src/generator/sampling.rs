//! Builds architectures choice by choice, either by sampling from a generator or by following given
//! architectures.

use ganas_graph::{Arch, ArchError, Builder, Decision, SearchSpace};
use rand::Rng;

use super::rollout::State;
use super::shape::Shape;
use super::{Generator, Rollout, Transition};
use crate::GnnError;

impl Generator {
    /// Returns a rollout of `count` architectures that are sampled from the generator. Identical
    /// partial architectures are encoded only once.
    ///
    /// # Errors
    /// [`GnnError::OtherSpace`] if the generator was made for another space. [`GnnError::Tensor`]
    /// if a tensor operation fails.
    pub fn sample(
        &self,
        space: &dyn SearchSpace,
        count: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Rollout, GnnError> {
        let mut weights = Vec::new();
        self.roll_out(space, count, |_, decision, row| draw(row, decision, &mut weights, rng))
    }

    /// Returns the rollout that [`Generator::sample`] would return if it happened to sample
    /// `archs`. The [`Rollout::log_probabilities`] of this rollout are the log probabilities with
    /// which the generator would sample these architectures.
    ///
    /// The range of a numeric decision is divided into parts, and a choice selects one of them. The
    /// rollout keeps the choices of the given architectures. Each exact number of a given
    /// architecture is replaced with the middle of the selected part, because a sampled
    /// architecture always has the middle.
    ///
    /// ```
    /// use ganas_gnn::{EdgeHead, EncoderSettings, Generator, Weights};
    /// use ganas_graph::{Arch, spaces::NasBench201};
    /// use rand::SeedableRng;
    ///
    /// let space = NasBench201::default();
    /// let settings = EncoderSettings { width: 8, layers: 1, k: 1 };
    /// let rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    /// let (generator, _) = Weights::draw(rng, |vb| {
    ///     Generator::new(&space, settings, EdgeHead::default(), &vb)
    /// })?;
    /// let archs = [Arch::from_choices(&space, &[3, 3, 3, 3, 3, 3])?];
    /// let rollout = generator.follow(&space, &archs)?;
    /// assert_eq!(rollout.archs, archs);
    /// // Six decisions among five operators, by weights that were not trained.
    /// let uniform = -6.0 * 5.0_f64.ln();
    /// assert!((rollout.log_probabilities()[0] - uniform).abs() < 0.5 * -uniform);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Generator::sample`]. There is also an error if an architecture does not
    /// belong to the space.
    ///
    /// # Panics
    /// Never: the function first checks that each architecture has a choice for every decision.
    pub fn follow(&self, space: &dyn SearchSpace, archs: &[Arch]) -> Result<Rollout, GnnError> {
        for arch in archs {
            Arch::from_choices(space, arch.choices()).map_err(outside)?;
        }
        let mut rest: Vec<_> = archs.iter().map(|arch| arch.choices().iter()).collect();
        self.roll_out(space, archs.len(), |episode, _, _| {
            *rest[episode].next().expect("a choice for each decision")
        })
    }

    /// Builds `count` architectures. `choose` receives the index of the architecture, its next
    /// decision, and a slice that begins with the log probabilities of the decision's choices.
    fn roll_out(
        &self,
        space: &dyn SearchSpace,
        count: usize,
        mut choose: impl FnMut(usize, Decision, &[f32]) -> u8,
    ) -> Result<Rollout, GnnError> {
        let shape = Shape::of(space);
        self.shape.check(&shape)?;
        let episodes = vec![Vec::new(); count];
        let mut rollout = Rollout { shape, states: Vec::new(), archs: Vec::new(), episodes };
        let mut builders = vec![Builder::new(space); count];
        let mut before = 0;
        loop {
            let first = rollout.states.len();
            let visits = self.visits(&mut rollout, &builders, before);
            if visits.is_empty() {
                break;
            }
            before = first;
            let new: Vec<_> = (first..rollout.states.len()).collect();
            let (rows, values) = self.distributions(&rollout.states, &new)?;
            for (episode, state) in visits {
                let row = &rows[(state - first) * self.columns..][..self.columns];
                let decision = rollout.states[state].decision;
                let head = self.heads[decision.kind];
                let choice = choose(episode, decision, &row[head..]);
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

    /// Returns the index of each unfinished episode, with the index of the state that its builder
    /// is in. Adds these states to the rollout unless they exist already. `before` is the index of
    /// the first state that the previous call added.
    fn visits(
        &self,
        rollout: &mut Rollout,
        builders: &[Builder<'_>],
        before: usize,
    ) -> Vec<(usize, usize)> {
        // Builders are in the same state if they made the same choice in the same previous state.
        let mut known = vec![None; ((rollout.states.len() - before) * self.columns).max(1)];
        let mut visits = Vec::new();
        for (episode, builder) in builders.iter().enumerate() {
            let Some(&decision) = builder.decision() else { continue };
            let last = rollout.episodes[episode].last();
            let from = last.map(|choice: &Transition| (choice.state, choice.column));
            let key = from.map_or(0, |(state, column)| (state - before) * self.columns + column);
            let state = *known[key].get_or_insert_with(|| {
                let head = self.edge_head();
                rollout.states.push(State::new(&rollout.states, builder, decision, from, head));
                rollout.states.len() - 1
            });
            visits.push((episode, state));
        }
        visits
    }
}

/// Draws one of the allowed choices of `decision`. `row` begins with the log probabilities of the
/// decision's choices; `weights` is scratch space.
fn draw(
    row: &[f32],
    decision: Decision,
    weights: &mut Vec<f64>,
    rng: &mut (impl Rng + ?Sized),
) -> u8 {
    weights.clear();
    let weight = |choice: u8| f64::from(row[usize::from(choice)]).exp();
    weights.extend(decision.allowed.iter().map(weight));
    let mut rest = rng.random::<f64>() * weights.iter().sum::<f64>();
    let mut last = 0;
    for (choice, weight) in decision.allowed.iter().zip(weights) {
        last = choice;
        rest -= *weight;
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
