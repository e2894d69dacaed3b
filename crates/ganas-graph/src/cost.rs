/// A cost that a search space knows of an architecture without evaluating it.
///
/// Published benchmarks state costs in their own units, so a metric carries its unit: a bare number
/// in a constraint is in that unit, and a number with a suffix (`500k`, `4.6M`, `0.39G`) is a count.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMetric {
    /// Name in constraints and reports, such as `params`.
    pub name: String,
    /// Unit in reports, such as `M`.
    pub unit: String,
    /// How many counts one unit is: 10⁶ for `M`.
    pub scale: f64,
}

impl CostMetric {
    /// A metric counted in millions.
    pub fn millions(name: &str) -> Self {
        Self { name: name.into(), unit: "M".into(), scale: 1e6 }
    }
}
