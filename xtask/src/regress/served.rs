//! Searches through `ganas serve` with values computed here, which need no data.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::process::Ganas;

/// Returns the told trials of `ganas COMMAND`, one line `value architecture` each, in the order asked.
///
/// All trials of a round are asked and told in order.
pub(super) fn serve(ganas: &Ganas, command: &str) -> Result<Vec<String>> {
    let mut child = ganas.piped(command)?;
    let mut wire = Wire {
        requests: child.stdin.take().context("no pipe to ganas")?,
        answers: BufReader::new(child.stdout.take().context("no pipe from ganas")?),
    };
    let budget = wire.receive()?["budget"].as_u64().context("no budget in the greeting")?;
    let mut history = Vec::new();
    loop {
        let asked = wire.request(&json!({ "ask": budget }))?;
        let trials = asked["trials"].as_array().context("no trials in the answer")?;
        if trials.is_empty() {
            ensure!(asked["over"].is_string(), "expected trials or an end, found {asked}");
            break;
        }
        for trial in trials {
            history.push(wire.tell(trial)?);
        }
    }
    drop(wire);
    let status = child.wait().context("waiting for ganas")?;
    ensure!(status.success(), "{status}");
    Ok(history)
}

/// A connection to `ganas serve` with lines of JSON.
#[derive(Debug)]
struct Wire {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Wire {
    fn request(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.requests, "{request}").context("writing to ganas")?;
        self.receive()
    }

    fn receive(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("reading from ganas")?;
        serde_json::from_str(&line).with_context(|| format!("expected JSON, found {line:?}"))
    }

    /// Tells the value of a trial.
    fn tell(&mut self, trial: &Value) -> Result<String> {
        let arch = trial["arch"].as_str().context("no architecture in a trial")?;
        let choices = trial["choices"].as_array().context("no choices in a trial")?;
        let choices = choices.iter().map(Value::as_u64).collect::<Option<Vec<_>>>();
        let value = value(&choices.context("a choice is not a number")?, arch);
        let answer =
            self.request(&json!({ "tell": { "trial": trial["trial"], "objective": value } }))?;
        ensure!(answer["became"] == "measured", "a trial became {answer}");
        Ok(format!("{value} {arch}"))
    }
}

/// Computes the value of an architecture: higher the nearer each choice is to the one favoured at
/// its position, plus a small pseudo-random part. Four decimals, from integers: equal on all
/// machines.
fn value(choices: &[u64], arch: &str) -> f64 {
    let distance = |(place, choice): (u64, &u64)| {
        let favoured = fnv(&place.to_le_bytes()) % 4;
        choice.abs_diff(favoured).pow(2)
    };
    let lost: u64 = (0..).zip(choices).map(distance).sum();
    let value = 900_000 + fnv(arch.as_bytes()) % 4_000;
    value.saturating_sub(400 * lost) as f64 / 10_000.0
}

/// Computes the FNV-1a hash.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv_is_as_published() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn nearer_choices_are_worth_more() {
        let favoured: Vec<_> = (0..8_u64).map(|place| fnv(&place.to_le_bytes()) % 4).collect();
        let mut worth = Vec::new();
        for away in 0..4 {
            let choices: Vec<_> = favoured.iter().map(|choice| choice + away).collect();
            worth.push(value(&choices, "a"));
        }
        assert!(worth.is_sorted_by(|a, b| a > b), "{worth:?}");
        assert!(favoured.iter().any(|choice| *choice != favoured[0]), "{favoured:?}");
    }

    #[test]
    fn values_print_with_four_decimals() {
        let value = value(&[1, 2, 3], "an architecture").to_string();
        let (_, decimals) = value.split_once('.').unwrap();
        assert!(decimals.len() <= 4, "{value}");
    }
}
