//! Comparisons of strategies, and their charts.

mod curves;
mod differences;
mod read;

use ganas_search::{Direction, StoredTrial};

pub use self::read::read;
use crate::chart::Chart;

/// A comparison of strategies, each of which was run with several seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its display name.
    pub name: String,
    /// The unit of the compared values, such as `%`. It is empty if the values have no unit.
    pub unit: String,
    /// The direction in which values improve.
    pub direction: Direction,
    /// The budgets at which the strategies are compared, as numbers of queries in ascending order.
    pub budgets: Vec<usize>,
    /// The best value of any architecture in the space, if known.
    pub optimum: Option<f64>,
    /// The strategies. The first is compared with each of the others.
    pub strategies: Vec<Strategy>,
    /// Differences between strategies, computed from pairs of runs with the same seed. They are
    /// used only if the individual runs are not known.
    pub paired: Vec<Difference>,
}

/// One strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// The strategy's runs. The list is empty if only the means of the runs are known.
    pub runs: Vec<Run>,
    /// The means over the strategy's runs, one for each budget. They are not used if the individual
    /// runs are known.
    pub means: Vec<Mean>,
    /// The median duration of the strategy's runs, in seconds. Each run is timed up to the largest
    /// budget.
    pub seconds: Option<f64>,
}

/// A run of a strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// The queries that found a new best value. For each of them, the list contains the number of
    /// the query and the new best value.
    pub improvements: Vec<(usize, f64)>,
}

/// The mean result of several runs with the same budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Mean {
    /// The budget, as a number of queries.
    pub budget: usize,
    /// The mean, over the runs, of the best value that each run found within the budget.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean. It is `None` for a single run.
    pub half: Option<f64>,
    /// The fraction of the runs that found the best value in the space. It is `None` if that value
    /// is not known.
    pub reached: Option<f64>,
}

/// The advantage of one strategy over another within the same budget. Runs with the same seed are
/// compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Name of the first strategy.
    pub strategy: String,
    /// Name of the other strategy.
    pub than: String,
    /// The budget, as a number of queries.
    pub budget: usize,
    /// The mean of the differences between the two strategies. It is above 0 if the first strategy
    /// is better on average.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean. It is `None` for a single pair
    /// of runs.
    pub half: Option<f64>,
    /// The p-value: the probability of a mean at least as far from 0 as `mean`, if the two
    /// strategies were equally good.
    pub p: f64,
}

impl Run {
    /// Creates a run from the trials of a study.
    pub fn of(seed: u64, direction: Direction, trials: &[StoredTrial]) -> Self {
        let mut counting: Vec<_> = trials
            .iter()
            .filter(|trial| trial.rung.is_none() && trial.state.has_value())
            .filter_map(|trial| Some((trial.query?, trial.value?)))
            .collect();
        counting.sort_by_key(|(query, _)| *query);
        let mut improvements: Vec<(usize, f64)> = Vec::new();
        for (query, value) in counting {
            let is_better = |last: &(usize, f64)| direction.score(value) > direction.score(last.1);
            if improvements.last().is_none_or(is_better) {
                improvements.push((query, value));
            }
        }
        Self { seed, improvements }
    }

    /// Returns the best value within a budget.
    pub(crate) fn within(&self, budget: usize) -> Option<f64> {
        let after = self.improvements.partition_point(|(query, _)| *query <= budget);
        Some(self.improvements.get(after.checked_sub(1)?)?.1)
    }
}

impl Comparison {
    /// Returns true if the runs of all strategies are known.
    pub(crate) fn has_runs(&self) -> bool {
        self.strategies.iter().all(|it| !it.runs.is_empty())
    }

    pub(crate) fn seeds(&self) -> usize {
        self.strategies.iter().map(|it| it.runs.len()).max().unwrap_or(0)
    }

    pub(crate) fn value_label(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" in {}", self.unit) };
        format!("best value{unit}")
    }

    /// Returns its charts in display order.
    pub(crate) fn charts(&self) -> Vec<Chart> {
        let mut charts = vec![curves::means(self)];
        charts.extend(curves::shares(self));
        charts.extend(curves::boxes(self));
        charts.extend(differences::against_first(self));
        charts.extend(differences::matrix(self));
        charts.extend(curves::seconds(self));
        charts
    }
}
