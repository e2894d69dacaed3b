//! What has been evaluated, and the best of it: the truth set.

use ganas_graph::{Arch, ArchGraph};
use ganas_search::{Bound, Context, Evaluated};

/// What has been evaluated, as the models see it, in the order of the study.
///
/// What broke a limit that only its evaluation revealed is in here too, with its value where one is
/// known.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// What has a value.
    pub(crate) archs: Vec<Arch>,
    /// Their canonical graphs.
    pub(crate) graphs: Vec<ArchGraph>,
    /// Their scores.
    pub(crate) values: Vec<f64>,
    /// How far each is beyond limits that only its evaluation revealed; 0 if it keeps to all.
    violations: Vec<f64>,
    /// Of every evaluation whether it was of use, and what limits are about.
    pub(crate) uses: Vec<Use>,
}

/// Least size of a truth set, as far as there are that many evaluated.
const FEWEST: usize = 5;

/// What an evaluation told about what can be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Use {
    pub(crate) arch: Arch,
    /// Was there a result, and nothing wrong with it but numbers that are limited?
    pub(crate) is_usable: bool,
    /// The numbers that are limited, in the limits' order, where they are known.
    pub(crate) limited: Vec<Option<f64>>,
}

impl Measured {
    /// Adds the evaluations that are new since the last call.
    pub(crate) fn update(&mut self, context: &Context<'_>) {
        let limits: Vec<_> = context.constraints.measured_limits().collect();
        for evaluated in context.history.evaluated(self.uses.len()) {
            let (arch, found, is_feasible) = match evaluated {
                Evaluated::Feasible(trial) => (&trial.arch, Some(&trial.measurement), true),
                Evaluated::Infeasible(arch, found) => (arch, found, false),
                Evaluated::Failed(arch) => (arch, None, false),
            };
            let limited: Vec<_> = limits
                .iter()
                .map(|(name, ..)| found.and_then(|found| found.metric(name)))
                .collect();
            let excess = |((_, bound, limit), found): (&(&str, Bound, f64), &Option<f64>)| {
                found.map_or(0.0, |found| bound.excess(found, *limit))
            };
            let violation: f64 = limits.iter().zip(&limited).map(excess).sum();
            let is_explained = violation > 0.0;
            if let Some(found) = found {
                self.archs.push(arch.clone());
                self.graphs.push(context.space.canonical_graph(arch));
                self.values.push(context.history.direction().score(found.value).get());
                let unexplained = if is_feasible { 0.0 } else { f64::INFINITY };
                self.violations.push(if is_explained { violation } else { unexplained });
            }
            let is_usable = is_feasible || is_explained;
            self.uses.push(Use { arch: arch.clone(), is_usable, limited });
        }
    }

    /// Has anything kept to all limits?
    pub(crate) fn is_any_feasible(&self) -> bool {
        self.violations.contains(&0.0)
    }

    /// The truth set: places of the `size` best feasible ones, best first, the earlier of equals first.
    /// Where there are very few, those that are beyond limits by the least follow: from there, too, a
    /// feasible one may be near.
    pub(crate) fn best(&self, size: usize) -> Vec<usize> {
        let by_value = |&a: &usize, &b: &usize| self.values[b].total_cmp(&self.values[a]);
        let by_violation =
            |&a: &usize, &b: &usize| self.violations[a].total_cmp(&self.violations[b]);
        let (mut best, mut beyond): (Vec<_>, Vec<_>) =
            (0..self.values.len()).partition(|&at| self.violations[at] == 0.0);
        best.sort_by(by_value);
        best.truncate(size);
        beyond.retain(|&at| self.violations[at].is_finite());
        beyond.sort_by(by_violation);
        let missing = FEWEST.min(size).saturating_sub(best.len());
        best.extend(beyond.into_iter().take(missing));
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_values(values: [f64; 5]) -> Measured {
        let violations = vec![0.0; values.len()];
        Measured { values: values.to_vec(), violations, ..Measured::default() }
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
        measured.violations[1] = 0.5;
        assert_eq!(measured.best(3), [3, 2, 0]);
        measured.violations = vec![f64::INFINITY, 0.5, 0.2, 0.0, 0.1];
        assert_eq!(measured.best(3), [3, 4, 2]);
        assert_eq!(measured.best(9), [3, 4, 2, 1], "no number says how far the first is");
    }
}
