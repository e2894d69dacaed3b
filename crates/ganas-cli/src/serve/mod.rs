//! `ganas serve`: a study for programs in other languages.

mod kurobako;
mod lines;
mod parameters;

use std::io::{self, BufRead, Read, Write};

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use ganas_graph::SearchSpace;
use ganas_search::{Constraint, Direction, StudySettings};
use serde::Serialize;

use crate::plan;
use crate::search::DistinctName;
use crate::spaces;
use crate::strategies::{StrategySpec, strategy_help};

/// Serve a study to another program, over lines of JSON on stdin and stdout
///
/// The program sends one request a line and gets one answer a line.
///
///   (at the start)                          {"protocol": 1, "ganas": "…", "space": "nasbench201", …}
///   {"ask": 2}                              {"trials": [{"trial": 0, "arch": "…", …}, …], "over": null}
///   {"tell": {"trial": 0, "objective": 91}} {"told": 0}
///   "best"                                  {"best": {"arch": "…", "objective": 91, …}, "queries": 1}
///
/// A trial has the fields `trial`, `seed` and `attempts_before`, and those of an architecture: `space`,
/// `arch`, `choices`, `decisions`, `graph` and `costs`. `ask` gives fewer trials than it was asked for,
/// or none, where the strategy needs to hear of open trials first; once the study has ended, `over`
/// says why. `tell` may have `metrics` and `train_seconds`, or instead of an objective
/// `"infeasible": "reason"` or `"failed": "reason"`; trials may be told in any order. `best` is `null`
/// before a trial was measured. What is wrong with a request is answered by {"error": "…"}, and the
/// study goes on. It ends with stdin.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ServeArgs {
    /// Search space, by name or as the file that describes it; kurobako's problems bring their own
    #[arg(default_value = "nasbench201")]
    space: String,
    /// What is spoken
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Protocol::Lines)]
    protocol: Protocol,
    /// How to search
    #[arg(long, value_name = "NAME", default_value = "ganas", help = strategy_help())]
    strategy: StrategySpec,
    /// Number of queries: distinct architectures told
    #[arg(long, value_name = "N", default_value_t = 150)]
    budget: usize,
    /// Seed of all randomness
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// When two architectures count as two queries
    #[arg(long, value_enum, value_name = "HOW", default_value_t = DistinctName::Isomorphism)]
    distinct: DistinctName,
    /// Largest cost allowed, such as params=0.5 or flops=100M; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    max: Vec<String>,
    /// Smallest cost allowed; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    min: Vec<String>,
    /// Lower objectives are better
    #[arg(long)]
    minimise: bool,
    /// Trials that may be open at the same time in an asynchronous study, which learns of each as it is
    /// told and is not reproducible; without it, all of a round may be
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    asynchronous: Option<u16>,
    /// With kurobako: values that a numerical parameter is searched at
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u8).range(2..=64))]
    steps: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// The one described above
    Lines,
    /// That of kurobako's external solvers (`kurobako solver command ganas serve --protocol kurobako`)
    Kurobako,
}

impl ServeArgs {
    fn settings(&self, space: &dyn SearchSpace) -> anyhow::Result<StudySettings> {
        let limit = |bound, text: &str| Constraint::parse(space, bound, text);
        Ok(StudySettings {
            distinct: self.distinct.into(),
            direction: if self.minimise { Direction::Minimise } else { Direction::Maximise },
            asynchronous: self.asynchronous.is_some(),
            workers: self.asynchronous.unwrap_or(1).into(),
            constraints: plan::limits(&self.max, &self.min, limit)?,
            ..StudySettings::new(self.budget, self.seed)
        })
    }
}

/// Runs `ganas serve`.
pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let mut wire = Wire { input: io::stdin().lock(), output: io::stdout().lock() };
    match args.protocol {
        Protocol::Lines => {
            let space = spaces::open(&args.space)?;
            let settings = args.settings(&*space)?;
            lines::serve(&mut wire, &space.into(), settings, &args.strategy)
        }
        Protocol::Kurobako => kurobako::serve(&mut wire, &args.strategy, args.steps.into()),
    }
}

/// Most bytes of a line that is read.
const MAX_LINE: u64 = 1 << 20;

/// Lines of JSON in both directions.
#[derive(Debug)]
struct Wire<I, O> {
    input: I,
    output: O,
}

impl<I: BufRead, O: Write> Wire<I, O> {
    /// The next line that is not blank; `None` at the end.
    fn receive(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            let mut line = String::new();
            let count = self.input.by_ref().take(MAX_LINE).read_line(&mut line);
            let count = count.context("reading a request from stdin")?;
            ensure!(
                count as u64 != MAX_LINE,
                "expected lines of less than {MAX_LINE} bytes on stdin"
            );
            if count == 0 {
                return Ok(None);
            }
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn send(&mut self, message: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_string(message).context("writing JSON")?;
        line.push('\n');
        let sent = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
        sent.context("writing to stdout")
    }
}
