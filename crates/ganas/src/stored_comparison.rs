//! A comparison stored in a folder, with a file that describes it and a separate study for each
//! search.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind as IoErrorKind, Write};
use std::path::{Path, PathBuf};

use ganas_bench::{Benchmark, open_regular};
use ganas_graph::ArchHash;
use ganas_search::{
    History, SqliteStore, StoreError, Study, StudyReader, StudyRecord, StudySettings, make_folder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::options::StudyOptions;
use crate::plan::Plan;
use crate::report::TableRecord;
use crate::{Error, StrategySpec};

/// Name of the file that describes a folder's comparison.
pub(crate) const NAME: &str = "comparison.json";

/// Name of the description's file while it is being written.
const UNFINISHED: &str = "comparison.json.unfinished";

/// Maximum number of bytes of a strategy's text in a folder's name; file systems allow 255.
const MAX_BYTES: usize = 200;

/// The folder of a comparison.
#[derive(Debug)]
pub(crate) struct StoredComparison {
    folder: PathBuf,
    /// The common options of all searches.
    options: StudyOptions,
}

/// The common properties of all searches of a comparison. Strategies and seeds may be added later.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    /// Version of the program; another one may search differently.
    ganas: String,
    options: StudyOptions,
    /// SHA-256 of each of the benchmark's tables.
    tables: BTreeMap<String, String>,
}

impl Common {
    fn of(benchmark: &Benchmark, options: StudyOptions) -> Self {
        let tables = TableRecord::all(benchmark).into_iter();
        let tables = tables.map(|table| (table.part, table.sha256)).collect();
        Self { ganas: env!("CARGO_PKG_VERSION").into(), options, tables }
    }

    /// Reads the description in `folder`; `None` if the folder is new or empty.
    fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(NAME);
        let file = match open_regular(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == IoErrorKind::NotFound => {
                return if is_unused(folder)? { Ok(None) } else { Err(not_one(folder)) };
            }
            Err(source) => return Err(Error::file("read", &path, source)),
        };
        let text = io::read_to_string(file);
        let text = text.map_err(|source| Error::file("read", &path, source))?;
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|source| Error::ComparisonDamaged { path, source })
    }

    /// Writes the description into `folder` atomically.
    fn write(&self, folder: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|source| Error::Configuration { source })?;
        let (unfinished, path) = (folder.join(UNFINISHED), folder.join(NAME));
        let write = || -> io::Result<()> {
            make_folder(folder)?;
            let mut file = File::create(&unfinished)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|source| Error::file("write", &path, source))
    }

    /// Rejects a comparison that differs from the one in `folder`.
    fn check_is(&self, there: &Self, folder: &Path) -> Result<(), Error> {
        let (own, there) = (self.fields()?, there.fields()?);
        let Some(name) =
            own.keys().chain(there.keys()).find(|name| own.get(*name) != there.get(*name))
        else {
            return Ok(());
        };
        let shown = |fields: &Map<String, Value>| {
            fields.get(name).map_or_else(|| "not set".into(), Value::to_string)
        };
        Err(Error::Usage(format!(
            "{}: {} differs: it is {} in the existing comparison, and {} in this one. Only strategies and seeds can be added to a comparison; to start another, pass another folder to `--dir`",
            folder.display(),
            if name == "budget" { "the largest budget".into() } else { format!("`{name}`") },
            shown(&there),
            shown(&own)
        )))
    }

    /// Returns the fields of the description by name.
    fn fields(&self) -> Result<Map<String, Value>, Error> {
        let wrong = |source| Error::Configuration { source };
        let options = serde_json::to_value(&self.options).map_err(wrong)?;
        let mut fields = options.as_object().cloned().unwrap_or_default();
        fields.insert("ganas".into(), Value::String(self.ganas.clone()));
        fields.insert("tables".into(), serde_json::to_value(&self.tables).map_err(wrong)?);
        Ok(fields)
    }
}

impl StoredComparison {
    /// Opens or creates the folder of a comparison whose searches share `options`.
    ///
    /// # Errors
    /// [`Error::Usage`] if the folder holds something else; an error if the folder cannot be read
    /// or written.
    pub(crate) fn open(
        folder: &Path,
        benchmark: &Benchmark,
        options: StudyOptions,
    ) -> Result<Self, Error> {
        let common = Common::of(benchmark, options);
        match Common::read(folder)? {
            Some(there) => common.check_is(&there, folder)?,
            None => common.write(folder)?,
        }
        Ok(Self { folder: folder.into(), options: common.options })
    }

    /// Returns the folder of a search.
    pub(crate) fn folder_of(&self, spec: &StrategySpec, seed: u64) -> PathBuf {
        self.folder.join(folder_name(spec)).join(format!("seed-{seed}"))
    }

    /// Returns the history of a search that has ended; `None` if it has not ended.
    ///
    /// # Errors
    /// If the search cannot be read, or belongs to another comparison.
    pub(crate) fn ended(
        &self,
        benchmark: &Benchmark,
        spec: &StrategySpec,
        settings: &StudySettings,
    ) -> Result<Option<History>, Error> {
        let folder = self.folder_of(spec, settings.seed);
        let reader = match StudyReader::open(&folder) {
            Err(StoreError::Missing { .. }) => return Ok(None),
            other => other?,
        };
        let record = reader.study()?;
        if Plan::of(&record)?.options != self.options_of(spec, settings.seed) {
            return Err(Error::Usage(format!(
                "{}: expected the search that the comparison started, found one whose options were changed later; remove the folder to repeat the search",
                folder.display()
            )));
        }
        if record.stop_reason.is_none() {
            return Ok(None);
        }
        Ok(Some(reader.outcome(&*benchmark.space, settings)?.history))
    }

    /// Begins or resumes a search.
    ///
    /// # Errors
    /// If the store of the search cannot be read or written.
    pub(crate) fn study(
        &self,
        benchmark: &Benchmark,
        spec: &StrategySpec,
        settings: StudySettings,
    ) -> Result<Study, Error> {
        let (folder, space) = (self.folder_of(spec, settings.seed), benchmark.space.clone());
        let store = match SqliteStore::open(&folder) {
            Err(StoreError::Missing { .. }) => {
                let (plan, _) = Plan::new(self.options_of(spec, settings.seed), Path::new(""))?;
                let record = StudyRecord {
                    seed: settings.seed,
                    budget: settings.budget,
                    direction: settings.direction,
                    ..StudyRecord::new(&*space, &spec.to_string(), plan.text()?)
                };
                SqliteStore::create(&folder, &record)?
            }
            other => other?,
        };
        Ok(Study::open(space, spec.build()?, settings, Box::new(store))?)
    }

    fn options_of(&self, spec: &StrategySpec, seed: u64) -> StudyOptions {
        let (strategy, seed) = (Some(spec.clone()), Some(seed));
        StudyOptions { strategy, seed, ..self.options.clone() }
    }
}

/// Returns the folders of all searches of a comparison, ended or not, ordered by strategy name and
/// then by seed.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn searches(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for strategy in folders(folder)? {
        let mut seeds: Vec<(u64, PathBuf)> = Vec::new();
        for search in folders(&strategy)? {
            let name = search.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let seed = name.strip_prefix("seed-").and_then(|seed| seed.parse().ok());
            seeds.extend(seed.map(|seed| (seed, search)));
        }
        seeds.sort();
        found.extend(seeds.into_iter().map(|(_, search)| search));
    }
    Ok(found)
}

/// Returns the subfolders of a folder, sorted by name.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = fs::read_dir(folder).map_err(|source| Error::file("read", folder, source))?;
    let mut found: Vec<PathBuf> =
        read.filter_map(Result::ok).map(|entry| entry.path()).filter(|it| it.is_dir()).collect();
    found.sort();
    Ok(found)
}

/// Returns the name of a strategy's folder: the strategy's text with commas for colons if that is a
/// valid name, else the strategy's name with a checksum.
fn folder_name(spec: &StrategySpec) -> String {
    let text = spec.to_string();
    let name = text.replace(':', ",");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,=".contains(&byte);
    if name.len() <= MAX_BYTES && name.bytes().all(is_plain) {
        return name;
    }
    let first = text.split(':').next().unwrap_or_default();
    format!("{first},{}", ArchHash::of(text.as_bytes()))
}

/// Returns true if the folder does not exist, or contains at most an unfinished description.
fn is_unused(folder: &Path) -> Result<bool, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(true),
        Err(source) => return Err(Error::file("read", folder, source)),
    };
    let mut names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
    Ok(names.all(|name| name == UNFINISHED))
}

fn not_one(folder: &Path) -> Error {
    Error::Usage(format!(
        "{}: expected the folder of a comparison, an empty folder or a new one, found files but no {NAME}; pass another folder to `--dir`",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_have_folders_of_their_own() {
        let name = |text: &str| folder_name(&text.parse().unwrap());
        assert_eq!(name("random"), "random");
        assert_eq!(name("ganas:truth_size=20:initial=10"), "ganas,truth_size=20,initial=10");
        let long = |last: u32| format!("ganas{}:initial={last}", ":truth_size=20".repeat(20));
        assert_eq!(name(&long(9)).len(), "ganas,".len() + 32);
        assert_ne!(name(&long(9)), name(&long(8)));
    }
}
