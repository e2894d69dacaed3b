//! The discriminators, and their training with a ranking loss or the adversarial loss of the GA-NAS
//! paper.

use std::sync::Arc;

use ganas_gnn::ops::cross_entropy;
use ganas_gnn::{Adam, Discriminator, Weights};
use ganas_graph::{ArchGraph, SearchSpace};
use ganas_search::Streams;
use rand::Rng;
use rand::seq::index;

use crate::error::InLoss;
use crate::truth::Measured;
use crate::{DiscriminatorConfig, Reward, TrainerError};

/// The discriminators and their training. They learn from the measurements which architectures are
/// good, and score candidates against the truth set.
#[derive(Debug)]
pub(crate) struct DiscriminatorEnsemble {
    members: Vec<Member>,
    config: DiscriminatorConfig,
}

#[derive(Debug)]
struct Member {
    model: Discriminator,
    optimiser: Adam,
}

/// Pairs of graphs of a batch, with the answer (0 or 1) for each pair.
type LabelledPairs = (Vec<(u32, u32)>, Vec<f32>);

impl DiscriminatorEnsemble {
    pub(crate) fn new(
        space: &dyn SearchSpace,
        config: &DiscriminatorConfig,
        streams: Streams,
    ) -> std::result::Result<Self, TrainerError> {
        let member = |index| {
            let rng = streams.rng("discriminator", 0, index);
            let (model, weights) = Weights::draw(rng, |vb| {
                Discriminator::new(space.labels().len(), config.encoder, &vb)
            })?;
            Ok(Member { model, optimiser: Adam::new(&weights, config.adam) })
        };
        let members = (0..config.count as u32)
            .map(member)
            .collect::<std::result::Result<_, TrainerError>>()?;
        Ok(Self { members, config: config.clone() })
    }

    pub(crate) fn optimisers(&self) -> impl Iterator<Item = &Adam> {
        self.members.iter().map(|member| &member.optimiser)
    }

    pub(crate) fn optimisers_mut(&mut self) -> impl Iterator<Item = &mut Adam> {
        self.members.iter_mut().map(|member| &mut member.optimiser)
    }

    /// Trains each discriminator for some steps and returns the mean loss.
    pub(crate) fn train(
        &mut self,
        measured: &Measured,
        truth: &[usize],
        fakes: &[ArchGraph],
        steps: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> std::result::Result<f64, TrainerError> {
        let config = self.config.clone();
        let mut total = 0.0;
        for member in &mut self.members {
            for _ in 0..steps {
                if config.ranking_weight > 0.0 {
                    let drawn = draw(measured.graphs.len(), truth, &config, rng);
                    let graphs = drawn.iter().map(|&index| &measured.graphs[index]);
                    let values: Vec<_> = drawn.iter().map(|&i| measured.values[i]).collect();
                    total += member.step(graphs, rankings(&values), config.ranking_weight)?;
                }
                if config.adversarial_weight > 0.0 && !fakes.is_empty() {
                    let real = truth.iter().map(|&index| &measured.graphs[index]);
                    let graphs = real.chain(fakes);
                    let asked = memberships(truth.len(), fakes.len(), config.batch, rng);
                    total += member.step(graphs, asked, config.adversarial_weight)?;
                }
            }
        }
        Ok(total / (steps * self.members.len()).max(1) as f64)
    }

    /// Returns the score of each candidate: the mean over its comparisons with the truth set and
    /// over all discriminators.
    pub(crate) fn score(
        &self,
        truth: &[ArchGraph],
        candidates: &[ArchGraph],
        reward: Reward,
    ) -> std::result::Result<Vec<f64>, TrainerError> {
        let mut scores = vec![0.0; candidates.len()];
        for member in &self.members {
            for (score, row) in scores.iter_mut().zip(member.model.compare(truth, candidates)?) {
                let values = row.iter().map(|&logit| match reward {
                    Reward::Probability => sigmoid(f64::from(logit)),
                    Reward::Logit => f64::from(logit),
                });
                *score += values.sum::<f64>() / (row.len() * self.members.len()) as f64;
            }
        }
        Ok(scores)
    }
}

impl Member {
    fn step<'a>(
        &mut self,
        graphs: impl Iterator<Item = &'a ArchGraph>,
        (pairs, answers): LabelledPairs,
        weight: f64,
    ) -> std::result::Result<f64, TrainerError> {
        if pairs.is_empty() {
            return Ok(0.0);
        }
        let graphs: Vec<_> = graphs.collect();
        let logits = self.model.logits(&graphs, &Arc::new(pairs))?;
        let loss = cross_entropy(&logits, answers).and_then(|loss| loss * weight);
        let loss = loss.in_loss("discriminator loss")?;
        Ok(f64::from(self.optimiser.descend(&loss, "discriminator loss")?))
    }
}

/// Draws a batch of indices below `all` without repetition: first some of the truth set, then any
/// others.
fn draw(
    all: usize,
    truth: &[usize],
    config: &DiscriminatorConfig,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<usize> {
    let count = config.batch;
    let from_truth = config.batch_from_truth.min(count).min(truth.len());
    let best = index::sample(rng, truth.len(), from_truth);
    let mut drawn: Vec<_> = best.into_iter().map(|place| truth[place]).collect();
    let rest = index::sample(rng, all, count.min(all)).into_iter();
    for other in rest {
        if drawn.len() < count && !drawn.contains(&other) {
            drawn.push(other);
        }
    }
    drawn
}

/// Asks "is the second better than the first?" of every ordered pair with unequal values.
fn rankings(values: &[f64]) -> LabelledPairs {
    let mut asked = (Vec::new(), Vec::new());
    for (i, first) in values.iter().enumerate() {
        for (j, second) in values.iter().enumerate() {
            if first.total_cmp(second).is_ne() {
                asked.0.push((i as u32, j as u32));
                asked.1.push(f32::from(u8::from(second > first)));
            }
        }
    }
    asked
}

/// Asks "is the second from the truth set too?" of equally many pairs (truth, truth) and (truth,
/// fake).
fn memberships(
    truth: usize,
    fakes: usize,
    count: usize,
    rng: &mut (impl Rng + ?Sized),
) -> LabelledPairs {
    let mut asked = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut real = || rng.random_range(0..truth as u32);
        let (first, second) = (real(), real());
        let fake = truth as u32 + rng.random_range(0..fakes as u32);
        asked.0.extend([(first, second), (first, fake)]);
        asked.1.extend([1.0, 0.0]);
    }
    asked
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use ganas_graph::{moves, spaces::NasBench201};

    use super::*;
    use crate::TrainerConfig;

    #[test]
    fn equal_values_are_not_ranked() {
        let (pairs, answers) = rankings(&[1.0, 2.0, 1.0]);
        assert_eq!(pairs, [(0, 1), (1, 0), (1, 2), (2, 1)]);
        assert_eq!(answers, [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn half_of_the_second_ones_are_fake() {
        let mut rng = Streams::new(0).rng("test", 0, 0);
        let (pairs, answers) = memberships(3, 4, 20, &mut rng);
        assert_eq!(pairs.len(), 40);
        for ((first, second), answer) in pairs.iter().zip(answers) {
            assert!(*first < 3 && *second < 7);
            assert_eq!(answer > 0.5, *second < 3);
        }
    }

    /// Returns architectures whose value is the number of 3 × 3 convolutions that the network uses.
    fn counted(count: usize, seed: u64) -> Measured {
        let (space, mut rng) = (NasBench201::default(), Streams::new(seed).rng("test", 0, 0));
        let mut measured = Measured::default();
        for _ in 0..count {
            let graph = space.canonical_graph(&moves::sample(&space, &mut rng));
            let convolution = |node: &usize| graph.labels(*node).iter().any(|label| label == 3);
            measured.values.push((0..graph.len()).filter(convolution).count() as f64);
            measured.graphs.push(graph);
        }
        measured
    }

    #[test]
    fn the_loss_is_a_mean_over_steps_and_discriminators() {
        let (space, seen) = (NasBench201::default(), counted(40, 1));
        for (count, steps) in [(1, 1), (2, 1), (2, 4)] {
            let config = DiscriminatorConfig {
                count,
                ranking_weight: 1.0,
                adversarial_weight: 0.0,
                ..TrainerConfig::ranked().discriminator
            };
            let mut new = DiscriminatorEnsemble::new(&space, &config, Streams::new(0)).unwrap();
            let mut rng = Streams::new(0).rng("train", 0, 0);
            let loss = new.train(&seen, &[], &[], steps, &mut rng).unwrap();
            let guess = std::f64::consts::LN_2;
            assert!((loss - guess).abs() < 0.1, "{count} {steps}: {loss}, a guess loses {guess}");
        }
    }

    #[test]
    fn discriminators_learn_to_rank_what_they_have_not_seen() {
        let (space, seen, unseen) = (NasBench201::default(), counted(60, 1), counted(60, 2));
        let config = TrainerConfig::ranked().discriminator;
        let mut discriminators =
            DiscriminatorEnsemble::new(&space, &config, Streams::new(0)).unwrap();
        let mut rng = Streams::new(0).rng("train", 0, 0);
        discriminators.train(&seen, &[], &[], 100, &mut rng).unwrap();
        let scores = discriminators.score(&seen.graphs, &unseen.graphs, Reward::Logit).unwrap();
        let (mut right, mut all) = (0, 0);
        for ((i, j), answer) in rankings(&unseen.values).0.iter().zip(rankings(&unseen.values).1) {
            all += 1;
            right += usize::from((scores[*j as usize] > scores[*i as usize]) == (answer > 0.5));
        }
        assert!(right * 100 > all * 95, "{right} of {all} pairs are ranked right");
    }
}
