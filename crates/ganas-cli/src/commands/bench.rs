//! `ganas bench`: what benchmarks there are, what they know, and bringing data in.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ganas::bench::{
    Accuracy, BenchError, Benchmark, Progress, QuerySettings, Record, datasets, import,
};
use ganas::graph::{Arch, SearchSpace};
use ganas::{named_arch, read_arch};
use indicatif::{ProgressBar, ProgressFinish};
use serde_json::{Map, Value, json};

use crate::output::{self, Failure, Outcome, labelled};

/// Benchmarks: list them, ask and draw their architectures, import their data.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the benchmarks and their data sets.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show where a benchmark's numbers are from, with checksums.
    Info {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Turn a published file into a table of ours.
    #[command(after_long_help = import_help())]
    Import {
        /// Name of the benchmark.
        name: String,
        /// The published file or folder.
        file: PathBuf,
        /// Folder to write the table to, instead of `GANAS_DATA` or the platform's data folder.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Recompute what a benchmark's tables hold: checksums, hashes, counts, parameters.
    Verify {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Show what a benchmark knows of an architecture.
    Query {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        arch: ArchArgs,
        /// Show one data set only.
        #[arg(long)]
        dataset: Option<String>,
        /// Which of its numbers: mean, repeat=NUMBER or random=SEED, and epochs=NUMBER.
        #[arg(long, value_name = "SETTINGS", default_value_t)]
        query: QuerySettings,
        #[command(flatten)]
        output: Output,
    },
    /// Draw an architecture, without the parts that have no effect.
    Export {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        arch: ArchArgs,
        /// The kind of drawing.
        #[arg(long)]
        to: Drawing,
    },
}

/// An architecture, by its notation or its name.
#[derive(Debug, Args)]
struct ArchArgs {
    /// The architecture, in the notation of the benchmark's space or a published one.
    #[arg(required_unless_present = "named")]
    arch: Option<String>,
    /// An architecture that the field knows by name, such as resnet, instead.
    #[arg(long, value_name = "NAME", conflicts_with = "arch")]
    named: Option<String>,
}

impl ArchArgs {
    fn read(&self, space: &dyn SearchSpace) -> Outcome<Arch> {
        match (&self.arch, &self.named) {
            (Some(text), _) => Ok(read_arch(space, text)?),
            (None, name) => Ok(named_arch(space, name.as_deref().unwrap_or_default())?),
        }
    }
}

#[derive(Debug, Args)]
struct Output {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Drawing {
    /// Graphviz's language.
    Dot,
    /// A picture.
    Svg,
}

/// What each benchmark is made of.
fn import_help() -> String {
    let line = |entry: &ganas::bench::Entry| format!("{}: {}.\n", entry.name, entry.import_help);
    ganas::benchmarks().iter().map(line).collect()
}

/// Runs `ganas bench`.
///
/// # Errors
/// If a name, file or architecture is wrong, or standard output cannot be written to.
pub(crate) fn run(arguments: &BenchArgs) -> Outcome {
    let text = match &arguments.command {
        Command::List { output } => list(output)?,
        Command::Info { name, output } => info(name, output)?,
        Command::Import { name, file, to, output } => {
            let report = with_bar(|bar| import(name, file, to.as_deref(), bar))?;
            let lines = [
                ("table", report.table.display().to_string()),
                ("part", report.part.clone()),
                ("contents", report.contents.clone()),
                ("bytes", report.bytes.to_string()),
                ("sha256", report.sha256.clone()),
                ("source sha256", report.source_sha256.clone()),
            ];
            output
                .show(&serde_json::to_value(&report).map_err(Failure::Json)?, || labelled(&lines))?
        }
        Command::Verify { name, output } => verify(name, output)?,
        Command::Query { name, arch, dataset, query: settings, output } => {
            query(name, arch, dataset.as_deref(), *settings, output)?
        }
        Command::Export { name, arch, to } => export(name, arch, *to)?,
    };
    output::write(&text)
}

fn list(output: &Output) -> Outcome<String> {
    let benchmarks = ganas::benchmarks().iter().map(|entry| {
        json!({
            "name": entry.name,
            "description": entry.description,
            "datasets": entry.datasets,
            "budgets": entry.budgets,
        })
    });
    output.show(&json!({ "benchmarks": benchmarks.collect::<Vec<_>>() }), || {
        let line = |entry: &ganas::bench::Entry| {
            format!("{:22}  {}: {}\n", entry.name, entry.description, entry.datasets.join(", "))
        };
        ganas::benchmarks().iter().map(line).collect()
    })
}

fn info(name: &str, output: &Output) -> Outcome<String> {
    let benchmark = Benchmark::open(name, None, QuerySettings::default())?;
    let (space, datasets, tables) = (&benchmark.space, datasets(name)?, benchmark.tables());
    let count = |count: Option<u128>| count.map(|count| count.to_string());
    let value = json!({
        "name": benchmark.name,
        "space": space.name(),
        "datasets": datasets,
        "architectures": space.size().and_then(|size| u64::try_from(size).ok()),
        "classes": space.classes().and_then(|classes| u64::try_from(classes).ok()),
        "tables": tables,
    });
    output.show(&value, || {
        let mut text = labelled(&[
            ("benchmark", benchmark.name.clone()),
            ("architectures", count(space.size()).unwrap_or_default()),
            ("isomorphism classes", count(space.classes()).unwrap_or_default()),
            ("data sets", datasets.join(", ")),
        ]);
        for table in &tables {
            text.extend(["\n", &table.part, " table\n"]);
            text += &labelled(&[
                ("file", table.file.clone()),
                ("contents", table.contents.clone()),
                ("source", table.source.clone()),
                ("source sha256", table.source_sha256.clone()),
                ("licence", table.licence.clone()),
                ("format", table.format.to_string()),
                ("bytes", table.bytes.to_string()),
                ("sha256", table.sha256.clone()),
            ]);
        }
        text
    })
}

fn verify(name: &str, output: &Output) -> Outcome<String> {
    let benchmark = Benchmark::open(name, None, QuerySettings::default())?;
    let verification = with_bar(|bar| benchmark.verify(bar))?;
    output.show(&serde_json::to_value(&verification).map_err(Failure::Json)?, || {
        let of = if verification.complete { "all of the space" } else { "a part of the space" };
        let architectures = match verification.architectures {
            Some(count) => format!("{count}, {of}"),
            None => of.to_owned(),
        };
        let mut lines = vec![("architectures", architectures)];
        lines.extend(verification.checks.iter().map(|check| ("right", check.clone())));
        labelled(&lines)
    })
}

/// Does long work with a bar on stderr, which draws nothing where stderr is no terminal.
fn with_bar<T>(
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, BenchError>,
) -> Result<T, BenchError> {
    let bar = ProgressBar::new(0).with_finish(ProgressFinish::AndClear);
    work(&mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
}

fn query(
    name: &str,
    arch: &ArchArgs,
    dataset: Option<&str>,
    settings: QuerySettings,
    output: &Output,
) -> Outcome<String> {
    let chosen = dataset.map_or_else(|| datasets(name), |dataset| Ok(vec![dataset]))?;
    let mut results = Map::new();
    let mut text = String::new();
    let mut about = Map::new();
    for dataset in chosen {
        let benchmark = Benchmark::open(name, Some(dataset), settings)?;
        let space = &benchmark.space;
        let arch = arch.read(&**space)?;
        let record = benchmark.record(&arch)?.ok_or_else(|| {
            let arch = space.display(&arch);
            ganas::Error::Unsupported(format!("{name} does not know {arch}"))
        })?;
        if about.is_empty() {
            about.insert("benchmark".into(), name.into());
            about.insert("arch".into(), space.display(&arch).into());
            about.insert("hash".into(), space.canonical(&arch).to_string().into());
            about.insert("index".into(), record.official_index.into());
            about.insert("query".into(), settings.to_string().into());
            text += &labelled(&[
                ("architecture", space.display(&arch)),
                ("hash", space.canonical(&arch).to_string()),
                ("official index", shown(record.official_index)),
                ("query", settings.to_string()),
            ]);
        }
        text.extend(["\n", dataset, "\n", &labelled(&lines(&benchmark, &arch, &record))]);
        results.insert(dataset.into(), value(&benchmark, &arch, &record));
    }
    about.insert("results".into(), results.into());
    output.show(&about.into(), || text)
}

fn lines(benchmark: &Benchmark, arch: &Arch, record: &Record) -> Vec<(&'static str, String)> {
    let runs = record.validation_runs.iter().map(|run| format!("{run:.3}"));
    let metrics = benchmark.space.cost_metrics().iter().zip(benchmark.space.cost(arch));
    let costs = metrics.map(|(metric, cost)| format!("{} {cost:.6} {}", metric.name, metric.unit));
    let validation = match benchmark.predictor() {
        Some(name) => ("predicted", format!("{:.3} by {name}", record.validation)),
        None => ("validation", format!("{:.3}", record.validation)),
    };
    vec![
        validation,
        ("validation runs", runs.collect::<Vec<_>>().join(", ")),
        ("rank", shown(record.rank)),
        ("test", record.test.map_or_else(|| "not imported".into(), |test| format!("{test:.3}"))),
        (
            "training",
            record.train_seconds.map_or_else(String::new, |seconds| format!("{seconds} s")),
        ),
        (
            "latency",
            record.latency_seconds.map_or_else(String::new, |seconds| format!("{seconds} s")),
        ),
        ("costs", costs.collect::<Vec<_>>().join(", ")),
    ]
}

/// Accuracies in percent, durations in seconds, costs in the space's units.
fn value(benchmark: &Benchmark, arch: &Arch, record: &Record) -> Value {
    let metrics = benchmark.space.cost_metrics().iter().zip(benchmark.space.cost(arch));
    let costs: Map<_, _> =
        metrics.map(|(metric, cost)| (metric.name.clone(), cost.into())).collect();
    json!({
        "validation": record.validation.percent(),
        "predictor": benchmark.predictor(),
        "validation_runs": record.validation_runs.iter().map(|run| run.percent()).collect::<Vec<_>>(),
        "rank": record.rank,
        "test": record.test.map(Accuracy::percent),
        "train_seconds": record.train_seconds,
        "latency_seconds": record.latency_seconds,
        "costs": costs,
    })
}

fn export(name: &str, arch: &ArchArgs, to: Drawing) -> Outcome<String> {
    let benchmark = Benchmark::open(name, None, QuerySettings::default())?;
    let space = &benchmark.space;
    let graph = space.canonical_graph(&arch.read(&**space)?);
    let mut text = match to {
        Drawing::Dot => graph.to_dot(space.labels()),
        Drawing::Svg => graph.to_svg(space.labels()),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

impl Output {
    /// The JSON value, or the text for people.
    fn show(&self, value: &Value, text: impl FnOnce() -> String) -> Outcome<String> {
        if self.json {
            return Ok(serde_json::to_string_pretty(value).map_err(Failure::Json)? + "\n");
        }
        Ok(text())
    }
}

fn shown(number: Option<usize>) -> String {
    number.map_or_else(|| "unknown".into(), |number| number.to_string())
}
