//! Checks that the first result of a study contains all metrics that the study's limits and
//! objectives use.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ganas_graph::SearchSpace;
use ganas_search::{
    Evaluation, EvaluationError, Evaluator, Job, Measurement, StudyError, UnknownName,
};

use crate::Error;
use crate::options::StudyOptions;
use crate::plan::Plan;

/// An evaluator whose first result must contain every metric that limits and objectives use.
#[derive(Debug)]
pub(crate) struct Checked<'e> {
    evaluator: &'e dyn Evaluator,
    limited: Vec<String>,
    objectives: Vec<String>,
    /// Whether a result has contained all these metrics.
    passed: AtomicBool,
}

/// A limit or an objective uses a metric that the first result does not have.
#[derive(Debug, thiserror::Error)]
#[error("{unknown}")]
struct Unknown {
    unknown: UnknownName,
}

impl<'e> Checked<'e> {
    /// Wraps `evaluator` for limits and objectives on the named metrics. `passed` states whether an
    /// earlier result already had these metrics.
    pub(crate) fn new(
        evaluator: &'e dyn Evaluator,
        limited: Vec<String>,
        objectives: Vec<String>,
        passed: bool,
    ) -> Self {
        Self { evaluator, limited, objectives, passed: passed.into() }
    }

    fn check(&self, space: &dyn SearchSpace, evaluation: &Evaluation) -> Result<(), Unknown> {
        let Evaluation::Measured(measurement) = evaluation else { return Ok(()) };
        let limit = missing("metric", &self.limited, space, measurement);
        let unknown = limit.or_else(|| missing("objective", &self.objectives, space, measurement));
        unknown.map_or(Ok(()), |unknown| Err(Unknown { unknown }))
    }
}

/// If the error is that the first result lacks a metric, adds how to continue the study.
pub(crate) fn with_way_on(error: Error, plan: &Plan, folder: Option<&Path>) -> Error {
    let unknown = match &error {
        Error::Study(StudyError::Evaluation { source, .. }) => source.downcast_ref::<Unknown>(),
        _ => None,
    };
    let (Some(Unknown { unknown }), Some(folder)) = (unknown, folder) else { return error };
    let (name, folder) = (&unknown.found, folder.display());
    let names = |options: &StudyOptions| {
        let mut limits = options.max.iter().chain(&options.min);
        limits.any(|limit| limit.split('=').next() == Some(name))
            || options.objectives.iter().any(|it| it.metric == *name)
    };
    let has_others = !unknown.valid.is_empty();
    let way = match &plan.file {
        Some(file) if names(&file.options) => {
            let change = if has_others {
                "correct the name or remove the limit or objective"
            } else {
                "remove the limit or objective, since the search space defines no costs and the command reports no metrics"
            };
            let file = file.path.display();
            format!(
                "The trial's result is kept. To continue, find `{name}` in {file}, {change}, and run `ganas resume {folder}`"
            )
        }
        _ => {
            let change = if has_others {
                "with one of the expected names"
            } else {
                "without it, since the search space defines no costs and the command reports no metrics"
            };
            format!(
                "The name was given on the command line, so it cannot be corrected in a study file. The study has no valid result yet: remove the folder {folder}, or pass another one to `--dir`, and start again {change}"
            )
        }
    };
    Error::Unsupported(format!("{unknown}. {way}"))
}

/// Returns the first name for which a measurement has no number.
pub(crate) fn missing(
    what: &'static str,
    names: &[String],
    space: &dyn SearchSpace,
    measurement: &Measurement,
) -> Option<UnknownName> {
    let found = names.iter().find(|name| measurement.metric(name).is_none())?.clone();
    let seconds = measurement.train_seconds.map(|_| "train_seconds".to_owned());
    let costs = space.cost_metrics().iter().map(|cost| cost.name.clone());
    let valid = costs.chain(measurement.metrics.keys().cloned()).chain(seconds).collect();
    Some(UnknownName { what, found, valid })
}

impl Evaluator for Checked<'_> {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let evaluation = self.evaluator.evaluate(job)?;
        if !self.passed.load(Ordering::Relaxed) {
            let wrong =
                |source: Unknown| EvaluationError { arch: job.arch.clone(), source: source.into() };
            self.check(job.space, &evaluation).map_err(wrong)?;
            let measured = matches!(evaluation, Evaluation::Measured(_));
            self.passed.fetch_or(measured, Ordering::Relaxed);
        }
        Ok(evaluation)
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::Arch;
    use ganas_graph::spaces::NasBench201;
    use ganas_search::{Cancel, TrialId};

    use super::*;

    /// Trial 0 is infeasible; the others measure `ms`, except trial 2.
    #[derive(Debug)]
    struct Sometimes;

    impl Evaluator for Sometimes {
        fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            let mut measurement = Measurement::new(1.0);
            Ok(match job.trial.0 {
                0 => Evaluation::Infeasible { reason: "x".into(), train_seconds: None },
                2 => Evaluation::Measured(measurement),
                _ => {
                    measurement.metrics.insert("ms".into(), 3.0);
                    Evaluation::Measured(measurement)
                }
            })
        }
    }

    fn evaluate(checked: &Checked<'_>, trial: i64) -> Result<Evaluation, String> {
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[0; 6]).unwrap();
        let (space, arch, trial, cancel) = (&space, &arch, TrialId(trial), &Cancel::default());
        let job = Job::first(space, arch, trial, 0, cancel);
        checked.evaluate(&job).map_err(|error| error.source.to_string())
    }

    #[test]
    fn the_first_measurement_must_have_what_is_limited() {
        let checked =
            |name: &str, passed| Checked::new(&Sometimes, vec![name.into()], Vec::new(), passed);
        let wrong = checked("mss", false);
        assert!(evaluate(&wrong, 0).is_ok(), "nothing was measured");
        let error = evaluate(&wrong, 1).unwrap_err();
        assert!(error.contains("`mss` (did you mean `ms`?)"), "{error}");
        let right = checked("ms", false);
        assert!(evaluate(&right, 2).is_err() && evaluate(&right, 1).is_ok());
        assert!(evaluate(&right, 2).is_ok(), "it may be missing later, and is a failure then");
        assert!(evaluate(&checked("mss", true), 1).is_ok());
    }

    #[test]
    fn the_first_measurement_must_have_every_objective() {
        let checked = |name: &str| Checked::new(&Sometimes, Vec::new(), vec![name.into()], false);
        let error = evaluate(&checked("mss"), 1).unwrap_err();
        assert!(error.contains("objective `mss` (did you mean `ms`?)"), "{error}");
        assert!(error.contains("expected one of: params, flops, ms"), "{error}");
        assert!(evaluate(&checked("ms"), 1).is_ok());
    }
}
