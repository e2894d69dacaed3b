//! Everything that a search is, as its user asked for it and as its store keeps it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ganas_bench::{Benchmark, QuerySettings};
use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::spaces::described;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{
    Bound, Cancel, Constraint, ConstraintError, Direction, Evaluator, Measurement, Objective,
    StudyRecord, StudySettings, TestOracle, UnknownName,
};
use serde::{Deserialize, Serialize};

use crate::part::Part;
use crate::search::DistinctName;
use crate::spaces;
use crate::strategies::StrategySpec;

/// A search: what it is in and how it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyPlan {
    pub(crate) subject: SubjectPlan,
    pub(crate) strategy: StrategySpec,
    pub(crate) budget: usize,
    pub(crate) seed: u64,
    pub(crate) distinct: DistinctName,
    pub(crate) direction: Direction,
    pub(crate) max: Vec<String>,
    pub(crate) min: Vec<String>,
    pub(crate) objectives: Vec<Objective>,
    pub(crate) target: Option<f64>,
    pub(crate) until_optimum: bool,
    pub(crate) max_train_seconds: Option<f64>,
    pub(crate) max_failures: Option<usize>,
    pub(crate) workers: usize,
    pub(crate) asynchronous: bool,
    pub(crate) known: Vec<Known>,
    pub(crate) first: Vec<String>,
}

/// The limits that texts set on costs and on what is measured, the largest values first.
pub(crate) fn constraints(
    space: &dyn SearchSpace,
    evaluator: &dyn Evaluator,
    max: &[String],
    min: &[String],
) -> anyhow::Result<Vec<Constraint>> {
    limits(max, min, |bound, text| Constraint::parse_measured(space, evaluator, bound, text))
}

/// The limits that texts set, the largest values first, as `parse` reads each.
pub(crate) fn limits(
    max: &[String],
    min: &[String],
    parse: impl Fn(Bound, &str) -> Result<Constraint, ConstraintError>,
) -> anyhow::Result<Vec<Constraint>> {
    let max = max.iter().map(|text| (Bound::Max, "max", text));
    let all = max.chain(min.iter().map(|text| (Bound::Min, "min", text)));
    let limit = |(bound, key, text): (_, _, &String)| {
        parse(bound, text).with_context(|| Part::entry(key, text))
    };
    all.map(limit).collect()
}

/// What is searched, and what measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum SubjectPlan {
    /// A benchmark, which has a space.
    Benchmark { name: String, dataset: Option<String>, query: String },
    /// A user's command, which measures what is in a space.
    Command { space: SpacePlan, settings: CommandSettings, origin: PathBuf },
}

/// A space of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum SpacePlan {
    /// A built-in one.
    Named(String),
    /// One that a text describes, and what errors call the text.
    Described { file: String, text: String },
}

/// An architecture whose value is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    pub(crate) arch: String,
    pub(crate) value: f64,
    pub(crate) train_seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metrics: BTreeMap<String, f64>,
}

/// An opened [`SubjectPlan`].
#[derive(Debug)]
pub(crate) enum Subject {
    Benchmark(Box<Benchmark>),
    Command { space: Box<dyn SearchSpace>, evaluator: Box<CommandEvaluator> },
}

impl StudyPlan {
    /// The usual search of a subject.
    pub(crate) fn new(subject: SubjectPlan) -> Self {
        Self {
            subject,
            strategy: StrategySpec::default(),
            budget: 150,
            seed: 0,
            distinct: DistinctName::Isomorphism,
            direction: Direction::Maximise,
            max: Vec::new(),
            min: Vec::new(),
            objectives: Vec::new(),
            target: None,
            until_optimum: false,
            max_train_seconds: None,
            max_failures: None,
            workers: 1,
            asynchronous: false,
            known: Vec::new(),
            first: Vec::new(),
        }
    }

    /// What the study is told.
    pub(crate) fn settings(
        &self,
        subject: &Subject,
        cancel: Cancel,
    ) -> anyhow::Result<StudySettings> {
        let (space, evaluator) = (subject.space(), subject.evaluator());
        let target = if self.until_optimum {
            let known = subject.oracle().and_then(TestOracle::optimum);
            let known = known.context("expected a benchmark whose optimum is known");
            Some(known.context(Part::of("until_optimum"))?)
        } else {
            self.target
        };
        self.check_objectives(subject)?;
        let known = self.known.iter().map(|known| known.read(space));
        let known = known.collect::<anyhow::Result<_>>().context(Part::of("from"))?;
        let given = |text: &String| arch(space, text).with_context(|| Part::entry("from", text));
        let first = self.first.iter().map(given).collect::<Result<_, _>>()?;
        Ok(StudySettings {
            distinct: self.distinct.into(),
            direction: self.direction,
            constraints: constraints(space, evaluator, &self.max, &self.min)?,
            target,
            max_train_seconds: self.max_train_seconds,
            max_failures: self.max_failures,
            workers: self.workers,
            asynchronous: self.asynchronous,
            known,
            first,
            cancel,
            ..StudySettings::new(self.budget, self.seed)
        })
    }

    /// Refuses an objective that no trial could have.
    fn check_objectives(&self, subject: &Subject) -> anyhow::Result<()> {
        let costs = subject.space().cost_metrics().iter().map(|metric| metric.name.clone());
        let Some(measured) = subject.evaluator().metrics() else { return Ok(()) };
        let valid: Vec<_> = costs.chain(measured).collect();
        match self.objectives.iter().find(|objective| !valid.contains(&objective.metric)) {
            Some(Objective { metric, .. }) => {
                let unknown = UnknownName { what: "objective", found: metric.clone(), valid };
                Err(unknown).with_context(|| Part::entry("objectives", metric))
            }
            None => Ok(()),
        }
    }

    /// What there is to say where nothing was measured.
    pub(crate) fn proposed_nothing(&self) -> String {
        format!("strategy {} proposed nothing to measure", self.strategy)
    }

    /// What the store of such a study says of it.
    pub(crate) fn record(&self, space: &dyn SearchSpace) -> anyhow::Result<StudyRecord> {
        Ok(StudyRecord {
            seed: self.seed,
            budget: self.budget,
            direction: self.direction,
            ..StudyRecord::new(space, &self.strategy.to_string(), self.text()?)
        })
    }

    /// The plan as a store keeps it.
    pub(crate) fn text(&self) -> anyhow::Result<String> {
        serde_json::to_string(self).context("writing the configuration")
    }

    /// The plan in a store.
    pub(crate) fn of(record: &StudyRecord) -> anyhow::Result<Self> {
        serde_json::from_str(&record.configuration)
            .context("the configuration in the store is of another version of ganas")
    }
}

impl SubjectPlan {
    /// Opens what is searched; `folder` is where a study keeps its files.
    pub(crate) fn open(&self, folder: Option<&Path>) -> anyhow::Result<Subject> {
        Ok(match self {
            Self::Benchmark { name, dataset, query } => {
                let query: QuerySettings = query.parse()?;
                let benchmark = Benchmark::open(name, dataset.as_deref(), query)?;
                Subject::Benchmark(Box::new(benchmark))
            }
            Self::Command { space, settings, origin } => {
                let folder = folder.context("a study with a command needs a folder: --dir DIR")?;
                let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
                let name = whole.file_name().unwrap_or_default().to_string_lossy();
                let evaluator = CommandEvaluator::new(settings.clone(), &name, folder, origin)?;
                Subject::Command { space: space.open()?, evaluator: Box::new(evaluator) }
            }
        })
    }
}

impl SpacePlan {
    /// The space itself.
    pub(crate) fn open(&self) -> anyhow::Result<Box<dyn SearchSpace>> {
        match self {
            Self::Named(name) => spaces::open(name),
            Self::Described { file, text } => Ok(Box::new(described::read(text, file)?)),
        }
    }
}

impl Subject {
    pub(crate) fn space(&self) -> &dyn SearchSpace {
        match self {
            Self::Benchmark(benchmark) => &*benchmark.space,
            Self::Command { space, .. } => &**space,
        }
    }

    pub(crate) fn evaluator(&self) -> &dyn Evaluator {
        match self {
            Self::Benchmark(benchmark) => &**benchmark,
            Self::Command { evaluator, .. } => &**evaluator,
        }
    }

    /// What only reports may see.
    pub(crate) fn oracle(&self) -> Option<&dyn TestOracle> {
        self.benchmark().map(|benchmark| benchmark as &dyn TestOracle)
    }

    pub(crate) fn benchmark(&self) -> Option<&Benchmark> {
        match self {
            Self::Benchmark(benchmark) => Some(benchmark),
            Self::Command { .. } => None,
        }
    }
}

impl Known {
    /// The architecture and what is known of it.
    pub(crate) fn read(&self, space: &dyn SearchSpace) -> anyhow::Result<(Arch, Measurement)> {
        let (value, train_seconds, metrics) =
            (self.value, self.train_seconds, self.metrics.clone());
        Ok((arch(space, &self.arch)?, Measurement { value, train_seconds, metrics }))
    }
}

/// Reads an architecture in the space's notation, or `@NAME` of one that the space has a name for.
pub(crate) fn arch(space: &dyn SearchSpace, text: &str) -> anyhow::Result<Arch> {
    match text.strip_prefix('@') {
        Some(name) => named(space, name),
        None => Ok(space.parse(text)?),
    }
}

/// The architecture of that name.
pub(crate) fn named(space: &dyn SearchSpace, name: &str) -> anyhow::Result<Arch> {
    Ok(space.named(name).ok_or_else(|| UnknownName::architecture(space, name))?)
}
