//! Architectures and search spaces for neural architecture search.
//!
//! An architecture is a word in its search space's construction grammar: a vector of choices
//! ([`Arch`]), each the answer to a [`Decision`] that follows from the choices before it. A decision
//! may be numeric ([`NumberRange`]): its choice is a part of the range, which the grammar sees, and the
//! exact number is stored beside it. Models see the architecture's graph ([`ArchGraph`]). Everything
//! else is implemented once for all spaces: random sampling, mutation, crossover, neighbours and
//! enumeration ([`moves`]).
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/cell.svg")]
#![doc = "</div>"]
//!
//! Drawn by [`export::svg`]: the best cell of NAS-Bench-201 on CIFAR-10.
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
//! This crate accesses neither files nor the clock, and is independent of models and benchmarks.

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
