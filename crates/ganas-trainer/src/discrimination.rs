use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use ganas_gnn::{Adam, Discriminator, Weights};
use ganas_graph::{ArchGraph, SearchSpace};
use ganas_search::Streams;
use rand::Rng;
use rand::seq::index;

use crate::error::InLoss;
use crate::truth::Measured;
use crate::{DiscriminatorConfig, Reward, TrainerError};

/// The discriminators with their training: they learn what is good from what is measured, and score
/// candidates against the truth set.
#[derive(Debug)]
pub(crate) struct Judges {
    members: Vec<Judge>,
    config: DiscriminatorConfig,
}

#[derive(Debug)]
struct Judge {
    model: Discriminator,
    optimiser: Adam,
}

/// Pairs of graphs of a batch, with the answer (0 or 1) to each pair's question.
type Questions = (Vec<(u32, u32)>, Vec<f32>);

impl Judges {
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
            Ok(Judge { model, optimiser: Adam::new(&weights, config.adam) })
        };
        let members = (0..config.count as u32)
            .map(member)
            .collect::<std::result::Result<_, TrainerError>>()?;
        Ok(Self { members, config: config.clone() })
    }

    /// Trains each discriminator for some steps and gives the mean loss.
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
        for judge in &mut self.members {
            for _ in 0..steps {
                if config.ranking_weight > 0.0 {
                    let drawn = draw(measured.graphs.len(), config.batch, rng);
                    let graphs = drawn.iter().map(|&index| &measured.graphs[index]);
                    let values: Vec<_> = drawn.iter().map(|&i| measured.values[i]).collect();
                    total += judge.step(graphs, rankings(&values), config.ranking_weight)?;
                }
                if config.adversarial_weight > 0.0 && !fakes.is_empty() {
                    let real = truth.iter().map(|&index| &measured.graphs[index]);
                    let graphs = real.chain(fakes);
                    let asked = memberships(truth.len(), fakes.len(), config.batch, rng);
                    total += judge.step(graphs, asked, config.adversarial_weight)?;
                }
            }
        }
        Ok(total / (steps * self.members.len()).max(1) as f64)
    }

    /// Mean score of each candidate against the truth set.
    pub(crate) fn score(
        &self,
        truth: &[ArchGraph],
        candidates: &[ArchGraph],
        reward: Reward,
    ) -> std::result::Result<Vec<f64>, TrainerError> {
        let mut scores = vec![0.0; candidates.len()];
        for judge in &self.members {
            for (score, row) in scores.iter_mut().zip(judge.model.compare(truth, candidates)?) {
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

impl Judge {
    fn step<'a>(
        &mut self,
        graphs: impl Iterator<Item = &'a ArchGraph>,
        (pairs, answers): Questions,
        weight: f64,
    ) -> std::result::Result<f64, TrainerError> {
        if pairs.is_empty() {
            return Ok(0.0);
        }
        let batch = self.model.batch(graphs);
        let logits = self.model.logits(&batch, &Arc::new(pairs))?;
        let loss = || {
            let answers = Tensor::new(answers, &Device::Cpu)?;
            cross_entropy(&logits, &answers)? * weight
        };
        let loss = loss().in_loss("discriminator loss")?;
        Ok(f64::from(self.optimiser.descend(&loss, "discriminator loss")?))
    }
}

/// Mean binary cross-entropy of logits, `max(x, 0) − x·y + ln(1 + e^−|x|)`: finite for every logit,
/// where candle's own takes the logarithm of a probability that may be zero.
fn cross_entropy(logits: &Tensor, answers: &Tensor) -> Result<Tensor> {
    let rest = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    ((logits.relu()? - (logits * answers)?)? + rest)?.mean_all()
}

/// Up to `count` of `all`, none twice.
fn draw(all: usize, count: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<usize> {
    index::sample(rng, all, count.min(all)).into_vec()
}

/// "Is the second better than the first?" for every ordered pair with unequal values.
fn rankings(values: &[f64]) -> Questions {
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

/// "Is the second from the truth set too?": as many pairs (truth, truth) as pairs (truth, fake).
fn memberships(
    truth: usize,
    fakes: usize,
    count: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Questions {
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
