//! Finished studies from which a new study of the same search space learns.

use std::path::{Path, PathBuf};

use ganas_graph::SearchSpace;
use ganas_search::{Direction, RelatedTask, StoreError, StudyReader};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The findings of a finished study, kept by a new study so that it does not need the other's
/// folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Related {
    folder: PathBuf,
    space: String,
    /// Architectures in the space's notation, with their scores.
    trials: Vec<(String, f64)>,
}

/// Maximum number of trials kept from a study; the best ones are kept.
const MAX_TRIALS: usize = 1_000;

impl Related {
    /// Reads the study in a folder.
    ///
    /// # Errors
    /// If the folder contains no study.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let reader = StudyReader::open(folder)?;
        let study = reader.study()?;
        let mut trials: Vec<_> = reader
            .trials()?
            .into_iter()
            .filter_map(|trial| Some((trial.score(study.direction)?.get(), trial.arch)))
            .map(|(score, arch)| (arch, score))
            .collect();
        trials.sort_by(|a, b| b.1.total_cmp(&a.1));
        trials.truncate(MAX_TRIALS);
        Ok(Self { folder: folder.into(), space: study.space, trials })
    }

    /// Returns the folder that the study was in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the study as a task in `space`, which may have other costs, as for another data set.
    ///
    /// # Errors
    /// If the study belongs to another space.
    pub(crate) fn task(&self, space: &dyn SearchSpace) -> Result<RelatedTask, Error> {
        let name = self.folder.display().to_string();
        if self.space != space.name() {
            let (expected, found) = (space.name().to_owned(), self.space.clone());
            return Err(StoreError::OtherSpace { place: name, expected, found }.into());
        }
        let trial = |(arch, score): &(String, f64)| {
            Ok((space.parse(arch)?, Direction::Maximise.score(*score)))
        };
        let trials =
            self.trials.iter().map(trial).collect::<Result<_, ganas_graph::ArchError>>()?;
        Ok(RelatedTask { name, trials })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::{NasBench101, NasBench201};
    use ganas_search::baselines::RandomSearch;
    use ganas_search::{Evaluation, Measurement, SqliteStore, Study, StudyRecord, StudySettings};

    use super::*;

    #[test]
    fn only_full_evaluations_are_learnt_from() {
        let folder = tempfile::tempdir().unwrap();
        let space = Arc::new(NasBench201::default());
        let record = StudyRecord::new(&*space, "random", String::new());
        let store = SqliteStore::create(folder.path(), &record).unwrap();
        let fidelity = Some("epochs=1,9/asha/3".parse().unwrap());
        let settings = StudySettings { fidelity, ..StudySettings::new(3, 0) };
        let (strategy, store) = (Box::new(RandomSearch), Box::new(store));
        let mut study = Study::open(space, strategy, settings, store).unwrap();
        while let Some(open) = study.ask(1).unwrap().pop() {
            let is_full = open.rung.is_some_and(|rung| rung.fidelity > 1.0);
            let value = if is_full { 1.0 } else { 2.0 };
            study.tell(open.trial, Evaluation::Measured(Measurement::new(value))).unwrap();
        }
        let full = study.history().trials().len();
        assert!(full > 0 && !study.history().partials().is_empty());
        let learnt = Related::read(folder.path()).unwrap().trials;
        assert_eq!(learnt.len(), full);
        assert!(learnt.iter().all(|(_, score)| (score - 1.0).abs() < 1e-12), "{learnt:?}");
    }

    #[test]
    fn tasks_are_of_the_same_space() {
        let text = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
        let of = |arch: &str| Related {
            folder: "runs/other".into(),
            space: "nasbench201".into(),
            trials: vec![(arch.into(), -2.0)],
        };
        let task = of(text).task(&NasBench201::default()).unwrap();
        assert_eq!(task.trials.len(), 1);
        assert!((task.trials[0].1.get() + 2.0).abs() < 1e-12, "it keeps its sign");
        let error = of(text).task(&NasBench101::default()).unwrap_err().to_string();
        assert_eq!(
            error,
            "runs/other: expected a study of the search space nasbench101, found a study of nasbench201"
        );
        assert!(of("|none~0|").task(&NasBench201::default()).is_err());
    }
}
