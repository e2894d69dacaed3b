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
//! # What was measured
//! One setting changed at a time, on a surrogate of NAS-Bench-101: mean regret in points of
//! validation accuracy ± standard error over 24 seeds, the same within each part of the table. A
//! difference below two standard errors says nothing. `benchmarks-data/results/nasbench201-settings.md`, made by
//! `cargo xtask reproduce nasbench201-settings`, has more settings on NAS-Bench-201.
//!
//! | setting | 50 queries | 100 | 150 |
//! |---|--:|--:|--:|
//! | the default (`generator.novelty` is `batch`) | .018 ± .005 | .003 ± .001 | .001 ± .001 |
//! | `generator.novelty=free`: the generator collapses | .056 ± .019 | .005 ± .002 | .002 ± .002 |
//! | | | | |
//! | the default, other seeds | .029 ± .010 | .002 ± .001 | .000 ± .000 |
//! | `initial=10` | .012 ± .002 | .004 ± .001 | .002 ± .001 |
//! | `per_round=10`, `inner_iterations=4` | .041 ± .016 | .007 ± .002 | .002 ± .001 |
//! | `truth_size=8` | .027 ± .010 | .010 ± .008 | .002 ± .002 |
//! | `generator.reward=logit` | .034 ± .010 | .011 ± .008 | .009 ± .008 |
//! | `discriminator.count=2` | .021 ± .008 | .010 ± .008 | .001 ± .001 |
//! | `discriminator.encoder.width=32` | .017 ± .002 | .005 ± .002 | .002 ± .001 |
//! | `candidates.evolution_generations=5` | .027 ± .010 | .010 ± .008 | .002 ± .001 |
//! | the same without a generator: its rival | .021 ± .008 | .011 ± .008 | .010 ± .008 |
//!
//! Evolution on the discriminator's score, without a generator, is as good here within the errors.
//!
//! On NAS-Bench-201's ImageNet16-120 (20 seeds, 150 queries) the generator does not help, and the
//! novelty that helps above costs something: validation 46.682 ± .018 with the default, 46.712 ± .011
//! with mutations alone, 46.726 ± .004 with `generator.novelty=free`; the shares of a round make no
//! difference. The default was not chosen anew after seeing this.

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod candidates;
mod checkpoint;
mod config;
mod discrimination;
mod error;
mod ganas;
mod ppo;
mod truth;

pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, Novelty, PpoConfig, Reward, Selection,
    TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;
