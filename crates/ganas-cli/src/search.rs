use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ganas_bench::QuerySettings;
use ganas_search::Distinct;
use serde::{Deserialize, Serialize};

use crate::conduct::{self, Output, Place};
use crate::output::WrongUsage;
use crate::part;
use crate::plan::{StudyPlan, SubjectPlan};
use crate::strategies::{StrategySpec, strategy_help};
use crate::study_file;

/// Search for the best architecture of a benchmark, or of a study of your own
///
/// A study file says what is searched and which command measures; options that are given beside it
/// take the place of what it says, but for limits (`--max`, `--min`) and `--from`, which are added to
/// its own. A study with a folder can be ended at any time, by Ctrl-C or
/// otherwise, and `ganas resume` goes on with it.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Name of a benchmark, which has a search space; or a study file, such as study.toml
    #[arg(default_value = "nasbench201", value_name = "BENCHMARK|FILE")]
    pub(crate) subject: String,
    /// Data set that the architectures were trained on, such as cifar10
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: Option<String>,
    /// How to search
    #[arg(long, value_name = "NAME", help = strategy_help() + " [default: ganas]")]
    pub(crate) strategy: Option<StrategySpec>,
    /// Which of a benchmark's numbers a query gives, such as mean, repeat=0, random=7 or epochs=12
    /// [default: mean]
    #[arg(long, value_name = "WHAT")]
    pub(crate) query: Option<QuerySettings>,
    /// Number of queries: distinct architectures measured [default: 150]
    #[arg(long, value_name = "N")]
    pub(crate) budget: Option<usize>,
    /// Seed of all randomness [default: 0]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Stop when the simulated training of all queries has taken so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_train_seconds: Option<f64>,
    /// Stop as soon as a value at least this good is found
    #[arg(long, value_name = "VALUE", conflicts_with = "until_optimum")]
    pub(crate) target: Option<f64>,
    /// Stop as soon as the benchmark's best validation accuracy is found
    #[arg(long)]
    pub(crate) until_optimum: bool,
    /// When two architectures count as two queries [default: isomorphism]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) distinct: Option<DistinctName>,
    /// Largest value allowed of a cost or of what is measured, such as params=0.5, flops=100M or
    /// `train_seconds=@resnet`; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) max: Vec<String>,
    /// Smallest value allowed; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) min: Vec<String>,
    /// Begin with an architecture, which is measured first (@NAME for one with a name), or with those
    /// of a CSV file with the columns arch and value, which cost no query; may be repeated
    #[arg(long, value_name = "ARCH|FILE")]
    pub(crate) from: Vec<String>,
    /// Evaluations at a time; their number changes no result [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Keep the study in a folder, so that it can be resumed; a study file's own folder is beside it,
    /// with the file's name
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// [`Distinct`] by its names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// The study file, if that is what is named.
    fn file(&self) -> Option<&Path> {
        let path = Path::new(&self.subject);
        let is_file = path.extension().is_some_and(|it| it == "toml") || path.is_file();
        is_file.then_some(path)
    }

    fn plan(&self) -> anyhow::Result<StudyPlan> {
        let mut plan = if let Some(file) = self.file() {
            study_file::read(file)?
        } else {
            StudyPlan::new(SubjectPlan::Benchmark {
                name: self.subject.clone(),
                dataset: None,
                query: QuerySettings::default().to_string(),
            })
        };
        match &mut plan.subject {
            SubjectPlan::Benchmark { dataset, query, .. } => {
                *dataset = self.dataset.clone().or(dataset.take());
                *query = self.query.map_or(query.clone(), |query| query.to_string());
            }
            SubjectPlan::Command { .. } => {
                if self.dataset.is_some() || self.query.is_some() || self.until_optimum {
                    let message = "--dataset, --query and --until-optimum are for benchmarks, and the study's evaluator is a command";
                    return Err(WrongUsage(message.into()).into());
                }
            }
        }
        plan.strategy = self.strategy.clone().unwrap_or(plan.strategy);
        plan.budget = self.budget.unwrap_or(plan.budget);
        plan.seed = self.seed.unwrap_or(plan.seed);
        plan.max_train_seconds = self.max_train_seconds.or(plan.max_train_seconds);
        plan.target = self.target.or(plan.target);
        plan.until_optimum = self.until_optimum || plan.until_optimum && self.target.is_none();
        plan.distinct = self.distinct.unwrap_or(plan.distinct);
        plan.workers = self.workers.map_or(plan.workers, NonZeroUsize::get);
        plan.max.extend(self.max.iter().cloned());
        plan.min.extend(self.min.iter().cloned());
        let (known, first) = study_file::from(&self.from, Path::new(""))?;
        plan.known.extend(known);
        plan.first.extend(first);
        Ok(plan)
    }

    /// Is a key of study files given here?
    fn gives(&self, key: &str) -> bool {
        match key {
            "budget" => self.budget.is_some(),
            "workers" => self.workers.is_some(),
            "max_train_seconds" => self.max_train_seconds.is_some(),
            "until_optimum" => self.until_optimum,
            "evaluator.dataset" => self.dataset.is_some(),
            _ => false,
        }
    }

    /// Where the study is kept, if it is.
    fn folder(&self) -> anyhow::Result<Option<PathBuf>> {
        let Some(file) = self.file().filter(|_| self.dir.is_none()) else {
            return Ok(self.dir.clone());
        };
        let folder = file.with_extension("");
        if folder == file {
            let file = file.display();
            let message = format!("{file}: expected a file's name that ends in .toml, or --dir");
            return Err(WrongUsage(message).into());
        }
        Ok(Some(folder))
    }
}

/// Runs `ganas search`.
pub(crate) fn run(args: &SearchArgs) -> anyhow::Result<()> {
    let search = || {
        let plan = args.plan()?;
        let place = args.folder()?.map_or(Place::Nowhere, Place::New);
        conduct::run(&plan, place, &args.output)
    };
    search().map_err(|error| match args.file() {
        Some(file) => part::locate(file, |key| args.gives(key), error),
        None => error,
    })
}
