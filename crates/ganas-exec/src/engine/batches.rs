//! What is submitted at once: the table of its tasks, and the study's name among all that have jobs.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::attempt::{Attempt, make_folder, quoted, read_plain, utf8, within};
use crate::error::{At, ExecError};

/// The folder with a study's batches.
#[derive(Debug)]
pub(crate) struct Batches {
    study: PathBuf,
    folder: PathBuf,
    /// What the names of the study's jobs begin with.
    pub(crate) name: String,
    /// The number of the next one, at least.
    next: u64,
}

/// A batch that is on the disk and about to be submitted.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    pub(crate) folder: PathBuf,
}

/// The script of a batch, after its shell: it finds the attempt of a task in the table.
const SCRIPT: &str = r#"
while read -r number trial attempt; do
    if [ "$number" = "$task" ]; then exec "$shell" "$study/attempts/$trial/$attempt.sh"; fi
done < "$table"
echo "ganas: expected task $task in $table, found none" >&2
exit 1
"#;

impl Batches {
    /// Those of the study in `study`.
    pub(crate) fn open(study: &Path) -> Result<Self, ExecError> {
        let folder = study.join("jobs");
        make_folder(&folder)?;
        within(&folder, study)?;
        let mut next = 0;
        for entry in fs::read_dir(&folder).at("listing", &folder)? {
            let name = entry.at("listing", &folder)?.file_name();
            let number: Option<u64> = name.to_str().and_then(|name| name.parse().ok());
            next = next.max(number.map_or(0, |number| number + 1));
        }
        let name = Self::own_name(&folder, utf8(study)?)?;
        Ok(Self { study: study.to_owned(), folder, name, next })
    }

    /// What the names of the study's jobs begin with, which no other study's do.
    ///
    /// A folder that was copied or moved is another study's: jobs of the first know the old place.
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
        fs::rename(&half, &path).at("renaming", &half)?;
        Ok(name)
    }

    /// Writes down which task makes which attempt, in a folder of its own, before anything is
    /// submitted. `task` is the variable in which a job finds its task.
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
                made => break made.at("making", &folder).map(|()| (number, folder))?,
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

    /// Notes that the scheduler has the batch.
    pub(crate) fn note_taken(&self, batch: u64) -> Result<(), ExecError> {
        write(&self.taken(batch), &self.name)
    }

    /// Was it noted?
    pub(crate) fn is_taken(&self, batch: u64) -> bool {
        fs::read_to_string(self.taken(batch)).is_ok_and(|name| name == self.name)
    }

    /// Where a batch has its files.
    pub(crate) fn folder(&self, batch: u64) -> PathBuf {
        self.folder.join(format!("{batch:05}"))
    }

    fn taken(&self, batch: u64) -> PathBuf {
        self.folder(batch).join("taken")
    }
}

fn write(path: &Path, text: &str) -> Result<(), ExecError> {
    let mut file = File::create(path).at("creating", path)?;
    file.write_all(text.as_bytes()).at("writing", path)
}

/// A number that differs in each process.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
