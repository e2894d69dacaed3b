//! Mapping of numbers to positions in a picture.

use crate::chart::{Axis, Scale};
use crate::number::{significant, whole};

/// An axis with the range of its numbers, mapped to pixels.
#[derive(Debug, Clone)]
pub(crate) struct Placed<'a> {
    scale: &'a Scale,
    /// The numbers at the two ends; logarithms on a logarithmic axis.
    ends: (f64, f64),
    /// The pixels at the two ends.
    pixels: (f64, f64),
}

/// A grid line with its label.
#[derive(Debug)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) text: String,
}

impl<'a> Placed<'a> {
    /// Creates the axis over `numbers`; [`Placed::on`] sets its pixels.
    pub(crate) fn new(axis: &'a Axis, numbers: impl Iterator<Item = f64>) -> Self {
        let scale = &axis.scale;
        let ends = match scale {
            Scale::Names(names) => (-0.6, (names.len() as f64 - 1.0).max(0.0) + 0.6),
            Scale::Unit => (-0.04, 1.04),
            Scale::Linear => padded(span(numbers)),
            Scale::Between(low, high) => padded((*low, *high)),
            Scale::Logarithmic => padded(span(numbers.filter(|it| *it > 0.0).map(f64::log10))),
        };
        Self { scale, ends, pixels: (0.0, 1.0) }
    }

    /// Places the axis between two pixel positions.
    pub(crate) fn on(mut self, from: f64, to: f64) -> Self {
        self.pixels = (from, to);
        self
    }

    /// Returns the position of a number in pixels; `None` if it has none.
    pub(crate) fn at(&self, number: f64) -> Option<f64> {
        let number = match self.scale {
            Scale::Logarithmic if number <= 0.0 => return None,
            Scale::Logarithmic => number.log10(),
            Scale::Between(low, high) => number.max(*low).min(*high),
            _ => number,
        };
        let (low, high) = self.ends;
        let (from, to) = self.pixels;
        let place = from + (number - low) / (high - low) * (to - from);
        place.is_finite().then_some(place)
    }

    /// Returns the two ends of the axis in pixels, the smaller first.
    pub(crate) fn pixels(&self) -> (f64, f64) {
        (self.pixels.0.min(self.pixels.1), self.pixels.0.max(self.pixels.1))
    }

    /// Returns the grid lines: one for each name, or about `room` of them for numbers.
    pub(crate) fn ticks(&self, room: usize) -> Vec<Tick> {
        let (low, high) = self.ends;
        match self.scale {
            Scale::Names(names) => {
                let tick =
                    |(at, name): (usize, &String)| Tick { at: at as f64, text: name.clone() };
                names.iter().enumerate().map(tick).collect()
            }
            Scale::Unit => Vec::new(),
            Scale::Linear | Scale::Between(..) => {
                let step = step((high - low) / room.max(2) as f64);
                let numbers = multiples(low, high, step);
                numbers.map(|at| Tick { at, text: tick_text(at, step) }).collect()
            }
            Scale::Logarithmic => {
                let step = ((high - low) / room.max(2) as f64).ceil().max(1.0);
                if high - low < 1.5 {
                    return logarithmic_within(low, high);
                }
                let tick = |power: f64| Tick {
                    at: 10_f64.powf(power),
                    text: significant(10_f64.powf(power), 3),
                };
                multiples(low, high, step).map(tick).collect()
            }
        }
    }
}

/// Returns the ticks between two logarithms, at 1, 2 and 5 times each power of ten.
fn logarithmic_within(low: f64, high: f64) -> Vec<Tick> {
    let powers = multiples(low.floor(), high, 1.0);
    let numbers = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|it| it * 10_f64.powf(power)));
    let within = numbers.filter(|it| (low..=high).contains(&it.log10()));
    within.map(|at| Tick { at, text: significant(at, 3) }).collect()
}

/// Returns the multiples of `step` from one number to another, at most 64 of them.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil();
    (0..64)
        .map(move |at| (first + f64::from(at)) * step)
        .take_while(move |it| *it <= high + step * 1e-9)
}

/// Returns the smallest number from `least` upwards that is 1, 2 or 5 times a power of ten.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|it| it * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(least)
}

/// Formats a multiple of a step with as many digits as distinguish it from its neighbours.
fn tick_text(value: f64, step: f64) -> String {
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    if value.abs() >= 1e7 || (value.abs() > 0.0 && step < 1e-6) {
        return significant(value, 4);
    }
    let decimals = whole((-step.log10().floor()).clamp(0.0, 9.0));
    format!("{value:.decimals$}")
}

/// Returns the minimum and maximum of the finite numbers; 0 and 1 if there are none.
fn span(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = numbers.filter(|number| number.is_finite());
    let span = finite.fold(None, |span: Option<(f64, f64)>, it| {
        Some(span.map_or((it, it), |(low, high)| (low.min(it), high.max(it))))
    });
    span.unwrap_or((0.0, 1.0))
}

/// Adds a margin at both ends or, if all numbers are equal, creates a range around them.
fn padded((low, high): (f64, f64)) -> (f64, f64) {
    let width = high / 2.0 - low / 2.0;
    if width > 0.0 && width > 1e-12 * low.abs().max(high.abs()) {
        return (low - 0.1 * width, high + 0.1 * width);
    }
    let around = if low.abs() > 0.0 { 0.05 * low.abs() } else { 1.0 };
    (low - around, high + around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, numbers: &[f64]) -> Vec<String> {
        let placed = Placed::new(axis, numbers.iter().copied());
        placed.ticks(5).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(texts(&Axis::linear(""), &[0.0, 150.0]), ["0", "50", "100", "150"]);
        assert_eq!(
            texts(&Axis::linear(""), &[91.2, 91.6]),
            ["91.2", "91.3", "91.4", "91.5", "91.6"]
        );
        let wide = Axis::fitting("", [1.0, 1e5]);
        assert_eq!(texts(&wide, &[1.0, 1e5]), ["1", "100", "10000"]);
    }

    #[test]
    fn any_numbers_have_an_axis() {
        for numbers in [&[][..], &[3.0], &[0.0, 0.0], &[f64::NAN], &[-1e300, 1e300], &[1e-300]] {
            let axis = Axis::linear("");
            let placed = Placed::new(&axis, numbers.iter().copied()).on(0.0, 100.0);
            assert!(placed.ticks(5).len() < 64);
            for number in numbers.iter().filter(|it| it.is_finite()) {
                assert!((0.0..=100.0).contains(&placed.at(*number).unwrap()), "{number}");
            }
        }
    }
}
