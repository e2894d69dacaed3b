//! The `ganas` command: arguments in, wiring, results out.
//!
//! Results go to stdout; progress and errors go to stderr. The exit code is 0 when the work was
//! done, 1 when it failed and 2 when the command was used wrongly.

mod bench;
mod compare;
mod comparison;
mod output;
mod progress;
mod report;
mod search;
mod serve;
mod space;
mod spaces;
mod statistics;
mod strategies;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Neural architecture search with few evaluations.
#[derive(Debug, Parser)]
#[command(name = "ganas", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Search(search::SearchArgs),
    Compare(compare::CompareArgs),
    Bench(bench::BenchArgs),
    Serve(serve::ServeArgs),
    Space(space::SpaceArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Search(args) => search::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Space(args) => space::run(&args),
    };
    output::exit_code(done)
}
