//! The direction in which values improve, defined in one place for strategies, studies and reports.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The direction in which values improve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher is better.
    #[default]
    #[serde(alias = "maximize")]
    Maximise,
    /// Lower is better.
    #[serde(alias = "minimize")]
    Minimise,
}

impl Direction {
    /// Returns the score of a measured number: the number itself if higher is better, and the
    /// negated number if lower is better. No other function negates numbers for which lower is
    /// better.
    ///
    /// ```
    /// use ganas_search::Direction;
    /// assert!(Direction::Minimise.score(2.0) > Direction::Minimise.score(3.0));
    /// assert_eq!(Direction::Maximise.score(-0.0), Direction::Maximise.score(0.0));
    /// ```
    pub fn score(self, value: f64) -> Score {
        // Adding zero turns -0.0 into 0.0: both are the same measurement.
        Score(
            match self {
                Self::Maximise => value,
                Self::Minimise => -value,
            } + 0.0,
        )
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Maximise => "maximise",
            Self::Minimise => "minimise",
        })
    }
}

/// A measured number in a form in which higher is better, whatever the study's direction. Scores
/// are totally ordered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(f64);

impl Score {
    /// Returns the score as a number, for models that learn from it.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Returns the item with the best score. If several are equally good, returns the first of them.
pub fn first_best<T>(items: impl IntoIterator<Item = T>, score: impl Fn(&T) -> Score) -> Option<T> {
    items.into_iter().reduce(|best, item| if score(&item) > score(&best) { item } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_of_equals_is_the_best() {
        let score = |item: &(i32, f64)| Direction::Minimise.score(item.1);
        assert_eq!(first_best([(0, 2.0), (1, -0.0), (2, 0.0)], score), Some((1, -0.0)));
        assert_eq!(first_best([], score), None);
    }
}
