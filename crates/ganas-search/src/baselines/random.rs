//! Random search.

use crate::{Context, Proposal, Strategy, StrategyEntry, StrategyError};

/// Random search without replacement: each proposal is uniform over choices, among the open.
#[derive(Debug, Default)]
pub struct RandomSearch;

impl RandomSearch {
    /// Random search by its name.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "random",
        description: "Random search without replacement",
        has_settings: false,
        build: |_| Ok(Box::new(Self)),
    };
}

impl Strategy for RandomSearch {
    fn name(&self) -> &'static str {
        "random"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let mut rng = context.streams.rng("random", context.round, 0);
        Ok(context.sample_open(context.at_most.min(BATCH), &[], &mut rng))
    }
}

/// Proposals a round; any number gives the same kind of search.
const BATCH: usize = 50;
