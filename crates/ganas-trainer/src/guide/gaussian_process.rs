//! A Gaussian process on what architectures have in common.
//!
//! Source: Rasmussen and Williams, "Gaussian processes for machine learning", 2006, algorithm 2.1 and
//! equation 5.8.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::features::{Features, Vocabulary};
use super::kernel::{Kernel, Seen};

/// The process, after what was measured.
#[derive(Debug)]
pub(crate) struct GaussianProcess {
    kernel: Kernel,
    noise: f64,
    /// Inverse of the lower triangle.
    inverse: DMatrix<f64>,
    /// `(K + noise)⁻¹ y`.
    weights: DVector<f64>,
    /// Variance of what the process was fitted to.
    amplitude: f64,
}

/// Mean and variance of each of some architectures.
pub(crate) struct Posterior<'a> {
    pub(crate) means: Vec<f64>,
    variances: Vec<f64>,
    seen: Seen<'a>,
    /// Inverse of the lower triangle times the kernel, a column each.
    halves: DMatrix<f64>,
}

/// What is chosen by likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hyperparameters {
    length: f64,
    noise: f64,
}

const LENGTHS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];
const NOISES: [f64; 4] = [0.001, 0.01, 0.04, 0.15];

/// Keeps matrices positive definite in spite of rounding.
const JITTER: f64 = 1e-6;

impl Hyperparameters {
    /// Those under which the targets are the most likely; the amplitude that fits best is theirs.
    pub(crate) fn likeliest(
        measured: &[&Features],
        targets: &[f64],
        vocabulary: &Vocabulary,
    ) -> Self {
        let mut kernel = Kernel::new(measured, 1.0, vocabulary);
        let targets = DVector::from_column_slice(targets);
        let mut best = (f64::NEG_INFINITY, Self { length: 1.0, noise: 0.01 });
        for length in LENGTHS {
            kernel.set_length(length);
            let seen = kernel.see(measured.to_vec());
            let values = kernel.with_measured(&seen);
            for noise in NOISES {
                let Some(factor) = factor(values.clone(), noise) else { continue };
                let count = targets.len() as f64;
                let misfit = targets.dot(&factor.solve(&targets)) / count;
                let volume: f64 = factor.l_dirty().diagonal().iter().map(|value| value.ln()).sum();
                let likelihood = -0.5 * count * misfit.max(1e-12).ln() - volume;
                if likelihood > best.0 {
                    best = (likelihood, Self { length, noise });
                }
            }
        }
        best.1
    }
}

fn factor(mut values: DMatrix<f64>, noise: f64) -> Option<Cholesky<f64, Dyn>> {
    for at in 0..values.nrows() {
        values[(at, at)] += noise + JITTER;
    }
    Cholesky::new(values)
}

impl GaussianProcess {
    /// The process after some measured architectures, of which its scales are; `None` if the kernel's
    /// matrix has no factor, which only numbers that are not finite bring about.
    pub(crate) fn fit(
        measured: &[&Features],
        Hyperparameters { length, noise }: Hyperparameters,
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let kernel = Kernel::new(measured, length, vocabulary);
        let seen = kernel.see(measured.to_vec());
        let factor = factor(kernel.with_measured(&seen), noise)?;
        let mut inverse = DMatrix::identity(measured.len(), measured.len());
        factor.l().solve_lower_triangular_mut(&mut inverse);
        Some(Self { kernel, noise, inverse, weights: DVector::zeros(0), amplitude: 1.0 })
    }

    /// How many architectures it has seen.
    pub(crate) fn len(&self) -> usize {
        self.inverse.nrows()
    }

    /// Adds a measured architecture. Costs the square of their number.
    pub(crate) fn push(&mut self, features: &Features) {
        let seen = self.kernel.see(vec![features]);
        let half = &self.inverse * self.kernel.with_measured(&seen).column(0);
        let own = self.kernel.own(&seen, 0) + self.noise + JITTER;
        let rest = (own - half.norm_squared()).max(JITTER).sqrt();
        let row = self.inverse.tr_mul(&half) / -rest;
        let count = self.len();
        let inverse = std::mem::replace(&mut self.inverse, DMatrix::zeros(0, 0));
        let mut inverse = inverse.resize(count + 1, count + 1, 0.0);
        inverse.view_mut((count, 0), (1, count)).copy_from(&row.transpose());
        inverse[(count, count)] = 1.0 / rest;
        self.inverse = inverse;
        self.kernel.push(features);
    }

    /// Gives all that was added its target.
    pub(crate) fn aim(&mut self, targets: &[f64]) {
        let targets = DVector::from_column_slice(targets);
        self.weights = self.inverse.tr_mul(&(&self.inverse * &targets));
        self.amplitude = (targets.dot(&self.weights) / targets.len() as f64).max(1e-12);
    }

    pub(crate) fn posterior<'a>(&self, features: Vec<&'a Features>) -> Posterior<'a> {
        let seen = self.kernel.see(features);
        let values = self.kernel.with_measured(&seen);
        let means = values.tr_mul(&self.weights).as_slice().to_vec();
        let halves = &self.inverse * values;
        let variance = |(at, half): (usize, nalgebra::DVectorView<'_, f64>)| {
            (self.kernel.own(&seen, at) - half.norm_squared()).max(1e-9)
        };
        let variances = halves.column_iter().enumerate().map(variance).collect();
        Posterior { means, variances, seen, halves }
    }
}

impl Posterior<'_> {
    /// Standard deviation of one.
    pub(crate) fn deviation(&self, process: &GaussianProcess, at: usize) -> f64 {
        (self.variances[at] * process.amplitude).sqrt()
    }

    /// Chooses one after the other by `score` of place and deviation; each choice takes uncertainty from
    /// what is like it, as if it had been measured and its mean been found.
    pub(crate) fn choose(
        mut self,
        process: &GaussianProcess,
        count: usize,
        score: impl Fn(usize, f64) -> f64,
    ) -> Vec<usize> {
        let all = self.means.len();
        let mut chosen: Vec<usize> = Vec::new();
        // Covariances with what was chosen, by choice.
        let mut taken: Vec<Vec<f64>> = Vec::new();
        while chosen.len() < count.min(all) {
            let scored = |at: usize| score(at, self.deviation(process, at));
            let open = (0..all).filter(|at| !chosen.contains(at));
            let best = open.map(|at| (at, scored(at))).reduce(|best, next| if next.1 > best.1 { next } else { best });
            let Some((best, _)) = best else { break };
            let unit = (self.variances[best] + process.noise).sqrt();
            let covariances: Vec<f64> = (0..all)
                .map(|at| {
                    let known = self.halves.column(at).dot(&self.halves.column(best));
                    let before: f64 = taken.iter().map(|one| one[at] * one[best]).sum();
                    (process.kernel.between(&self.seen, at, best) - known - before) / unit
                })
                .collect();
            for (variance, covariance) in self.variances.iter_mut().zip(&covariances) {
                *variance = (*variance - covariance.powi(2)).max(1e-9);
            }
            taken.push(covariances);
            chosen.push(best);
        }
        chosen
    }
}
