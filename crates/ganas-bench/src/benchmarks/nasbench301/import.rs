//! Converts a folder or archive of models to a benchmark table.

use std::path::Path;

use super::ensemble::{self, Ensembles, MAX_MODEL_BYTES};
use super::names::{NAME, STAND_IN, table_file};
use super::surrogate::Surrogate;
use crate::formats::files::Files;
use crate::formats::model_table;
use crate::formats::table::{Provenance, Table, TableWriter};
use crate::imported::Imported;
use crate::{BenchError, Progress};

/// Folders of the published accuracy models.
const PUBLISHED: [&str; 2] = ["xgb_v0.9", "xgb_v1.0"];

/// Converts the models below a folder or in a zip archive to the table of the benchmark `name`.
pub(super) fn import(
    name: &'static str,
    path: &Path,
    progress: &mut Progress<'_>,
) -> Result<Imported, BenchError> {
    let mut files = Files::open(path)?;
    let read = ensemble::read(&mut files)?;
    check_version(name, &files, &read)?;
    let source_sha256 = files.sha256(&read.files, MAX_MODEL_BYTES, progress)?;
    let mut writer = TableWriter::new(Provenance {
        benchmark: name.into(),
        part: "surrogate".into(),
        contents: contents(&read),
        source: files.label.clone(),
        source_sha256,
        licence: "the licence of the imported models".into(),
    });
    model_table::write(&mut writer, "accuracy", &read.accuracy);
    model_table::write(&mut writer, "train_seconds", &read.runtime);
    let bytes = writer.finish();
    // A table that cannot be opened again must not be written.
    Surrogate::from_table(Table::open(table_file(name), bytes.clone())?)?;
    Ok(Imported { table_file: table_file(name), bytes, compiled_in: false })
}

/// Checks that the published models, and no others, are imported as [`NAME`].
fn check_version(name: &str, files: &Files, read: &Ensembles) -> Result<(), BenchError> {
    let is_published = PUBLISHED.contains(&read.name.as_str());
    if is_published == (name == NAME) {
        return Ok(());
    }
    let (expected, other) = if is_published {
        ("models other than the published ones".to_owned(), NAME)
    } else {
        (format!("the published models, in a folder named {}", PUBLISHED.join(" or ")), STAND_IN)
    };
    Err(BenchError::UnknownFile {
        file: files.label.clone(),
        expected,
        found: format!("`{}`, which must be imported as {other}", read.name),
    })
}

fn contents(read: &Ensembles) -> String {
    let (accuracy, runtime) = (read.accuracy.len(), read.runtime.len());
    let runtime = match runtime {
        0 => String::new(),
        _ => format!("; training time in seconds, predicted by {runtime} LightGBM models"),
    };
    let left_out = match read.left_out.len() {
        0 => String::new(),
        count => format!("; {count} graph networks left out"),
    };
    format!(
        "validation accuracy on CIFAR-10 after 100 epochs, predicted by {accuracy} XGBoost models \
         ({}){runtime}{left_out}",
        read.name
    )
}
