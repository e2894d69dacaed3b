//! `cargo xtask reproduce`: runs whole experiments, whose tables are committed.

mod plan;
mod published;

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Map, Value, json};

use self::plan::Plan;
use crate::files::write_json;
use crate::listed::{Benchmark, Strategy};
use crate::process::{Ganas, commit, root};
use crate::results;

/// Run a whole experiment and write its table
///
/// Each data set's result is kept under target/reproduce, so that an interrupted run resumes: a
/// kept result is used as long as the command and the program are the same.
#[derive(Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// Benchmark of `ganas bench list`, imported unless it is compiled in, or the experiment
    /// accel-nasbench-limited
    #[arg(value_name = "NAME")]
    experiment: String,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "20")]
    seeds: NonZeroUsize,
    /// Use two seeds, and write the table only to target/reproduce
    #[arg(long, conflicts_with = "seeds")]
    quick: bool,
}

/// Runs `cargo xtask reproduce`.
pub(crate) fn run(args: &ReproduceArgs) -> Result<()> {
    let seeds = if args.quick { 2 } else { args.seeds.get() };
    let scratch = root().join("target/reproduce");
    let commit = commit()?;
    let ganas = Ganas::build(&root(), &root().join("target"))?;
    let plan = Plan::new(&args.experiment, &Benchmark::all(&ganas)?, &Strategy::all(&ganas)?)?;
    let program = ganas.checksum()?;
    let mut datasets = Map::new();
    for dataset in &plan.datasets {
        let command = plan.command(dataset, seeds);
        let key = json!({ "command": format!("ganas {command}"), "program": program });
        let kept = scratch.join(format!("{}-{dataset}.json", plan.name));
        let result = match read_kept(&kept, &key) {
            Some(result) => result,
            None => measure(&ganas, &command, &kept, &key)?,
        };
        datasets.insert(dataset.clone(), result);
    }
    let record = json!({
        "experiment": plan.name,
        "commit": commit,
        "seeds": seeds,
        "summary_budget": plan.summary_budget,
        "datasets": datasets,
    });
    let folder = if args.quick { scratch } else { root().join("benchmarks-data").join("results") };
    write_results(&folder, &plan.name, &record)?;
    if args.quick || !plan.in_readme { Ok(()) } else { results::update_readme(&record) }
}

fn measure(ganas: &Ganas, command: &str, kept: &Path, key: &Value) -> Result<Value> {
    println!("ganas {command}");
    let started = Instant::now();
    let comparison = ganas.json(command)?;
    println!("{:.0} s", started.elapsed().as_secs_f64());
    let result = json!({ "command": format!("ganas {command}"), "comparison": comparison });
    write_json(kept, &json!({ "key": key, "result": result }))?;
    Ok(result)
}

/// Reads the kept result of the same command and program; anything else in the file is ignored.
fn read_kept(path: &Path, key: &Value) -> Option<Value> {
    let kept: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (kept["key"] == *key).then(|| kept["result"].clone())
}

fn write_results(folder: &Path, name: &str, record: &Value) -> Result<()> {
    write_json(&folder.join(format!("{name}.json")), record)?;
    let path = folder.join(format!("{name}.md"));
    let beside = published::section(record);
    println!("{}", beside.trim_start());
    fs::write(&path, results::markdown(record)? + &beside)
        .with_context(|| format!("writing {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
