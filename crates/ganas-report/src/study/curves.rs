//! Learning curves: the values that each trial reported while it ran.

use ganas_search::TrialState;

use super::stored::Study;
use super::trial_rows::{Kind, Row, TrialRows};
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Meaning, Point, Shape};

/// Maximum number of curves drawn: full evaluations first, the best first.
const MAX_CURVES: usize = 200;

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let has_curve = |row: &&Row<'_>| !row.trial.reports.is_empty();
    let whole = seen.best_first();
    let rest = seen.rows.iter().filter(|row| !matches!(row.kind, Kind::Measured | Kind::Known));
    let all: Vec<_> = whole.into_iter().chain(rest).filter(has_curve).collect();
    if all.is_empty() {
        return (String::new(), Vec::new());
    }
    let left_out = all.len().saturating_sub(MAX_CURVES);
    let mut layers = Vec::new();
    for (name, colour, shape, is_kind) in GROUPS {
        let group = || all.iter().take(MAX_CURVES).filter(|row| is_kind(row));
        for row in group() {
            let line = row.trial.reports.iter().map(|it| (it.step as f64, it.value)).collect();
            layers.push(Layer::new("", colour, Marks::Line(line)).faint());
        }
        let end = |row: &&Row<'_>| {
            let last = row.trial.reports.last()?;
            Some(Point {
                x: last.step as f64,
                y: last.value,
                meaning: Meaning::Trial(row.trial.trial.0),
            })
        };
        let ends = group().filter_map(end).collect();
        layers.push(Layer::new(name, colour, Marks::Points(shape, ends)));
    }
    layers.retain(|layer| !layer.marks.is_empty());
    let more = match left_out {
        0 => String::new(),
        count => format!(" {count} further curves are left out."),
    };
    let chart = Chart {
        id: "curves".into(),
        title: "Learning curves".into(),
        text: format!(
            "The values that each trial reported, step by step; the mark is its last report.{more}"
        ),
        x: Axis::linear("step"),
        y: Axis::linear(study.value_label()),
        layers,
    };
    (String::new(), vec![chart])
}

/// A group of curves: its name, colour, shape and the rows that belong to it.
type Group = (&'static str, Colour, Shape, fn(&Row<'_>) -> bool);

const GROUPS: [Group; 4] = [
    ("stopped early", Colour::Muted, Shape::Ring, |row| matches!(row.kind, Kind::Stopped(_))),
    ("failed or infeasible", Colour::Series(1), Shape::Cross, |row| {
        matches!(row.kind, Kind::Failed | Kind::Infeasible)
    }),
    ("complete", Colour::Series(0), Shape::Disc, |row| {
        matches!(row.kind, Kind::Measured | Kind::Known | Kind::Partial(_))
    }),
    ("running", Colour::Series(2), Shape::Diamond, |row| {
        row.kind == Kind::Open && row.trial.state == TrialState::Running
    }),
];
