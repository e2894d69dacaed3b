//! How a strategy is offered by name: what registries are lists of.

use std::error::Error;

use crate::Strategy;

/// A fresh strategy, or which setting makes no sense.
pub type Built = Result<Box<dyn Strategy>, Box<dyn Error + Send + Sync>>;

/// A strategy by its name, with what a person and a program need to choose and make it.
///
/// Each strategy gives its entry beside its code; the registry in the crate `ganas` lists them.
#[derive(Debug, Clone, Copy)]
pub struct StrategyEntry {
    /// Its name, such as `evolution`.
    pub name: &'static str,
    /// What it is, in one line without a full stop.
    pub description: &'static str,
    /// Does it take settings, each as `path=value`?
    pub has_settings: bool,
    /// Makes a fresh one.
    pub build: fn(settings: &[String]) -> Built,
}
