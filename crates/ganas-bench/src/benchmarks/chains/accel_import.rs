//! Converts the models and training runs of Accel-NASBench to a benchmark table.

use std::path::Path;

use ganas_graph::SearchSpace;

use super::accel::{FEATURES, TARGETS, TOP1, TRAINED_ARCHS, TRAINED_TOP1, features};
use super::chain_benchmark::ChainBenchmark;
use crate::formats::csv_lines;
use crate::formats::files::Files;
use crate::formats::gbdt::{Model, read_lightgbm};
use crate::formats::model_table;
use crate::formats::table::{Provenance, TableWriter};
use crate::{BenchError, Progress};

/// Maximum size of an imported file in bytes, unpacked.
pub(super) const MAX_BYTES: u64 = 1 << 28;
/// The file of real training runs, with or without `.gz`.
const TRAINED: &str = "accel_nb_imagenet.csv";
/// Columns that are read; the last two must equal the costs of our space.
const COLUMNS: [&str; 4] = ["arch", "val_top1", "macs_m", "params_m"];

/// Converts the models, and the real training runs if present, to a table.
pub(super) fn import(path: &Path, progress: &mut Progress<'_>) -> Result<Vec<u8>, BenchError> {
    let mut files = Files::open(path)?;
    let mut used = Vec::new();
    let mut models = Vec::new();
    let targets = TARGETS.iter().map(|(target, ..)| *target);
    for target in [TOP1].into_iter().chain(targets) {
        if let Some(name) = find(&files, &format!("lgb_{target}.txt")) {
            models.push((target, model(&mut files, &name)?));
            used.push(name);
        }
    }
    if models.first().is_none_or(|(target, _)| *target != TOP1) {
        return Err(BenchError::UnknownFile {
            file: files.label,
            expected: format!("lgb_{TOP1}.txt, or a folder or zip archive that contains it"),
            found: "no file of that name".into(),
        });
    }
    let trained_file = find(&files, TRAINED).or_else(|| find(&files, &format!("{TRAINED}.gz")));
    let trained = match &trained_file {
        Some(name) => trained(&mut files, name)?,
        None => Vec::new(),
    };
    used.extend(trained_file);
    used.sort_unstable();
    let source_sha256 = files.sha256(&used, MAX_BYTES, progress)?;
    let mut writer = TableWriter::new(Provenance {
        benchmark: ChainBenchmark::Accel.name().into(),
        part: "surrogate".into(),
        contents: format!(
            "top-1 accuracy on ImageNet after shortened training{}, predicted by {} LightGBM models; \
             results of {} real training runs",
            if models.len() > 1 { ", and latency and throughput on accelerators" } else { "" },
            models.len(),
            trained.len()
        ),
        source: files.label,
        source_sha256,
        licence: "the licence of the imported files".into(),
    });
    for (target, model) in models {
        model_table::write(&mut writer, target, &[model]);
    }
    if !trained.is_empty() {
        writer.section(TRAINED_ARCHS, FEATURES, trained.iter().flat_map(|(features, _)| *features));
        writer.section(TRAINED_TOP1, 1, trained.iter().map(|(_, top1)| *top1));
    }
    Ok(writer.finish())
}

/// Returns the path of the file called `name`, in any folder.
pub(super) fn find(files: &Files, name: &str) -> Option<String> {
    let is_it = |file: &&String| file.rsplit('/').next() == Some(name);
    files.names.iter().find(is_it).cloned()
}

fn model(files: &mut Files, name: &str) -> Result<Model<f64>, BenchError> {
    let bytes = files.read(name, MAX_BYTES)?;
    let model = read_lightgbm(&bytes).map_err(|source| BenchError::Model {
        file: files.label.clone(),
        member: name.into(),
        source: Box::new(source),
    })?;
    if model.features != FEATURES {
        return Err(BenchError::EnsembleMember {
            file: files.label.clone(),
            member: name.into(),
            expected: format!("a model of {FEATURES} features"),
            found: format!("one of {}", model.features),
        });
    }
    Ok(model)
}

/// Returns the features and the accuracy, in thousandths of a percent, of each training run.
fn trained(files: &mut Files, name: &str) -> Result<Vec<([u8; FEATURES], u32)>, BenchError> {
    let bytes = files.read(name, MAX_BYTES)?;
    let (file, space) = (format!("{}: {name}", files.label), ChainBenchmark::Accel.space());
    let mut trained = Vec::new();
    csv_lines::read(&file, &bytes, COLUMNS, |line| {
        let arch = space.parse(line.text(0))?;
        let percent =
            line.number(1, "percent, 0 to 100", |found: f64| (0.0..=100.0).contains(&found))?;
        let cost = space.network_cost(&arch);
        for (column, known) in [(2, cost.thop_flops()), (3, cost.parameters)] {
            let millions = known as f64 / 1e6;
            let is_known = |found: f64| (found - millions).abs() < 1e-6;
            line.number(column, &millions.to_string(), is_known)?;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "to 100,000")]
        trained.push((features(&space, &arch), (percent * 1000.0).round() as u32));
        Ok(())
    })?;
    Ok(trained)
}
