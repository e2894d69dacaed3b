//! Reads the metrics of a published record: the results of a training run.

use crate::formats::protobuf::{Fields, ProtobufError, Value};

/// Number of evaluations in a record: before training, half way and at the end.
const EVALUATIONS: usize = 3;

/// The metrics kept from a record: the evaluation at the end of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Metrics {
    pub(super) parameters: u32,
    pub(super) epochs: f64,
    pub(super) train_seconds: f64,
    /// Accuracies, as fractions.
    pub(super) train: f64,
    pub(super) validation: f64,
    pub(super) test: f64,
}

/// The reason why a message does not contain metrics: its expected and actual content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongMetrics {
    pub(super) expected: String,
    pub(super) found: String,
}

impl Metrics {
    /// Reads a `ModelMetrics` message. Unknown fields are skipped; if a field is repeated, its last
    /// value counts.
    ///
    /// Source: `nasbench/lib/model_metrics.proto`.
    pub(super) fn read(message: &[u8]) -> Result<Self, WrongMetrics> {
        let (mut parameters, mut evaluations, mut last) = (None, 0, None);
        for field in Fields::new(message) {
            match field? {
                (1, Value::Bytes(evaluation)) => {
                    evaluations += 1;
                    last = Some(Evaluation::read(evaluation)?);
                }
                (2, Value::Number(number)) => parameters = Some(number),
                (1 | 2, value) => {
                    return Err(wrong(
                        "the type that the published data uses for this field",
                        value,
                    ));
                }
                _ => {}
            }
        }
        let Some(last) = last.filter(|_| evaluations == EVALUATIONS) else {
            let expected = format!("{EVALUATIONS} evaluations");
            return Err(WrongMetrics { expected, found: evaluations.to_string() });
        };
        let parameters = parameters.ok_or_else(|| missing("trainable_parameters"))?;
        last.metrics(
            u32::try_from(parameters)
                .map_err(|_| wrong("trainable_parameters below 2^32", Value::Number(parameters)))?,
        )
    }
}

/// Fields 1 to 5 of an `EvaluationData` message.
#[derive(Debug, Clone, Copy, Default)]
struct Evaluation([Option<f64>; 5]);

const FIELDS: [&str; 5] =
    ["current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy"];

impl Evaluation {
    fn read(message: &[u8]) -> Result<Self, WrongMetrics> {
        let mut evaluation = Self::default();
        for field in Fields::new(message) {
            let (number, value) = field?;
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            match (place.and_then(|place| evaluation.0.get_mut(place)), value) {
                (Some(place), Value::Bits64(bits)) => *place = Some(f64::from_bits(bits)),
                (Some(_), value) => {
                    return Err(wrong(
                        "the type that the published data uses for this field",
                        value,
                    ));
                }
                (None, _) => {}
            }
        }
        Ok(evaluation)
    }

    fn metrics(self, parameters: u32) -> Result<Metrics, WrongMetrics> {
        let mut numbers = [0.0; 5];
        for ((number, field), name) in numbers.iter_mut().zip(self.0).zip(FIELDS) {
            *number = field.ok_or_else(|| missing(name))?;
        }
        let [epochs, train_seconds, train, validation, test] = numbers;
        for (accuracy, name) in [train, validation, test].into_iter().zip(&FIELDS[2..]) {
            if !(0.0..=1.0).contains(&accuracy) {
                return Err(outside(format!("a fraction from 0 to 1 for {name}"), accuracy));
            }
        }
        if !(train_seconds.is_finite() && train_seconds >= 0.0) {
            return Err(outside("seconds in training_time".into(), train_seconds));
        }
        Ok(Metrics { parameters, epochs, train_seconds, train, validation, test })
    }
}

impl From<ProtobufError> for WrongMetrics {
    fn from(error: ProtobufError) -> Self {
        Self { expected: "a protocol buffer".into(), found: format!("an error ({error})") }
    }
}

fn missing(field: &str) -> WrongMetrics {
    WrongMetrics { expected: format!("a field {field}"), found: "none".into() }
}

fn outside(expected: String, found: f64) -> WrongMetrics {
    WrongMetrics { expected, found: found.to_string() }
}

fn wrong(expected: &str, value: Value<'_>) -> WrongMetrics {
    let found = match value {
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        value => format!("{value:?}"),
    };
    WrongMetrics { expected: expected.into(), found }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{EvaluationData, metrics};
    use super::*;

    fn evaluation(epochs: f64) -> EvaluationData {
        EvaluationData([Some(epochs), Some(9.5), Some(0.5), Some(0.25), Some(0.125)])
    }

    #[test]
    fn the_last_evaluation_is_read() {
        let all = [0.0, 2.0, 4.0].map(evaluation);
        let message = [metrics(&all, Some(77)), vec![0x28, 1], vec![0x32, 1, 0]].concat();
        let found = Metrics::read(&message).unwrap();
        let expected = Metrics {
            parameters: 77,
            epochs: 4.0,
            train_seconds: 9.5,
            train: 0.5,
            validation: 0.25,
            test: 0.125,
        };
        assert_eq!(found, expected, "unknown fields 5 and 6 are skipped");
        let mut empty = all;
        empty[0] = EvaluationData([None; 5]);
        assert!(Metrics::read(&metrics(&empty, Some(77))).is_ok(), "only the last one is needed");
    }

    #[test]
    fn what_is_missing_or_impossible_is_named() {
        let all = [0.0, 2.0, 4.0].map(evaluation);
        let error = |evaluations: &[EvaluationData], parameters| {
            let wrong = Metrics::read(&metrics(evaluations, parameters)).unwrap_err();
            format!("{}; {}", wrong.expected, wrong.found)
        };
        assert_eq!(error(&all[..2], Some(1)), "3 evaluations; 2");
        assert_eq!(error(&all, None), "a field trainable_parameters; none");
        for (field, name) in FIELDS.iter().enumerate() {
            let mut cut = all.clone();
            cut[2].0[field] = None;
            assert_eq!(error(&cut, Some(1)), format!("a field {name}; none"));
        }
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let mut impossible = all.clone();
            impossible[2].0[3] = Some(wrong);
            assert!(
                error(&impossible, Some(1))
                    .starts_with("a fraction from 0 to 1 for validation_accuracy")
            );
        }
    }

    #[test]
    fn a_message_cut_anywhere_is_an_error() {
        let message = metrics(&[0.0, 2.0, 4.0].map(evaluation), Some(77));
        for length in 0..message.len() {
            assert!(Metrics::read(&message[..length]).is_err(), "{length} bytes");
        }
    }
}
