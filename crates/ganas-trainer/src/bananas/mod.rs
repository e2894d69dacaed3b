//! The BANANAS strategy. It combines neural networks that read the paths through a cell, mutations
//! of the best architectures, and Thompson sampling.

use std::error::Error;

use ganas_graph::{Arch, moves};
use ganas_search::{
    Context, Diagnostic, Evaluated, Proposal, Standing, Strategy, StrategyEntry, StrategyError,
};
use rand::Rng;

use crate::candidates::{Pool, mutated};
use crate::truth::{Measured, standing};
use crate::{ConfigError, TrainerError};

mod config;
mod ensemble;
mod paths;

pub use config::BananasConfig;

use self::ensemble::{Forecast, Task, forecast, targets};
use self::paths::{Encoding, Input};

/// The BANANAS strategy. An ensemble of networks predicts the quality of an architecture from the
/// paths through its graph. The candidates of a round are mutations of the best measured
/// architectures. The score of a candidate is drawn at random from the distribution that the
/// ensemble predicts for it. The candidates with the best scores are measured.
///
/// Each round trains the networks from random weights. They learn from all evaluations except those
/// that failed and those below the highest level of fidelity. The loss is |predicted / true − 1|,
/// where both numbers are distances from a bound that is better than the best value. (In the paper,
/// this is a lower bound on the validation error.) The distribution from which a candidate's score
/// is drawn is normal, with the mean and the standard deviation of the networks' predictions
/// (independent Thompson sampling).
///
/// The strategy works in every search space. If a connected part of a graph is a single path in
/// which some nodes have several labels (a chain of stages), hardly any two architectures share
/// that path. Such a part is encoded by the labels of each of its nodes instead. Candidates that
/// violate a limit on a cost are mutated further until they satisfy all such limits. If there are
/// too few candidates, the round also includes random architectures that have not been evaluated
/// yet and violate no limit on a cost. An architecture whose evaluation shows that it violates a
/// limit ranks below all feasible ones ([`Standing::worths`]). It becomes a parent only if hardly
/// any architectures are feasible.
///
/// Each proposal has two predictions. `ensemble` is the mean of the networks' predictions. Its sign
/// is reversed, so that higher is better. `deviation` is the standard deviation of the networks'
/// predictions. The strategy's checkpoint is empty, because the strategy learns everything from the
/// history.
///
/// # Results
/// `ganas compare nasbench201 --dataset cifar10 --strategies
/// bananas,gaussian-process,evolution,random --first-seed 1000` gives the results in the column
/// "here", which are means over 20 searches. Each cell shows the mean of the best validation
/// accuracy in percent, ± its standard error, followed by the share of searches that found the
/// optimum (91.607). The last column shows the same for 30 searches by the authors' code. We ran
/// that code with one change: its networks were trained by C++ code instead. In those searches,
/// isomorphic architectures count as different.
///
/// | queries | here | their code |
/// |--:|--:|--:|
/// | 50 | 91.226 ± .096 (10 %) | 91.20 ± .07 (13 %) |
/// | 100 | 91.465 ± .056 (45 %) | 91.48 ± .04 (63 %) |
/// | 150 | 91.493 ± .056 (80 %) | 91.54 ± .03 (80 %) |
///
/// After 50 queries, BANANAS is ahead of regularised evolution. After 150 queries, BANANAS is no
/// better than evolution, which reaches 91.503 ± .037.
///
/// # Complexity
/// A round trains [`ensemble`](BananasConfig::ensemble) networks for
/// [`epochs`](BananasConfig::epochs) passes over all measured architectures, so the time of a
/// search is quadratic in the number of queries.
///
/// # Source
/// White, Neiswanger and Savani, "BANANAS: Bayesian optimization with neural architectures for
/// neural architecture search", AAAI 2021, algorithm 1. We differ from the paper and its code as
/// follows. Isomorphic architectures count as the same, and nodes without effect are removed from
/// the graph before its paths are listed. The bound used in the loss adapts to the measurements. In
/// every search space, a mutation changes one decision half of the time, two decisions a quarter of
/// the time, and so on. The decay rate of Adam's second moment is 0.999 instead of 0.99. If there
/// are too many paths, the most common ones are kept instead of the shortest ones.
///
/// ```
/// use ganas_trainer::{Bananas, BananasConfig};
/// let nobody = BananasConfig { ensemble: 0, ..BananasConfig::white_2021() };
/// let error = Bananas::new(nobody).unwrap_err();
/// assert_eq!(error.to_string(), "ensemble: expected at least 1, found 0");
/// ```
#[derive(Debug)]
pub struct Bananas {
    config: BananasConfig,
    measured: Measured,
    /// Number of evaluations seen so far.
    heard: usize,
    /// The networks' inputs for each evaluation that is neither failed nor partial.
    inputs: Vec<Vec<Input>>,
    standings: Vec<Standing>,
    diagnostics: Vec<Diagnostic>,
}

impl Bananas {
    /// The registry entry of BANANAS with the settings [`BananasConfig::white_2021`].
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "bananas",
        description: "BANANAS: an ensemble of networks on path encodings, with mutations and Thompson sampling",
        has_settings: true,
        build,
    };

    /// Returns a new strategy, which has not seen any measurements.
    ///
    /// # Errors
    /// If a setting is invalid.
    pub fn new(config: BananasConfig) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            measured: Measured::default(),
            heard: 0,
            inputs: Vec::new(),
            standings: Vec::new(),
            diagnostics: Vec::new(),
        })
    }

    fn update(&mut self, context: &Context<'_>) {
        self.measured.update(context);
        for evaluated in context.history.evaluated(self.heard) {
            self.heard += 1;
            let Some(standing) = standing(context, evaluated) else { continue };
            let arch = match evaluated {
                Evaluated::Feasible(trial) => &trial.arch,
                // Partial values are not comparable with whole ones.
                Evaluated::Partial(_) => continue,
                Evaluated::Stopped(stopped) => &stopped.trial.arch,
                Evaluated::Infeasible(arch, _) | Evaluated::Failed(arch) => arch,
            };
            self.inputs.push(paths::inputs(&context.space.canonical_graph(arch)));
            self.standings.push(standing);
        }
    }

    /// Mutates the best measured architectures in turn; returns fewer candidates than wanted if
    /// hardly any mutation is new.
    fn candidates(&self, context: &Context<'_>, rng: &mut impl Rng) -> Vec<Proposal> {
        let wanted = self.config.candidates;
        let parents = self.measured.best(self.config.parents);
        let mut pool = Pool::new("mutation");
        for &place in parents.iter().cycle().take(ATTEMPTS * wanted) {
            if pool.proposals.len() == wanted {
                break;
            }
            if let Some(arch) = child(context, &self.measured.archs[place], rng) {
                pool.offer(context, arch);
            }
        }
        pool.proposals
    }

    /// Predicts the quality of the candidates with newly trained networks.
    fn forecast(
        &mut self,
        context: &Context<'_>,
        candidates: &[Proposal],
    ) -> Result<Forecast, TrainerError> {
        let graphs = candidates.iter().map(|it| context.space.canonical_graph(it.arch()));
        let asked: Vec<_> = graphs.map(|graph| paths::inputs(&graph)).collect();
        let encoding = Encoding::of(self.inputs.iter().chain(&asked), self.config.most_paths);
        let ones = |archs: &[Vec<Input>]| -> Vec<_> {
            archs.iter().map(|inputs| encoding.ones(inputs)).collect()
        };
        let task = Task {
            width: encoding.width(),
            known: &ones(&self.inputs),
            targets: &targets(&Standing::worths(&self.standings), self.config.margin),
            asked: &ones(&asked),
        };
        let stream = |member| context.streams.rng("bananas-network", context.round, member);
        let said = forecast(&self.config, &task, stream)?;
        self.diagnostics =
            vec![("ensemble_loss", said.loss), ("paths", (encoding.width() - 1) as f64)];
        Ok(said)
    }

    fn round(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, TrainerError> {
        let count = self.config.per_round.min(context.at_most);
        let mut rng = context.streams.rng("bananas", context.round, 0);
        let candidates = self.candidates(context, &mut rng);
        self.diagnostics.clear();
        let mut chosen = Vec::new();
        if !candidates.is_empty() {
            let said = self.forecast(context, &candidates)?;
            chosen = sampled(candidates, &said, count, &mut rng);
        }
        let taken: Vec<_> = chosen.iter().map(Proposal::key).collect();
        chosen.extend(context.sample_open(count - chosen.len(), &taken, &mut rng));
        Ok(chosen)
    }
}

impl Strategy for Bananas {
    fn name(&self) -> &'static str {
        "bananas"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.update(context);
        let evaluated = context.history.evaluated(0).count();
        let missing = self.config.initial.saturating_sub(evaluated);
        if missing > 0 {
            let mut rng = context.streams.rng("bananas", context.round, 0);
            return Ok(context.sample_open(missing.min(context.at_most), &[], &mut rng));
        }
        self.round(context)
            .map_err(|error| StrategyError { strategy: self.name().into(), source: error.into() })
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.clone()
    }
}

/// Maximum number of mutations tried per wanted candidate.
const ATTEMPTS: usize = 5;

/// Returns a mutation of `parent`. One choice is changed; after each change, another follows with
/// probability one half.
fn child(context: &Context<'_>, parent: &Arch, rng: &mut impl Rng) -> Option<Arch> {
    let mut base = parent.clone();
    while rng.random_bool(0.5) {
        base = moves::mutate(context.space, &base, rng)?;
    }
    mutated(context, &base, rng)
}

/// Returns the `count` candidates with the lowest draws from their predictions, lowest first.
fn sampled(
    candidates: Vec<Proposal>,
    said: &Forecast,
    count: usize,
    rng: &mut impl Rng,
) -> Vec<Proposal> {
    let forecasts = said.means.iter().zip(&said.deviations);
    let draw = |(candidate, (mean, deviation)): (Proposal, (&f64, &f64))| {
        let drawn = mean + deviation * normal(rng);
        let told = candidate.predicted("ensemble", -mean).predicted("deviation", *deviation);
        (drawn, told)
    };
    let mut ranked: Vec<_> = candidates.into_iter().zip(forecasts).map(draw).collect();
    ranked.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    ranked.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

/// Draws a standard normal number by the Box–Muller transform.
fn normal(rng: &mut impl Rng) -> f64 {
    let (radius, angle): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * libm::log(1.0 - radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}

fn build(settings: &[String]) -> Result<Box<dyn Strategy>, Box<dyn Error + Send + Sync>> {
    let paper = BananasConfig::white_2021();
    let config = settings.iter().try_fold(paper, |config, setting| config.with(setting))?;
    Ok(Box::new(Bananas::new(config)?))
}

#[cfg(test)]
mod tests;
