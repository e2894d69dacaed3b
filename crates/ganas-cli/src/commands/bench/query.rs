//! `ganas bench query`: shows a benchmark's results for architectures.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use ganas::bench::{
    Accuracy, Benchmark, OWN_DATASET, QuerySettings, Record, datasets, open_regular,
};
use ganas::graph::{Arch, SearchSpace, export};
use ganas::search::TestOracle;
use ganas::{named_arch, read_arch};
use serde_json::{Map, Value, json};

use super::{Output, shown};
use crate::output::{Failure, Outcome, labelled, rounded, wrong_usage};

/// Maximum size of a file of architectures in bytes.
const MAX_BYTES: u64 = 1 << 28;

/// Architectures, by their notation or name.
#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// Name of the benchmark.
    name: String,
    /// Architectures, in the notation of the benchmark's space or a published one.
    #[arg(value_name = "ARCH", required_unless_present_any = ["named", "arch_file"])]
    archs: Vec<String>,
    /// Name of an architecture known from the literature, such as resnet; may be repeated.
    #[arg(long, value_name = "NAME")]
    named: Vec<String>,
    /// File with one architecture per line; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    arch_file: Option<PathBuf>,
    /// Show one data set only.
    #[arg(long)]
    dataset: Option<String>,
    /// The number to return: mean, repeat=NUMBER or random=SEED, optionally with epochs=NUMBER.
    #[arg(long, value_name = "SETTINGS", default_value_t)]
    query: QuerySettings,
    #[command(flatten)]
    output: Output,
}

/// Returns the results of one architecture in full, or those of several architectures in one line
/// each.
pub(super) fn run(args: &QueryArgs) -> Outcome<String> {
    let QueryArgs { name, dataset, query, output, .. } = args;
    let all = || datasets(name);
    let chosen = dataset.as_deref().map_or_else(all, |dataset| Ok(vec![dataset]))?;
    let open = |dataset: &str| Benchmark::open(name, Some(dataset), *query);
    let benchmarks = chosen.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = benchmarks.first() else { return Ok(String::new()) };
    let archs = args.read(&*first.space)?;
    match archs.as_slice() {
        [arch] if args.arch_file.is_none() => in_full(&benchmarks, arch, output),
        archs => archs.iter().map(|arch| in_a_line(&benchmarks, arch, output.json)).collect(),
    }
}

impl QueryArgs {
    fn read(&self, space: &dyn SearchSpace) -> Outcome<Vec<Arch>> {
        let mut archs = Vec::new();
        for text in &self.archs {
            archs.push(read_arch(space, text)?);
        }
        for name in &self.named {
            archs.push(named_arch(space, name)?);
        }
        let Some(file) = &self.arch_file else { return Ok(archs) };
        for (number, line) in read_text(file)?.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() {
                continue;
            }
            match read_arch(space, line) {
                Ok(arch) => archs.push(arch),
                Err(error) => {
                    let (file, number) = (file.display(), number + 1);
                    return wrong_usage(format!("{file}: line {number}: {error}"));
                }
            }
        }
        Ok(archs)
    }
}

/// Returns the text of a file, or of standard input if `file` is `-`.
fn read_text(file: &Path) -> Outcome<String> {
    let wrong = |source| ganas::Error::File { doing: "read", path: file.into(), source };
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text)
    } else {
        open_regular(file).and_then(|it| it.take(MAX_BYTES + 1).read_to_string(&mut text))
    };
    let length = read.map_err(wrong)?;
    if length as u64 > MAX_BYTES {
        let file = file.display();
        return wrong_usage(format!("{file}: expected at most {MAX_BYTES} bytes, found more"));
    }
    Ok(text)
}

fn in_full(benchmarks: &[Benchmark], arch: &Arch, output: &Output) -> Outcome<String> {
    let (mut about, mut text, mut results) = (Map::new(), String::new(), Map::new());
    for benchmark in benchmarks {
        let (space, dataset) = (&benchmark.space, benchmark.dataset.as_str());
        let (name, settings) = (&benchmark.name, benchmark.query.to_string());
        let result = match (settings.as_str(), benchmark.predictor()) {
            (_, Some(_)) => String::new(),
            ("mean", None) => "mean of all training runs".into(),
            (other, None) => other.into(),
        };
        let arch_text = space.display(arch);
        let record = benchmark.record(arch)?.ok_or_else(|| {
            ganas::Error::Unsupported(format!("{name} has no value for {arch_text}"))
        })?;
        if about.is_empty() {
            about.insert("benchmark".into(), name.as_str().into());
            about.extend(identity(benchmark, arch, &record));
            about.insert("query".into(), settings.clone().into());
            let lines = [
                ("architecture", arch_text),
                ("hash", space.canonical(arch).to_string()),
                ("official index", shown(record.official_index)),
                ("result", result),
            ];
            text += &known(lines.into());
        }
        text.extend(["\n", dataset, "\n", &known(lines(benchmark, arch, &record)?)]);
        results.insert(dataset.into(), value(benchmark, arch, &record)?);
    }
    about.insert("results".into(), results.into());
    output.show(&about.into(), || text)
}

/// Returns one line: a JSON object, or the architecture and its result in each data set, separated
/// by tabs.
fn in_a_line(benchmarks: &[Benchmark], arch: &Arch, json: bool) -> Outcome<String> {
    let (mut about, mut results) = (Map::new(), Map::new());
    let mut cells = Vec::new();
    for benchmark in benchmarks {
        let dataset = benchmark.dataset.as_str();
        let of = if benchmarks.len() > 1 { format!("{dataset} ") } else { String::new() };
        if cells.is_empty() {
            let text = benchmark.space.display(arch);
            about.insert("arch".into(), text.clone().into());
            cells.push(text);
        }
        let Some(record) = benchmark.record(arch)? else {
            cells.push(format!("{of}not known"));
            results.insert(dataset.into(), Value::Null);
            continue;
        };
        about.extend(identity(benchmark, arch, &record));
        let value = value(benchmark, arch, &record)?;
        let number = |key: &str| value[key].as_f64();
        let own = number("value").map(|it| it.to_string());
        let validation = own.unwrap_or_else(|| format!("{:.3}", record.validation.percent()));
        let rank = record.rank.map_or_else(String::new, |rank| format!(", rank {rank}"));
        let test = number("test").map_or_else(String::new, |test| format!(", test {test:.3}"));
        cells.push(format!("{of}{validation}{rank}{test}"));
        results.insert(dataset.into(), value);
    }
    if json {
        about.insert("results".into(), results.into());
        return Ok(serde_json::to_string(&about).map_err(Failure::Json)? + "\n");
    }
    Ok(cells.join("\t") + "\n")
}

fn identity(benchmark: &Benchmark, arch: &Arch, record: &Record) -> [(String, Value); 3] {
    let space = &benchmark.space;
    [
        ("arch".into(), space.display(arch).into()),
        ("hash".into(), space.canonical(arch).to_string().into()),
        ("index".into(), record.official_index.into()),
    ]
}

/// Returns the lines that are not empty, with their labels.
fn known(mut lines: Vec<(&'static str, String)>) -> String {
    lines.retain(|(_, text)| !text.is_empty());
    labelled(&lines)
}

/// Returns why the test accuracy is not known.
fn not_known(benchmark: &Benchmark) -> String {
    let can_be_imported = benchmark.name == "nasbench201";
    if can_be_imported { "not imported" } else { "not in the benchmark" }.into()
}

fn lines(
    benchmark: &Benchmark,
    arch: &Arch,
    record: &Record,
) -> Outcome<Vec<(&'static str, String)>> {
    let runs = record.validation_runs.iter().map(|run| format!("{run:.3}"));
    let metrics = export::shown_costs(&*benchmark.space, arch);
    let costs = metrics.map(|(metric, cost)| format!("{} {cost:.6} {}", metric.name, metric.unit));
    let costs = ("costs", costs.collect::<Vec<_>>().join(", "));
    let seconds =
        |seconds: Option<f64>| seconds.map_or_else(String::new, |it| format!("{} s", rounded(it)));
    let training = ("training", seconds(record.train_seconds));
    if benchmark.dataset == OWN_DATASET {
        let Some(measurement) = benchmark.measure(arch)? else { return Ok(Vec::new()) };
        let metrics = measurement.metrics.iter().map(|(name, number)| format!("{name} {number}"));
        let test = benchmark.test(arch)?;
        return Ok(vec![
            ("value", measurement.value.to_string()),
            ("rank", shown(record.rank)),
            ("test", test.map_or_else(|| "not in the table".into(), |test| test.to_string())),
            training,
            ("metrics", metrics.collect::<Vec<_>>().join(", ")),
            costs,
        ]);
    }
    let validation = match benchmark.predictor() {
        Some(name) => ("predicted", format!("{:.3} by {name}", record.validation)),
        None => ("validation", format!("{:.3}", record.validation)),
    };
    Ok(vec![
        validation,
        ("validation runs", runs.collect::<Vec<_>>().join(", ")),
        ("rank", shown(record.rank)),
        ("test", record.test.map_or_else(|| not_known(benchmark), |test| format!("{test:.3}"))),
        training,
        ("latency", seconds(record.latency_seconds)),
        costs,
    ])
}

/// Returns the results of an architecture, with accuracies in percent, durations in seconds and
/// costs in the space's units. The numbers in a user's own table are returned unchanged.
fn value(benchmark: &Benchmark, arch: &Arch, record: &Record) -> Outcome<Value> {
    let metrics = export::shown_costs(&*benchmark.space, arch);
    let costs: Map<_, _> =
        metrics.map(|(metric, cost)| (metric.name.clone(), cost.into())).collect();
    if benchmark.dataset == OWN_DATASET {
        let Some(measurement) = benchmark.measure(arch)? else { return Ok(Value::Null) };
        return Ok(json!({
            "value": measurement.value,
            "rank": record.rank,
            "test": benchmark.test(arch)?,
            "train_seconds": measurement.train_seconds,
            "metrics": measurement.metrics,
            "costs": costs,
        }));
    }
    Ok(json!({
        "validation": record.validation.percent(),
        "predictor": benchmark.predictor(),
        "validation_runs": record.validation_runs.iter().map(|run| run.percent()).collect::<Vec<_>>(),
        "rank": record.rank,
        "test": record.test.map(Accuracy::percent),
        "train_seconds": record.train_seconds,
        "latency_seconds": record.latency_seconds,
        "costs": costs,
    }))
}
