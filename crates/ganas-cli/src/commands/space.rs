//! `ganas space`: lists search spaces and checks descriptions of them.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ganas::graph::spaces::described;
use ganas::graph::{Arch, ArchGraph, CostMetric, OutlinePart, SearchSpace, export, moves};
use ganas::{open_space, sample_archs, space_names, whole_number};
use serde::Serialize;

use crate::output::{self, Outcome, Table, counted};

/// Size of the largest spaces whose architectures are listed in order to count the isomorphism
/// classes.
const MAX_LISTED: u128 = 100_000;

/// Show built-in search spaces, or check a file that describes a space
#[derive(Debug, Args)]
pub(crate) struct SpaceArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read the description of a space, count its architectures, sample some and draw one
    Check {
        /// TOML file; `ganas space keys` lists its keys
        file: PathBuf,
        /// Number of architectures to sample
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = whole_number::<u32>)]
        samples: u32,
        /// Seed for the samples
        #[arg(long, default_value_t = 0, value_parser = whole_number::<u64>)]
        seed: u64,
        /// Write a picture of the first sample to this file
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show the decisions and costs of a space
    Show {
        /// Name of a built-in space, or a TOML file
        space: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print random architectures, one per line
    Sample {
        /// Name of a built-in space, or a TOML file
        space: String,
        /// Number of architectures
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = whole_number::<u32>)]
        count: u32,
        /// Seed for the samples
        #[arg(long, default_value_t = 0, value_parser = whole_number::<u64>)]
        seed: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the built-in spaces
    List,
    /// Print all keys of space files and their meanings, with examples
    Keys,
    /// Print the JSON Schema of space files, for completion in editors
    Schema,
}

/// Runs `ganas space`.
pub(crate) fn run(args: &SpaceArgs) -> Outcome {
    match &args.command {
        Command::Check { file, samples, seed, svg, json } => {
            let Some(file) = file.to_str() else {
                return output::wrong_usage("expected a file whose name is valid Unicode");
            };
            // A path of one word is a file here, never a built-in space.
            let path = if Path::new(file).components().count() == 1 {
                format!("./{file}")
            } else {
                file.into()
            };
            let space = open_space(&path)?;
            let report = CheckReport::new(&*space, *samples, *seed)?;
            if let Some(svg) = svg {
                let first = space.parse(&report.example)?;
                let picture = export::svg(&*space, &first);
                fs::write(svg, picture).map_err(|source| ganas::Error::File {
                    doing: "writing",
                    path: svg.clone(),
                    source,
                })?;
            }
            if *json { output::write_json(&report) } else { output::write(&report.text(&*space)) }
        }
        Command::Show { space, json } => {
            let report = SpaceReport::new(&*open_space(space)?);
            if *json { output::write_json(&report) } else { output::write(&report.text()) }
        }
        Command::Sample { space, count, seed, json } => {
            let space = open_space(space)?;
            let archs = sample_archs(&*space, *count, *seed).map(|arch| space.display(&arch));
            let archs: Vec<_> = archs.collect();
            if *json {
                output::write_json(&Samples { space: space.name(), seed: *seed, archs })
            } else {
                output::write(&(archs.join("\n") + "\n"))
            }
        }
        Command::List => output::write(&(space_names().join("\n") + "\n")),
        Command::Keys => output::write(described::KEYS),
        Command::Schema => output::write_json(&described::schema()),
    }
}

#[derive(Debug, Serialize)]
struct Samples<'s> {
    space: &'s str,
    seed: u64,
    archs: Vec<String>,
}

/// A description of a space, as JSON or as text for people.
#[derive(Debug, Serialize)]
struct SpaceReport {
    name: String,
    /// The number of architectures; `null` if it is more than 2¹²⁸ or infinite.
    architectures: Option<String>,
    classes: Option<String>,
    kinds: Vec<Kind>,
    /// The decisions and fixed values, if the kinds of decision alone do not describe the space.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<OutlinePart>,
    costs: Vec<Metric>,
    named: Vec<Named>,
    labels: Vec<String>,
    /// A description of how architectures are written, which only the text for people contains.
    #[serde(skip)]
    notation: String,
}

#[derive(Debug, Serialize)]
struct Kind {
    name: String,
    choices: Vec<String>,
    /// A description of the range of numbers that the decision may take. Each choice is a part of
    /// that range.
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<String>,
}

#[derive(Debug, Serialize)]
struct Metric {
    name: String,
    unit: String,
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit.as_str() {
            "" if self.name == "forbidden" => {
                formatter.write_str("forbidden [number of forbidden combinations]")
            }
            "" => formatter.write_str(&self.name),
            unit => write!(formatter, "{} [{unit}]", self.name),
        }
    }
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
    arch: String,
}

impl SpaceReport {
    fn new(space: &dyn SearchSpace) -> Self {
        let kinds = space.kinds().iter();
        let metrics = space.cost_metrics().iter();
        let named = space.named_archs().into_iter().filter_map(|name| {
            Some(Named { name: name.to_owned(), arch: space.display(&space.named(name)?) })
        });
        Self {
            name: space.name().into(),
            architectures: space.size().map(|size| size.to_string()),
            classes: space.classes().map(|classes| classes.to_string()),
            kinds: kinds
                .map(|kind| Kind {
                    name: kind.name.clone(),
                    choices: kind.choices.clone(),
                    numbers: kind.range.map(|range| range.describe()),
                })
                .collect(),
            parts: space.outline(),
            costs: metrics
                .map(|metric| Metric { name: metric.name.clone(), unit: metric.unit.clone() })
                .collect(),
            named: named.collect(),
            labels: space.labels().to_vec(),
            notation: space.notation(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.name);
        let is_endless = self.kinds.iter().any(|kind| kind.numbers.is_some());
        let unknown = if is_endless { "infinitely many" } else { "more than 2^128" };
        let architectures = self.architectures.as_deref().unwrap_or(unknown);
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(text, "  {label:<15}{value}");
        };
        line("architectures", architectures);
        if let Some(classes) = &self.classes {
            line("distinct", &format!("{classes} (up to isomorphism)"));
        }
        let metrics: Vec<_> = self.costs.iter().map(Metric::to_string).collect();
        if !metrics.is_empty() {
            text += &output::beside("  costs          ", &metrics.join(", "));
        }
        if self.parts.is_empty() {
            text += "\n";
            text += &kinds(&self.kinds);
        } else {
            text += &output::outline(&self.parts);
        }
        if !self.notation.is_empty() {
            text += "\n";
            text += &output::beside("  notation  ", &self.notation);
        }
        for named in &self.named {
            text += "\n";
            text += &output::beside(&format!("  {}: ", named.name), &named.arch);
        }
        text
    }
}

/// Returns the kinds of decision and their choices as text.
fn kinds(kinds: &[Kind]) -> String {
    let width = kinds.iter().map(|kind| kind.name.chars().count()).max().unwrap_or(0);
    let line = |Kind { name, choices, numbers }: &Kind| {
        let choices = numbers.clone().unwrap_or_else(|| match choices.len() {
            many @ 10.. => format!("{many}: {}", choices.join(", ")),
            _ => choices.join(", "),
        });
        output::beside(&format!("  {name:<width$}  "), &choices)
    };
    kinds.iter().map(line).collect()
}

/// The results of checking the description of a space.
#[derive(Debug, Serialize)]
struct CheckReport {
    space: SpaceReport,
    /// Number of isomorphism classes, if all architectures were listed to count them.
    counted_classes: Option<usize>,
    samples: u32,
    seed: u64,
    /// Number of isomorphism classes among the samples.
    distinct: usize,
    /// The smallest and the largest number of decisions in a sample.
    decisions: [usize; 2],
    costs: Vec<CostRange>,
    /// The first sample, in the space's notation.
    example: String,
}

#[derive(Debug, Serialize)]
struct CostRange {
    name: String,
    unit: String,
    least: f64,
    median: f64,
    most: f64,
}

impl CheckReport {
    fn new(space: &dyn SearchSpace, samples: u32, seed: u64) -> Outcome<Self> {
        let archs: Vec<_> = sample_archs(space, samples.max(1), seed).collect();
        let classes: BTreeSet<_> = archs.iter().map(|arch| space.canonical(arch)).collect();
        let lengths = || archs.iter().map(|arch| arch.choices().len());
        let is_small =
            space.size().is_some_and(|size| size <= MAX_LISTED) && moves::enumerates_all(space);
        let counted_classes = is_small.then(|| {
            let all = moves::enumerate(space).map(|arch| space.canonical(&arch));
            all.collect::<BTreeSet<_>>().len()
        });
        Ok(Self {
            space: SpaceReport::new(space),
            counted_classes,
            samples: samples.max(1),
            seed,
            distinct: classes.len(),
            decisions: [lengths().min().unwrap_or(0), lengths().max().unwrap_or(0)],
            costs: costs(space, &archs)?,
            example: space.display(&archs[0]),
        })
    }

    fn text(&self, space: &dyn SearchSpace) -> String {
        let mut text = self.space.text();
        if let Some(classes) = self.counted_classes {
            let all = self.space.architectures.as_deref() == Some(&*classes.to_string());
            let which = if all { "all".into() } else { classes.to_string() };
            let _ = writeln!(text, "\n  {which} of the architectures are distinct");
        }
        let [least, most] = self.decisions;
        let decisions =
            if least == most { least.to_string() } else { format!("{least} to {most}") };
        let _ = writeln!(
            text,
            "\n{}, seed {}: {}, {decisions} decisions each\n",
            counted(self.samples as usize, "sample", "samples"),
            self.seed,
            counted(self.distinct, "distinct architecture", "distinct architectures"),
        );
        if !self.costs.is_empty() {
            let mut table = Table::new(&["cost", "least", "median", "most", "unit"]);
            for cost in &self.costs {
                let shown = |value: f64| {
                    format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()
                };
                table.push(vec![
                    cost.name.clone(),
                    shown(cost.least),
                    shown(cost.median),
                    shown(cost.most),
                    cost.unit.clone(),
                ]);
            }
            let _ = writeln!(text, "{table}");
        }
        text += &output::beside("the first sample: ", &self.example);
        let example = space.parse(&self.example).ok();
        let graph =
            example.and_then(|arch| drawn(&space.canonical_graph(&arch), &space.node_texts(&arch)));
        if let Some(graph) = graph {
            text += "\n";
            text += &graph;
        }
        text
    }
}

/// Returns the minimum, median and maximum of each cost over these architectures.
fn costs(space: &dyn SearchSpace, archs: &[Arch]) -> Outcome<Vec<CostRange>> {
    let values: Vec<_> = archs.iter().map(|arch| space.cost(arch)).collect();
    let metrics = space.cost_metrics().iter().enumerate();
    metrics
        .map(|(metric, CostMetric { name, unit, .. })| {
            let mut column: Vec<f64> = values.iter().map(|costs| costs[metric]).collect();
            if let Some(place) = column.iter().position(|value| !value.is_finite()) {
                let arch = space.display(&archs[place]);
                return output::unsupported(format!(
                    "cost {name}: expected a number for every architecture, found {} for {arch}",
                    column[place]
                ));
            }
            column.sort_by(f64::total_cmp);
            Ok(CostRange {
                name: name.clone(),
                unit: unit.clone(),
                least: column[0],
                median: column[column.len() / 2],
                most: column[column.len() - 1],
            })
        })
        .collect()
}

/// Returns the graph as text, with one line for each node that has a text: its number, its text and
/// the nodes that feed it. Returns `None` if no node feeds another, because the nodes' texts then only
/// repeat the notation.
fn drawn(graph: &ArchGraph, texts: &[Vec<String>]) -> Option<String> {
    let mut has_inputs = false;
    let mut table = Table::new(&["operation", "", "inputs"]).with_words(1..3);
    for (node, text) in texts.iter().enumerate() {
        if text.is_empty() {
            continue;
        }
        let sources = graph.edges().filter(|(_, to)| *to == node).map(|(from, _)| from.to_string());
        let sources = sources.collect::<Vec<_>>().join(" ");
        has_inputs |= !sources.is_empty();
        table.push(vec![node.to_string(), text.join(" "), sources]);
    }
    has_inputs.then(|| table.to_string())
}
