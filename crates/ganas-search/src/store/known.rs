//! Architectures of known value that are added to a study.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{Distinct, Measurement, StudyError, TrialId};

/// An architecture of known value.
#[derive(Debug)]
pub struct KnownTrial<'a> {
    /// The trial's number, below 0.
    pub trial: TrialId,
    /// The architecture.
    pub arch: &'a Arch,
    /// Its key in the study.
    pub key: ArchHash,
    /// The known measurement.
    pub measurement: Measurement,
}

/// The study's prior knowledge about an architecture whose value is given.
#[derive(Debug)]
pub(crate) enum Earlier {
    /// The study evaluated it; that result counts.
    Evaluated,
    /// It already had this known value.
    Known(f64),
    /// It was given with this value before, at this index.
    Given(usize, f64),
}

impl<'a> KnownTrial<'a> {
    /// Returns the known trials that the study does not have yet, numbered after its `before` existing
    /// ones.
    ///
    /// # Errors
    /// [`StudyError::Measurement`] if a measurement is invalid; [`StudyError::Contradiction`] if an
    /// architecture has two known values.
    pub(crate) fn new_ones(
        space: &dyn SearchSpace,
        distinct: Distinct,
        mut there: HashMap<ArchHash, Earlier>,
        before: usize,
        known: &'a [(Arch, Measurement)],
    ) -> Result<Vec<Self>, StudyError> {
        let mut new = Vec::new();
        for (at, (arch, measurement)) in known.iter().enumerate() {
            let measurement = measurement.clone().kept();
            let taken = measurement.clashing_metric(space);
            let taken = taken.map(|name| format!("the metric `{name}` has the name of a cost"));
            if let Some(found) = measurement.check().err().or(taken) {
                return Err(StudyError::Measurement { arch: space.display(arch), found });
            }
            let key = distinct.key(space, arch);
            let earlier = match there.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Earlier::Given(at, measurement.value));
                    let number = i64::try_from(before + new.len()).unwrap_or(i64::MAX);
                    new.push(Self { trial: TrialId(-1 - number), arch, key, measurement });
                    continue;
                }
                Entry::Occupied(occupied) => occupied.into_mut(),
            };
            let (first, value) = match earlier {
                Earlier::Evaluated => continue,
                Earlier::Known(value) => (None, *value),
                Earlier::Given(first, value) => (Some(*first), *value),
            };
            if !measurement.has_value(value) {
                let (arch, values) = (space.display(arch), [value, measurement.value]);
                return Err(StudyError::Contradiction { arch, values, first, second: at });
            }
        }
        Ok(new)
    }
}
