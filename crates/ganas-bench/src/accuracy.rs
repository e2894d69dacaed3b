//! The [`Accuracy`] type, whose value can be read as a fraction or as a percentage.

use std::fmt;

/// The fraction of images classified correctly, from 0 to 1.
///
/// Some benchmarks, such as NAS-Bench-101, publish fractions. Others, such as NAS-Bench-201,
/// publish percentages. This type prevents confusion between the two. When formatted as text, an
/// accuracy is shown in percent. A precision in the format string, as in `{:.2}`, sets the number
/// of decimal places.
///
/// ```
/// use ganas_bench::Accuracy;
/// let accuracy = Accuracy::from_percent(91.692);
/// assert_eq!(accuracy, Accuracy::from_fraction(22_923.0 / 25_000.0));
/// assert_eq!(accuracy.percent(), 91.692);
/// assert_eq!(format!("{accuracy:.2}"), "91.69 %");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Accuracy(f64);

impl Accuracy {
    /// Creates an accuracy from a fraction between 0 and 1.
    pub const fn from_fraction(fraction: f64) -> Self {
        Self(fraction)
    }

    /// Creates an accuracy from a percentage between 0 and 100.
    pub const fn from_percent(percent: f64) -> Self {
        Self(percent / 100.0)
    }

    /// Returns the accuracy as a fraction, from 0 to 1.
    pub const fn fraction(self) -> f64 {
        self.0
    }

    /// Returns the accuracy in percent, from 0 to 100, rounded to ten decimal places. For 91.692 %,
    /// it therefore returns 91.692 rather than 91.69200000000001.
    pub fn percent(self) -> f64 {
        (self.0 * 1e12).round() / 1e10
    }
}

impl fmt::Display for Accuracy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.percent(), formatter)?;
        formatter.write_str(" %")
    }
}
