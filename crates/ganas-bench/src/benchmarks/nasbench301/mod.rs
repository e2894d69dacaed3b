//! NAS-Bench-301: models that predict the accuracy of the 10¹⁸ architectures of the DARTS space.
//!
//! The published models are an ensemble of `XGBoost` models, which predict validation accuracy on
//! CIFAR-10, and an ensemble of `LightGBM` models, which predict training time. Both ensembles are
//! imported from the published archives into one table. No model predicts test accuracy. The
//! archives also contain graph neural networks, which are not read.
//!
//! There is also a stand-in, whose models were trained on the predictions of the published models.
//! Because its numbers are not those of NAS-Bench-301, it has a separate name,
//! `nasbench301-standin`.
//!
//! Source: Zela et al., "Surrogate NAS Benchmarks", ICLR 2022, and its code (automl/nasbench301).

mod ensemble;
mod entries;
mod features;
mod import;
mod names;
mod results;
mod surrogate;

pub use features::{FEATURES, FeatureEncoder};
pub use surrogate::{Prediction, Surrogate};

pub(crate) use entries::{PUBLISHED, STAND_IN};

#[cfg(test)]
mod tests;
