//! The constraints of a study, and counts of the architectures that they reject.

use std::sync::atomic::{AtomicU64, Ordering};

use ganas_graph::{Arch, CostLimit, SearchSpace};

use crate::constraint::Quantity;
use crate::rejected::{Rejected, Tally, count};
use crate::{Bound, Constraint, Measurement, Verdict};

/// The constraints of a study, with counts of the architectures that they reject. A study checks
/// all architectures through this type.
///
/// There are two tallies. The first counts candidates, which are the architectures that a strategy
/// checks when it is asked for proposals. The seed determines these counts, and the study stores
/// them ([`ConstraintSet::rejected`]). The second tally counts all other architectures. Examples
/// are the architectures whose values were known before the study. Every process that runs the
/// study checks these again. The second tally serves only to explain why a search finds nothing.
#[derive(Debug)]
pub struct ConstraintSet {
    constraints: Vec<Constraint>,
    candidates: Tally,
    others: Tally,
    /// Counts from earlier processes: the number of candidates checked, and the number rejected by
    /// each constraint; `None` if one of these processes did not count.
    before: Option<(u64, Vec<u64>)>,
}

impl ConstraintSet {
    /// Collects the constraints of a study and the limits that belong to its space.
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

    /// Returns true if any constraint limits a cost of the space.
    pub(crate) fn limits_costs(&self) -> bool {
        self.constraints.iter().any(|it| matches!(it.quantity, Quantity::Cost(_)))
    }

    /// Returns the limits on costs of the space, one per limited metric.
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

    /// Returns true if a candidate satisfies every limit on a cost. A cost of NaN violates every
    /// limit on that cost. The method also updates the counts: the number of candidates checked,
    /// and the number of violations of each limit.
    pub fn admit(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        self.violation(space, arch) <= 0.0
    }

    /// Like [`ConstraintSet::admit`], but for an architecture that is not a strategy's candidate,
    /// such as a known one; does not count it as a candidate.
    pub(crate) fn admit_uncounted(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        self.beyond(space, arch, &self.others) <= 0.0
    }

    /// Like [`ConstraintSet::admit`], but for a strategy's proposal. A proposal that satisfies the
    /// limits is not counted again, because the strategy has normally checked it as a candidate. A
    /// proposal that violates a limit was never checked, so it is counted as a candidate.
    pub(crate) fn admit_proposal(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        let breaks = self.constraints.iter().any(|constraint| match constraint.quantity {
            Quantity::Cost(metric) => !constraint.holds(space.cost_of(arch, metric)),
            Quantity::Measured(_) => false,
        });
        if breaks { self.admit(space, arch) } else { self.admit_uncounted(space, arch) }
    }

    /// Returns how far a candidate violates the limits on costs. The result is the sum of the
    /// excesses over all these limits ([`Bound::excess`]). It is 0 if the candidate violates none
    /// of them, and ∞ if a limited cost is NaN. The method updates the counts as
    /// [`ConstraintSet::admit`] does.
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
                tally.reject(at, (cost - constraint.limit).abs());
                // However small, a violation is above 0.
                violation += constraint.excess(cost).max(f64::MIN_POSITIVE);
                is_admitted = false;
            }
        }
        tally.admitted.fetch_add(u64::from(is_admitted), Ordering::Relaxed);
        violation
    }

    /// Returns the limits on measured metrics. Each consists of the metric's name, the kind of
    /// limit, and the limit itself.
    pub fn measured_limits(&self) -> impl Iterator<Item = (&str, Bound, f64)> {
        self.constraints.iter().filter_map(|constraint| match &constraint.quantity {
            Quantity::Cost(_) => None,
            Quantity::Measured(name) => Some((name.as_str(), constraint.bound, constraint.limit)),
        })
    }

    /// Returns how far a measurement violates the limits on measured metrics. The result is the sum
    /// of the excesses over all these limits ([`Bound::excess`]). A limit on a metric that the
    /// measurement lacks adds nothing.
    pub fn excess(&self, found: &Measurement) -> f64 {
        let beyond = |(name, bound, limit): (&str, Bound, f64)| {
            found.metric(name).map_or(0.0, |number| bound.excess(number, limit))
        };
        self.measured_limits().map(beyond).sum()
    }

    /// Returns the verdict on a measurement under the limits on measured metrics. A measurement
    /// that lacks a limited metric counts as a failure.
    pub(crate) fn judge(&self, measurement: Measurement) -> Verdict {
        for (at, constraint) in self.constraints.iter().enumerate() {
            let Quantity::Measured(metric) = &constraint.quantity else { continue };
            let Some(found) = measurement.metric(metric) else {
                let reason = format!(
                    "expected a value of `{metric}` for the constraint {constraint}, found none"
                );
                let train_seconds = measurement.train_seconds;
                return Verdict::Failed { reason, attempts: 1, train_seconds };
            };
            if !constraint.holds(found) {
                return self.infeasible(at, found, measurement, None);
            }
        }
        Verdict::Measured(measurement)
    }

    /// Returns the verdict on the measurement of an evaluation that was stopped early at `step`.
    /// The measurement need not contain every limited metric.
    pub(crate) fn judge_stopped(&self, step: u64, measurement: Measurement) -> Verdict {
        match self.violated(&measurement) {
            Some((at, found)) => self.infeasible(at, found, measurement, Some(step)),
            None => Verdict::Stopped { step, measurement },
        }
    }

    /// Returns true if a measurement violates no limit on the metrics that it contains.
    pub(crate) fn keeps(&self, measurement: &Measurement) -> bool {
        self.violated(measurement).is_none()
    }

    /// Returns the index of the first limit that a measurement violates, and the measured number.
    fn violated(&self, measurement: &Measurement) -> Option<(usize, f64)> {
        self.constraints.iter().enumerate().find_map(|(at, constraint)| {
            let Quantity::Measured(metric) = &constraint.quantity else { return None };
            let found = measurement.metric(metric).filter(|found| !constraint.holds(*found))?;
            Some((at, found))
        })
    }

    /// Returns the verdict on a measurement that violates the limit with index `at`, and counts it.
    fn infeasible(
        &self,
        at: usize,
        found: f64,
        measurement: Measurement,
        step: Option<u64>,
    ) -> Verdict {
        self.others.rejected[at].fetch_add(1, Ordering::Relaxed);
        let reason = format!("expected {}, found {found}", self.constraints[at]);
        let measurement = Some(measurement);
        Verdict::Infeasible { reason, measurement, train_seconds: None, step }
    }

    /// Returns true if this process has checked architectures and admitted none.
    pub(crate) fn rejected_all(&self) -> bool {
        self.checked() > 0 && count(&self.candidates.admitted) + count(&self.others.admitted) == 0
    }

    /// Returns the number of architectures checked in this process.
    pub(crate) fn checked(&self) -> u64 {
        count(&self.candidates.checked) + count(&self.others.checked)
    }

    /// Returns, for each limit on a cost, the number of candidates that it has rejected since the
    /// study started. If the limits have changed since then, the count starts at the last change.
    /// Returns `None` if the study was started by an earlier version of the program, which did not
    /// count rejected candidates.
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

    /// Continues from counts that [`ConstraintSet::rejected`] returned earlier. If the limits have
    /// changed since, starts from 0.
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

    /// Returns one line of text per constraint. The line states how many architectures were checked
    /// in this process, how many of these the constraint rejected and, for a limit on a cost, the
    /// rejected cost that is nearest to the limit. If the limited cost of any rejected architecture
    /// is undefined (NaN), the line also states the number of such architectures.
    pub fn summary(&self) -> Vec<String> {
        let checked = self.checked();
        let both = |of: fn(&Tally) -> &Vec<AtomicU64>, at: usize| {
            count(&of(&self.candidates)[at]) + count(&of(&self.others)[at])
        };
        let line = |(at, constraint): (usize, &Constraint)| {
            let rejected = both(|tally| &tally.rejected, at);
            let undefined = match both(|tally| &tally.undefined, at) {
                0 => String::new(),
                undefined => format!(", {undefined} of them without a value for this metric"),
            };
            let nearest = self.candidates.nearest(at).min(self.others.nearest(at));
            let nearest = if nearest.is_finite() {
                format!(", the nearest with {}", constraint.beyond_limit(nearest))
            } else {
                String::new()
            };
            format!(
                "{constraint} rejected {rejected} of {checked} candidates (repeats included){undefined}{nearest}"
            )
        };
        self.constraints.iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::KnownMetrics;

    fn limited(space: &NasBench201) -> ConstraintSet {
        let limit =
            |bound, text| Constraint::parse(space, KnownMetrics::Nothing, bound, text).unwrap();
        ConstraintSet::new(vec![limit(Bound::Max, "params=0.1"), limit(Bound::Min, "flops=8")])
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
        assert!(!rejections.admit_uncounted(&space, &none));
        assert!(rejections.rejected_all());
        assert_eq!(
            rejections.summary(),
            [
                "params <= 0.1 M rejected 1 of 2 candidates (repeats included), the nearest with 0.101306 M",
                "flops >= 8 M rejected 1 of 2 candidates (repeats included), the nearest with 7.78305 M"
            ]
        );
    }

    #[test]
    fn candidates_are_counted_on_under_the_same_limits_only() {
        let space = NasBench201::default();
        let (rejections, [one, none]) = (limited(&space), archs(&space));
        rejections.admit(&space, &one);
        rejections.admit_uncounted(&space, &none);
        let before = rejections.rejected().unwrap();
        let counts = |all: &[Rejected]| -> Vec<(u64, u64)> {
            all.iter().map(|it| (it.rejected, it.checked)).collect()
        };
        assert_eq!(counts(&before), [(1, 1), (0, 1)], "what is listed is no candidate");
        let proposed = ConstraintSet::new(Vec::new());
        assert!(proposed.admit_proposal(&space, &one));
        let proposed = ConstraintSet::new(rejections.constraints[..1].to_vec());
        assert!(proposed.admit_proposal(&space, &none) && !proposed.admit_proposal(&space, &one));
        assert_eq!(counts(&proposed.rejected().unwrap()), [(1, 1)], "none was looked at before");
        let mut resumed = limited(&space);
        resumed.count_on(Some(&before));
        assert!(!resumed.rejected_all(), "nothing was checked in this process");
        resumed.admit(&space, &none);
        assert_eq!(counts(&resumed.rejected().unwrap()), [(1, 2), (1, 2)]);
        let mut fewer = ConstraintSet::new(rejections.constraints[..1].to_vec());
        fewer.count_on(Some(&before));
        assert_eq!(counts(&fewer.rejected().unwrap()), [(0, 0)], "other limits: from 0");
        resumed.count_on(None);
        assert_eq!(resumed.rejected(), None, "what was not counted is not known");
    }

    #[test]
    fn limits_on_a_cost_are_joined_and_those_on_metrics_are_none() {
        let space = NasBench201::default();
        let set = |limits: &[(Bound, &str)]| {
            let parse = |&(bound, text): &(Bound, &str)| {
                Constraint::parse(&space, KnownMetrics::Anything, bound, text).unwrap()
            };
            ConstraintSet::new(limits.iter().map(parse).collect())
        };
        let costs = set(&[
            (Bound::Max, "flops=90"),
            (Bound::Max, "params=0.5"),
            (Bound::Min, "flops=8"),
            (Bound::Max, "flops=70"),
        ]);
        assert!(costs.limits_costs());
        let limits: Vec<_> =
            costs.cost_limits().iter().map(|it| (it.metric, it.least, it.most)).collect();
        assert_eq!(limits, [(1, 8.0, 70.0), (0, f64::NEG_INFINITY, 0.5)]);
        assert!(!set(&[(Bound::Max, "latency=3")]).limits_costs());
    }

    #[test]
    fn a_measurement_is_judged_by_the_limits_on_its_metrics() {
        let space = NasBench201::default();
        let limit = Constraint::parse(&space, KnownMetrics::Anything, Bound::Max, "latency=3");
        let set = ConstraintSet::new(vec![limit.unwrap()]);
        let with = |latency: Option<f64>| {
            let mut measurement = Measurement::new(1.0);
            measurement.metrics.extend(latency.map(|latency| ("latency".into(), latency)));
            (set.excess(&measurement), set.keeps(&measurement), set.judge(measurement))
        };
        assert!(matches!(with(Some(3.0)), (0.0, true, Verdict::Measured(_))));
        let (excess, keeps, verdict) = with(Some(4.5));
        assert!((excess - 0.5).abs() < 1e-12 && !keeps);
        let Verdict::Infeasible { reason, .. } = verdict else { panic!("{verdict:?}") };
        assert_eq!(reason, "expected latency <= 3, found 4.5");
        let (excess, keeps, verdict) = with(None);
        assert!(excess <= 0.0 && keeps);
        let Verdict::Failed { reason, .. } = verdict else { panic!("{verdict:?}") };
        assert!(reason.starts_with("expected a value of `latency`"), "{reason}");
    }

    #[test]
    fn not_all_is_rejected_once_one_was_admitted() {
        let space = NasBench201::default();
        let limit = || Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, "params=1");
        for is_candidate in [false, true] {
            let set = ConstraintSet::new(vec![limit().unwrap()]);
            let [one, _] = archs(&space);
            let admitted = if is_candidate {
                set.admit(&space, &one)
            } else {
                set.admit_uncounted(&space, &one)
            };
            assert!(admitted && !set.rejected_all());
        }
    }
}
