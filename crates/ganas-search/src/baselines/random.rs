//! Random search.

use crate::{Context, Proposal, Strategy, StrategyEntry, StrategyError};

/// Random search without replacement. In most spaces whose architectures can be counted or listed,
/// each proposal is drawn uniformly from the architectures that can still be proposed
/// ([`Context::sample_uniform`] gives the details).
///
/// By default, isomorphic architectures count as one. In NAS-Bench-101, for example, about 85 % of
/// the architectures counted in this way have seven vertices, and so do about 85 % of the
/// proposals. [`RandomDecisions`], in contrast, makes one random decision after another.
#[derive(Debug, Default)]
pub struct RandomSearch;

impl RandomSearch {
    /// The registry entry of random search.
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

/// Random search without replacement. Each architecture is drawn one decision at a time, and each
/// decision is drawn uniformly from the choices allowed at that point. Architectures that violate a
/// constraint or were proposed before are rejected.
///
/// Before rejection, each decision is uniform over its choices, but architectures are not equally
/// likely. In NAS-Bench-101, for example, the first decision is the number of vertices. A sixth of
/// the drawn cells therefore have 2 vertices, a sixth have 3, and so on up to 7.
#[derive(Debug, Default)]
pub struct RandomDecisions;

impl RandomDecisions {
    /// The registry entry of [`RandomDecisions`].
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

/// Number of proposals per round, which does not change the distribution of what is proposed.
const BATCH: usize = 50;
