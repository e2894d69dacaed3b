//! `cargo xtask engines`: runs studies on real schedulers while they, and everything around them,
//! are killed.

mod examples;
mod lab;
mod measures;
mod ray;
mod slurm;
mod studies;
mod troubles;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::lab::Lab;
use self::ray::Head;
use self::slurm::Cluster;
use crate::process::{Ganas, root};

/// Run studies on a real scheduler started on loopback, and kill everything that can be killed
///
/// Each study must produce the same history as an undisturbed one, with each command run once. If
/// missing, Slurm is installed from Debian packages, which requires root, and Ray from PyPI into
/// target/engines.
#[derive(Debug, Args)]
pub(crate) struct EnginesArgs {
    /// The engine
    engine: EngineName,
    /// Number of kills of a study
    #[arg(long, value_name = "N", default_value_t = 50)]
    kills: u32,
    /// Number of one-second trials in the measurement
    #[arg(long, value_name = "N", default_value_t = 200)]
    trials: usize,
    /// Number of trials waiting in the queue
    #[arg(long, value_name = "N", default_value_t = 1000)]
    queued: usize,
    /// Seconds that Slurm's controller is down
    #[arg(long, value_name = "N", default_value_t = 8)]
    away: u64,
    /// Only what fits in three minutes, for continuous integration
    #[arg(long)]
    brief: bool,
    /// Build of ganas to run, instead of a release build
    #[arg(long, value_name = "FILE")]
    ganas: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineName {
    Slurm,
    Ray,
}

impl EnginesArgs {
    /// Returns the arguments for continuous integration.
    pub(crate) const fn brief_slurm() -> Self {
        let (engine, ganas, brief) = (EngineName::Slurm, None, true);
        Self { engine, kills: 5, trials: 20, queued: 300, away: 8, brief, ganas }
    }
}

/// Runs `cargo xtask engines`.
pub(crate) fn run(args: &EnginesArgs) -> Result<()> {
    let ganas = match &args.ganas {
        Some(path) => Ganas::at(&path.canonicalize()?),
        None => Ganas::build(&root(), &root().join("target"))?,
    };
    let mut lab = Lab::new(ganas)?;
    let started = Instant::now();
    match args.engine {
        EngineName::Slurm => slurm(&mut lab, args)?,
        EngineName::Ray => ray(&mut lab, args)?,
    }
    println!("all checks passed after {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn slurm(lab: &mut Lab, args: &EnginesArgs) -> Result<()> {
    let mut cluster = Cluster::start(lab)?;
    let (trials, queued) = if args.brief { (20, 300) } else { (args.trials, args.queued) };
    let (trials, queued) = (trials.min(args.trials), queued.min(args.queued));
    if trials > 0 {
        measures::overhead(lab, trials, args.brief)?;
    }
    if queued > 0 {
        measures::queue(lab, queued)?;
    }
    if args.kills > 0 {
        troubles::kills(lab, if args.brief { args.kills.min(5) } else { args.kills })?;
    }
    troubles::endings(lab)?;
    troubles::stopping(lab, 3)?;
    troubles::refusals(lab)?;
    if !args.brief {
        examples::run_all(lab)?;
        troubles::controller(lab, &mut cluster, Duration::from_secs(args.away))?;
        troubles::node(lab, &mut cluster)?;
    }
    Ok(())
}

fn ray(lab: &mut Lab, args: &EnginesArgs) -> Result<()> {
    let mut head = Head::start(lab)?;
    if args.kills > 0 {
        troubles::kills(lab, if args.brief { args.kills.min(5) } else { args.kills })?;
    }
    troubles::endings(lab)?;
    troubles::stopping(lab, 3)?;
    examples::run_all(lab)?;
    troubles::head(lab, &mut head)
}
