//! Estimates the final score that a stopped training run would have reached. The estimate is based
//! on the training runs that were not stopped.

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
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;
    use ganas_search::{
        Context, Evaluation, Measurement, Proposal, Report, Strategy, StrategyError, Study,
        StudySettings,
    };

    use super::*;

    /// A strategy that proposes anything.
    #[derive(Debug)]
    struct Sampling;

    impl Strategy for Sampling {
        fn name(&self) -> &'static str {
            "sampling"
        }

        fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
            let mut rng = context.streams.rng("test", context.round, 0);
            Ok(context.sample_open(context.at_most.min(1), &[], &mut rng))
        }
    }

    #[test]
    fn later_results_change_no_estimate() {
        let stopping = Some("4/median".parse().unwrap());
        let settings = StudySettings { stopping, ..StudySettings::new(10, 0) };
        let mut study =
            Study::new(Arc::new(NasBench201::default()), Box::new(Sampling), settings).unwrap();
        let estimate = |study: &Study| {
            let history = study.history();
            let score = estimated_final_score(&history.stopped()[0], history);
            history.direction().score(score.get()).get()
        };
        for (first, last) in [(1.0, Some(10.0)), (2.0, Some(20.0)), (1.5, None), (1.6, Some(90.0))]
        {
            let open = study.ask(1).unwrap().remove(0);
            study.report(open.trial, Report::new(1, first)).unwrap();
            let stopped = Evaluation::Stopped { train_seconds: None };
            let told = last.map_or(stopped, |it| Evaluation::Measured(Measurement::new(it)));
            study.tell(open.trial, told).unwrap();
        }
        assert_eq!(study.history().trials().len(), 3);
        assert!((estimate(&study) - 15.0).abs() < 1e-12, "between those before it");
    }

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
