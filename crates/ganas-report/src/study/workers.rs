//! When evaluations were made, and by how many workers at a time.

use ganas_search::TrialState;

use super::Study;
use super::seen::Seen;
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Span, What};

/// Most rows that are drawn.
const MOST: usize = 64;

/// Seconds below which evaluations are a look into a table, and their times say nothing.
const LEAST: f64 = 0.05;

pub(super) fn charts(study: &Study, seen: &Seen<'_>) -> (String, Vec<Chart>) {
    let mut spans: Vec<(f64, f64, &_)> = Vec::new();
    for row in &seen.rows {
        let trial = row.trial;
        let Some(from) = trial.started else { continue };
        let is_running = trial.state == TrialState::Running && study.status.writer.is_some();
        let to = trial.ended.filter(|_| !is_running).or(is_running.then_some(study.status.now));
        spans.extend(to.filter(|to| *to >= from).map(|to| (from, to, trial)));
    }
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let Some(began) = spans.first().map(|it| it.0) else {
        return ("No evaluation has begun yet.".into(), Vec::new());
    };
    let mut lengths: Vec<f64> = spans.iter().map(|(from, to, _)| to - from).collect();
    lengths.sort_by(f64::total_cmp);
    if lengths[lengths.len() / 2] < LEAST {
        return (
            "Evaluations were looked up in a table, in no time worth a chart.".into(),
            Vec::new(),
        );
    }
    let end = spans.iter().map(|it| it.1).fold(began, f64::max);
    let (unit, seconds) = match end - began {
        long if long > 2.0 * 3_600.0 => ("hours", 3_600.0),
        long if long > 180.0 => ("minutes", 60.0),
        _ => ("seconds", 1.0),
    };
    let (mut free, mut left_out): (Vec<f64>, usize) = (Vec::new(), 0);
    let mut marks = [
        (TrialState::Measured, Vec::new()),
        (TrialState::Infeasible, Vec::new()),
        (TrialState::Failed, Vec::new()),
        (TrialState::Running, Vec::new()),
    ];
    for (from, to, trial) in spans {
        // The row that has been free for the longest; clocks of a store are exact to milliseconds.
        let row = free.iter().position(|free| *free <= from + 0.002).unwrap_or(free.len());
        if row == free.len() {
            if row == MOST {
                left_out += 1;
                continue;
            }
            free.push(to);
        }
        free[row] = to;
        let span = Span {
            row: row as f64,
            from: (from - began) / seconds,
            to: (to - began) / seconds,
            what: What::Trial(trial.trial.0),
        };
        if let Some((_, spans)) = marks.iter_mut().find(|(state, _)| *state == trial.state) {
            spans.push(span);
        }
    }
    let colours = [Colour::Series(0), Colour::Series(1), Colour::Series(3), Colour::Muted];
    let layers = marks.into_iter().zip(colours);
    let layers = layers
        .map(|((state, spans), colour)| Layer::new(state.name(), colour, Marks::Spans(spans)));
    let rows = (1..=free.len()).map(|row| row.to_string()).collect();
    let more = if left_out > 0 {
        format!(" {left_out} evaluations beyond {MOST} at a time are left out.")
    } else {
        String::new()
    };
    let chart = Chart {
        id: "workers".into(),
        title: "Evaluations over time".into(),
        text: format!(
            "When each evaluation ran that was last made of its trial; a row for as many as ran at a time.{more}"
        ),
        x: Axis::linear(format!("{unit} since the first began")),
        y: Axis::names("worker", rows),
        layers: layers.collect(),
    };
    (String::new(), vec![chart])
}
