//! Charts of the decisions in a study's architectures: what was chosen, and which decisions matter
//! most.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::importance::{MIN_EVALUATIONS, Value, best_of, categories, importance};
use super::stored::Study;
use super::trial_rows::{Row, TrialRows};
use crate::chart::{
    Axis, Chart, Colour, Interval, Layer, Marks, Meaning, Path, Point, Scale, Shape,
};
use crate::number::significant;

/// Maximum number of decisions in the charts of parallel axes and of importances.
const AXES: usize = 9;
const MAX_DECISIONS: usize = 24;

/// Maximum number of lines for the best tenth, and also for the others.
const LINES: usize = 120;

/// A decision with its choice in each full evaluation, best first.
#[derive(Debug)]
struct Column {
    name: String,
    values: Vec<Option<Value>>,
}

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let best_first = seen.best_first();
    let columns = columns(study, &best_first);
    if columns.is_empty() {
        return (
            "No decisions can be shown yet, because there has been no full evaluation.".into(),
            Vec::new(),
        );
    }
    let mut charts = Vec::new();
    let mut order: Vec<usize> = (0..columns.len()).collect();
    let mut text = String::new();
    if best_first.len() < MIN_EVALUATIONS {
        text = format!(
            "Importances are shown once there are {MIN_EVALUATIONS} full evaluations (so far: {}).",
            best_first.len()
        );
    } else {
        let categories: Vec<_> = columns.iter().map(|it| categories(&it.values)).collect();
        let found = importance(&categories);
        order.sort_by(|one, other| found[*other].share[1].total_cmp(&found[*one].share[1]));
        let names = order.iter().take(MAX_DECISIONS).map(|at| columns[*at].name.clone()).collect();
        let rows = order.iter().take(MAX_DECISIONS).enumerate();
        let interval = |(row, at): (usize, &usize)| {
            let it = &found[*at];
            let [low, share, high] = it.share.map(|it| 100.0 * it);
            let text = format!(
                "{}: {share:.1} % ({low:.1} to {high:.1} %); by chance {:.1} %",
                columns[*at].name,
                100.0 * it.chance
            );
            Interval { row: row as f64, at: [low, share, high], meaning: Meaning::Text(text) }
        };
        let intervals: Vec<_> = rows.clone().map(interval).collect();
        let chance = rows.map(|(row, at)| {
            let x = 100.0 * found[*at].chance;
            let text = format!("{}: {x:.1} % by chance", columns[*at].name);
            Point { x, y: row as f64, meaning: Meaning::Text(text) }
        });
        charts.push(Chart {
            id: "importance".into(),
            title: "Importance of decisions".into(),
            text: format!("PED-ANOVA (Watanabe et al., 2023): how much the choices of the best {} of {} full evaluations differ from those of all, as a share of the total over all decisions, with 95 % bootstrap intervals. Diamonds mark the importance expected by chance; if the interval of a decision reaches its diamond, no importance has been shown.", best_of(best_first.len()), best_first.len()),
            x: Axis::linear("share of total importance in %"),
            y: Axis::names("decision", names),
            layers: vec![
                Layer::new("by chance", Colour::Muted, Marks::Points(Shape::Diamond, chance.collect())),
                Layer::new("importance", Colour::Series(0), Marks::Intervals(intervals)),
            ],
        });
    }
    let mut shown: Vec<usize> = order.into_iter().take(AXES).collect();
    shown.sort_unstable();
    charts.push(parallel(&best_first, &columns, &shown));
    (text, charts)
}

/// Returns all decisions in the order of their first occurrence.
fn columns(study: &Study, rows: &[&Row<'_>]) -> Vec<Column> {
    let (mut columns, mut places): (Vec<Column>, HashMap<String, usize>) = Default::default();
    for (at, row) in rows.iter().enumerate() {
        let Some(arch) = &row.arch else { continue };
        for (name, value) in study.space.named_choices(arch) {
            let place = *places.entry(name).or_insert_with_key(|name| {
                columns.push(Column { name: name.clone(), values: vec![None; rows.len()] });
                columns.len() - 1
            });
            let text = || value.to_string();
            columns[place].values[at] =
                Some(value.number().map_or_else(|| Value::Text(text()), Value::Number));
        }
    }
    columns
}

/// Draws lines over parallel axes: an axis for each decision and one for the value.
fn parallel(rows: &[&Row<'_>], columns: &[Column], shown: &[usize]) -> Chart {
    let (mut heights, mut words) = (Vec::new(), Vec::new());
    let characters = (96 / (shown.len() + 1)).max(4);
    for (x, at) in shown.iter().enumerate() {
        let (places, names) = axis(&columns[*at].values);
        heights.push(places);
        let word = |(height, name): (f64, String)| {
            let is_long = name.chars().count() > characters;
            let cut: String = name.chars().take(characters - usize::from(is_long)).collect();
            (x as f64, height, if is_long { cut + "…" } else { cut })
        };
        words.extend(names.into_iter().map(word));
    }
    // By rank, since a few very bad values would compress all others.
    let last = (rows.len() - 1).max(1) as f64;
    heights.push((0..rows.len()).map(|rank| 1.0 - rank as f64 / last).collect());
    for (height, row) in [(1.0, rows.first()), (0.0, rows.last())] {
        let value = row.and_then(|row| row.trial.value).map(|it| significant(it, 4));
        words.push((shown.len() as f64, height, value.unwrap_or_default()));
    }
    let best = best_of(rows.len());
    let path = |row: usize| Path {
        heights: heights.iter().map(|axis| axis[row]).collect(),
        meaning: Meaning::Trial(rows[row].trial.trial.0),
    };
    let (rest, drawn) = (rows.len() - best, LINES.min(rows.len() - best));
    let others = (0..drawn).map(|at| path(best + at * rest / drawn)).collect();
    // Draw the best last, on top of the others.
    let firsts = (0..best.min(LINES)).rev().map(path).collect();
    let mut names: Vec<String> = shown.iter().map(|at| columns[*at].name.clone()).collect();
    names.push("value, by rank".into());
    let left_out = match columns.len() - shown.len() {
        0 => String::new(),
        more => {
            let which = if rows.len() < MIN_EVALUATIONS { "first" } else { "most important" };
            let count = shown.len();
            format!(" Only the {count} {which} decisions are shown; {more} more are left out.")
        }
    };
    Chart {
        id: "parallel".into(),
        title: "Decisions of the best architectures and of the others".into(),
        text: format!(
            "Each line represents one full evaluation. It passes through the choices of the architecture and ends at the measured value. The chart shows the best {} evaluations, and {} of the others, at equal distances in the ranking.{left_out}",
            best.min(LINES),
            LINES.min(rows.len() - best)
        ),
        x: Axis::names("", names),
        y: Axis { label: String::new(), scale: Scale::Unit },
        layers: vec![
            Layer::new("others", Colour::Muted, Marks::Paths(others)).faint(),
            Layer::new("best tenth", Colour::Series(1), Marks::Paths(firsts)),
            Layer::new("", Colour::Ink, Marks::Words(words)),
        ],
    }
}

/// Orders names that are numbers by value, followed by all other names as text.
fn by_number_then_text(one: &String, other: &String) -> Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}

/// Returns the height of each value on a decision's axis, and the axis's labels with their heights.
fn axis(values: &[Option<Value>]) -> (Vec<f64>, Vec<(f64, String)>) {
    let numbers: Option<Vec<f64>> = values.iter().flatten().map(Value::number).collect();
    let mut distinct: Vec<f64> = numbers.clone().unwrap_or_default();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > 12 {
        let (low, high) = (distinct[0], distinct[distinct.len() - 1]);
        let is_wide = low > 0.0 && high > 100.0 * low;
        let on = |it: f64| if is_wide { it.ln() } else { it };
        let height = |it: f64| (on(it) - on(low)) / (on(high) - on(low));
        // Decisions that were not made are drawn below all others.
        let height =
            |value: &Option<Value>| value.as_ref().and_then(Value::number).map_or(-0.04, height);
        let ends = [(0.0, significant(low, 4)), (1.0, significant(high, 4))];
        return (values.iter().map(height).collect(), ends.into());
    }
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "–".to_owned(), Value::text);
    let mut names: Vec<String> = values.iter().map(text).collect();
    let all = names.clone();
    names.sort_by(by_number_then_text);
    names.dedup();
    let height =
        |at: usize| if names.len() > 1 { at as f64 / (names.len() - 1) as f64 } else { 0.5 };
    let place = |name: &String| names.iter().position(|it| it == name).map_or(0.0, height);
    let heights = all.iter().map(place).collect();
    let few = names.iter().enumerate().map(|(at, name)| (height(at), name.clone()));
    (heights, if names.len() > 16 { Vec::new() } else { few.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_numbers_come_first() {
        let mut names = ["16x", "8", "a", "1e1", "16", "8"].map(String::from);
        names.sort_by(by_number_then_text);
        assert_eq!(names, ["8", "8", "1e1", "16", "16x", "a"]);
    }
}
