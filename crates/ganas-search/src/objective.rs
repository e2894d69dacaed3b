//! Objectives that a study optimises in addition to the value, which is its main objective.

use std::fmt;
use std::str::FromStr;

use ganas_graph::{Arch, SearchSpace};
use serde::{Deserialize, Serialize};

use crate::{Direction, Measurement, Trial, UnknownName};

/// An objective that a study optimises in addition to the value, which is its main objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// The name of the metric to optimise: a cost of the space, `train_seconds`, or another metric
    /// in measurements.
    pub metric: String,
    /// The direction in which the metric improves.
    pub direction: Direction,
}

impl Objective {
    /// Returns the number by which this objective ranks a measured architecture. Returns `None` if
    /// there is no such number, or if it is not finite.
    pub fn of(
        &self,
        space: &dyn SearchSpace,
        arch: &Arch,
        measurement: &Measurement,
    ) -> Option<f64> {
        let metric = space.cost_metrics().iter().position(|metric| metric.name == self.metric);
        let number = match metric {
            Some(index) => Some(space.cost_of(arch, index)),
            None => measurement.metric(&self.metric),
        };
        number.filter(|number| number.is_finite())
    }

    /// Returns the number by which this objective ranks a trial. Returns `None` if there is no such
    /// number, or if it is not finite.
    pub fn of_trial(&self, space: &dyn SearchSpace, trial: &Trial) -> Option<f64> {
        self.of(space, &trial.arch, &trial.measurement)
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.metric, self.direction)
    }
}

impl FromStr for Objective {
    type Err = UnknownName;

    /// Parses `METRIC=DIRECTION`, as in `latency=minimise`; also accepts `maximize` and `minimize`.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let (metric, direction) = text.split_once('=').unwrap_or((text, ""));
        let known = [Direction::Maximise, Direction::Minimise];
        let spelt = direction.replace("ize", "ise");
        let found = known.into_iter().find(|known| known.to_string() == spelt);
        let direction = found.ok_or_else(|| UnknownName {
            what: "direction of an objective",
            found: text.into(),
            valid: known.iter().map(|known| format!("{metric}={known}")).collect(),
        })?;
        Ok(Self { metric: metric.into(), direction })
    }
}

/// Returns the scores of a measured architecture; higher is better. The first score is that of the
/// value, which improves in `direction`; the score of each further objective follows. Returns
/// `None` if the architecture lacks one of the objectives.
pub(crate) fn scores(
    space: &dyn SearchSpace,
    direction: Direction,
    further: &[Objective],
    arch: &Arch,
    measurement: &Measurement,
) -> Option<Vec<f64>> {
    let value = Some(direction.score(measurement.value).get());
    let further = further.iter().map(|objective| {
        let number = objective.of(space, arch, measurement)?;
        Some(objective.direction.score(number).get())
    });
    std::iter::once(value).chain(further).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_read_as_they_are_written() {
        let objective: Objective = "latency=minimise".parse().unwrap();
        assert_eq!(objective.direction, Direction::Minimise);
        assert_eq!(objective.to_string(), "latency=minimise");
        assert_eq!("latency=minimize".parse(), Ok(objective));
        for wrong in ["latency", "latency=", "latency=min"] {
            let error = wrong.parse::<Objective>().unwrap_err().to_string();
            assert!(error.contains("latency=maximise, latency=minimise"), "{error}");
        }
    }
}
