//! Equally spaced numbers.

use rand::Rng;

/// Maximum number of steps between zero and that end of a range which is farther from zero. This
/// limit keeps rounding errors well below one step.
const MAX_STEPS: f64 = (1_u64 << 48) as f64;

/// The number `low` and the numbers up to `high` that are whole steps above it. Counts of steps are
/// floats; all of them are whole and small enough to be exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    low: f64,
    high: f64,
    step: f64,
    last: f64,
}

impl Grid {
    /// Creates a grid; `None` if the step is smaller than [`Grid::least`] or larger than the range.
    pub(super) fn new(low: f64, high: f64, step: f64) -> Option<Self> {
        if step.is_nan() || step < Self::least(low, high) || step <= 0.0 {
            return None;
        }
        let steps = high / step - low / step;
        let error = 4.0 * f64::EPSILON * (low.abs().max(high.abs()) / step);
        // An upper end within a rounding error of a whole step counts as one.
        let short = (steps - steps.round()).abs() <= error;
        let last = if short { steps.round() } else { steps.floor() };
        (last >= 1.0).then_some(Self { low, high, step, last })
    }

    /// Returns the smallest valid step for a range. The largest valid step is the distance between
    /// the range's ends.
    pub(super) fn least(low: f64, high: f64) -> f64 {
        low.abs().max(high.abs()) / MAX_STEPS
    }

    /// Returns the index of the last step; the first has index 0.
    pub(super) const fn last(self) -> f64 {
        self.last
    }

    /// Returns the number that lies `count` steps above the lowest.
    pub(super) fn number(self, count: f64) -> f64 {
        count.mul_add(self.step, self.low).min(self.high)
    }

    /// Returns the index of the step whose number is nearest to the finite `value`.
    pub(super) fn nearest(self, value: f64) -> f64 {
        (value / self.step - self.low / self.step).round().clamp(0.0, self.last)
    }

    /// Returns the indices of the first and the last step from `from` up to but excluding `to`;
    /// `None` if there is no such step.
    pub(super) fn between(self, from: f64, to: f64) -> Option<(f64, f64)> {
        let (first, last) = (self.nearest(from), self.nearest(to));
        let first = if self.number(first) < from { first + 1.0 } else { first };
        let last = if self.number(last) >= to { last - 1.0 } else { last };
        (first <= last).then_some((first, last))
    }
}

/// Draws a whole number from `first` to `last`, both included.
pub(super) fn whole(first: f64, last: f64, rng: &mut (impl Rng + ?Sized)) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, not negative and at most 2^49"
    )]
    let count = (last - first) as u64;
    first + rng.random_range(0..=count) as f64
}

/// Draws a whole number from `first` to `last`, both included, but not `here`. `first` and `last`
/// must differ.
pub(super) fn another(here: f64, first: f64, last: f64, rng: &mut (impl Rng + ?Sized)) -> f64 {
    let drawn = whole(first, last - 1.0, rng);
    if drawn >= here { drawn + 1.0 } else { drawn }
}
