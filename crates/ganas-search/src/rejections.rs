//! What constraints reject, and how often.

use std::sync::atomic::{AtomicU64, Ordering};

use ganas_graph::{Arch, CostLimit, SearchSpace};
use serde::{Deserialize, Serialize};

use crate::constraint::Quantity;
use crate::{Bound, Constraint, Measurement, Verdict};

/// How many candidates broke a limit that is known before an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The limit, as people read it.
    pub constraint: String,
    /// Candidates that broke it. Each look at a candidate counts, so one that is looked at twice counts
    /// twice, and one that breaks two limits counts for both.
    pub rejected: u64,
    /// Candidates that the strategy looked at, whatever became of them.
    pub checked: u64,
}

/// The constraints of a study, all of whose checks pass here, and counts of what they reject.
///
/// Two things are counted. Candidates are what a strategy looks at while it is asked: their number follows
/// from the seed, so it is kept with the study ([`Rejections::rejected`]). Lists of the whole space and what
/// was known before are looked at whenever a process begins, and count only for the message of a search that
/// finds nothing.
#[derive(Debug)]
pub struct Rejections {
    constraints: Vec<Constraint>,
    candidates: Tally,
    others: Tally,
    /// Candidates of processes before this one: how many were checked, and rejected by each constraint;
    /// `None` if one of them did not count.
    before: Option<(u64, Vec<u64>)>,
}

/// How many architectures were checked, admitted, and rejected by each constraint.
#[derive(Debug)]
struct Tally {
    checked: AtomicU64,
    admitted: AtomicU64,
    rejected: Vec<AtomicU64>,
    /// How many of the rejected have a cost that is no number.
    undefined: Vec<AtomicU64>,
}

impl Tally {
    fn new(constraints: usize) -> Self {
        let zeros = || (0..constraints).map(|_| AtomicU64::new(0)).collect();
        let (checked, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { checked, admitted, rejected: zeros(), undefined: zeros() }
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Rejections {
    /// The constraints of a study, and the limits that belong to its space.
    pub(crate) fn of(space: &dyn SearchSpace, constraints: &[Constraint]) -> Self {
        let own = space.limits().into_iter().flat_map(|limit| Constraint::of_space(space, limit));
        Self::new(constraints.iter().cloned().chain(own).collect())
    }

    pub(crate) fn new(constraints: Vec<Constraint>) -> Self {
        let tally = || Tally::new(constraints.len());
        let (candidates, others) = (tally(), tally());
        let before = Some((0, vec![0; constraints.len()]));
        Self { constraints, candidates, others, before }
    }

    /// Is a cost of the space limited?
    pub(crate) fn limits_costs(&self) -> bool {
        self.constraints.iter().any(|it| matches!(it.quantity, Quantity::Cost(_)))
    }

    /// The limits on costs of the space, one for each metric that is limited.
    pub(crate) fn cost_limits(&self) -> Vec<CostLimit> {
        let mut limits: Vec<CostLimit> = Vec::new();
        for constraint in &self.constraints {
            let Quantity::Cost(metric) = constraint.quantity else { continue };
            let place = limits.iter().position(|limit| limit.metric == metric);
            let place = place.unwrap_or_else(|| {
                let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
                limits.push(CostLimit { metric, least, most });
                limits.len() - 1
            });
            let limit = &mut limits[place];
            match constraint.bound {
                Bound::Max => limit.most = limit.most.min(constraint.limit),
                Bound::Min => limit.least = limit.least.max(constraint.limit),
            }
        }
        limits
    }

    /// Does a candidate satisfy every constraint that is known before an evaluation? Each that it breaks
    /// counts. A cost that is no number satisfies none.
    pub fn admit(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        self.violation(space, arch) <= 0.0
    }

    /// [`Rejections::admit`] of an architecture that is no candidate of a strategy's: it is one of a list, or
    /// was known before.
    pub(crate) fn admit_other(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        self.beyond(space, arch, &self.others) <= 0.0
    }

    /// [`Rejections::admit`] of what a strategy proposes. It has looked at it before, so that does not count
    /// again; what breaks a limit is what it never looked at, and counts as a candidate.
    pub(crate) fn admit_proposal(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        let breaks = self.constraints.iter().any(|constraint| match constraint.quantity {
            Quantity::Cost(metric) => !constraint.holds(space.cost_of(arch, metric)),
            Quantity::Measured(_) => false,
        });
        if breaks { self.admit(space, arch) } else { self.admit_other(space, arch) }
    }

    /// By how much a candidate breaks the constraints that are known before an evaluation: the sum of what
    /// it is beyond each limit, as a fraction of the limit. 0 if it breaks none, ∞ if a limited cost is no
    /// number. Counts as [`Rejections::admit`] does.
    pub fn violation(&self, space: &dyn SearchSpace, arch: &Arch) -> f64 {
        self.beyond(space, arch, &self.candidates)
    }

    fn beyond(&self, space: &dyn SearchSpace, arch: &Arch, tally: &Tally) -> f64 {
        if self.constraints.is_empty() {
            return 0.0;
        }
        tally.checked.fetch_add(1, Ordering::Relaxed);
        let (mut violation, mut is_admitted) = (0.0, true);
        for (at, constraint) in self.constraints.iter().enumerate() {
            let Quantity::Cost(metric) = constraint.quantity else { continue };
            let cost = space.cost_of(arch, metric);
            if !constraint.holds(cost) {
                tally.rejected[at].fetch_add(1, Ordering::Relaxed);
                tally.undefined[at].fetch_add(u64::from(cost.is_nan()), Ordering::Relaxed);
                // However close to the limit, it is broken.
                violation += constraint.excess(cost).max(f64::MIN_POSITIVE);
                is_admitted = false;
            }
        }
        tally.admitted.fetch_add(u64::from(is_admitted), Ordering::Relaxed);
        violation
    }

    /// The limits on what is measured: name, side and limit.
    pub fn measured_limits(&self) -> impl Iterator<Item = (&str, Bound, f64)> {
        self.constraints.iter().filter_map(|constraint| match &constraint.quantity {
            Quantity::Cost(_) => None,
            Quantity::Measured(name) => Some((name.as_str(), constraint.bound, constraint.limit)),
        })
    }

    /// How far a measurement is beyond the limits on what is measured: the sum of what it is beyond each,
    /// as a fraction of the limit. 0 if it breaks none that it tells of.
    pub fn excess(&self, found: &Measurement) -> f64 {
        let beyond = |(name, bound, limit): (&str, Bound, f64)| {
            found.metric(name).map_or(0.0, |number| bound.excess(number, limit))
        };
        self.measured_limits().map(beyond).sum()
    }

    /// What a measurement is under the constraints on what it holds.
    pub(crate) fn judge(&self, measurement: Measurement) -> Verdict {
        for (constraint, rejected) in self.constraints.iter().zip(&self.others.rejected) {
            let Quantity::Measured(metric) = &constraint.quantity else { continue };
            let Some(found) = measurement.metric(metric) else {
                let reason = format!(
                    "expected a number `{metric}`, for the constraint {constraint}; found none"
                );
                let train_seconds = measurement.train_seconds;
                return Verdict::Failed { reason, attempts: 1, train_seconds };
            };
            if !constraint.holds(found) {
                rejected.fetch_add(1, Ordering::Relaxed);
                let reason = format!("expected {constraint}, found {found}");
                return Verdict::Infeasible { reason, measurement: Some(measurement) };
            }
        }
        Verdict::Measured(measurement)
    }

    /// Does a measurement break no constraint, as far as it tells?
    pub(crate) fn keeps(&self, measurement: &Measurement) -> bool {
        self.constraints.iter().all(|constraint| match &constraint.quantity {
            Quantity::Cost(_) => true,
            Quantity::Measured(metric) => {
                measurement.metric(metric).is_none_or(|found| constraint.holds(found))
            }
        })
    }

    /// Was something checked in this process, and nothing admitted?
    pub(crate) fn rejected_all(&self) -> bool {
        self.checked() > 0 && count(&self.candidates.admitted) + count(&self.others.admitted) == 0
    }

    /// How many architectures were checked in this process.
    pub(crate) fn checked(&self) -> u64 {
        count(&self.candidates.checked) + count(&self.others.checked)
    }

    /// How many candidates each limit on a cost rejected since the study began; `None` if a version of the
    /// program began it that did not count.
    pub fn rejected(&self) -> Option<Vec<Rejected>> {
        let (before, rejected) = self.before.as_ref()?;
        let checked = before + count(&self.candidates.checked);
        let of = |(at, constraint): (usize, &Constraint)| Rejected {
            constraint: constraint.to_string(),
            rejected: rejected[at] + count(&self.candidates.rejected[at]),
            checked,
        };
        let costs = self.constraints.iter().enumerate();
        Some(costs.filter(|(_, it)| matches!(it.quantity, Quantity::Cost(_))).map(of).collect())
    }

    /// Counts on from what [`Rejections::rejected`] gave before. Where the limits have changed since, their
    /// counts say nothing of these, and are counted from 0.
    pub(crate) fn count_on(&mut self, before: Option<&[Rejected]>) {
        let Some(before) = before else {
            self.before = None;
            return;
        };
        let is_cost = |it: &&Constraint| matches!(it.quantity, Quantity::Cost(_));
        let limits = self.constraints.iter().filter(is_cost).map(Constraint::to_string);
        if !limits.eq(before.iter().map(|it| it.constraint.clone())) {
            return;
        }
        let mut counts = before.iter().map(|it| it.rejected);
        let of = |it: &Constraint| if is_cost(&it) { counts.next().unwrap_or(0) } else { 0 };
        let counts = self.constraints.iter().map(of).collect();
        self.before = Some((before.first().map_or(0, |it| it.checked), counts));
    }

    /// One line a constraint: how many architectures it rejected of how many in this process, and of how
    /// many of these the cost is no number.
    pub fn summary(&self) -> Vec<String> {
        let checked = self.checked();
        let both = |of: fn(&Tally) -> &Vec<AtomicU64>, at: usize| {
            count(&of(&self.candidates)[at]) + count(&of(&self.others)[at])
        };
        let line = |(at, constraint): (usize, &Constraint)| {
            let rejected = both(|tally| &tally.rejected, at);
            let undefined = match both(|tally| &tally.undefined, at) {
                0 => String::new(),
                undefined => format!(" ({undefined} have no such number)"),
            };
            format!("{constraint} rejected {rejected} of {checked} architectures{undefined}")
        };
        self.constraints.iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::Measured;

    fn limited(space: &NasBench201) -> Rejections {
        let limit = |bound, text| Constraint::parse(space, Measured::Nothing, bound, text).unwrap();
        Rejections::new(vec![limit(Bound::Max, "params=0.1"), limit(Bound::Min, "flops=8")])
    }

    fn archs(space: &NasBench201) -> [Arch; 2] {
        [[2, 0, 0, 0, 0, 0], [0; 6]].map(|it| Arch::from_choices(space, &it).unwrap())
    }

    #[test]
    fn limits_are_checked_and_counted() {
        let space = NasBench201::default();
        let (rejections, [one, none]) = (limited(&space), archs(&space));
        assert!(!rejections.rejected_all(), "nothing was checked");
        assert!(!rejections.admit(&space, &one));
        assert!(!rejections.admit_other(&space, &none));
        assert!(rejections.rejected_all());
        assert_eq!(
            rejections.summary(),
            [
                "params <= 0.1 M rejected 1 of 2 architectures",
                "flops >= 8 M rejected 1 of 2 architectures"
            ]
        );
    }

    #[test]
    fn candidates_are_counted_on_under_the_same_limits_only() {
        let space = NasBench201::default();
        let (rejections, [one, none]) = (limited(&space), archs(&space));
        rejections.admit(&space, &one);
        rejections.admit_other(&space, &none);
        let before = rejections.rejected().unwrap();
        let counts = |all: &[Rejected]| -> Vec<(u64, u64)> {
            all.iter().map(|it| (it.rejected, it.checked)).collect()
        };
        assert_eq!(counts(&before), [(1, 1), (0, 1)], "what is listed is no candidate");
        let proposed = Rejections::new(Vec::new());
        assert!(proposed.admit_proposal(&space, &one));
        let proposed = Rejections::new(rejections.constraints[..1].to_vec());
        assert!(proposed.admit_proposal(&space, &none) && !proposed.admit_proposal(&space, &one));
        assert_eq!(counts(&proposed.rejected().unwrap()), [(1, 1)], "none was looked at before");
        let mut resumed = limited(&space);
        resumed.count_on(Some(&before));
        assert!(!resumed.rejected_all(), "nothing was checked in this process");
        resumed.admit(&space, &none);
        assert_eq!(counts(&resumed.rejected().unwrap()), [(1, 2), (1, 2)]);
        let mut fewer = Rejections::new(rejections.constraints[..1].to_vec());
        fewer.count_on(Some(&before));
        assert_eq!(counts(&fewer.rejected().unwrap()), [(0, 0)], "other limits: from 0");
        resumed.count_on(None);
        assert_eq!(resumed.rejected(), None, "what was not counted is not known");
    }
}
