//! Gradient-boosted trees: models of `XGBoost` and `LightGBM`, read and evaluated without them.
//!
//! [`read_xgboost`] and [`read_lightgbm`] read model files, or Python pickles of a booster without
//! executing anything in them, into a [`Model`]; a [`Forest`] is a model laid out for speed.
//! Predictions equal those of the original library bit for bit: thresholds are compared and leaves
//! added in its precision and order.
//!
//! Only regression models are supported: numeric features without missing values; one output; no
//! transformation of the sum. Any other feature is rejected with an error that names it.

mod booster;
mod error;
mod forest;
mod lightgbm;
mod model;
mod real;
mod shallow;
mod xgboost;

pub use booster::{read_lightgbm, read_xgboost};
pub use error::ModelError;
pub use forest::Forest;
pub use model::{Model, Node, Tree};
pub use real::Real;

#[cfg(test)]
mod tests;
