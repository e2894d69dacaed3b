//! DARTS: a normal and a reduction cell, 10¹⁸ architectures.
//!
//! [`Darts`] is the search space; [`Edge`] and [`Cell`] are an architecture's parts, for encoders of
//! benchmarks; [`Network`] is the network to which costs refer.
//!
//! Source: Liu et al., "DARTS", ICLR 2019, and its code (quark0/darts); the operators and their order
//! are those of NAS-Bench-301 (Zela et al., ICLR 2022).

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
