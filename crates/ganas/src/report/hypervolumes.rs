//! The hypervolumes of the Pareto fronts in a comparison, as fractions of the volume of a common
//! box.

use ganas_bench::Benchmark;
use ganas_graph::moves;
use ganas_search::{HypervolumeBox, Objective, TestOracle as _};
use serde::Serialize;

use super::paired::Paired;
use crate::Error;
use crate::compare::Searches;
use ganas_report::statistics::{mean, standard_deviation, standard_error};

/// The hypervolumes of the Pareto fronts in a comparison, as fractions of a box that is the same
/// for all searches. In each objective, the box extends from the worst to the best value among the
/// architectures that `span` specifies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hypervolumes {
    /// The names of the objectives other than the value that the searches improve. The lists
    /// `worst` and `best` contain an entry for that value, followed by an entry for each of these
    /// objectives, in the same order.
    pub further: Vec<String>,
    /// The set of architectures whose values determine the box of which the hypervolumes are
    /// fractions.
    pub span: Span,
    /// For each objective, the worst value in the box of which the hypervolumes are fractions.
    pub worst: Vec<f64>,
    /// For each objective, the best value in the box of which the hypervolumes are fractions.
    pub best: Vec<f64>,
    /// A row for each strategy and budget.
    pub rows: Vec<HypervolumeRow>,
    /// Comparisons of the first strategy with each of the others.
    pub paired: Vec<Paired>,
}

/// The set of architectures whose values determine the box within which a comparison measures
/// hypervolumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// All architectures in the benchmark's table, including those that violate limits.
    Table,
    /// All architectures that the searches of the comparison measured and that violate no limit. In
    /// this case, every comparison has its own box (the bounds of the region in which volumes are
    /// measured), so hypervolumes from different comparisons cannot be compared.
    Found,
}

/// The hypervolume that a strategy reached within a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HypervolumeRow {
    /// The strategy.
    pub strategy: String,
    /// Number of queries.
    pub budget: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// Mean hypervolume over the seeds; `null` if there are no seeds. The hypervolume of a search
    /// that found no architecture within the budget is 0.
    pub mean: Option<f64>,
    /// Standard error of the mean; `null` for a single seed.
    pub standard_error: Option<f64>,
}

/// Maximum size of a space in which all architectures are looked up to determine the box.
const MAX_LISTED: u128 = 1 << 20;

impl Hypervolumes {
    /// Returns the hypervolumes of all searches; `None` if there are no further objectives, or if
    /// no architecture has a value for each of them.
    pub(super) fn of(
        benchmark: &Benchmark,
        objectives: &[Objective],
        groups: &[Searches],
        budgets: &[usize],
    ) -> Result<Option<Self>, Error> {
        if objectives.is_empty() {
            return Ok(None);
        }
        let space = &*benchmark.space;
        let (span, whole) = whole(benchmark, objectives, groups)?;
        let (Some(worst), Some(best)) = (whole.worst(), whole.best()) else { return Ok(None) };
        // The growth of the hypervolume in each search.
        let curves = |group: &Searches| -> Vec<Vec<(usize, f64)>> {
            group.searches.iter().map(|search| whole.curve(space, &search.history)).collect()
        };
        let curves: Vec<_> = groups.iter().map(curves).collect();
        let covered = |group: usize, budget: usize| -> Vec<f64> {
            let last = |curve: &Vec<(usize, f64)>| {
                let within = curve.iter().take_while(|(query, _)| *query <= budget);
                within.last().map_or(0.0, |(_, volume)| *volume)
            };
            curves[group].iter().map(last).collect()
        };
        let rows = groups.iter().enumerate().flat_map(|(place, group)| {
            let row = move |&budget| HypervolumeRow::new(group, budget, &covered(place, budget));
            budgets.iter().map(row)
        });
        let strategies: Vec<_> = groups.iter().map(|group| group.strategy.as_str()).collect();
        let known = |group, budget| covered(group, budget).into_iter().map(Some).collect();
        Ok(Some(Self {
            further: objectives.iter().map(|objective| objective.metric.clone()).collect(),
            span,
            worst,
            best,
            rows: rows.collect(),
            paired: Paired::all(&strategies, budgets, known),
        }))
    }
}

impl HypervolumeRow {
    fn new(group: &Searches, budget: usize, covered: &[f64]) -> Self {
        let deviation = standard_deviation(covered);
        Self {
            strategy: group.strategy.clone(),
            budget,
            seeds: covered.len(),
            mean: mean(covered),
            standard_error: deviation.map(|deviation| standard_error(deviation, covered.len())),
        }
    }
}

/// Returns the box of the benchmark's table if the architectures can be listed and the values are
/// not predicted; otherwise, the box of all architectures that the searches measured and that
/// violate no limit.
fn whole(
    benchmark: &Benchmark,
    objectives: &[Objective],
    groups: &[Searches],
) -> Result<(Span, HypervolumeBox), Error> {
    let space = &*benchmark.space;
    let mut whole = HypervolumeBox::new(benchmark.direction(), objectives);
    let is_listed = space.size().is_some_and(|size| size <= MAX_LISTED);
    if benchmark.predictor().is_none() && is_listed && moves::enumerates_all(space) {
        for arch in moves::enumerate(space) {
            if let Some(measurement) = benchmark.measure(&arch)? {
                whole.include(space, &arch, &measurement);
            }
        }
        return Ok((Span::Table, whole));
    }
    for search in groups.iter().flat_map(|group| &group.searches) {
        whole.include_all(space, &search.history);
    }
    Ok((Span::Found, whole))
}
