//! Architectures of known value on their way into a study.

use std::collections::HashSet;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{Distinct, Measurement, StudyError, TrialId};

/// An architecture of known value.
#[derive(Debug)]
pub struct KnownTrial<'a> {
    /// The trial's number, below 0.
    pub trial: TrialId,
    /// The architecture.
    pub arch: &'a Arch,
    /// Its identity in the study.
    pub key: ArchHash,
    /// What is known.
    pub measurement: Measurement,
}

impl<'a> KnownTrial<'a> {
    /// Those that are new beside `keys`, numbered behind the `before` that a study has.
    ///
    /// # Errors
    /// [`StudyError::Measurement`] if one is no measurement.
    pub(crate) fn new_ones(
        space: &dyn SearchSpace,
        distinct: Distinct,
        mut keys: HashSet<ArchHash>,
        before: usize,
        known: &'a [(Arch, Measurement)],
    ) -> Result<Vec<Self>, StudyError> {
        let mut new = Vec::new();
        for (arch, measurement) in known {
            let measurement = measurement.clone().kept();
            let taken = measurement.taken_name(space);
            let taken = taken.map(|name| format!("the metric `{name}` has the name of a cost"));
            if let Some(found) = measurement.check().err().or(taken) {
                return Err(StudyError::Measurement { arch: space.display(arch), found });
            }
            let key = distinct.key(space, arch);
            if keys.insert(key) {
                let number = i64::try_from(before + new.len()).unwrap_or(i64::MAX - 1);
                new.push(Self { trial: TrialId(-1 - number), arch, key, measurement });
            }
        }
        Ok(new)
    }
}
