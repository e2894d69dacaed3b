//! Charts of the progress of strategies from query to query, and of the time that the strategies
//! take.

use ganas_search::Direction;

use super::{Comparison, Strategy};
use crate::chart::{Axis, BoxPlot, Chart, Colour, Layer, Marks, Meaning, Point, Scale, Shape};
use crate::number::number;
use crate::statistics::{confidence, mean, quantile};

/// Maximum number of points of a curve.
const POINTS: usize = 300;

/// Draws the mean best values by number of queries, with confidence bands.
pub(super) fn means(comparison: &Comparison) -> Chart {
    let most = comparison.budgets.last().copied().unwrap_or(1);
    let step = most.div_ceil(POINTS).max(1);
    let (mut bands, mut lines, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for (place, strategy) in comparison.strategies.iter().enumerate() {
        let points = if strategy.runs.is_empty() {
            let mean = |it: &super::Mean| (it.budget, it.mean, it.half);
            strategy.means.iter().map(mean).collect::<Vec<_>>()
        } else {
            (1..=most).step_by(step).chain([most]).filter_map(|at| mean_at(strategy, at)).collect()
        };
        all.extend(points.iter().map(|(_, mean, _)| *mean));
        let band = points
            .iter()
            .filter_map(|(at, mean, half)| half.map(|half| [*at as f64, mean - half, mean + half]));
        let colour = Colour::Series(place);
        bands.push(Layer::new("", colour, Marks::Band(band.collect())));
        let line = points.iter().map(|(at, mean, _)| (*at as f64, *mean)).collect();
        lines.push(Layer::new(&strategy.name, colour, Marks::Line(line)));
        let told = points.iter().filter(|(at, ..)| comparison.budgets.contains(at));
        let told = told.map(|(at, mean, half)| {
            let half = half.map(|half| format!(" ± {}", number(half))).unwrap_or_default();
            let text = format!("{}: {}{half} after {at} queries", strategy.name, number(*mean));
            Point { x: *at as f64, y: *mean, meaning: Meaning::Text(text) }
        });
        lines.push(Layer::new("", colour, Marks::Points(shape(place), told.collect())));
    }
    if let Some(optimum) = comparison.optimum {
        bands.push(Layer::new("optimum of the space", Colour::Ink, Marks::HorizontalLine(optimum)));
    }
    bands.extend(lines);
    Chart {
        id: "means".into(),
        title: "Best value against queries".into(),
        text: "The best value after each number of queries, averaged over the seeds; the bands are 95 % confidence intervals of the mean (Student's t).".to_owned() + &left_out(comparison) + if comparison.has_runs() { FIRST } else { "" },
        x: Axis::linear("queries"),
        y: Axis { label: comparison.value_label(), scale: scale(comparison, &all) },
        layers: bands,
    }
}

/// A note on early values that are drawn at the edge of the chart. It applies only if the
/// individual runs are known, because only then do the curves begin at the first query.
const FIRST: &str =
    " Early values that would compress the others are drawn at the edge of the chart.";

/// Returns a sentence about runs that are not part of the means, or nothing if there are none.
fn left_out(comparison: &Comparison) -> String {
    let runs = comparison.strategies.iter().flat_map(|strategy| &strategy.runs);
    match runs.filter(|run| run.within(usize::MAX).is_none()).count() {
        0 => String::new(),
        count => format!(
            " Runs that found no architecture that satisfies the limits are left out: {count}."
        ),
    }
}

/// Returns a scale on which bad first values do not compress the others.
fn scale(comparison: &Comparison, means: &[f64]) -> Scale {
    let score = |value: f64| comparison.direction.score(value).get();
    let mut scores: Vec<f64> = means.iter().copied().chain(comparison.optimum).map(score).collect();
    scores.sort_by(f64::total_cmp);
    // If only means at the budgets are known, none is left out.
    let least = if comparison.has_runs() { 0.04 } else { 0.0 };
    let ends = (quantile(&scores, least), scores.last());
    let (Some(low), Some(high)) = ends else { return Scale::Linear };
    match comparison.direction {
        Direction::Maximise => Scale::Between(low, *high),
        Direction::Minimise => Scale::Between(-high, -low),
    }
}

/// Returns the shape that distinguishes a strategy without colour.
pub(super) fn shape(place: usize) -> Shape {
    [Shape::Disc, Shape::Square, Shape::Diamond, Shape::Triangle, Shape::Ring, Shape::Cross]
        [place % 6]
}

/// Returns the mean over all runs that found an architecture, with half the width of its confidence
/// interval; `None` if one of these runs has no value within `at` queries.
fn mean_at(strategy: &Strategy, at: usize) -> Option<(usize, f64, Option<f64>)> {
    let found = strategy.runs.iter().filter(|run| run.within(usize::MAX).is_some());
    let values: Option<Vec<f64>> = found.map(|run| run.within(at)).collect();
    let values = values?;
    Some((at, mean(&values)?, confidence(&values)))
}

/// Draws the fraction of the runs that reached the optimum or, if that is unknown, the best value
/// that any run found.
pub(super) fn shares(comparison: &Comparison) -> Option<Chart> {
    let most = comparison.budgets.last().copied()?;
    let direction = comparison.direction;
    let score = |value: f64| direction.score(value);
    let finals = comparison.strategies.iter().flat_map(|it| it.runs.iter());
    let best = finals.filter_map(|run| run.within(most));
    let best = best.reduce(|one, other| if score(other) > score(one) { other } else { one });
    let (target, what) = match (comparison.optimum, best) {
        (Some(optimum), _) => (optimum, "the optimum of the space"),
        (None, Some(best)) => (best, "the best value that any run found"),
        (None, None) => return None,
    };
    let layer = |(place, strategy): (usize, &Strategy)| {
        // From means, the fractions are known only at the budgets.
        let marks = if strategy.runs.is_empty() {
            let share = |it: &super::Mean| Some((it.budget as f64, 100.0 * it.reached?));
            Marks::Line(strategy.means.iter().filter_map(share).collect())
        } else {
            Marks::Steps(reached(strategy, most, |value| score(value) >= score(target)))
        };
        Layer::new(&strategy.name, Colour::Series(place), marks)
    };
    Some(Chart {
        id: "reached".into(),
        title: "Runs that reached the target".into(),
        text: format!(
            "The share of runs that had found {what} ({}) after each number of queries.",
            number(target)
        ),
        x: Axis::linear("queries"),
        y: Axis { label: "share of runs in %".into(), scale: Scale::Between(0.0, 100.0) },
        layers: comparison.strategies.iter().enumerate().map(layer).collect(),
    })
}

fn reached(strategy: &Strategy, most: usize, is_there: impl Fn(f64) -> bool) -> Vec<(f64, f64)> {
    let first = |run: &super::Run| {
        run.improvements
            .iter()
            .find(|(query, value)| *query <= most && is_there(*value))
            .map(|it| it.0)
    };
    let mut queries: Vec<usize> = strategy.runs.iter().filter_map(first).collect();
    queries.sort_unstable();
    let mut line = vec![(0.0, 0.0)];
    for (at, query) in queries.iter().enumerate() {
        line.push((*query as f64, 100.0 * (at + 1) as f64 / strategy.runs.len() as f64));
    }
    line.push((most as f64, line.last().map_or(0.0, |it| it.1)));
    line
}

/// Draws box plots over the seeds at each budget.
pub(super) fn boxes(comparison: &Comparison) -> Option<Chart> {
    if !comparison.has_runs() || comparison.seeds() < 3 {
        return None;
    }
    let (mut layers, mut all) = (Vec::new(), Vec::new());
    let count = comparison.strategies.len() as f64;
    for (place, strategy) in comparison.strategies.iter().enumerate() {
        let plot = |(at, budget): (usize, &usize)| {
            let values = strategy.runs.iter().filter_map(|run| run.within(*budget));
            let mut values: Vec<f64> = values.collect();
            values.sort_by(f64::total_cmp);
            let five = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&values, share));
            let [Some(least), Some(lower), Some(median), Some(upper), Some(largest)] = five else {
                return None;
            };
            let text = format!(
                "{}, {budget} queries: median {}, quartiles {} and {}, from {} to {}",
                strategy.name,
                number(median),
                number(lower),
                number(upper),
                number(least),
                number(largest)
            );
            let middle = at as f64 - 0.4 + 0.8 * (place as f64 + 0.5) / count;
            let five = [least, lower, median, upper, largest];
            Some(BoxPlot { at: middle, half: 0.32 / count, five, meaning: Meaning::Text(text) })
        };
        let plots: Vec<BoxPlot> = comparison.budgets.iter().enumerate().filter_map(plot).collect();
        all.extend(plots.iter().flat_map(|it| [it.five[1], it.five[3]]));
        all.extend(plots.iter().map(|it| match comparison.direction {
            Direction::Maximise => it.five[4],
            Direction::Minimise => it.five[0],
        }));
        layers.push(Layer::new(&strategy.name, Colour::Series(place), Marks::Boxes(plots)));
    }
    let ends = all.iter().copied().reduce(f64::min).zip(all.iter().copied().reduce(f64::max));
    let scale = ends.map_or(Scale::Linear, |(low, high)| Scale::Between(low, high));
    Some(Chart {
        id: "boxes".into(),
        title: "Best values over the seeds".into(),
        text: "Median and quartiles of the best values within each budget; the whiskers extend to the smallest and the largest value, or to the edge of the chart.".into(),
        x: Axis::names("queries", comparison.budgets.iter().map(ToString::to_string).collect()),
        y: Axis { label: comparison.value_label(), scale },
        layers,
    })
}

/// Draws the median duration of each strategy's runs.
pub(super) fn seconds(comparison: &Comparison) -> Option<Chart> {
    let timed: Vec<_> =
        comparison.strategies.iter().filter_map(|it| Some((&it.name, it.seconds?))).collect();
    let bars = timed.iter().enumerate().map(|(row, (name, seconds))| {
        let text = format!("{name}: {} s", number(*seconds));
        Point { x: *seconds, y: row as f64, meaning: Meaning::Text(text) }
    });
    (!timed.is_empty()).then(|| Chart {
        id: "seconds".into(),
        title: "Time per run".into(),
        text:
            "The time in seconds that a run took up to the largest budget (median over the seeds)."
                .into(),
        x: Axis::linear("seconds"),
        y: Axis::names("strategy", timed.iter().map(|(name, _)| (*name).clone()).collect()),
        layers: vec![Layer::new("", Colour::Series(0), Marks::Bars(bars.collect()))],
    })
}
