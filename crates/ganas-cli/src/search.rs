use std::fmt;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};
use ganas_bench::{Benchmark, QuerySettings};
use ganas_search::{
    Bound, Constraint, ConstraintError, Distinct, Study, StudySettings, TestOracle,
};

use crate::output;
use crate::progress::Progress;
use crate::report::SearchReport;
use crate::strategies::{StrategySpec, strategy_help};

/// Search for a benchmark's best architecture
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Search space, and the benchmark of it
    #[arg(default_value = "nasbench201")]
    pub(crate) space: String,
    /// Data set that the architectures were trained on, such as cifar10
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: Option<String>,
    /// How to search
    #[arg(long, value_name = "NAME", default_value = "ganas", help = strategy_help())]
    pub(crate) strategy: StrategySpec,
    /// Which of a benchmark's numbers a query gives, such as mean, repeat=0, random=7 or epochs=12
    #[arg(long, value_name = "WHAT", default_value = "mean")]
    pub(crate) query: QuerySettings,
    /// Number of queries: distinct architectures measured
    #[arg(long, value_name = "N", default_value_t = 150)]
    pub(crate) budget: usize,
    /// Seed of all randomness
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Stop when the simulated training of all queries has taken so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_train_seconds: Option<f64>,
    /// Stop as soon as the benchmark's best validation accuracy is found
    #[arg(long)]
    pub(crate) until_optimum: bool,
    /// When two architectures count as two queries
    #[arg(long, value_enum, value_name = "HOW", default_value_t = DistinctName::Isomorphism)]
    pub(crate) distinct: DistinctName,
    /// Largest cost allowed, such as params=0.5 or flops=100M; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) max: Vec<String>,
    /// Smallest cost allowed; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) min: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Add every query to the JSON
    #[arg(long, requires = "json")]
    pub(crate) history: bool,
}

/// [`Distinct`] by its names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DistinctName {
    /// If they differ as graphs
    Isomorphism,
    /// If they are written differently: for comparison with tools that count strings
    String,
}

impl From<DistinctName> for Distinct {
    fn from(name: DistinctName) -> Self {
        match name {
            DistinctName::Isomorphism => Self::Isomorphism,
            DistinctName::String => Self::String,
        }
    }
}

impl fmt::Display for DistinctName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value().expect("no way to count is hidden");
        formatter.write_str(name.get_name())
    }
}

impl SearchArgs {
    fn settings(&self, benchmark: &Benchmark) -> anyhow::Result<StudySettings> {
        let space = &*benchmark.space;
        let limits = |bound, texts: &[String]| -> Result<Vec<Constraint>, ConstraintError> {
            texts.iter().map(|text| Constraint::parse(space, bound, text)).collect()
        };
        let target = if self.until_optimum {
            let known = benchmark.optimum();
            Some(known.context("--until-optimum: the optimum of this benchmark is not known")?)
        } else {
            None
        };
        Ok(StudySettings {
            distinct: self.distinct.into(),
            constraints: [limits(Bound::Max, &self.max)?, limits(Bound::Min, &self.min)?].concat(),
            target,
            max_train_seconds: self.max_train_seconds,
            ..StudySettings::new(self.budget, self.seed)
        })
    }
}

/// Runs `ganas search`.
pub(crate) fn run(args: &SearchArgs) -> anyhow::Result<()> {
    let benchmark = Benchmark::open(&args.space, args.dataset.as_deref(), args.query)?;
    let settings = args.settings(&benchmark)?;
    let mut strategy = args.strategy.build()?;
    let started = Instant::now();
    let study = Study::new(&*benchmark.space, &benchmark, settings.clone())?;
    let outcome = {
        let mut progress = Progress::new(args.budget, "queries");
        study.run(strategy.as_mut(), &mut [&mut progress])?
    };
    let report = SearchReport::new(args, &benchmark, &settings, &outcome, started.elapsed())?;
    if args.json { output::write_json(&report) } else { output::write(&report.to_string()) }
}
