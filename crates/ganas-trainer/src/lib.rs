//! GA-NAS as an ask–tell strategy.
//!
//! The strategy repeatedly fits a generator's distribution to the best architectures found so far.
//! A discriminator learns from the measurements which architectures are good. The score that the
//! models give is the generator's reward, so the generator can explore the search space without
//! evaluating any architectures. [`GaNas`] is the strategy, and [`TrainerConfig`] holds its
//! settings, with the presets [`TrainerConfig::ranked`] (the default) and [`TrainerConfig::paper`].
//! The preset [`TrainerConfig::gaussian_process`] and the strategy [`Bananas`] are provided for
//! comparison.
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # Search
//! The search first measures a few architectures, which are random or, if there are finished
//! studies on other tasks, partly predicted from these. It then measures a few more architectures
//! in each round. The candidates of a round come from the generator, from an evolutionary search
//! for architectures to which the guide (the models that score candidates) gives high scores, and
//! from the neighbours of the best architectures. The candidates with the best scores from the
//! guide are measured. The same score is also the generator's reward. The guide combines two
//! models:
//!
//! - the pairwise discriminator of the paper, trained to rank all measured architectures;
//! - a Gaussian process on the similarity of architectures. It compares how often each label, each
//!   Weisfeiler–Lehman subtree and each path occurs. For each label, it also compares the smallest
//!   and the largest number of nodes with that label on any path. Finally, it compares the choices,
//!   and the costs that are known before any evaluation.
//!
//! Which of the two is better depends on the space, so the weight of each model in the score
//! depends on how well it has predicted new measurements; in spaces with numeric or ordered
//! choices, only the Gaussian process counts. The Gaussian process also reports its uncertainty,
//! which earns a candidate a bonus. Further Gaussian processes predict whether a candidate violates
//! those limits that only an evaluation can check. If there are finished studies of the same space
//! on other tasks, the results predicted for an architecture on these tasks are further features of
//! the architecture.
//!
//! If only Gaussian processes score candidates, the generator is not used. Otherwise, it is trained
//! and used in every round at first. Later, the fraction of rounds that use it depends on how many
//! of the good architectures it has found, compared with the other sources. On average, it is used
//! in at least one round in ten.
//!
//! # Several objectives
//! If a study has several objectives, each objective has its own Gaussian process, unless the
//! objective is a cost that the space computes without an evaluation. A candidate's score is the
//! log of the hypervolume that the candidate is expected to add to the Pareto front (Emmerich,
//! Giannakoglou and Naujoks 2006). By default, a search with several objectives does not use the
//! discriminator and the generator. The truth set (the best architectures, with which evolution
//! starts) consists of the first architectures in NSGA-II's crowded order
//! ([`crowded_order`](ganas_search::crowded_order)). The preset [`TrainerConfig::paper`] has no
//! Gaussian process, so its discriminator and generator learn from this truth set. [`Bananas`] also
//! uses the crowded order to choose the architectures to mutate, but its networks learn only the
//! main objective, not the others.
//!
//! We tried two alternatives in which the discriminator and the Gaussian process learn a single
//! number: either the position in the crowded order, or the smallest of the weighted objectives,
//! with weights drawn anew in each round (Knowles's `ParEGO`, 2006). The table compares them with
//! the default, which is shown in the column "expected hypervolume". Each cell contains the
//! hypervolume after 25, 50 and 100 queries, as a fraction of the volume of the box that `cargo
//! xtask fronts` uses. The box extends from the worst to the best value of each objective. The
//! numbers are means over seeds 1000 to 1011 (`benchmarks-data/results/ablate/fronts.csv`):
//!
//! | | expected hypervolume | crowded order | drawn weights |
//! |---|---|---|---|
//! | NAS-Bench-201, CIFAR-10, latency | .919, .933, .944 | .880, .925, .941 | .855, .905, .934 |
//! | Accel-NASBench, latency on ZCU102 | .949, .980, .991 | .898, .930, .959 | .884, .926, .958 |
//!
//! # Results
//! We chose the default configuration on the basis of the tables in
//! `benchmarks-data/results/ablate`, which were made by `cargo xtask ablate`. `guide.md` compares
//! the models and `sources.md` the sources of candidates. `generator.md` shows where the generator
//! pays off, and which ideas fail to improve it. `goals.md` and `goals-models.md` show the results
//! of the default configuration on seeds that are reserved for reporting.
//!
//! In short, these are the results. The numbers are from NAS-Bench-201 and are means over 32 seeds,
//! and the p-values are corrected for the number of comparisons in each table. On CIFAR-10, the
//! search with both models needs 10 fewer queries to find the optimum than the search with the
//! discriminator alone (p = .10). On CIFAR-100, it needs 14 fewer (p = .06). Compared with the
//! search with the Gaussian process alone, it needs 12 fewer on CIFAR-100 (p = .06), but no fewer
//! on CIFAR-10. There is no evidence that learnt weights of the two models are better than equal
//! weights. Without the bonus for uncertainty, the search needs 7 more queries on CIFAR-10 (p =
//! .58) and 10 more on CIFAR-100 (p = .06). We also compared searches with the same guide but with
//! only one source of candidates. On NAS-Bench-201 and in the DARTS space, both without limits, the
//! architectures found with the generator alone are as good as those found with evolution alone,
//! and far better than those found with random sampling alone. In the DARTS space, after 25
//! queries, they are also far better than those found with the neighbours of the best architectures
//! alone. After 100 queries, there is no such difference. In two cases with limits, the
//! architectures found with the generator alone are far worse than those found with evolution
//! alone: on Accel-NASBench with costs limited to those of EfficientNet-B0, and in the DARTS space
//! under a tight limit. There is no evidence that adding the generator to evolution and neighbours
//! improves the search. With the generator, the search takes between a third and four fifths more
//! time than without it.
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
