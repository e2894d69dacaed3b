//! Hard limits on costs and on what is measured.

use std::sync::atomic::{AtomicU64, Ordering};

use ganas_graph::{Arch, CostLimit, CostMetric, SearchSpace};

use crate::{Bound, ConstraintError, Measured, Measurement, UnknownName, Verdict};

/// A hard limit: on a cost that the search space knows before any evaluation, or on a number that
/// an evaluation measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    quantity: Quantity,
    bound: Bound,
    limit: f64,
    text: String,
}

/// What is limited.
#[derive(Debug, Clone, PartialEq)]
enum Quantity {
    /// A cost of the space, by its index.
    Cost(usize),
    /// What measurements hold by this name.
    Measured(String),
}

impl Constraint {
    /// Reads `METRIC=LIMIT`. A bare number is in the metric's own unit, one with `k`, `M` or `G` is
    /// a count, and `@NAME` is what one of the space's named architectures costs.
    ///
    /// ```
    /// use ganas_graph::spaces::{NasBench101, NasBench201};
    /// use ganas_search::{Bound, Constraint, Measured};
    /// let space = NasBench201::default();
    /// let limit = |text| Constraint::parse(&space, Measured::Nothing, Bound::Max, text).map(|c| c.to_string());
    /// assert_eq!(limit("params=0.5").as_deref(), Ok("params <= 0.5 M"));
    /// assert_eq!(limit("params=500k"), limit("params=0.5"));
    /// assert!(limit("param=1").unwrap_err().to_string().contains("did you mean `params`?"));
    ///
    /// let space = NasBench101::default();
    /// let limit = Constraint::parse(&space, Measured::Nothing, Bound::Max, "params=@inception")?;
    /// assert_eq!(limit.to_string(), "params <= 2.694282 M (@inception)");
    /// # Ok::<(), ganas_search::ConstraintError>(())
    /// ```
    ///
    /// `measured` says which metrics of measurements may be limited too, such as `train_seconds`;
    /// `@NAME` is then what is on record of the named architecture.
    ///
    /// # Errors
    /// If the form, the metric or the number is wrong, or nothing is on record.
    pub fn parse(
        space: &dyn SearchSpace,
        measured: Measured<'_>,
        bound: Bound,
        text: &str,
    ) -> Result<Self, ConstraintError> {
        let (name, limit) =
            text.split_once('=').ok_or_else(|| ConstraintError::Form { text: text.into() })?;
        let (quantity, metric) = quantity(space, measured, name)?;
        let (limit, named) = match limit.strip_prefix('@') {
            Some(named) => {
                let value = named_value(space, measured, &quantity, named)?;
                (value, format!(" (@{named})"))
            }
            None => (number(&metric, limit)?, String::new()),
        };
        let sign = match bound {
            Bound::Max => "<=",
            Bound::Min => ">=",
        };
        let text = format!("{name} {sign} {limit} {}{named}", metric.unit);
        Ok(Self { quantity, bound, limit, text: text.trim_end().into() })
    }

    /// The ends of a limit that belongs to the space.
    fn of_space(space: &dyn SearchSpace, limit: CostLimit) -> impl Iterator<Item = Self> {
        let name = &space.cost_metrics()[limit.metric].name;
        let of = |bound, sign, limit_value: f64| Self {
            quantity: Quantity::Cost(limit.metric),
            bound,
            limit: limit_value,
            text: format!("{name} {sign} {limit_value}"),
        };
        let ends = [of(Bound::Min, ">=", limit.least), of(Bound::Max, "<=", limit.most)];
        ends.into_iter().filter(|end| end.limit.is_finite())
    }

    fn holds(&self, number: f64) -> bool {
        !self.bound.is_broken(number, self.limit)
    }

    fn excess(&self, number: f64) -> f64 {
        self.bound.excess(number, self.limit)
    }
}

/// What a name means, and in which unit it is.
fn quantity(
    space: &dyn SearchSpace,
    measured: Measured<'_>,
    name: &str,
) -> Result<(Quantity, CostMetric), UnknownName> {
    let costs = space.cost_metrics();
    if let Some(index) = costs.iter().position(|metric| metric.name == name) {
        return Ok((Quantity::Cost(index), costs[index].clone()));
    }
    let measured = match measured {
        Measured::Nothing => Some(Vec::new()),
        Measured::Anything => None,
        Measured::Records(records) => Some(records.metrics()),
    };
    if measured.as_ref().is_none_or(|names| names.iter().any(|measured| measured == name)) {
        let unit = if name.ends_with("seconds") { "s" } else { "" };
        let metric = CostMetric { name: name.into(), unit: unit.into(), scale: 1.0 };
        return Ok((Quantity::Measured(name.into()), metric));
    }
    let costs = costs.iter().map(|metric| metric.name.clone());
    let valid = costs.chain(measured.into_iter().flatten()).collect();
    Err(UnknownName { what: "metric", found: name.into(), valid })
}

/// A number in the metric's unit, or a count with its suffix, in the metric's unit.
fn number(metric: &CostMetric, text: &str) -> Result<f64, ConstraintError> {
    let (digits, factor) = match text.char_indices().next_back() {
        Some((end, 'k')) => (&text[..end], 1e3 / metric.scale),
        Some((end, 'M')) => (&text[..end], 1e6 / metric.scale),
        Some((end, 'G')) => (&text[..end], 1e9 / metric.scale),
        _ => (text, 1.0),
    };
    let value = digits.parse().ok().filter(|value: &f64| value.is_finite());
    value.map(|value| value * factor).ok_or_else(|| ConstraintError::Limit {
        metric: metric.name.clone(),
        unit: metric.unit.clone(),
        limit: text.into(),
    })
}

/// What a named architecture has.
fn named_value(
    space: &dyn SearchSpace,
    measured: Measured<'_>,
    quantity: &Quantity,
    name: &str,
) -> Result<f64, ConstraintError> {
    let metric = match quantity {
        Quantity::Cost(index) => &space.cost_metrics()[*index].name,
        Quantity::Measured(metric) => metric,
    };
    let arch = space.named(name).ok_or_else(|| ConstraintError::Named {
        metric: metric.clone(),
        source: UnknownName::architecture(space, name),
    })?;
    if let Quantity::Cost(index) = quantity {
        let (cost, unit) = (space.cost_of(&arch, *index), &space.cost_metrics()[*index].unit);
        return Some(cost).filter(|cost| cost.is_finite()).ok_or_else(|| ConstraintError::Limit {
            metric: metric.clone(),
            unit: unit.clone(),
            limit: format!("@{name}, which costs {cost}"),
        });
    }
    let recorded = match measured {
        Measured::Records(records) => records.recorded(&arch),
        Measured::Nothing | Measured::Anything => Ok(None),
    };
    let value = recorded.ok().flatten().and_then(|recorded| recorded.metric(metric));
    value.ok_or_else(|| ConstraintError::NotRecorded { metric: metric.clone(), name: name.into() })
}

impl Constraint {
    /// What it limits: the metric's name, the side and the limit in the metric's unit.
    pub fn limit<'a>(&'a self, space: &'a dyn SearchSpace) -> (&'a str, Bound, f64) {
        let metric = match &self.quantity {
            Quantity::Cost(metric) => space.cost_metrics().get(*metric).map_or("", |it| &it.name),
            Quantity::Measured(name) => name,
        };
        (metric, self.bound, self.limit)
    }
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Counts what constraints reject, so that a search that finds nothing can say why.
#[derive(Debug)]
pub struct Rejections {
    constraints: Vec<Constraint>,
    rejected: Vec<AtomicU64>,
    /// How many of the rejected have a cost that is no number.
    undefined: Vec<AtomicU64>,
    checked: AtomicU64,
    admitted: AtomicU64,
}

impl Rejections {
    /// The constraints of a study, and the limits that belong to its space.
    pub(crate) fn of(space: &dyn SearchSpace, constraints: &[Constraint]) -> Self {
        let own = space.limits().into_iter().flat_map(|limit| Constraint::of_space(space, limit));
        Self::new(constraints.iter().cloned().chain(own).collect())
    }

    pub(crate) fn new(constraints: Vec<Constraint>) -> Self {
        let zeros = || constraints.iter().map(|_| AtomicU64::new(0)).collect();
        let (rejected, undefined) = (zeros(), zeros());
        let (checked, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { constraints, rejected, undefined, checked, admitted }
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

    /// Does the architecture satisfy every constraint that is known before an evaluation? Each
    /// that it breaks counts. A cost that is no number satisfies none.
    pub fn admit(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        self.violation(space, arch) <= 0.0
    }

    /// By how much the architecture breaks the constraints that are known before an evaluation: the sum
    /// of what it is beyond each limit, as a fraction of the limit. 0 if it breaks none, ∞ if a limited
    /// cost is no number. Counts as [`Rejections::admit`] does.
    pub fn violation(&self, space: &dyn SearchSpace, arch: &Arch) -> f64 {
        if self.constraints.is_empty() {
            return 0.0;
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let (mut violation, mut is_admitted) = (0.0, true);
        for (at, constraint) in self.constraints.iter().enumerate() {
            let Quantity::Cost(metric) = constraint.quantity else { continue };
            let cost = space.cost_of(arch, metric);
            if !constraint.holds(cost) {
                self.rejected[at].fetch_add(1, Ordering::Relaxed);
                self.undefined[at].fetch_add(u64::from(cost.is_nan()), Ordering::Relaxed);
                // However close to the limit, it is broken.
                violation += constraint.excess(cost).max(f64::MIN_POSITIVE);
                is_admitted = false;
            }
        }
        self.admitted.fetch_add(u64::from(is_admitted), Ordering::Relaxed);
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
        for (constraint, rejected) in self.constraints.iter().zip(&self.rejected) {
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

    /// Was something checked, and nothing admitted?
    pub(crate) fn rejected_all(&self) -> bool {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.checked) > 0 && count(&self.admitted) == 0
    }

    /// How many architectures were checked.
    pub(crate) fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }

    /// One line a constraint: how many architectures it rejected of how many, and of how many of these
    /// the cost is no number.
    pub fn summary(&self) -> Vec<String> {
        let checked = self.checked();
        let line = |(at, constraint): (usize, &Constraint)| {
            let rejected = self.rejected[at].load(Ordering::Relaxed);
            let undefined = match self.undefined[at].load(Ordering::Relaxed) {
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
    use ganas_graph::spaces::{NasBench101, NasBench201};

    use super::*;

    #[test]
    fn limits_are_checked_and_counted() {
        let space = NasBench201::default();
        let limit =
            |bound, text| Constraint::parse(&space, Measured::Nothing, bound, text).unwrap();
        let rejections =
            Rejections::new(vec![limit(Bound::Max, "params=0.1"), limit(Bound::Min, "flops=8")]);
        let one = Arch::from_choices(&space, &[2, 0, 0, 0, 0, 0]).unwrap();
        let none = Arch::from_choices(&space, &[0; 6]).unwrap();
        assert!(!rejections.rejected_all(), "nothing was checked");
        assert!(!rejections.admit(&space, &one));
        assert!(!rejections.admit(&space, &none));
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
    fn wrong_constraints_are_explained() {
        let space = NasBench201::default();
        let error = |text| {
            Constraint::parse(&space, Measured::Nothing, Bound::Max, text).unwrap_err().to_string()
        };
        assert!(error("params").contains("expected METRIC=LIMIT"));
        assert!(error("latency=3").contains("expected one of: params, flops"));
        assert!(error("params=NaN").contains("expected a number in M"));
        assert!(error("params=").contains("found ``"));
        let error = error("params=@resnet");
        assert_eq!(error, "limit of params: unknown architecture `resnet`; there are none");
        let space = NasBench101::default();
        let error = Constraint::parse(&space, Measured::Nothing, Bound::Min, "flops=@resnt")
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `resnet`?"), "{error}");
    }
}
