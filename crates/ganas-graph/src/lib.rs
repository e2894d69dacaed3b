//! Architectures and search spaces for neural architecture search.
//!
//! A search space is a grammar, and an architecture ([`Arch`]) is a word of this grammar: a
//! sequence of choices. Each choice answers a [`Decision`], which depends on the choices before it.
//! In a numeric decision ([`NumberRange`]), the choice selects a part of a range. The exact number
//! within that part is stored in addition to the choice, and later decisions do not depend on the
//! number. Models see an architecture as a graph ([`ArchGraph`]). Random sampling, mutation,
//! crossover, neighbours and enumeration are implemented once for all spaces ([`moves`]).
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/cell.svg")]
#![doc = "</div>"]
//!
//! The picture shows the best cell of NAS-Bench-201 on CIFAR-10, drawn by [`export::svg`].
//!
//! ```
//! use ganas_graph::{SearchSpace, moves, spaces::NasBench201};
//! use rand::SeedableRng;
//!
//! let space = NasBench201::default();
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
//! let arch = moves::sample(&space, &mut rng);
//! let child = moves::mutate(&space, &arch, &mut rng).expect("every edge has five operators");
//! assert_ne!(arch, child);
//! assert_eq!(space.parse(&space.display(&child))?, child);
//! # Ok::<(), ganas_graph::ArchError>(())
//! ```
//!
//! This crate accesses neither files nor the clock, and does not depend on models or benchmarks.

mod arch;
mod builder;
mod canonical;
mod choice_value;
mod cost;
mod drawing;
mod error;
mod graph;
mod mask;
mod nodes;
mod number;
mod outline;
mod progress;
mod record;
mod space;
mod words;

pub mod export;
pub mod formula;
pub mod moves;
pub mod spaces;
pub mod wording;

#[cfg(feature = "test-util")]
pub mod arbitrary;

pub use arch::{Arch, ArchHash};
pub use builder::Builder;
pub use choice_value::ChoiceValue;
pub use cost::{CostLimit, CostMetric, NetworkCost};
pub use error::{ArchError, DescriptionError};
pub use graph::{ArchGraph, Label, LabelSet, MAX_LABELS, MAX_NODES, NODES_PER_WORD};
pub use mask::Mask;
pub use nodes::NodeSet;
pub use number::{Number, NumberRange, RangeError};
pub use outline::{OutlineEntry, OutlinePart};
pub use progress::Progress;
pub use record::ArchRecord;
pub use space::{Decision, DecisionKind, SearchSpace, Subject};
pub use words::Words;

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
