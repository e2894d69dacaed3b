//! Evaluators that predict the accuracy of chain-structured networks.

use std::sync::Arc;

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::Measurement;

use super::chain_benchmark::ChainBenchmark;
use super::costed::{Costed, ExtraCosts};
use crate::formats::table::Table;
use crate::source::{Opened, Request, Source};
use crate::{Accuracy, BenchError, Progress, Record, TableInfo, Verification};

/// A model that predicts the accuracy of chains, and may add costs to those of their space.
pub(super) trait Predictor: ExtraCosts + 'static {
    /// Returns its space.
    fn space(&self) -> &Chain;

    /// Returns the table that the model was read from.
    fn table(&self) -> &Table;

    /// Returns its title, in a word or two.
    fn title(&self) -> &'static str;

    /// Returns the predicted accuracy in percent.
    fn predict(&self, arch: &Arch) -> f64;

    /// Returns the accuracies in percent of real training runs, if there are any.
    fn trained(&self, _: &Arch) -> Vec<f64> {
        Vec::new()
    }

    /// Returns the predicted duration of one inference in seconds, or `None` if it cannot be
    /// predicted.
    fn latency_seconds(&self, _: &Arch) -> Option<f64> {
        None
    }

    /// Returns descriptions of the checks made on opening.
    fn checks(&self) -> Vec<String>;
}

/// Opens a predictor as a benchmark.
pub(super) fn open(
    predictor: impl Predictor,
    benchmark: ChainBenchmark,
    request: &Request<'_>,
) -> Result<Opened, BenchError> {
    let found = &predictor.table().header().provenance.benchmark;
    if found != benchmark.name() {
        let expected = format!("models of {}", benchmark.name());
        return Err(predictor.table().other(expected, format!("models of {found}")));
    }
    request.query.check(benchmark.name(), &[], 1)?;
    let predictor = Arc::new(predictor);
    let title = format!("{} ({})", benchmark.name(), predictor.title());
    Ok(Opened {
        space: Box::new(Costed::new(predictor.space().clone(), predictor.clone())),
        source: Box::new(Results { predictor, title }),
    })
}

/// A predictor as an evaluator.
#[derive(Debug)]
struct Results<P> {
    predictor: Arc<P>,
    title: String,
}

impl<P: Predictor> Results<P> {
    fn knows(&self, arch: &Arch) -> bool {
        Arch::from_choices(self.predictor.space(), arch.choices()).is_ok()
    }
}

impl<P: Predictor> Source for Results<P> {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        Ok(self.knows(arch).then(|| Measurement::new(self.predictor.predict(arch))))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        if !self.knows(arch) {
            return Ok(None);
        }
        let trained = self.predictor.trained(arch);
        Ok(Some(Record {
            official_index: None,
            validation: Accuracy::from_percent(self.predictor.predict(arch)),
            validation_runs: trained.into_iter().map(Accuracy::from_percent).collect(),
            test: None,
            rank: None,
            train_seconds: None,
            latency_seconds: self.predictor.latency_seconds(arch),
        }))
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of(self.predictor.table())]
    }

    fn chain(&self) -> Option<&Chain> {
        Some(self.predictor.space())
    }

    fn predictor(&self) -> Option<&str> {
        Some(&self.title)
    }

    /// Predicts the space's named architectures; opening has verified everything else.
    fn verify(&self, _: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let space = self.predictor.space();
        let names = space.named_archs().into_iter();
        let archs: Vec<_> = names.filter_map(|name| space.named(name)).collect();
        let values: Vec<_> = archs.iter().map(|arch| self.predictor.predict(arch)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            let expected = "finite predictions for the named architectures".into();
            return Err(self.predictor.table().other(expected, format!("{values:?}")));
        }
        let mut checks = vec![format!("checksums of {}", self.predictor.table().origin())];
        checks.extend(self.predictor.checks());
        Ok(Verification { architectures: None, complete: true, checks })
    }
}
