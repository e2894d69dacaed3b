//! Upper bounds on the queries that searches need to find a benchmark's optimum.

use anyhow::{Context, Result};

use crate::parallel::{in_parallel, processors};
use crate::process::Ganas;
use crate::statistics::median;

const SEEDS: u64 = 20;

/// Upper bounds on the queries of searches.
///
/// Derived from the searches with seeds 0 to 199 at the same budgets: of 20,000 samples of 20
/// searches, with replacement, 99 % have a median of at most the bound and at most as many misses.
/// A change that alters histories without making anything worse therefore passes. All 200 have the
/// medians 43.5, 44, 97.5, 53.5 and 139, and 2, 4, 0, 0 and 3 misses; the seeds 0 to 19 have 49,
/// 59.5, 119.5, 47 and 133, and none.
const BOUNDS: [Bound; 5] = [
    Bound::new("cifar10", "ganas", 150, 2, 55.5),
    Bound::new("cifar100", "ganas", 150, 2, 67.0),
    Bound::new("imagenet16-120", "ganas", 444, 0, 133.5),
    Bound::new("cifar10", "local-search", 444, 0, 72.0),
    Bound::new("cifar10", "evolution", 444, 2, 173.0),
];

/// The bounds for a strategy on one data set of NAS-Bench-201, with seeds from 0.
#[derive(Debug)]
struct Bound {
    dataset: &'static str,
    strategy: &'static str,
    /// Number of queries after which a search counts as having missed the optimum.
    budget: u64,
    may_miss: usize,
    median_at_most: f64,
}

/// Returns the violated bounds.
pub(super) fn check(ganas: &Ganas) -> Result<Vec<String>> {
    let searches: Vec<_> =
        BOUNDS.iter().flat_map(|bound| (0..SEEDS).map(move |seed| (bound, seed))).collect();
    let found = in_parallel(&searches, processors(), |(bound, seed)| bound.queries(ganas, *seed));
    let mut found = found.into_iter();
    let mut problems = Vec::new();
    for bound in &BOUNDS {
        let queries = found.by_ref().take(searches.len() / BOUNDS.len());
        problems.extend(bound.verdict(queries.collect::<Result<_>>()?));
    }
    Ok(problems)
}

impl Bound {
    const fn new(
        dataset: &'static str,
        strategy: &'static str,
        budget: u64,
        may_miss: usize,
        median_at_most: f64,
    ) -> Self {
        Self { dataset, strategy, budget, may_miss, median_at_most }
    }

    fn command(&self) -> String {
        let Self { dataset, strategy, budget, .. } = self;
        format!(
            "search nasbench201 --dataset {dataset} --strategy {strategy} --budget {budget} --until-optimum"
        )
    }

    /// Returns the number of queries to the optimum; `None` if the search missed it.
    fn queries(&self, ganas: &Ganas, seed: u64) -> Result<Option<u64>> {
        let found = ganas.json(&format!("{} --seed {seed}", self.command()))?;
        let queries = found["queries"].as_u64().context("no count of queries in the JSON")?;
        Ok((found["stop_reason"] == "target").then_some(queries))
    }

    /// Prints the results, and returns a message if the bound is violated.
    fn verdict(&self, queries: Vec<Option<u64>>) -> Option<String> {
        let seeds = queries.len();
        let missed = queries.iter().filter(|queries| queries.is_none()).count();
        let median = median(queries);
        let Self { may_miss, median_at_most, .. } = self;
        let command = self.command();
        let found = median.map_or("none".into(), |median| median.to_string());
        println!("ganas {command}: {missed} of {seeds} seeds missed the optimum, median {found}");
        let holds = missed <= *may_miss && median.is_some_and(|median| median <= *median_at_most);
        (!holds).then(|| {
            format!(
                "{command}: expected at most {may_miss} of {seeds} seeds to miss and a median of at most {median_at_most} queries, found {missed} and {found}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_bind() {
        let bound = Bound::new("cifar10", "ganas", 150, 1, 60.0);
        let holds = |queries: &[Option<u64>]| bound.verdict(queries.into()).is_none();
        assert!(holds(&[Some(10), Some(60), Some(60), Some(90)]));
        assert!(!holds(&[Some(10), Some(60), Some(61), Some(90)]));
        assert!(holds(&[Some(10), None, Some(60), Some(20)]));
        assert!(!holds(&[Some(10), None, None, Some(20), Some(20)]));
        assert!(!holds(&[]));
    }
}
