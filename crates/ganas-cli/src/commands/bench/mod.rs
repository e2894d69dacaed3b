//! `ganas bench`: lists, queries and imports benchmarks.

use clap::{Args, Subcommand, ValueEnum};
use ganas::bench::{
    BenchError, Benchmark, Installed, Progress, QuerySettings, data_folder, datasets, installed,
};
use ganas::graph::{Arch, SearchSpace, export};
use ganas::{named_arch, read_arch};
use indicatif::{ProgressBar, ProgressFinish};
use serde_json::{Value, json};

use crate::output::{self, Failure, Outcome, labelled};

mod import;
mod query;

/// List benchmarks, look up their architectures, draw them as graphs, and import data.
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
    /// Show the source of a benchmark's numbers, with checksums.
    Info {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Turn a published file, or your own table, into a benchmark.
    #[command(after_long_help = import::help())]
    Import(import::ImportArgs),
    /// Check a benchmark's tables by recomputing their checksums, hashes, counts and parameters.
    Verify {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Show a benchmark's results for an architecture; for several architectures, one line each.
    Query(query::QueryArgs),
    /// Draw an architecture, without the parts that have no effect.
    Export {
        /// Name of the benchmark.
        name: String,
        #[command(flatten)]
        arch: ArchArgs,
        /// Format of the drawing.
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
    /// Name of an architecture known from the literature, such as resnet.
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
    /// The Graphviz language.
    Dot,
    /// A picture.
    Svg,
}

/// Runs `ganas bench`.
///
/// # Errors
/// If a name, file or architecture is wrong, or standard output cannot be written to.
pub(crate) fn run(arguments: &BenchArgs) -> Outcome {
    let text = match &arguments.command {
        Command::List { output } => list(output)?,
        Command::Info { name, output } => info(name, output)?,
        Command::Import(args) => import::run(args)?,
        Command::Verify { name, output } => verify(name, output)?,
        Command::Query(args) => query::run(args)?,
        Command::Export { name, arch, to } => export(name, arch, *to)?,
    };
    output::write(&text)
}

fn list(output: &Output) -> Outcome<String> {
    let all = installed(data_folder().ok().as_deref());
    output.show(&json!({ "benchmarks": all }), || {
        let line = |it: &Installed| {
            let mut places: Vec<_> = it.files.iter().map(|it| it.display().to_string()).collect();
            if it.compiled_in {
                places.insert(0, "compiled in".into());
            }
            let from = if it.is_there() { places.join(", ") } else { "not imported".into() };
            let datasets = it.datasets.join(", ");
            format!("{:22}  {}; data sets: {datasets} ({from})\n", it.name, it.description)
        };
        all.iter().map(line).collect()
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
        "complete": benchmark.is_complete(),
        "architectures": space.size().and_then(|size| u64::try_from(size).ok()),
        "classes": space.classes().and_then(|classes| u64::try_from(classes).ok()),
        "tables": tables,
    });
    output.show(&value, || {
        let mut lines = vec![
            ("benchmark", benchmark.name.clone()),
            ("architectures", count(space.size()).unwrap_or_default()),
            ("isomorphism classes", count(space.classes()).unwrap_or_default()),
            ("data sets", datasets.join(", ")),
        ];
        lines.extend(benchmark.is_complete().map(|complete| {
            let covered = if complete {
                "all of the space"
            } else {
                "part of the space; the other architectures have no values"
            };
            ("covered", covered.to_owned())
        }));
        let mut text = labelled(&lines);
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
        lines.extend(verification.checks.iter().map(|check| ("passed", check.clone())));
        labelled(&lines)
    })
}

/// Runs a long task with a progress bar on stderr, which is invisible if stderr is not a terminal.
fn with_bar<T>(
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, BenchError>,
) -> Result<T, BenchError> {
    let bar = ProgressBar::new(0).with_finish(ProgressFinish::AndClear);
    work(&mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
}

fn export(name: &str, arch: &ArchArgs, to: Drawing) -> Outcome<String> {
    let benchmark = Benchmark::open(name, None, QuerySettings::default())?;
    let space = &benchmark.space;
    let arch = arch.read(&**space)?;
    let mut text = match to {
        Drawing::Dot => export::dot(&**space, &arch),
        Drawing::Svg => export::svg(&**space, &arch),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

impl Output {
    /// Returns the value as JSON if that was requested, and otherwise the text for people.
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
