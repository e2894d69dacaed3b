use ganas_graph::SearchSpace;
use serde::{Deserialize, Serialize};

use crate::{History, Measurement, Trial};

/// Which way is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher.
    #[default]
    Maximise,
    /// Lower.
    Minimise,
}

impl Direction {
    /// The number for which higher is better, of one as it was measured; and the other way round.
    ///
    /// ```
    /// use ganas_search::Direction;
    /// assert!(Direction::Minimise.flip(3.0) < Direction::Minimise.flip(2.0));
    /// ```
    pub fn flip(self, value: f64) -> f64 {
        match self {
            Self::Maximise => value,
            Self::Minimise => -value,
        }
    }
}

/// A further objective, beside the value that a study searches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// A cost of the space, `train_seconds`, or another metric of the measurements.
    pub metric: String,
    /// Which way is better.
    #[serde(default)]
    pub direction: Direction,
}

impl Objective {
    /// The trial's number; `None` if it has none.
    pub fn of(&self, space: &dyn SearchSpace, trial: &Trial) -> Option<f64> {
        let metric = space.cost_metrics().iter().position(|metric| metric.name == self.metric);
        let number = match metric {
            Some(index) => Some(space.cost_of(&trial.arch, index)),
            None => trial.measurement.metric(&self.metric),
        };
        number.filter(|number| !number.is_nan())
    }
}

impl Measurement {
    /// A number by its name: `train_seconds`, or one of the metrics.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "train_seconds" => self.train_seconds,
            _ => self.metrics.get(name).copied(),
        }
    }
}

/// The trials that no other is better than in one objective and at least as good in all others: the
/// value's and `further`. The earlier of equals counts; one that lacks an objective does not.
///
/// Best value first.
///
/// # Complexity
/// Trials times length of the front.
pub fn pareto_front<'h>(
    space: &dyn SearchSpace,
    history: &'h History,
    further: &[Objective],
) -> Vec<&'h Trial> {
    let scores = |trial: &'h Trial| {
        let score = |objective: &Objective| {
            objective.of(space, trial).map(|number| objective.direction.flip(number))
        };
        let further = further.iter().map(score);
        let all = std::iter::once(Some(trial.measurement.value)).chain(further);
        Some((all.collect::<Option<Vec<f64>>>()?, trial))
    };
    let mut sorted: Vec<_> = history.trials().iter().filter_map(scores).collect();
    // Whoever dominates another comes before it.
    sorted.sort_by(|(one, _), (other, _)| {
        let unequal = one.iter().zip(other).map(|(one, other)| other.total_cmp(one));
        unequal.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let mut front: Vec<(Vec<f64>, &Trial)> = Vec::new();
    for (scores, trial) in sorted {
        let covers =
            |(other, _): &(Vec<f64>, _)| other.iter().zip(&scores).all(|(other, own)| other >= own);
        if !front.iter().any(covers) {
            front.push((scores, trial));
        }
    }
    front.into_iter().map(|(_, trial)| trial).collect()
}

#[cfg(test)]
mod tests {
    use ganas_graph::{Arch, ArchHash, spaces::NasBench201};

    use super::*;

    fn history(points: &[(f64, f64)]) -> History {
        let mut history = History::default();
        for (index, (value, size)) in points.iter().enumerate() {
            let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
            let mut measurement = Measurement::new(*value);
            measurement.metrics.insert("size".into(), *size);
            let trial = Trial { arch, source: "".into(), round: 0, query: index + 1, measurement };
            history.push(ArchHash::of(&index.to_le_bytes()), trial);
        }
        history
    }

    #[test]
    fn the_front_has_what_nothing_else_is_better_than() {
        let history = history(&[(1.0, 1.0), (3.0, 9.0), (2.0, 5.0), (2.0, 6.0), (2.0, 5.0)]);
        let front = |further: &[Objective]| -> Vec<usize> {
            let front = pareto_front(&NasBench201::default(), &history, further);
            front.iter().map(|trial| trial.query).collect()
        };
        let objective = |metric: &str, direction| Objective { metric: metric.into(), direction };
        assert_eq!(front(&[objective("size", Direction::Minimise)]), [2, 3, 1]);
        assert_eq!(front(&[objective("size", Direction::Maximise)]), [2]);
        assert_eq!(front(&[]), [2]);
        assert!(front(&[objective("weight", Direction::Maximise)]).is_empty());
    }
}
