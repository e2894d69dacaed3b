//! Architectures that are added to a study together with objective values that are already known.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{Distinct, Measurement, StudyError, TrialId};

/// An architecture whose objective value is already known, so the study does not need to evaluate
/// the architecture.
#[derive(Debug)]
pub struct KnownTrial<'a> {
    /// The trial's number. Trials that hold a known value have negative numbers, because they are
    /// not evaluated.
    pub trial: TrialId,
    /// The architecture.
    pub arch: &'a Arch,
    /// The architecture's key, by which the study recognises repeats.
    pub key: ArchHash,
    /// The known measurement.
    pub measurement: Measurement,
}

/// What the study already knows about an architecture that is given with a known value.
#[derive(Debug)]
pub(crate) enum Earlier {
    /// The study has evaluated the architecture, and uses its own result instead of the known
    /// value.
    Evaluated,
    /// The study already has this known value for the architecture.
    Known(f64),
    /// The architecture occurs earlier in the list of known values, at this index and with this
    /// value.
    Given(usize, f64),
}

impl<'a> KnownTrial<'a> {
    /// Returns trials for those `known` architectures that the study does not have yet. The study
    /// already has `before` known trials, after which the new ones are numbered.
    ///
    /// # Errors
    /// [`StudyError::Measurement`] if a measurement is invalid; [`StudyError::Contradiction`] if an
    /// architecture has two different known values.
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
            let taken = taken.map(|name| {
                format!("the metric `{name}` has the same name as a cost; rename the metric")
            });
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
