//! The two sides of a limit.

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

    /// How far a number is beyond the limit, as a fraction of the limit if that is not 0; 0 if it is on the
    /// right side, ∞ if it is no number.
    pub fn excess(self, number: f64, limit: f64) -> f64 {
        if !self.is_broken(number, limit) {
            return 0.0;
        }
        let unit = if limit.abs() > 0.0 { limit.abs() } else { 1.0 };
        let excess = (number - limit).abs() / unit;
        if excess.is_nan() { f64::INFINITY } else { excess }
    }
}
