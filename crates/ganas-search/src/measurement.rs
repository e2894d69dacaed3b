//! Measurements of an architecture.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;

/// Maximum seconds of training: 30,000 years.
const MAX_TRAIN_SECONDS: f64 = 1e12;

/// The result of measuring an architecture.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The measured value of the study's main objective. For most benchmarks, it is the validation
    /// accuracy in percent. A study compares values by their [`Score`](crate::Score).
    pub value: f64,
    /// The training time in seconds that the measurement took, or that a benchmark recorded for it.
    /// It is `None` if this time is not known.
    pub train_seconds: Option<f64>,
    /// Further metrics, by name. Constraints and further objectives can refer to them.
    pub metrics: BTreeMap<String, f64>,
}

impl Measurement {
    /// Returns true if the measured value equals `value`. Positive and negative zero are equal.
    pub fn has_value(&self, value: f64) -> bool {
        self.value.partial_cmp(&value).is_some_and(std::cmp::Ordering::is_eq)
    }

    /// Creates a measurement that contains only a value.
    pub const fn new(value: f64) -> Self {
        Self { value, train_seconds: None, metrics: BTreeMap::new() }
    }

    /// Returns the part that a study and its store keep: the value, and those seconds and metrics
    /// that are finite. Negative zero in the value or the seconds becomes zero, because SQLite does
    /// not distinguish the two.
    pub(crate) fn kept(mut self) -> Self {
        // Adding zero turns -0.0 into 0.0.
        self.value += 0.0;
        self.train_seconds = self.train_seconds.filter(|s| s.is_finite()).map(|s| s + 0.0);
        self.metrics.retain(|_, number| number.is_finite());
        self
    }

    /// Checks that all numbers are finite and that the training time is between 0 and 10¹² seconds,
    /// inclusive. A study checks every measurement that it receives.
    ///
    /// # Errors
    /// If a number is invalid. The message states what was expected and what was found.
    pub fn check(&self) -> Result<(), String> {
        if !self.value.is_finite() {
            return Err(format!("expected a finite value, found {}", self.value));
        }
        if let Some(found) = self.train_seconds.filter(|it| !(0.0..=MAX_TRAIN_SECONDS).contains(it))
        {
            return Err(format!(
                "expected train_seconds from 0 to {MAX_TRAIN_SECONDS}, found {found}"
            ));
        }
        match self.metrics.iter().find(|(_, number)| !number.is_finite()) {
            Some((name, found)) => {
                Err(format!("expected a finite value for the metric `{name}`, found {found}"))
            }
            None => Ok(()),
        }
    }

    /// Returns the first metric whose name is also the name of a cost of the space, or
    /// `train_seconds`; `None` if there is no such metric.
    pub(crate) fn clashing_metric(&self, space: &dyn SearchSpace) -> Option<&str> {
        let is_taken = |name: &&String| {
            *name == "train_seconds" || space.cost_metrics().iter().any(|cost| cost.name == **name)
        };
        self.metrics.keys().find(is_taken).map(String::as_str)
    }

    /// Returns the training time if `name` is `train_seconds`, and otherwise the metric with this
    /// name. Returns `None` if the measurement does not contain this number.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "train_seconds" => self.train_seconds,
            _ => self.metrics.get(name).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_finite_and_has_no_negative_zero() {
        let metrics = [("a".into(), 1.5), ("b".into(), f64::NAN)].into();
        let kept = Measurement { value: -0.0, train_seconds: Some(-0.0), metrics }.kept();
        assert_eq!(kept.value.to_bits(), 0);
        assert_eq!(kept.train_seconds.map(f64::to_bits), Some(0));
        assert_eq!(kept.metrics, [("a".into(), 1.5)].into());
        let infinite = Measurement { train_seconds: Some(f64::INFINITY), ..Measurement::new(1.0) };
        assert_eq!(infinite.kept().train_seconds, None);
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused_by_name() {
        let refusal = |measurement: &Measurement| measurement.check().unwrap_err();
        assert_eq!(refusal(&Measurement::new(f64::NAN)), "expected a finite value, found NaN");
        for seconds in [-1.0, 2e12, f64::NAN] {
            let found = Measurement { train_seconds: Some(seconds), ..Measurement::new(1.0) };
            assert!(refusal(&found).starts_with("expected train_seconds from 0 to 1000000000000"));
        }
        let metrics = [("size".into(), f64::INFINITY)].into();
        let found = Measurement { metrics, ..Measurement::new(1.0) };
        assert_eq!(refusal(&found), "expected a finite value for the metric `size`, found inf");
        let seconds = Some(MAX_TRAIN_SECONDS);
        assert_eq!(Measurement { train_seconds: seconds, ..Measurement::new(1.0) }.check(), Ok(()));
    }
}
