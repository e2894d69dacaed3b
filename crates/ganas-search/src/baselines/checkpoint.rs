//! Checkpoints of strategies as JSON, in which each architecture is stored as its [`ArchRecord`].

use std::error::Error;

use ganas_graph::{Arch, ArchRecord, SearchSpace};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Standing, StrategyError};

/// The record of an architecture, with the architecture's standing.
pub(super) type Placed = (ArchRecord, Standing);

pub(super) fn write(strategy: &str, state: &impl Serialize) -> Result<Vec<u8>, StrategyError> {
    serde_json::to_vec(state).map_err(|error| failure(strategy, error))
}

pub(super) fn read<T: DeserializeOwned>(strategy: &str, bytes: &[u8]) -> Result<T, StrategyError> {
    serde_json::from_slice(bytes).map_err(|error| failure(strategy, error))
}

pub(super) fn arch(
    strategy: &str,
    space: &dyn SearchSpace,
    record: ArchRecord,
) -> Result<Arch, StrategyError> {
    record.read(space).map_err(|error| failure(strategy, error))
}

fn failure(strategy: &str, error: impl Error + Send + Sync + 'static) -> StrategyError {
    StrategyError { strategy: strategy.into(), source: error.into() }
}
