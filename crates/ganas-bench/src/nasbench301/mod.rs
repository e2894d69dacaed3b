//! NAS-Bench-301: 10¹⁸ DARTS cells, whose accuracy models predict.
//!
//! The published models are an ensemble of `XGBoost` models for the validation accuracy on CIFAR-10
//! and one of `LightGBM` models for the training time. They are imported from the published archives
//! into one table; there is no test accuracy. The graph networks of the archives are not read.
//!
//! A stand-in, models trained on the published models' predictions, goes by its own name,
//! `nasbench301-standin`: its numbers are not those of NAS-Bench-301.
//!
//! Source: Zela et al., "Surrogate NAS Benchmarks", ICLR 2022, and its code (automl/nasbench301).

mod ensemble;
mod features;
mod import;
mod results;
mod surrogate;

pub use features::{FEATURES, FeatureEncoder};
pub use surrogate::{Prediction, Surrogate};

pub(crate) use import::import;
pub(crate) use results::open;

/// Name of the benchmark of the published models.
pub(crate) const NAME: &str = "nasbench301";
/// Name of the benchmark of the stand-in.
pub(crate) const STAND_IN: &str = "nasbench301-standin";
/// The data set.
pub(crate) const DATASET: &str = "cifar10";

#[cfg(test)]
mod tests;
