//! Presets of the configuration: our own, and those of the GA-NAS paper.

use ganas_gnn::{AdamSettings, EdgeHead, EncoderSettings};

use crate::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};

impl TrainerConfig {
    /// Returns the default configuration. With this configuration, the search first measures ten
    /// architectures. They are random unless there are related tasks: then half of them are those
    /// that these tasks predict to be best. In each round, it then measures the two candidates with
    /// the best scores from the guide. Candidates come from the generator, from evolution towards
    /// better scores, and from the neighbours of the best architectures. The guide combines two
    /// models: a discriminator, which is trained to rank all measured architectures, and a Gaussian
    /// process. Each model is weighted by how well it has predicted the measurements so far. The
    /// score includes a bonus of two standard deviations for uncertainty. The same score is the
    /// generator's reward for sampling an architecture that is new to the study and to the batch of
    /// episodes ([`Novelty::Batch`]).
    ///
    /// The numbers in this configuration are ours, not those of the GA-NAS paper. We chose the
    /// settings of the guide and of the sources of candidates on the basis of experiments with
    /// seeds from 1000 upwards (see [the crate's documentation](crate)). The other numbers come
    /// from our PyTorch prototype, which was not tuned.
    pub fn ranked() -> Self {
        Self {
            initial: 10,
            per_round: 2,
            truth_size: 15,
            inner_iterations: 1,
            guide: GuideConfig {
                gaussian_process: true,
                prior: 0.25,
                learned: true,
                deviation_weight: 2.0,
                feasibility_weight: 1.0,
            },
            discriminator: ranked_discriminator(),
            generator: ranked_generator(),
            candidates: ranked_candidates(),
        }
    }

    /// Returns the default configuration, but with the Gaussian process as the only guide of the
    /// search. Neither the discriminator nor the generator is trained or used.
    ///
    /// Candidates come from evolution towards a higher upper confidence bound (the mean plus two
    /// standard deviations) and from the neighbours of the five best measured architectures. The
    /// candidates with the highest bounds are measured. The second architecture of a round is
    /// chosen as if the first had already been measured and its value had equalled its predicted
    /// mean. The networks still exist but are as small as possible.
    ///
    /// In an experiment on NAS-Bench-201 with CIFAR-10, all 20 searches (seeds 1000 to 1019) found
    /// the optimum within 41 queries, and half of them found it within 28.
    ///
    /// The settings are ours. Bayesian optimisation of architectures by a Gaussian process on
    /// counts of subtrees is due to Ru et al., "Interpretable neural architecture search via
    /// Bayesian optimisation with Weisfeiler–Lehman kernels", ICLR 2021. We add counts of paths,
    /// counts of choices, and the costs.
    pub fn gaussian_process() -> Self {
        let ranked = Self::ranked();
        let (judged, made) = (ranked.discriminator.encoder, ranked.generator.encoder);
        Self {
            guide: GuideConfig { prior: 1.0, learned: false, ..ranked.guide },
            discriminator: DiscriminatorConfig {
                encoder: EncoderSettings { width: 1, layers: 1, ..judged },
                steps: 0,
                ..ranked.discriminator
            },
            generator: GeneratorConfig {
                encoder: EncoderSettings { width: 1, layers: 1, ..made },
                ppo: PpoConfig { updates: 0, ..ranked.generator.ppo },
                ..ranked.generator
            },
            candidates: CandidateConfig {
                generator_samples: 0,
                generator_earns: false,
                ..ranked.candidates
            },
            ..ranked
        }
    }

    /// Returns the configuration that follows algorithms 1 and 2 of the GA-NAS paper. The search
    /// first measures 50 random architectures. In each later round, it measures the first 50 new
    /// architectures that the generator samples. The truth set (the best architectures so far) has
    /// 25 members, and the discriminator is trained with the adversarial loss.
    ///
    /// The numbers 50, 50 and 25 and the order of the training steps are from the paper, as we
    /// remember it. These three numbers belong to the paper's setup 1 on NAS-Bench-101, where the
    /// random architectures and ten rounds add up to 550 queries. We do not know the paper's other
    /// numbers. In their place, we use those of our PyTorch prototype.
    pub fn paper() -> Self {
        let ranked = Self::ranked();
        Self {
            initial: 50,
            per_round: 50,
            truth_size: 25,
            inner_iterations: 10,
            guide: GuideConfig { gaussian_process: false, ..ranked.guide },
            discriminator: DiscriminatorConfig {
                steps: 20,
                first_steps_factor: 1,
                adam: AdamSettings { learning_rate: 1e-3, weight_decay: 0.0 },
                ranking_weight: 0.0,
                adversarial_weight: 1.0,
                ..ranked.discriminator
            },
            generator: GeneratorConfig {
                novelty: Novelty::Free,
                ppo: PpoConfig { updates: 5, ..ranked.generator.ppo },
                ..ranked.generator
            },
            candidates: CandidateConfig {
                selection: Selection::Sampled,
                mutations_per_parent: 0,
                neighbours_of: 0,
                evolution_generations: 0,
                generator_earns: false,
                ..ranked.candidates
            },
        }
    }

    /// Returns the configuration that follows the GA-NAS paper's setup 2 on NAS-Bench-101. It is
    /// like [`TrainerConfig::paper`], but with 100 random architectures at the start, 100
    /// architectures per round, and 50 members in the truth set.
    pub fn paper_setup_2() -> Self {
        Self { initial: 100, per_round: 100, truth_size: 50, ..Self::paper() }
    }
}

fn ranked_discriminator() -> DiscriminatorConfig {
    DiscriminatorConfig {
        encoder: EncoderSettings { width: 64, layers: 2, k: 1 },
        count: 1,
        adam: AdamSettings { learning_rate: 1e-3, weight_decay: 1e-2 },
        steps: 30,
        first_steps_factor: 3,
        batch: 64,
        batch_from_truth: 16,
        ranking_weight: 1.0,
        adversarial_weight: 0.0,
    }
}

fn ranked_generator() -> GeneratorConfig {
    GeneratorConfig {
        encoder: EncoderSettings { width: 32, layers: 2, k: 1 },
        edge_head: EdgeHead::Concatenated,
        adam: AdamSettings { learning_rate: 1e-3, weight_decay: 0.0 },
        reward: Reward::Probability,
        novelty: Novelty::Batch,
        ppo: PpoConfig {
            updates: 4,
            episodes: 64,
            epochs: 4,
            clip: 0.2,
            value_weight: 0.5,
            entropy_weight: 0.01,
        },
    }
}

fn ranked_candidates() -> CandidateConfig {
    CandidateConfig {
        selection: Selection::Ranked,
        generator_samples: 500,
        random_samples: 0,
        mutations_per_parent: 0,
        neighbours_of: 5,
        evolution_generations: 10,
        evolution_population: 100,
        generator_earns: true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    /// Adds the settings in `value` to `settings` under their full names.
    fn flatten(name: &str, value: &Value, settings: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    let dot = if name.is_empty() { "" } else { "." };
                    flatten(&format!("{name}{dot}{field}"), value, settings);
                }
            }
            _ => {
                settings.insert(name.into(), value.to_string());
            }
        }
    }

    /// Returns the settings in which a configuration differs from another.
    fn differences(config: &TrainerConfig, other: &TrainerConfig) -> Vec<String> {
        let [config, other] = [config, other].map(|config| {
            let mut settings = BTreeMap::new();
            flatten("", &serde_json::to_value(config).unwrap(), &mut settings);
            settings
        });
        let differs = |(name, value): &(&String, &String)| other.get(*name) != Some(*value);
        config.iter().filter(differs).map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn presets_differ_from_the_default_in_the_documented_settings() {
        let ranked = TrainerConfig::ranked();
        let paper = TrainerConfig::paper();
        assert_eq!(differences(&TrainerConfig::gaussian_process(), &ranked), GAUSSIAN_PROCESS);
        assert_eq!(differences(&paper, &ranked), PAPER);
        let setup_2 = differences(&TrainerConfig::paper_setup_2(), &paper);
        assert_eq!(setup_2, ["initial=100", "per_round=100", "truth_size=50"]);
    }

    const GAUSSIAN_PROCESS: [&str; 10] = [
        "candidates.generator_earns=false",
        "candidates.generator_samples=0",
        "discriminator.encoder.layers=1",
        "discriminator.encoder.width=1",
        "discriminator.steps=0",
        "generator.encoder.layers=1",
        "generator.encoder.width=1",
        "generator.ppo.updates=0",
        "guide.learned=false",
        "guide.prior=1.0",
    ];
    const PAPER: [&str; 16] = [
        "candidates.evolution_generations=0",
        "candidates.generator_earns=false",
        "candidates.neighbours_of=0",
        "candidates.selection=\"sampled\"",
        "discriminator.adam.weight_decay=0.0",
        "discriminator.adversarial_weight=1.0",
        "discriminator.first_steps_factor=1",
        "discriminator.ranking_weight=0.0",
        "discriminator.steps=20",
        "generator.novelty=\"free\"",
        "generator.ppo.updates=5",
        "guide.gaussian_process=false",
        "initial=50",
        "inner_iterations=10",
        "per_round=50",
        "truth_size=25",
    ];
}
