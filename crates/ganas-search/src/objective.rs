//! Further objectives and the Pareto front.

use ganas_graph::SearchSpace;
use serde::{Deserialize, Serialize};

use crate::{Direction, History, Score, Trial};

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

/// The Pareto front: the trials that no other trial is better than in one objective and at least as
/// good in all others, which are the value and `further`. Of equals the earliest counts; a trial that
/// lacks an objective does not.
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
            objective.of(space, trial).map(|number| objective.direction.score(number))
        };
        let further = further.iter().map(score);
        let all = std::iter::once(Some(trial.score)).chain(further);
        Some((all.collect::<Option<Vec<Score>>>()?, trial))
    };
    let mut sorted: Vec<_> = history.trials().iter().filter_map(scores).collect();
    // Whoever dominates another comes before it.
    sorted.sort_by(|(one, _), (other, _)| other.cmp(one));
    let mut front: Vec<(Vec<Score>, &Trial)> = Vec::new();
    for (scores, trial) in sorted {
        let covers = |(other, _): &(Vec<Score>, _)| {
            other.iter().zip(&scores).all(|(other, own)| other >= own)
        };
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
    use crate::history::Entry;
    use crate::{Measurement, TrialId, Verdict};

    fn history(points: &[(f64, f64)]) -> History {
        let mut history = History::new(Direction::Maximise);
        for (index, (value, size)) in (0_u8..).zip(points) {
            let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
            let mut measurement = Measurement::new(*value);
            measurement.metrics.insert("size".into(), *size);
            let (trial, key) = (TrialId(index.into()), ArchHash::of(&[index]));
            let entry = Entry { trial, arch, key, source: "".into(), round: 0 };
            history.learn(entry, &Verdict::Measured(measurement));
        }
        history
    }

    fn front(points: &[(f64, f64)], further: &[Objective]) -> Vec<usize> {
        let history = history(points);
        let front = pareto_front(&NasBench201::default(), &history, further);
        front.iter().map(|trial| trial.query).collect()
    }

    fn objective(metric: &str, direction: Direction) -> Objective {
        Objective { metric: metric.into(), direction }
    }

    #[test]
    fn the_front_has_what_nothing_else_is_better_than() {
        let points = [(1.0, 1.0), (3.0, 9.0), (2.0, 5.0), (2.0, 6.0), (2.0, 5.0)];
        assert_eq!(front(&points, &[objective("size", Direction::Minimise)]), [2, 3, 1]);
        assert_eq!(front(&points, &[objective("size", Direction::Maximise)]), [2]);
        assert_eq!(front(&points, &[]), [2]);
        assert!(front(&points, &[objective("weight", Direction::Maximise)]).is_empty());
    }

    #[test]
    fn zeros_of_both_signs_are_equal() {
        let smaller = [objective("size", Direction::Minimise)];
        assert_eq!(front(&[(0.0, 5.0), (-0.0, 3.0)], &smaller), [2]);
        assert_eq!(front(&[(1.0, -0.0), (1.0, 0.0)], &smaller), [1]);
    }
}
