//! Gradient-boosted trees: models of `XGBoost` and `LightGBM`, read and evaluated without these
//! libraries.
//!
//! [`read_xgboost`] and [`read_lightgbm`] read a [`Model`] from a model file, or from a Python
//! pickle of a booster without executing anything in it. A [`Forest`] is a model laid out for
//! speed. Predictions equal those of the original library bit for bit: thresholds are compared and
//! leaves are added in the library's precision and order.
//!
//! Only regression models with numeric features, no missing values, one output and no
//! transformation of the sum are supported. Anything else is rejected with an error that names it.

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
