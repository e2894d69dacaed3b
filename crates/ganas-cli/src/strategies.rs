use std::fmt;

use clap::ValueEnum;
use ganas_search::Strategy;
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomSearch, Reinforce,
    ReinforceSettings,
};
use ganas_trainer::{ConfigError, GaNas, TrainerConfig};

/// The strategies that can be named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyName {
    /// GA-NAS, its discriminator trained to rank all that was measured
    Ganas,
    /// GA-NAS as its paper describes it
    GanasPaper,
    /// Random search without replacement
    Random,
    /// Regularised evolution
    Evolution,
    /// Local search with restarts
    LocalSearch,
    /// REINFORCE
    Reinforce,
}

impl StrategyName {
    /// A fresh strategy of that name. `settings` of the form `PATH=VALUE` change GA-NAS's
    /// configuration.
    pub(crate) fn build(self, settings: &[String]) -> anyhow::Result<Box<dyn Strategy>> {
        let ganas = |name, preset: TrainerConfig| -> Result<_, ConfigError> {
            let set = |config: TrainerConfig, setting: &String| config.with(setting);
            Ok(Box::new(GaNas::new(name, settings.iter().try_fold(preset, set)?)?))
        };
        Ok(match self {
            Self::Ganas => ganas("ganas", TrainerConfig::ranked())?,
            Self::GanasPaper => ganas("ganas-paper", TrainerConfig::paper())?,
            Self::Random => Box::new(RandomSearch),
            Self::Evolution => Box::new(Evolution::new(EvolutionSettings::ying_2019())?),
            Self::LocalSearch => Box::new(LocalSearch::new(LocalSearchSettings::naszilla())?),
            Self::Reinforce => Box::new(Reinforce::new(ReinforceSettings::fast())?),
        })
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

    #[test]
    fn every_strategy_knows_its_name() {
        for name in StrategyName::value_variants() {
            assert_eq!(name.build(&[]).unwrap().name(), name.to_string());
        }
    }
}
