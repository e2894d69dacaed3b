//! `cargo xtask engines`: studies on real schedulers, which are killed, as everything around them is.

mod cluster;
mod measures;
mod studies;
mod troubles;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::cluster::Cluster;
use crate::process::{Ganas, root};

/// Run studies on a real scheduler that is started on loopback, and kill all there is to kill
///
/// Each study has to come to the history of one that was left alone, with each command run once. Slurm is
/// installed from Debian's packages where it is missing, which needs root.
#[derive(Debug, Args)]
pub(crate) struct EnginesArgs {
    /// The engine
    engine: EngineName,
    /// How often a study is killed
    #[arg(long, value_name = "N", default_value_t = 50)]
    kills: u32,
    /// Trials of one second in the measurement
    #[arg(long, value_name = "N", default_value_t = 200)]
    trials: usize,
    /// Trials that wait in the queue
    #[arg(long, value_name = "N", default_value_t = 1000)]
    queued: usize,
    /// All of it in two minutes or so, for continuous integration
    #[arg(long)]
    brief: bool,
    /// A build of ganas to run, instead of a release build
    #[arg(long, value_name = "FILE")]
    ganas: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    Slurm,
}

/// Runs `cargo xtask engines`.
pub(crate) fn run(args: &EnginesArgs) -> Result<()> {
    let ganas = match &args.ganas {
        Some(path) => Ganas::at(&path.canonicalize()?),
        None => Ganas::build(&root(), &root().join("target"))?,
    };
    let EngineName::Slurm = args.engine;
    let (kills, trials, queued) = if args.brief {
        (args.kills.min(10), args.trials.min(30), args.queued.min(300))
    } else {
        (args.kills, args.trials, args.queued)
    };
    let started = Instant::now();
    let mut cluster = Cluster::start()?;
    if trials > 0 {
        measures::overhead(&cluster, &ganas, trials)?;
    }
    measures::queue(&cluster, &ganas, queued)?;
    troubles::kills(&cluster, &ganas, kills)?;
    troubles::losses(&mut cluster, &ganas)?;
    troubles::refusals(&cluster, &ganas)?;
    println!("all is right after {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
