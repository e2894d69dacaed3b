//! The guide: models that predict, before an architecture is measured, how good it is and how
//! certain the prediction is.
//!
//! There are two kinds of models: the pairwise discriminator, and a Gaussian process on the
//! architecture's features. Which kind is better depends on the space, so the weights of the two
//! are learnt from how well each has predicted the measurements so far ([`model_weights`]).

use std::collections::HashMap;

use ganas_graph::{Arch, ArchGraph, NODES_PER_WORD, SearchSpace};
use ganas_search::{Context, Evaluated, Proposal, Streams};

use self::feasibility::Feasibility;
use self::features::{Features, Vocabulary};
use self::front::Front;
use self::gaussian_process::GaussianProcess;
use self::kernel::Family;
use self::learner::Learner;
use self::lessons::{Lessons, ProposalFate};
use self::prediction::Prediction;
pub(crate) use self::promotion::promising;
use self::related::Related;
pub(crate) use self::related::tasks;
use self::targets::{Spread, logit_ranks};
use crate::round::Round;
use crate::truth::Measured;
use crate::{TrainerConfig, TrainerError};

mod count_distance;
mod decision_kernel;
mod decision_points;
pub(crate) mod discriminator;
mod factor;
mod feasibility;
mod feature_hash;
mod features;
mod front;
mod gaussian_process;
mod hyperparameters;
mod kernel;
mod learner;
pub(crate) mod lessons;
mod linear_kernel;
mod model_weights;
mod prediction;
mod promotion;
mod related;
pub(crate) mod targets;
#[cfg(test)]
mod tests;
mod value_scale;
mod window;

use self::discriminator::DiscriminatorEnsemble;

/// The guide's models and their weights.
#[derive(Debug)]
pub(crate) struct Guide {
    pub(crate) discriminators: DiscriminatorEnsemble,
    pub(crate) lessons: Lessons,
    learner: Learner,
    /// The models of the objectives; present if the study has several.
    front: Option<Front>,
    calibration: Spread,
    share: f64,
    /// Features of each measured architecture.
    measured: Vec<Features>,
    /// Features of each evaluated architecture; empty until an evaluation may turn out unusable.
    evaluated: Vec<Features>,
    feasibility: Option<Feasibility>,
    /// Cached graphs and features, which do not change from round to round.
    inputs: HashMap<Arch, (ArchGraph, Features)>,
    predictions: HashMap<Arch, Prediction>,
    vocabulary: Vocabulary,
    /// The models of related tasks; `None` until they are fitted.
    related: Option<Related>,
}

/// Kernel families for the Gaussian process on values.
const FAMILIES: [Family; 2] = [Family::All, Family::Settings];

/// Maximum number of architectures whose graphs and features are cached if the graphs are small; of
/// larger graphs, fewer are cached.
const MAX_CACHED: usize = 50_000;

impl Guide {
    pub(crate) fn new(
        space: &dyn SearchSpace,
        config: &TrainerConfig,
        streams: Streams,
    ) -> Result<Self, TrainerError> {
        Ok(Self {
            discriminators: DiscriminatorEnsemble::new(space, &config.discriminator, streams)?,
            lessons: Lessons::default(),
            learner: Learner::default(),
            front: None,
            calibration: Spread { mean: 0.0, deviation: 1.0 },
            share: 0.0,
            measured: Vec::new(),
            evaluated: Vec::new(),
            feasibility: None,
            inputs: HashMap::new(),
            predictions: HashMap::new(),
            vocabulary: Vocabulary::default(),
            related: None,
        })
    }

    /// Returns the `count` proposals that related tasks predict to be best; none without related
    /// tasks.
    pub(crate) fn best_by_related_tasks(
        &mut self,
        context: &Context<'_>,
        proposals: Vec<Proposal>,
        count: usize,
    ) -> Vec<Proposal> {
        let space = context.space;
        let archs: Vec<_> = proposals
            .iter()
            .map(|proposal| (proposal.arch(), space.canonical_graph(proposal.arch())))
            .collect();
        let features = self.features(context, &archs);
        let Some(related) = self.related.as_ref().filter(|related| !related.is_empty()) else {
            return Vec::new();
        };
        let means = related.means(&features.iter().collect::<Vec<_>>());
        let mut ranked: Vec<_> = proposals.into_iter().zip(means).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked.into_iter().take(count).map(|(proposal, _)| proposal).collect()
    }

    /// Fits the Gaussian process and updates the models' weights.
    pub(crate) fn update(&mut self, round: &Round<'_>) {
        let config = &round.config.guide;
        if !config.gaussian_process {
            return;
        }
        let space = round.context.space;
        let Measured { archs, graphs, samples, .. } = round.measured;
        let known = self.measured.len();
        let new = archs.iter().zip(graphs).skip(known);
        let new: Vec<_> = new.map(|(arch, graph)| (arch, graph.clone())).collect();
        let mut new = self.features(round.context, &new);
        self.measured.append(&mut new);
        let constraints = round.context.constraints;
        if Feasibility::is_in_question(constraints, samples) {
            let new = samples[self.evaluated.len()..].iter();
            let new: Vec<_> =
                new.map(|one| (&one.arch, space.canonical_graph(&one.arch))).collect();
            let mut new = self.features(round.context, &new);
            self.evaluated.append(&mut new);
            self.feasibility =
                Feasibility::learn(constraints, samples, &self.evaluated, &self.vocabulary);
        }
        if !round.context.objectives.is_empty() {
            let front = self.front.get_or_insert_with(|| Front::new(round.context));
            front.update(round.measured, &self.measured, &self.vocabulary);
            return;
        }
        let targets = logit_ranks(&round.measured.values);
        self.observe(round, &targets);
        self.share =
            if config.learned { self.lessons.balance.share(config.prior) } else { config.prior };
        self.learner.fit(&FAMILIES, &round.measured.values, &self.measured, &self.vocabulary);
        if self.is_process_alone(round.config) {
            self.share = 1.0;
        }
        self.learner.set_targets(&targets);
    }

    fn observe(&mut self, round: &Round<'_>, targets: &[f64]) {
        let history = round.context.history;
        self.lessons.observe(|key| {
            let first = round
                .context
                .fidelity
                .and_then(|_| history.partial(key, 0))
                .map(|partial| &partial.trial);
            let stopped = || match history.find_evaluated(key) {
                Some(Evaluated::Stopped(it)) => Some(&it.trial),
                _ => None,
            };
            let found = first.or_else(|| history.find(key)).or_else(stopped);
            let arch = found.map(|found| &found.arch);
            let place = arch.and_then(|arch| round.measured.archs.iter().position(|it| it == arch));
            match place {
                Some(place) => ProposalFate::Target(targets[place]),
                None if history.is_expected(key) => ProposalFate::Waiting,
                None => ProposalFate::Nothing,
            }
        });
    }

    /// Calibrates the discriminators' scores to the scale of the targets.
    pub(crate) fn calibrate(&mut self, round: &Round<'_>) -> Result<(), TrainerError> {
        self.predictions.clear();
        let nodes = round.context.space.most_nodes().max(NODES_PER_WORD);
        if self.inputs.len() > MAX_CACHED * NODES_PER_WORD / nodes {
            self.inputs.clear();
        }
        if round.config.guide.gaussian_process && self.asks_discriminators() {
            let reward = round.config.generator.reward;
            let scores =
                self.discriminators.score(&round.truth_graphs, &round.measured.graphs, reward)?;
            self.calibration = Spread::of(&scores);
        }
        Ok(())
    }

    /// Returns true if the Gaussian processes guide the search alone, whatever the learnt share.
    /// They do so in spaces with numeric or ordered choices, where networks see a number in coarse
    /// steps and cannot resolve the last improvements. They also do so with several objectives,
    /// since a discriminator learns a single order.
    pub(crate) fn is_process_alone(&self, config: &TrainerConfig) -> bool {
        let has_settings = self.learner.process.as_ref().is_some_and(GaussianProcess::has_settings);
        self.front.is_some() || (config.guide.learned && has_settings)
    }

    /// Returns true if the discriminators contribute to the score.
    fn asks_discriminators(&self) -> bool {
        self.front.is_none() && (self.learner.process.is_none() || self.share < 1.0)
    }

    /// Returns this round's prediction for each architecture.
    pub(crate) fn predictions(
        &mut self,
        round: &Round<'_>,
        archs: &[Arch],
    ) -> Result<Vec<Prediction>, TrainerError> {
        let mut missing: Vec<Arch> =
            archs.iter().filter(|arch| !self.predictions.contains_key(*arch)).cloned().collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            self.prepare_inputs(round, &missing);
            let predictions = self.predict(round, &missing)?;
            self.predictions.extend(missing.into_iter().zip(predictions));
        }
        Ok(archs.iter().map(|arch| self.predictions[arch]).collect())
    }

    /// Returns this round's score of each architecture.
    pub(crate) fn scores(
        &mut self,
        round: &Round<'_>,
        archs: &[Arch],
    ) -> Result<Vec<f64>, TrainerError> {
        Ok(self.predictions(round, archs)?.into_iter().map(|prediction| prediction.score).collect())
    }

    /// Returns the features of some architectures, including the predictions of related tasks.
    fn features(&mut self, context: &Context<'_>, all: &[(&Arch, ArchGraph)]) -> Vec<Features> {
        let vocabulary = &mut self.vocabulary;
        let related = self
            .related
            .get_or_insert_with(|| Related::new(context.space, &tasks(context), vocabulary));
        let of = |(arch, graph): &(&Arch, ArchGraph)| {
            Features::of(context.space, arch, graph, vocabulary)
        };
        let mut features: Vec<_> = all.iter().map(of).collect();
        related.tell(&mut features);
        features
    }

    fn prepare_inputs(&mut self, round: &Round<'_>, archs: &[Arch]) {
        let space = round.context.space;
        let new = archs.iter().filter(|arch| !self.inputs.contains_key(*arch));
        let new: Vec<_> = new.map(|arch| (arch, space.canonical_graph(arch))).collect();
        let features = if round.config.guide.gaussian_process {
            self.features(round.context, &new)
        } else {
            vec![Features::default(); new.len()]
        };
        for ((arch, graph), features) in new.into_iter().zip(features) {
            self.inputs.insert(arch.clone(), (graph, features));
        }
    }

    fn predict(&self, round: &Round<'_>, archs: &[Arch]) -> Result<Vec<Prediction>, TrainerError> {
        let config = &round.config.guide;
        let mut predictions = vec![Prediction::default(); archs.len()];
        if self.asks_discriminators() {
            let graphs: Vec<_> = archs.iter().map(|arch| self.inputs[arch].0.clone()).collect();
            let reward = round.config.generator.reward;
            let scores = self.discriminators.score(&round.truth_graphs, &graphs, reward)?;
            for (prediction, score) in predictions.iter_mut().zip(scores) {
                prediction.discriminator = self.calibration.standardise(score);
            }
        }
        if let Some(process) = &self.learner.process {
            let features = archs.iter().map(|arch| &self.inputs[arch].1).collect();
            let posterior = process.posterior(features);
            for (at, prediction) in predictions.iter_mut().enumerate() {
                prediction.mean = posterior.means[at];
                prediction.deviation = posterior.deviations[at];
            }
        }
        if let Some(feasibility) = &self.feasibility {
            let features: Vec<_> = archs.iter().map(|arch| &self.inputs[arch].1).collect();
            let logarithms = feasibility.log_probabilities(&features);
            for (prediction, logarithm) in predictions.iter_mut().zip(logarithms) {
                prediction.log_feasible = logarithm;
            }
        }
        let share = if self.learner.process.is_some() { self.share } else { 0.0 };
        let is_any_feasible = round.measured.is_any_feasible() || self.feasibility.is_none();
        for prediction in &mut predictions {
            let mean = (1.0 - share) * prediction.discriminator + share * prediction.mean;
            // Until something is usable, nothing can be improved on (Gelbart et al.).
            let worth = if is_any_feasible {
                mean + config.deviation_weight * prediction.deviation
            } else {
                0.0
            };
            prediction.score = worth + config.feasibility_weight * prediction.log_feasible;
        }
        if let Some(front) = self.front.as_ref().filter(|_| is_any_feasible) {
            let features: Vec<_> = archs.iter().map(|arch| &self.inputs[arch].1).collect();
            let archs: Vec<_> = archs.iter().collect();
            let scores = front.scores(round.context.space, &archs, &features);
            for (prediction, score) in predictions.iter_mut().zip(scores) {
                prediction.score = score + config.feasibility_weight * prediction.log_feasible;
            }
        }
        Ok(predictions)
    }

    /// Chooses a round's architectures one by one: first the one with the best score, then the one
    /// with the best score if the first had already been measured, and so on.
    pub(crate) fn choose(
        &mut self,
        round: &Round<'_>,
        proposals: Vec<Proposal>,
        count: usize,
        has_generator: bool,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let archs: Vec<_> = proposals.iter().map(|proposal| proposal.arch().clone()).collect();
        let predictions = self.predictions(round, &archs)?;
        let mut ranked: Vec<_> = proposals.into_iter().zip(predictions).collect();
        ranked.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
        ranked.truncate(MAX_COMPARED.max(count));
        let mut places: Vec<_> = (0..ranked.len()).collect();
        if let Some(process) = &self.learner.process {
            let features =
                ranked.iter().map(|(proposal, _)| &self.inputs[proposal.arch()].1).collect();
            let weight = round.config.guide.deviation_weight;
            let score = |at: usize, deviation: f64| {
                let prediction = ranked[at].1;
                prediction.score + weight * (deviation - prediction.deviation)
            };
            places = process.posterior(features).choose(process, count, score);
        }
        let is_any_feasible = round.measured.is_any_feasible() || self.feasibility.is_none();
        if let Some(front) = self.front.as_ref().filter(|_| is_any_feasible) {
            let archs: Vec<_> = ranked.iter().map(|(proposal, _)| proposal.arch()).collect();
            let features: Vec<_> = archs.iter().map(|arch| &self.inputs[*arch].1).collect();
            let weight = round.config.guide.feasibility_weight;
            let log_feasible: Vec<_> =
                ranked.iter().map(|(_, prediction)| weight * prediction.log_feasible).collect();
            places = front.choose(round.context.space, &archs, &features, &log_feasible, count);
        }
        let mut chosen = Vec::new();
        for place in places.into_iter().take(count) {
            let (proposal, prediction) = ranked[place].clone();
            if self.learner.process.is_some() {
                self.lessons.ask(&proposal, prediction, has_generator);
            }
            chosen.push(self.with_predictions(proposal, prediction));
        }
        Ok(chosen)
    }

    /// Returns the proposal with the predictions of the models in use.
    fn with_predictions(&self, proposal: Proposal, prediction: Prediction) -> Proposal {
        let proposal = if self.asks_discriminators() {
            proposal.predicted("discriminator", prediction.discriminator)
        } else {
            proposal
        };
        if self.front.is_some() {
            return proposal.predicted("score", prediction.score);
        }
        if self.learner.process.is_none() {
            return proposal;
        }
        proposal
            .predicted("gaussian_process", prediction.mean)
            .predicted("deviation", prediction.deviation)
            .predicted("score", prediction.score)
    }
}

/// Maximum number of candidates from which a round is chosen.
const MAX_COMPARED: usize = 200;
