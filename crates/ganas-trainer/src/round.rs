//! The state of the study during a round, as it is used by the training, the rewards and the
//! proposals.

use ganas_graph::{Arch, ArchGraph};
use ganas_search::Context;

use crate::TrainerConfig;
use crate::truth::Measured;

/// The state of the study when it asks for proposals, and the truth set.
pub(crate) struct Round<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) config: &'a TrainerConfig,
    pub(crate) measured: &'a Measured,
    /// Indices of the truth set among the measured architectures, best first.
    pub(crate) truth: Vec<usize>,
    /// Canonical graphs of the truth set.
    pub(crate) truth_graphs: Vec<ArchGraph>,
}

impl<'a> Round<'a> {
    /// Creates a round; `measured` must be up to date with the context.
    pub(crate) fn new(
        context: &'a Context<'a>,
        config: &'a TrainerConfig,
        measured: &'a Measured,
    ) -> Self {
        let truth = measured.best(config.truth_size);
        let truth_graphs = truth.iter().map(|&index| measured.graphs[index].clone()).collect();
        Self { context, config, measured, truth, truth_graphs }
    }

    /// Returns the canonical graphs of `archs`, the form in which the models see them.
    pub(crate) fn graphs(&self, archs: &[Arch]) -> Vec<ArchGraph> {
        archs.iter().map(|arch| self.context.space.canonical_graph(arch)).collect()
    }

    /// Returns the truth set's architectures, from which mutations and evolution start.
    pub(crate) fn parents(&self) -> Vec<&'a Arch> {
        self.truth.iter().map(|&place| &self.measured.archs[place]).collect()
    }
}
