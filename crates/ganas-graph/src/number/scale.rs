//! A linear or logarithmic scale between two numbers, however far apart they are.
//!
//! Logarithms and exponentials come from `libm`, so that all machines draw the same numbers.

/// From `low` to the larger `high`; both are finite, and on a logarithmic scale above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) log: bool,
}

impl Scale {
    /// Returns the number at a fraction, from 0 to 1, of the way from the low end to the high one.
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

    /// Returns the fraction at which `value` lies: the inverse of [`Scale::at`].
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

    /// Returns the difference of the ends, on a logarithmic scale in units of the low one; `None` if it
    /// overflows.
    fn width(self) -> Option<f64> {
        let width = self.high - self.low;
        Some(if self.log { width / self.low } else { width }).filter(|width| width.is_finite())
    }
}
