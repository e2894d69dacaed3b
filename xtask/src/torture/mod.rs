//! `cargo xtask torture`: studies that are killed at every call, damaged, and run with hostile
//! commands.

mod commands;
mod flips;
mod kills;
mod lab;
mod tables;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use self::lab::Lab;
use crate::files::{read, write_json};
use crate::process::{Ganas, root};

/// Kill studies at every system call, flip bits in their files, and run hostile commands
///
/// Each time the study must produce the same history as an undisturbed one, or be rejected. Kills
/// require `strace` (a Debian package). Progress is kept in target/torture/state.json, so that the
/// next run continues from there; after a failure it repeats the same case.
#[derive(Debug, Args)]
pub(crate) struct TortureArgs {
    /// Minutes after which no further case begins [default: all cases of one round]
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// Forget the progress of the last run
    #[arg(long)]
    afresh: bool,
}

/// A kind of torture.
#[derive(Debug)]
struct Kind {
    name: &'static str,
    /// Number of cases in a round; later ones differ if they are random, else they repeat.
    cases: u64,
    /// Runs the case with this number.
    check: fn(&Lab, u64) -> Result<()>,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "kills of a benchmark's study",
        cases: kills::CASES,
        check: kills::of_a_benchmark,
    },
    Kind { name: "kills of a command's study", cases: kills::CASES, check: kills::of_a_command },
    Kind { name: "flips in a study", cases: flips::CASES, check: flips::check },
    Kind { name: "hostile commands", cases: commands::CASES, check: commands::check },
    Kind { name: "flips in a table", cases: tables::CASES, check: tables::check },
];

/// Runs `cargo xtask torture`.
pub(crate) fn run(args: &TortureArgs) -> Result<()> {
    let lab = Lab { ganas: Ganas::build(&root(), &root().join("target"))? };
    let path = root().join("target/torture/state.json");
    let goes_on = fs::exists(&path).unwrap_or(false) && !args.afresh;
    let mut state = if goes_on { serde_json::from_str(&read(&path)?)? } else { json!({}) };
    let started = Instant::now();
    let time = args.minutes.map(|minutes| Duration::from_secs(60 * minutes));
    loop {
        let mut is_over = true;
        for Kind { name, cases, check } in KINDS {
            let number = state[name].as_u64().unwrap_or(0);
            let goes_on = match time {
                Some(time) => started.elapsed() < time,
                None => number < cases,
            };
            if goes_on {
                check(&lab, number).with_context(|| format!("{name}, case {number}"))?;
                println!("{name}: case {number} passed");
                state[name] = json!(number + 1);
                write_json(&path, &state)?;
                is_over = false;
            }
        }
        if is_over {
            break;
        }
    }
    match time {
        Some(_) => Ok(()),
        // The next run starts another round.
        None => write_json(&path, &json!({})),
    }
}
