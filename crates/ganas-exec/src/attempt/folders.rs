//! The folders of trials and of attempts at them, and the files in an attempt's.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ganas_search::TrialId;

use super::ending::{Ending, Found};
use super::files::{read_plain, utf8, within, write};
use super::record::{Kept, Record};
use super::request::Task;
use crate::error::{At, ExecError};

/// The folders of a trial: its commands', with one folder an attempt, and our records'.
#[derive(Debug)]
pub(crate) struct TrialFolder {
    commands: PathBuf,
    records: PathBuf,
    trial: u64,
}

impl TrialFolder {
    /// Opens the folders of a trial below `study`, a path without links; makes them where they are
    /// not.
    ///
    /// # Errors
    /// [`ExecError::Known`] if nothing is to be measured; if a folder cannot be made or leads out of
    /// the study's.
    pub(crate) fn open(study: &Path, trial: TrialId) -> Result<Self, ExecError> {
        let folder = Self::below(study, trial)?;
        folder.make()?;
        Ok(folder)
    }

    /// The same, for whoever only reads: they need not be there.
    pub(super) fn below(study: &Path, trial: TrialId) -> Result<Self, ExecError> {
        let trial = u64::try_from(trial.0).map_err(|_| ExecError::Known { trial })?;
        let below = |name| study.join(name).join(format!("{trial:06}"));
        Ok(Self { commands: below("trials"), records: below("attempts"), trial })
    }

    /// Sets them aside, with the number of attempts in their names: the next attempt is the first of
    /// new folders. The records go first, since a failure on record is final.
    pub(crate) fn set_aside(self, attempts: u32) -> Result<(), ExecError> {
        for folder in [self.records, self.commands] {
            let aside = folder.with_extension(format!("failed-{attempts}"));
            fs::rename(&folder, &aside).at("renaming", &folder)?;
        }
        Ok(())
    }

    /// Makes them where they are not, or are no longer.
    fn make(&self) -> Result<(), ExecError> {
        for folder in [&self.records, &self.commands] {
            // The study's own folder is never made anew: it was moved or removed with all that it had.
            for part in [folder.parent().unwrap_or(folder), folder] {
                make_folder(part)?;
            }
            within(folder, folder.parent().unwrap_or(folder))?;
        }
        Ok(())
    }

    /// The attempts there are, in their order.
    pub(crate) fn attempts(&self) -> Result<Vec<Attempt>, ExecError> {
        let mut numbers = BTreeSet::new();
        for (folder, start) in [(&self.commands, "attempt-"), (&self.records, "")] {
            for entry in fs::read_dir(folder).at("listing", folder)? {
                let name = entry.at("listing", folder)?.file_name();
                let number: Option<u32> =
                    name.to_str().and_then(|name| name.strip_prefix(start)?.parse().ok());
                numbers.extend(number);
            }
        }
        Ok(numbers.into_iter().map(|number| self.attempt(number)).collect())
    }

    /// A new attempt, in a folder with nothing but its request, its network and empty logs in it, and its record.
    pub(crate) fn create(&self, number: u32, task: &Task) -> Result<(Attempt, Record), ExecError> {
        let attempt = self.attempt(number);
        self.make()?;
        fs::create_dir(&attempt.folder).at("making", &attempt.folder)?;
        let network = attempt.network();
        if let Some(code) = &task.network {
            write(&network, code)?;
        }
        let network = task.network.as_ref().map(|_| utf8(&network)).transpose()?;
        let paths = [attempt.result(), attempt.progress()];
        let request = task.request(number, [utf8(&paths[0])?, utf8(&paths[1])?], network);
        write(&attempt.request(), &format!("{request:#}\n"))?;
        let record = Record::create(attempt.record.clone(), &request)?;
        Ok((attempt, record))
    }

    fn attempt(&self, number: u32) -> Attempt {
        let folder = self.commands.join(format!("attempt-{number}"));
        let record = self.records.join(number.to_string());
        Attempt { folder, record, number, trial: self.trial }
    }
}

/// Makes a folder unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<(), ExecError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made.at("making", path),
    }
}

/// One attempt at a trial: its folder and the files in it, and its record.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// Where its command writes.
    pub(crate) folder: PathBuf,
    /// What we keep of it.
    pub(crate) record: PathBuf,
    /// From 1.
    pub(crate) number: u32,
    pub(crate) trial: u64,
}

impl Attempt {
    /// What the command is asked.
    pub(crate) fn request(&self) -> PathBuf {
        self.folder.join("request.json")
    }

    /// The network as a Python file, where there is one.
    pub(crate) fn network(&self) -> PathBuf {
        self.folder.join("network.py")
    }

    /// What it answers.
    pub(crate) fn result(&self) -> PathBuf {
        self.folder.join("result.json")
    }

    /// What it reports on the way.
    pub(crate) fn progress(&self) -> PathBuf {
        self.folder.join("progress.jsonl")
    }

    /// The marker that its job makes when it begins.
    pub(super) fn marker(&self) -> PathBuf {
        self.record.with_extension("began")
    }

    /// What it says on stdout.
    pub(crate) fn stdout(&self) -> PathBuf {
        self.folder.join("stdout.log")
    }

    /// What it says on stderr.
    pub(crate) fn stderr(&self) -> PathBuf {
        self.folder.join("stderr.log")
    }

    /// The script by which a job makes it.
    pub(crate) fn script(&self) -> PathBuf {
        self.record.with_extension("sh")
    }

    /// Has it begun a second time, which does nothing?
    pub(crate) fn has_begun_again(&self) -> bool {
        self.record.with_extension("again").exists()
    }

    /// Sees to it that the attempt never begins, by making the marker that its job makes first; `false` if
    /// it has begun.
    pub(crate) fn revoke(&self) -> Result<bool, ExecError> {
        let marker = self.marker();
        match fs::File::create_new(&marker) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            made => made.map(|_| true).at("creating", &marker),
        }
    }

    /// What was kept of it; `None` if nothing was, as the command was not started then.
    pub(crate) fn kept(&self) -> Result<Option<Kept>, ExecError> {
        Kept::read(&self.record)
    }

    /// What an attempt of this task came to while nobody waited for it: a result counts if the command
    /// ended well by itself, or says that it is final. A line on stdout may be one of many, and is not
    /// taken.
    pub(crate) fn left_behind(&self, kept: &Kept) -> Ending {
        let final_result = || self.final_result(None).unwrap_or(Ending::Interrupted);
        match kept.ended {
            Some(end) if end.asked => final_result(),
            Some(end) if end.status == 0 => match self.read_result(None) {
                Ok(found) => found.ending,
                // It may have been on stdout.
                Err(ExecError::NoResult { .. }) => Ending::Interrupted,
                Err(error) => Ending::failed(error.to_string()),
            },
            Some(end) => self.final_result(None).unwrap_or_else(|| {
                let exit = ExecError::Exit { status: end.status, last_line: String::new() };
                Ending::failed(exit.to_string())
            }),
            None => final_result(),
        }
    }

    /// The result: the file's, or else the last one on stdout.
    pub(crate) fn read_result(&self, stdout: Option<&str>) -> Result<Found, ExecError> {
        let path = self.result();
        within(&self.folder, &self.folder)?;
        let (text, place) = match (read_plain(&path)?, stdout) {
            (Some(text), _) => (text, path.display().to_string()),
            (None, Some(line)) => (line.into(), "stdout".into()),
            (None, None) => return Err(ExecError::NoResult { path }),
        };
        Found::parse(&text, &place, self.trial, self.number)
    }

    /// The same if it says that it is final: it counts however the command ends.
    pub(crate) fn final_result(&self, stdout: Option<&str>) -> Option<Ending> {
        self.read_result(stdout).ok().filter(|found| found.is_final).map(|found| found.ending)
    }

    /// Is there a result that does not count?
    pub(crate) fn has_unproven(&self) -> bool {
        self.read_result(None).is_ok()
    }
}
