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

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod candidates;
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
