//! Gradient-boosted trees: models of `XGBoost` and `LightGBM`, read and evaluated without these
//! libraries.
//!
//! [`read_xgboost`] and [`read_lightgbm`] read a [`Model`] from a model file or from a pickled
//! Python booster. No code in the pickle is executed. A [`Forest`] is a model laid out for fast
//! evaluation. Predictions equal those of the original library bit for bit. This is because
//! features are compared with thresholds in the library's precision, and leaf values are added in
//! the library's precision and order.
//!
//! Only regression models with numeric features and one output are supported. They must not treat
//! zeros as missing values, and must not transform the sum of their leaf values. Any other model is
//! rejected with an error that states what is not supported. Rows with missing values (NaN) are not
//! supported.

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
