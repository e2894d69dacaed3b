//! The result of a trial, in the form in which an evaluation program reports it: in a file, in a
//! line of its standard output, or in a `tell` request to `ganas serve`. The same parser reads
//! results from all three sources.

use serde::{Deserialize, Deserializer};

use crate::json::{Metrics, parse_json, read_object};
use crate::{Evaluation, Measurement, TrialId};

/// The result of a trial, as an evaluation program reports it: a JSON object that contains `trial`
/// and exactly one of `objective`, `infeasible`, `failed` and `stopped`. The object may also
/// contain `train_seconds`, `attempt` and `final`. If it contains `objective`, it may contain
/// `metrics` as well.
///
/// ```
/// use ganas_search::{Evaluation, TrialResult};
/// let result = TrialResult::parse(r#"{"trial": 17, "objective": 93.1, "metrics": {"ms": 3.2}}"#)?;
/// assert_eq!(result.trial.0, 17);
/// assert!(matches!(result.evaluation(1)?, Evaluation::Measured(_)));
/// assert!(TrialResult::parse("[17, 93.1]").is_err(), "an object is expected");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrialResult {
    /// The trial.
    pub trial: TrialId,
    /// The number of the attempt at the trial's evaluation that led to this result, if the program
    /// states the number.
    pub attempt: Option<u32>,
    /// Whether the program declares this result final, which means that no other result will
    /// follow. A final result counts no matter how the program ends.
    pub is_final: bool,
    fields: Fields,
}

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    trial: u32,
    attempt: Option<u32>,
    objective: Option<f64>,
    #[serde(default)]
    metrics: Metrics,
    train_seconds: Option<f64>,
    infeasible: Option<String>,
    failed: Option<String>,
    #[serde(default)]
    stopped: bool,
    #[serde(default, rename = "final")]
    is_final: bool,
}

impl TrialResult {
    /// Returns the result parsed from a JSON text. A byte order mark at the start of the text is
    /// ignored.
    ///
    /// # Errors
    /// If the text is not a valid result. The error is a message that states what was found instead
    /// of a valid result.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse_json(text)
    }

    /// Returns the evaluation that the result describes. `attempts` is the number of attempts at
    /// the evaluation so far, which becomes part of [`Evaluation::Failed`].
    ///
    /// # Errors
    /// If the result does not contain exactly one of `objective`, `infeasible`, `failed` and
    /// `stopped`, or if a number is out of range ([`Measurement::check`]).
    pub fn evaluation(self, attempts: u32) -> Result<Evaluation, String> {
        let Fields { objective, metrics, train_seconds, infeasible, failed, stopped, .. } =
            self.fields;
        let spent = || Measurement { train_seconds, ..Measurement::new(0.0) }.check();
        match (objective, infeasible, failed, stopped) {
            (Some(value), None, None, false) => {
                let measurement = Measurement { value, train_seconds, metrics: metrics.0 };
                measurement.check()?;
                Ok(Evaluation::Measured(measurement))
            }
            (None, Some(reason), None, false) => {
                spent()?;
                Ok(Evaluation::Infeasible { reason, train_seconds })
            }
            (None, None, Some(reason), false) => {
                spent()?;
                Ok(Evaluation::Failed { reason, attempts, train_seconds })
            }
            (None, None, None, true) => {
                spent()?;
                Ok(Evaluation::Stopped { train_seconds })
            }
            (None, None, None, false) => {
                Err(format!("neither {}; expected one of them", KINDS.join(" nor ")))
            }
            _ => Err(format!("more than one of {}; expected one of them", KINDS.join(", "))),
        }
    }
}

/// The fields that mark the kind of a result; every result has exactly one of them.
const KINDS: [&str; 4] = ["`objective`", "`infeasible`", "`failed`", "`stopped`"];

impl<'d> Deserialize<'d> for TrialResult {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        let fields: Fields = read_object(deserializer, "a result as a JSON object")?;
        let (trial, attempt) = (TrialId(fields.trial.into()), fields.attempt);
        Ok(Self { trial, attempt, is_final: fields.is_final, fields })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> Result<Evaluation, String> {
        TrialResult::parse(text)?.evaluation(2)
    }

    #[test]
    fn results_are_read() {
        let metrics = BTreeMap::from([("ms".to_owned(), 3.0)]);
        let measured = Measurement { value: 0.5, train_seconds: Some(0.0), metrics };
        let text = r#"{"trial": 7, "objective": 0.5, "metrics": {"ms": 3}, "train_seconds": 0}"#;
        assert_eq!(read(text), Ok(Evaluation::Measured(measured)));
        assert_eq!(read(&format!("\u{feff}{text}")), read(text));
        let failed =
            Evaluation::Failed { reason: "x".into(), attempts: 2, train_seconds: Some(3.0) };
        assert_eq!(read(r#"{"trial": 7, "failed": "x", "train_seconds": 3}"#), Ok(failed));
        let infeasible = Evaluation::Infeasible { reason: "x".into(), train_seconds: Some(3.0) };
        assert_eq!(read(r#"{"trial": 7, "infeasible": "x", "train_seconds": 3}"#), Ok(infeasible));
        let stopped = Evaluation::Stopped { train_seconds: None };
        assert_eq!(read(r#"{"trial": 7, "stopped": true}"#), Ok(stopped));
        for kind in [r#""failed": "x""#, r#""infeasible": "x""#, r#""stopped": true"#] {
            let below = read(&format!(r#"{{"trial": 7, {kind}, "train_seconds": -3}}"#));
            assert!(below.unwrap_err().contains("-3"), "{kind}");
        }
    }

    #[test]
    fn what_is_no_result_is_refused() {
        let error = |text: &str| read(text).unwrap_err();
        assert!(error("[7, 1, 0.5]").contains("a result as a JSON object"));
        assert!(error(r#"{"trial": -1, "objective": 1}"#).contains("expected u32"));
        assert!(error(r#"{"trial": 7}"#).contains("neither"));
        assert!(error(r#"{"trial": 7, "objective": 1, "failed": "x"}"#).contains("more than one"));
        assert!(error(r#"{"trial": 7, "objective": 1, "objective": 2}"#).contains("duplicate"));
        let twice = r#"{"trial": 7, "objective": 1, "metrics": {"a": 1, "a": 2}}"#;
        assert!(error(twice).contains("duplicate metric `a`"));
        assert!(error(r#"{"trial": 7, "objective": 1, "metrics": [1]}"#).contains("of numbers"));
        assert!(
            error(r#"{"trial": 7, "objective": 1, "loss": 2}"#).contains("unknown field `loss`")
        );
        assert!(error(r#"{"trial": 7, "objective": NaN}"#).starts_with("NaN"));
        let seconds =
            |text| error(&format!(r#"{{"trial": 7, "objective": 1, "train_seconds": {text}}}"#));
        assert!(seconds("-5").contains("found -5"));
        assert!(seconds("1e308").contains("found 1000"));
    }
}
