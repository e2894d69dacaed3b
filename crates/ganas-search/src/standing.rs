//! The ranking of evaluations, which all strategies share.

use std::cmp::Ordering;

use ganas_graph::ArchHash;
use serde::{Deserialize, Serialize};

use crate::{ConstraintSet, Context, Evaluated, Measurement, Observation, Outcome, Score};

/// How an evaluation ranks among others. A higher standing is better. Feasible evaluations rank
/// above infeasible ones. An evaluation that violates a limit on a measured metric is infeasible.
/// Of two feasible evaluations, the one with the better score ranks higher. Of two infeasible ones,
/// the one with the smaller violation ranks higher. Evaluations that tie have equal standings.
///
/// Source: Deb, "An efficient constraint handling method for genetic algorithms", Computer Methods
/// in Applied Mechanics and Engineering 186, 2000. Section 3 gives three rules for comparing two
/// solutions in a tournament.
///
/// ```
/// use ganas_search::{Direction, Standing};
/// let feasible = |value| Standing::Feasible(Direction::Maximise.score(value));
/// let beyond = |violation| Standing::Infeasible { violation };
/// let order = [feasible(2.0), feasible(1.0), beyond(0.1), beyond(0.5), beyond(f64::INFINITY)];
/// assert!(order.is_sorted_by(|above, below| above > below));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "StoredStanding", from = "StoredStanding")]
pub enum Standing {
    /// The evaluation violates no constraint.
    Feasible(Score),
    /// The architecture is unusable, or violates a limit.
    Infeasible {
        /// The amount by which the evaluation violates the limits on measured metrics
        /// ([`ConstraintSet::excess`]). It is above 0, and ∞ if it is unknown.
        violation: f64,
    },
}

/// A standing in the form that a checkpoint stores. A feasible standing is a bare score, as in
/// earlier versions.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredStanding {
    Feasible(Score),
    Infeasible { violation: Option<f64> },
}

impl Standing {
    /// Returns the standing of an infeasible architecture. `found` is the architecture's
    /// measurement, or `None` if the architecture could not be measured.
    pub fn infeasible(constraints: &ConstraintSet, found: Option<&Measurement>) -> Self {
        let excess = found.map(|found| constraints.excess(found));
        let violation = excess.filter(|excess| *excess > 0.0).unwrap_or(f64::INFINITY);
        Self::Infeasible { violation }
    }

    /// Returns true if the evaluation violates no constraint.
    pub const fn is_feasible(self) -> bool {
        matches!(self, Self::Feasible(_))
    }

    /// Returns true if the evaluation is feasible, or if the size of its violation is known.
    pub const fn is_placed(self) -> bool {
        match self {
            Self::Feasible(_) => true,
            Self::Infeasible { violation } => violation.is_finite(),
        }
    }

    /// Returns one number per evaluation, for use as the target when a model is trained. The
    /// numbers order the evaluations as the standings do, up to floating-point precision. For a
    /// feasible evaluation, the number is its score. For an infeasible one, the number is lower
    /// than the worst feasible score, by at most the spread of the feasible scores (the best minus
    /// the worst).
    ///
    /// For an infeasible evaluation with violation v, the number is w − s v / (1 + v), where w is
    /// the worst feasible score and s is the spread of the feasible scores. If no evaluation is
    /// feasible, w is 0 and s is 1. If all feasible scores are equal, s is 1.
    ///
    /// Source: equation 4 in Deb 2000 (see [`Standing`]). That equation subtracts the violation
    /// itself. Here the amount subtracted is bounded, because scores may be in any unit.
    pub fn worths(all: &[Self]) -> Vec<f64> {
        let scores = all.iter().filter_map(|standing| match standing {
            Self::Feasible(score) => Some(score.get()),
            Self::Infeasible { .. } => None,
        });
        let (worst, best) = scores
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
                (low.min(score), high.max(score))
            });
        let worst = if worst.is_finite() { worst } else { 0.0 };
        let spread = Some((best - worst).min(f64::MAX)).filter(|it| *it > 0.0).unwrap_or(1.0);
        let worth = |standing: &Self| match *standing {
            Self::Feasible(score) => score.get(),
            Self::Infeasible { violation } => {
                let share = if violation.is_finite() { violation / (1.0 + violation) } else { 1.0 };
                (worst - spread * share).max(f64::MIN)
            }
        };
        all.iter().map(worth).collect()
    }
}

impl Evaluated<'_> {
    /// Returns the standing of this evaluation. Returns `None` if the evaluation failed.
    pub fn standing(&self, constraints: &ConstraintSet) -> Option<Standing> {
        match self {
            Self::Feasible(trial) => Some(Standing::Feasible(trial.score)),
            Self::Partial(partial) => Some(Standing::Feasible(partial.trial.score)),
            Self::Stopped(stopped) => Some(Standing::Feasible(stopped.trial.score)),
            Self::Infeasible(_, found) => Some(Standing::infeasible(constraints, *found)),
            Self::Failed(_) => None,
        }
    }
}

impl Context<'_> {
    /// Returns the standing of the evaluation to which a proposal led. Returns `None` if the
    /// evaluation failed. Also returns `None` if there was no evaluation, either because the
    /// architecture violates a limit on a cost or because the evaluator does not know the
    /// architecture.
    pub fn standing(&self, seen: &Observation) -> Option<Standing> {
        match seen.outcome {
            Outcome::Measured(_, score) | Outcome::Repeat(_, score) => {
                Some(Standing::Feasible(score))
            }
            Outcome::Infeasible => self.known_standing(self.key(&seen.arch)),
            Outcome::OutOfDomain | Outcome::Failed => None,
        }
    }

    /// Returns the standing of the architecture with this key
    /// ([`Distinct::key`](crate::Distinct::key)). Returns `None` if
    /// [`History::find_evaluated`](crate::History::find_evaluated) finds nothing, or if it finds an
    /// evaluation that failed.
    pub fn known_standing(&self, key: ArchHash) -> Option<Standing> {
        self.history.find_evaluated(key)?.standing(self.constraints)
    }
}

impl Eq for Standing {}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Feasible(one), Self::Feasible(other)) => one.cmp(other),
            (Self::Feasible(_), Self::Infeasible { .. }) => Ordering::Greater,
            (Self::Infeasible { .. }, Self::Feasible(_)) => Ordering::Less,
            (Self::Infeasible { violation }, Self::Infeasible { violation: other }) => {
                other.total_cmp(violation)
            }
        }
    }
}

impl From<Standing> for StoredStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Feasible(score) => Self::Feasible(score),
            // JSON has no ∞.
            Standing::Infeasible { violation } => {
                Self::Infeasible { violation: Some(violation).filter(|it| it.is_finite()) }
            }
        }
    }
}

impl From<StoredStanding> for Standing {
    fn from(written: StoredStanding) -> Self {
        match written {
            StoredStanding::Feasible(score) => Self::Feasible(score),
            StoredStanding::Infeasible { violation } => {
                Self::Infeasible { violation: violation.unwrap_or(f64::INFINITY) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bound, Constraint, Direction, KnownMetrics};

    fn feasible(value: f64) -> Standing {
        Standing::Feasible(Direction::Maximise.score(value))
    }

    fn beyond(violation: f64) -> Standing {
        Standing::Infeasible { violation }
    }

    #[test]
    fn a_violation_is_the_sum_over_the_limits() {
        let space = ganas_graph::spaces::NasBench201::default();
        let limit =
            |bound, text| Constraint::parse(&space, KnownMetrics::Anything, bound, text).unwrap();
        let limits = vec![limit(Bound::Max, "memory=100"), limit(Bound::Min, "accuracy=80")];
        let constraints = ConstraintSet::new(limits);
        let violation = |memory: f64, accuracy: f64| {
            let mut found = Measurement::new(1.0);
            found.metrics.extend([("memory".into(), memory), ("accuracy".into(), accuracy)]);
            match Standing::infeasible(&constraints, Some(&found)) {
                Standing::Infeasible { violation } => violation,
                Standing::Feasible(_) => 0.0,
            }
        };
        assert!((violation(150.0, 90.0) - 0.5).abs() < 1e-12);
        assert!((violation(150.0, 60.0) - 0.75).abs() < 1e-12);
        assert!(violation(50.0, 90.0).is_infinite(), "nobody knows what it breaks");
        assert_eq!(Standing::infeasible(&constraints, None), beyond(f64::INFINITY));
    }

    #[test]
    fn worths_keep_the_order_and_the_feasible_their_scores() {
        let all = [feasible(7.0), feasible(5.0), beyond(0.1), beyond(3.0), beyond(f64::INFINITY)];
        let worths = Standing::worths(&all);
        assert_eq!(worths[..2], [7.0, 5.0]);
        assert!(worths.is_sorted_by(|above, below| above > below), "{worths:?}");
        assert!((worths[4] - 3.0).abs() < 1e-12, "{worths:?}");
        assert!(Standing::worths(&all[2..]).is_sorted_by(|above, below| above > below));
        let extreme = [feasible(f64::MAX), feasible(f64::MIN), beyond(1.0)];
        assert!(Standing::worths(&extreme).iter().all(|worth| worth.is_finite()));
    }

    #[test]
    fn checkpoints_are_read_back_and_so_are_those_of_before() {
        for standing in [feasible(0.1), beyond(0.3), beyond(f64::INFINITY)] {
            let text = serde_json::to_string(&standing).unwrap();
            assert_eq!(serde_json::from_str::<Standing>(&text).unwrap(), standing, "{text}");
        }
        assert_eq!(serde_json::from_str::<Standing>("91.5").unwrap(), feasible(91.5));
    }
}
