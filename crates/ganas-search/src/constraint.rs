//! Hard limits on costs and on what is measured.

use std::sync::atomic::{AtomicU64, Ordering};

use ganas_graph::{Arch, CostMetric, SearchSpace};

use crate::{ConstraintError, Measured, Measurement, UnknownName, Verdict};

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

/// Which side a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At most the limit.
    Max,
    /// At least the limit.
    Min,
}

impl Bound {
    /// Is a number on the wrong side of the limit?
    pub fn is_broken(self, number: f64, limit: f64) -> bool {
        let holds = match self {
            Self::Max => number <= limit,
            Self::Min => number >= limit,
        };
        !holds
    }
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

    fn holds(&self, number: f64) -> bool {
        !self.bound.is_broken(number, self.limit)
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
        return Ok(space.cost_of(&arch, *index));
    }
    let recorded = match measured {
        Measured::Records(records) => records.recorded(&arch),
        Measured::Nothing | Measured::Anything => Ok(None),
    };
    let value = recorded.ok().flatten().and_then(|recorded| recorded.metric(metric));
    value.ok_or_else(|| ConstraintError::NotRecorded { metric: metric.clone(), name: name.into() })
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
    checked: AtomicU64,
    admitted: AtomicU64,
}

impl Rejections {
    pub(crate) fn new(constraints: Vec<Constraint>) -> Self {
        let rejected = constraints.iter().map(|_| AtomicU64::new(0)).collect();
        let (checked, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { constraints, rejected, checked, admitted }
    }

    /// Does the architecture satisfy every constraint that is known before an evaluation? Each
    /// that it breaks counts.
    pub fn admit(&self, space: &dyn SearchSpace, arch: &Arch) -> bool {
        if self.constraints.is_empty() {
            return true;
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let mut admitted = true;
        for (constraint, rejected) in self.constraints.iter().zip(&self.rejected) {
            let Quantity::Cost(metric) = constraint.quantity else { continue };
            if !constraint.holds(space.cost_of(arch, metric)) {
                rejected.fetch_add(1, Ordering::Relaxed);
                admitted = false;
            }
        }
        self.admitted.fetch_add(u64::from(admitted), Ordering::Relaxed);
        admitted
    }

    /// The limits on what is measured: name, side and limit.
    pub fn measured_limits(&self) -> impl Iterator<Item = (&str, Bound, f64)> {
        self.constraints.iter().filter_map(|constraint| match &constraint.quantity {
            Quantity::Cost(_) => None,
            Quantity::Measured(name) => Some((name.as_str(), constraint.bound, constraint.limit)),
        })
    }

    /// What a measurement is under the constraints on what it holds.
    pub(crate) fn judge(&self, measurement: Measurement) -> Verdict {
        for (constraint, rejected) in self.constraints.iter().zip(&self.rejected) {
            let Quantity::Measured(metric) = &constraint.quantity else { continue };
            let Some(found) = measurement.metric(metric) else {
                let reason = format!(
                    "expected a number `{metric}`, for the constraint {constraint}; found none"
                );
                return Verdict::Failed { reason, attempts: 1 };
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

    /// One line a constraint: how many architectures it rejected of how many.
    pub fn summary(&self) -> Vec<String> {
        let checked = self.checked.load(Ordering::Relaxed);
        let line = |(constraint, rejected): (&Constraint, &AtomicU64)| {
            let rejected = rejected.load(Ordering::Relaxed);
            format!("{constraint} rejected {rejected} of {checked} architectures")
        };
        self.constraints.iter().zip(&self.rejected).map(line).collect()
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
