//! The folders of trials and of attempts at them, and the files in an attempt's.

use std::fs;
use std::path::{Path, PathBuf};

use ganas_search::TrialId;

use super::ending::Ending;
use super::files::{read_plain, utf8, within, write};
use super::request::{Task, parse};
use crate::error::{At, ExecError};

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
        let request = task.request(number, utf8(&attempt.result())?);
        write(&attempt.request(), &format!("{request:#}\n"))?;
        Ok(attempt)
    }

    fn attempt(&self, number: u32) -> Attempt {
        let folder = self.path.join(format!("attempt-{number}"));
        Attempt { folder, number, trial: self.trial }
    }
}

/// One attempt at a trial: its folder and the files in it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) folder: PathBuf,
    /// From 1.
    pub(crate) number: u32,
    pub(crate) trial: u64,
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

    /// An empty file, which its command has as its stdin.
    pub(crate) fn alive(&self) -> PathBuf {
        self.folder.join("alive.lock")
    }

    /// Was this task its task?
    pub(crate) fn was_asked(&self, task: &Task) -> Result<bool, ExecError> {
        let text = read_plain(&self.request())?;
        Ok(text.and_then(|text| parse(&text)).is_some_and(|request| task.is_of(request)))
    }

    /// How it ended, if that was recorded. A record that the system lost half of is none.
    pub(crate) fn recorded(&self) -> Result<Option<Ending>, ExecError> {
        let text = read_plain(&self.ending())?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Records how it ended, whatever its command did to its folder.
    pub(crate) fn record(&self, ending: &Ending) -> Result<(), ExecError> {
        fs::create_dir_all(&self.folder).at("making", &self.folder)?;
        let text = serde_json::to_string(ending).expect("endings are plain data");
        write(&self.ending(), &text)
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
        let (text, place) = match (read_plain(&path)?, stdout) {
            (Some(text), _) => (text, path.display().to_string()),
            (None, Some(line)) => (line.into(), "stdout".into()),
            (None, None) => return Err(ExecError::NoResult { path }),
        };
        Ending::parse(&text, &place, self.trial, self.number)
    }
}
