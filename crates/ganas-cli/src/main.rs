//! The `ganas` command: arguments in, what the library found out.
//!
//! Results go to stdout; progress and errors go to stderr. The exit code is 0 when the work was
//! done, 1 when it failed, 2 when the command was used wrongly and 130 when it was interrupted.

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
/// `GANAS_LOG=debug` in the environment has each step of an evaluation logged on stderr.
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
