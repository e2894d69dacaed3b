//! DARTS: a search space of 10¹⁸ architectures (ignoring the order of a node's edges), each with a
//! normal and a reduction cell.
//!
//! [`Darts`] is the search space. [`Edge`] and [`Cell`] are the parts of an architecture. They are
//! public so that other code can encode architectures for benchmarks. The costs that the space
//! returns are those of a network whose size is given by [`Network`].
//!
//! Source: Liu et al., "DARTS", ICLR 2019, and its code (quark0/darts). The operators and their
//! order are those of NAS-Bench-301 (Zela et al., ICLR 2022).

mod canonical;
mod cell;
mod cost;
mod drawing;
mod genotype;
mod pytorch;
mod representations;
mod space;

pub use cell::{CELL_NAMES, Cell, EDGES, Edge, NODES, OPERATORS};
pub use cost::Network;
pub use space::Darts;
