//! The graph neural networks of GA-NAS, built on the tensor library candle: a k-GNN encoder, the
//! autoregressive [`Generator`] and the siamese pairwise [`Discriminator`].
//!
//! The models work on graphs and decisions of any search space, because they take the labels and
//! the kinds of decision from a [`SearchSpace`](ganas_graph::SearchSpace). The models run on the
//! CPU. When candle trains on small graphs on a CPU, it spends most of the time outside the matrix
//! products. The layers are therefore fused operations with backward passes of their own ([`ops`]).
//! The models are single-threaded. Parallelism comes from running independent searches at the same
//! time. Weights are drawn from a random stream that the caller passes in.

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod adam;
mod batch;
mod discriminator;
mod encoder;
mod error;
mod generator;
mod linear;
mod seeded_init;

pub mod ops;

pub use adam::{Adam, AdamSettings};
pub use batch::GraphBatch;
pub use discriminator::Discriminator;
pub use encoder::{Encoder, EncoderSettings};
pub use error::GnnError;
pub use generator::{EdgeHead, Generator, Policy, Replay, Rollout, Transition};
pub use seeded_init::Weights;

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
