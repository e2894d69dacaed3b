//! Differences between strategies, paired by seed.

use super::{Comparison, Difference, Strategy};
use crate::chart::{Axis, Chart, Colour, Interval, Layer, Marks, Meaning, Tile};
use crate::number::significant;
use crate::statistics::{confidence, holm, mean, sign_flip};

/// Maximum number of rows of differences.
const MAX_ROWS: usize = 40;

impl Difference {
    /// Compares two strategies over the seeds that they share.
    fn of(
        comparison: &Comparison,
        one: &Strategy,
        other: &Strategy,
        budget: usize,
    ) -> Option<Self> {
        let score = |value: f64| comparison.direction.score(value).get();
        let pair = |run: &super::Run| {
            let partner = other.runs.iter().find(|it| it.seed == run.seed)?;
            Some(score(run.within(budget)?) - score(partner.within(budget)?))
        };
        let differences: Vec<f64> = one.runs.iter().filter_map(pair).collect();
        Some(Self {
            strategy: one.name.clone(),
            than: other.name.clone(),
            budget,
            mean: mean(&differences)?,
            half: confidence(&differences),
            p: sign_flip(&differences),
        })
    }
}

/// Compares the first strategy with each of the others within each budget. If the individual runs
/// are not known, returns [`Comparison::paired`].
fn all(comparison: &Comparison) -> Vec<Difference> {
    let [first, others @ ..] = comparison.strategies.as_slice() else { return Vec::new() };
    if !comparison.has_runs() {
        return comparison.paired.clone();
    }
    let one = |other| {
        let budgets = comparison.budgets.iter();
        budgets.filter_map(move |budget| Difference::of(comparison, first, other, *budget))
    };
    others.iter().flat_map(one).collect()
}

/// Draws paired differences with intervals.
pub(super) fn against_first(comparison: &Comparison) -> Option<Chart> {
    let mut found = all(comparison);
    found.retain(|it| it.half.is_some());
    let first = found.first()?.strategy.clone();
    found.sort_by_key(|it| it.budget);
    let left_out = found.len().saturating_sub(MAX_ROWS);
    found.drain(..left_out);
    let interval = |(row, it): (usize, &Difference)| {
        let half = it.half.unwrap_or(0.0);
        let text = format!(
            "advantage of {} over {} after {} queries: {} ± {}, p {}",
            it.strategy,
            it.than,
            it.budget,
            significant(it.mean, 3),
            significant(half, 3),
            significant(it.p, 2)
        );
        Interval {
            row: row as f64,
            at: [it.mean - half, it.mean, it.mean + half],
            meaning: Meaning::Text(text),
        }
    };
    let intervals = found.iter().enumerate().map(interval).collect();
    let names = found.iter().map(|it| format!("{}, {}", it.than, it.budget)).collect();
    let unit =
        if comparison.unit.is_empty() { String::new() } else { format!(" in {}", comparison.unit) };
    Some(Chart {
        id: "paired".into(),
        title: format!("How much better {first} is"),
        text: format!(
            "The mean difference between the best values, paired by seed, with 95 % confidence intervals (Student's t). To the right of 0, {first} is better. Each row names the other strategy and the number of queries."
        ),
        x: Axis::linear(format!("difference{unit}")),
        y: Axis::names("strategy, queries", names),
        layers: vec![
            Layer::new("no difference", Colour::Ink, Marks::VerticalLine(0.0)),
            Layer::new(
                format!("advantage of {first}"),
                Colour::Series(0),
                Marks::Intervals(intervals),
            ),
        ],
    })
}

/// Draws a matrix that compares all pairs of strategies within the largest budget.
pub(super) fn matrix(comparison: &Comparison) -> Option<Chart> {
    let budget = *comparison.budgets.last()?;
    let strategies = &comparison.strategies;
    let pairs: Vec<(usize, usize, Difference)> = if comparison.has_runs() {
        let pairs = (0..strategies.len())
            .flat_map(|one| (one + 1..strategies.len()).map(move |it| (one, it)));
        pairs
            .filter_map(|(one, other)| {
                let found =
                    Difference::of(comparison, &strategies[one], &strategies[other], budget)?;
                Some((one, other, found))
            })
            .collect()
    } else {
        let place = |name: &str| strategies.iter().position(|it| it.name == name);
        let given = comparison.paired.iter().filter(|it| it.budget == budget);
        given.filter_map(|it| Some((place(&it.strategy)?, place(&it.than)?, it.clone()))).collect()
    };
    if pairs.is_empty() || comparison.has_runs() && comparison.seeds() < 3 {
        return None;
    }
    let corrected = holm(&pairs.iter().map(|it| it.2.p).collect::<Vec<_>>());
    let (mut better, mut worse, mut equal) = (Vec::new(), Vec::new(), Vec::new());
    for ((one, other, found), p) in pairs.iter().zip(corrected) {
        for (row, column, mean) in [(*one, *other, found.mean), (*other, *one, -found.mean)] {
            let text =
                if p < 0.001 { "p < 0.001".into() } else { format!("p {}", significant(p, 2)) };
            // Summing equal numbers in a different order changes the last bits.
            let (is, tiles) = match mean {
                _ if mean.abs() < 1e-9 => ("no better", &mut equal),
                _ if mean > 0.0 => ("better", &mut better),
                _ => ("worse", &mut worse),
            };
            let what = format!(
                "{} is {is} than {} (mean difference {}, corrected {text})",
                strategies[row].name,
                strategies[column].name,
                significant(mean.abs(), 3)
            );
            let strength = if p < 0.05 { 1.0 } else { 0.0 };
            let (x, y) = (column as f64, row as f64);
            let tile = Tile { x, y, strength, text, meaning: Meaning::Text(what) };
            tiles.push(tile);
        }
    }
    let names: Vec<String> = strategies.iter().map(|it| it.name.clone()).collect();
    Some(Chart {
        id: "significance".into(),
        title: format!("Which differences are significant after {budget} queries"),
        text: "Each cell compares the strategy of its row with that of its column: the p-value of the paired sign-flip test, with Holm's correction for all pairs. Cells in full colour have a p-value below 0.05.".into(),
        x: Axis::names("", names.clone()),
        y: Axis::names("", names),
        layers: vec![
            Layer::new("row is better", Colour::Series(2), Marks::Tiles(better)),
            Layer::new("row is worse", Colour::Series(1), Marks::Tiles(worse)),
            Layer::new("equal", Colour::Muted, Marks::Tiles(equal)),
        ],
    })
}
