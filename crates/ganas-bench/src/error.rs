//! Errors that occur when benchmarks are opened, queried or imported.

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

/// The reason why a benchmark could not be opened, queried or imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// An unknown benchmark or data set name.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// An error in the file that describes the search space of a user's own benchmark. The error
    /// message states where in the file the error is.
    #[error(transparent)]
    Space(Box<SpaceFileError>),
    /// An invalid name for a user's own benchmark.
    #[error("name of the benchmark: expected {expected}, found `{}`; set one with `--name NAME`", found.escape_debug())]
    OwnName {
        /// The form of valid names.
        expected: String,
        /// The name.
        found: String,
    },
    /// A string that does not describe an architecture of the benchmark's space.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// Query settings that are invalid or for which the benchmark has no results.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A file or folder that could not be read or written.
    #[error("could not {doing} {file}: {source}")]
    Io {
        /// The file or folder.
        file: String,
        /// The operation that failed, such as `read`.
        doing: &'static str,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// No folder for the user's data is known.
    #[error(
        "expected a folder for benchmark data, found neither GANAS_DATA nor a home folder; set the environment variable GANAS_DATA"
    )]
    NoDataFolder,
    /// A file that is not a table written by ganas.
    #[error("{file}: expected a ganas table (magic {expected}), found {found}; import it again")]
    NotATable {
        /// The file.
        file: String,
        /// The bytes that every table begins with.
        expected: String,
        /// The first bytes of the file.
        found: String,
    },
    /// A table in a format that this version of ganas cannot read.
    #[error("{file}: expected table format {expected}, found format {found}{}", newer(*expected, *found))]
    TableFormat {
        /// The file.
        file: String,
        /// The number of the format that this version of ganas reads.
        expected: u32,
        /// The number of the file's format.
        found: u32,
    },
    /// A damaged table: its bytes differ from those that were written.
    #[error(
        "{file}: damaged table: at byte {offset}: expected {expected}, found {found}; import it again"
    )]
    DamagedTable {
        /// The file.
        file: String,
        /// Offset of the damaged part, in bytes from the start of the file.
        offset: usize,
        /// The expected content.
        expected: String,
        /// The actual content.
        found: String,
    },
    /// A table that is undamaged but does not have the expected contents.
    #[error("{file}: expected a table with {expected}, found {found}")]
    OtherTable {
        /// The file.
        file: String,
        /// The expected contents.
        expected: String,
        /// The actual contents.
        found: String,
    },
    /// A benchmark that cannot be opened until its table has been imported.
    #[error(
        "{benchmark}: expected the benchmark's table at {table}, found none; create it with `ganas bench import {benchmark} FILE`, where FILE is {files}"
    )]
    NotImported {
        /// Name of the benchmark.
        benchmark: &'static str,
        /// The files that can be imported.
        files: &'static str,
        /// The path of the missing table.
        table: String,
    },
    /// An attempt to import a compiled-in table into the user's data folder, where it would never
    /// be used.
    #[error(
        "{benchmark}: this table is compiled into ganas; expected a folder for a copy of it (`--to DIR`), found none"
    )]
    CompiledIn {
        /// Name of the benchmark.
        benchmark: &'static str,
    },
    /// An attempt to import a file of a kind that the benchmark does not accept.
    #[error("{file}: expected {expected}, found {found}")]
    UnknownFile {
        /// The file.
        file: String,
        /// The kinds of files that can be imported.
        expected: String,
        /// The apparent kind of the file.
        found: String,
    },
    /// A zip archive that cannot be read.
    #[error("{file}: not a readable zip archive: {source}")]
    Zip {
        /// The archive, and the member if one was being read.
        file: String,
        /// The error.
        #[source]
        source: zip::result::ZipError,
    },
    /// An unexpected member of an archive.
    #[error(
        "{file}: member `{}`: expected a file inside the archive, found {found}",
        member.escape_debug()
    )]
    Member {
        /// The archive.
        file: String,
        /// Name of the member.
        member: String,
        /// A description of the unexpected member, such as `a link` or `an absolute path`.
        found: String,
    },
    /// An attempt to import a file that is valid but lacks the results of some architectures.
    #[error("{file}: expected results for all {expected} architectures, found {found}")]
    Incomplete {
        /// The file.
        file: String,
        /// The number of architectures in the benchmark.
        expected: usize,
        /// The number of architectures in the file.
        found: usize,
    },
    /// A CSV file that cannot be read.
    #[error("{file}: not a readable CSV file: {source}")]
    Csv {
        /// The file.
        file: String,
        /// The error.
        #[source]
        source: csv::Error,
    },
    /// A TFRecord file that cannot be read.
    #[error("{file}: {source}")]
    TfRecord {
        /// The file.
        file: String,
        /// The error, with its position.
        #[source]
        source: TfRecordError,
    },
    /// An archive of NumPy arrays that cannot be read.
    #[error("{file}{}: {source}", member(array))]
    Npy {
        /// The archive.
        file: String,
        /// Name of the array, or an empty string if the error concerns the whole archive.
        array: String,
        /// The error.
        #[source]
        source: NpyError,
    },
    /// A Python pickle that cannot be read.
    #[error("{file}: {source}")]
    Pickle {
        /// The file.
        file: String,
        /// The error.
        #[source]
        source: PickleError,
    },
    /// A model that cannot be read, in a folder or archive that is being imported.
    #[error("{file}: {member}: {source}")]
    Model {
        /// The folder or archive.
        file: String,
        /// The path of the model's folder or file within `file`.
        member: String,
        /// The error.
        #[source]
        source: Box<ModelError>,
    },
    /// A model that is missing or does not have the required properties, in a folder or archive
    /// that is being imported.
    #[error("{file}: member `{member}`: expected {expected}, found {found}")]
    EnsembleMember {
        /// The folder or archive.
        file: String,
        /// The path of the model's folder or file within `file`.
        member: String,
        /// The expected property.
        expected: String,
        /// The actual property.
        found: String,
    },
    /// A record that contains an unexpected value, in a file that is being imported.
    #[error("{file}: {record}, {field}: expected {expected}, found {found}")]
    Record {
        /// The file.
        file: String,
        /// The number of the record's line, or the key that identifies the record.
        record: String,
        /// The column or field.
        field: String,
        /// The expected value.
        expected: String,
        /// The actual value.
        found: String,
    },
}

impl BenchError {
    /// Returns a function for `map_err` that adds the file and the operation.
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
        " (made by a newer version of ganas, or damaged; import it again)"
    } else {
        " (recreate it with `ganas bench import`)"
    }
}
