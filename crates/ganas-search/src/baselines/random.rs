//! Random search.

use crate::{Context, Proposal, Strategy, StrategyEntry, StrategyError};

/// Random search without replacement: each proposal is drawn uniformly from the open architectures,
/// if the space can be counted or listed (see [`Context::sample_uniform`]).
///
/// By default, isomorphic architectures count as one, so in NAS-Bench-101 six of seven proposals
/// have seven vertices. [`RandomDecisions`], in contrast, samples decision by decision.
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
/// Proposals are uniform over the choices of each decision, not over architectures: in
/// NAS-Bench-101 a sixth of the cells have 2 vertices, a sixth have 3, and so on up to 7, since the
/// number of vertices is the first decision.
#[derive(Debug, Default)]
pub struct RandomDecisions;

impl RandomDecisions {
    /// Random decisions, registered by name.
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "random-decisions",
        description: "Random search without replacement, uniform over the choices of each decision",
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

/// Number of proposals per round; any number yields a search with the same statistics.
const BATCH: usize = 50;
