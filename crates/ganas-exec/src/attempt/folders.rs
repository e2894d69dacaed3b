//! The folders of trials and of their attempts, and the files in them.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ganas_search::TrialId;

use super::ending::{Ending, ParsedResult};
use super::files::{read_plain, utf8, within, write};
use super::record::{Record, RecordContents};
use super::request::Task;
use crate::error::{At, ExecError};

/// The two folders of a trial: one for its commands, with a subfolder for each attempt, and one for
/// ganas's records of the attempts.
#[derive(Debug)]
pub(crate) struct TrialFolder {
    commands: PathBuf,
    records: PathBuf,
    trial: u64,
}

impl TrialFolder {
    /// Opens the folders of a trial, and creates them if they are missing. `study` is the path of
    /// the study's folder, without links.
    ///
    /// # Errors
    /// [`ExecError::Known`] if the trial's value was known before the study; [`ExecError::File`] if
    /// a folder cannot be created; [`ExecError::Outside`] if the path of a folder contains a link.
    pub(crate) fn open(study: &Path, trial: TrialId) -> Result<Self, ExecError> {
        let folder = Self::below(study, trial)?;
        folder.make()?;
        Ok(folder)
    }

    /// Returns the folders of a trial for reading only. The folders need not exist.
    pub(crate) fn below(study: &Path, trial: TrialId) -> Result<Self, ExecError> {
        let trial = u64::try_from(trial.0).map_err(|_| ExecError::Known { trial })?;
        let below = |name| study.join(name).join(format!("{trial:06}"));
        Ok(Self { commands: below("trials"), records: below("attempts"), trial })
    }

    /// Renames the folders, adding the number of attempts to their names, so that the next attempt
    /// is the first in new folders. Renames the folder of the records first, because the recorded
    /// failure counts until that folder is renamed. Skips folders that are missing or empty.
    pub(crate) fn set_aside(self, attempts: u32) -> Result<(), ExecError> {
        for folder in [self.records, self.commands] {
            if !folder.try_exists().at("open", &folder)? {
                continue;
            }
            within(&folder, folder.parent().unwrap_or(&folder))?;
            if fs::read_dir(&folder).at("list", &folder)?.next().is_none() {
                continue;
            }
            let aside = folder.with_extension(format!("failed-{attempts}"));
            fs::rename(&folder, &aside).at("rename", &folder)?;
        }
        Ok(())
    }

    /// Creates the folders if they are missing.
    fn make(&self) -> Result<(), ExecError> {
        for folder in [&self.records, &self.commands] {
            // Never recreate the study's own folder: if it is missing, it was moved or deleted with
            // its contents.
            for part in [folder.parent().unwrap_or(folder), folder] {
                make_folder(part)?;
            }
            within(folder, folder.parent().unwrap_or(folder))?;
        }
        Ok(())
    }

    /// Returns the existing attempts in the order of their numbers.
    pub(crate) fn attempts(&self) -> Result<Vec<Attempt>, ExecError> {
        let mut numbers = BTreeSet::new();
        for (folder, start) in [(&self.commands, "attempt-"), (&self.records, "")] {
            for entry in fs::read_dir(folder).at("list", folder)? {
                let name = entry.at("list", folder)?.file_name();
                let number: Option<u32> =
                    name.to_str().and_then(|name| name.strip_prefix(start)?.parse().ok());
                numbers.extend(number);
            }
        }
        Ok(numbers.into_iter().map(|number| self.attempt(number)).collect())
    }

    /// Creates an attempt with its record, and with a folder that contains only the request and, if
    /// there is one, the network.
    pub(crate) fn create(&self, number: u32, task: &Task) -> Result<(Attempt, Record), ExecError> {
        let attempt = self.attempt(number);
        self.make()?;
        fs::create_dir(&attempt.folder).at("create", &attempt.folder)?;
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

/// Creates a folder if it is missing.
pub(crate) fn make_folder(path: &Path) -> Result<(), ExecError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made.at("create", path),
    }
}

/// One attempt at a trial: the paths of its folder, of the files in that folder, and of its record.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The path of the folder that the command writes to.
    pub(crate) folder: PathBuf,
    /// The path of ganas's record of the attempt.
    pub(crate) record: PathBuf,
    /// The number of the attempt, from 1.
    pub(crate) number: u32,
    pub(crate) trial: u64,
}

impl Attempt {
    /// Returns the path of the request.
    pub(crate) fn request(&self) -> PathBuf {
        self.folder.join("request.json")
    }

    /// Returns the path of the Python file with the network. The file exists only if the search
    /// space can generate it.
    pub(crate) fn network(&self) -> PathBuf {
        self.folder.join("network.py")
    }

    /// Returns the path of the result.
    pub(crate) fn result(&self) -> PathBuf {
        self.folder.join("result.json")
    }

    /// Returns the path of the reports.
    pub(crate) fn progress(&self) -> PathBuf {
        self.folder.join("progress.jsonl")
    }

    /// Returns the path of the marker, a file that the attempt's job creates when the job begins.
    pub(super) fn marker(&self) -> PathBuf {
        self.record.with_extension("began")
    }

    /// Returns the path of the log of stdout.
    pub(crate) fn stdout(&self) -> PathBuf {
        self.folder.join("stdout.log")
    }

    /// Returns the path of the log of stderr.
    pub(crate) fn stderr(&self) -> PathBuf {
        self.folder.join("stderr.log")
    }

    /// Returns the path of the script that a job runs for the attempt.
    pub(crate) fn script(&self) -> PathBuf {
        self.record.with_extension("sh")
    }

    /// Returns true if the attempt's job began a second time. The second run of a job does nothing.
    pub(crate) fn has_begun_again(&self) -> bool {
        self.record.with_extension("again").exists()
    }

    /// Prevents the attempt from ever beginning, by creating the marker before the attempt's job
    /// can. Returns false if the marker already exists.
    pub(crate) fn prevent_start(&self) -> Result<bool, ExecError> {
        let marker = self.marker();
        match fs::File::create_new(&marker) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            made => made.map(|_| true).at("create", &marker),
        }
    }

    /// Reads the attempt's record. Returns `None` if there is none because the command was never
    /// started.
    pub(crate) fn recorded(&self) -> Result<Option<RecordContents>, ExecError> {
        RecordContents::read(&self.record)
    }

    /// Returns the outcome of an attempt that ended while no process was waiting for it. A result
    /// counts if the command exited with 0 and received no signal that asked it to end, or if the
    /// result is final. A result on stdout does not count, because the command may have printed
    /// several.
    pub(crate) fn left_behind(&self, kept: &RecordContents) -> Ending {
        let final_result = || self.final_result(None).unwrap_or(Ending::Interrupted);
        match kept.ended {
            Some(end) if end.asked => final_result(),
            Some(end) if end.status == 0 => match self.read_result(None) {
                Ok(found) => found.ending,
                // The result may have been on stdout.
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

    /// Reads the result from the result file or, if there is none, from `stdout`, the last line of
    /// JSON on the command's stdout.
    pub(crate) fn read_result(&self, stdout: Option<&str>) -> Result<ParsedResult, ExecError> {
        let path = self.result();
        within(&self.folder, &self.folder)?;
        let (text, place) = match (read_plain(&path)?, stdout) {
            (Some(text), _) => (text, path.display().to_string()),
            (None, Some(line)) => (line.into(), "stdout".into()),
            (None, None) => return Err(ExecError::NoResult { path }),
        };
        ParsedResult::parse(&text, &place, self.trial, self.number)
    }

    /// Returns the ending that the result reports, if the result is marked final. Such a result
    /// counts however the command ends.
    pub(crate) fn final_result(&self, stdout: Option<&str>) -> Option<Ending> {
        self.read_result(stdout).ok().filter(|found| found.is_final).map(|found| found.ending)
    }

    /// Returns true if the result file contains a valid result. This method is called only if that
    /// result does not count.
    pub(crate) fn has_unproven(&self) -> bool {
        self.read_result(None).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exists_already_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        make_folder(&at("folder")).unwrap();
        make_folder(&at("folder")).unwrap();
        fs::write(at("file"), "").unwrap();
        make_folder(&at("file")).unwrap_err();
        make_folder(&at("missing/folder")).unwrap_err();
        let attempt = |record: &str| Attempt {
            folder: at("folder"),
            record: at(record),
            number: 1,
            trial: 3,
        };
        assert!(attempt("record").prevent_start().unwrap());
        assert!(!attempt("record").prevent_start().unwrap());
        attempt("missing/record").prevent_start().unwrap_err();
    }
}
