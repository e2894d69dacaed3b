//! The `ganas` command: arguments in, wiring, results out.
//!
//! Results go to stdout; progress and errors go to stderr. The exit code is 0 when the work was
//! done, 1 when it failed, 2 when the command was used wrongly and 130 when it was interrupted.

mod bench;
mod compare;
mod comparison;
mod compromise;
mod conduct;
mod export;
mod improve;
mod improvement;
mod known;
mod output;
mod paired;
mod part;
mod plan;
mod progress;
mod report;
mod resume;
mod search;
mod serve;
mod signals;
mod space;
mod spaces;
mod statistics;
mod status;
mod strategies;
mod study_file;
mod table;
mod trials;

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
    Resume(resume::ResumeArgs),
    Status(status::StatusArgs),
    Trials(trials::TrialsArgs),
    ImportTrials(trials::ImportArgs),
    Compare(compare::CompareArgs),
    Improve(improve::ImproveArgs),
    Bench(bench::BenchArgs),
    Serve(serve::ServeArgs),
    Space(space::SpaceArgs),
    Export(export::ExportArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Search(args) => search::run(&args),
        Command::Resume(args) => resume::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Trials(args) => trials::run(&args),
        Command::ImportTrials(args) => trials::import(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Improve(args) => improve::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Space(args) => space::run(&args),
        Command::Export(args) => export::run(&args),
    };
    output::exit_code(done)
}
