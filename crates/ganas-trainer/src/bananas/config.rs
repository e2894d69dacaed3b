//! Settings of BANANAS.

use serde::{Deserialize, Serialize};

use crate::ConfigError;
use crate::config::{at_least, changed};

/// The settings of the [`Bananas`](crate::Bananas) strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BananasConfig {
    /// Number of random architectures that are measured before the networks are first trained. Must
    /// be at least 2.
    pub initial: usize,
    /// Number of architectures measured per round. Must be at least 1.
    pub per_round: usize,
    /// Number of candidates from which a round's architectures are chosen. Must be at least 1.
    pub candidates: usize,
    /// Number of parents. They are the best architectures measured so far, and are mutated in turn
    /// to produce the candidates. Must be at least 1.
    pub parents: usize,
    /// Maximum number of different paths that the networks' input represents. A path leads through
    /// the graph of an architecture, from a source node to a sink node. If a connected part of the
    /// graph is a single path in which some nodes have several labels (a chain of stages), the
    /// labels of its nodes take the place of its path. If more paths and labels than this number
    /// occur, only the most common ones are used.
    pub most_paths: usize,
    /// Number of networks, which are trained independently of each other. Must be at least 1.
    pub ensemble: usize,
    /// Number of hidden layers per network. Must be at least 1.
    pub layers: usize,
    /// Number of neurons per hidden layer. Must be at least 1.
    pub width: usize,
    /// Number of training passes over the measured architectures in each round. Each round trains
    /// the networks anew, from random weights.
    pub epochs: usize,
    /// Number of architectures per training step of a network. Must be at least 1.
    pub batch: usize,
    /// Adam's learning rate. Must be positive.
    pub learning_rate: f64,
    /// The loss measures each value by its distance from a bound that is better than the best
    /// value. This setting is the distance from the best value to the bound, as a multiple of the
    /// distance from the best value to the median of the measured values. (In the paper, it is a
    /// lower bound on the validation error.) Must be positive.
    pub margin: f64,
}

impl BananasConfig {
    /// Returns the settings of the paper. Settings that the paper does not give are from the code
    /// that its authors published (naszilla), or are our own.
    ///
    /// The following settings are from the paper. The search starts with 10 random architectures.
    /// Each round measures 10 architectures, which are chosen from 100 mutations of the best
    /// measured ones. There are 5 networks, each with 10 layers of 20 neurons, trained with a
    /// learning rate of 0.01. The 150 epochs and the batch size of 32 are from the authors' code.
    /// The maximum of 500 paths, the margin and the number of parents are our own. We use 10
    /// parents, while the authors' code mutates only the best architecture. The lower bound in the
    /// authors' code is a validation error of 4.5 %. This corresponds to a margin of 0.2 on
    /// NAS-Bench-101, and to a margin of about 1 on CIFAR-10 in NAS-Bench-201. To choose the number
    /// of parents and the margin, we tried four combinations on CIFAR-10 in NAS-Bench-201, with 20
    /// seeds each. With 10 parents and a margin of 3, more of the searches find the optimum within
    /// 150 queries than with 1 parent and a margin of 0.2.
    pub fn white_2021() -> Self {
        Self {
            initial: 10,
            per_round: 10,
            candidates: 100,
            parents: 10,
            most_paths: 500,
            ensemble: 5,
            layers: 10,
            width: 20,
            epochs: 150,
            batch: 32,
            learning_rate: 0.01,
            margin: 3.0,
        }
    }

    /// Returns a copy of the configuration in which one setting is changed. `setting` has the form
    /// `path=value`.
    ///
    /// ```
    /// use ganas_trainer::BananasConfig;
    /// let config = BananasConfig::white_2021().with("ensemble=3")?;
    /// assert_eq!(config.ensemble, 3);
    /// # Ok::<(), ganas_trainer::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no setting with this path, or if the value has the wrong type.
    pub fn with(&self, setting: &str) -> Result<Self, ConfigError> {
        changed(self, setting)
    }

    /// Checks that the numeric settings are in range.
    ///
    /// # Errors
    /// If a setting is invalid. The error describes the first such setting.
    pub fn check(&self) -> Result<(), ConfigError> {
        at_least("initial", 2, self.initial)?;
        for (setting, value) in [
            ("per_round", self.per_round),
            ("candidates", self.candidates),
            ("parents", self.parents),
            ("ensemble", self.ensemble),
            ("layers", self.layers),
            ("width", self.width),
            ("batch", self.batch),
        ] {
            at_least(setting, 1, value)?;
        }
        for (setting, value) in [("learning_rate", self.learning_rate), ("margin", self.margin)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(ConfigError::new(setting, "a positive number", &value.to_string()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_makes_no_sense_is_named() {
        let checked = |setting: &str| {
            let config = BananasConfig::white_2021().with(setting)?;
            config.check()
        };
        assert_eq!(checked("epochs=0"), Ok(()));
        for (setting, expected) in [
            ("initial=1", "initial: expected at least 2, found 1"),
            ("layers=0", "layers: expected at least 1, found 0"),
            ("learning_rate=-1", "learning_rate: expected a positive number, found -1"),
            ("margin=0", "margin: expected a positive number, found 0"),
        ] {
            assert_eq!(checked(setting).unwrap_err().to_string(), expected);
        }
        let unknown = checked("members=2").unwrap_err().to_string();
        assert!(unknown.contains("found `members`"), "{unknown}");
    }
}
