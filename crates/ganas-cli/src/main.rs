//! The `ganas` command.

mod bench;

use clap::{Parser, Subcommand};

/// Neural architecture search with few evaluations.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(bench::BenchArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
    }
}
