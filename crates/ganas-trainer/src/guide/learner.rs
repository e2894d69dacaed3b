//! A Gaussian process that is extended with each new measurement.

use super::features::{Features, Vocabulary};
use super::gaussian_process::GaussianProcess;
use super::hyperparameters::Hyperparameters;
use super::kernel::Family;
use super::targets::logit_ranks;
use super::window::{chosen_on, window};

/// A Gaussian process on the ranks of one number, and the data it learns from.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    /// The process; `None` before the first fit.
    pub(crate) process: Option<GaussianProcess>,
    /// Number of measured architectures on which the current hyperparameters were chosen.
    chosen: Option<usize>,
    /// Indices of the measured architectures that the process learns from.
    places: Vec<usize>,
}

/// Maximum number of architectures on which hyperparameters are chosen.
const MAX_FOR_HYPERPARAMETERS: usize = 160;

impl Learner {
    /// Adds new measurements to the process and, from time to time, refits it with newly chosen
    /// hyperparameters. The times of the refits depend only on the number of measured
    /// architectures, so that a restored guide has exactly the same process.
    pub(crate) fn fit(
        &mut self,
        families: &[Family],
        values: &[f64],
        measured: &[Features],
        vocabulary: &Vocabulary,
    ) {
        let size = chosen_on(measured.len());
        if self.chosen != Some(size) {
            self.chosen = Some(size);
            self.places = window(&values[..size]);
            let places = &self.places[self.places.len().saturating_sub(MAX_FOR_HYPERPARAMETERS)..];
            let features: Vec<_> = places.iter().map(|&place| &measured[place]).collect();
            let targets: Vec<_> = places.iter().map(|&place| values[place]).collect();
            let targets = logit_ranks(&targets);
            let chosen = Hyperparameters::likeliest(families, &features, &targets, vocabulary);
            let features: Vec<_> = self.places.iter().map(|&place| &measured[place]).collect();
            self.process = GaussianProcess::fit(&features, &chosen, vocabulary);
        }
        let Some(process) = &mut self.process else { return };
        let next = self.places.last().map_or(0, |place| place + 1).max(size);
        for (place, features) in measured.iter().enumerate().skip(next) {
            process.push(features);
            self.places.push(place);
        }
    }

    /// Sets the targets of all measured architectures.
    pub(crate) fn set_targets(&mut self, targets: &[f64]) {
        if let Some(process) = &mut self.process {
            let targets: Vec<_> = self.places.iter().map(|&place| targets[place]).collect();
            process.set_targets(&targets);
        }
    }
}
