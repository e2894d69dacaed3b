//! Estimates the final score of a stopped training run from the training runs that continued.

use std::collections::HashMap;

use ganas_search::{History, Score, Stopped, value_at};

/// Returns the score that a stopped trial is credited with. With this score, the trial ranks among
/// the earlier complete trials as it did at the step where it was stopped. So a stopped trial and a
/// complete one keep the order that they had at that step.
///
/// The estimate interpolates linearly from the sorted scores of the complete trials at that step to
/// their sorted final scores; below the worst score, it uses the slope of the whole range. If fewer
/// than two complete trials reached that step, the score is unchanged.
///
/// The estimate depends only on trials that the study counts before the stopped one, so it never
/// changes.
pub(crate) fn estimated_final_score(stopped: &Stopped, history: &History) -> Score {
    let direction = history.direction();
    let score = |value: f64| direction.score(value).get();
    let curves = history.curves().filter_map(|(trial, curve)| {
        curve.last().filter(|last| last.step >= stopped.step)?;
        Some((trial, value_at(curve, stopped.step)?))
    });
    let reached: HashMap<_, _> = curves.collect();
    let before = history.trials().iter().filter(|it| it.query <= stopped.trial.query);
    let whole = before.filter_map(|it| Some((score(*reached.get(&it.trial)?), it.score.get())));
    let (mut then, mut finally): (Vec<_>, Vec<_>) = whole.unzip();
    then.sort_by(f64::total_cmp);
    finally.sort_by(f64::total_cmp);
    match mapped(stopped.trial.score.get(), &then, &finally) {
        // Scoring twice restores the value.
        Some(found) => direction.score(score(found)),
        None => stopped.trial.score,
    }
}

/// Returns the number that has the same position among the values of `to` as `number` has among
/// those of `from`. Both slices must be sorted; `None` if they hold fewer than two values.
fn mapped(number: f64, from: &[f64], to: &[f64]) -> Option<f64> {
    let ([low, .., high], [worst, .., best]) = (from, to) else { return None };
    let place = from.partition_point(|it| *it <= number);
    if place == 0 {
        let steep = if high > low { (best - worst) / (high - low) } else { 1.0 };
        return Some(worst - (low - number) * steep);
    }
    let Some(next) = from.get(place) else { return Some(*best) };
    let share = (number - from[place - 1]) / (next - from[place - 1]);
    Some(to[place - 1] + share * (to[place] - to[place - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_mapped_between_its_neighbours() {
        let (from, to) = ([1.0, 2.0, 4.0], [10.0, 11.0, 20.0]);
        let at = |number| mapped(number, &from, &to).unwrap();
        for (number, expected) in [(1.0, 10.0), (1.5, 10.5), (3.0, 15.5), (4.0, 20.0), (9.0, 20.0)]
        {
            assert!((at(number) - expected).abs() < 1e-12, "{number}");
        }
        assert!((at(0.4) - 8.0).abs() < 1e-12, "below the worst by .6 of 3, for 10");
        assert!(at(0.1) < at(0.2), "their order is kept");
        assert_eq!(mapped(1.0, &[1.0], &[2.0]), None);
        assert_eq!(mapped(0.5, &[1.0, 1.0], &[2.0, 3.0]), Some(1.5));
    }
}
