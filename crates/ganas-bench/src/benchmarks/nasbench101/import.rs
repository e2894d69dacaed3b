//! Converts the files of NAS-Bench-101 and its stand-ins to benchmark tables.

use std::io::Read;
use std::path::Path;

use super::contents::Contents;
use super::{Variant, published, subset, surrogate};
use crate::formats::table::Provenance;
use crate::imported::{Imported, read_small};
use crate::{BenchError, Progress};

/// The published files, identified by their SHA-256.
const PUBLISHED: [(&str, &str); 2] = [
    (
        "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
        "nasbench_only108.tfrecord",
    ),
    ("3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c", "nasbench_full.tfrecord"),
];

/// Converts a file for one of the benchmarks to its table.
pub(super) fn import(
    variant: Variant,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<Imported, BenchError> {
    let label = file.display().to_string();
    let (contents, source_sha256) = if variant == Variant::Published {
        published::read_file(file, progress)?
    } else {
        let (bytes, sum) = read_small(file)?;
        let total = bytes.len() as u64;
        progress(0, total);
        let contents = if variant == Variant::Surrogate {
            surrogate::read(&label, &bytes)?
        } else {
            subset::read(&label, &bytes)?
        };
        progress(total, total);
        (contents, sum)
    };
    let bytes = contents.write(provenance(variant, &contents, source_sha256));
    Ok(Imported { table_file: variant.table_file(), bytes, compiled_in: false })
}

/// Returns the bytes of a table made from records in the published format. Error messages name
/// `origin` as the source of the records.
///
/// ```
/// use ganas_bench::nasbench101::table_of_records;
/// let error = table_of_records("nothing", &[][..]).unwrap_err().to_string();
/// assert!(error.starts_with("nothing: expected a TFRecord file"), "{error}");
/// ```
///
/// # Errors
/// If a record is damaged or does not describe a training run, or if the records are inconsistent
/// with each other. If a single record is at fault, the error states its number and position.
pub fn table_of_records(origin: &str, records: impl Read) -> Result<Vec<u8>, BenchError> {
    let (contents, source_sha256) = published::read(origin, records, &mut |_| {})?;
    Ok(contents.write(provenance(Variant::Published, &contents, source_sha256)))
}

fn provenance(variant: Variant, contents: &Contents, source_sha256: String) -> Provenance {
    let (cells, repeats) = (contents.cells.len(), contents.repeats);
    let epochs: Vec<_> = contents.budgets.iter().map(|budget| budget.epochs.to_string()).collect();
    let epochs = epochs.join(", ");
    let (contents, source, licence) = match variant {
        Variant::Published => (
            format!(
                "training, validation and test accuracy, and training time, of {repeats} training \
                 runs of each of {cells} cells after {epochs} epochs; evaluations \
                 halfway through training are left out"
            ),
            published_file(&source_sha256),
            "Apache-2.0 (google-research/nasbench)",
        ),
        Variant::Surrogate => (
            format!(
                "predicted validation accuracy, seconds and probability of failure after {epochs} epochs of {cells} cells; no measured results"
            ),
            "a surrogate model of NAS-Bench-101, trained on 30,001 published results".into(),
            "the licence of the file; trained on data under Apache-2.0",
        ),
        Variant::Subset => (
            format!(
                "validation accuracy, apparently the best of three repeats, after {epochs} epochs of {cells} cells; seconds after 108 epochs"
            ),
            "published results of a part of NAS-Bench-101, with hashes in two ranges".into(),
            "ISC (tiga1231/nasbench-vis), data Apache-2.0",
        ),
    };
    Provenance {
        benchmark: variant.name().into(),
        part: "all".into(),
        contents,
        source,
        source_sha256,
        licence: licence.into(),
    }
}

fn published_file(sha256: &str) -> String {
    let name = PUBLISHED.iter().find_map(|(sum, name)| (*sum == sha256).then_some(name));
    name.map_or_else(
        || "a file in the layout of NAS-Bench-101, but not one of the published files".into(),
        |name| format!("the published {name}"),
    )
}
