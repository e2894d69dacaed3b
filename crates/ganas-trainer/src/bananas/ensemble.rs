//! The ensemble's networks, which are deep and narrow. In each round, they are trained from random
//! weights on all evaluations except those that failed and those below the highest level of
//! fidelity.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};
use candle_nn::{Init, VarBuilder};
use ganas_gnn::ops::{Activation, Sparse, affine};
use ganas_gnn::{Adam, AdamSettings, Weights};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::error::InLoss;
use crate::{BananasConfig, TrainerError};

/// Training data of an ensemble, and the architectures to predict.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// Number of columns of an encoded architecture.
    pub(crate) width: usize,
    /// For each measured architecture, the columns that hold a one.
    pub(crate) known: &'a [Vec<usize>],
    /// For each measured architecture, the distance from the lower bound, as computed by
    /// [`targets`].
    pub(crate) targets: &'a [f64],
    /// For each architecture to predict, the columns that hold a one.
    pub(crate) asked: &'a [Vec<usize>],
}

/// The predictions of an ensemble; lower is better.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecast {
    /// For each architecture, the mean of the members' predictions.
    pub(crate) means: Vec<f64>,
    /// For each architecture, the standard deviation of the members' predictions.
    pub(crate) deviations: Vec<f64>,
    /// Mean loss of the last pass over the measured architectures.
    pub(crate) loss: f64,
}

/// Trains each member with its own random stream and combines the members' predictions.
pub(crate) fn forecast<R: Rng + Send>(
    config: &BananasConfig,
    task: &Task<'_>,
    stream: impl Fn(u32) -> R,
) -> std::result::Result<Forecast, TrainerError> {
    let members = config.ensemble as u32;
    let (mut predicted, mut loss) = (Vec::new(), 0.0);
    for member in 0..members {
        let mut rng = stream(member);
        let mut member = Member::new(config, task.width, &mut rng)?;
        loss += member.train(config, task, &mut rng)? / f64::from(members);
        predicted.push(member.network.predict(task.width, task.asked).in_loss("bananas")?);
    }
    let of_members = |at: usize| predicted.iter().map(move |values| f64::from(values[at]));
    let mean = |at| of_members(at).sum::<f64>() / f64::from(members);
    let means: Vec<_> = (0..task.asked.len()).map(mean).collect();
    let variance = |(at, mean): (usize, &f64)| {
        of_members(at).map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(members)
    };
    let deviations = means.iter().enumerate().map(|it| variance(it).sqrt()).collect();
    Ok(Forecast { means, deviations, loss })
}

/// Returns the distance of each score (higher is better) from the lower bound of the loss.
///
/// With best score b and median m, a score s maps to (b − s) / (b − m) + `margin`, which is
/// positive and finite. If b equals m, the worst score replaces m.
///
/// # Source
/// White et al. 2021, section 5: a lower bound on the validation error. Their bound is a constant,
/// 4.5 % for errors on NAS-Bench-101; ours adapts to the measurements, since values may be of any
/// kind.
pub(crate) fn targets(scores: &[f64], margin: f64) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&worst), Some(&best)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    // Halved, so that no difference overflows.
    let below = |score: f64| best / 2.0 - score / 2.0;
    let spreads = [below(sorted[sorted.len() / 2]), below(worst)];
    let spread = spreads.into_iter().find(|spread| *spread > 0.0).unwrap_or(1.0);
    scores.iter().map(|&score| (below(score) / spread).min(MAX_DISTANCE) + margin).collect()
}

/// Maximum distance from the best score, in units of the spread; all scores beyond it are treated
/// the same.
const MAX_DISTANCE: f64 = 1e6;

#[derive(Debug)]
struct Member {
    network: Network,
    optimiser: Adam,
}

impl Member {
    fn new(
        config: &BananasConfig,
        width: usize,
        rng: &mut (impl Rng + Send),
    ) -> std::result::Result<Self, TrainerError> {
        let drawn = Weights::draw(rng, |vb| Network::new(config, width, &vb));
        let (network, weights) = drawn.in_loss("bananas")?;
        let adam = AdamSettings { learning_rate: config.learning_rate, weight_decay: 0.0 };
        Ok(Self { network, optimiser: Adam::new(&weights, adam) })
    }

    /// Returns the mean loss of the last epoch.
    fn train(
        &mut self,
        config: &BananasConfig,
        task: &Task<'_>,
        rng: &mut impl Rng,
    ) -> std::result::Result<f64, TrainerError> {
        let mut order: Vec<_> = (0..task.known.len()).collect();
        let mut loss = 0.0;
        for _ in 0..config.epochs {
            order.shuffle(rng);
            loss = 0.0;
            for batch in order.chunks(config.batch) {
                let error = self.network.error(task, batch).in_loss("bananas")?;
                let batch_loss = f64::from(self.optimiser.descend(&error, "bananas")?);
                loss += batch_loss * batch.len() as f64 / order.len() as f64;
            }
        }
        Ok(loss)
    }
}

/// A feed-forward network: hidden layers with the activation `max(0, x)`, then a single output.
///
/// Weights are uniform in ±√(6 / (inputs + outputs)), as in Glorot and Bengio (2010) and the
/// paper's library: with PyTorch's weights the signal would vanish over ten layers.
#[derive(Debug)]
struct Network {
    /// `[columns, width]`.
    first: Tensor,
    /// Weights and biases of the remaining layers.
    layers: Vec<(Tensor, Tensor)>,
}

impl Network {
    fn new(config: &BananasConfig, columns: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let weight = |inputs: usize, outputs: usize, name: &str| {
            let bound = (6.0 / (inputs + outputs) as f64).sqrt();
            vb.get_with_hints((inputs, outputs), name, Init::Uniform { lo: -bound, up: bound })
        };
        let first = weight(columns, config.width, "weight 1")?;
        let mut layers = Vec::new();
        for layer in 2..=config.layers + 1 {
            let outputs = if layer <= config.layers { config.width } else { 1 };
            let weight = weight(config.width, outputs, &format!("weight {layer}"))?;
            let bias = format!("bias {layer}");
            layers.push((weight, vb.get_with_hints(outputs, &bias, Init::Const(0.0))?));
        }
        Ok(Self { first, layers })
    }

    /// Maps `[rows, columns]` to `[rows]`.
    fn forward(&self, rows: Sparse) -> Result<Tensor> {
        let mut hidden = Arc::new(rows).product(&self.first)?.relu()?;
        for (at, (weight, bias)) in self.layers.iter().enumerate() {
            let is_last = at + 1 == self.layers.len();
            let activation = if is_last { Activation::Identity } else { Activation::Relu };
            hidden = affine(&hidden, None, weight, bias, activation)?;
        }
        hidden.flatten_all()
    }

    /// Computes the mean of |predicted / true − 1| over a batch, where both numbers are distances
    /// from the lower bound.
    fn error(&self, task: &Task<'_>, batch: &[usize]) -> Result<Tensor> {
        let rows = sparse(task.width, batch.iter().map(|&at| &task.known[at]));
        let inverse: Vec<_> = batch.iter().map(|&at| (1.0 / task.targets[at]) as f32).collect();
        let inverse = Tensor::from_vec(inverse, batch.len(), &Device::Cpu)?;
        ((self.forward(rows)? * inverse)? - 1.0)?.abs()?.mean_all()
    }

    fn predict(&self, columns: usize, asked: &[Vec<usize>]) -> Result<Vec<f32>> {
        self.forward(sparse(columns, asked))?.to_vec1()
    }
}

fn sparse<'a>(columns: usize, ones: impl IntoIterator<Item = &'a Vec<usize>>) -> Sparse {
    let mut sparse = Sparse::new(columns);
    ones.into_iter().for_each(|row| sparse.push_row(row.iter().copied()));
    sparse
}

#[cfg(test)]
mod tests {
    use ganas_search::Streams;

    use super::*;

    /// Returns all encodings with eight optional columns and, for each, how many of the first four
    /// columns hold a one.
    fn counted() -> (Vec<Vec<usize>>, Vec<f64>) {
        let ones = |bits: usize| (0..8).filter(move |bit| bits >> bit & 1 == 1);
        let rows = (0..256).map(|bits| std::iter::once(0).chain(ones(bits).map(|it| it + 1)));
        let values = (0..256).map(|bits| ones(bits).filter(|bit| *bit < 4).count() as f64);
        (rows.map(Iterator::collect).collect(), values.collect())
    }

    fn forecast_of(config: &BananasConfig, seed: u64) -> Forecast {
        let (rows, values) = counted();
        let known: Vec<_> = rows.iter().step_by(3).cloned().collect();
        let targets = targets(&values.iter().step_by(3).copied().collect::<Vec<_>>(), 0.2);
        let task = Task { width: 9, known: &known, targets: &targets, asked: &rows };
        forecast(config, &task, |member| Streams::new(seed).rng("test", 0, member)).unwrap()
    }

    #[test]
    fn networks_learn_what_they_have_not_seen() {
        let predicted = forecast_of(&BananasConfig::white_2021(), 0);
        let (_, values) = counted();
        let (mut right, mut all) = (0, 0);
        for (i, j) in (0..256).flat_map(|i| (0..i).map(move |j| (i, j))) {
            if (values[i] - values[j]).abs() > 0.5 {
                all += 1;
                right += usize::from(
                    (predicted.means[i] < predicted.means[j]) == (values[i] > values[j]),
                );
            }
        }
        assert!(right * 100 > all * 90, "{right} of {all} pairs are ranked right");
        assert!(predicted.loss < 0.3, "{}", predicted.loss);
    }

    #[test]
    fn the_loss_is_a_mean_over_members_and_architectures() {
        let (rows, values) = counted();
        let known: Vec<_> = rows.iter().step_by(50).cloned().collect();
        let targets = targets(&values.iter().step_by(50).copied().collect::<Vec<_>>(), 0.2);
        let task = Task { width: 9, known: &known, targets: &targets, asked: &rows };
        let loss = |ensemble: usize, batch: usize| {
            let preset = BananasConfig::white_2021();
            let config =
                BananasConfig { ensemble, batch, epochs: 1, learning_rate: 1e-12, ..preset };
            forecast(&config, &task, |_| Streams::new(0).rng("test", 0, 0)).unwrap().loss
        };
        let whole = loss(1, known.len());
        for (ensemble, batch) in [(3, known.len()), (1, 4), (1, 1)] {
            let found = loss(ensemble, batch);
            assert!((found / whole - 1.0).abs() < 1e-4, "{ensemble} {batch}: {found} {whole}");
        }
    }

    #[test]
    fn members_differ_and_streams_decide() {
        let config = BananasConfig { epochs: 3, ..BananasConfig::white_2021() };
        let predicted = forecast_of(&config, 1);
        assert!(predicted.deviations.iter().any(|deviation| *deviation > 1e-3));
        assert_eq!(predicted, forecast_of(&config, 1));
        assert_ne!(predicted, forecast_of(&config, 2));
        let alone = forecast_of(&BananasConfig { ensemble: 1, ..config }, 1);
        assert!(alone.deviations.iter().all(|deviation| *deviation < 1e-12));
    }

    #[test]
    fn the_best_is_nearest_to_the_bound() {
        let close = |scores: &[f64], expected: &[f64]| {
            let found = targets(scores, 0.2);
            let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
            found.len() == expected.len() && found.iter().zip(expected).all(is_close)
        };
        assert!(close(&[1.0, 5.0, 3.0], &[2.2, 0.2, 1.2]));
        assert!(close(&[5.0, 5.0, 3.0], &[0.2, 0.2, 1.2]), "most are the best");
        assert!(close(&[7.0, 7.0], &[0.2, 0.2]));
        assert!(targets(&[], 0.2).is_empty());
        let extreme = targets(&[f64::MAX, f64::MIN, 0.0, f64::MAX, 1.0, f64::MIN_POSITIVE], 0.2);
        assert!(extreme.iter().all(|target| target.is_finite() && *target > 0.0), "{extreme:?}");
    }
}
