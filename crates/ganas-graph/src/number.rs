//! Ranges of numeric decisions.

use rand::Rng;
use thiserror::Error;

use self::grid::{Grid, another, whole};
use self::scale::Scale;
use crate::Mask;
use crate::choice_value::written;

pub use self::value::Number;

mod decimal;
#[cfg(test)]
mod example_space;
mod grid;
mod scale;
#[cfg(test)]
mod tests;
mod value;

/// Number of parts into which the range of a described parameter is divided. The parts are the
/// choices that generators and local search see.
pub(crate) const PARTS: usize = 16;

/// Maximum number of times that a distance is halved when a nearby number is drawn. Coarse changes
/// matter early in a search, fine ones late.
const MAX_HALVINGS: u32 = 7;

/// The range of a numeric decision.
///
/// The choices of the decision are equal parts of the range, numbered from 0. If the range's scale
/// is logarithmic, the parts are equal on that scale. A part includes its lower end but not its
/// upper end, except that the last part includes both. All numbers that a range returns are finite
/// and within the range, however wide it is. The numbers of a range without steps are rounded to
/// shorter decimal numbers, such as 0.03162278 instead of 0.03162277660168379. On a linear scale,
/// rounding moves a number by less than a millionth of the scale's length. On a logarithmic scale,
/// it moves a number by less than a hundred-thousandth of the scale's length.
///
/// ```
/// use ganas_graph::NumberRange;
/// let rate = NumberRange::new(1e-4, 1e-1, true, None)?;
/// assert_eq!(rate.part_of(0.02, 3), 2);
/// assert_eq!(rate.middle(2, 3), 0.03162278);
/// let layers = NumberRange::new(1.0, 9.0, false, Some(2.0))?;
/// assert_eq!(layers.round(6.1), 7.0);
/// # Ok::<(), ganas_graph::RangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberRange {
    scale: Scale,
    step: Option<f64>,
}

/// A range always equals itself, since none of its numbers is NaN.
impl Eq for NumberRange {}

/// The reason why the given numbers do not form a range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found}")]
pub struct RangeError {
    /// The violated rule.
    pub expected: String,
    /// The violation.
    pub found: String,
}

impl NumberRange {
    /// Creates the range from `low` to `high`. Without a `step`, the range contains both ends and
    /// all numbers between them. With a `step`, it contains only `low` and the numbers up to `high`
    /// that are a whole number of steps above `low`.
    ///
    /// # Errors
    /// [`RangeError`] if an end is not finite, if `low` is not below `high`, or if the scale is
    /// logarithmic and `low` is not above 0. The error also occurs if the step is not positive, is
    /// larger than the width of the range, or is so small that rounding errors would matter.
    pub fn new(low: f64, high: f64, log: bool, step: Option<f64>) -> Result<Self, RangeError> {
        let wrong = |expected: String, found: String| Err(RangeError { expected, found });
        if !(low.is_finite() && high.is_finite() && low < high) {
            let expected = "two finite ends, the low end below the high end".into();
            return wrong(expected, format!("{low} and {high}"));
        }
        if log && low <= 0.0 {
            return wrong("a low end above 0 on a logarithmic scale".into(), low.to_string());
        }
        if let Some(step) = step
            && Grid::new(low, high, step).is_none()
        {
            let least = Grid::least(low, high);
            let expected =
                format!("a step of at least {least:e} and at most the width of the range");
            return wrong(expected, step.to_string());
        }
        // Adding zero removes the sign of zero.
        Ok(Self { scale: Scale { low: low + 0.0, high: high + 0.0, log }, step })
    }

    /// Returns the lower end, which is the lowest number of the range.
    pub const fn low(&self) -> f64 {
        self.scale.low
    }

    /// Returns the upper end. If the range has steps, the highest number may lie below this end.
    pub const fn high(&self) -> f64 {
        self.scale.high
    }

    /// Returns true if the scale is logarithmic.
    pub const fn is_log(&self) -> bool {
        self.scale.log
    }

    /// Returns the distance between adjacent numbers of the range. Returns `None` if the range
    /// contains all numbers between its ends.
    pub const fn step(&self) -> Option<f64> {
        self.step
    }

    /// Returns the index of the part that contains `value` or is nearest to it. The range is
    /// divided into `parts` parts.
    pub fn part_of(&self, value: f64, parts: usize) -> u8 {
        let part = (1..parts).rev().find(|&part| self.border(part, parts) <= value);
        u8::try_from(part.unwrap_or(0)).unwrap_or(u8::MAX)
    }

    /// Returns the lower and the upper end of part `part`. The range is divided into `parts` parts.
    pub fn part(&self, part: u8, parts: usize) -> (f64, f64) {
        let part = usize::from(part);
        (self.border(part, parts), self.border(part + 1, parts))
    }

    /// Returns the number that is nearest to the middle of part `part`. The range is divided into
    /// `parts` parts. On a logarithmic scale, the middle is the geometric mean of the part's ends.
    /// The number belongs to the part, unless the part lies between two steps and so contains no
    /// number. In that case, the result is the nearest number of the range.
    pub fn middle(&self, part: u8, parts: usize) -> f64 {
        self.in_part(part, parts, 0.5)
    }

    /// Returns the number of the range nearest to `value`.
    pub fn round(&self, value: f64) -> f64 {
        let value = self.scale.clamp(value);
        match self.grid() {
            Some(grid) => grid.number(grid.nearest(value)),
            None => self.scale.clamp(decimal::short(value, self.scale)) + 0.0,
        }
    }

    /// Returns `value` rounded to the nearest number of the range. Returns `None` if `value` lies
    /// outside the range. Also returns `None` if the range has steps and the distance of `value`
    /// from the nearest number of the range is larger than a rounding error.
    pub fn accept(&self, value: f64) -> Option<f64> {
        let rounded = self.round(value);
        // A step given by a user may be off by a rounding error.
        let is_held = match self.step {
            Some(step) => (rounded - value).abs() <= step * 1e-6,
            None => (self.low()..=self.high()).contains(&value),
        };
        is_held.then_some(rounded)
    }

    /// Returns the position of `value` on the range's scale, from 0 at the lower end to 1 at the
    /// upper end.
    pub fn fraction(&self, value: f64) -> f64 {
        self.scale.fraction(value)
    }

    /// Returns how many numbers the range contains. Returns `None` if the range has no steps.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 2⁴⁹")]
    pub fn numbers(&self) -> Option<u128> {
        Some(self.grid()?.last() as u128 + 1)
    }

    /// Returns all numbers of the range in ascending order; none if it has no steps.
    pub(crate) fn list(&self) -> impl Iterator<Item = f64> {
        let grid = self.grid();
        let counts = (0..self.numbers().unwrap_or(0)).map(|count| count as f64);
        counts.filter_map(move |count| Some(grid?.number(count)))
    }

    /// Returns the names of the parts. A part's name states its two ends.
    pub(crate) fn part_names(&self, parts: usize) -> Vec<String> {
        let end = |part| {
            let value = self.border(part, parts);
            written(format!("{value:.3e}").parse().unwrap_or(value))
        };
        (0..parts).map(|part| format!("{} to {}", end(part), end(part + 1))).collect()
    }

    /// Returns a number drawn from part `part`. The range is divided into `parts` parts. The number
    /// is drawn uniformly on the range's scale. On a logarithmic scale with steps, a position on
    /// the scale is drawn uniformly and rounded to the nearest number of the range. If the part
    /// contains no number, the function returns [`NumberRange::middle`] of that part.
    pub fn draw_in(&self, part: u8, parts: usize, rng: &mut (impl Rng + ?Sized)) -> f64 {
        if let (false, Some((grid, first, last))) = (self.is_log(), self.steps_in(part, parts)) {
            return grid.number(whole(first, last, rng));
        }
        let value = self.in_part(part, parts, rng.random());
        if self.part_of(value, parts) == part { value } else { self.middle(part, parts) }
    }

    /// Divides the range into `parts` parts, and returns the set of those that contain at least one
    /// number of the range. All of them do, unless a step is wider than a part. If a space allows
    /// only the returned parts as choices, each choice stands for at least one number, and each
    /// number belongs to exactly one choice.
    pub fn filled(&self, parts: usize) -> Mask {
        let is_filled = |part: u8| self.step.is_none() || self.steps_in(part, parts).is_some();
        let filled = (0..64).take(parts).filter(|&part| is_filled(part));
        Mask::from_bits(filled.fold(0, |bits, part| bits | 1 << part))
    }

    /// Returns true if `value` may accompany the choice `part`: if it is a number of that part or,
    /// for a part without numbers, the part's middle.
    pub(crate) fn fits(&self, value: f64, part: u8, parts: usize) -> bool {
        same(self.round(value), value)
            && (self.part_of(value, parts) == part || same(self.middle(part, parts), value))
    }

    /// Returns true if a part contains more than one number.
    pub(crate) fn varies(&self, part: u8, parts: usize) -> bool {
        let several = self.steps_in(part, parts).is_some_and(|(_, first, last)| first < last);
        self.step.is_none() || several
    }

    /// Draws a number near `value`: on the range's scale, at most the width of a part away. Before
    /// the draw, that width is halved 0 to [`MAX_HALVINGS`] times, where each count is equally
    /// likely. If the range has steps, the drawn number differs from `value`, and the adjacent
    /// steps are always possible.
    pub(crate) fn near(&self, value: f64, parts: usize, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let halvings = rng.random_range(0..=MAX_HALVINGS);
        let width = 0.5_f64.powi(halvings.cast_signed()) / parts.max(1) as f64;
        let at = self.scale.fraction(value);
        let (from, to) = ((at - width).max(0.0), (at + width).min(1.0));
        let Some(grid) = self.grid() else {
            return self.round(self.scale.at(from + rng.random::<f64>() * (to - from)));
        };
        let here = grid.nearest(value);
        let first = grid.nearest(self.scale.at(from)).min(here - 1.0).max(0.0);
        let last = grid.nearest(self.scale.at(to)).max(here + 1.0).min(grid.last());
        grid.number(another(here, first, last, rng))
    }

    /// Draws a number other than `value` from a part that [varies](Self::varies).
    pub(crate) fn another_in(
        &self,
        part: u8,
        parts: usize,
        value: f64,
        rng: &mut (impl Rng + ?Sized),
    ) -> f64 {
        match self.steps_in(part, parts) {
            Some((grid, first, last)) if first < last => {
                let here = grid.nearest(value).clamp(first, last);
                grid.number(another(here, first, last, rng))
            }
            _ => self.draw_in(part, parts, rng),
        }
    }

    /// Returns a description of the range in words, such as `a number from 1 to 9 in steps of 2`.
    pub fn describe(&self) -> String {
        let step = self.step.map_or_else(String::new, |step| format!(" in steps of {step}"));
        let scale = if self.is_log() { " on a logarithmic scale" } else { "" };
        format!("a number from {} to {}{step}{scale}", self.low(), self.high())
    }

    /// Returns the number at the fraction `within` of a part's width. If the part contains no step,
    /// or if no float lies between its ends, returns a nearby number.
    fn in_part(&self, part: u8, parts: usize, within: f64) -> f64 {
        let fraction = (f64::from(part) + within) / parts.max(1) as f64;
        let value = self.round(self.scale.at(fraction));
        match self.steps_in(part, parts) {
            Some((grid, first, last)) => grid.number(grid.nearest(value).clamp(first, last)),
            None => value,
        }
    }

    /// Returns the first and the last step in a part; `None` if the range has no steps or the part
    /// contains none.
    fn steps_in(&self, part: u8, parts: usize) -> Option<(Grid, f64, f64)> {
        let (grid, (from, to)) = (self.grid()?, self.part(part, parts));
        let is_last = usize::from(part) + 1 >= parts;
        let (first, last) = grid.between(from, if is_last { f64::MAX } else { to })?;
        Some((grid, first, last))
    }

    fn grid(&self) -> Option<Grid> {
        Grid::new(self.low(), self.high(), self.step?)
    }

    fn border(&self, part: usize, parts: usize) -> f64 {
        self.scale.at(part as f64 / parts.max(1) as f64)
    }
}

fn same(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_eq()
}
