//! A kernel that compares the choices of two architectures decision by decision. Each decision has
//! its own length scale, which is chosen by likelihood, so that the kernel ignores irrelevant
//! decisions.
//!
//! Source: the Matérn kernel with ν = 5/2 and automatic relevance determination as in Snoek et al.,
//! "Practical Bayesian optimization of machine learning algorithms" (`NeurIPS` 2012). Unlike in
//! that paper, the length scales are chosen one after the other, each from a few values. The value
//! chosen is the likeliest one under a log-normal prior.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::decision_points::Setting;
use super::factor::factor;
use super::features::Features;

/// Length scales that are tried; the last one practically ignores a decision.
const LENGTHS: [f64; 6] = [0.12, 0.25, 0.5, 1.0, 2.0, 8.0];

/// Mean and standard deviation of the logarithm of a length scale under the prior.
const USUAL: (f64, f64) = (-0.4, 1.2);

/// Maximum number of decisions with length scales of their own; if there are more, one length scale
/// is chosen for all.
const MAX_SEPARATE_LENGTHS: usize = 40;

/// The axes of the kernel: one for each decision that occurs in some architectures.
#[derive(Debug)]
pub(crate) struct Axes {
    keys: Vec<u64>,
}

/// An architecture's position on each axis; `None` if it lacks the decision.
pub(crate) type Point = Vec<Option<Setting>>;

impl Axes {
    pub(crate) fn of(seen: &[&Features]) -> Self {
        let mut keys: Vec<_> =
            seen.iter().flat_map(|one| one.settings.iter().map(|setting| setting.key)).collect();
        keys.sort_unstable();
        keys.dedup();
        Self { keys }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn point(&self, features: &Features) -> Point {
        let known: BTreeMap<_, _> = features.settings.iter().map(|one| (one.key, *one)).collect();
        self.keys.iter().map(|key| known.get(key).copied()).collect()
    }

    /// Returns the length scales that make the targets most likely at the middle noise level. Each
    /// entry holds the log of likelihood times prior at one noise level, these length scales, and
    /// the noise level.
    pub(crate) fn likeliest(
        &self,
        points: &[Point],
        targets: &DVector<f64>,
        noises: &[f64],
    ) -> Vec<(f64, Vec<f64>, f64)> {
        let squares: Vec<_> =
            (0..self.keys.len()).map(|axis| squared_distances(points, axis)).collect();
        let score = |lengths: &[f64], noise: f64| likelihood(&squares, targets, lengths, noise);
        let middle = noises[noises.len() / 2];
        let alike = |length: f64| vec![length; self.keys.len()];
        let better = |best: (f64, Vec<f64>), next: (f64, Vec<f64>)| {
            if next.0 > best.0 { next } else { best }
        };
        let all_alike =
            LENGTHS.iter().map(|&length| (score(&alike(length), middle), alike(length)));
        let Some(mut best) = all_alike.reduce(better) else { return Vec::new() };
        let apart = if self.keys.len() > MAX_SEPARATE_LENGTHS { 0..0 } else { 0..self.keys.len() };
        for _ in 0..2 {
            for axis in apart.clone() {
                for length in LENGTHS {
                    let mut lengths = best.1.clone();
                    lengths[axis] = length;
                    best = better(best, (score(&lengths, middle), lengths));
                }
            }
        }
        let with = |&noise: &f64| (score(&best.1, noise), best.1.clone(), noise);
        noises.iter().map(with).collect()
    }
}

/// Returns the squared distance between two points, with each decision in units of its length
/// scale.
pub(crate) fn distance(first: &Point, second: &Point, lengths: &[f64]) -> f64 {
    let axes = first.iter().zip(second).zip(lengths);
    axes.map(|((first, second), length)| apart(*first, *second) / length.powi(2)).sum()
}

/// Evaluates the Matérn kernel with ν = 5/2 at a squared distance.
pub(crate) fn matern(square: f64) -> f64 {
    let scaled = (5.0 * square).sqrt();
    (1.0 + scaled + scaled * scaled / 3.0) * (-scaled).exp()
}

fn apart(first: Option<Setting>, second: Option<Setting>) -> f64 {
    match (first, second) {
        (None, None) => 0.0,
        (Some(first), Some(second)) if first.is_ordered => (first.place - second.place).powi(2),
        (Some(first), Some(second)) if (first.place - second.place).abs() < 0.5 => 0.0,
        _ => 1.0,
    }
}

fn squared_distances(points: &[Point], axis: usize) -> DMatrix<f64> {
    DMatrix::from_fn(points.len(), points.len(), |i, j| apart(points[i][axis], points[j][axis]))
}

fn likelihood(
    squares: &[DMatrix<f64>],
    targets: &DVector<f64>,
    lengths: &[f64],
    noise: f64,
) -> f64 {
    let mut matrix = DMatrix::zeros(targets.len(), targets.len());
    for (square, length) in squares.iter().zip(lengths) {
        let weight = length.powi(-2);
        matrix.zip_apply(square, |sum, square| *sum += weight * square);
    }
    matrix.apply(|value| *value = matern(*value));
    let Some(factor) = factor(matrix, noise) else { return f64::NEG_INFINITY };
    let count = targets.len() as f64;
    let misfit = targets.dot(&factor.solve(targets)) / count;
    let volume: f64 = factor.l_dirty().diagonal().iter().map(|value| value.ln()).sum();
    let (mean, deviation) = USUAL;
    let prior = |length: &f64| -0.5 * ((length.ln() - mean) / deviation).powi(2);
    -0.5 * count * misfit.max(1e-12).ln() - volume + lengths.iter().map(prior).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::described;
    use ganas_graph::{SearchSpace, moves};
    use ganas_search::Streams;

    use super::super::decision_points::settings;
    use super::super::features::Vocabulary;
    use super::super::kernel::Kernel;
    use super::*;

    #[test]
    fn decisions_that_matter_have_short_lengths() {
        let parameter =
            |name: &str| format!("[[parameters]]\nname = \"{name}\"\nlow = 0.0\nhigh = 1.0\n");
        let text = format!("name = \"two\"\n{}{}", parameter("x"), parameter("y"));
        let space = described::parse(&text).unwrap();
        let (mut rng, mut vocabulary) = (Streams::new(0).rng("test", 0, 0), Vocabulary::default());
        let (features, targets): (Vec<_>, Vec<_>) = (0..30)
            .map(|_| {
                let arch = moves::sample(&space, &mut rng);
                let graph = space.canonical_graph(&arch);
                let features = Features::of(&space, &arch, &graph, &mut vocabulary);
                (features, (6.0 * arch.numbers()[0].get()).sin())
            })
            .unzip();
        let seen: Vec<_> = features.iter().collect();
        let axes = Axes::of(&seen);
        let points: Vec<_> = seen.iter().map(|one| axes.point(one)).collect();
        let targets = DVector::from_vec(targets);
        let found = axes.likeliest(&points, &targets, &[0.001]);
        let kernel = Kernel::new(&seen, &vocabulary);
        assert_eq!(kernel.likeliest_lengths(&seen, &targets, &[0.001]), found);
        let key = |at: usize| {
            let arch = space.parse("x=0.25,y=0.75").unwrap();
            let place = [0.25, 0.75][at];
            let own = settings(&space, &arch);
            own.iter().find(|one| (one.place - place).abs() < 1e-9).unwrap().key
        };
        let length =
            |at: usize| found[0].1[axes.keys.iter().position(|known| *known == key(at)).unwrap()];
        assert!(length(0) <= 0.5 && length(1) >= 2.0, "{} {}", length(0), length(1));
    }

    #[test]
    fn the_likelihood_is_that_of_two_points() {
        let (length, noise, targets): (f64, f64, [f64; 2]) = (0.7, 0.1, [1.0, -0.4]);
        let squares = DMatrix::from_row_slice(2, 2, &[0.0, 0.3, 0.3, 0.0]);
        let found = likelihood(&[squares], &DVector::from_row_slice(&targets), &[length], noise);
        let (own, other) =
            (1.0 + noise + super::super::factor::JITTER, matern(0.3 / length.powi(2)));
        let determinant = own.powi(2) - other.powi(2);
        let [first, second] = targets;
        let quadratic =
            (own * (first.powi(2) + second.powi(2)) - 2.0 * other * first * second) / determinant;
        let prior = -0.5 * ((length.ln() + 0.4) / 1.2).powi(2);
        let expected = -(quadratic / 2.0).ln() - 0.5 * determinant.ln() + prior;
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn what_only_one_has_is_apart() {
        let one = Setting { key: 1, place: 3.0, is_ordered: false };
        let far = Setting { place: 1.0, ..one };
        let (has, has_not): (Point, Point) = (vec![Some(one)], vec![None]);
        assert!((distance(&has, &has_not, &[2.0]) - 0.25).abs() < 1e-12);
        assert!((distance(&has, &vec![Some(far)], &[1.0]) - 1.0).abs() < 1e-12);
        assert!(
            distance(&has, &has, &[1.0]) < 1e-12 && distance(&has_not, &has_not, &[1.0]) < 1e-12
        );
        assert!((matern(0.0) - 1.0).abs() < 1e-12 && matern(1.0) < matern(0.5));
    }
}
