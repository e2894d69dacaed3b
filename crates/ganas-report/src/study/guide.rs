//! The quality of the models that guided the search: their predictions compared with measurements.

use std::collections::BTreeMap;

use super::stored::Study;
use super::trial_rows::{Kind, Row, TrialRows};
use crate::chart::{Axis, Chart, Colour, Layer, Marks, Meaning, Point, Shape};
use crate::statistics::{mean, rank_correlation, ranks};

/// Size of the smallest batch for a rank correlation; smaller rounds are merged with the next.
const MIN_BATCH: usize = 8;

/// The model whose numbers are uncertainties rather than predictions.
const UNSURE: &str = "deviation";

/// The evaluations of one round, or of several small ones.
type Batch<'s> = Vec<&'s Row<'s>>;

pub(super) fn charts(study: &Study, seen: &TrialRows<'_>) -> (String, Vec<Chart>) {
    let mut charts = numbers_of_rounds(study);
    let models = models(seen);
    if models.is_empty() {
        let text =
            "The strategy makes no predictions that could be compared with the measurements.";
        return (text.into(), charts);
    }
    let batches = batches(seen);
    if batches.is_empty() {
        let text =
            format!("So far, fewer than {MIN_BATCH} evaluations have been predicted by a model.");
        return (text, charts);
    }
    charts.insert(0, correlations(&models, &batches));
    charts.insert(1, top_tenth(seen, &models, &batches));
    let text = "Only candidates that the guide prefers are measured, so the guide is judged on the hardest comparisons: those between candidates that it ranks almost equally. A correlation of 0 is no better than chance.";
    let further = " Only the value is compared here, although the guide also takes the further objectives into account.";
    (text.to_owned() + if study.objectives.is_empty() { "" } else { further }, charts)
}

/// Returns the names of the models that made predictions, `score` first.
fn models(seen: &TrialRows<'_>) -> Vec<String> {
    let mut counted: BTreeMap<&String, usize> = BTreeMap::new();
    for row in &seen.rows {
        row.trial.predictions.keys().for_each(|name| *counted.entry(name).or_default() += 1);
    }
    counted.remove(&UNSURE.to_owned());
    let mut names: Vec<String> = counted.into_keys().cloned().collect();
    names.sort_by_key(|name| (name != "score", name.clone()));
    names
}

/// Returns the measured full evaluations with predictions, in batches of one or more rounds.
fn batches<'s>(seen: &'s TrialRows<'s>) -> Vec<Batch<'s>> {
    let mut batches: Vec<Batch<'s>> = Vec::new();
    let predicted = seen
        .rows
        .iter()
        .filter(|row| row.kind == Kind::Measured && !row.trial.predictions.is_empty());
    for row in predicted {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < MIN_BATCH
                    || batch[batch.len() - 1].trial.round == row.trial.round =>
            {
                batch.push(row);
            }
            _ => batches.push(vec![row]),
        }
    }
    batches.retain(|batch| batch.len() >= MIN_BATCH);
    batches
}

/// Returns a model's predictions for a batch, and the measured scores.
fn compared(model: &str, batch: &Batch<'_>) -> (Vec<f64>, Vec<f64>) {
    let pair = |row: &&Row<'_>| Some((*row.trial.predictions.get(model)?, row.score?));
    batch.iter().filter_map(pair).unzip()
}

fn correlations(models: &[String], batches: &[Batch<'_>]) -> Chart {
    let mut layers = vec![Layer::new("", Colour::Muted, Marks::HorizontalLine(0.0))];
    for (place, model) in models.iter().enumerate() {
        let point = |batch: &Batch<'_>| {
            let (said, found) = compared(model, batch);
            let y = rank_correlation(&said, &found)?;
            let x = batch.last()?.query as f64;
            let (first, last) = (batch.first()?.query, batch.last()?.query);
            let text = format!(
                "{model}: rank correlation {y:.2} over {} evaluations, queries {first} to {last}",
                said.len()
            );
            Some(Point { x, y, meaning: Meaning::Text(text) })
        };
        let points: Vec<_> = batches.iter().filter_map(point).collect();
        let shape = [Shape::Disc, Shape::Square, Shape::Diamond, Shape::Triangle][place % 4];
        layers.push(Layer::new("", Colour::Series(place), Marks::Line(smoothed(&points))));
        layers.push(Layer::new(model, Colour::Series(place), Marks::Points(shape, points)).faint());
    }
    Chart {
        id: "guide-correlation".into(),
        title: "Agreement between predicted and measured ranks".into(),
        text: format!(
            "Spearman's rank correlation between each model's predictions for the candidates and the values then measured, for each round (small rounds are merged until they have {MIN_BATCH} evaluations); lines are moving averages over five points."
        ),
        x: Axis::linear("queries"),
        y: Axis::linear("rank correlation"),
        layers,
    }
}

/// Returns moving averages over five points.
fn smoothed(points: &[Point]) -> Vec<(f64, f64)> {
    let around = |at: usize| {
        let near = &points[at.saturating_sub(2)..(at + 3).min(points.len())];
        let heights: Vec<f64> = near.iter().map(|it| it.y).collect();
        Some((points[at].x, mean(&heights)?))
    };
    (0..points.len()).filter_map(around).collect()
}

/// For the trials that turned out to be in the top tenth of the study, draws the rank that each
/// model gave them within their round.
fn top_tenth(seen: &TrialRows<'_>, models: &[String], batches: &[Batch<'_>]) -> Chart {
    let best = seen.best_first();
    let last = best.get((best.len() / 10).max(1) - 1).and_then(|row| row.score);
    let is_top = |row: &Row<'_>| row.score.zip(last).is_some_and(|(score, last)| score >= last);
    let mut layers = vec![Layer::new("chance", Colour::Muted, Marks::HorizontalLine(50.0))];
    for (place, model) in models.iter().enumerate() {
        let mut points = Vec::new();
        for batch in batches {
            let rows: Vec<_> =
                batch.iter().filter(|row| row.trial.predictions.contains_key(model)).collect();
            let said: Vec<f64> = rows.iter().map(|row| row.trial.predictions[model]).collect();
            for (row, rank) in rows.iter().zip(ranks(&said)).filter(|(row, _)| is_top(row)) {
                let y = 100.0 * (rank - 0.5) / rows.len() as f64;
                let meaning = Meaning::Trial(row.trial.trial.0);
                points.push(Point { x: row.query as f64, y, meaning });
            }
        }
        let heights: Vec<f64> = points.iter().map(|it| it.y).collect();
        let average = mean(&heights).map(|it| format!(", mean {it:.0}")).unwrap_or_default();
        let shape = [Shape::Disc, Shape::Square, Shape::Diamond, Shape::Triangle][place % 4];
        let name = format!("{model}{average}");
        layers.push(Layer::new(name, Colour::Series(place), Marks::Points(shape, points)));
    }
    Chart {
        id: "guide-top-tenth".into(),
        title: "How the guide ranked the best tenth of the evaluations".into(),
        text: "For each trial of the study's best tenth, the percentage of its round that the model had ranked below it. 100 is the very top; 50 is what chance would give.".into(),
        x: Axis::linear("queries"),
        y: Axis::linear("percentile in its round"),
        layers,
    }
}

/// Diagnostics of strategies that merit a chart: key, title, axis label.
const ROUNDS: [(&str, &str, &str); 3] = [
    ("entropy", "Entropy of the generator", "entropy in nats"),
    ("divergence", "Divergence of the generator from the truth set", "divergence in nats"),
    ("novelty", "Novelty of the generator's architectures", "share of new architectures"),
];

fn numbers_of_rounds(study: &Study) -> Vec<Chart> {
    let chart = |(name, title, label): (&str, &str, &str)| {
        let point = |round: &ganas_search::Round| {
            let (_, number) = round.diagnostics.iter().find(|(it, _)| it == name)?;
            let x = round.queries_before as f64;
            number.is_finite().then_some((x, *number))
        };
        let line: Vec<_> = study.rounds.iter().filter_map(point).collect();
        let told = |(x, y): &(f64, f64)| Point {
            x: *x,
            y: *y,
            meaning: Meaning::Text(format!("{name} {y:.4} after {x} queries")),
        };
        let points = line.iter().map(told).collect();
        (line.len() > 1).then(|| Chart {
            id: format!("guide-{name}"),
            title: title.into(),
            text: format!("The strategy's own diagnostics, round by round: {label}."),
            x: Axis::linear("queries"),
            y: Axis::linear(label),
            layers: vec![
                Layer::new("", Colour::Series(0), Marks::Line(line)),
                Layer::new("", Colour::Series(0), Marks::Points(Shape::Disc, points)),
            ],
        })
    };
    ROUNDS.into_iter().filter_map(chart).collect()
}
