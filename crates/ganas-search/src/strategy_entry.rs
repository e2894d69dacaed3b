//! Entries of the strategy registry.

use std::error::Error;

use crate::Strategy;

/// A new strategy, or the error about an invalid setting.
pub type Built = Result<Box<dyn Strategy>, Box<dyn Error + Send + Sync>>;

/// A named strategy, with everything that people and programs need to choose and create it.
///
/// Each strategy defines its entry beside its code; the registry in the crate `ganas` lists all
/// entries.
#[derive(Debug, Clone, Copy)]
pub struct StrategyEntry {
    /// The strategy's name, such as `evolution`.
    pub name: &'static str,
    /// Description in one line without a full stop.
    pub description: &'static str,
    /// Whether the strategy takes settings, each as `path=value`.
    pub has_settings: bool,
    /// A function that creates the strategy with the given settings.
    pub build: fn(settings: &[String]) -> Built,
}
