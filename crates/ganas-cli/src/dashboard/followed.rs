//! The studies that the dashboard follows, and their pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ganas::charts::{Listed, Live, Part, Report, list_page, message_page};
use ganas::search::{StoreError, StudyReader, TrialId};
use ganas::{Plan, is_study};

use super::Answer;
use super::request::Asked;
use crate::output::{self, Amount};

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Maximum number of lines of a log that are shown.
const LINES: usize = 200;

/// The time that must pass before a study's page is rendered again, as a multiple of the time that
/// the last rendering took. The wait keeps the dashboard from slowing down the study's workers.
const IDLE: u32 = 50;

/// The studies that the dashboard follows. A study's index is its number in addresses, which does
/// not change when other studies appear.
#[derive(Debug)]
pub(super) struct Followed {
    folders: Vec<PathBuf>,
    studies: Mutex<Vec<Arc<Study>>>,
}

#[derive(Debug)]
struct Study {
    folder: PathBuf,
    page: Mutex<Option<Page>>,
}

/// A rendered page.
#[derive(Debug)]
struct Page {
    /// The stamp of the store when the page was rendered.
    stamp: String,
    content: Arc<String>,
    /// The earliest time at which the page may be rendered again.
    next: Instant,
}

impl Followed {
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, studies: Mutex::default() }
    }

    pub(super) fn answer(&self, asked: &Asked) -> Answer {
        let studies = self.look();
        let study = |place: usize| studies.get(place);
        match *asked {
            Asked::List if studies.len() == 1 => Self::page(&studies, 0),
            Asked::List => (200, HTML, list_page(&listed(&studies))),
            Asked::Page(place) if place < studies.len() => Self::page(&studies, place),
            Asked::Stamp(place) if place < studies.len() => {
                (200, TEXT, study(place).map(|it| it.stamp()).unwrap_or_default())
            }
            Asked::Log(place, trial) if place < studies.len() => {
                let log = study(place).and_then(|it| log(&it.folder, trial));
                (200, TEXT, log.unwrap_or_else(|| "There is no log of this trial.".into()))
            }
            _ => (
                404,
                HTML,
                message_page(
                    "Not found",
                    "There is no such study; the start page (/) lists all studies.",
                ),
            ),
        }
    }

    /// Returns all studies found so far, after looking for new ones.
    fn look(&self) -> Vec<Arc<Study>> {
        let mut studies = lock(&self.studies);
        for folder in self.folders.iter().flat_map(|folder| studies_in(folder)) {
            if !studies.iter().any(|study| study.folder == folder) {
                studies.push(Arc::new(Study { folder, page: Mutex::new(None) }));
            }
        }
        studies.clone()
    }

    fn page(studies: &[Arc<Study>], place: usize) -> Answer {
        let address = |place: usize| format!("/study/{place}");
        let others = studies.iter().enumerate().filter(|(at, _)| *at != place);
        let live = Live {
            stamp: format!("{}/stamp", address(place)),
            logs: format!("{}/log/", address(place)),
            others: others.map(|(at, study)| (address(at), study.name())).collect(),
        };
        match studies[place].page(&live) {
            Ok(content) => (200, HTML, content.as_ref().clone()),
            Err(error) => (500, HTML, message_page(&studies[place].name(), &error.to_string())),
        }
    }
}

impl Study {
    fn name(&self) -> String {
        self.folder.display().to_string()
    }

    /// Returns a stamp that identifies the current page: the stamp of the store or, if it is too
    /// early to render the page again, the stamp of the last page.
    fn stamp(&self) -> String {
        let page = lock(&self.page);
        let early = page.as_ref().filter(|page| Instant::now() < page.next);
        early.map_or_else(|| stamp(&self.folder), |page| page.stamp.clone())
    }

    /// Returns the study's page. Renders the page again if the study has changed and enough time
    /// has passed.
    fn page(&self, live: &Live) -> Result<Arc<String>, ganas::Error> {
        let mut page = lock(&self.page);
        let now = stamp(&self.folder);
        if let Some(page) = page.as_ref().filter(|it| it.stamp == now || Instant::now() < it.next) {
            return Ok(page.content.clone());
        }
        let began = Instant::now();
        let study = ganas::read_study(&self.folder)?;
        let report =
            Report { title: study.name.clone(), parts: vec![Part::Study(Box::new(study))] };
        let content = Arc::new(report.page(Some(live)));
        let next = Instant::now() + began.elapsed().min(Duration::from_secs(10)) * IDLE;
        *page = Some(Page { stamp: now, content: content.clone(), next });
        Ok(content)
    }
}

/// Returns `folder` if it is the folder of a study, and otherwise all study folders that it
/// contains.
fn studies_in(folder: &Path) -> Vec<PathBuf> {
    if is_study(folder) {
        return vec![folder.to_owned()];
    }
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_study(path)).collect();
    found.sort();
    found
}

/// Returns the sizes and modification times of a store's files, without opening the files, and the
/// process that writes to them. A process that was killed leaves the files as they were.
fn stamp(folder: &Path) -> String {
    let file = |name: &str| {
        let found = fs::metadata(folder.join(name)).ok()?;
        let changed = found.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{} {}", found.len(), changed.as_nanos()))
    };
    let [store, journal] = ["study.db", "study.db-wal"].map(|name| file(name).unwrap_or_default());
    format!("{store} {journal} {}", StudyReader::writer(folder).unwrap_or_default())
}

/// Returns how far a study is, and whether it runs.
fn state(folder: &Path) -> Result<String, StoreError> {
    let reader = StudyReader::open(folder)?;
    let status = reader.status()?;
    let spent = output::spent(Plan::of(&reader.study()?).ok().as_ref(), &reader)?;
    let state = match (status.end_description(spent), status.writer) {
        (_, Some(_)) => "running".to_owned(),
        (Some(why), None) => format!("ended: {why}"),
        (None, None) => "not running".to_owned(),
    };
    Ok(format!("{}; {state}", Amount::new(status.queries, status.budget, spent).text))
}

fn listed(studies: &[Arc<Study>]) -> Vec<Listed> {
    let listed = |(place, study): (usize, &Arc<Study>)| Listed {
        address: format!("/study/{place}"),
        name: study.name(),
        state: state(&study.folder).unwrap_or_else(|error| error.to_string()),
    };
    studies.iter().enumerate().map(listed).collect()
}

fn log(folder: &Path, trial: TrialId) -> Option<String> {
    let end = ganas::exec::log_end(folder, trial, LINES)?;
    Some(format!("{}\n\n{}\n", end.path.display(), end.lines.join("\n")))
}

/// Locks a mutex, even if a thread panicked while it held the lock. The data is consistent in that
/// case too, because values are replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
