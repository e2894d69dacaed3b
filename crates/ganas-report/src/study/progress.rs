//! Charts of a study's progress, and of the sources of its good architectures.

use super::stored::Study;
use super::trial_rows::{Kind, Row, TrialRows};
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Meaning, Point, Scale, Shape};
use crate::number::number;
use crate::statistics::quantile;

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let mut charts = Vec::new();
    if seen.full().next().is_some() {
        let by_query = |row: &Row<'_>| row.query as f64;
        charts.push(best_so_far(
            study,
            seen,
            "queries",
            "Best value so far against queries",
            by_query,
        ));
        if seen.rows.iter().any(|row| row.seconds > 0.0) {
            let title = "Best value so far against training time";
            charts.push(best_so_far(study, seen, "hours of training", title, |row| {
                row.seconds / 3_600.0
            }));
        } else if let Some(began) = began(seen) {
            let title = "Best value so far against time";
            charts.push(best_so_far(study, seen, "minutes since the study began", title, |row| {
                (row.trial.ended.unwrap_or(began) - began).max(0.0) / 60.0
            }));
        }
    }
    charts.extend(hypervolume(study, seen));
    if seen.rows.iter().any(|row| row.kind != Kind::Open) {
        charts.push(every_trial(study, seen));
    }
    let text = if charts.is_empty() { "No trial has a result yet." } else { "" };
    (text.into(), charts)
}

fn began(seen: &TrialRows<'_>) -> Option<f64> {
    seen.rows.iter().filter_map(|row| row.trial.started).reduce(f64::min)
}

/// Draws the best full evaluation so far against a measure of effort.
fn best_so_far(
    study: &Study,
    seen: &TrialRows<'_>,
    effort: &str,
    title: &str,
    at: impl Fn(&Row<'_>) -> f64,
) -> Chart {
    let (mut line, mut points, mut best) = (Vec::new(), Vec::new(), f64::NEG_INFINITY);
    let mut shown = f64::NAN;
    for row in seen.full() {
        let (Some(score), Some(value)) = (row.score, row.trial.value) else { continue };
        if score > best {
            (best, shown) = (score, value);
            line.push((at(row), value));
            let meaning = Meaning::Trial(row.trial.trial.0);
            points.push(Point { x: at(row), y: value, meaning });
        }
    }
    line.extend(
        seen.rows.iter().rev().find(|row| row.kind != Kind::Open).map(|it| (at(it), shown)),
    );
    let mut layers = vec![
        Layer::new("", Colour::Series(0), Marks::Steps(line)),
        Layer::new("new best", Colour::Series(0), Marks::Points(Shape::Disc, points)),
    ];
    if let Some(optimum) = study.optimum {
        layers.insert(
            0,
            Layer::new("optimum of the space", Colour::Ink, Marks::HorizontalLine(optimum)),
        );
    }
    let has_parts = |row: &Row<'_>| matches!(row.kind, Kind::Partial(_) | Kind::Stopped(_));
    let whole = if seen.rows.iter().any(has_parts) { " Full evaluations only." } else { "" };
    Chart {
        id: if effort == "queries" { "best-by-queries" } else { "best-by-time" }.into(),
        title: title.into(),
        text: format!("The best value so far against {effort}.{whole}"),
        x: Axis::linear(effort),
        y: Axis::linear(study.value_label()),
        layers,
    }
}

/// Draws the hypervolume: the Pareto front's share of the box from the worst to the best of each
/// objective.
fn hypervolume(study: &Study, seen: &TrialRows<'_>) -> Option<Chart> {
    let curve = study.hypervolume.as_ref()?;
    let percent = |(query, volume): &(usize, f64)| (*query as f64, 100.0 * volume);
    let mut line: Vec<_> = curve.points.iter().map(percent).collect();
    let trial = |query: usize| {
        let row = seen.full().find(|row| row.trial.query == Some(query))?;
        Some(Meaning::Trial(row.trial.trial.0))
    };
    let point = |it: &(usize, f64)| {
        let (x, y) = percent(it);
        let text = || format!("{} % after {} queries", number(y), it.0);
        // Query 0 stands for everything known before, which is many trials.
        let meaning = trial(it.0).filter(|_| it.0 > 0).unwrap_or_else(|| Meaning::Text(text()));
        Point { x, y, meaning }
    };
    let points = curve.points.iter().map(point).collect();
    if let Some((_, height)) = line.last().copied() {
        let last = seen.rows.iter().rev().find(|row| row.kind != Kind::Open);
        line.extend(last.map(|row| (row.query as f64, height)));
    }
    let further = study.objectives.iter().map(|it| it.metric.as_str());
    let names: Vec<_> = std::iter::once("value").chain(further).collect();
    let ends = |numbers: &[f64]| -> String {
        let each = names.iter().zip(numbers).map(|(name, it)| format!("{name} {}", number(*it)));
        each.collect::<Vec<_>>().join(", ")
    };
    Some(Chart {
        id: "hypervolume".into(),
        title: "Hypervolume by queries".into(),
        text: format!(
            "The hypervolume of the Pareto front, as a share of a box. The box lies between the worst and the best values that the study found for each objective. Worst (the reference point): {}; best: {}. Both change while the study runs, so only shares on the same page can be compared.",
            ends(&curve.worst),
            ends(&curve.best)
        ),
        x: Axis::linear("queries"),
        y: Axis::linear("share of the box in %"),
        layers: vec![
            Layer::new("", Colour::Series(2), Marks::Steps(line)),
            Layer::new("increase", Colour::Series(2), Marks::Points(Shape::Diamond, points)),
        ],
    })
}

/// Draws all evaluations; the colour shows the source, and the shape the outcome.
fn every_trial(study: &Study, seen: &TrialRows<'_>) -> Chart {
    let measured = seen.rows.iter().filter(|row| row.kind != Kind::Open);
    let values: Vec<f64> = measured.filter_map(|row| row.trial.value).collect();
    let (scale, beyond) = value_scale(study, &values);
    // Failed trials have no value, and are drawn at the worse end.
    let worst = match &scale {
        Scale::Between(low, high)
            if study.record.direction.score(*low).get()
                < study.record.direction.score(*high).get() =>
        {
            *low
        }
        Scale::Between(_, high) => *high,
        _ => 0.0,
    };
    let mut layers = Vec::new();
    for (place, source) in seen.sources.iter().enumerate() {
        for (kind, shape) in KINDS {
            let is_shown = |row: &&Row<'_>| {
                let is_kind = std::mem::discriminant(&row.kind) == std::mem::discriminant(&kind);
                row.trial.source == *source && is_kind
            };
            let point = |row: &Row<'_>| Point {
                x: row.query as f64,
                y: row.trial.value.unwrap_or(worst),
                meaning: Meaning::Trial(row.trial.trial.0),
            };
            let points: Vec<_> = seen.rows.iter().filter(is_shown).map(point).collect();
            let name = match kind {
                Kind::Measured | Kind::Known => (*source).to_owned(),
                Kind::Partial(_) => format!("{source}, below the top rung"),
                Kind::Stopped(_) => format!("{source}, stopped early"),
                Kind::Infeasible => format!("{source}, infeasible"),
                _ => format!("{source}, failed"),
            };
            layers.push(Layer::new(name, Colour::Series(place), Marks::Points(shape, points)));
        }
    }
    layers.retain(|layer| !layer.marks.is_empty());
    Chart {
        id: "trials".into(),
        title: "Every trial by its origin".into(),
        text: format!(
            "Each trial at its query number. The colour shows where the proposal came from, and the shape shows the outcome of the trial. Trials without a value are drawn at the worse end of the axis.{beyond}"
        ),
        x: Axis::linear("queries"),
        y: Axis { label: study.value_label(), scale },
        layers,
    }
}

/// The outcomes of trials, with their shapes.
const KINDS: [(Kind, Shape); 6] = [
    (Kind::Stopped(0), Shape::Ring),
    (Kind::Partial(0), Shape::Ring),
    (Kind::Failed, Shape::Cross),
    (Kind::Infeasible, Shape::Triangle),
    (Kind::Known, Shape::Square),
    (Kind::Measured, Shape::Disc),
];

/// Returns an axis on which a few very bad values do not compress the others, and a note about the
/// bad ones.
pub(super) fn value_scale(study: &Study, values: &[f64]) -> (Scale, String) {
    let direction = study.record.direction;
    let mut scores: Vec<f64> = values.iter().map(|it| direction.score(*it).get()).collect();
    scores.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (scores.first(), scores.last()) else {
        return (Scale::Between(0.0, 1.0), String::new());
    };
    let quarters = (quantile(&scores, 0.25), quantile(&scores, 0.75));
    let fence = match quarters {
        (Some(lower), Some(upper)) if upper > lower => lower - 3.0 * (upper - lower),
        _ => *least,
    };
    let low = least.max(fence);
    let beyond = scores.iter().filter(|score| **score < low).count();
    let text = match beyond {
        0 => String::new(),
        1 => " One trial with a far worse value is drawn at the worse end of the axis.".into(),
        many => {
            format!(" {many} trials with far worse values are drawn at the worse end of the axis.")
        }
    };
    let ends = if direction.score(1.0).get() > 0.0 { (low, *most) } else { (-most, -low) };
    (Scale::Between(ends.0, ends.1), text)
}
