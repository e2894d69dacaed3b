//! Chooses the kernel of the Gaussian process by likelihood.

use nalgebra::DVector;

use super::factor::factor;
use super::features::{Features, Vocabulary};
use super::kernel::{Family, Kernel};

/// Hyperparameters chosen by likelihood, with their weight in the mixture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hyperparameters {
    pub(crate) weight: f64,
    pub(crate) family: Family,
    pub(crate) length: f64,
    /// Length scale of each decision; empty unless the kernel is that of settings.
    pub(crate) lengths: Vec<f64>,
    pub(crate) noise: f64,
}

const LENGTHS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];
const NOISES: [f64; 4] = [0.001, 0.01, 0.04, 0.15];

/// Maximum number of the likeliest sets of hyperparameters that are kept; predictions mix them by
/// weight.
const MAX_MEMBERS: usize = 5;

/// Minimum weight of a member; members with smaller weights change too little to be worth the time
/// they take.
const SMALLEST_WEIGHT: f64 = 0.05;

impl Hyperparameters {
    /// Returns the hyperparameters under which the targets are likeliest, among those of the kernel
    /// `families`. Each candidate is judged with its best-fitting amplitude.
    pub(crate) fn likeliest(
        families: &[Family],
        measured: &[&Features],
        targets: &[f64],
        vocabulary: &Vocabulary,
    ) -> Vec<Self> {
        let kernel = Kernel::new(measured, vocabulary);
        let lengths = |family: &Family| {
            let lengths = match family {
                Family::All | Family::Numbers => &LENGTHS[..],
                // A linear kernel has no length.
                Family::Linear => &LENGTHS[..1],
                // Its lengths are chosen separately.
                Family::Settings => &[],
            };
            lengths.iter().map(|&length| (*family, length)).collect::<Vec<_>>()
        };
        let named = families.iter().flat_map(lengths);
        let shape = |name: (Family, f64)| Some((kernel.shape(name.0, name.1)?, name));
        let (shapes, names): (Vec<_>, Vec<_>) = named.filter_map(shape).unzip();
        let matrices = kernel.with_measured(&kernel.prepare(measured.to_vec()), &shapes);
        let targets = DVector::from_column_slice(targets);
        let mut found = Vec::new();
        for (matrix, (family, length)) in matrices.into_iter().zip(names) {
            for noise in NOISES {
                let Some(factor) = factor(matrix.clone(), noise) else { continue };
                let count = targets.len() as f64;
                let misfit = targets.dot(&factor.solve(&targets)) / count;
                let volume: f64 = factor.l_dirty().diagonal().iter().map(|value| value.ln()).sum();
                let likelihood = -0.5 * count * misfit.max(1e-12).ln() - volume;
                let lengths = Vec::new();
                found.push((likelihood, Self { weight: 1.0, family, length, lengths, noise }));
            }
        }
        if families.contains(&Family::Settings) {
            let apart = kernel.likeliest_lengths(measured, &targets, &NOISES);
            found.extend(apart.into_iter().map(|(likelihood, lengths, noise)| {
                let family = Family::Settings;
                (likelihood, Self { weight: 1.0, family, length: 1.0, lengths, noise })
            }));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(MAX_MEMBERS);
        Self::weighed(&found)
    }

    /// Returns true if both hyperparameters have the same kernel shape.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        self.family == other.family
            && self.length.total_cmp(&other.length).is_eq()
            && self.lengths == other.lengths
    }

    /// Returns the hyperparameters with weights computed from their log likelihoods, without those
    /// of too little weight. The first entry must be the likeliest.
    fn weighed(found: &[(f64, Self)]) -> Vec<Self> {
        let Some((best, _)) = found.first() else { return Vec::new() };
        let weight = |likelihood: f64| (likelihood - *best).exp();
        let total: f64 = found.iter().map(|one| weight(one.0)).sum();
        let kept = found.iter().filter(|one| weight(one.0) / total >= SMALLEST_WEIGHT);
        let total: f64 = kept.clone().map(|one| weight(one.0)).sum();
        kept.map(|one| Self { weight: weight(one.0) / total, ..one.1.clone() }).collect()
    }
}
