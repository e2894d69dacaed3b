//! Intermediate reports of an evaluation.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::json::{Metrics, parse_json, read_object};
use crate::{Measurement, TrialId};

/// Maximum number of reports that a study accepts per trial.
pub const MAX_REPORTS: usize = 10_000;

/// Maximum step of a report.
const MAX_STEP: u64 = 1_000_000_000_000;

/// What an evaluation has measured by a certain step, such as an epoch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The step, from 0 to 10¹². Within one attempt at an evaluation, each report has a higher step
    /// than the report before it.
    pub step: u64,
    /// The value of the objective measured at the step.
    #[serde(rename = "objective")]
    pub value: f64,
    /// Further metrics measured at the step, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
    /// Seconds of training up to the step, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_seconds: Option<f64>,
}

impl Report {
    /// Creates a report that contains only a step and the value of the objective.
    pub const fn new(step: u64, value: f64) -> Self {
        Self { step, value, metrics: BTreeMap::new(), train_seconds: None }
    }

    /// Checks that the step is in range. Checks the other numbers in the same way as
    /// [`Measurement::check`].
    ///
    /// # Errors
    /// If a number is invalid. The error is a message that states what was expected and what was
    /// found.
    pub fn check(&self) -> Result<(), String> {
        if self.step > MAX_STEP {
            return Err(format!("expected a step from 0 to {MAX_STEP}, found {}", self.step));
        }
        self.measurement().check()
    }

    /// Returns the measurement that the evaluation would yield if it ended at this step.
    pub fn measurement(&self) -> Measurement {
        let (train_seconds, metrics) = (self.train_seconds, self.metrics.clone());
        Measurement { value: self.value, train_seconds, metrics }
    }
}

/// A report that a program writes in JSON. The report is an object with the keys `step` and
/// `objective`, and optionally `metrics`, `train_seconds` and `trial`.
///
/// ```
/// use ganas_search::TrialReport;
/// let read = TrialReport::parse(r#"{"step": 3, "objective": 81.2, "train_seconds": 40}"#)?;
/// assert_eq!((read.report.step, read.report.value, read.trial), (3, 81.2, None));
/// assert!(TrialReport::parse(r#"{"step": 3, "objective": NaN}"#).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrialReport {
    /// The number of the trial, if the program states it.
    pub trial: Option<TrialId>,
    /// The report.
    pub report: Report,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    trial: Option<u32>,
    step: u64,
    objective: f64,
    #[serde(default)]
    metrics: Metrics,
    train_seconds: Option<f64>,
}

impl TrialReport {
    /// Returns the report that `text` contains, after checking its numbers.
    ///
    /// # Errors
    /// If the text is not a valid report. The error is a message that states what is wrong with the
    /// text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = parse_json(text)?;
        read.report.check().map(|()| read)
    }
}

impl<'d> Deserialize<'d> for TrialReport {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        let fields: Fields = read_object(deserializer, "a report as a JSON object")?;
        let Fields { trial, step, objective: value, metrics, train_seconds } = fields;
        let report = Report { step, value, metrics: metrics.0, train_seconds };
        Ok(Self { trial: trial.map(|trial| TrialId(trial.into())), report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read() {
        let text = r#"{"trial": 2, "step": 7, "objective": 0.5, "metrics": {"ms": 3}}"#;
        let metrics = BTreeMap::from([("ms".to_owned(), 3.0)]);
        let report = Report { metrics, ..Report::new(7, 0.5) };
        let read = TrialReport { trial: Some(TrialId(2)), report };
        assert_eq!(TrialReport::parse(text), Ok(read));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let error = |text: &str| TrialReport::parse(text).unwrap_err();
        assert!(error("[3, 1]").contains("a report as a JSON object"));
        assert!(error(r#"{"objective": 1}"#).contains("missing field `step`"));
        assert!(error(r#"{"step": 1}"#).contains("missing field `objective`"));
        assert!(error(r#"{"step": -1, "objective": 1}"#).contains("expected u64"));
        assert!(error(r#"{"step": 1.5, "objective": 1}"#).contains("expected u64"));
        assert!(error(r#"{"step": 1, "objective": NaN}"#).starts_with("NaN"));
        assert!(error(r#"{"step": 1, "objective": 1e999}"#).contains("out of range"));
        assert!(error(r#"{"step": 1000000000001, "objective": 1}"#).contains("from 0 to"));
        assert!(error(r#"{"step": 1, "objective": 1, "loss": 2}"#).contains("field `loss`"));
        let seconds = r#"{"step": 1, "objective": 1, "train_seconds": -1}"#;
        assert!(error(seconds).contains("found -1"));
    }
}
