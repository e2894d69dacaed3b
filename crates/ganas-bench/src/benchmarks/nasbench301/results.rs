//! An evaluator that returns the predictions of the imported models.

use ganas_graph::Arch;
use ganas_search::Measurement;

use super::Surrogate;
use super::names::table_file;
use crate::folder::imported_table;
use crate::source::{Opened, Request, Source};
use crate::{Accuracy, BenchError, Progress, Record, RepeatSelection, TableInfo, Verification};

/// Numbers of training epochs whose results the models predict.
const EPOCHS: [u32; 1] = [100];

/// Opens the models imported into the request's folder.
pub(super) fn open(name: &'static str, request: &Request<'_>) -> Result<Opened, BenchError> {
    let folder = request.folder.ok_or(BenchError::NoDataFolder)?;
    let files = "the published folder or zip archive with the benchmark's models";
    let path = imported_table(folder, table_file(name), name, files)?;
    let surrogate = Surrogate::read(&path)?;
    let found = &surrogate.table().header().provenance.benchmark;
    if found != name {
        return Err(surrogate
            .table()
            .other(format!("models of {name}"), format!("models of {found}")));
    }
    request.query.check(name, &EPOCHS, surrogate.members())?;
    Ok(Opened {
        space: Box::new(surrogate.space().clone()),
        source: Box::new(Results { surrogate, reading: request.query.reading }),
    })
}

/// The models as an evaluator.
#[derive(Debug)]
struct Results {
    surrogate: Surrogate,
    /// What queries return: the mean of the members, one member's prediction, or the mean with
    /// noise.
    reading: RepeatSelection,
}

impl Results {
    /// Returns the predicted validation accuracy in percent.
    fn value(&self, arch: &Arch) -> f64 {
        match self.reading {
            RepeatSelection::Repeat(member) => {
                self.surrogate.predict_member(arch, member).map_or(f64::NAN, f64::from)
            }
            RepeatSelection::Random { seed } => {
                let hash = self.surrogate.canonical(arch);
                self.surrogate.predict(arch).with_noise(seed, hash, 0)
            }
            RepeatSelection::Mean => self.surrogate.predict(arch).mean.into(),
        }
    }
}

/// The models predict no test accuracy. Their best prediction and ranks are unknown, as nobody has
/// evaluated them on all architectures.
impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        if !self.surrogate.knows(arch) {
            return Ok(None);
        }
        let train_seconds = self.surrogate.train_seconds(arch);
        Ok(Some(Measurement { train_seconds, ..Measurement::new(self.value(arch)) }))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        if !self.surrogate.knows(arch) {
            return Ok(None);
        }
        let members = self.surrogate.predict(arch).members;
        let percent = |member: f32| Accuracy::from_percent(member.into());
        Ok(Some(Record {
            official_index: None,
            validation: Accuracy::from_percent(self.value(arch)),
            validation_runs: members.into_iter().map(percent).collect(),
            test: None,
            rank: None,
            train_seconds: self.surrogate.train_seconds(arch),
            latency_seconds: None,
        }))
    }

    fn predictor(&self) -> Option<&str> {
        Some(&self.surrogate.table().header().provenance.benchmark)
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of(self.surrogate.table())]
    }

    /// Returns the checks made on opening, which verify everything.
    fn verify(&self, _: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let checks = vec![
            format!("checksums of {}", self.surrogate.table().origin()),
            format!("every tree node of {} gradient-boosting models", self.surrogate.members()),
        ];
        Ok(Verification { architectures: None, complete: true, checks })
    }
}
