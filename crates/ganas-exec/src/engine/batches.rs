//! Batches of tasks that are submitted together. The names of a study's jobs share a prefix, which
//! differs from that of every other study and is stored with the batches.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::attempt::{Attempt, make_folder, quoted, read_plain, utf8, within};
use crate::error::{At, ExecError};

/// The folder of a study's batches.
#[derive(Debug)]
pub(crate) struct Batches {
    study: PathBuf,
    folder: PathBuf,
    /// The prefix of the names of the study's jobs.
    pub(crate) name: String,
    /// A lower bound for the number of the next batch.
    next: u64,
}

/// A batch that is written to disk and about to be submitted.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    pub(crate) folder: PathBuf,
}

/// The part of a batch's script that finds the attempt of a task in the batch's table and runs the
/// script of that attempt.
const SCRIPT: &str = r#"
while read -r number trial attempt; do
    if [ "$number" = "$task" ]; then exec "$shell" "$study/attempts/$trial/$attempt.sh"; fi
done < "$table"
echo "ganas: expected task $task in $table, found none" >&2
exit 1
"#;

impl Batches {
    /// Opens the batches of the study whose folder is `study`.
    pub(crate) fn open(study: &Path) -> Result<Self, ExecError> {
        let folder = study.join("jobs");
        make_folder(&folder)?;
        within(&folder, study)?;
        let mut next = 0;
        for entry in fs::read_dir(&folder).at("list", &folder)? {
            let name = entry.at("list", &folder)?.file_name();
            let number: Option<u64> = name.to_str().and_then(|name| name.parse().ok());
            next = next.max(number.map_or(0, |number| number + 1));
        }
        let name = Self::own_name(&folder, utf8(study)?)?;
        Ok(Self { study: study.to_owned(), folder, name, next })
    }

    /// Returns the prefix of the names of this study's jobs, which differs from that of every other
    /// study. Creates the prefix if there is none.
    ///
    /// A copied or moved folder gets a new prefix, because the jobs of the original study use the
    /// original path.
    fn own_name(folder: &Path, study: &str) -> Result<String, ExecError> {
        let path = folder.join("name");
        let text = read_plain(&path)?.unwrap_or_default();
        if let Some((name, place)) = text.trim_end_matches('\n').split_once('\n')
            && place == study
        {
            return Ok(name.to_owned());
        }
        let (name, half) = (format!("ganas-{:012x}", random() >> 16), folder.join("name.half"));
        write(&half, &format!("{name}\n{study}\n"))?;
        fs::rename(&half, &path).at("rename", &half)?;
        Ok(name)
    }

    /// Creates the folder of a batch before the batch is submitted, and writes two files to it: the
    /// table with the attempt of each task, and the batch's script. `shell` is the shell that runs
    /// the script, and `task` the environment variable that tells a job the number of its task.
    pub(crate) fn create<'a>(
        &mut self,
        attempts: impl Iterator<Item = &'a Attempt>,
        (shell, task): (&str, &str),
    ) -> Result<Batch, ExecError> {
        let (number, folder) = loop {
            let number = self.next;
            let folder = self.folder(number);
            self.next += 1;
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => break made.at("create", &folder).map(|()| (number, folder))?,
            }
        };
        let mut table = String::new();
        for (task, attempt) in attempts.enumerate() {
            let _ = writeln!(table, "{task} {:06} {}", attempt.trial, attempt.number);
        }
        let path = folder.join("table");
        write(&path, &table)?;
        let (study, path) = (quoted(utf8(&self.study)?), quoted(utf8(&path)?));
        let script = format!(
            "#!/usr/bin/env {shell}\nstudy={study}\ntable={path}\nshell={shell}\ntask=${task}{SCRIPT}"
        );
        write(&folder.join("script"), &script)?;
        Ok(Batch { number, folder })
    }

    /// Records that the scheduler has accepted the batch.
    pub(crate) fn note_taken(&self, batch: u64) -> Result<(), ExecError> {
        write(&self.taken(batch), &self.name)
    }

    /// Returns true if it was recorded that the scheduler has accepted the batch.
    pub(crate) fn is_taken(&self, batch: u64) -> bool {
        fs::read_to_string(self.taken(batch)).is_ok_and(|name| name == self.name)
    }

    /// Returns the folder of a batch.
    pub(crate) fn folder(&self, batch: u64) -> PathBuf {
        self.folder.join(format!("{batch:05}"))
    }

    fn taken(&self, batch: u64) -> PathBuf {
        self.folder(batch).join("taken")
    }
}

fn write(path: &Path, text: &str) -> Result<(), ExecError> {
    let mut file = File::create(path).at("create", path)?;
    file.write_all(text.as_bytes()).at("write", path)
}

/// Returns a number that differs between processes.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_no_folder_that_is_there() {
        let study = tempfile::tempdir().unwrap();
        let mut batches = Batches::open(study.path()).unwrap();
        // Another process with the same folder was faster.
        fs::create_dir(batches.folder(0)).unwrap();
        let batch = batches.create(std::iter::empty(), ("sh", "TASK")).unwrap();
        assert_eq!((batch.number, batch.folder), (1, batches.folder(1)));
        assert_eq!(Batches::open(study.path()).unwrap().next, 2);
    }
    #[test]
    fn a_batch_is_accepted_for_the_study_that_submitted_it() {
        let study = tempfile::tempdir().unwrap();
        let mut batches = Batches::open(study.path()).unwrap();
        let batch = batches.create(std::iter::empty(), ("sh", "TASK")).unwrap().number;
        assert!(!batches.is_taken(batch));
        batches.note_taken(batch).unwrap();
        assert!(batches.is_taken(batch) && !batches.is_taken(batch + 1));
        let again = Batches::open(study.path()).unwrap();
        assert_eq!(again.name, batches.name);
        assert!(again.is_taken(batch));
        let copied = tempfile::tempdir().unwrap();
        fs::create_dir_all(copied.path().join("jobs/00000")).unwrap();
        for name in ["jobs/name", "jobs/00000/taken"] {
            fs::copy(study.path().join(name), copied.path().join(name)).unwrap();
        }
        let copy = Batches::open(copied.path()).unwrap();
        assert_ne!(copy.name, batches.name);
        assert!(!copy.is_taken(batch));
    }

    #[test]
    fn a_batch_without_a_place_is_an_error() {
        let study = tempfile::tempdir().unwrap();
        let mut batches = Batches::open(study.path()).unwrap();
        fs::remove_dir_all(&batches.folder).unwrap();
        batches.create(std::iter::empty(), ("sh", "TASK")).unwrap_err();
    }
}
