//! The commands, one per file: their arguments and their calls of the library.

mod bench;
mod compare;
mod completions;
mod contract;
mod dashboard;
mod export;
mod improve;
mod init;
mod manual;
mod report;
pub(crate) mod resume;
mod search;
mod space;
mod status;
mod strategies;
mod study_folder;
mod trials;
mod try_once;

use clap::Subcommand;

use crate::output::Outcome;
use crate::serve;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::InitArgs),
    Search(search::SearchArgs),
    Resume(resume::ResumeArgs),
    Try(try_once::TryArgs),
    Contract(contract::ContractArgs),
    Status(status::StatusArgs),
    Trials(trials::TrialsArgs),
    ImportTrials(trials::ImportArgs),
    Report(report::ReportArgs),
    Dashboard(dashboard::DashboardArgs),
    Compare(compare::CompareArgs),
    Improve(improve::ImproveArgs),
    Bench(bench::BenchArgs),
    Strategies(strategies::StrategiesArgs),
    Serve(serve::ServeArgs),
    Space(space::SpaceArgs),
    Export(export::ExportArgs),
    Completions(completions::CompletionsArgs),
    Manual(manual::ManualArgs),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Init(args) => init::run(&args),
            Self::Search(args) => search::run(args),
            Self::Resume(args) => resume::run(&args),
            Self::Try(args) => try_once::run(&args),
            Self::Contract(args) => contract::run(&args),
            Self::Status(args) => status::run(&args),
            Self::Trials(args) => trials::run(&args),
            Self::ImportTrials(args) => trials::import(&args),
            Self::Report(args) => report::run(&args),
            Self::Dashboard(args) => dashboard::run(args),
            Self::Compare(args) => compare::run(&args),
            Self::Improve(args) => improve::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::Strategies(args) => strategies::run(&args),
            Self::Serve(args) => serve::run(args),
            Self::Space(args) => space::run(&args),
            Self::Export(args) => export::run(&args),
            Self::Completions(args) => completions::run(&args, described()),
            Self::Manual(args) => manual::run(&args, described()),
        }
    }
}

/// Returns the description of the whole `ganas` command, from which completions and manual pages
/// are generated.
fn described() -> clap::Command {
    let ganas =
        clap::Command::new("ganas").about("Neural architecture search with few evaluations");
    Command::augment_subcommands(ganas.version(env!("CARGO_PKG_VERSION")))
}
