//! All that can go wrong with benchmarks, and what is said about it.

use std::io;

use ganas_graph::ArchError;
use ganas_graph::spaces::described::SpaceFileError;
use ganas_search::UnknownName;
use thiserror::Error;

use crate::QueryError;
use crate::formats::gbdt::ModelError;
use crate::formats::npy::NpyError;
use crate::formats::pickle::PickleError;
use crate::formats::tfrecord::TfRecordError;

/// Why a benchmark could not be opened, asked or imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// No benchmark, or no data set of it, has this name.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// The description of the space of a benchmark of one's own, with the place in it.
    #[error(transparent)]
    Space(Box<SpaceFileError>),
    /// A name that a benchmark of one's own cannot have.
    #[error("name of the benchmark: expected {expected}, found `{}`; `--name NAME` gives one", found.escape_debug())]
    OwnName {
        /// What names are.
        expected: String,
        /// The name.
        found: String,
    },
    /// A text that is not an architecture of the benchmark's space.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// Query settings that the benchmark has no results for.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A file or folder could not be read or written.
    #[error("{file}: could not {doing}: {source}")]
    Io {
        /// The file or folder.
        file: String,
        /// What was being done, such as `read`.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no place for the user's data.
    #[error("expected GANAS_DATA or a home folder for benchmark data, found neither")]
    NoDataFolder,
    /// A file that is no table of ours.
    #[error("{file}: expected a ganas table (magic {expected}), found {found}; import it again")]
    NotATable {
        /// The file.
        file: String,
        /// The bytes that every table begins with.
        expected: String,
        /// The bytes that the file begins with.
        found: String,
    },
    /// A table of a format that this version does not know.
    #[error("{file}: expected table format {expected}, found format {found}{}", newer(*expected, *found))]
    TableFormat {
        /// The file.
        file: String,
        /// The format that this version reads.
        expected: u32,
        /// The file's format.
        found: u32,
    },
    /// A table whose bytes are not what was written.
    #[error(
        "{file}: damaged table: at byte {offset}: expected {expected}, found {found}; import it again"
    )]
    DamagedTable {
        /// The file.
        file: String,
        /// Where the part that is wrong begins.
        offset: usize,
        /// What was expected of it.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A sound table that holds something else.
    #[error("{file}: expected a table with {expected}, found {found}")]
    OtherTable {
        /// The file.
        file: String,
        /// What was looked for.
        expected: String,
        /// What the table has.
        found: String,
    },
    /// A benchmark whose table must be imported first.
    #[error(
        "{benchmark}: expected its table in {table}, found none; import {files} with `ganas bench import {benchmark} FILE`"
    )]
    NotImported {
        /// Name of the benchmark.
        benchmark: &'static str,
        /// What can be imported.
        files: &'static str,
        /// The table that was looked for.
        table: String,
    },
    /// A table that is compiled in was to be imported where it would not be used.
    #[error("{benchmark}: this table is compiled in; expected a folder to write it to, found none")]
    CompiledIn {
        /// Name of the benchmark.
        benchmark: &'static str,
    },
    /// A file to import that is of none of the kinds known for the benchmark.
    #[error("{file}: expected {expected}, found {found}")]
    UnknownFile {
        /// The file.
        file: String,
        /// The kinds of file that can be imported.
        expected: String,
        /// What the file seems to be.
        found: String,
    },
    /// A zip archive that cannot be read.
    #[error("{file}: not a readable zip archive: {source}")]
    Zip {
        /// The archive, and the member if one was being read.
        file: String,
        /// What is wrong with it.
        #[source]
        source: zip::result::ZipError,
    },
    /// A member of an archive that has no business there.
    #[error(
        "{file}: member `{}`: expected a file below the archive's folder, found {found}",
        member.escape_debug()
    )]
    Member {
        /// The archive.
        file: String,
        /// Name of the member.
        member: String,
        /// What is wrong with it.
        found: String,
    },
    /// A file to import that is sound but has less than all architectures.
    #[error("{file}: expected results of all {expected} architectures, found {found}")]
    Incomplete {
        /// The file.
        file: String,
        /// How many architectures there are.
        expected: usize,
        /// How many the file has.
        found: usize,
    },
    /// A CSV file that cannot be read.
    #[error("{file}: not a readable CSV file: {source}")]
    Csv {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: csv::Error,
    },
    /// A record file that cannot be read.
    #[error("{file}: {source}")]
    TfRecord {
        /// The file.
        file: String,
        /// What is wrong with it, and where.
        #[source]
        source: TfRecordError,
    },
    /// An archive of arrays that cannot be read.
    #[error("{file}{}: {source}", member(array))]
    Npy {
        /// The archive.
        file: String,
        /// Name of the array, or nothing for the whole archive.
        array: String,
        /// What is wrong with it.
        #[source]
        source: NpyError,
    },
    /// A pickle that cannot be read.
    #[error("{file}: {source}")]
    Pickle {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: PickleError,
    },
    /// A model to import that cannot be read.
    #[error("{file}: {member}: {source}")]
    Model {
        /// The folder or archive.
        file: String,
        /// Folder of the model in it.
        member: String,
        /// What is wrong with it.
        #[source]
        source: Box<ModelError>,
    },
    /// A member of an ensemble to import that is not as it must be.
    #[error("{file}: member `{member}`: expected {expected}, found {found}")]
    EnsembleMember {
        /// The folder or archive.
        file: String,
        /// Folder of the member in it.
        member: String,
        /// What was expected of it.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A record to import that is not what its benchmark holds.
    #[error("{file}: {record}, {field}: expected {expected}, found {found}")]
    Record {
        /// The file.
        file: String,
        /// Which record: a line or a key.
        record: String,
        /// Which column or field of it.
        field: String,
        /// What was expected there.
        expected: String,
        /// What stands there.
        found: String,
    },
}

impl BenchError {
    /// For `map_err`: names the file and what was being done with it.
    pub(crate) fn io(
        file: &std::path::Path,
        doing: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let file = file.display().to_string();
        move |source| Self::Io { file, doing, source }
    }
}

fn member(array: &str) -> String {
    if array.is_empty() { String::new() } else { format!(", array {array}") }
}

fn newer(expected: u32, found: u32) -> &'static str {
    if found > expected {
        " (made by a newer ganas, or damaged: import it again)"
    } else {
        " (make it again with `ganas bench import`)"
    }
}
