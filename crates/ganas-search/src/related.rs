//! What other studies found in the same search space.

use ganas_graph::Arch;

use crate::Score;

/// Trials of a finished study of the same search space, measured on another task: another data set,
/// another training. Their order may tell something of this study's; their values are never this
/// study's.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedTask {
    /// Where it comes from, for messages.
    pub name: String,
    /// Architectures with what their values are worth there, each architecture once.
    pub trials: Vec<(Arch, Score)>,
}
