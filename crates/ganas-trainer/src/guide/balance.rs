//! How much the Gaussian process is believed beside the discriminator: by how well each foresaw what was
//! measured next.

use ganas_graph::ArchHash;
use serde::{Deserialize, Serialize};

use super::Opinion;

/// A weighted least-squares fit of what was measured on the difference of the two models, older
/// measurements forgotten bit by bit. The fit is a share of the Gaussian process between 0 and 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Balance {
    /// What is being measured, and what was said of it.
    asked: Vec<(Key, f64, f64)>,
    sums: Sums,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    weight: f64,
    difference: f64,
    rest: f64,
    difference_squared: f64,
    difference_rest: f64,
}

/// An identity, written as text.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Key(ArchHash);

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom(format!("no identity: {text}")))
    }
}

/// Share of a measurement's weight that is left after the next one.
const KEPT: f64 = 0.95;

impl Balance {
    /// Remembers what was said of an architecture that is asked for.
    pub(crate) fn ask(&mut self, key: ArchHash, opinion: Opinion) {
        self.asked.push((Key(key), opinion.discriminator, opinion.mean));
    }

    /// Learns what has been measured of what was asked for: `found` has the target, or says that nothing
    /// is known yet, or never will be.
    pub(crate) fn hear(&mut self, found: impl Fn(ArchHash) -> Heard) {
        let asked = std::mem::take(&mut self.asked);
        for (key, discriminator, mean) in asked {
            match found(key.0) {
                Heard::Target(target) => self.learn(mean - discriminator, target - discriminator),
                Heard::Nothing => {}
                Heard::Waiting => self.asked.push((key, discriminator, mean)),
            }
        }
    }

    fn learn(&mut self, difference: f64, rest: f64) {
        let Sums { weight, difference: sum, rest: rests, difference_squared, difference_rest } = self.sums;
        self.sums = Sums {
            weight: weight * KEPT + 1.0,
            difference: sum * KEPT + difference,
            rest: rests * KEPT + rest,
            difference_squared: difference_squared * KEPT + difference.powi(2),
            difference_rest: difference_rest * KEPT + difference * rest,
        };
    }

    /// The Gaussian process's share; `prior` while nothing is known.
    pub(crate) fn share(&self, prior: f64) -> f64 {
        let Sums { weight, difference, rest, difference_squared, difference_rest } = self.sums;
        if weight < 1.5 {
            return prior;
        }
        let together = difference_rest - difference * rest / weight;
        let alone = difference_squared - difference.powi(2) / weight;
        ((together + prior) / (alone + 1.0)).clamp(0.0, 1.0)
    }
}

/// What became of an architecture that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heard {
    Target(f64),
    Nothing,
    Waiting,
}
