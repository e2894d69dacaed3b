//! Results of other studies in the same search space.

use ganas_graph::Arch;

use crate::Score;

/// Trials of a finished study of the same search space on another task, such as another data set or
/// training. Their order may be informative for this study; their values never belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedTask {
    /// The origin, for messages.
    pub name: String,
    /// Architectures with their scores on that task, each architecture once.
    pub trials: Vec<(Arch, Score)>,
}
