//! A Gaussian process whose kernel is the similarity of architectures.
//!
//! Source: Rasmussen and Williams, "Gaussian processes for machine learning", 2006, algorithm 2.1
//! and equation 5.8. A small number of measurements is not enough to determine the hyperparameters,
//! so the process is a mixture over the likeliest hyperparameters, weighted by likelihood.

use nalgebra::{DMatrix, DVector};

use super::factor::{JITTER, factor};
use super::features::{Features, Vocabulary};
use super::hyperparameters::Hyperparameters;
use super::kernel::{Kernel, KernelInputs, Shape};

/// The process, conditioned on the measurements.
#[derive(Debug)]
pub(crate) struct GaussianProcess {
    kernel: Kernel,
    /// The distinct kernel shapes of the members.
    shapes: Vec<Shape>,
    /// The members, likeliest first.
    members: Vec<Member>,
}

/// A member of the mixture: the process with one set of hyperparameters.
#[derive(Debug)]
struct Member {
    /// Weight in the mixture; the weights of all members sum to 1.
    weight: f64,
    /// Index of the member's kernel shape.
    shape: usize,
    noise: f64,
    /// Inverse of the lower Cholesky factor of the kernel matrix plus noise.
    inverse: DMatrix<f64>,
    /// `(K + noise)⁻¹ y`, for the kernel matrix `K` and the targets `y`.
    coefficients: DVector<f64>,
    /// Factor on variances that makes the targets likeliest.
    amplitude: f64,
}

/// Predicted means and standard deviations for a set of architectures.
pub(crate) struct Posterior<'a> {
    pub(crate) means: Vec<f64>,
    pub(crate) deviations: Vec<f64>,
    seen: KernelInputs<'a>,
    /// Variances by the likeliest member, not yet multiplied by its amplitude.
    variances: Vec<f64>,
    /// Product of the likeliest member's `inverse` and its kernel matrix, one column per
    /// architecture.
    halves: DMatrix<f64>,
}

impl GaussianProcess {
    /// Fits the process to the measured architectures, which also determine the scales of the
    /// kernel. Returns `None` if no chosen kernel applies, or if a kernel matrix cannot be
    /// factored, which happens only with non-finite numbers.
    pub(crate) fn fit(
        measured: &[&Features],
        chosen: &[Hyperparameters],
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let kernel = Kernel::new(measured, vocabulary);
        let seen = kernel.prepare(measured.to_vec());
        let mut distinct: Vec<&Hyperparameters> = Vec::new();
        for one in chosen {
            if !distinct.iter().any(|other| one.has_shape_of(other)) {
                distinct.push(one);
            }
        }
        let shapes =
            distinct.iter().map(|one| kernel.shape_of(one.family, one.length, &one.lengths));
        let shapes: Vec<_> = shapes.collect::<Option<_>>()?;
        let matrices = kernel.with_measured(&seen, &shapes);
        let member = |one: &Hyperparameters| {
            let shape = distinct.iter().position(|other| one.has_shape_of(other))?;
            let factor = factor(matrices[shape].clone(), one.noise)?;
            let mut inverse = DMatrix::identity(measured.len(), measured.len());
            factor.l().solve_lower_triangular_mut(&mut inverse);
            Some(Member {
                weight: one.weight,
                shape,
                noise: one.noise,
                inverse,
                coefficients: DVector::zeros(0),
                amplitude: 1.0,
            })
        };
        let members: Vec<_> = chosen.iter().map(member).collect::<Option<_>>()?;
        (!members.is_empty()).then_some(Self { kernel, shapes, members })
    }

    /// Returns true if the space has ordered or numeric choices, so that there is a kernel of
    /// settings.
    pub(crate) fn has_settings(&self) -> bool {
        self.kernel.has_settings()
    }

    /// Adds a measured architecture, in time quadratic in the number of measured architectures.
    pub(crate) fn push(&mut self, features: &Features) {
        let seen = self.kernel.prepare(vec![features]);
        let matrices = self.kernel.with_measured(&seen, &self.shapes);
        for member in &mut self.members {
            let own = self.kernel.own(&seen, 0, &self.shapes[member.shape]);
            member.push(&matrices[member.shape], own);
        }
        self.kernel.push(features);
    }

    /// Sets the targets of all measured architectures, in the order in which they were added.
    pub(crate) fn set_targets(&mut self, targets: &[f64]) {
        let targets = DVector::from_column_slice(targets);
        for member in &mut self.members {
            member.coefficients = member.inverse.tr_mul(&(&member.inverse * &targets));
            let misfit = targets.dot(&member.coefficients) / targets.len() as f64;
            member.amplitude = misfit.max(1e-12);
        }
    }

    /// Computes the posterior for some architectures.
    pub(crate) fn posterior<'a>(&self, features: Vec<&'a Features>) -> Posterior<'a> {
        let seen = self.kernel.prepare(features);
        let matrices = self.kernel.with_measured(&seen, &self.shapes);
        let (mut means, mut squares) = (vec![0.0; seen.len()], vec![0.0; seen.len()]);
        let mut first = None;
        for member in &self.members {
            let (shape, matrix) = (&self.shapes[member.shape], &matrices[member.shape]);
            let mean = matrix.tr_mul(&member.coefficients);
            let halves = &member.inverse * matrix;
            let variance = |at: usize| {
                let own = self.kernel.own(&seen, at, shape);
                (own - halves.column(at).norm_squared()).max(1e-9)
            };
            let variances: Vec<_> = (0..seen.len()).map(variance).collect();
            for at in 0..seen.len() {
                means[at] += member.weight * mean[at];
                let variance = variances[at] * member.amplitude;
                squares[at] += member.weight * (variance + mean[at].powi(2));
            }
            first.get_or_insert((variances, halves));
        }
        let deviation = |(square, mean): (f64, &f64)| (square - mean.powi(2)).max(1e-12).sqrt();
        let deviations = squares.into_iter().zip(&means).map(deviation).collect();
        let (variances, halves) = first.expect("there is a member");
        Posterior { means, deviations, seen, variances, halves }
    }
}

impl Member {
    fn push(&mut self, matrix: &DMatrix<f64>, own: f64) {
        let half = &self.inverse * matrix.column(0);
        let rest = (own + self.noise + JITTER - half.norm_squared()).max(JITTER).sqrt();
        let row = self.inverse.tr_mul(&half) / -rest;
        let count = self.inverse.nrows();
        let inverse = std::mem::replace(&mut self.inverse, DMatrix::zeros(0, 0));
        self.inverse = inverse.resize(count + 1, count + 1, 0.0);
        self.inverse.view_mut((count, 0), (1, count)).copy_from(&row.transpose());
        self.inverse[(count, count)] = 1.0 / rest;
    }
}

impl Posterior<'_> {
    /// Chooses architectures one by one, each time the one with the highest `score`, which is
    /// computed from an architecture's index and deviation. Each choice reduces the deviations of
    /// similar architectures, as if the chosen one had been measured and its value had equalled its
    /// mean.
    pub(crate) fn choose(
        mut self,
        process: &GaussianProcess,
        count: usize,
        score: impl Fn(usize, f64) -> f64,
    ) -> Vec<usize> {
        let likeliest = &process.members[0];
        let all = self.means.len();
        let mut chosen: Vec<usize> = Vec::new();
        // Covariances with the chosen architectures, by choice.
        let mut taken: Vec<Vec<f64>> = Vec::new();
        while chosen.len() < count.min(all) {
            let open = (0..all).filter(|at| !chosen.contains(at));
            let scored = open.map(|at| (at, score(at, self.deviations[at])));
            let Some((best, _)) =
                scored.reduce(|best, next| if next.1 > best.1 { next } else { best })
            else {
                break;
            };
            chosen.push(best);
            if chosen.len() == count {
                break;
            }
            let unit = (self.variances[best] + likeliest.noise).sqrt();
            let covariance = |at: usize| {
                let known = self.halves.column(at).dot(&self.halves.column(best));
                let before: f64 = taken.iter().map(|one| one[at] * one[best]).sum();
                let own =
                    process.kernel.between(&self.seen, at, best, &process.shapes[likeliest.shape]);
                (own - known - before) / unit
            };
            let covariances: Vec<f64> = (0..all).map(covariance).collect();
            for (at, covariance) in covariances.iter().enumerate() {
                let left = (self.variances[at] - covariance.powi(2)).max(1e-9);
                self.deviations[at] *= (left / self.variances[at]).sqrt();
                self.variances[at] = left;
            }
            taken.push(covariances);
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use ganas_graph::{SearchSpace, moves, spaces::NasBench201};
    use ganas_search::Streams;

    use super::*;
    use crate::guide::kernel::Family;
    use crate::guide::targets::logit_ranks;

    /// Returns random cells with the number of 3 × 3 convolutions that each network uses.
    fn cells(count: usize, seed: u64, vocabulary: &mut Vocabulary) -> (Vec<Features>, Vec<f64>) {
        let (space, mut rng) = (NasBench201::default(), Streams::new(seed).rng("test", 0, 0));
        let mut cell = || {
            let arch = moves::sample(&space, &mut rng);
            let graph = space.canonical_graph(&arch);
            let is_convolution = |node: &usize| graph.labels(*node).iter().any(|label| label == 3);
            let value = (0..graph.len()).filter(is_convolution).count() as f64;
            (Features::of(&space, &arch, &graph, vocabulary), value)
        };
        (0..count).map(|_| cell()).unzip()
    }

    fn process(
        features: &[Features],
        targets: &[f64],
        first: usize,
        vocabulary: &Vocabulary,
    ) -> GaussianProcess {
        let all: Vec<_> = features.iter().collect();
        let chosen = Hyperparameters::likeliest(
            &[Family::All],
            &all[..first],
            &targets[..first],
            vocabulary,
        );
        let mut process = GaussianProcess::fit(&all[..first], &chosen, vocabulary).unwrap();
        all[first..].iter().for_each(|features| process.push(features));
        process.set_targets(targets);
        process
    }

    #[test]
    fn the_process_learns_what_it_has_not_seen() {
        let mut vocabulary = Vocabulary::default();
        let (seen, values) = cells(40, 1, &mut vocabulary);
        let (unseen, others) = cells(40, 2, &mut vocabulary);
        let process = process(&seen, &logit_ranks(&values), 40, &vocabulary);
        let posterior = process.posterior(unseen.iter().collect());
        let (mut right, mut all) = (0, 0);
        for i in 0..40 {
            for j in (0..40).filter(|&j| others[i] < others[j]) {
                all += 1;
                right += usize::from(posterior.means[i] < posterior.means[j]);
            }
        }
        assert!(right * 100 > all * 95, "{right} of {all} pairs are in order");
    }

    #[test]
    fn errors_are_as_large_as_the_deviations() {
        let mut vocabulary = Vocabulary::default();
        let (features, values) = cells(80, 5, &mut vocabulary);
        let targets = logit_ranks(&values);
        let process = process(&features[..40], &targets[..40], 40, &vocabulary);
        let posterior = process.posterior(features[40..].iter().collect());
        let squares = (0..40).map(|at| {
            ((targets[40 + at] - posterior.means[at]) / posterior.deviations[at]).powi(2)
        });
        let mean = squares.sum::<f64>() / 40.0;
        assert!((0.2..5.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_choice_narrows_deviations_as_its_measurement_would() {
        let mut vocabulary = Vocabulary::default();
        let (features, values) = cells(30, 6, &mut vocabulary);
        let process = process(&features[..20], &logit_ranks(&values[..20]), 20, &vocabulary);
        // The last one is the twin of the first.
        let open: Vec<_> = features[20..].iter().chain(&features[20..21]).collect();
        let before = process.posterior(open.clone());
        let (variances, deviations) = (before.variances.clone(), before.deviations.clone());
        let narrowed = RefCell::new(deviations.clone());
        let score = |at: usize, deviation: f64| {
            narrowed.borrow_mut()[at] = deviation;
            -(at as f64)
        };
        assert_eq!(before.choose(&process, 2, score), [0, 1]);
        let mut measured = process;
        measured.push(open[0]);
        measured.set_targets(&logit_ranks(&values[..21]));
        let after = measured.posterior(open).variances;
        for (at, narrow) in narrowed.into_inner().iter().enumerate().skip(1) {
            let (found, exact) = (narrow / deviations[at], (after[at] / variances[at]).sqrt());
            assert!((found - exact).abs() < 1e-3, "{at}: {found} {exact}");
            assert!(at != 10 || found < 0.3, "the twin is sure: {found}");
        }
    }

    #[test]
    fn what_was_measured_is_sure() {
        let mut vocabulary = Vocabulary::default();
        let (features, values) = cells(20, 3, &mut vocabulary);
        let (measured, open) = features.split_at(10);
        let process = process(measured, &logit_ranks(&values[..10]), 10, &vocabulary);
        let mean = |of: &[Features]| {
            let deviations = process.posterior(of.iter().collect()).deviations;
            deviations.iter().sum::<f64>() / deviations.len() as f64
        };
        assert!(mean(measured) < 0.5 * mean(open), "{} {}", mean(measured), mean(open));
    }

    #[test]
    fn adding_one_after_the_other_is_fitting_all() {
        let mut vocabulary = Vocabulary::default();
        let (features, values) = cells(30, 4, &mut vocabulary);
        let targets = logit_ranks(&values);
        let all: Vec<_> = features.iter().collect();
        let chosen =
            Hyperparameters::likeliest(&[Family::All], &all[..20], &targets[..20], &vocabulary);
        let mut grown = GaussianProcess::fit(&all[..20], &chosen, &vocabulary).unwrap();
        all[20..].iter().for_each(|features| grown.push(features));
        assert_eq!(grown.members[0].inverse.nrows(), 30);
        for member in &grown.members {
            // The inverse of the lower triangle, transposed, times itself is the inverse of the matrix.
            let seen = grown.kernel.prepare(all.clone());
            let mut matrix =
                grown.kernel.with_measured(&seen, &grown.shapes).swap_remove(member.shape);
            for at in 0..30 {
                matrix[(at, at)] += member.noise + JITTER;
            }
            let product = member.inverse.tr_mul(&member.inverse) * matrix;
            let wrong = (product - DMatrix::<f64>::identity(30, 30)).abs().max();
            assert!(wrong < 1e-6, "{wrong}");
        }
    }

    #[test]
    fn a_process_does_not_depend_on_what_else_was_seen() {
        let alone = {
            let mut vocabulary = Vocabulary::default();
            let (features, values) = cells(15, 5, &mut vocabulary);
            let process = process(&features, &logit_ranks(&values), 12, &vocabulary);
            process.posterior(features.iter().collect()).means
        };
        let mut vocabulary = Vocabulary::default();
        cells(50, 6, &mut vocabulary);
        let (features, values) = cells(15, 5, &mut vocabulary);
        let process = process(&features, &logit_ranks(&values), 12, &vocabulary);
        assert_eq!(process.posterior(features.iter().collect()).means, alone, "to the last bit");
    }

    #[test]
    fn a_round_spreads() {
        let mut vocabulary = Vocabulary::default();
        let (features, values) = cells(60, 7, &mut vocabulary);
        let process = process(&features[..12], &logit_ranks(&values[..12]), 12, &vocabulary);
        let open: Vec<_> = features[12..].iter().chain(&features[12..13]).collect();
        let by_deviation = |_, deviation| deviation;
        let chosen = process.posterior(open.clone()).choose(&process, 5, by_deviation);
        let mut distinct = chosen.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 5);
        let twins = [0, open.len() - 1].map(|twin| chosen.contains(&twin));
        assert_ne!(twins, [true, true], "once one is taken for measured, its twin tells nothing");
        assert_eq!(
            process.posterior(open[..2].to_vec()).choose(&process, 9, by_deviation).len(),
            2
        );
    }

    #[test]
    fn equal_values_and_single_ones_are_no_trouble() {
        let mut vocabulary = Vocabulary::default();
        let (features, _) = cells(6, 8, &mut vocabulary);
        for count in [1, 2, 6] {
            let process = process(&features[..count], &vec![0.0; count], count, &vocabulary);
            let posterior = process.posterior(features.iter().collect());
            let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
            assert!(finite(&posterior.means) && finite(&posterior.deviations));
        }
    }
}
