//! What is searched, and what measures.

use std::sync::Arc;

use ganas_bench::Benchmark;
use ganas_exec::CommandEvaluator;
use ganas_graph::SearchSpace;
use ganas_search::{Evaluator, Measured, TestOracle};

use crate::Error;

/// A search space and what measures its architectures.
#[derive(Debug)]
pub struct Subject {
    /// The space.
    pub space: Arc<dyn SearchSpace>,
    /// What measures.
    pub evaluation: Evaluation,
}

/// What measures architectures.
#[derive(Debug)]
#[non_exhaustive]
pub enum Evaluation {
    /// A benchmark.
    Benchmark(Box<Benchmark>),
    /// A command of the user's.
    Command(Box<CommandEvaluator>),
    /// An evaluator of the program's own.
    Own(Arc<dyn Evaluator>),
    /// Somebody who asks for trials and tells results.
    Elsewhere,
}

impl Subject {
    /// A benchmark and its space.
    pub fn benchmark(benchmark: Benchmark) -> Self {
        let space = benchmark.space.clone();
        Self { space, evaluation: Evaluation::Benchmark(Box::new(benchmark)) }
    }

    /// The evaluator; `None` where evaluations are made elsewhere.
    pub fn evaluator(&self) -> Option<&dyn Evaluator> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => Some(&**benchmark),
            Evaluation::Command(command) => Some(&**command),
            Evaluation::Own(evaluator) => Some(&**evaluator),
            Evaluation::Elsewhere => None,
        }
    }

    /// Says early what would fail each evaluation: a program that is not there.
    ///
    /// # Errors
    /// [`Error::Exec`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.evaluation {
            Evaluation::Command(command) => Ok(command.check_program()?),
            _ => Ok(()),
        }
    }

    /// How many evaluations that were cancelled go on as jobs of an engine.
    pub fn jobs_left(&self) -> usize {
        match &self.evaluation {
            Evaluation::Command(command) => command.jobs_left(),
            _ => 0,
        }
    }

    /// The benchmark, if one measures.
    pub fn as_benchmark(&self) -> Option<&Benchmark> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => Some(benchmark),
            _ => None,
        }
    }

    /// What only reports may see.
    pub fn oracle(&self) -> Option<&dyn TestOracle> {
        self.as_benchmark().map(|benchmark| benchmark as &dyn TestOracle)
    }

    /// Which metrics measurements may hold.
    pub fn measured(&self) -> Measured<'_> {
        match &self.evaluation {
            Evaluation::Benchmark(benchmark) => Measured::Records(&**benchmark),
            _ => Measured::Anything,
        }
    }
}
