//! How an attempt at a trial ended. An attempt is one run of the command. `Measured` and
//! `Infeasible` are read from the result that the command wrote.

use std::collections::BTreeMap;

use ganas_search::{Evaluation, Measurement, TrialId, TrialResult};
use serde::{Deserialize, Serialize};

use crate::error::ExecError;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The architecture was measured.
    Measured { objective: f64, metrics: BTreeMap<String, f64>, train_seconds: Option<f64> },
    /// The result reports that the architecture cannot be used.
    Infeasible {
        reason: String,
        /// The training time in seconds, if the result reports it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        train_seconds: Option<f64>,
    },
    /// The attempt failed. This says nothing about the architecture.
    Failed {
        reason: String,
        /// The training time in seconds, if the result reports it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        train_seconds: Option<f64>,
    },
    /// The training was stopped early. The progress reports of the attempt are its result.
    Stopped {
        /// The step at which the study stopped the training; `None` if the command itself stopped
        /// it after the last report.
        step: Option<u64>,
        /// The training time in seconds: the run time if the study stopped the training, and
        /// otherwise the time that the result reports.
        train_seconds: Option<f64>,
    },
    /// The attempt was cancelled, so the trial still has to be evaluated.
    Cancelled,
    /// The study was killed before the attempt ended, so the trial still has to be evaluated.
    Interrupted,
    /// The attempt's job was lost, for example because of a node failure or pre-emption, so the
    /// trial still has to be evaluated.
    Lost { reason: String },
}

/// A result that a command left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParsedResult {
    /// The ending that the result reports.
    pub(crate) ending: Ending,
    /// Whether the result is marked final.
    pub(crate) is_final: bool,
}

impl ParsedResult {
    /// Parses a result. In errors, `place` says where the result was found.
    ///
    /// # Errors
    /// [`ExecError::Form`] unless the result belongs to this trial and attempt, and has either a
    /// finite objective or a reason why it has none.
    pub(crate) fn parse(
        text: &str,
        place: &str,
        trial: u64,
        attempt: u32,
    ) -> Result<Self, ExecError> {
        let wrong = |found: String| ExecError::Form { place: place.into(), trial, found };
        let result = TrialResult::parse(text).map_err(wrong)?;
        if result.trial != TrialId(trial.cast_signed()) {
            return Err(wrong(format!("a result of trial {}", result.trial)));
        }
        if let Some(other) = result.attempt.filter(|other| *other != attempt) {
            return Err(wrong(format!("a result of attempt {other} instead of attempt {attempt}")));
        }
        let is_final = result.is_final;
        let ending = match result.evaluation(1).map_err(wrong)? {
            Evaluation::Measured(Measurement { value: objective, metrics, train_seconds }) => {
                Ending::Measured { objective, metrics, train_seconds }
            }
            Evaluation::Infeasible { reason, train_seconds } => {
                Ending::Infeasible { reason, train_seconds }
            }
            Evaluation::Failed { reason, train_seconds, .. } => {
                Ending::Failed { reason, train_seconds }
            }
            Evaluation::Stopped { train_seconds } => Ending::Stopped { step: None, train_seconds },
            _ => return Err(wrong("no result".into())),
        };
        Ok(Self { ending, is_final })
    }
}

impl Ending {
    /// Returns a failure for this reason, without a training time.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), train_seconds: None }
    }

    /// Returns the evaluation that the study gets for this ending after `attempts` attempts.
    pub(crate) fn evaluation(self, attempts: u32) -> Evaluation {
        match self {
            Self::Measured { objective: value, metrics, train_seconds } => {
                Evaluation::Measured(Measurement { value, train_seconds, metrics })
            }
            Self::Infeasible { reason, train_seconds } => {
                Evaluation::Infeasible { reason, train_seconds }
            }
            Self::Failed { reason, train_seconds } => {
                Evaluation::Failed { reason, attempts, train_seconds }
            }
            Self::Stopped { train_seconds, .. } => Evaluation::Stopped { train_seconds },
            Self::Cancelled | Self::Interrupted | Self::Lost { .. } => Evaluation::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Ending, String> {
        let found = ParsedResult::parse(text, "stdout", 7, 2).map_err(|error| error.to_string())?;
        assert!(!found.is_final);
        Ok(found.ending)
    }

    #[test]
    fn results_are_read() {
        let measured = parse(r#"{"trial": 7, "objective": 0.5, "metrics": {"ms": 3}}"#).unwrap();
        let metrics = BTreeMap::from([("ms".to_owned(), 3.0)]);
        assert_eq!(measured, Ending::Measured { objective: 0.5, metrics, train_seconds: None });
        let text = r#"{"trial": 7, "attempt": 2, "infeasible": "memory", "train_seconds": 9}"#;
        let (infeasible, train_seconds) = (parse(text).unwrap(), Some(9.0));
        assert_eq!(infeasible, Ending::Infeasible { reason: "memory".into(), train_seconds });
        let known = Evaluation::Infeasible { reason: "memory".into(), train_seconds };
        assert_eq!(infeasible.evaluation(2), known);
        let failed = parse(r#"{"trial": 7, "failed": "no luck", "train_seconds": 9}"#).unwrap();
        assert_eq!(failed, Ending::Failed { reason: "no luck".into(), train_seconds });
        let recorded = serde_json::from_str::<Ending>(r#"{"infeasible": {"reason": "memory"}}"#);
        let without_seconds = Ending::Infeasible { reason: "memory".into(), train_seconds: None };
        assert_eq!(recorded.unwrap(), without_seconds, "as recorded by earlier versions");
    }

    #[test]
    fn what_is_no_result_of_this_trial_is_refused() {
        let error = |text| parse(text).unwrap_err();
        assert!(error(r#"{"trial": 8, "objective": 1}"#).contains("found a result of trial 8"));
        assert!(
            error(r#"{"trial": 7, "attempt": 1, "objective": 1}"#)
                .contains("attempt 1 instead of attempt 2")
        );
        assert!(error(r#"{"objective": 1}"#).contains("missing field `trial`"));
        assert!(error(r#"{"trial": 7}"#).contains("neither"));
        assert!(error(r#"{"trial": 7, "objective": null}"#).contains("neither"));
        assert!(
            error(r#"{"trial": 7, "objective": 1, "infeasible": "x"}"#).contains("more than one")
        );
        assert!(error(r#"{"trial": 7, "objective": NaN}"#).contains("found NaN"));
        assert!(error(r#"{"trial": 7, "objective": -Infinity}"#).contains("found Infinity"));
        assert!(error(r#"{"trial": 7, "objective": 1e999}"#).contains("out of range"));
        assert!(error(r#"{"trial": 7, "objective": "1"}"#).contains("expected f64"));
        assert!(
            error(r#"{"trial": 7, "objective": 1, "loss": 2}"#).contains("unknown field `loss`")
        );
        assert!(error(r#"{"trial": 7, "objective": 1, "objective": 2}"#).contains("duplicate"));
        assert!(error(r#"{"trial": 7, "objective": 1, "metrics": {"a": NaN}}"#).contains("NaN"));
        assert!(error(r#"{"trial": 7, "objective": 1} x"#).contains("trailing"));
        assert!(error("").contains("EOF"));
    }
}
