//! GA-NAS as an ask–tell strategy.
//!
//! A generator's distribution is fitted again and again to the best architectures found so far: a
//! discriminator learns what is good from what has been measured, and its score is the generator's
//! reward, so the search explores without evaluating. [`GaNas`] is the strategy, [`TrainerConfig`]
//! everything that can be set, with the presets [`TrainerConfig::ranked`] (the default) and
//! [`TrainerConfig::paper`].
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # How it searches
//! A few random architectures are measured, then some in each round. A round's candidates come from the
//! generator, from an evolution on the guide's score, and from the neighbours of the best; the guide, which
//! also gives the generator its reward, chooses among them. It asks two models:
//!
//! - the pairwise discriminator of the paper, trained to rank all that was measured;
//! - a Gaussian process on what architectures have in common: counts of labels, of Weisfeiler–Lehman
//!   subtrees, of paths and of their extremes, choices, and the costs that are known before any evaluation.
//!
//! Which of the two is right depends on the space, so the share of each follows how well it foresaw what
//! was measured next. The Gaussian process also says how uncertain it is, which is worth a bonus; and it
//! learns limits that only an evaluation reveals. Finished studies of the same space on another task enter
//! it as one more number of each architecture.
//!
//! The generator is trained and asked each round at first, and later as often as it finds what is good, one
//! round in ten at least.
//!
//! # What was measured
//! `benchmarks-data/results/ablate` has the tables by which the default was chosen, made by `cargo xtask
//! ablate`: `guide.md` is about the models, `sources.md` about the candidates, `goals.md` and
//! `goals-models.md` about what the default reaches.

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod candidates;
mod checkpoint;
mod config;
mod error;
#[cfg(test)]
mod fixture;
mod ganas;
mod guide;
mod models;
mod ppo;
mod presets;
mod propose;
mod rewards;
mod round;
mod train;
mod truth;

pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;
