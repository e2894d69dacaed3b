//! What has been evaluated, and the best of it: the truth set.

use ganas_graph::{Arch, ArchGraph};
use ganas_search::{Bound, Context, Evaluated};

/// What has been evaluated, as the models see it, in the order of the study.
///
/// What broke a limit that only its evaluation revealed is in here too, with its value where one is
/// known; it is never in the truth set.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// What has a value.
    pub(crate) archs: Vec<Arch>,
    /// Their canonical graphs.
    pub(crate) graphs: Vec<ArchGraph>,
    /// Their scores.
    pub(crate) values: Vec<f64>,
    is_feasible: Vec<bool>,
    /// Of every evaluation whether it was of use, and what limits are about.
    pub(crate) uses: Vec<Use>,
}

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
            let breaks = |((_, bound, limit), found): (&(&str, Bound, f64), &Option<f64>)| {
                found.is_some_and(|found| bound.is_broken(found, *limit))
            };
            let is_explained = limits.iter().zip(&limited).any(breaks);
            if let Some(found) = found {
                self.archs.push(arch.clone());
                self.graphs.push(context.space.canonical_graph(arch));
                self.values.push(context.history.direction().score(found.value).get());
                self.is_feasible.push(is_feasible);
            }
            let is_usable = is_feasible || is_explained;
            self.uses.push(Use { arch: arch.clone(), is_usable, limited });
        }
    }

    /// The truth set: places of the `size` best feasible ones, best first, the earlier of equals first.
    pub(crate) fn best(&self, size: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.values.len()).filter(|&at| self.is_feasible[at]).collect();
        order.sort_by(|&a, &b| self.values[b].total_cmp(&self.values[a]));
        order.truncate(size);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_values(values: [f64; 5]) -> Measured {
        let is_feasible = vec![true; values.len()];
        Measured { values: values.to_vec(), is_feasible, ..Measured::default() }
    }

    #[test]
    fn the_best_come_first_and_the_earlier_of_equals() {
        let measured = with_values([1.0, 3.0, 2.0, 3.0, 0.0]);
        assert_eq!(measured.best(3), [1, 3, 2]);
        assert_eq!(measured.best(9), [1, 3, 2, 0, 4]);
    }

    #[test]
    fn what_breaks_a_limit_is_no_truth() {
        let mut measured = with_values([1.0, 3.0, 2.0, 3.0, 0.0]);
        measured.is_feasible[1] = false;
        assert_eq!(measured.best(3), [3, 2, 0]);
    }
}
