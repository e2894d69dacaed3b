//! The `ganas` command: a command-line front end to the library.
//!
//! Results go to stdout; progress and errors go to stderr. The exit code is 0 if the work was done,
//! 1 if it failed, 2 if the command was used incorrectly and 130 if it was interrupted.

mod commands;
mod dashboard;
mod logging;
mod output;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::Parser;

/// Neural architecture search with few evaluations.
///
/// Set `GANAS_LOG=debug` in the environment to log each step of an evaluation on stderr.
#[derive(Debug, Parser)]
#[command(name = "ganas", version, arg_required_else_help = true, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    logging::start();
    output::exit_code(Cli::parse().command.run())
}
