//! Results of other studies in the same search space.

use ganas_graph::Arch;

use crate::Score;

/// Trials of a finished study of the same search space on another task, such as another data set or
/// training procedure. Their ranking may be informative for this study, but their values never
/// enter its history.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedTask {
    /// The origin of the trials, for messages.
    pub name: String,
    /// Architectures with their scores on that task, each architecture once.
    pub trials: Vec<(Arch, Score)>,
}
