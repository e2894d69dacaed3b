//! Charts that show when evaluations ran, and how many workers were busy at a time.

use ganas_search::{StoredTrial, TrialState};

use super::stored::Study;
use super::trial_rows::{Row, TrialRows};
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Meaning, Span};

/// Maximum number of rows drawn.
const MAX_ROWS: usize = 64;

/// Duration in seconds below which evaluations are table look-ups, whose times mean nothing.
const MIN_SECONDS: f64 = 0.05;

/// An evaluation with its start and end, in seconds since 1970.
type TimedTrial<'s> = (f64, f64, &'s StoredTrial);

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let spans = spans(study, seen);
    let mut lengths: Vec<f64> = spans.iter().map(|(from, to, _)| to - from).collect();
    lengths.sort_by(f64::total_cmp);
    match lengths.get(lengths.len() / 2) {
        None => ("No evaluation has begun yet.".into(), Vec::new()),
        Some(middle) if *middle < MIN_SECONDS => {
            let text = "The evaluations were too short to show in a chart.";
            (text.into(), Vec::new())
        }
        Some(_) => (String::new(), vec![timeline(&spans)]),
    }
}

/// Returns all evaluations that have begun, in the order in which they began.
fn spans<'s>(study: &Study, seen: &TrialRows<'s>) -> Vec<TimedTrial<'s>> {
    let span = |row: &Row<'s>| {
        let (trial, from) = (row.trial, row.trial.started?);
        let is_running = trial.state == TrialState::Running && study.status.writer.is_some();
        let to = trial.ended.filter(|_| !is_running).or(is_running.then_some(study.status.now));
        to.filter(|to| *to >= from).map(|to| (from, to, trial))
    };
    let mut spans: Vec<_> = seen.rows.iter().filter_map(span).collect();
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    spans
}

fn timeline(spans: &[TimedTrial<'_>]) -> Chart {
    let began = spans.first().map_or(0.0, |it| it.0);
    let end = spans.iter().map(|it| it.1).fold(began, f64::max);
    let (unit, seconds) = match end - began {
        long if long > 2.0 * 3_600.0 => ("hours", 3_600.0),
        long if long > 180.0 => ("minutes", 60.0),
        _ => ("seconds", 1.0),
    };
    let rows = rows(spans);
    let used = rows.iter().flatten().max().map_or(0, |most| most + 1);
    let left_out = rows.iter().filter(|row| row.is_none()).count();
    let layer = |(state, colour): (TrialState, Colour)| {
        let ran = spans.iter().zip(&rows).filter(|((.., trial), _)| trial.state == state);
        let span = |((from, to, trial), row): (&TimedTrial<'_>, &Option<usize>)| {
            let (from, to) = ((from - began) / seconds, (to - began) / seconds);
            Some(Span { row: (*row)? as f64, from, to, meaning: Meaning::Trial(trial.trial.0) })
        };
        Layer::new(state.name(), colour, Marks::Spans(ran.filter_map(span).collect()))
    };
    let more = match left_out {
        0 => String::new(),
        _ => format!(" Only {MAX_ROWS} rows are drawn; {left_out} evaluations are left out."),
    };
    Chart {
        id: "workers".into(),
        title: "Evaluations over time".into(),
        text: format!(
            "Each bar shows when a trial's last evaluation ran. The number of rows is the largest number of evaluations that ran at the same time.{more}"
        ),
        x: Axis::linear(format!("{unit} since the first evaluation began")),
        y: Axis::names("worker", (1..=used).map(|row| row.to_string()).collect()),
        layers: STATES.into_iter().map(layer).collect(),
    }
}

/// The outcomes of evaluations, with their colours.
const STATES: [(TrialState, Colour); 5] = [
    (TrialState::Measured, Colour::Series(0)),
    (TrialState::Stopped, Colour::Series(2)),
    (TrialState::Infeasible, Colour::Series(1)),
    (TrialState::Failed, Colour::Series(3)),
    (TrialState::Running, Colour::Muted),
];

/// Assigns each evaluation the first free row, so that none overlap; `None` if all [`MAX_ROWS`] are
/// in use.
fn rows(spans: &[TimedTrial<'_>]) -> Vec<Option<usize>> {
    let mut free: Vec<f64> = Vec::new();
    let row = |(from, to, _): &TimedTrial<'_>| {
        // Times in a store are accurate to milliseconds.
        let row = free.iter().position(|free| *free <= from + 0.002).unwrap_or(free.len());
        if row == free.len() {
            free.push(*to);
        }
        free[row] = *to;
        (row < MAX_ROWS).then_some(row)
    };
    spans.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_evaluation_that_may_have_run_is_drawn() {
        for (state, name) in TrialState::ALL {
            let never_ran =
                matches!(state, TrialState::Known | TrialState::Pending | TrialState::OutOfDomain);
            assert_eq!(STATES.iter().any(|(drawn, _)| *drawn == state), !never_ran, "{name}");
        }
    }
}
