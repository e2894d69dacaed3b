//! GA-NAS as an ask–tell strategy.
//!
//! A generator's distribution is repeatedly fitted to the best architectures found so far. A
//! discriminator learns from the measurements what is good, and its score is the generator's reward, so
//! the search explores without evaluating. [`GaNas`] is the strategy and [`TrainerConfig`] holds its
//! settings, with the presets [`TrainerConfig::ranked`] (the default) and [`TrainerConfig::paper`].
//! [`TrainerConfig::gaussian_process`] and [`Bananas`] are strategies for comparison.
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # Search
//! A few random architectures are measured, then some in each round. A round's candidates come from the
//! generator, from an evolution on the guide's score, and from the neighbours of the best; the guide,
//! whose score is also the generator's reward, chooses among them. It combines two models:
//!
//! - the pairwise discriminator of the paper, trained to rank everything measured;
//! - a Gaussian process on the similarity of architectures: counts of labels, of Weisfeiler–Lehman
//!   subtrees, of paths and of their extremes, choices, and the costs that are known before any
//!   evaluation.
//!
//! The better of the two depends on the space, so the share of each follows how well it predicted the
//! next measurements. The Gaussian process also reports its uncertainty, which earns a bonus, and
//! learns limits that only an evaluation reveals. Each finished study of the same space on
//! another task enters it as one more number per architecture.
//!
//! The generator is trained and used every round at first, and later as often as it finds good
//! architectures, at least one round in ten.
//!
//! # Several objectives
//! If a study has several objectives, each has its own Gaussian process, except costs of the space,
//! which are known; a candidate's score is the log of the hypervolume that it is expected to add to the
//! Pareto front (Emmerich, Giannakoglou and Naujoks 2006). Discriminator and generator are not used.
//! The truth set is the first in NSGA-II's crowded order
//! ([`crowded_order`](ganas_search::crowded_order)), which is also what [`TrainerConfig::paper`] and
//! [`Bananas`] learn there.
//!
//! Two alternatives were tried: both models learning that order, or the smallest of the objectives
//! under weights drawn each round (Knowles's `ParEGO`, 2006). Hypervolume after 25, 50 and 100 queries,
//! means over seeds 1000 to 1011, in the box of `cargo xtask fronts`
//! (`benchmarks-data/results/ablate/fronts.csv`):
//!
//! | | expected hypervolume | crowded order | drawn weights |
//! |---|---|---|---|
//! | NAS-Bench-201, CIFAR-10, latency | .919, .933, .944 | .880, .925, .941 | .855, .905, .934 |
//! | Accel-NASBench, latency on ZCU102 | .949, .980, .991 | .898, .930, .959 | .884, .926, .958 |
//!
//! # Results
//! `benchmarks-data/results/ablate` holds the tables by which the default was chosen, made by `cargo
//! xtask ablate`: `guide.md` covers the models, `sources.md` the candidates, `generator.md` where the
//! generator pays off and what fails to improve it, `goals.md` and `goals-models.md` what the default
//! reaches.
//!
//! In short, on NAS-Bench-201 (means over 32 seeds, p corrected within a table): both models together
//! need 10 and 14 queries fewer than the discriminator alone on CIFAR-10 and CIFAR-100 (p = .10 and
//! .06), and 12 fewer than the Gaussian process alone on CIFAR-100 (p = .06) but not on CIFAR-10. A
//! learnt share is not shown to beat equal shares. Without the bonus for uncertainty, 7 and 10 more
//! queries are needed (p = .58 and .06). With the same guide, the generator alone finds as much as
//! evolution alone, and far more than random architectures ranked by the guide; in the DARTS space also
//! far more than the neighbours of the best. On Accel-NASBench under EfficientNet-B0's costs, and in
//! the DARTS space under a tight limit, the generator alone finds far less than evolution alone.
//! Combined with evolution and neighbours it is not shown to add anything, and takes a third to four
//! fifths more time.
//!
//!
#![doc = include_str!("convergence.md")]
//!
//! [`StopReason::NoneFound`]: ganas_search::StopReason::NoneFound
#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod bananas;
mod candidates;
mod checkpoint;
mod config;
#[cfg(test)]
mod convergence;
mod error;
#[cfg(test)]
mod fixture;
mod full_evaluations;
mod ganas;
mod guide;
mod models;
mod ppo;
mod presets;
mod propose;
mod rewards;
mod round;
mod stopped;
mod train;
mod truth;

pub use bananas::{Bananas, BananasConfig};
pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
