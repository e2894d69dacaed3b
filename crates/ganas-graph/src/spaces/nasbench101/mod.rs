//! NAS-Bench-101: cells of up to seven vertices and nine edges.
//!
//! [`NasBench101`] is the search space. [`ModelSpec`] is one pruned cell (a cell without unused
//! vertices), stored in a few bytes. It can compute the published module hash of the cell and the
//! costs of the published network. It is meant for code that reads tables with hundreds of
//! thousands of cells.
//!
//! Source: Ying et al., "NAS-Bench-101", ICML 2019, and its API (google-research/nasbench). This
//! module reproduces the API's validity rules, module hash and network exactly.

mod cost;
mod enumeration;
mod grammar;
mod hash;
mod md5_lanes;
mod notation;
mod pytorch;
mod representations;
mod space;
mod spec;

pub use space::NasBench101;
pub use spec::{MAX_EDGES, MAX_VERTICES, ModelSpec, OPERATORS};
