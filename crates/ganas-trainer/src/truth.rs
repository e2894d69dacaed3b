//! What has been measured, and the best of it: the truth set.

use ganas_graph::{ArchGraph, SearchSpace};
use ganas_search::History;

/// What has been measured, as the models see it. Only feasible architectures are ever measured, so
/// none that breaks a hard constraint is in here.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Canonical graph of each trial, in the order of queries.
    pub(crate) graphs: Vec<ArchGraph>,
    /// Score of each trial.
    pub(crate) values: Vec<f64>,
}

impl Measured {
    /// Adds the trials that are new since the last call.
    pub(crate) fn update(&mut self, space: &dyn SearchSpace, history: &History) {
        for trial in &history.trials()[self.graphs.len()..] {
            self.graphs.push(space.canonical_graph(&trial.arch));
            self.values.push(trial.score.get());
        }
    }

    /// The truth set: indices of the `size` best trials, best first, the earlier of equals first.
    pub(crate) fn best(&self, size: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.values.len()).collect();
        order.sort_by(|&a, &b| self.values[b].total_cmp(&self.values[a]));
        order.truncate(size);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_the_earlier_of_equals() {
        let values = vec![1.0, 3.0, 2.0, 3.0, 0.0];
        let measured = Measured { graphs: Vec::new(), values };
        assert_eq!(measured.best(3), [1, 3, 2]);
        assert_eq!(measured.best(9), [1, 3, 2, 0, 4]);
    }
}
