//! The values whose products form the Gaussian process's linear kernels. They are an architecture's
//! numbers (its costs, and the results predicted for related tasks) and its counts, except for
//! those kinds of counts that have many distinct features.

use std::collections::HashMap;

use nalgebra::DMatrix;

use super::features::{Features, LINEAR, Vocabulary};
use super::targets::Spread;

/// The numbers and the counts with few distinct features, standardised over the measured
/// architectures.
#[derive(Debug)]
pub(super) struct Linear {
    /// For each kind of count, the index and the spread of each feature.
    pub(super) columns: Vec<HashMap<u32, (usize, Spread)>>,
    pub(super) numbers: Vec<Spread>,
    /// The values of an architecture that has none of the features.
    pub(super) empty: Vec<f64>,
    /// Factor on each value, which gives all kinds the same weight.
    factors: Vec<f64>,
    /// Values of the measured architectures, one matrix column for each.
    pub(super) measured: DMatrix<f64>,
    /// Index of the first number among the values.
    pub(super) first_number: usize,
    pub(super) scale: f64,
}

impl Linear {
    pub(super) fn of(seen: &[&Features], vocabulary: &Vocabulary) -> Self {
        let (mut columns, mut empty, mut factors) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, is_linear) in LINEAR.into_iter().enumerate() {
            let mut of_kind = HashMap::new();
            let from = empty.len();
            if is_linear {
                let mut things: Vec<_> = seen
                    .iter()
                    .flat_map(|features| features.counts[kind].iter().map(|count| count.0))
                    .collect();
                // Sorted by hash, so that the order of summation does not depend on what was seen
                // before.
                things.sort_unstable_by_key(|thing| vocabulary.hash(*thing));
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
        new.measured = new.rows(seen);
        let mut sum = 0.0;
        for i in 0..seen.len() {
            sum += (0..i)
                .map(|j| new.number_distance(&new.measured, j, &new.measured, i))
                .sum::<f64>();
        }
        new.scale = (sum / (seen.len() * seen.len().saturating_sub(1) / 2).max(1) as f64).max(1e-6);
        new
    }

    /// Returns the standardised values of the architectures, one matrix column for each.
    pub(super) fn rows(&self, all: &[&Features]) -> DMatrix<f64> {
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
            for (place, (spread, &number)) in self.numbers.iter().zip(&features.numbers).enumerate()
            {
                row[self.first_number + place] = spread.standardise(f64::from(number));
            }
            for (value, factor) in row.iter_mut().zip(&self.factors) {
                *value *= factor;
            }
        }
        rows
    }

    pub(super) fn number_distance(
        &self,
        a: &DMatrix<f64>,
        i: usize,
        b: &DMatrix<f64>,
        j: usize,
    ) -> f64 {
        let numbers = |matrix: &DMatrix<f64>, column: usize| {
            column * matrix.nrows() + self.first_number..(column + 1) * matrix.nrows()
        };
        let (a, b) = (&a.as_slice()[numbers(a, i)], &b.as_slice()[numbers(b, j)]);
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
    }
}

/// Returns the spread of counts, widened so that rare features weigh a little less; `None` if all
/// counts are equal.
fn widened(counts: &[f64]) -> Option<Spread> {
    let Spread { mean, deviation } = Spread::of(counts);
    let variance = deviation.powi(2);
    (variance > 1e-9)
        .then(|| Spread { mean, deviation: (variance + 0.05 * mean.powi(2) + 1e-6).sqrt() })
}

#[cfg(test)]
mod tests {
    use ganas_graph::{SearchSpace, moves, spaces::Darts};
    use ganas_search::Streams;

    use super::*;

    #[test]
    fn all_kinds_have_the_same_weight() {
        let (space, mut vocabulary) = (Darts::default(), Vocabulary::default());
        let mut rng = Streams::new(0).rng("test", 0, 0);
        let mut of =
            |arch| Features::of(&space, &arch, &space.canonical_graph(&arch), &mut vocabulary);
        let features: Vec<_> = (0..40).map(|_| of(moves::sample(&space, &mut rng))).collect();
        let linear = Linear::of(&features.iter().collect::<Vec<_>>(), &vocabulary);
        let weight = |places: &mut dyn Iterator<Item = usize>| {
            let squares = places.map(|at| linear.measured.row(at).norm_squared());
            squares.sum::<f64>() / features.len() as f64
        };
        let kinds: Vec<_> = linear.columns.iter().filter(|kind| !kind.is_empty()).collect();
        assert!(kinds.len() > 1, "{}", kinds.len());
        for kind in kinds {
            // Below 1, because rare features weigh a little less.
            let found = weight(&mut kind.values().map(|(at, _)| *at));
            assert!((0.5..1.001).contains(&found), "{found}");
        }
        let found = weight(&mut (linear.first_number..linear.empty.len()));
        assert!((found - 1.0).abs() < 1e-9, "{found}");
    }

    #[test]
    fn a_number_that_was_always_equal_tells_nothing() {
        let features = |numbers: [f32; 2]| Features {
            numbers: numbers.map(Into::into).into(),
            ..Features::default()
        };
        let (seen, new) = ([features([1.0, 5.0]), features([3.0, 5.0])], features([2.0, 9.0]));
        let linear = Linear::of(&seen.iter().collect::<Vec<_>>(), &Vocabulary::default());
        let row = linear.rows(&[&new]);
        assert!(row.iter().all(|value| value.abs() < 1e-3), "{row}");
    }
}
