//! Results of other studies in the same search space.

use ganas_graph::Arch;

use crate::Score;

/// Trials of a finished study in the same search space, but on another task, for example with
/// another data set or training procedure. A study may learn from the ranking of these trials, but
/// their values never enter its own history.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedTask {
    /// The name by which messages refer to the source of the trials.
    pub name: String,
    /// The architectures, each with its score on the other task. Each architecture appears once.
    pub trials: Vec<(Arch, Score)>,
}
