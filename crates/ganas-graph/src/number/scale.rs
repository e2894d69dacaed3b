//! A linear or logarithmic scale between two numbers, which may be arbitrarily far apart.
//!
//! Logarithms and exponentials are computed by the `libm` crate, so that all machines draw the same
//! numbers.

/// The scale from `low` up to `high`. Both ends are finite, and above 0 if the scale is
/// logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) log: bool,
}

impl Scale {
    /// Returns the number at a fraction of the way from the low end (fraction 0) to the high end
    /// (fraction 1).
    pub(super) fn at(self, fraction: f64) -> f64 {
        if fraction <= 0.0 {
            return self.low;
        }
        if fraction >= 1.0 {
            return self.high;
        }
        let Self { low, high, log } = self;
        let mean = |low: f64, high: f64| low * (1.0 - fraction) + high * fraction;
        let value = match (log, self.width()) {
            (false, Some(width)) => fraction.mul_add(width, low),
            (false, None) => mean(low, high),
            (true, Some(width)) => low * libm::expm1(fraction * libm::log1p(width)) + low,
            (true, None) => libm::exp(mean(libm::log(low), libm::log(high))),
        };
        self.clamp(value)
    }

    /// Returns the fraction of the way at which `value` lies: the inverse of [`Scale::at`].
    pub(super) fn fraction(self, value: f64) -> f64 {
        let (Self { low, high, log }, value) = (self, self.clamp(value));
        let fraction = match (log, self.width()) {
            (false, Some(width)) => (value - low) / width,
            (false, None) => (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0),
            (true, Some(width)) => libm::log1p((value - low) / low) / libm::log1p(width),
            (true, None) => {
                (libm::log(value) - libm::log(low)) / (libm::log(high) - libm::log(low))
            }
        };
        fraction.clamp(0.0, 1.0)
    }

    /// Returns the number on the scale nearest to `value`; the low end for NaN.
    pub(super) fn clamp(self, value: f64) -> f64 {
        value.max(self.low).min(self.high)
    }

    /// Returns the difference between the ends, divided by the low end if the scale is logarithmic;
    /// `None` if the result overflows.
    fn width(self) -> Option<f64> {
        let width = self.high - self.low;
        Some(if self.log { width / self.low } else { width }).filter(|width| width.is_finite())
    }
}
