//! The type of the entries in the registry of strategies.

use std::error::Error;

use crate::Strategy;

/// A newly created strategy, or the error that describes an invalid setting.
pub type Built = Result<Box<dyn Strategy>, Box<dyn Error + Send + Sync>>;

/// A strategy's entry in the registry: its name, information that helps a user choose, and the
/// function that creates it.
///
/// Each strategy's entry is defined alongside its code. The registry in the `ganas` crate lists all
/// entries.
#[derive(Debug, Clone, Copy)]
pub struct StrategyEntry {
    /// The strategy's name, such as `evolution`.
    pub name: &'static str,
    /// A description of the strategy in one line, without a full stop.
    pub description: &'static str,
    /// Whether the strategy has settings, which are written as `path=value`.
    pub has_settings: bool,
    /// A function that creates the strategy with the given settings.
    pub build: fn(settings: &[String]) -> Built,
}
