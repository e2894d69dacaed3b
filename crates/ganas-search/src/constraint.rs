//! Hard limits on costs and measured metrics.

use ganas_graph::{CostLimit, CostMetric, SearchSpace};

use crate::{Bound, ConstraintError, KnownMetrics, UnknownName};

/// A hard limit on a cost or on a measured metric. The search space computes costs before
/// evaluation. Metrics are measured during evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub(crate) quantity: Quantity,
    pub(crate) bound: Bound,
    pub(crate) limit: f64,
    /// The unit of the limit, after a space; empty if it has none.
    unit: String,
    text: String,
}

/// The quantity that a constraint limits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Quantity {
    /// A cost of the space, by its index in [`SearchSpace::cost_metrics`].
    Cost(usize),
    /// A measured metric, by its name.
    Measured(String),
}

impl Constraint {
    /// Returns the constraint that `text` states in the form `METRIC=LIMIT`. The limit is a number
    /// in the metric's own unit. With the suffix `k`, `M` or `G`, the number is in thousands,
    /// millions or billions instead. Instead of a number, the limit may be `@NAME`, which stands
    /// for the cost of the architecture that has this name in the space.
    ///
    /// ```
    /// use ganas_graph::spaces::{NasBench101, NasBench201};
    /// use ganas_search::{Bound, Constraint, KnownMetrics};
    /// let space = NasBench201::default();
    /// let limit = |text| Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, text).map(|c| c.to_string());
    /// assert_eq!(limit("params=0.5").as_deref(), Ok("params <= 0.5 M"));
    /// assert_eq!(limit("params=500k"), limit("params=0.5"));
    /// assert!(limit("param=1").unwrap_err().to_string().contains("did you mean `params`?"));
    ///
    /// let space = NasBench101::default();
    /// let limit = Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, "params=@inception")?;
    /// assert_eq!(limit.to_string(), "params <= 2.694282 M (@inception)");
    /// # Ok::<(), ganas_search::ConstraintError>(())
    /// ```
    ///
    /// `measured` determines which measured metrics, such as `train_seconds`, may be limited
    /// besides costs. In a limit on such a metric, `@NAME` stands for the value recorded for the
    /// named architecture.
    ///
    /// # Errors
    /// If the text does not have the form `METRIC=LIMIT`, if the metric, the number or the name is
    /// invalid, or if no value of the metric is recorded for the named architecture.
    pub fn parse(
        space: &dyn SearchSpace,
        measured: KnownMetrics<'_>,
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
        let unit = if metric.unit.is_empty() { String::new() } else { format!(" {}", metric.unit) };
        let text = format!("{name} {sign} {limit}{unit}{named}");
        Ok(Self { quantity, bound, limit, unit, text })
    }

    /// Converts a limit that belongs to the space to constraints, one per finite bound.
    pub(crate) fn of_space(
        space: &dyn SearchSpace,
        limit: CostLimit,
    ) -> impl Iterator<Item = Self> {
        let CostMetric { name, unit, .. } = &space.cost_metrics()[limit.metric];
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let of = |bound, sign, limit_value: f64| Self {
            quantity: Quantity::Cost(limit.metric),
            bound,
            limit: limit_value,
            unit: unit.clone(),
            text: format!("{name} {sign} {limit_value}{unit}"),
        };
        let ends = [of(Bound::Min, ">=", limit.least), of(Bound::Max, "<=", limit.most)];
        ends.into_iter().filter(|end| end.limit.is_finite())
    }

    /// Returns true if no number satisfies both this limit and `other`.
    pub fn excludes(&self, other: &Self) -> bool {
        let pair = match (self.bound, other.bound) {
            (Bound::Max, Bound::Min) => (self.limit, other.limit),
            (Bound::Min, Bound::Max) => (other.limit, self.limit),
            _ => return false,
        };
        self.quantity == other.quantity && pair.0 < pair.1
    }

    pub(crate) fn holds(&self, number: f64) -> bool {
        !self.bound.is_broken(number, self.limit)
    }

    pub(crate) fn excess(&self, number: f64) -> f64 {
        self.bound.excess(number, self.limit)
    }

    /// Returns the number that violates the limit by `distance`, rounded to six significant digits,
    /// with its unit.
    pub(crate) fn beyond_limit(&self, distance: f64) -> String {
        let number = match self.bound {
            Bound::Max => self.limit + distance,
            Bound::Min => self.limit - distance,
        };
        let rounded = format!("{number:.5e}").parse().unwrap_or(number);
        format!("{rounded}{}", self.unit)
    }
}

/// Returns the quantity that a name refers to, with the metric that defines its unit.
fn quantity(
    space: &dyn SearchSpace,
    measured: KnownMetrics<'_>,
    name: &str,
) -> Result<(Quantity, CostMetric), UnknownName> {
    let costs = space.cost_metrics();
    if let Some(index) = costs.iter().position(|metric| metric.name == name) {
        return Ok((Quantity::Cost(index), costs[index].clone()));
    }
    let measured = match measured {
        KnownMetrics::Nothing => Some(Vec::new()),
        KnownMetrics::Anything => None,
        KnownMetrics::Records(records) => Some(records.metrics()),
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

/// Parses a plain number in the metric's unit, or a count with a suffix, which it converts to this
/// unit.
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

/// Returns the value of a quantity for the architecture called `name` in its space.
fn named_value(
    space: &dyn SearchSpace,
    measured: KnownMetrics<'_>,
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
        KnownMetrics::Records(records) => records.recorded(&arch),
        KnownMetrics::Nothing | KnownMetrics::Anything => Ok(None),
    };
    let value = recorded.ok().flatten().and_then(|recorded| recorded.metric(metric));
    value.ok_or_else(|| ConstraintError::NotRecorded { metric: metric.clone(), name: name.into() })
}

impl Constraint {
    /// Returns the name of the limited metric, the kind of limit, and the limit in the metric's
    /// unit.
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

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::{NasBench101, NasBench201, described};
    use ganas_graph::{Arch, moves};

    use super::*;
    use crate::{ConstraintSet, EvaluationError, Measurement, Records};

    #[test]
    fn wrong_constraints_are_explained() {
        let space = NasBench201::default();
        let error = |text| {
            Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, text)
                .unwrap_err()
                .to_string()
        };
        assert!(error("params").contains("expected METRIC=LIMIT"));
        assert!(error("latency=3").contains("expected one of: params, flops"));
        assert!(error("params=NaN").contains("expected a number (its unit is M)"));
        assert!(error("params=").contains("found ``"));
        let error = error("params=@resnet");
        assert_eq!(
            error,
            "limit on params: unknown architecture `resnet`; the search space has no named architectures"
        );
        let limit =
            |bound, text| Constraint::parse(&space, KnownMetrics::Nothing, bound, text).unwrap();
        let (most, least) = (limit(Bound::Max, "params=0.2"), limit(Bound::Min, "params=0.3"));
        assert!(most.excludes(&least) && least.excludes(&most));
        assert!(!most.excludes(&limit(Bound::Min, "params=0.2")), "one number satisfies both");
        assert!(!most.excludes(&limit(Bound::Min, "flops=3")) && !most.excludes(&most));
        let space = NasBench101::default();
        let error = Constraint::parse(&space, KnownMetrics::Nothing, Bound::Min, "flops=@resnt")
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `resnet`?"), "{error}");
    }

    #[test]
    fn limits_are_in_the_unit_of_their_metric() {
        let space = NasBench201::default();
        let parsed = |bound, text| {
            let constraint = Constraint::parse(&space, KnownMetrics::Anything, bound, text);
            let constraint = constraint.unwrap();
            let (metric, side, limit) = constraint.limit(&space);
            assert!(text.starts_with(metric) && side == bound);
            (limit, constraint.to_string())
        };
        for (text, limit, shown) in [
            ("params=0.5", 0.5, "params <= 0.5 M"),
            ("params=500k", 0.5, "params <= 0.5 M"),
            ("params=3M", 3.0, "params <= 3 M"),
            ("flops=2G", 2000.0, "flops <= 2000 M"),
            ("tokens=2k", 2000.0, "tokens <= 2000"),
            ("train_seconds=30", 30.0, "train_seconds <= 30 s"),
            ("latency_ms=-1.5", -1.5, "latency_ms <= -1.5"),
        ] {
            assert_eq!(parsed(Bound::Max, text), (limit, shown.to_owned()));
        }
        assert_eq!(parsed(Bound::Min, "params=1"), (1.0, "params >= 1 M".to_owned()));
    }

    /// A record of the size of one architecture.
    #[derive(Debug)]
    struct Sizes(Arch);

    impl Records for Sizes {
        fn metrics(&self) -> Vec<String> {
            vec!["size".into()]
        }

        fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError> {
            let mut measured = Measurement::new(1.0);
            measured.metrics.insert("size".into(), 7.0);
            Ok((*arch == self.0).then_some(measured))
        }
    }

    #[test]
    fn a_limit_may_be_what_was_recorded_for_a_named_architecture() {
        let space = NasBench101::default();
        let sizes = Sizes(space.named("resnet").unwrap());
        let parsed = |text| {
            Constraint::parse(&space, KnownMetrics::Records(&sizes), Bound::Max, text)
                .map(|constraint| constraint.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(parsed("size=@resnet").as_deref(), Ok("size <= 7 (@resnet)"));
        assert!(parsed("size=@inception").unwrap_err().contains("inception"));
        assert!(parsed("weight=1").unwrap_err().contains("size"));
    }

    #[test]
    fn what_a_space_forbids_is_a_limit() {
        let text = "name = 'two'\n[[parameters]]\nname = 'a'\nvalues = [1, 2]\n\
                    [[parameters]]\nname = 'b'\nvalues = [1, 2]\n\
                    [[forbidden]]\nwhen = 'a == 2 and b == 2'\n";
        let space = described::parse(text).unwrap();
        let constraints = ConstraintSet::of(&space, &[]);
        let admitted =
            moves::enumerate(&space).filter(|arch| constraints.admit_uncounted(&space, arch));
        assert_eq!(admitted.count(), 3);
    }
}
