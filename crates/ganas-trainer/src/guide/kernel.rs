//! How much two architectures have in common.

use std::collections::HashMap;

use nalgebra::DMatrix;

use super::features::{COUNTED, Counts, Features, LINEAR};
use super::targets::Spread;

/// A mean of kernels with equal weights: for each kind of count, and for the numbers, an exponential of
/// the distance; and a linear one on the standardised counts of which there are few, and on the numbers.
///
/// Distances are sums of absolute differences, in units of their mean over the measured architectures.
#[derive(Debug)]
pub(crate) struct Kernel {
    counted: Vec<Counted>,
    linear: Linear,
    length: f64,
}

/// The counts of one kind of all measured architectures: for each thing who has it and how often.
#[derive(Debug)]
struct Counted {
    who: HashMap<u64, Vec<(u32, f32)>>,
    totals: Vec<f32>,
    /// Mean distance of two.
    scale: f64,
}

impl Counted {
    fn of<'a>(measured: impl ExactSizeIterator<Item = &'a Counts>, for_scale: usize) -> Self {
        let mut new = Self { who: HashMap::new(), totals: Vec::new(), scale: 1.0 };
        let mut distances = Vec::new();
        let (mut sum, mut pairs) = (0.0, 0_usize);
        for (index, counts) in measured.enumerate() {
            if index < for_scale {
                new.distances(counts, &mut distances);
                sum += distances.iter().map(|&distance| f64::from(distance)).sum::<f64>();
                pairs += index;
            }
            for &(thing, count) in counts {
                new.who.entry(thing).or_default().push((index as u32, count));
            }
            new.totals.push(total(counts));
        }
        new.scale = (sum / pairs.max(1) as f64).max(1e-6);
        new
    }

    /// The distance of each measured architecture: what both have is in neither's way.
    fn distances(&self, counts: &Counts, distances: &mut Vec<f32>) {
        let own = total(counts);
        distances.clear();
        distances.extend(self.totals.iter().map(|other| own + other));
        for (thing, count) in counts {
            for &(index, other) in self.who.get(thing).into_iter().flatten() {
                distances[index as usize] -= 2.0 * count.min(other);
            }
        }
    }
}

fn total(counts: &Counts) -> f32 {
    counts.iter().map(|(_, count)| count).sum()
}

/// Sum of absolute differences of two.
fn distance(first: &Counts, second: &Counts) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0.0);
    while let (Some(a), Some(b)) = (first.get(i), second.get(j)) {
        if a.0 == b.0 {
            common += a.1.min(b.1);
        }
        i += usize::from(a.0 <= b.0);
        j += usize::from(b.0 <= a.0);
    }
    f64::from(total(first) + total(second) - 2.0 * common)
}

/// Counts of which there are few, and the numbers, standardised over the measured architectures.
#[derive(Debug)]
struct Linear {
    /// Column, spread and factor of each thing, by kind of count.
    columns: Vec<HashMap<u64, (usize, Spread)>>,
    numbers: Vec<Spread>,
    /// A row that has nothing.
    empty: Vec<f64>,
    /// By column, what makes each kind weigh as much as the others.
    factors: Vec<f64>,
    /// A column for each measured architecture.
    measured: DMatrix<f64>,
    /// Where the numbers begin, and the mean distance in them.
    first_number: usize,
    scale: f64,
}

impl Linear {
    fn of(measured: &[&Features], for_scale: usize) -> Self {
        let seen = &measured[..for_scale.min(measured.len())];
        let (mut columns, mut empty, mut factors) = (Vec::new(), Vec::new(), Vec::new());
        for kind in 0..COUNTED {
            let mut of_kind = HashMap::new();
            let from = empty.len();
            if LINEAR[kind] {
                let mut things: Vec<_> =
                    seen.iter().flat_map(|features| features.counts[kind].iter().map(|count| count.0)).collect();
                things.sort_unstable();
                things.dedup();
                for thing in things {
                    let count = |features: &&Features| {
                        let counts = &features.counts[kind];
                        let place = counts.binary_search_by_key(&thing, |count| count.0);
                        place.map_or(0.0, |place| f64::from(counts[place].1))
                    };
                    let spread = widened(&seen.iter().map(count).collect::<Vec<_>>());
                    let Some(spread) = spread else { continue };
                    of_kind.insert(thing, (empty.len(), spread));
                    empty.push(spread.standardise(0.0));
                }
            }
            let factor = 1.0 / ((empty.len() - from).max(1) as f64).sqrt();
            factors.resize(empty.len(), factor);
            columns.push(of_kind);
        }
        let first_number = empty.len();
        let count = seen.first().map_or(0, |features| features.numbers.len());
        let numbers: Vec<_> = (0..count)
            .map(|place| {
                let of = |features: &&Features| f64::from(features.numbers[place]);
                let spread = Spread::of(&seen.iter().map(of).collect::<Vec<_>>());
                if spread.deviation < 1e-6 { Spread { deviation: 1e6, ..spread } } else { spread }
            })
            .collect();
        empty.resize(first_number + count, 0.0);
        factors.resize(empty.len(), 1.0 / (count.max(1) as f64).sqrt());
        let mut new = Self {
            columns,
            numbers,
            empty,
            factors,
            measured: DMatrix::zeros(0, 0),
            first_number,
            scale: 1.0,
        };
        new.measured = new.rows(measured);
        let mut sum = 0.0;
        for i in 0..seen.len() {
            sum += (0..i).map(|j| new.number_distance(&new.measured, j, &new.measured, i)).sum::<f64>();
        }
        new.scale = (sum / (seen.len() * seen.len().saturating_sub(1) / 2).max(1) as f64).max(1e-6);
        new
    }

    /// A column for each.
    fn rows(&self, all: &[&Features]) -> DMatrix<f64> {
        let mut rows = DMatrix::zeros(self.empty.len(), all.len());
        for (features, mut row) in all.iter().zip(rows.column_iter_mut()) {
            row.copy_from_slice(&self.empty);
            for (columns, counts) in self.columns.iter().zip(&features.counts) {
                if columns.is_empty() {
                    continue;
                }
                for (thing, count) in counts {
                    if let Some((column, spread)) = columns.get(thing) {
                        row[*column] = spread.standardise(f64::from(*count));
                    }
                }
            }
            for (place, (spread, &number)) in self.numbers.iter().zip(&features.numbers).enumerate() {
                row[self.first_number + place] = spread.standardise(f64::from(number));
            }
            for (value, factor) in row.iter_mut().zip(&self.factors) {
                *value *= factor;
            }
        }
        rows
    }

    fn number_distance(&self, a: &DMatrix<f64>, i: usize, b: &DMatrix<f64>, j: usize) -> f64 {
        (self.first_number..self.empty.len()).map(|row| (a[(row, i)] - b[(row, j)]).abs()).sum()
    }
}

/// The spread of counts, if they differ; rare things weigh a little less than they would.
fn widened(counts: &[f64]) -> Option<Spread> {
    let Spread { mean, deviation } = Spread::of(counts);
    let variance = deviation.powi(2);
    (variance > 1e-9)
        .then(|| Spread { mean, deviation: (variance + 0.05 * mean.powi(2) + 1e-6).sqrt() })
}

/// Architectures with what the kernel needs of them.
pub(crate) struct Seen<'a> {
    features: Vec<&'a Features>,
    linear: DMatrix<f64>,
}

impl Kernel {
    /// Scales are those of the first `for_scale`.
    pub(crate) fn new(measured: &[&Features], for_scale: usize, length: f64) -> Self {
        let counted = (0..COUNTED)
            .map(|kind| Counted::of(measured.iter().map(|features| &features.counts[kind]), for_scale))
            .collect();
        Self { counted, linear: Linear::of(measured, for_scale), length }
    }

    pub(crate) fn set_length(&mut self, length: f64) {
        self.length = length;
    }

    fn has_numbers(&self) -> bool {
        !self.linear.numbers.is_empty()
    }

    /// How many kernels the mean is of.
    fn parts(&self) -> f64 {
        let linear = self.linear.columns.iter().filter(|columns| !columns.is_empty()).count();
        let numbers = if self.has_numbers() { 2 } else { 0 };
        (COUNTED + linear + numbers) as f64
    }

    pub(crate) fn see<'a>(&self, features: Vec<&'a Features>) -> Seen<'a> {
        let linear = self.linear.rows(&features);
        Seen { features, linear }
    }

    /// A column for each architecture, in it a value for each measured one.
    pub(crate) fn with_measured(&self, seen: &Seen<'_>) -> DMatrix<f64> {
        let mut values = self.linear.measured.tr_mul(&seen.linear);
        let mut distances = Vec::new();
        for (at, features) in seen.features.iter().enumerate() {
            let mut column = values.column_mut(at);
            for (counted, counts) in self.counted.iter().zip(&features.counts) {
                counted.distances(counts, &mut distances);
                let unit = -1.0 / (self.length * counted.scale);
                // Most distances are whole numbers, and few of them.
                let mut known = [f64::NAN; 64];
                for (value, &distance) in column.iter_mut().zip(&distances) {
                    let slot = distance as usize;
                    let similarity = || (f64::from(distance) * unit).exp();
                    *value += match known.get_mut(slot) {
                        Some(known) if (slot as f32 - distance).abs() < 1e-6 => {
                            if known.is_nan() {
                                *known = similarity();
                            }
                            *known
                        }
                        _ => similarity(),
                    };
                }
            }
            if self.has_numbers() {
                let unit = -1.0 / (self.length * self.linear.scale);
                for (index, value) in column.iter_mut().enumerate() {
                    let distance =
                        self.linear.number_distance(&self.linear.measured, index, &seen.linear, at);
                    *value += (distance * unit).exp();
                }
            }
        }
        values / self.parts()
    }

    /// The value of two of them.
    pub(crate) fn between(&self, seen: &Seen<'_>, first: usize, second: usize) -> f64 {
        let (a, b) = (seen.features[first], seen.features[second]);
        let mut sum = seen.linear.column(first).dot(&seen.linear.column(second));
        for (counted, (a, b)) in self.counted.iter().zip(a.counts.iter().zip(&b.counts)) {
            sum += (-distance(a, b) / (self.length * counted.scale)).exp();
        }
        if self.has_numbers() {
            let distance = self.linear.number_distance(&seen.linear, first, &seen.linear, second);
            sum += (-distance / (self.length * self.linear.scale)).exp();
        }
        sum / self.parts()
    }

    /// The value of each with itself.
    pub(crate) fn own(&self, seen: &Seen<'_>, at: usize) -> f64 {
        let exponentials = COUNTED + usize::from(self.has_numbers());
        (seen.linear.column(at).norm_squared() + exponentials as f64) / self.parts()
    }
}
