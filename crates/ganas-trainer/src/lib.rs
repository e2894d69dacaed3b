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
//! # What was measured
//! Against the same search without parts of it, 50 seeds, made by `cargo xtask reproduce
//! nasbench101-surrogate` and `nasbench301-standin` (`benchmarks-data/results` has all of it, the
//! baselines too). Mean of the best validation accuracy in percent ± standard error; a surrogate of
//! NAS-Bench-101, whose optimum is 94.721:
//!
//! | setting | 50 queries | 100 | 150 |
//! |---|--:|--:|--:|
//! | the default | 94.706 ± .003 | 94.719 ± .001 | 94.720 ± .000 |
//! | mutations only | 94.644 ± .010 | 94.712 ± .004 | 94.717 ± .002 |
//! | the rival: evolution on the discriminator's score, no generator | 94.710 ± .002 | 94.719 ± .001 | 94.719 ± .001 |
//! | `generator.edge_head=gru`, as published | 94.698 ± .008 | 94.719 ± .001 | 94.720 ± .000 |
//! | `generator.encoder.k=2` | 94.691 ± .006 | 94.719 ± .001 | 94.720 ± .000 |
//! | `discriminator.encoder.k=2` | 94.703 ± .005 | 94.719 ± .001 | 94.720 ± .000 |
//!
//! and a surrogate of NAS-Bench-301, of which the best known is 95.564:
//!
//! | setting | 50 queries | 100 | 150 | 300 |
//! |---|--:|--:|--:|--:|
//! | the default | 95.438 ± .008 | 95.486 ± .008 | 95.509 ± .006 | 95.536 ± .003 |
//! | mutations only | 94.818 ± .023 | 95.298 ± .013 | 95.458 ± .008 | 95.537 ± .003 |
//! | the rival | 95.406 ± .016 | 95.489 ± .007 | 95.514 ± .005 | 95.531 ± .003 |
//!
//! The generator is far ahead of mutations at 50 and 100 queries (paired over seeds, p < .002 on both).
//! It is not shown to be better than its rival anywhere: +.032 ± .016 at 50 queries of the second
//! (p = .05) is the largest difference, and on 100 other seeds it is +.013 ± .011 (p = .23). Neither the published edge head nor the 1-2-GNN is better than
//! what is cheaper. Also tried on NAS-Bench-301 with 12 to 16 seeds, none better at 300 queries:
//! `discriminator.count=3`, `candidates.evolution_generations=10` beside the generator, `truth_size=30`.
//!
//! Before the discriminator's batches had architectures of the truth set in them
//! (`discriminator.batch_from_truth`), one setting was changed at a time on the first surrogate: mean
//! regret in points ± standard error over 24 seeds, the same within each part of the table.
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
//! | the same without a generator | .021 ± .008 | .011 ± .008 | .010 ± .008 |
//!
//! More settings, on NAS-Bench-201's ImageNet16-120: `cargo xtask reproduce nasbench201-settings`. There
//! the generator does not help, and the novelty that helps above costs something.

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod bananas;
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

pub use bananas::{Bananas, BananasConfig};
pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;
