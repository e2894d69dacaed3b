//! The project's chores: `cargo xtask NAME`.
//!
//! Experiments run the release build of `ganas` and read its JSON, as any user could.
#![expect(clippy::print_stdout, reason = "a chore's output is for people")]

mod ablate;
mod book;
mod changelog;
mod ci;
mod data;
#[cfg(unix)]
mod engines;
mod environments;
mod files;
mod fuzz;
mod listed;
mod pages;
mod parallel;
mod peers;
mod pictures;
mod process;
mod prove;
mod python;
mod pytorch;
#[cfg(test)]
mod readme_figures;
mod regress;
mod release;
mod reproduce;
mod results;
mod statistics;
mod tidy;
mod torture;

use clap::{Parser, Subcommand};

/// The project's chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Run all checks, as continuous integration does
    Ci,
    /// Check dependencies, imports, files, lints and the top level, and count lines of code
    Tidy,
    Data(data::DataArgs),
    Reproduce(reproduce::ReproduceArgs),
    Regress(regress::RegressArgs),
    /// Create the pictures of the README and the crates' pages
    Pictures,
    /// Build the book in `docs` to `target/book`
    Book,
    Pages(pages::PagesArgs),
    Ablate(ablate::AblateArgs),
    Pytorch(pytorch::PytorchArgs),
    Python(python::PythonArgs),
    Release(release::ReleaseArgs),
    /// Tune eight functions and four tables of networks with ganas and with Optuna's samplers
    Tuning(peers::PeersArgs),
    /// Search the fronts of accuracy and speed with ganas and with Optuna's samplers
    Fronts(peers::PeersArgs),
    /// Search with cheap training runs before full ones, with ganas and others, and print the savings
    Fidelities(peers::PeersArgs),
    Torture(torture::TortureArgs),
    #[cfg(unix)]
    Engines(engines::EnginesArgs),
    Fuzz(fuzz::FuzzArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Ci => ci::run(),
        Chore::Tidy => tidy::run(),
        Chore::Data(args) => data::run(&args),
        Chore::Reproduce(args) => reproduce::run(&args),
        Chore::Regress(args) => regress::run(&args),
        Chore::Pictures => pictures::run(),
        Chore::Book => book::run(),
        Chore::Pages(args) => pages::run(&args),
        Chore::Ablate(args) => ablate::run(&args),
        Chore::Pytorch(args) => pytorch::run_chore(&args),
        Chore::Python(args) => python::run(&args),
        Chore::Release(args) => release::run(&args),
        Chore::Tuning(args) => peers::TUNING.run(&args),
        Chore::Fronts(args) => peers::FRONTS.run(&args),
        Chore::Fidelities(args) => peers::FIDELITIES.run(&args),
        Chore::Torture(args) => torture::run(&args),
        #[cfg(unix)]
        Chore::Engines(args) => engines::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
    }
}
