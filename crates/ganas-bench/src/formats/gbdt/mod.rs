//! Gradient-boosted trees: models of `XGBoost` and `LightGBM`, read and evaluated without them.
//!
//! [`read_xgboost`] and [`read_lightgbm`] read model files, or Python pickles of a booster without
//! running anything that they say, into a [`Model`]; a [`Forest`] is the same laid out for speed.
//! Predictions equal the original library's bit for bit: thresholds are compared and leaves added in
//! its precision and order.
//!
//! Only what a regression model needs is read: numbers as features, none of them missing; one output;
//! no transformation of the sum. Anything else is refused by name.

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
