//! Random search.

use crate::{Context, Proposal, Strategy, StrategyEntry, StrategyError};

/// Random search without replacement: each proposal is uniform over the open architectures, where the
/// space can be counted or listed (see [`Context::sample_uniform`]).
///
/// An architecture is an isomorphism class, so in NAS-Bench-101 six of seven have seven vertices.
/// [`RandomDecisions`] samples decision by decision.
#[derive(Debug, Default)]
pub struct RandomSearch;

impl RandomSearch {
    /// Random search, registered by name.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "random",
        description: "Random search without replacement, uniform over architectures",
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
        Ok(context.sample_uniform(context.at_most.min(BATCH), &[], &mut rng))
    }
}

/// Random search without replacement, decision by decision: each proposal answers the decisions in
/// turn, uniformly over the allowed choices, and must be open.
///
/// This is uniform over decisions, not over architectures: in NAS-Bench-101 a sixth of the cells
/// have 2 vertices, a sixth have 3, and so on up to 7, since the number of vertices is the first
/// decision.
#[derive(Debug, Default)]
pub struct RandomDecisions;

impl RandomDecisions {
    /// Random decisions, registered by name.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "random-decisions",
        description: "Random search without replacement, uniform decision by decision",
        has_settings: false,
        build: |_| Ok(Box::new(Self)),
    };
}

impl Strategy for RandomDecisions {
    fn name(&self) -> &'static str {
        "random-decisions"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let mut rng = context.streams.rng("random", context.round, 0);
        Ok(context.sample_open(context.at_most.min(BATCH), &[], &mut rng))
    }
}

/// Number of proposals per round; any number yields the same kind of search.
const BATCH: usize = 50;
