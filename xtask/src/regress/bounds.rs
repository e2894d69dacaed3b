//! Upper bounds on the queries that searches need.

use anyhow::{Context, Result};

use crate::process::Ganas;

/// How few queries a search must get by with.
pub(super) const BOUNDS: [Bound; 1] = [Bound {
    space: "nasbench201",
    dataset: "cifar10",
    strategy: "ganas",
    seeds: 20,
    budget: 150,
    may_miss: 1,
    median_at_most: 90.0,
}];

/// An upper bound on the queries that a strategy needs to find the optimum.
#[derive(Debug)]
pub(super) struct Bound {
    space: &'static str,
    dataset: &'static str,
    strategy: &'static str,
    seeds: u64,
    budget: usize,
    may_miss: u64,
    median_at_most: f64,
}

impl Bound {
    /// The problem, if the bound does not hold.
    pub(super) fn check(&self, ganas: &Ganas) -> Result<Option<String>> {
        let Self { space, dataset, strategy, seeds, budget, .. } = self;
        let command = format!(
            "compare {space} --dataset {dataset} --strategies {strategy} --seeds {seeds} --budgets {budget}"
        );
        let queries = &ganas.json(&command)?["queries_to_optimum"][strategy];
        let missed = queries["missed"].as_u64().context("no count of misses in the JSON")?;
        Ok(self.verdict(&command, missed, queries["median"].as_f64()))
    }

    fn verdict(&self, command: &str, missed: u64, median: Option<f64>) -> Option<String> {
        let Self { seeds, may_miss, median_at_most, .. } = self;
        let median_holds = median.is_some_and(|median| median <= *median_at_most);
        let median = median.map_or("none".into(), |median| median.to_string());
        println!("ganas {command}: {missed} of {seeds} missed the optimum, median {median}");
        (missed > *may_miss || !median_holds).then(|| {
            format!(
                "{command}: expected at most {may_miss} of {seeds} seeds to miss and a median of at most {median_at_most} queries, found {missed} and {median}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_bind() {
        for bound in &BOUNDS {
            let verdict = |missed, median| bound.verdict("compare", missed, median);
            let (misses, median) = (bound.may_miss, bound.median_at_most);
            assert_eq!(verdict(misses, Some(median)), None);
            assert!(verdict(misses + 1, Some(median)).is_some());
            assert!(verdict(misses, Some(median + 0.5)).is_some());
            assert!(verdict(0, None).is_some());
        }
    }
}
