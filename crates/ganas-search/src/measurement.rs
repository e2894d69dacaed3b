//! What is measured of an architecture.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;

/// Most seconds of a training: 30,000 years.
const MOST_SECONDS: f64 = 1e12;

/// What is known of an architecture after a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The objective, as it was measured: validation accuracy in percent where a benchmark measures.
    /// What it is worth to a study is its [`Score`](crate::Score).
    pub value: f64,
    /// Seconds of training that the measurement stands for, where known.
    pub train_seconds: Option<f64>,
    /// Whatever else was measured, by name; for constraints and further objectives.
    pub metrics: BTreeMap<String, f64>,
}

impl Measurement {
    /// Is this its value? Zeros of either sign are one.
    pub fn has_value(&self, value: f64) -> bool {
        self.value.partial_cmp(&value).is_some_and(std::cmp::Ordering::is_eq)
    }

    /// A value and nothing else.
    pub const fn new(value: f64) -> Self {
        Self { value, train_seconds: None, metrics: BTreeMap::new() }
    }

    /// What a study and its store both keep of it: finite numbers, and no negative zero, which SQLite
    /// does not tell from zero. A value that is not finite stays.
    pub(crate) fn kept(mut self) -> Self {
        // Adding zero turns -0.0 into 0.0.
        self.value += 0.0;
        self.train_seconds = self.train_seconds.filter(|s| s.is_finite()).map(|s| s + 0.0);
        self.metrics.retain(|_, number| number.is_finite());
        self
    }

    /// Refuses numbers out of their range: all are finite, seconds are from 0 to 10¹². Every door by
    /// which measurements come in asks here.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn check(&self) -> Result<(), String> {
        if !self.value.is_finite() {
            return Err(format!("expected a finite value, found {}", self.value));
        }
        if let Some(found) = self.train_seconds.filter(|it| !(0.0..=MOST_SECONDS).contains(it)) {
            return Err(format!("expected train_seconds from 0 to {MOST_SECONDS}, found {found}"));
        }
        match self.metrics.iter().find(|(_, number)| !number.is_finite()) {
            Some((name, found)) => Err(format!("expected a finite metric `{name}`, found {found}")),
            None => Ok(()),
        }
    }

    /// A metric whose name means something else already: a cost of the space, or the seconds.
    pub(crate) fn taken_name(&self, space: &dyn SearchSpace) -> Option<&str> {
        let is_taken = |name: &&String| {
            *name == "train_seconds" || space.cost_metrics().iter().any(|cost| cost.name == **name)
        };
        self.metrics.keys().find(is_taken).map(String::as_str)
    }

    /// A number by its name: `train_seconds`, or one of the metrics.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "train_seconds" => self.train_seconds,
            _ => self.metrics.get(name).copied(),
        }
    }
}
