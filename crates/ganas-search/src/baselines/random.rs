//! Random search.

use crate::{Context, Proposal, Strategy, StrategyEntry, StrategyError};

/// Random search without replacement: each proposal is uniform over the architectures that are open, as
/// far as the space can be counted or listed ([`Context::sample_uniform`] says where).
///
/// An architecture is an isomorphism class, so of NAS-Bench-101 six of seven have seven vertices.
/// [`RandomDecisions`] draws decision by decision.
#[derive(Debug, Default)]
pub struct RandomSearch;

impl RandomSearch {
    /// Random search by its name.
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

/// Random search without replacement, decision by decision: each proposal answers one decision after the
/// other, uniformly over what is allowed then, among the open.
///
/// That is uniform over decisions and not over architectures: of NAS-Bench-101, a sixth of the cells each
/// has 2, 3, … 7 vertices, since their number is the first decision. Before `random` became uniform over
/// architectures, it drew so.
#[derive(Debug, Default)]
pub struct RandomDecisions;

impl RandomDecisions {
    /// Random decisions by their name.
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

/// Proposals a round; any number gives the same kind of search.
const BATCH: usize = 50;
