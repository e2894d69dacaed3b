//! What proposals teach once they were measured: which model foresaw it, and whether the generator pays.

use ganas_graph::ArchHash;
use ganas_search::Proposal;
use serde::{Deserialize, Serialize};

use super::balance::Balance;
use super::opinion::Opinion;

/// What is learnt of the models and sources, and what is still being measured.
///
/// All of it goes into the strategy's checkpoint: the history does not say what was expected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lessons {
    asked: Vec<Asked>,
    pub(crate) balance: Balance,
    pub(crate) credit: Credit,
}

/// A proposal that is being measured, and what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Asked {
    key: Key,
    discriminator: f64,
    mean: f64,
    /// Was it the generator's? Nothing in rounds in which the generator was not asked.
    is_generated: Option<bool>,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heard {
    /// It was measured, and this is its target.
    Target(f64),
    /// Nothing will be known of it.
    Nothing,
    /// Nothing is known yet.
    Waiting,
}

impl Lessons {
    /// Remembers what was said of a proposal.
    pub(crate) fn ask(&mut self, proposal: &Proposal, opinion: Opinion, has_generator: bool) {
        let is_generated = has_generator.then(|| proposal.source() == "generator");
        let (discriminator, mean) = (opinion.discriminator, opinion.mean);
        self.asked.push(Asked { key: Key(proposal.key()), discriminator, mean, is_generated });
    }

    /// Learns from what has been measured of what was asked for.
    pub(crate) fn hear(&mut self, found: impl Fn(ArchHash) -> Heard) {
        for asked in std::mem::take(&mut self.asked) {
            match found(asked.key.0) {
                Heard::Target(target) => {
                    self.balance.learn(asked.discriminator, asked.mean, target);
                    if let Some(is_generated) = asked.is_generated {
                        self.credit.learn(is_generated, target);
                    }
                }
                Heard::Nothing => {}
                Heard::Waiting => self.asked.push(asked),
            }
        }
    }
}

/// How much of what turned out well the generator found, of what was found in rounds in which it was
/// asked; older findings are forgotten bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Credit {
    generator: f64,
    all: f64,
}

/// Share of a finding's credit that is left after the next one.
const KEPT: f64 = 0.95;

/// Least share of rounds in which the generator is asked, so that it may come back.
const FLOOR: f64 = 0.1;

impl Default for Credit {
    /// As if half of two findings were the generator's.
    fn default() -> Self {
        Self { generator: 1.0, all: 2.0 }
    }
}

impl Credit {
    /// A finding is worth how far it is above the mean.
    fn learn(&mut self, is_generated: bool, target: f64) {
        let worth = target.max(0.0);
        self.generator = self.generator * KEPT + if is_generated { worth } else { 0.0 };
        self.all = self.all * KEPT + worth;
    }

    /// In which share of rounds the generator is trained and asked: all, if it found half of what was
    /// found, and fewer in proportion.
    pub(crate) fn share_of_rounds(&self) -> f64 {
        (2.0 * self.generator / self.all.max(1e-9)).clamp(FLOOR, 1.0)
    }
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
        let expected = || serde::de::Error::custom(format!("expected an identity, found `{text}`"));
        text.parse().map(Self).map_err(|_| expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Scene, cell};

    #[test]
    fn a_generator_that_finds_nothing_is_asked_seldom() {
        let mut credit = Credit::default();
        assert!((credit.share_of_rounds() - 1.0).abs() < 1e-12, "it has a chance first");
        (0..100).for_each(|_| credit.learn(false, 1.5));
        assert!((credit.share_of_rounds() - FLOOR).abs() < 0.02, "{credit:?}");
        (0..100).for_each(|step| credit.learn(step % 2 == 0, 1.5));
        assert!(credit.share_of_rounds() > 0.9, "it comes back");
    }

    #[test]
    fn bad_findings_earn_nothing() {
        let mut credit = Credit::default();
        (0..200)
            .for_each(|step| credit.learn(step % 4 != 0, if step % 4 == 0 { 2.0 } else { -1.0 }));
        assert!(credit.share_of_rounds() < 0.2, "{credit:?}");
    }

    #[test]
    fn lessons_wait_for_what_is_not_known_yet() {
        Scene::new().look(|context| {
            let proposals = [[3; 6], [2; 6], [1; 6]]
                .map(|choices| context.proposal(cell(choices), "generator"));
            let opinion = Opinion { discriminator: 0.0, mean: 1.0, ..Opinion::default() };
            let mut lessons = Lessons::default();
            for proposal in &proposals {
                lessons.ask(proposal, opinion, true);
            }
            let keys = proposals.each_ref().map(Proposal::key);
            lessons.hear(|key| match keys.iter().position(|other| *other == key) {
                Some(0) => Heard::Target(1.0),
                Some(1) => Heard::Waiting,
                _ => Heard::Nothing,
            });
            assert_eq!(lessons.asked.len(), 1);
            let text = serde_json::to_string(&lessons).unwrap();
            assert_eq!(serde_json::from_str::<Lessons>(&text).unwrap(), lessons);
            lessons.hear(|_| Heard::Target(1.0));
            assert!(lessons.asked.is_empty());
        });
    }
}
