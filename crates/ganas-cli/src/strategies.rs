use std::fmt;
use std::str::FromStr;

use anyhow::ensure;
use clap::ValueEnum;
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomSearch, Reinforce,
    ReinforceSettings,
};
use ganas_search::{Strategy, UnknownName};
use ganas_trainer::{ConfigError, GaNas, TrainerConfig};
use serde::{Deserialize, Serialize};

/// The strategies that can be named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyName {
    /// GA-NAS, its discriminator trained to rank all that was measured
    Ganas,
    /// GA-NAS as its paper describes it, with the numbers of its setup 1
    GanasPaper,
    /// The same with the numbers of its setup 2
    #[value(name = "ganas-paper-2")]
    GanasPaper2,
    /// Random search without replacement
    Random,
    /// Regularised evolution
    Evolution,
    /// Local search with restarts
    LocalSearch,
    /// REINFORCE
    Reinforce,
}

/// A strategy as it is written on the command line: its name, then, for GA-NAS, settings that differ
/// from the preset's, as in `ganas:truth_size=20:candidates.mutations_per_parent=0`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct StrategySpec {
    name: StrategyName,
    settings: Vec<String>,
}

impl Default for StrategySpec {
    fn default() -> Self {
        Self { name: StrategyName::Ganas, settings: Vec::new() }
    }
}

impl From<StrategySpec> for String {
    fn from(spec: StrategySpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for StrategySpec {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self, anyhow::Error> {
        text.parse()
    }
}

impl StrategySpec {
    /// A fresh strategy.
    pub(crate) fn build(&self) -> Result<Box<dyn Strategy>, anyhow::Error> {
        let ganas = |name, preset: TrainerConfig| -> Result<_, ConfigError> {
            let set = |config: TrainerConfig, setting: &String| config.with(setting);
            Ok(Box::new(GaNas::new(name, self.settings.iter().try_fold(preset, set)?)?))
        };
        Ok(match self.name {
            StrategyName::Ganas => ganas("ganas", TrainerConfig::ranked())?,
            StrategyName::GanasPaper => ganas("ganas-paper", TrainerConfig::paper())?,
            StrategyName::GanasPaper2 => ganas("ganas-paper-2", TrainerConfig::paper_setup_2())?,
            StrategyName::Random => Box::new(RandomSearch),
            StrategyName::Evolution => Box::new(Evolution::new(EvolutionSettings::ying_2019())?),
            StrategyName::LocalSearch => {
                Box::new(LocalSearch::new(LocalSearchSettings::naszilla())?)
            }
            StrategyName::Reinforce => Box::new(Reinforce::new(ReinforceSettings::fast())?),
        })
    }
}

/// What can be written for a strategy.
pub(crate) fn strategy_help() -> String {
    let names: Vec<_> = StrategyName::value_variants().iter().map(ToString::to_string).collect();
    format!(
        "How to search: {}; settings of GA-NAS may follow its name, as in ganas:truth_size=20",
        names.join(", ")
    )
}

impl FromStr for StrategySpec {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, anyhow::Error> {
        let mut parts = text.split(':');
        let found = parts.next().unwrap_or_default();
        let unknown = |_| UnknownName {
            what: "strategy",
            found: found.into(),
            valid: StrategyName::value_variants().iter().map(ToString::to_string).collect(),
        };
        let name = StrategyName::from_str(found, false).map_err(unknown)?;
        let spec = Self { name, settings: parts.map(Into::into).collect() };
        let baseline = matches!(
            name,
            StrategyName::Random
                | StrategyName::Evolution
                | StrategyName::LocalSearch
                | StrategyName::Reinforce
        );
        ensure!(!baseline || spec.settings.is_empty(), "{name} has no settings, found `{text}`");
        spec.build()?;
        Ok(spec)
    }
}

impl fmt::Display for StrategySpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.name)?;
        self.settings.iter().try_for_each(|setting| write!(formatter, ":{setting}"))
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value().expect("no strategy is hidden");
        formatter.write_str(name.get_name())
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
        for name in StrategyName::value_variants() {
            let spec: StrategySpec = name.to_string().parse().unwrap();
            assert_eq!(spec.build().unwrap().name(), name.to_string());
        }
    }

    #[test]
    fn settings_follow_the_name() {
        let text = "ganas:truth_size=20:generator.novelty=free";
        assert_eq!(text.parse::<StrategySpec>().unwrap().to_string(), text);
        assert!(error("ganass").contains("did you mean `ganas`?"));
        assert!(error("random:truth_size=20").contains("random has no settings"));
        assert!(error("ganas:truth=20").contains("expected one of"));
        assert!(error("ganas:truth_size=x").contains("expected a value of its kind"));
        assert!(error("ganas:truth_size=1").contains("expected at least 2, found 1"));
    }
}
