//! The kernel of the Gaussian process, which measures the similarity of two architectures.

use nalgebra::{DMatrix, DVector};

use super::count_distance::{Counted, MAX_DISTANCE, distance, slot};
use super::decision_kernel::{self, Axes, Point};
use super::features::{COUNTED, Features, Vocabulary};
use super::linear_kernel::Linear;

/// An equally weighted mean of kernels. Each kind of count has an exponential kernel of the
/// distance, and so have the numbers. The numbers and the kinds of count with few distinct features
/// also have a linear kernel on their standardised values.
///
/// Distances are sums of absolute differences, in units of the mean distance between measured
/// architectures.
#[derive(Debug)]
pub(crate) struct Kernel {
    counted: Vec<Counted>,
    linear: Linear,
    axes: Axes,
    /// The settings of each measured architecture, as a point.
    points: Vec<Point>,
}

/// A family of kernels: the choice of the kernels that enter the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    All,
    /// Only the linear kernels. They suit metrics that add up over the parts of an architecture, as
    /// costs do.
    Linear,
    /// Only the kernels that compare numeric descriptions of an architecture, such as its costs.
    /// They suit metrics that depend on nothing but costs.
    Numbers,
    /// Only the kernel that compares architectures decision by decision. It exists in spaces with
    /// ordered choices or numeric decisions.
    Settings,
}

/// A kernel family with its length scales; for each distance, it holds the value of the exponential
/// kernels.
#[derive(Debug)]
pub(crate) struct Shape {
    family: Family,
    /// For each kind of count, the kernel values by distance; empty if the family does not use
    /// distances between counts.
    tables: Vec<Vec<f64>>,
    number_unit: Option<f64>,
    /// Length scale of each decision; empty unless the kernel is that of settings.
    lengths: Vec<f64>,
    /// Number of kernels in the mean.
    parts: f64,
}

/// Architectures prepared for the kernel.
pub(crate) struct KernelInputs<'a> {
    features: Vec<&'a Features>,
    linear: DMatrix<f64>,
    points: Vec<Point>,
}

impl KernelInputs<'_> {
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }
}

impl Kernel {
    /// Creates a kernel; its scales come from the measured architectures.
    pub(crate) fn new(measured: &[&Features], vocabulary: &Vocabulary) -> Self {
        let mut counted: Vec<_> = (0..COUNTED).map(|_| Counted::new()).collect();
        for (kind, counted) in counted.iter_mut().enumerate() {
            let counts = || measured.iter().map(|features| &features.counts[kind]);
            counts().for_each(|counts| counted.push(counts));
            counted.rescale(counts());
        }
        let axes = Axes::of(measured);
        let points = measured.iter().map(|features| axes.point(features)).collect();
        Self { counted, linear: Linear::of(measured, vocabulary), axes, points }
    }

    /// Adds a measured architecture; scales stay unchanged.
    pub(crate) fn push(&mut self, features: &Features) {
        for (counted, counts) in self.counted.iter_mut().zip(&features.counts) {
            counted.push(counts);
        }
        let row = self.linear.rows(&[features]);
        let count = self.linear.measured.ncols();
        let mut measured =
            std::mem::take(&mut self.linear.measured).resize_horizontally(count + 1, 0.0);
        measured.set_column(count, &row.column(0));
        self.linear.measured = measured;
        self.points.push(self.axes.point(features));
    }

    /// Returns the likeliest length scales of the kernel of settings, in the form of
    /// [`Axes::likeliest`]; none if there are no settings.
    pub(crate) fn likeliest_lengths(
        &self,
        measured: &[&Features],
        targets: &DVector<f64>,
        noises: &[f64],
    ) -> Vec<(f64, Vec<f64>, f64)> {
        if self.axes.is_empty() {
            return Vec::new();
        }
        let points: Vec<_> = measured.iter().map(|features| self.axes.point(features)).collect();
        self.axes.likeliest(&points, targets, noises)
    }

    /// Returns the shape of a kernel family with the length scale `length` or, for the kernel of
    /// settings, with one of `lengths` per decision. `None` if the family does not apply in this
    /// space.
    pub(crate) fn shape_of(&self, family: Family, length: f64, lengths: &[f64]) -> Option<Shape> {
        if family != Family::Settings {
            return self.shape(family, length);
        }
        let lengths = lengths.to_vec();
        let shape = Shape {
            family: Family::Settings,
            tables: Vec::new(),
            number_unit: None,
            lengths,
            parts: 1.0,
        };
        (!self.axes.is_empty()).then_some(shape)
    }

    /// Returns the shape of a kernel family with the length scale `length`, in units of the mean
    /// distances; `None` if the family does not apply in this space.
    pub(crate) fn shape(&self, family: Family, length: f64) -> Option<Shape> {
        let count = |there: bool| f64::from(u8::from(there));
        let numbers = count(self.has_numbers());
        let linear = self.linear.columns.iter().filter(|columns| !columns.is_empty()).count();
        let parts = match family {
            Family::All => COUNTED as f64 + linear as f64 + 2.0 * numbers,
            Family::Linear => linear as f64 + numbers,
            Family::Numbers => 2.0 * numbers,
            Family::Settings => 0.0,
        };
        let table = |counted: &Counted| {
            let unit = -1.0 / (length * counted.scale);
            (0..=MAX_DISTANCE).map(|distance| (distance as f64 * unit).exp()).collect()
        };
        let tables = match family {
            Family::All => self.counted.iter().map(table).collect(),
            Family::Linear | Family::Numbers | Family::Settings => Vec::new(),
        };
        let number_unit = -1.0 / (length * self.linear.scale);
        let number_unit = (self.has_numbers() && family != Family::Linear).then_some(number_unit);
        let lengths = Vec::new();
        (parts > 0.0).then_some(Shape { family, tables, number_unit, lengths, parts })
    }

    pub(crate) fn has_settings(&self) -> bool {
        !self.axes.is_empty()
    }

    fn has_numbers(&self) -> bool {
        !self.linear.numbers.is_empty()
    }

    pub(crate) fn prepare<'a>(&self, features: Vec<&'a Features>) -> KernelInputs<'a> {
        let linear = self.linear.rows(&features);
        let points = features.iter().map(|features| self.axes.point(features)).collect();
        KernelInputs { features, linear, points }
    }

    /// Returns, for each shape, the kernel matrix with one column per architecture in `seen` and
    /// one row per measured architecture.
    pub(crate) fn with_measured(
        &self,
        seen: &KernelInputs<'_>,
        shapes: &[Shape],
    ) -> Vec<DMatrix<f64>> {
        let first = self.linear.first_number;
        let product = |from: usize, count: usize| {
            let measured = self.linear.measured.rows(from, count);
            measured.tr_mul(&seen.linear.rows(from, count))
        };
        let numbers = product(first, self.linear.empty.len() - first);
        let all = product(0, first) + &numbers;
        let mut matrices: Vec<_> = shapes
            .iter()
            .map(|shape| match shape.family {
                Family::All | Family::Linear => all.clone(),
                Family::Numbers => numbers.clone(),
                Family::Settings => DMatrix::zeros(all.nrows(), all.ncols()),
            })
            .collect();
        let rows = numbers.nrows();
        let mut distances = Vec::new();
        for (at, features) in seen.features.iter().enumerate() {
            let column = at * rows..(at + 1) * rows;
            for (kind, counts) in features.counts.iter().enumerate() {
                self.counted[kind].distances(counts, &mut distances);
                for (matrix, shape) in matrices.iter_mut().zip(shapes) {
                    let Some(table) = shape.tables.get(kind) else { continue };
                    let values = &mut matrix.as_mut_slice()[column.clone()];
                    for (value, &distance) in values.iter_mut().zip(&distances) {
                        *value += table[slot(distance)];
                    }
                }
            }
            if self.has_numbers() {
                for index in 0..rows {
                    let measured = &self.linear.measured;
                    let distance = self.linear.number_distance(measured, index, &seen.linear, at);
                    for (matrix, shape) in matrices.iter_mut().zip(shapes) {
                        let Some(unit) = shape.number_unit else { continue };
                        matrix.as_mut_slice()[at * rows + index] += (distance * unit).exp();
                    }
                }
            }
        }
        for (matrix, shape) in matrices.iter_mut().zip(shapes) {
            if shape.family == Family::Settings {
                *matrix = DMatrix::from_fn(rows, seen.len(), |measured, at| {
                    let (first, second) = (&self.points[measured], &seen.points[at]);
                    decision_kernel::matern(decision_kernel::distance(
                        first,
                        second,
                        &shape.lengths,
                    ))
                });
            }
            *matrix /= shape.parts;
        }
        matrices
    }

    /// Returns the kernel value of two architectures.
    pub(crate) fn between(
        &self,
        seen: &KernelInputs<'_>,
        first: usize,
        second: usize,
        shape: &Shape,
    ) -> f64 {
        if shape.family == Family::Settings {
            let (first, second) = (&seen.points[first], &seen.points[second]);
            return decision_kernel::matern(decision_kernel::distance(
                first,
                second,
                &shape.lengths,
            ));
        }
        let (a, b) = (seen.features[first], seen.features[second]);
        let mut sum = self.linear_between(seen, first, second, shape);
        for (table, (a, b)) in shape.tables.iter().zip(a.counts.iter().zip(&b.counts)) {
            sum += table[slot(distance(a, b))];
        }
        if let Some(unit) = shape.number_unit {
            let distance = self.linear.number_distance(&seen.linear, first, &seen.linear, second);
            sum += (distance * unit).exp();
        }
        sum / shape.parts
    }

    /// Returns the kernel value of an architecture with itself.
    pub(crate) fn own(&self, seen: &KernelInputs<'_>, at: usize, shape: &Shape) -> f64 {
        if shape.family == Family::Settings {
            return 1.0;
        }
        let exponentials = shape.tables.len() + usize::from(shape.number_unit.is_some());
        (self.linear_between(seen, at, at, shape) + exponentials as f64) / shape.parts
    }

    fn linear_between(
        &self,
        seen: &KernelInputs<'_>,
        first: usize,
        second: usize,
        shape: &Shape,
    ) -> f64 {
        let from = if shape.family == Family::Numbers { self.linear.first_number } else { 0 };
        let column = |at: usize| &seen.linear.as_slice()[at * self.linear.empty.len()..][from..];
        let (a, b) = (column(first), column(second));
        let count = self.linear.empty.len() - from;
        a[..count].iter().zip(&b[..count]).map(|(a, b)| a * b).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::features;
    use super::*;

    #[test]
    fn distances_of_counts_are_in_units_of_their_mean() {
        let mut vocabulary = Vocabulary::default();
        let features = features(1_000, &mut vocabulary);
        let kernel = Kernel::new(&features.iter().collect::<Vec<_>>(), &vocabulary);
        let shape = kernel.shape(Family::All, 0.5).unwrap();
        assert_eq!(shape.tables.len(), COUNTED);
        for (table, counted) in shape.tables.iter().zip(&kernel.counted) {
            let expected = (-3.0 / (0.5 * counted.scale)).exp();
            assert!((table[3] - expected).abs() < 1e-12, "{} {expected}", table[3]);
        }
    }
}
