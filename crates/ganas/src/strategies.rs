//! The list of all strategies, and the notation for a strategy and its settings.

use std::fmt;
use std::str::FromStr;

use ganas_search::baselines::{
    Evolution, LocalSearch, Nsga2, RandomDecisions, RandomSearch, Reinforce,
};
use ganas_search::{Strategy, StrategyEntry, UnknownName};
use ganas_trainer::{Bananas, GaNas};
use serde::{Deserialize, Serialize};

use crate::Error;

const STRATEGIES: &[StrategyEntry] = &[
    GaNas::ENTRY,
    GaNas::PAPER,
    GaNas::PAPER_SETUP_2,
    GaNas::GAUSSIAN_PROCESS,
    Bananas::ENTRY,
    RandomSearch::ENTRY,
    RandomDecisions::ENTRY,
    Evolution::ENTRY,
    LocalSearch::ENTRY,
    Nsga2::ENTRY,
    Reinforce::ENTRY,
];

/// Returns all strategies that can be named in a study file or on a command line.
pub const fn strategies() -> &'static [StrategyEntry] {
    STRATEGIES
}

/// Returns a one-line explanation of how to name a strategy and its settings.
pub fn strategy_help() -> String {
    let names: Vec<_> = STRATEGIES.iter().map(|entry| entry.name).collect();
    format!(
        "How to search: {}; the GA-NAS strategies, gaussian-process and bananas also take settings after the name, as in ganas:truth_size=20",
        names.join(", ")
    )
}

/// A strategy as it is written in study files and on command lines. Its name may be followed by
/// settings that differ from their defaults, as in `ganas:truth_size=20:initial=10`.
///
/// ```
/// use ganas::StrategySpec;
/// let spec: StrategySpec = "ganas:truth_size=20".parse()?;
/// assert_eq!(spec.build()?.name(), "ganas");
/// assert!("ganass".parse::<StrategySpec>().unwrap_err().to_string().contains("`ganas`?"));
/// # Ok::<(), ganas::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StrategySpec {
    name: String,
    settings: Vec<String>,
}

impl Default for StrategySpec {
    fn default() -> Self {
        Self { name: STRATEGIES[0].name.into(), settings: Vec::new() }
    }
}

impl StrategySpec {
    /// Returns a new instance of the strategy.
    ///
    /// # Errors
    /// [`Error::Name`] for an unknown strategy, [`Error::Strategy`] for an invalid setting.
    pub fn build(&self) -> Result<Box<dyn Strategy>, Error> {
        let entry = STRATEGIES.iter().find(|entry| entry.name == self.name);
        let entry = entry.ok_or_else(|| UnknownName {
            what: "strategy",
            found: self.name.clone(),
            valid: STRATEGIES.iter().map(|entry| entry.name.to_owned()).collect(),
        })?;
        if !entry.has_settings && !self.settings.is_empty() {
            let message = format!("{} takes no settings, found `{self}`", self.name);
            return Err(Error::Strategy(message.into()));
        }
        (entry.build)(&self.settings).map_err(Error::Strategy)
    }
}

impl FromStr for StrategySpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.split(':').map(str::to_owned);
        let name = parts.next().unwrap_or_default();
        let spec = Self { name, settings: parts.collect() };
        spec.build()?;
        Ok(spec)
    }
}

impl fmt::Display for StrategySpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        self.settings.iter().try_for_each(|setting| write!(formatter, ":{setting}"))
    }
}

impl From<StrategySpec> for String {
    fn from(spec: StrategySpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for StrategySpec {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<StrategySpec>().unwrap_err().to_string()
    }

    #[test]
    fn every_strategy_knows_its_name() {
        for entry in strategies() {
            let spec: StrategySpec = entry.name.parse().unwrap();
            assert_eq!(spec.build().unwrap().name(), entry.name);
        }
    }

    #[test]
    fn settings_follow_the_name() {
        let text = "ganas:truth_size=20:generator.novelty=free";
        assert_eq!(text.parse::<StrategySpec>().unwrap().to_string(), text);
        assert!(error("ganass").contains("did you mean `ganas`?"));
        assert!(error("random:truth_size=20").contains("random takes no settings"));
        assert!(error("ganas:truth=20").contains("expected one of"));
        assert!(error("ganas:truth_size=x").contains("expected a valid value"));
        assert!(error("ganas:truth_size=1").contains("expected at least 2, found 1"));
    }
}
