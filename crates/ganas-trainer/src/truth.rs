//! The evaluated architectures, and the truth set, which consists of the best of them.

use ganas_graph::{Arch, ArchGraph};
use ganas_search::{
    Context, Direction, Evaluated, Measurement, Merit, Standing, crowded_order, dominates,
};

use crate::stopped;

/// The evaluated architectures as the models see them, in the order of their evaluation.
///
/// Architectures that violate a limit according to their evaluation are included; those without a
/// value occur only in `samples`.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Architectures that have a value.
    pub(crate) archs: Vec<Arch>,
    /// The canonical graph of each of the `archs`.
    pub(crate) graphs: Vec<ArchGraph>,
    /// The score of each of the `archs`; with several objectives, the negative of its position in
    /// the crowded order.
    pub(crate) values: Vec<f64>,
    /// The scores of each of the `archs` in all objectives, the value first.
    pub(crate) scores: Vec<Vec<f64>>,
    /// The standing of each of the `archs` under limits that only an evaluation reveals.
    standings: Vec<Standing>,
    /// For every evaluation, the evidence that it gives on feasibility.
    pub(crate) samples: Vec<FeasibilitySample>,
}

/// If fewer architectures than this are feasible, infeasible ones fill the truth set up to this
/// size.
const MIN_TRUTH_SET: usize = 5;

/// An evaluation's evidence on feasibility.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FeasibilitySample {
    pub(crate) arch: Arch,
    /// Whether the result is usable; a result that violates a measured limit counts as usable.
    pub(crate) is_usable: bool,
    /// The value of each metric that has a limit, in the order of the limits; `None` if it is
    /// unknown.
    pub(crate) limited: Vec<Option<f64>>,
}

impl Measured {
    /// Adds the evaluations made since the last call.
    pub(crate) fn update(&mut self, context: &Context<'_>) {
        let limits: Vec<_> = context.constraints.measured_limits().collect();
        for evaluated in context.history.evaluated(self.samples.len()) {
            let standing = standing(context, evaluated);
            let (arch, found) = learnt(context, evaluated);
            let limited: Vec<_> = limits
                .iter()
                .map(|(name, ..)| found.and_then(|found| found.metric(name)))
                .collect();
            let scores = found.and_then(|found| context.scores(arch, found));
            if let (Some(found), Some(standing), Some(scores)) = (found, standing, scores) {
                self.scores.push(scores);
                self.archs.push(arch.clone());
                self.graphs.push(context.space.canonical_graph(arch));
                self.values.push(match standing {
                    Standing::Feasible(score) => score.get(),
                    Standing::Infeasible { .. } => {
                        context.history.direction().score(found.value).get()
                    }
                });
                self.standings.push(standing);
            }
            let is_usable = standing.is_some_and(Standing::is_placed);
            self.samples.push(FeasibilitySample { arch: arch.clone(), is_usable, limited });
        }
        if !context.objectives.is_empty() {
            self.rank();
        }
    }

    /// Replaces each architecture's value by the negative of its position in the crowded order, so
    /// that the first in that order has the highest value. Whether an architecture violates a limit
    /// has no effect on its position, just as it has none on its value.
    fn rank(&mut self) {
        let merits: Vec<_> = self.scores.iter().cloned().map(Merit::Feasible).collect();
        for (position, place) in crowded_order(&merits).into_iter().enumerate() {
            self.values[place] = -(position as f64);
        }
        for (standing, value) in self.standings.iter_mut().zip(&self.values) {
            if standing.is_feasible() {
                *standing = Standing::Feasible(Direction::Maximise.score(*value));
            }
        }
    }

    /// Returns the indices of the Pareto front of the feasible architectures, over all objectives.
    pub(crate) fn front(&self) -> Vec<usize> {
        let is_feasible = |at: &usize| self.standings[*at].is_feasible();
        let feasible: Vec<_> = (0..self.scores.len()).filter(is_feasible).collect();
        let beats = |other: &usize, at: &usize| dominates(&self.scores[*other], &self.scores[*at]);
        let is_first = |at: &usize| !feasible.iter().any(|other| beats(other, at));
        feasible.iter().copied().filter(is_first).collect()
    }

    /// Returns true if any architecture satisfied all limits.
    pub(crate) fn is_any_feasible(&self) -> bool {
        self.standings.iter().any(|standing| standing.is_feasible())
    }

    /// Returns the truth set: the indices of the `size` best feasible architectures, best first;
    /// ties keep their order. If fewer than [`MIN_TRUTH_SET`] are feasible, the architectures that
    /// exceed limits by the least follow, since a feasible architecture may be close to them too.
    pub(crate) fn best(&self, size: usize) -> Vec<usize> {
        let is_placed = |at: &usize| self.standings[*at].is_placed();
        let mut best: Vec<_> = (0..self.standings.len()).filter(is_placed).collect();
        best.sort_by(|&a, &b| self.standings[b].cmp(&self.standings[a]));
        let feasible = self.standings.iter().filter(|standing| standing.is_feasible()).count();
        best.truncate(size.min(feasible.max(MIN_TRUTH_SET)));
        best
    }
}

/// Returns the standing of an evaluation as the models learn it; a stopped trial gets its estimated
/// final score. Returns `None` if the evaluation failed.
pub(crate) fn standing(context: &Context<'_>, evaluated: Evaluated<'_>) -> Option<Standing> {
    match evaluated {
        Evaluated::Stopped(it) => {
            Some(Standing::Feasible(stopped::estimated_final_score(it, context.history)))
        }
        other => other.standing(context.constraints),
    }
}

/// Returns what the models learn from an evaluation: its architecture and its measurement. The
/// measurement is `None` if there is none, or if it belongs to a fidelity that the models do not
/// search.
///
/// With several fidelities, the models search the lowest rung, where all architectures can be
/// compared; results at higher rungs decide promotions.
pub(crate) fn learnt<'h>(
    context: &Context<'_>,
    evaluated: Evaluated<'h>,
) -> (&'h Arch, Option<&'h Measurement>) {
    let has_rungs = context.fidelity.is_some();
    let is_new =
        |arch: &Arch| !has_rungs || context.history.partial(context.key(arch), 0).is_none();
    match evaluated {
        Evaluated::Feasible(it) => (&it.arch, (!has_rungs).then_some(&it.measurement)),
        Evaluated::Partial(it) => {
            (&it.trial.arch, (has_rungs && it.rung == 0).then_some(&it.trial.measurement))
        }
        // Its expected final result is known for the value only.
        Evaluated::Stopped(it) => {
            (&it.trial.arch, context.objectives.is_empty().then_some(&it.trial.measurement))
        }
        Evaluated::Infeasible(arch, found) => (arch, found.filter(|_| is_new(arch))),
        Evaluated::Failed(arch) => (arch, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_values(values: [f64; 5]) -> Measured {
        let feasible = |value| Standing::Feasible(Direction::Maximise.score(value));
        Measured { standings: values.map(feasible).to_vec(), ..Measured::default() }
    }

    #[test]
    fn the_best_come_first_and_the_earlier_of_equals() {
        let measured = with_values([1.0, 3.0, 2.0, 3.0, 0.0]);
        assert_eq!(measured.best(3), [1, 3, 2]);
        assert_eq!(measured.best(9), [1, 3, 2, 0, 4]);
    }

    #[test]
    fn what_breaks_a_limit_is_truth_only_where_little_is_feasible() {
        let mut measured = with_values([1.0, 3.0, 2.0, 3.0, 0.0]);
        let beyond = |violation| Standing::Infeasible { violation };
        measured.standings[1] = beyond(0.5);
        assert_eq!(measured.best(3), [3, 2, 0]);
        for (at, violation) in [(0, f64::INFINITY), (2, 0.2), (4, 0.1)] {
            measured.standings[at] = beyond(violation);
        }
        assert_eq!(measured.best(3), [3, 4, 2]);
        assert_eq!(measured.best(9), [3, 4, 2, 1], "no number says how far the first is");
    }
}
