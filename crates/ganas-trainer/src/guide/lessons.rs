//! Lessons from measured proposals: how well each model predicted them, and whether the generator
//! pays off.

use ganas_graph::ArchHash;
use ganas_search::Proposal;
use serde::{Deserialize, Serialize};

use super::model_weights::ModelWeights;
use super::prediction::Prediction;

/// The lessons about the models and the generator, and the proposals that still lack a value.
///
/// The strategy's checkpoint contains all of this, since the history does not record predictions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lessons {
    asked: Vec<OpenProposal>,
    pub(crate) balance: ModelWeights,
    pub(crate) credit: Credit,
}

/// A proposal that still lacks a value, with its predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OpenProposal {
    key: Key,
    discriminator: f64,
    mean: f64,
    /// Whether the proposal came from the generator; `None` if its round did not use the generator.
    is_generated: Option<bool>,
}

/// The outcome of a proposal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ProposalFate {
    /// The proposal was measured. The number is the proposal's target: its rank among the
    /// measurements, converted to the scale that the models learn.
    Target(f64),
    /// The proposal has no value and will not get one.
    Nothing,
    /// The proposal has no value yet, but may still get one.
    Waiting,
}

impl Lessons {
    /// Records the predictions for a proposal.
    pub(crate) fn ask(&mut self, proposal: &Proposal, prediction: Prediction, has_generator: bool) {
        let is_generated = has_generator.then(|| proposal.source() == "generator");
        let (discriminator, mean) = (prediction.discriminator, prediction.mean);
        self.asked.push(OpenProposal {
            key: Key(proposal.key()),
            discriminator,
            mean,
            is_generated,
        });
    }

    /// Learns from the proposals that have been measured.
    pub(crate) fn observe(&mut self, found: impl Fn(ArchHash) -> ProposalFate) {
        for asked in std::mem::take(&mut self.asked) {
            match found(asked.key.0) {
                ProposalFate::Target(target) => {
                    self.balance.learn(asked.discriminator, asked.mean, target);
                    if let Some(is_generated) = asked.is_generated {
                        self.credit.learn(is_generated, target);
                    }
                }
                ProposalFate::Nothing => {}
                ProposalFate::Waiting => self.asked.push(asked),
            }
        }
    }
}

/// The generator's share of the good findings in the rounds that used it; the credit of older
/// findings decays exponentially.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Credit {
    generator: f64,
    all: f64,
}

/// Factor by which each new finding multiplies the credit of earlier findings. A finding is a
/// measured proposal of a round that used the generator.
const KEPT: f64 = 0.95;

/// Minimum share of rounds in which the generator is used, so that it can regain credit.
const FLOOR: f64 = 0.1;

impl Default for Credit {
    /// Starts as if there had been two findings, one of them the generator's.
    fn default() -> Self {
        Self { generator: 1.0, all: 2.0 }
    }
}

impl Credit {
    /// Credits a finding with the amount by which its target exceeds the mean; worse findings earn
    /// nothing.
    fn learn(&mut self, is_generated: bool, target: f64) {
        let worth = target.max(0.0);
        self.generator = self.generator * KEPT + if is_generated { worth } else { 0.0 };
        self.all = self.all * KEPT + worth;
    }

    /// Returns the share of rounds in which the generator is trained and used: all rounds if it
    /// earned at least half of the credit; otherwise proportionally fewer, but at least [`FLOOR`].
    pub(crate) fn share_of_rounds(&self) -> f64 {
        (2.0 * self.generator / self.all.max(1e-9)).clamp(FLOOR, 1.0)
    }
}

/// An architecture's hash, serialised as text.
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
        let expected =
            || serde::de::Error::custom(format!("expected an architecture's hash, found `{text}`"));
        text.parse().map(Self).map_err(|_| expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, cell};

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
        Fixture::new().with_context(|context| {
            let proposals = [[3; 6], [2; 6], [1; 6]]
                .map(|choices| context.proposal(cell(choices), "generator"));
            let prediction = Prediction { discriminator: 0.0, mean: 1.0, ..Prediction::default() };
            let mut lessons = Lessons::default();
            for proposal in &proposals {
                lessons.ask(proposal, prediction, true);
            }
            let keys = proposals.each_ref().map(Proposal::key);
            lessons.observe(|key| match keys.iter().position(|other| *other == key) {
                Some(0) => ProposalFate::Target(1.0),
                Some(1) => ProposalFate::Waiting,
                _ => ProposalFate::Nothing,
            });
            assert_eq!(lessons.asked.len(), 1);
            let text = serde_json::to_string(&lessons).unwrap();
            assert_eq!(serde_json::from_str::<Lessons>(&text).unwrap(), lessons);
            lessons.observe(|_| ProposalFate::Target(1.0));
            assert!(lessons.asked.is_empty());
        });
    }
}
