use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::TrialId;

use crate::ending::{self, Ending};
use crate::error::At;
use crate::request::{self, Task};
use crate::{ExecError, group};

/// The folder of a trial: one folder an attempt.
#[derive(Debug)]
pub(crate) struct TrialFolder {
    path: PathBuf,
    trial: u64,
}

impl TrialFolder {
    /// Opens the folder of a trial below `study`, a path without links; makes it where it is not.
    ///
    /// # Errors
    /// [`ExecError::Known`] if nothing is to be measured; if the folder cannot be made or leads out of
    /// the study's.
    pub(crate) fn open(study: &Path, trial: TrialId) -> Result<Self, ExecError> {
        let trial = u64::try_from(trial.0).map_err(|_| ExecError::Known { trial })?;
        let path = study.join("trials").join(format!("{trial:06}"));
        let folder = Self { path, trial };
        folder.make()?;
        Ok(folder)
    }

    /// Makes it where it is not, or is no longer.
    fn make(&self) -> Result<(), ExecError> {
        fs::create_dir_all(&self.path).at("making", &self.path)?;
        within(&self.path, self.path.parent().unwrap_or(&self.path))
    }

    /// The attempts there are, in their order.
    pub(crate) fn attempts(&self) -> Result<Vec<Attempt>, ExecError> {
        let mut attempts = Vec::new();
        for entry in fs::read_dir(&self.path).at("listing", &self.path)? {
            let name = entry.at("listing", &self.path)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("attempt-")?.parse().ok());
            attempts.extend(number.map(|number| self.attempt(number)));
        }
        attempts.sort_by_key(|attempt| attempt.number);
        Ok(attempts)
    }

    /// A new attempt, in a folder with nothing but its request in it.
    pub(crate) fn create(&self, number: u32, task: &Task) -> Result<Attempt, ExecError> {
        let attempt = self.attempt(number);
        self.make()?;
        fs::create_dir(&attempt.folder).at("making", &attempt.folder)?;
        let request = task.request(number, request::utf8(&attempt.result())?);
        write(&attempt.request(), &format!("{request:#}\n"))?;
        Ok(attempt)
    }

    fn attempt(&self, number: u32) -> Attempt {
        let folder = self.path.join(format!("attempt-{number}"));
        Attempt { folder, number, trial: self.trial }
    }
}

/// How long a process may take to end after the final signal, or to become known.
const PATIENCE: Duration = Duration::from_secs(1);

/// One attempt at a trial: its folder and the files in it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) folder: PathBuf,
    /// From 1.
    pub(crate) number: u32,
    trial: u64,
}

impl Attempt {
    /// What the command is asked.
    pub(crate) fn request(&self) -> PathBuf {
        self.folder.join("request.json")
    }

    /// What it answers.
    pub(crate) fn result(&self) -> PathBuf {
        self.folder.join("result.json")
    }

    /// What it says on stdout.
    pub(crate) fn stdout(&self) -> PathBuf {
        self.folder.join("stdout.log")
    }

    /// What it says on stderr.
    pub(crate) fn stderr(&self) -> PathBuf {
        self.folder.join("stderr.log")
    }

    /// How it ended, in our words; there as soon as it has.
    fn ending(&self) -> PathBuf {
        self.folder.join("ending.json")
    }

    /// An empty file that is locked for as long as a process of the attempt has it as its stdin.
    fn alive(&self) -> PathBuf {
        self.folder.join("alive.lock")
    }

    /// Number of its process group.
    fn group(&self) -> PathBuf {
        self.folder.join("group")
    }

    /// Was this task its task?
    pub(crate) fn was_asked(&self, task: &Task) -> Result<bool, ExecError> {
        let text = ending::read_file(&self.request())?;
        Ok(text.and_then(|text| request::parse(&text)).is_some_and(|request| task.is_of(request)))
    }

    /// How it ended, if that was recorded. A record that the system lost half of is none.
    pub(crate) fn recorded(&self) -> Result<Option<Ending>, ExecError> {
        let text = ending::read_file(&self.ending())?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Records how it ended, whatever its command did to its folder.
    pub(crate) fn record(&self, ending: &Ending) -> Result<(), ExecError> {
        fs::create_dir_all(&self.folder).at("making", &self.folder)?;
        let text = serde_json::to_string(ending).expect("endings are plain data");
        write(&self.ending(), &text)
    }

    /// Records its process group.
    pub(crate) fn record_group(&self, group: u32) -> Result<(), ExecError> {
        write(&self.group(), &group.to_string())
    }

    /// The stdin of its command: nothing to read, and locked until all who inherited it have ended.
    pub(crate) fn stdin(&self) -> Result<File, ExecError> {
        let path = self.alive();
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.at("creating", &path)?;
        match file.try_lock() {
            // Where there are no locks, the number of the process group has to do.
            Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
                Err(error).at("locking", &path)
            }
            _ => Ok(file),
        }
    }

    /// Ends what an earlier process of ours left running: its output is lost, so it is of no use, and
    /// a second one beside it would be in its way.
    ///
    /// # Errors
    /// [`ExecError::StillRunning`] if that is not possible.
    pub(crate) fn end_leftovers(&self, grace: Duration) -> Result<(), ExecError> {
        let started = Instant::now();
        let mut group = self.find_group();
        while self.is_alive(group)? {
            if group.is_some() || started.elapsed() >= grace.max(PATIENCE) {
                break;
            }
            thread::sleep(Duration::from_millis(5));
            group = self.find_group();
        }
        if !self.is_alive(group)? {
            return Ok(());
        }
        // Without a lock the number may be somebody else's by now.
        if let (Some(group), Some(true)) = (group, self.is_locked()?) {
            group::ask_to_end(group);
            if self.ends_within(grace, group)? {
                return Ok(());
            }
            group::kill(group);
            if self.ends_within(PATIENCE, group)? {
                return Ok(());
            }
        }
        Err(ExecError::StillRunning {
            trial: self.trial,
            attempt: self.number,
            process: group.map_or("process group unknown".into(), |g| format!("process group {g}")),
        })
    }

    /// Its process group: as it was recorded, or, if we were killed before that, that of whoever has
    /// its stdin.
    fn find_group(&self) -> Option<u32> {
        let recorded = fs::read_to_string(self.group()).ok();
        recorded
            .and_then(|text| text.trim().parse().ok())
            .or_else(|| group::of_stdin(&self.alive()))
    }

    fn ends_within(&self, time: Duration, group: u32) -> Result<bool, ExecError> {
        let started = Instant::now();
        while self.is_alive(Some(group))? {
            if started.elapsed() >= time {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(true)
    }

    /// Does a process of the attempt still run?
    fn is_alive(&self, group: Option<u32>) -> Result<bool, ExecError> {
        Ok(self.is_locked()?.unwrap_or_else(|| group.is_some_and(group::exists)))
    }

    /// Does a process have the attempt's stdin? `None` where there are no locks.
    fn is_locked(&self) -> Result<Option<bool>, ExecError> {
        let path = self.alive();
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(false)),
            opened => opened.at("opening", &path)?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(false)),
            Err(TryLockError::WouldBlock) => Ok(Some(true)),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).at("locking", &path),
        }
    }

    /// The result file of a command that ended, or was ended, while nobody waited for it. Its exit
    /// status is not known then; a file that was renamed into place is taken to be its last act. A
    /// line on stdout may be one of many, and is not taken.
    pub(crate) fn left_behind(&self) -> Option<Ending> {
        self.read_result(None).ok()
    }

    /// The result: the file's, or else the last one on stdout.
    pub(crate) fn read_result(&self, stdout: Option<&str>) -> Result<Ending, ExecError> {
        let path = self.result();
        within(&self.folder, &self.folder)?;
        let (text, place) = match (ending::read_file(&path)?, stdout) {
            (Some(text), _) => (text, path.display().to_string()),
            (None, Some(line)) => (line.into(), "stdout".into()),
            (None, None) => return Err(ExecError::NoResult { path }),
        };
        Ending::parse(&text, &place, self.trial, self.number)
    }
}

/// Is `path`, all links followed, where it claims to be?
fn within(path: &Path, folder: &Path) -> Result<(), ExecError> {
    let found = path.canonicalize().at("opening", path)?;
    if found == path {
        Ok(())
    } else {
        Err(ExecError::Outside { path: path.into(), folder: folder.into(), found })
    }
}

/// Writes a file so that it is there as a whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), ExecError> {
    let half = path.with_extension("half");
    let mut file = File::create(&half).at("creating", &half)?;
    file.write_all(text.as_bytes()).at("writing", &half)?;
    fs::rename(&half, path).at("renaming", &half)
}
