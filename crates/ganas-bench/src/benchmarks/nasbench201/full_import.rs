//! Builds the full table from the records of a published file.

use ganas_graph::spaces::NasBench201;

use super::full_table::{FULL_PART, NO_COUNT, NO_NUMBER, section_name};
use super::official::{ArchRecord, EPOCHS, MAX_TRIALS, Official, TrainingSet, Trial};
use super::table::{NAME, ROWS};
use super::wheel::whole;
use crate::formats::table::{Provenance, TableWriter};
use crate::{Accuracy, BenchError};

/// Largest distance of an accuracy from a whole number of images. The records hold accuracies in
/// single precision, whose error for 25,000 images is a thousandth of an image.
const GRID_TOLERANCE: f64 = 1e-2;

/// Returns the bytes of the table. Error messages name `file` as the source of the records.
///
/// # Errors
/// If an architecture has no record, an accuracy does not correspond to a whole number of images,
/// or another number is too large.
pub(super) fn write_full(file: &str, official: Official) -> Result<Vec<u8>, BenchError> {
    let Official { mut records, source, sha256 } = official;
    if records.len() != ROWS {
        let found = records.len();
        return Err(BenchError::Incomplete { file: file.into(), expected: ROWS, found });
    }
    records.sort_by_key(|record| NasBench201::rank(&record.arch));
    let mut writer = TableWriter::new(Provenance {
        benchmark: NAME.into(),
        part: FULL_PART.into(),
        contents: contents(&records),
        source: source.into(),
        source_sha256: sha256,
        licence: "NATS-Bench and NAS-Bench-201: MIT".into(),
    });
    let index = |record: &ArchRecord| u16::try_from(record.index).unwrap_or(NO_COUNT);
    writer.section("official_index", 1, records.iter().map(index));
    for set in TrainingSet::ALL {
        for epochs in EPOCHS {
            Part { file, records: &records, set, epochs }.write(&mut writer)?;
        }
    }
    Ok(writer.finish())
}

fn contents(records: &[ArchRecord]) -> String {
    let runs = |record: &ArchRecord| {
        let runs =
            |set| EPOCHS.map(|epochs| record.trials(set, epochs).len()).iter().sum::<usize>();
        TrainingSet::ALL.into_iter().map(runs).sum::<usize>()
    };
    let runs: usize = records.iter().map(runs).sum();
    format!(
        "validation and test accuracy, training time, latency, parameters and multiply-adds of \
         {runs} training runs of 12 and 200 epochs"
    )
}

/// The data written for a training set and a budget.
struct Part<'a> {
    file: &'a str,
    records: &'a [ArchRecord],
    set: TrainingSet,
    epochs: u32,
}

impl Part<'_> {
    fn write(&self, writer: &mut TableWriter) -> Result<(), BenchError> {
        let name = |part| section_name(self.set, self.epochs, part);
        let seeds = self.runs(|_, trial| Ok(trial.map_or(NO_COUNT, |trial| trial.seed)))?;
        writer.section(&name("seeds"), MAX_TRIALS, seeds);
        if let Some(images) = self.set.validation_images() {
            let counts = self.runs(|record, trial| {
                self.count(record, trial.and_then(|trial| trial.validation), images)
            })?;
            writer.section(&name("validation"), MAX_TRIALS, counts);
        }
        let images = self.set.test_images();
        let counts = self
            .runs(|record, trial| self.count(record, trial.and_then(|trial| trial.test), images))?;
        writer.section(&name("test"), MAX_TRIALS, counts);
        let seconds = |trial: Option<&Trial>| trial.and_then(|trial| trial.train_seconds);
        let milliseconds = self.runs(|record, trial| self.scaled(record, seconds(trial), 1e3))?;
        writer.section(&name("train_milliseconds"), MAX_TRIALS, milliseconds);
        let validation = |trials: &[Trial]| mean(trials, |trial| trial.validation_seconds);
        let latency = |trials: &[Trial]| mean(trials, |trial| trial.latency_seconds);
        let params = |trials: &[Trial]| Trial::costs(trials).map(|(params, _)| params);
        let flops = |trials: &[Trial]| Trial::costs(trials).map(|(_, flops)| flops);
        writer.section(&name("validation_microseconds"), 1, self.single(validation, 1e6)?);
        writer.section(&name("latency_nanoseconds"), 1, self.single(latency, 1e9)?);
        writer.section(&name("params"), 1, self.single(params, 1e6)?);
        writer.section(&name("flops"), 1, self.single(flops, 1e6)?);
        Ok(())
    }

    /// Returns one number per record.
    fn single(
        &self,
        number: impl Fn(&[Trial]) -> Option<f64>,
        scale: f64,
    ) -> Result<Vec<u32>, BenchError> {
        let trials = |record: &'_ ArchRecord| number(record.trials(self.set, self.epochs));
        self.records.iter().map(|record| self.scaled(record, trials(record), scale)).collect()
    }

    /// Returns one number for each possible run of each record.
    fn runs<T>(
        &self,
        number: impl Fn(&ArchRecord, Option<&Trial>) -> Result<T, BenchError>,
    ) -> Result<Vec<T>, BenchError> {
        let runs = self.records.iter().flat_map(|record| {
            let trials = record.trials(self.set, self.epochs);
            (0..MAX_TRIALS).map(move |run| (record, trials.get(run)))
        });
        runs.map(|(record, trial)| number(record, trial)).collect()
    }

    /// Returns the number of correctly classified images that corresponds to an accuracy;
    /// [`NO_COUNT`] if the accuracy is unknown.
    fn count(
        &self,
        record: &ArchRecord,
        accuracy: Option<Accuracy>,
        images: u16,
    ) -> Result<u16, BenchError> {
        let Some(accuracy) = accuracy else { return Ok(NO_COUNT) };
        let count = whole(accuracy.fraction() * f64::from(images), images, GRID_TOLERANCE);
        count.ok_or_else(|| {
            let expected =
                format!("a percentage that corresponds to a whole number of the {images} images");
            self.wrong(record, expected, accuracy.percent().to_string())
        })
    }

    fn scaled(
        &self,
        record: &ArchRecord,
        value: Option<f64>,
        scale: f64,
    ) -> Result<u32, BenchError> {
        let Some(value) = value else { return Ok(NO_NUMBER) };
        let scaled = (value * scale).round();
        if !(0.0..f64::from(NO_NUMBER)).contains(&scaled) {
            let expected = format!("a number below {}", f64::from(NO_NUMBER) / scale);
            return Err(self.wrong(record, expected, value.to_string()));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        Ok(scaled as u32)
    }

    fn wrong(&self, record: &ArchRecord, expected: String, found: String) -> BenchError {
        BenchError::Record {
            file: self.file.into(),
            record: format!("architecture {}", record.index),
            field: format!("{} epochs, {}", self.epochs, self.set.name()),
            expected,
            found,
        }
    }
}

/// Returns the mean over the runs for which the number is known.
fn mean(trials: &[Trial], number: impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
    let numbers: Vec<f64> = trials.iter().filter_map(number).collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}
