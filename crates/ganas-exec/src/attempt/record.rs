//! The record of an attempt, kept outside the folder to which the attempt's command writes.
//!
//! A record is an append-only file. Each line begins with a keyword: `asked` is followed by the
//! request, `group` by the number of the process group in which the command runs, `job` by the name
//! of the job that runs the command, `ended` by the command's exit status, and `ending` by the
//! outcome reported to the study. An attempt has either a process group or a job. After a power
//! cut, the last part of the file may be missing. The `ended` line is written by the supervisor
//! (the parent process of the command). It contains the exit status twice, so that a damaged line
//! is recognised. Every other line ends with a CRC-32 of the text before it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ending::Ending;
use super::files::{open_plain, read_plain, write};
use super::job::JobName;
use crate::error::{At, ExecError};

/// The record of an attempt, open for writing.
///
/// A newly created record is locked until this value is dropped and all processes that inherited
/// the file as stdin have ended.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    file: File,
}

/// Free disk space that [`Record::check_room`] requires, in bytes: enough for the result and the
/// other output of a small command.
const ROOM: usize = 1 << 14;

/// The contents of a record.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RecordContents {
    /// The request to the command.
    pub(crate) asked: Option<Value>,
    /// The number of the command's process group on this machine.
    pub(crate) group: Option<u32>,
    /// The name of the engine's job that makes the attempt.
    pub(crate) job: Option<JobName>,
    /// The end of the command.
    pub(crate) ended: Option<CommandEnd>,
    /// The outcome of the attempt.
    pub(crate) ending: Option<Ending>,
}

/// The end of a command, as its supervisor saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandEnd {
    /// The exit status of the command, or 128 + N if signal N killed the command.
    pub(crate) status: i32,
    /// Whether a signal asked the command to end.
    pub(crate) asked: bool,
}

impl Record {
    /// Creates the record of an attempt before its command starts, locks it, and writes the request
    /// to it.
    pub(crate) fn create(path: PathBuf, request: &Value) -> Result<Self, ExecError> {
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path);
        let record = Self { file: file.at("create", &path)?, path };
        match record.file.try_lock() {
            // Without locks, the number of the process group is used instead.
            Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
                return Err(error).at("lock", &record.path);
            }
            _ => {}
        }
        record.add("asked", &request.to_string())?;
        Ok(record)
    }

    /// Returns the record's file, which becomes the stdin of the supervisor and of the command.
    pub(crate) fn stdin(&self) -> Result<File, ExecError> {
        self.file.try_clone().at("open", &self.path)
    }

    /// Records the process group, so that a resumed study finds it.
    pub(crate) fn note_group(&self, group: u32) -> Result<(), ExecError> {
        self.add("group", &group.to_string())
    }

    /// Records the job that will make the attempt, before the job is submitted.
    pub(crate) fn note_job(&self, job: &JobName) -> Result<(), ExecError> {
        self.add("job", &job.to_string())
    }

    /// Records the outcome of the attempt.
    pub(crate) fn note_ending(&self, ending: &Ending) -> Result<(), ExecError> {
        self.add("ending", &serde_json::to_string(ending).expect("endings are plain data"))
    }

    /// Opens the existing record of an attempt for appending. Removes an incomplete last line,
    /// which a power cut may have left.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ExecError> {
        let text = read_plain(&path)?.unwrap_or_default();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let file = open_plain(&path, OpenOptions::new().append(true)).at("open", &path)?;
        file.set_len(whole as u64).at("shorten", &path)?;
        Ok(Self { path, file })
    }

    /// Removes the record, as if the attempt had not been made.
    pub(crate) fn forget(&self) -> Result<(), ExecError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.at("remove", &self.path),
        }
    }

    /// Returns an error if the disk is full, which may be the reason why an attempt failed.
    pub(crate) fn check_room(&self) -> Result<(), ExecError> {
        let path = self.path.with_extension("room");
        let written = write(&path, &" ".repeat(ROOM));
        // If it was not created, nothing needs to be removed.
        let _ = fs::remove_file(&path);
        written.or_else(|error| if error.is_of_the_study() { Err(error) } else { Ok(()) })
    }

    fn add(&self, what: &str, text: &str) -> Result<(), ExecError> {
        let line = format!("{what} {text}");
        let check = crc32fast::hash(line.as_bytes());
        // A single write, so that a kill leaves the whole line or nothing.
        let line = format!("{line} {check:08x}\n");
        (&self.file).write_all(line.as_bytes()).at("write", &self.path)
    }
}

impl RecordContents {
    /// Reads the record at `path`. Returns `None` if there is no such file.
    ///
    /// # Errors
    /// [`ExecError::Record`] if the record is damaged; [`ExecError::NotAFile`] if it is not a plain
    /// file, is too large or is not text.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ExecError> {
        let Some(text) = read_plain(path)? else { return Ok(None) };
        let mut kept = Self::default();
        for line in text.split_inclusive('\n') {
            // A line cut short by a power cut counts as not written.
            let Some(line) = line.strip_suffix('\n') else { break };
            kept.take(line).ok_or_else(|| ExecError::Record { path: path.into() })?;
        }
        Ok(Some(kept))
    }

    /// Adds what a line of the record says. Returns `None` if the line is invalid, or if a line of
    /// its kind was read before.
    fn take(&mut self, line: &str) -> Option<()> {
        fn first<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
            let is_first = place.is_none();
            *place = value;
            (is_first && place.is_some()).then_some(())
        }
        if let Some(text) = line.strip_prefix("ended ") {
            return first(&mut self.ended, CommandEnd::parse(text));
        }
        let (line, check) = line.rsplit_once(' ')?;
        if u32::from_str_radix(check, 16).ok()? != crc32fast::hash(line.as_bytes()) {
            return None;
        }
        match line.split_once(' ')? {
            ("asked", text) => first(&mut self.asked, serde_json::from_str(text).ok()),
            ("group", text) => first(&mut self.group, text.parse().ok()),
            ("job", text) => first(&mut self.job, text.parse().ok()),
            ("ending", text) => first(&mut self.ending, serde_json::from_str(text).ok()),
            _ => None,
        }
    }
}

impl CommandEnd {
    /// Parses the `ended` line of the [`supervisor`](super::supervisor): the exit status twice, and
    /// `asked` (here not a keyword) if a signal asked the command to end.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut status = || words.next()?.parse().ok();
        let (status, again): (Option<i32>, Option<i32>) = (status(), status());
        let asked = words.next();
        let is_whole = status == again && words.next().is_none();
        (is_whole && asked.is_none_or(|word| word == "asked"))
            .then_some(Self { status: status?, asked: asked.is_some() })
    }
}

/// Returns true if the record is locked, which means that a process still holds it open. Returns
/// `None` if the system does not support locks.
pub(crate) fn is_locked(path: &Path) -> Result<Option<bool>, ExecError> {
    // Some systems lock only files that are open for writing.
    let file = match open_plain(path, OpenOptions::new().append(true)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(false)),
        opened => opened.at("open", path)?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(false)),
        Err(TryLockError::WouldBlock) => Ok(Some(true)),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).at("lock", path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written() -> (tempfile::TempDir, PathBuf, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let record = Record::create(path.clone(), &json!({"trial": 3})).unwrap();
        record.note_group(12).unwrap();
        record.note_job(&"slurm 3 4".parse().unwrap()).unwrap();
        record.stdin().unwrap().write_all(b"ended 0 0\n").unwrap();
        record.note_ending(&Ending::failed("a\nb")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        (folder, path, text)
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let (_folder, path, _) = written();
        let kept = RecordContents {
            asked: Some(json!({"trial": 3})),
            group: Some(12),
            job: Some("slurm 3 4".parse().unwrap()),
            ended: Some(CommandEnd { status: 0, asked: false }),
            ending: Some(Ending::failed("a\nb")),
        };
        assert_eq!(RecordContents::read(&path).unwrap(), Some(kept));
        assert_eq!(RecordContents::read(&path.with_extension("none")).unwrap(), None);
    }

    #[test]
    fn a_line_of_which_a_part_is_lost_was_not_written() {
        let (_folder, path, text) = written();
        fs::write(&path, &text[..text.len() - 1]).unwrap();
        let kept = RecordContents::read(&path).unwrap().unwrap();
        assert_eq!((kept.ending, kept.group), (None, Some(12)));
        Record::open(path.clone()).unwrap().note_ending(&Ending::Interrupted).unwrap();
        let kept = RecordContents::read(&path).unwrap().unwrap();
        assert_eq!(kept.ending, Some(Ending::Interrupted), "the next line is one of its own");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (_folder, path, text) = written();
        let whole = RecordContents::read(&path).unwrap();
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bytes).unwrap();
            match RecordContents::read(&path) {
                Err(_) => {}
                // The last line lost its end, so it counts as not written.
                Ok(kept) if bit / 8 + 1 == text.len() => assert_ne!(kept, whole),
                // A checksum may be upper-case.
                Ok(kept) => assert_eq!(kept, whole, "bit {bit}"),
            }
        }
    }

    #[test]
    fn what_the_supervisor_writes_is_read() {
        let end = |status, asked| Some(CommandEnd { status, asked });
        assert_eq!(CommandEnd::parse("137 137 asked"), end(137, true));
        assert_eq!(CommandEnd::parse("3 3"), end(3, false));
        for text in ["0", "0 1", "0 0 killed", "0 0 asked x", "", "x x"] {
            assert_eq!(CommandEnd::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_record_is_locked_while_it_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let record = Record::create(path.clone(), &json!(1)).unwrap();
        let stdin = record.stdin().unwrap();
        drop(record);
        assert_eq!(is_locked(&path).unwrap(), Some(true));
        drop(stdin);
        assert_eq!(is_locked(&path).unwrap(), Some(false));
        assert_eq!(is_locked(&path.with_extension("none")).unwrap(), Some(false));
        is_locked(folder.path()).unwrap_err();
    }

    #[test]
    fn a_forgotten_record_is_gone() {
        let (_folder, path, _) = written();
        let record = Record::open(path.clone()).unwrap();
        record.forget().unwrap();
        assert_eq!(RecordContents::read(&path).unwrap(), None);
        record.forget().unwrap();
        fs::create_dir(&path).unwrap();
        record.forget().unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("record"), folder.path().join("other"));
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(Record::create(path.clone(), &json!(1)).is_err());
        assert!(Record::open(path.clone()).is_err());
        assert!(is_locked(&path).is_err() && RecordContents::read(&path).is_err());
        assert_eq!(fs::read_to_string(other).unwrap(), "mine");
    }
}
