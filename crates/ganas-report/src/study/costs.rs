//! Charts of values against costs, with limits and Pareto fronts.

use std::collections::BTreeSet;

use ganas_search::{Bound, Constraint, Objective, Rejected, TrialState};

use super::progress::value_scale;
use super::stored::Study;
use super::trial_rows::{Kind, Row, TrialRows};
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Meaning, Point, Scale, Shape};
use crate::number::{number, significant};

/// Maximum number of charts of costs.
const MAX_CHARTS: usize = 6;

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let mut charts: Vec<_> =
        metrics(study, seen).iter().filter_map(|it| against(study, seen, it)).collect();
    charts.extend(rejected(study));
    charts.extend(candidates(study));
    let mut text = match study.constraints.as_slice() {
        [] => "No limits were set.".to_owned(),
        all => {
            let all: Vec<_> = all.iter().map(ToString::to_string).collect();
            format!("Limits: {}.", all.join(", "))
        }
    };
    let is_known_before = |name: &str| study.space.cost_metrics().iter().any(|it| it.name == name);
    let limits_costs =
        study.constraints.iter().any(|it| is_known_before(it.limit(&*study.space).0));
    if limits_costs && study.status.rejected.is_none() {
        text += " Candidates that break a limit on a cost known before evaluation never become trials; the version of ganas that began this study did not count them.";
    }
    (text, charts)
}

/// Returns the costs and metrics that merit a chart: objectives first, then those with limits.
fn metrics(study: &Study, seen: &TrialRows<'_>) -> Vec<String> {
    let mut names: Vec<String> = study.objectives.iter().map(|it| it.metric.clone()).collect();
    names.extend(study.constraints.iter().map(|it| it.limit(&*study.space).0.to_owned()));
    names.extend(seen.costs.iter().map(|(name, _)| name.clone()));
    let measured: BTreeSet<&String> =
        seen.rows.iter().flat_map(|row| row.trial.metrics.keys()).collect();
    names.extend(measured.into_iter().cloned());
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    names.truncate(MAX_CHARTS);
    names
}

/// Draws the value against a metric and, if the metric is an objective, the Pareto front.
fn against(study: &Study, seen: &TrialRows<'_>, name: &str) -> Option<Chart> {
    let objective = study.objectives.iter().find(|it| it.metric == name);
    let front = objective.map(|it| front(study, seen, it)).unwrap_or_default();
    let point = |row: &Row<'_>| {
        let (x, y) = (row.metric(study, name)?, row.trial.value?);
        Some(Point { x, y, meaning: Meaning::Trial(row.trial.trial.0) })
    };
    let points = |is_shown: &dyn Fn(&Row<'_>) -> bool| -> Vec<Point> {
        seen.rows.iter().filter(|row| is_shown(row)).filter_map(point).collect()
    };
    let is_dominated = |row: &Row<'_>| front.iter().all(|it| it.trial.trial != row.trial.trial);
    let whole = |row: &Row<'_>| matches!(row.kind, Kind::Measured | Kind::Known);
    let partial = points(&|row| matches!(row.kind, Kind::Partial(_) | Kind::Stopped(_)));
    let infeasible = points(&|row| row.kind == Kind::Infeasible);
    let others = points(&|row| whole(row) && is_dominated(row));
    let best: Vec<Point> = front.iter().filter_map(|row| point(row)).collect();
    let all = || [&partial, &infeasible, &best, &others].into_iter().flatten();
    let values: Vec<f64> = all().map(|point| point.y).collect();
    let (scale, beyond) = value_scale(study, &values);
    let first = all().next()?.x;
    if all().all(|point| point.x.total_cmp(&first).is_eq()) && objective.is_none() {
        return None;
    }
    let unit = seen.costs.iter().find(|(metric, _)| metric == name).map_or("", |(_, unit)| unit);
    let label = if unit.is_empty() { name.to_owned() } else { format!("{name} in {unit}") };
    let x = Axis::fitting(label, all().map(|point| point.x));
    let others_name = if objective.is_some() { "dominated" } else { "measured" };
    let mut others = Layer::new(others_name, Colour::Series(0), Marks::Points(Shape::Disc, others));
    others.faint = objective.is_some();
    let partly = if study.fidelity.is_some() { "below the top rung" } else { "stopped early" };
    let rings = Marks::Points(Shape::Ring, partial);
    let broken = Marks::Points(Shape::Triangle, infeasible);
    let mut layers = vec![
        Layer::new(partly, Colour::Muted, rings),
        Layer::new("beyond a limit", Colour::Series(1), broken),
        others,
        Layer::new("", Colour::Series(2), Marks::Line(staircase(study, &best))),
        Layer::new("Pareto front", Colour::Series(2), Marks::Points(Shape::Diamond, best)),
    ];
    layers.extend(limits(study, name));
    Some(Chart {
        id: format!("cost-{}", file_name(name)),
        title: format!("Value against {name}"),
        text: told(study, name, objective) + &beyond,
        x,
        y: Axis { label: study.value_label(), scale },
        layers,
    })
}

/// Draws the limits on a metric.
fn limits(study: &Study, name: &str) -> Vec<Layer> {
    let limit = |constraint: &Constraint| {
        let (metric, bound, limit) = constraint.limit(&*study.space);
        let side = if bound == Bound::Max { "most" } else { "least" };
        let text = format!("{side} allowed: {}", number(limit));
        (metric == name).then(|| Layer::new(text, Colour::Ink, Marks::VerticalLine(limit)))
    };
    study.constraints.iter().filter_map(limit).collect()
}

fn told(study: &Study, name: &str, objective: Option<&Objective>) -> String {
    let Some(objective) = objective else {
        return format!("The value against {name}, for every trial for which both are known.");
    };
    let others =
        if study.objectives.len() > 1 { ", regardless of the other objectives" } else { "" };
    format!(
        "{name} is to be {}d. The Pareto front contains each full evaluation, unless another one is better in one of these two objectives and at least as good in the second{others}.",
        objective.direction
    )
}

/// Returns the full evaluations that are not dominated in the value and one objective, best value
/// first.
fn front<'s>(study: &Study, seen: &'s TrialRows<'s>, objective: &Objective) -> Vec<&'s Row<'s>> {
    let worth = |row: &Row<'_>| {
        Some(objective.direction.score(row.metric(study, &objective.metric)?).get())
    };
    let mut all: Vec<_> = seen
        .best_first()
        .into_iter()
        .filter_map(|row| Some((row.score?, worth(row)?, row)))
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1)));
    let (mut front, mut best) = (Vec::new(), f64::NEG_INFINITY);
    for (_, worth, row) in all {
        if worth > best {
            best = worth;
            front.push(row);
        }
    }
    front
}

/// Returns the border of the region that a front dominates.
fn staircase(study: &Study, front: &[Point]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let direction = study.record.direction;
    for Point { x, y, .. } in front {
        if let Some((last, before)) = points.last().copied() {
            // The corner has the worse number of both in each objective.
            let worse = if direction.score(*y) < direction.score(before) { *y } else { before };
            points.push((last, worse));
        }
        points.push((*x, *y));
    }
    points
}

/// Draws the reasons for which evaluations gave no result.
fn rejected(study: &Study) -> Option<Chart> {
    let (mut names, mut layers) = (Vec::new(), Vec::new());
    for (state, colour, name) in [
        (TrialState::Infeasible, Colour::Series(1), "infeasible"),
        (TrialState::Failed, Colour::Series(3), "failed"),
    ] {
        let mut bars = Vec::new();
        for (count, first, reason) in study.reasons(state).into_iter().take(12) {
            let text = format!("{count} × {reason}, first trial {first}");
            bars.push(Point {
                x: count as f64,
                y: names.len() as f64,
                meaning: Meaning::Text(text),
            });
            names.push(reason.lines().next().unwrap_or_default().to_owned());
        }
        layers.push(Layer::new(name, colour, Marks::Bars(bars)));
    }
    (!names.is_empty()).then(|| Chart {
        id: "rejected".into(),
        title: "Evaluations that gave no result".into(),
        text: "The number of evaluations that broke each limit or failed for each reason; reasons that differ only in the numbers they contain are counted together.".into(),
        x: Axis::linear("evaluations"),
        y: Axis::names("reason", names),
        layers,
    })
}

/// Draws the number of candidates that each limit rejected before an evaluation.
fn candidates(study: &Study) -> Option<Chart> {
    let all = study.status.rejected.as_ref().filter(|all| !all.is_empty())?;
    let bar = |(at, it): (usize, &Rejected)| {
        let share = 100.0 * it.rejected as f64 / it.checked.max(1) as f64;
        let text = format!(
            "{}: rejected {} of {} candidates, {} %",
            it.constraint,
            it.rejected,
            it.checked,
            significant(share, 3)
        );
        Point { x: it.rejected as f64, y: at as f64, meaning: Meaning::Text(text) }
    };
    let bars = all.iter().enumerate().map(bar).collect();
    let most = all.iter().map(|it| it.rejected).max().unwrap_or(0) as f64;
    Some(Chart {
        id: "rejected-candidates".into(),
        title: "Candidates rejected because of limits".into(),
        text: format!(
            "The strategy considered {} candidates. The chart shows how many of them violated each limit on a cost that is known before evaluation. Rejected candidates never become trials and cost no query. A candidate counts each time the strategy considers it, and one that violates two limits counts for both. A strategy that draws from a list of the architectures within the limits considers no others, so it rejects none.",
            all[0].checked
        ),
        // If none was rejected, the axis still begins at 0.
        x: Axis { label: "candidates".into(), scale: Scale::Between(0.0, most.max(1.0)) },
        y: Axis::names("limit", all.iter().map(|it| it.constraint.clone()).collect()),
        layers: vec![Layer::new("rejected", Colour::Series(1), Marks::Bars(bars))],
    })
}

/// Converts a name to one that is valid in a file name.
pub(crate) fn file_name(name: &str) -> String {
    let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    name.chars().take(40).collect()
}
