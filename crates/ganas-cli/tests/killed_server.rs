//! A served study whose server is killed at random moments: the same command resumes it, offers open
//! trials again under their numbers, and the history is the same as an undisturbed server's.
//!
//! `GANAS_KILLS` is the minimum number of kills, 20 by default.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// A server in a folder, and the two ends that a program has of it.
struct Server {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    fn start(folder: &Path, strategy: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
        command.args(["serve", "nasbench201", "--strategy", strategy, "--budget", "40"]);
        command.args(["--seed", "3", "--minimise", "--max", "size=5", "--dir", "study"]);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, answers }
    }

    /// The next line; `None` once the server was killed.
    fn answer(&mut self) -> Option<Value> {
        let mut line = String::new();
        let count = self.answers.read_line(&mut line).ok()?;
        if count == 0 || !line.ends_with('\n') { None } else { serde_json::from_str(&line).ok() }
    }

    fn request(&mut self, request: &Value) -> Option<Value> {
        writeln!(self.requests, "{request}").ok()?;
        self.answer()
    }
}

/// What a program remembers of a study over all of its servers.
#[derive(Default)]
struct Program {
    /// The architecture of each trial that was offered.
    offered: BTreeMap<i64, String>,
    /// How often each trial was told with an answer that came back.
    told: BTreeMap<i64, u32>,
}

/// A result that follows from the architecture alone; some are infeasible, some fail.
fn result(trial: i64, arch: &str) -> Value {
    let sum = arch.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    match sum % 9 {
        0 => json!({"tell": {"trial": trial, "failed": "no luck"}}),
        1 => json!({"tell": {"trial": trial, "infeasible": "too large"}}),
        _ => json!({"tell": {
            "trial": trial, "objective": f64::from(sum % 1000) / 8.0, "metrics": {"size": sum % 7},
        }}),
    }
}

impl Program {
    /// Works with a server until the study is over (`true`), or the server is killed.
    fn work(&mut self, server: &mut Server, rng: &mut impl Rng) -> bool {
        self.try_work(server, rng).unwrap_or(false)
    }

    fn try_work(&mut self, server: &mut Server, rng: &mut impl Rng) -> Option<bool> {
        assert_eq!(server.answer()?["protocol"], 1);
        let mut open = Vec::new();
        loop {
            let asked = server.request(&json!({"ask": rng.random_range(1..4)}))?;
            assert!(asked["error"].is_null(), "{asked}");
            for trial in asked["trials"].as_array().unwrap() {
                let number = trial["trial"].as_i64().unwrap();
                let arch = trial["arch"].as_str().unwrap().to_owned();
                assert!(!self.told.contains_key(&number), "trial {number} was told before");
                let before = self.offered.entry(number).or_insert_with(|| arch.clone());
                assert_eq!(*before, arch, "trial {number} is what it was");
                open.push((number, arch));
            }
            if !asked["over"].is_null() {
                return Some(true);
            }
            let (number, arch) = open.swap_remove(rng.random_range(0..open.len()));
            let answer = server.request(&result(number, &arch))?;
            assert_eq!(answer["told"], number, "{answer}");
            *self.told.entry(number).or_default() += 1;
        }
    }
}

/// The trials of the study, without what a clock measured or what tells how often it was disturbed.
fn trials(folder: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
    command.args(["trials", "study", "--json"]).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut trials: Value = serde_json::from_slice(&output.stdout).unwrap();
    for trial in trials["trials"].as_array_mut().unwrap() {
        let varies = ["attempts", "started", "ended"];
        trial.as_object_mut().unwrap().retain(|name, _| !varies.contains(&name.as_str()));
    }
    trials
}

/// Kills servers of one study until it is over; gives how many were killed.
fn torment(folder: &Path, strategy: &str, rng: &mut ChaCha8Rng) -> usize {
    let (mut program, mut kills) = (Program::default(), 0);
    loop {
        let mut server = Server::start(folder, strategy);
        let pid = server.child.id().to_string();
        // A server that is killed before it gets anywhere would do so for ever.
        let longest = 40 * (1 + kills as u64 / 20);
        let moment = Duration::from_millis(rng.random_range(0..longest));
        let (done, is_done) = mpsc::channel::<()>();
        let killer = thread::spawn(move || {
            if is_done.recv_timeout(moment).is_err() {
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
                return true;
            }
            false
        });
        let over = program.work(&mut server, rng);
        if over {
            let _ = done.send(());
        }
        let killed = killer.join().unwrap();
        drop(server.requests);
        server.child.wait().unwrap();
        kills += usize::from(killed);
        if over {
            assert!(program.told.values().all(|count| *count == 1));
            return kills;
        }
    }
}

#[test]
fn a_killed_server_resumes_its_study() {
    let wanted = env::var("GANAS_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut kills, mut expected) = (0, BTreeMap::new());
    for number in 0.. {
        let strategy = ["local-search", "random", "evolution", "ganas"][number % 4];
        let expected = expected.entry(strategy).or_insert_with(|| {
            let folder = tempfile::tempdir().unwrap();
            let mut server = Server::start(folder.path(), strategy);
            assert!(Program::default().work(&mut server, &mut rng), "nobody kills this one");
            drop(server.requests);
            assert!(server.child.wait().unwrap().success());
            trials(folder.path())
        });
        let folder = tempfile::tempdir().unwrap();
        kills += torment(folder.path(), strategy, &mut rng);
        assert_eq!(trials(folder.path()), *expected, "study {number} of {strategy}");
        if kills >= wanted && number >= 3 {
            break;
        }
    }
}
