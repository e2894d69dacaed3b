//! `ganas bench import`: imports published files and the user's own tables.

use std::path::PathBuf;

use clap::Args;
use ganas::bench::{TABLE, TableImport, import, import_table};

use super::{Output, with_bar};
use crate::output::{Failure, Outcome, labelled, wrong_usage};

/// The arguments of an import.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Name of the benchmark, or `table` for your own table.
    benchmark: String,
    /// Published file or folder, or the table as a CSV file.
    file: PathBuf,
    /// Space of a table's architectures: a TOML file, which is kept with the table.
    #[arg(long, value_name = "FILE")]
    space: Option<PathBuf>,
    /// Name of the benchmark made from a table [default: the space's name].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Lower values in the table are better.
    #[arg(long, alias = "minimize")]
    minimise: bool,
    /// Folder to write the table to, instead of `GANAS_DATA` or the platform's data folder.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

const TABLE_HELP: &str = "\
table: a CSV file, with `--space my.toml`. Its first line names the columns:
  arch           the architecture in the space's notation
                 (`ganas space sample my.toml`)
  DECISION       instead of arch: one column per decision, with the chosen
                 value, named as in `choices_by_name` of
                 `ganas export --format json`; empty if not decided
  value          the objective; higher is better, or lower with --minimise
  test           the test value, shown in reports only
  train_seconds  the training time, which is the cost of a query
  fidelity       the fidelity of the row's result, such as 12 (epochs). The
                 benchmark uses the rows of the highest fidelity;
                 `--query epochs=N` and `--fidelity` use those of lower ones,
                 which must be whole numbers
  METRIC         any other column: a number, for limits and further objectives
Columns may be in any order. Rows of the same architecture are averaged.
Architectures that are not in the table are out of domain.
";

/// Returns a description of the files from which each benchmark is imported.
pub(super) fn help() -> String {
    let line = |entry: &ganas::bench::Entry| format!("{}: {}.\n", entry.name, entry.import_help);
    let published: String = ganas::benchmarks().iter().map(line).collect();
    format!("{published}\n{TABLE_HELP}")
}

pub(super) fn run(args: &ImportArgs) -> Outcome<String> {
    let ImportArgs { benchmark, file, space, name, minimise, to, output } = args;
    let (name, minimise, to) = (name.as_deref(), *minimise, to.as_deref());
    let report = match (benchmark == TABLE, space) {
        (true, Some(space)) => import_table(TableImport { file, space, name, minimise }, to)?,
        (true, None) => {
            let message = "`ganas bench import table` needs the space of the architectures: --space FILE.toml";
            return wrong_usage(message);
        }
        (false, None) if name.is_none() && !minimise => {
            with_bar(|bar| import(benchmark, file, to, bar))?
        }
        (false, _) => {
            let message = format!(
                "--space, --name and --minimise apply only to your own tables; expected `ganas bench import table FILE.csv --space FILE.toml`, found `{benchmark}`"
            );
            return wrong_usage(message);
        }
    };
    let lines = [
        ("benchmark", report.benchmark.clone()),
        ("table", report.table.display().to_string()),
        ("part", report.part.clone()),
        ("contents", report.contents.clone()),
        ("bytes", report.bytes.to_string()),
        ("sha256", report.sha256.clone()),
        ("source sha256", report.source_sha256.clone()),
    ];
    output.show(&serde_json::to_value(&report).map_err(Failure::Json)?, || labelled(&lines))
}
