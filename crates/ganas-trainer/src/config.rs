//! Defines and validates the settings, and changes individual settings by their path.

use ganas_gnn::{AdamSettings, EdgeHead, EncoderSettings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// All settings of a GA-NAS search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// Number of architectures that are measured before the models are first trained.
    pub initial: usize,
    /// Number of architectures measured per round.
    pub per_round: usize,
    /// Size of the truth set, which consists of the best architectures measured so far.
    pub truth_size: usize,
    /// Number of inner iterations per round. Each iteration trains the discriminators and then the
    /// generator.
    pub inner_iterations: usize,
    /// Settings of the guide, which scores candidates.
    pub guide: GuideConfig,
    /// Settings of the discriminator.
    pub discriminator: DiscriminatorConfig,
    /// Settings of the generator.
    pub generator: GeneratorConfig,
    /// Settings of the candidates and their sources.
    pub candidates: CandidateConfig,
}

/// Settings of the guide, which scores candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideConfig {
    /// Whether the guide uses a Gaussian process in addition to the discriminator.
    pub gaussian_process: bool,
    /// Share of the Gaussian process in the score, from 0 to 1. The rest is the discriminator's
    /// share. If the share is learnt ([`GuideConfig::learned`]), this value applies only until
    /// measurements show how accurate the predictions are. With several objectives, this setting
    /// has no effect, because a guide with a Gaussian process then ignores the discriminator.
    pub prior: f64,
    /// Whether the share of the Gaussian process in the score is learnt from how well each model
    /// has predicted the measurements. In search spaces with numeric or ordered choices, a learnt
    /// share is always 1.
    pub learned: bool,
    /// Weight of the Gaussian process's standard deviation, which is added to the score as a bonus
    /// for uncertainty. It has no effect with several objectives.
    pub deviation_weight: f64,
    /// Weight, in the score, of the log probability that an evaluation yields a result within the
    /// limits on measured metrics. It has no effect without a Gaussian process.
    pub feasibility_weight: f64,
}

/// Settings of the discriminator's model and of its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscriminatorConfig {
    /// Size of the graph neural network (k-GNN) that encodes architectures.
    pub encoder: EncoderSettings,
    /// Number of discriminators. They are trained independently of each other, and their scores are
    /// averaged.
    pub count: usize,
    /// Optimiser settings.
    pub adam: AdamSettings,
    /// Number of training steps per inner iteration ([`TrainerConfig::inner_iterations`]).
    pub steps: usize,
    /// Factor by which the number of training steps is multiplied in the first inner iteration of a
    /// search, when the weights are still random.
    pub first_steps_factor: usize,
    /// Number of architectures in a batch for the ranking loss. A training step with this loss uses
    /// all ordered pairs of these architectures whose values differ. The adversarial loss uses this
    /// many pairs of each kind per step, and samples this many architectures per inner iteration.
    pub batch: usize,
    /// How many of the architectures in a batch for the ranking loss are drawn from the truth set
    /// (the best architectures measured so far). If the truth set is smaller than this number, the
    /// batch includes the whole set. The other architectures in the batch are drawn from all
    /// measured architectures.
    pub batch_from_truth: usize,
    /// Weight of the ranking loss. This loss teaches the discriminators to answer the following
    /// question about two measured architectures: "Is the second better than the first?"
    pub ranking_weight: f64,
    /// Weight of the paper's adversarial loss. This loss teaches the discriminators to answer the
    /// following question about a pair of architectures, the first of which is from the truth set
    /// (the best architectures measured so far): "Is the second from the truth set as well, or from
    /// the generator?"
    pub adversarial_weight: f64,
}

/// Settings of the generator's model and of its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorConfig {
    /// Size of the graph neural network (k-GNN) that encodes architectures.
    pub encoder: EncoderSettings,
    /// The part of the model that makes the decisions about edges.
    pub edge_head: EdgeHead,
    /// Optimiser settings.
    pub adam: AdamSettings,
    /// The form in which the discriminators' output enters the score that the guide
    /// ([`GuideConfig`]) gives an architecture. This score is also the reward of an episode. (In an
    /// episode, the generator samples one architecture.)
    pub reward: Reward,
    /// Which episodes are rewarded with the score of their architecture. (In an episode, the
    /// generator samples one architecture.)
    pub novelty: Novelty,
    /// Settings of the generator's training by proximal policy optimisation.
    pub ppo: PpoConfig,
}

/// Settings of proximal policy optimisation (PPO), which trains the generator.
///
/// Source: Schulman et al., "Proximal policy optimization algorithms", 2017, equation 9.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PpoConfig {
    /// Number of policy updates per inner iteration ([`TrainerConfig::inner_iterations`]). Each
    /// update uses new episodes.
    pub updates: usize,
    /// Number of episodes per update. In each episode, the generator samples one architecture.
    pub episodes: usize,
    /// Number of training passes over the episodes of an update.
    pub epochs: usize,
    /// Maximum deviation from 1 of the ratio between the new and the old probability of a choice.
    /// Greater deviations are clipped.
    pub clip: f64,
    /// Weight, in the loss, of the squared error of the value estimate.
    pub value_weight: f64,
    /// Weight of the entropy bonus in the loss.
    pub entropy_weight: f64,
}

/// The form in which the discriminators' output becomes the score of an architecture. Each
/// discriminator compares the architecture with each member of the truth set (the best
/// architectures measured so far), and the score is the mean over all these comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reward {
    /// The mean probability, according to the discriminators, that the architecture is better than
    /// a member of the truth set. For one architecture, it approaches 0 as the truth set improves.
    Probability,
    /// The mean of the logits of the discriminators' probabilities.
    Logit,
}

/// Which episodes are rewarded with the score of their architecture. (In an episode, the generator
/// samples one architecture.) The reward of every other episode of a policy update is the worst
/// score in the update. Regardless of this setting, an architecture that violates a limit on a cost
/// gets a reward below every score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Novelty {
    /// All episodes, as in the paper.
    Free,
    /// Episodes whose architecture is new: the study has neither evaluated it nor been given its
    /// value in another way.
    Study,
    /// Episodes whose architecture is new both to the study and to the batch. The study has neither
    /// evaluated it nor been given its value in another way. No earlier episode in the batch has an
    /// architecture that counts as the same.
    Batch,
}

/// Settings of the sources of candidates, and of the choice among the candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateConfig {
    /// The rule by which a round's architectures are chosen from the candidates.
    pub selection: Selection,
    /// Number of architectures that the generator samples per round.
    pub generator_samples: usize,
    /// Number of random architectures that are drawn as candidates per round.
    pub random_samples: usize,
    /// For each architecture in the truth set (the best architectures measured so far), the number
    /// of its mutations that become candidates. A mutation changes one choice. It changes more
    /// choices if the mutated architecture would otherwise violate a limit on a cost.
    pub mutations_per_parent: usize,
    /// Number of architectures whose neighbours become candidates. These architectures are the best
    /// ones in the truth set, which contains the best architectures measured so far. A neighbour of
    /// an architecture differs from it in one decision.
    pub neighbours_of: usize,
    /// Number of generations of the evolution whose children become candidates. The evolution needs
    /// no evaluations, because its fitness is the guide's score ([`GuideConfig`]).
    pub evolution_generations: usize,
    /// Number of children in each generation of the evolution that produces candidates
    /// ([`CandidateConfig::evolution_generations`]).
    pub evolution_population: usize,
    /// Whether the generator must earn its use. If so, the share of rounds that use it depends on
    /// how many of the good architectures came from it; it is 0 if Gaussian processes always score
    /// alone ([`GuideConfig::prior`]). If not, all rounds use it, unless `generator_samples` is 0.
    pub generator_earns: bool,
}

/// The rule by which a round's architectures are chosen from the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// The first architectures that the generator samples, as in the paper. Architectures that are
    /// not new, or that violate a limit on a cost, are skipped.
    Sampled,
    /// The candidates with the best scores. A Gaussian process updates these after each choice.
    Ranked,
}

impl TrainerConfig {
    /// Returns a copy of the configuration in which one setting is changed. `setting` has the form
    /// `path=value`.
    ///
    /// ```
    /// use ganas_trainer::TrainerConfig;
    /// let config = TrainerConfig::ranked().with("candidates.mutations_per_parent=0")?;
    /// assert_eq!(config.candidates.mutations_per_parent, 0);
    /// let error = config.with("candidates.mutation=0").unwrap_err().to_string();
    /// assert!(error.contains("expected one of evolution_generations, evolution_population"), "{error}");
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
        let (discriminator, generator) = (&self.discriminator, &self.generator);
        at_least("initial", 2, self.initial)?;
        at_least("per_round", 1, self.per_round)?;
        at_least("truth_size", 2, self.truth_size)?;
        at_least("inner_iterations", 1, self.inner_iterations)?;
        at_least("discriminator.count", 1, discriminator.count)?;
        at_least("discriminator.batch", 2, discriminator.batch)?;
        at_least("discriminator.encoder.width", 1, discriminator.encoder.width)?;
        at_least("generator.encoder.width", 1, generator.encoder.width)?;
        for (setting, k) in [
            ("discriminator.encoder.k", discriminator.encoder.k),
            ("generator.encoder.k", generator.encoder.k),
        ] {
            if !(1..=2).contains(&k) {
                return Err(ConfigError::new(setting, "1 or 2", &k.to_string()));
            }
        }
        at_least("generator.ppo.episodes", 2, generator.ppo.episodes)?;
        fraction("generator.ppo.clip", generator.ppo.clip)?;
        fraction("guide.prior", self.guide.prior)?;
        for (setting, weight) in [
            ("guide.feasibility_weight", self.guide.feasibility_weight),
            ("discriminator.ranking_weight", discriminator.ranking_weight),
            ("discriminator.adversarial_weight", discriminator.adversarial_weight),
            ("discriminator.adam.learning_rate", discriminator.adam.learning_rate),
            ("discriminator.adam.weight_decay", discriminator.adam.weight_decay),
            ("generator.adam.learning_rate", generator.adam.learning_rate),
            ("generator.adam.weight_decay", generator.adam.weight_decay),
            ("generator.ppo.value_weight", generator.ppo.value_weight),
            ("generator.ppo.entropy_weight", generator.ppo.entropy_weight),
        ] {
            not_negative(setting, weight)?;
        }
        finite("guide.deviation_weight", self.guide.deviation_weight)?;
        self.candidates.check()
    }
}

impl CandidateConfig {
    fn check(&self) -> Result<(), ConfigError> {
        if self.evolution_generations > 0 {
            // Half of them become the next generation's parents.
            at_least("candidates.evolution_population", 2, self.evolution_population)?;
        }
        Ok(())
    }
}

/// Returns `config` with one setting changed, given as `path=value`.
pub(crate) fn changed<T: Serialize + DeserializeOwned>(
    config: &T,
    setting: &str,
) -> Result<T, ConfigError> {
    let wrong = |expected: &str, found: &str| ConfigError::new(setting, expected, found);
    let (path, value) = setting.split_once('=').ok_or_else(|| wrong("PATH=VALUE", "no `=`"))?;
    let unfit = |error: serde_json::Error| wrong("a valid value", &error.to_string());
    let mut json = serde_json::to_value(config).map_err(unfit)?;
    let mut place = &mut json;
    for part in path.split('.') {
        let names = place.as_object().into_iter().flat_map(|fields| fields.keys().cloned());
        let expected = format!("one of {}", names.collect::<Vec<_>>().join(", "));
        let unknown = || wrong(&expected, &format!("`{part}`"));
        place = place.get_mut(part).ok_or_else(unknown)?;
    }
    *place = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    serde_json::from_value(json).map_err(unfit)
}

pub(crate) fn at_least(setting: &str, least: usize, value: usize) -> Result<(), ConfigError> {
    let wrong = || ConfigError::new(setting, &format!("at least {least}"), &value.to_string());
    if value >= least { Ok(()) } else { Err(wrong()) }
}

fn fraction(setting: &str, value: f64) -> Result<(), ConfigError> {
    let wrong = || ConfigError::new(setting, "0 to 1", &value.to_string());
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(wrong()) }
}

fn not_negative(setting: &str, value: f64) -> Result<(), ConfigError> {
    let wrong = || ConfigError::new(setting, "a number of at least 0", &value.to_string());
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(wrong()) }
}

fn finite(setting: &str, value: f64) -> Result<(), ConfigError> {
    let wrong = || ConfigError::new(setting, "a finite number", &value.to_string());
    if value.is_finite() { Ok(()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(settings: &[&str]) -> Result<(), String> {
        let ranked = TrainerConfig::ranked();
        let config = settings.iter().fold(ranked, |config, setting| config.with(setting).unwrap());
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn presets_make_sense() {
        for preset in [
            TrainerConfig::ranked(),
            TrainerConfig::paper(),
            TrainerConfig::paper_setup_2(),
            TrainerConfig::gaussian_process(),
        ] {
            assert_eq!(preset.check(), Ok(()));
        }
    }

    #[test]
    fn a_number_that_makes_no_sense_is_named() {
        for (setting, expected) in [
            ("initial=1", "initial: expected at least 2, found 1"),
            ("per_round=0", "per_round: expected at least 1, found 0"),
            ("truth_size=1", "truth_size: expected at least 2, found 1"),
            ("inner_iterations=0", "inner_iterations: expected at least 1, found 0"),
            ("discriminator.count=0", "discriminator.count: expected at least 1, found 0"),
            ("discriminator.batch=1", "discriminator.batch: expected at least 2, found 1"),
            (
                "discriminator.encoder.width=0",
                "discriminator.encoder.width: expected at least 1, found 0",
            ),
            ("generator.encoder.width=0", "generator.encoder.width: expected at least 1, found 0"),
            ("discriminator.encoder.k=3", "discriminator.encoder.k: expected 1 or 2, found 3"),
            ("generator.encoder.k=0", "generator.encoder.k: expected 1 or 2, found 0"),
            ("generator.ppo.episodes=1", "generator.ppo.episodes: expected at least 2, found 1"),
            ("generator.ppo.clip=1.5", "generator.ppo.clip: expected 0 to 1, found 1.5"),
            ("guide.prior=-1", "guide.prior: expected 0 to 1, found -1"),
            (
                "discriminator.ranking_weight=-0.5",
                "discriminator.ranking_weight: expected a number of at least 0, found -0.5",
            ),
            (
                "generator.ppo.entropy_weight=-1",
                "generator.ppo.entropy_weight: expected a number of at least 0, found -1",
            ),
        ] {
            assert_eq!(checked(&[setting]), Err(expected.into()));
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        for wrong in [f64::NAN, f64::INFINITY] {
            let mut config = TrainerConfig::ranked();
            config.guide.deviation_weight = wrong;
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains("guide.deviation_weight: expected a finite number"), "{error}");
        }
    }

    #[test]
    fn evolution_needs_parents() {
        let population = |population| checked(&["candidates.evolution_generations=2", population]);
        let error = population("candidates.evolution_population=1").unwrap_err();
        assert_eq!(error, "candidates.evolution_population: expected at least 2, found 1");
        assert_eq!(population("candidates.evolution_population=2"), Ok(()));
        let unused = ["candidates.evolution_generations=0", "candidates.evolution_population=0"];
        assert_eq!(checked(&unused), Ok(()));
    }

    #[test]
    fn settings_are_of_their_kind() {
        let error = |setting: &str| TrainerConfig::ranked().with(setting).unwrap_err().to_string();
        assert_eq!(error("initial"), "initial: expected PATH=VALUE, found no `=`");
        assert!(error("initial=few").contains("expected a valid value"));
        assert!(error("generator.novelty=none").contains("expected one of `free`"));
        let config = TrainerConfig::ranked().with("generator.novelty=study").unwrap();
        assert_eq!(config.generator.novelty, Novelty::Study);
    }
}
