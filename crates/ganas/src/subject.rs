//! The search space and the evaluator of a study.

use std::sync::Arc;

use ganas_bench::Benchmark;
use ganas_exec::CommandEvaluator;
use ganas_graph::SearchSpace;
use ganas_search::{Evaluator, KnownMetrics, TestOracle};

use crate::Error;

/// A search space, with the evaluator for its architectures.
#[derive(Debug)]
pub struct Subject {
    /// The space.
    pub space: Arc<dyn SearchSpace>,
    /// The evaluator.
    pub evaluation: Evaluation,
}

/// An evaluator of architectures.
#[derive(Debug)]
#[non_exhaustive]
pub enum Evaluation {
    /// A benchmark.
    Benchmark(Box<Benchmark>),
    /// A user's command.
    Command(Box<CommandEvaluator>),
    /// An evaluator that the calling program provides.
    Own(Arc<dyn Evaluator>),
    /// Another program, which asks for trials and reports their results.
    Elsewhere,
}

impl Subject {
    /// Returns a subject with the benchmark as its evaluator and the benchmark's search space as
    /// its space.
    pub fn benchmark(benchmark: Benchmark) -> Self {
        let space = benchmark.space.clone();
        Self { space, evaluation: Evaluation::Benchmark(Box::new(benchmark)) }
    }

    /// Returns the evaluator; `None` if another program evaluates the architectures.
    pub fn evaluator(&self) -> Option<&dyn Evaluator> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => Some(&**benchmark),
            Evaluation::Command(command) => Some(&**command),
            Evaluation::Own(evaluator) => Some(&**evaluator),
            Evaluation::Elsewhere => None,
        }
    }

    /// Reports a missing program of a command early, because otherwise every evaluation would fail.
    ///
    /// # Errors
    /// [`Error::Exec`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.evaluation {
            Evaluation::Command(command) => Ok(command.check_program()?),
            _ => Ok(()),
        }
    }

    /// Returns the number of cancelled evaluations whose jobs were left running on an engine (Slurm
    /// or Ray).
    pub fn jobs_left(&self) -> usize {
        match &self.evaluation {
            Evaluation::Command(command) => command.jobs_left(),
            _ => 0,
        }
    }

    /// Returns the benchmark; `None` if the evaluator is not a benchmark.
    pub fn as_benchmark(&self) -> Option<&Benchmark> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => Some(benchmark),
            _ => None,
        }
    }

    /// Returns the benchmark as a source of test accuracies; `None` if the evaluator is not a
    /// benchmark. Only reports may use test accuracies.
    pub fn oracle(&self) -> Option<&dyn TestOracle> {
        self.as_benchmark().map(|benchmark| benchmark as &dyn TestOracle)
    }

    /// Returns the metrics that measurements may contain.
    pub fn measured(&self) -> KnownMetrics<'_> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => KnownMetrics::Records(&**benchmark),
            _ => KnownMetrics::Anything,
        }
    }
}
