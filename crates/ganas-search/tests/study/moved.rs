//! A study writes only to the folder that was opened, whatever happens to its path.

use std::fs;
use std::path::{Path, PathBuf};

use ganas_graph::ArchHash;
use ganas_search::{
    Evaluation, Measurement, OpenTrial, SqliteStore, StopReason, Store as _, StoreError, Study,
    StudyError, StudyReader, StudySettings, TrialId, TrialState, Verdict,
};

use crate::fixture::{InOrder, Place, arch, measured};

/// What happens to a study's folder. What is moved is `aside` then.
type Mishap = fn(&Path);

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

fn moved(folder: &Path) {
    fs::rename(folder, aside(folder)).unwrap();
}

fn replaced(folder: &Path) {
    moved(folder);
    drop(Place::make(folder, &StudySettings::new(9, 0)));
}

fn copied_back(folder: &Path) {
    moved(folder);
    fs::create_dir(folder).unwrap();
    for file in fs::read_dir(aside(folder)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
}

fn deleted(folder: &Path) {
    fs::remove_dir_all(folder).unwrap();
}

fn store_deleted(folder: &Path) {
    moved(&folder.join("study.db"));
}

fn journal_deleted(folder: &Path) {
    moved(&folder.join("study.db-wal"));
}

fn lock_deleted(folder: &Path) {
    moved(&folder.join("study.lock"));
}

fn store_replaced(folder: &Path) {
    store_deleted(folder);
    fs::copy(aside(&folder.join("study.db")), folder.join("study.db")).unwrap();
}

const OF_FOLDER: [Mishap; 4] = [moved, replaced, copied_back, deleted];
const OF_STORE: [Mishap; 2] = [store_deleted, store_replaced];
const OF_FILES: [Mishap; 2] = [journal_deleted, lock_deleted];

fn all() -> impl Iterator<Item = Mishap> {
    OF_FOLDER.into_iter().chain(OF_STORE).chain(OF_FILES)
}

/// All files of a folder with hashes of their bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, ArchHash)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let hashed = |path: PathBuf| (path.clone(), ArchHash::of(&fs::read(path).unwrap()));
    paths.into_iter().map(hashed).collect()
}

/// A study of which one trial was told and two are out, and those.
fn at_work(place: &Place) -> (Study, Vec<OpenTrial>) {
    let mut study = place.open(Box::<InOrder>::default());
    let mut open = study.ask(3).unwrap();
    let first = open.remove(0);
    study.begin(first.trial).unwrap();
    study.tell(first.trial, measured(7.0)).unwrap();
    (study, open)
}

fn place() -> Place {
    Place::new(StudySettings::new(9, 0))
}

fn refused<T: std::fmt::Debug>(result: Result<T, StudyError>) -> StoreError {
    match result.unwrap_err() {
        StudyError::Store(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn nothing_is_begun_or_written_where_the_study_is_not() {
    for mishap in OF_FOLDER.into_iter().chain(OF_STORE) {
        let place = place();
        let (mut study, open) = at_work(&place);
        mishap(place.folder());
        let before = contents(place.folder());
        let error = refused(study.begin(open[0].trial));
        assert!(matches!(error, StoreError::Moved { .. } | StoreError::Replaced { .. }), "{error}");
        assert!(matches!(study.ask(1), Err(StudyError::Broken)));
        drop(study);
        assert_eq!(contents(place.folder()), before, "also when the study is closed");
        let there = aside(place.folder());
        if !there.exists() {
            continue;
        }
        let trials = StudyReader::open(&there).unwrap().trials().unwrap();
        assert_eq!(trials[0].value, Some(7.0));
        assert_eq!(trials[1].attempts, 0);
    }
}

#[test]
fn a_result_goes_with_the_folder() {
    for mishap in OF_FOLDER {
        let place = place();
        let (mut study, open) = at_work(&place);
        study.begin(open[0].trial).unwrap();
        mishap(place.folder());
        let before = contents(place.folder());
        let error = refused(study.tell(open[0].trial, measured(8.0)));
        assert!(error.to_string().contains("expected the folder in which the study was opened"));
        drop(study);
        assert_eq!(contents(place.folder()), before);
        let there = aside(place.folder());
        if !there.exists() {
            continue;
        }
        let again = StudyReader::open(&there).unwrap().trials().unwrap();
        assert_eq!((again[1].state, again[1].value), (TrialState::Measured, Some(8.0)));
        assert_eq!(again[2].state, TrialState::Pending, "the study resumes with the next");
        SqliteStore::open(&there).unwrap();
    }
}

#[test]
fn a_failure_that_may_come_of_the_move_does_not_count() {
    let place = place();
    let (mut study, open) = at_work(&place);
    moved(place.folder());
    let failed =
        Evaluation::Failed { reason: "no request.json".into(), attempts: 1, train_seconds: None };
    refused(study.tell(open[0].trial, failed));
    drop(study);
    let trials = StudyReader::open(&aside(place.folder())).unwrap().trials().unwrap();
    assert_eq!(trials[1].state, TrialState::Pending);
}

/// Tells a result when something in the folder was replaced, and closes the study.
fn told_after(mishap: Mishap) -> Place {
    let place = place();
    let (mut study, open) = at_work(&place);
    mishap(place.folder());
    let error = refused(study.tell(open[0].trial, measured(8.0)));
    assert!(error.to_string().contains("expected the file with which the study was opened"));
    place
}

#[test]
fn a_result_is_not_mixed_into_other_files() {
    let place = told_after(store_deleted);
    assert!(!place.path().exists(), "it is not made anew");
    let (place, replaced) = (told_after(store_replaced), |place: &Place| aside(&place.path()));
    assert_eq!(fs::read(place.path()).unwrap(), fs::read(replaced(&place)).unwrap());
    for mishap in OF_FILES {
        // Closing brings what was stored before into the store.
        let trials = told_after(mishap).reader().trials().unwrap();
        assert_eq!((trials[0].value, trials[1].value), (Some(7.0), None));
    }
}

#[test]
fn every_write_is_refused() {
    for mishap in all() {
        let place = place();
        let mut store = place.store();
        mishap(place.folder());
        let (space, trial) = (&*place.space, TrialId(0));
        for result in [
            store.ended(&[], None, StopReason::Budget),
            store.begun(trial),
            store.given_up(trial),
            store.told(trial, 1, &Verdict::OutOfDomain, &[]),
            store.retried(&[]),
            store.recounted(&[]),
            store.add_known(space, &[]),
            store.replan(5, ""),
        ] {
            let error = result.unwrap_err();
            assert!(
                matches!(error, StoreError::Moved { .. } | StoreError::Replaced { .. }),
                "{error}"
            );
        }
    }
}

#[test]
fn known_values_are_not_imported_into_another_folder() {
    for mishap in OF_FOLDER.into_iter().chain(OF_STORE) {
        let place = place();
        let mut study = place.open(Box::<InOrder>::default());
        mishap(place.folder());
        let before = contents(place.folder());
        refused(study.add_known(&[(arch([1; 6]), Measurement::new(1.0))]));
        drop(study);
        assert_eq!(contents(place.folder()), before);
    }
}
