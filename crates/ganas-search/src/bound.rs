//! The two kinds of limit: maxima and minima.

/// The kind of a limit: a maximum or a minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A maximum: numbers up to and including the limit satisfy it.
    Max,
    /// A minimum: the limit and all numbers above it satisfy it.
    Min,
}

impl Bound {
    /// Returns true if `number` violates the limit. NaN violates every limit.
    pub fn is_broken(self, number: f64, limit: f64) -> bool {
        let holds = match self {
            Self::Max => number <= limit,
            Self::Min => number >= limit,
        };
        !holds
    }

    /// Returns how far `number` lies beyond the limit, as a fraction of the limit's absolute value.
    /// If the limit is 0, returns the distance itself. Returns 0 if `number` satisfies the limit,
    /// and ∞ if `number` is NaN.
    pub fn excess(self, number: f64, limit: f64) -> f64 {
        if !self.is_broken(number, limit) {
            return 0.0;
        }
        let unit = if limit.abs() > 0.0 { limit.abs() } else { 1.0 };
        let excess = (number - limit).abs() / unit;
        if excess.is_nan() { f64::INFINITY } else { excess }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excess_is_a_fraction_of_a_limit_that_is_not_0() {
        for (bound, number, limit, expected) in [
            (Bound::Max, 6.0, 4.0, 0.5_f64),
            (Bound::Max, 4.0, 4.0, 0.0),
            (Bound::Min, -6.0, -4.0, 0.5),
            (Bound::Max, 3.0, 0.0, 3.0),
            (Bound::Min, f64::NAN, 1.0, f64::INFINITY),
        ] {
            assert_eq!(bound.excess(number, limit).to_bits(), expected.to_bits());
        }
    }
}
