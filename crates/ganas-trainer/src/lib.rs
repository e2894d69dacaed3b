//! GA-NAS as an ask–tell strategy.
//!
//! The strategy repeatedly fits a generator's distribution to the best architectures found so far.
//! A discriminator learns from the measurements which architectures are good. Its score is the
//! generator's reward, so the generator explores the search space without evaluating anything.
//! [`GaNas`] is the strategy, and [`TrainerConfig`] holds its settings, with the presets
//! [`TrainerConfig::ranked`] (the default) and [`TrainerConfig::paper`]. The preset
//! [`TrainerConfig::gaussian_process`] and the strategy [`Bananas`] serve for comparison.
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # Search
//! The search first measures a few random architectures, then a few more in each round. The
//! candidates of a round come from the generator, from an evolution on the guide's score, and from
//! the neighbours of the best architectures. The guide chooses among the candidates by its score,
//! which is also the generator's reward. The guide combines two models:
//!
//! - the pairwise discriminator of the paper, trained to rank all measured architectures;
//! - a Gaussian process on the similarity of architectures. It compares counts of labels, of
//!   Weisfeiler–Lehman subtrees and of paths, the fewest and the most nodes with a label on any
//!   path, the choices, and the costs that are known before any evaluation.
//!
//! Which of the two is better depends on the space, so the share of each model in the score follows
//! how well it has predicted new measurements. The Gaussian process also reports its uncertainty,
//! which earns a candidate a bonus. Further Gaussian processes predict whether a candidate violates
//! a limit that only an evaluation reveals. If there are finished studies of the same space on
//! other tasks, the result predicted for each of these tasks is one more feature of an
//! architecture.
//!
//! At first, the generator is trained and used in every round. Later, the share of rounds that use
//! it follows its share of the good findings, but is at least one in ten on average.
//!
//! # Several objectives
//! If a study has several objectives, each objective has its own Gaussian process, unless it is a
//! cost that the space knows. A candidate's score is the log of the hypervolume that the candidate
//! is expected to add to the Pareto front (Emmerich, Giannakoglou and Naujoks 2006). The
//! discriminator and the generator are not used. The truth set consists of the first architectures
//! in NSGA-II's crowded order ([`crowded_order`](ganas_search::crowded_order)).
//! [`TrainerConfig::paper`] also learns from this truth set. [`Bananas`] takes its parents from
//! this order, but its networks learn only the value.
//!
//! We tried two alternatives in which the discriminator and the Gaussian process learn a single
//! number: either the position in the crowded order, or the smallest of the weighted objectives,
//! with weights drawn anew in each round (Knowles's `ParEGO`, 2006). The table shows the
//! hypervolume after 25, 50 and 100 queries, as a fraction of the box that `cargo xtask fronts`
//! uses; the numbers are means over seeds 1000 to 1011
//! (`benchmarks-data/results/ablate/fronts.csv`):
//!
//! | | expected hypervolume | crowded order | drawn weights |
//! |---|---|---|---|
//! | NAS-Bench-201, CIFAR-10, latency | .919, .933, .944 | .880, .925, .941 | .855, .905, .934 |
//! | Accel-NASBench, latency on ZCU102 | .949, .980, .991 | .898, .930, .959 | .884, .926, .958 |
//!
//! # Results
//! We chose the default on the basis of the tables in `benchmarks-data/results/ablate`, which
//! `cargo xtask ablate` made. `guide.md` compares the models and `sources.md` the sources of
//! candidates. `generator.md` shows where the generator pays off, and which ideas fail to improve
//! it. `goals.md` and `goals-models.md` measure the default against its goals.
//!
//! In short, these are the results on NAS-Bench-201 (means over 32 seeds; p is corrected within
//! each table). With both models, the search needs 10 queries fewer than with the discriminator
//! alone on CIFAR-10 (p = .10) and 14 fewer on CIFAR-100 (p = .06). It needs 12 fewer than with the
//! Gaussian process alone on CIFAR-100 (p = .06), but no fewer on CIFAR-10. A learnt share is not
//! shown to beat equal shares. Without the bonus for uncertainty, the search needs 7 more queries
//! on CIFAR-10 (p = .58) and 10 more on CIFAR-100 (p = .06). As the only source of candidates for
//! the same guide, the generator finds architectures as good as evolution does, and far better ones
//! than random sampling does; in the DARTS space, they are also far better than those among the
//! neighbours of the best. On Accel-NASBench under EfficientNet-B0's costs, and in the DARTS space
//! under a tight limit, the generator alone finds far worse architectures than evolution alone.
//! Added to evolution and neighbours, the generator is not shown to improve the search, and it
//! costs a third to four fifths more time.
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
