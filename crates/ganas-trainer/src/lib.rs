//! GA-NAS as an ask–tell strategy.
//!
//! A generator's distribution is fitted again and again to the best architectures found so far: a
//! discriminator learns what is good from what has been measured, and its score is the generator's
//! reward, so the search explores without evaluating. [`GaNas`] is the strategy, [`TrainerConfig`]
//! everything that can be set, with the presets [`TrainerConfig::ranked`] (the default) and
//! [`TrainerConfig::paper`]. [`TrainerConfig::gaussian_process`] and [`Bananas`] are strategies that
//! GA-NAS is compared with.
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
//! # Several objectives
//! Where a study has further objectives, each of them has a Gaussian process of its own, but for costs of the
//! space, which are known; a candidate's score is the logarithm of the hypervolume that it is expected to add
//! to the Pareto front (Emmerich, Giannakoglou and Naujoks 2006). Discriminator and generator rest. The truth
//! set is the first in NSGA-II's crowded order ([`crowded_order`](ganas_search::crowded_order)), which is also
//! what [`TrainerConfig::paper`] and [`Bananas`] learn there.
//!
//! Two other ways were tried: both models learnt that order, or the smallest of the objectives with weights
//! that each round draws (Knowles's `ParEGO`, 2006). Hypervolume after 25, 50 and 100 queries, means over
//! seeds 1000 to 1011, in the box of `cargo xtask fronts` (`benchmarks-data/results/ablate/fronts.csv`):
//!
//! | | expected hypervolume | crowded order | drawn weights |
//! |---|---|---|---|
//! | NAS-Bench-201, CIFAR-10, latency | .919, .933, .944 | .880, .925, .941 | .855, .905, .934 |
//! | Accel-NASBench, latency on ZCU102 | .949, .980, .991 | .898, .930, .959 | .884, .926, .958 |
//!
//! # What was measured
//! `benchmarks-data/results/ablate` has the tables by which the default was chosen, made by `cargo xtask
//! ablate`: `guide.md` is about the models, `sources.md` about the candidates, `generator.md` about where
//! the generator pays and what does not make it pay more, `goals.md` and `goals-models.md` about what the
//! default reaches.
//!
//! In short, on NAS-Bench-201 (means over 32 seeds, p corrected within a table): both models together need
//! 10 and 14 queries fewer than the discriminator alone on CIFAR-10 and CIFAR-100 (p = .10 and .06), and 12
//! fewer than the Gaussian process alone on CIFAR-100 (p = .06) but not on CIFAR-10. That a learnt share
//! beats half each is not shown. Without the bonus for uncertainty 7 and 10 queries more are needed (p = .58
//! and .06). With the same guide, the generator alone finds as much as
//! evolution alone, and far more than random architectures ranked by the guide; in the DARTS space also
//! far more than the neighbours of the best. On Accel-NASBench under EfficientNet-B0's costs, and in the
//! DARTS space under a tight limit, it alone finds far less than evolution alone. Beside evolution and
//! neighbours it is not shown to add anything, and takes a third to four fifths more time.
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
mod whole;

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
