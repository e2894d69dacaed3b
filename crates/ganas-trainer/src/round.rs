//! What training, rewards and proposals of one round see of the study.

use ganas_graph::{Arch, ArchGraph};
use ganas_search::Context;

use crate::TrainerConfig;
use crate::truth::Measured;

/// The study as it is when the strategy is asked, and the truth set.
pub(crate) struct Round<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) config: &'a TrainerConfig,
    pub(crate) measured: &'a Measured,
    /// The best, by their place in what is measured.
    pub(crate) truth: Vec<usize>,
    /// Their graphs.
    pub(crate) truth_graphs: Vec<ArchGraph>,
}

impl<'a> Round<'a> {
    /// `measured` is up to date with the context.
    pub(crate) fn new(
        context: &'a Context<'a>,
        config: &'a TrainerConfig,
        measured: &'a Measured,
    ) -> Self {
        let truth = measured.best(config.truth_size);
        let truth_graphs = truth.iter().map(|&index| measured.graphs[index].clone()).collect();
        Self { context, config, measured, truth, truth_graphs }
    }

    /// The graphs that the models see.
    pub(crate) fn graphs(&self, archs: &[Arch]) -> Vec<ArchGraph> {
        archs.iter().map(|arch| self.context.space.canonical_graph(arch)).collect()
    }

    /// The truth set's architectures, which mutations and evolution start from.
    pub(crate) fn parents(&self) -> Vec<&'a Arch> {
        self.truth.iter().map(|&place| &self.measured.archs[place]).collect()
    }
}
