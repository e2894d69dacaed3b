//! Kills everything that can be killed.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::lab::{Lab, signal, until};
use super::ray::Head;
use super::slurm::Cluster;
use super::studies::{Kind, Study, alone};

/// Kills ganas at random moments. No command may be run twice.
pub(super) fn kills(lab: &Lab, kills: u32) -> Result<()> {
    let kind = Kind {
        budget: if kills > 10 { 40 } else { 20 },
        workers: 10,
        sleep: 0.3,
        asynchronous: false,
        stopping: false,
        engine: Some("poll_seconds = 1"),
    };
    let right = alone(lab, "kills-alone", kind)?;
    let (mut made, mut studies) = (0, 0);
    let started = Instant::now();
    while made < kills {
        studies += 1;
        let study = Study::new(lab, &format!("kills-{studies}"), kind)?;
        while made < kills {
            let mut life = study.start()?;
            thread::sleep(Duration::from_millis(random(u64::from(made)) % 1500));
            if let Some(status) = life.try_wait().context("checking whether ganas is running")? {
                ensure!(status.success(), "ganas: {status}");
                break;
            }
            kill(life)?;
            made += 1;
        }
        ensure!(study.history()? == right, "expected the history of an undisturbed study");
        let runs = study.check_runs(false)?;
        ensure!(runs == kind.budget, "expected {} runs, found {runs}", kind.budget);
    }
    println!(
        "killed {made} times in {studies} studies of {} trials: each command ran once and all histories are \
         correct ({:.0} s)",
        kind.budget,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The study used while other processes than ganas are killed.
const KIND: Kind = Kind {
    budget: 12,
    workers: 6,
    sleep: 2.0,
    asynchronous: false,
    stopping: false,
    engine: Some("poll_seconds = 1"),
};

/// Kills a command together with ganas, and asks ganas to end while commands run.
pub(super) fn endings(lab: &Lab) -> Result<()> {
    let right = alone(lab, "endings-alone", KIND)?;
    let study = Study::new(lab, "endings-command", KIND)?;
    let life = study.start()?;
    let (_, process) = running(&study)?;
    signal("KILL", &process)?;
    kill(life)?;
    check(&study, "a command killed, and ganas", &right, true)?;

    let study = Study::new(lab, "endings-asked", KIND)?;
    let mut life = study.start()?;
    running(&study)?;
    signal("INT", &life.id().to_string())?;
    let status = life.wait().context("waiting for ganas")?;
    ensure!(status.code() == Some(130), "expected exit status 130, found {status}");
    check(&study, "ganas asked to end", &right, false)
}

/// Kills ganas while commands report and some of them are stopped.
pub(super) fn stopping(lab: &Lab, kills: u32) -> Result<()> {
    let kind = Kind { budget: 12, sleep: 0.5, stopping: true, ..KIND };
    let right = alone(lab, "stopping-alone", kind)?;
    let history = right.as_array().context("expected a history")?;
    let stopped = history.iter().filter(|query| query["step"].is_u64()).count();
    ensure!(stopped > 0, "expected a stopped training run");
    let study = Study::new(lab, "stopping", kind)?;
    for life in 0..kills {
        let process = study.start()?;
        thread::sleep(Duration::from_millis(2000 + random(u64::from(life)) % 2000));
        kill(process)?;
    }
    check(&study, "training runs stopped, and ganas killed", &right, false)
}

/// Kills Slurm's controller, and ganas, which then waits for the controller.
pub(super) fn controller(lab: &Lab, cluster: &mut Cluster, away: Duration) -> Result<()> {
    let kind = Kind { budget: 6, sleep: 8.0, ..KIND };
    let right = alone(lab, "controller-alone", kind)?;
    let study = Study::new(lab, "controller", kind)?;
    let life = study.start()?;
    running(&study)?;
    // The controller forgets what it has not saved, and reuses job numbers.
    thread::sleep(Duration::from_secs(6));
    cluster.kill_controller()?;
    thread::sleep(Duration::from_secs(2));
    kill(life)?;
    let mut life = study.start()?;
    thread::sleep(away);
    let waits = life.try_wait().context("checking whether ganas is running")?.is_none();
    ensure!(waits, "expected ganas to wait for the controller: {}", study.said());
    cluster.start_controller()?;
    cluster.wait_for_node()?;
    finish(&study, &mut life)?;
    let what = format!("the controller away for {} s, and ganas killed", away.as_secs());
    check(&study, &what, &right, true)
}

/// Kills Slurm's only node, until Slurm considers it lost.
pub(super) fn node(lab: &Lab, cluster: &mut Cluster) -> Result<()> {
    let right = alone(lab, "node-alone", KIND)?;
    let study = Study::new(lab, "node", KIND)?;
    let mut life = study.start()?;
    running(&study)?;
    cluster.kill_node()?;
    let lost = || cluster.node_state().contains("down");
    until("the node is lost", Duration::from_mins(3), lost)?;
    thread::sleep(Duration::from_secs(3));
    cluster.start_node()?;
    cluster.wait_for_node()?;
    finish(&study, &mut life)?;
    check(&study, "the node killed", &right, true)
}

/// Kills Ray's head with all its state, together with ganas.
pub(super) fn head(lab: &Lab, head: &mut Head) -> Result<()> {
    let right = alone(lab, "head-alone", KIND)?;
    let study = Study::new(lab, "head", KIND)?;
    let mut life = study.start()?;
    running(&study)?;
    head.kill()?;
    thread::sleep(Duration::from_secs(3));
    head.begin()?;
    finish(&study, &mut life)?;
    check(&study, "the head killed", &right, true)?;

    let study = Study::new(lab, "head-and-ganas", KIND)?;
    let life = study.start()?;
    running(&study)?;
    kill(life)?;
    head.kill()?;
    head.begin()?;
    check(&study, "the head killed, and ganas", &right, true)
}

/// Completes a study and checks it; with `again`, trials may have been evaluated more than once.
fn check(study: &Study<'_>, what: &str, right: &Value, again: bool) -> Result<()> {
    let found = study.history().context(what.to_owned())?;
    ensure!(found == *right, "{what}: expected the history of an undisturbed study");
    let runs = study.check_runs(again).context(what.to_owned())?;
    let trials = right.as_array().map_or(0, Vec::len);
    println!("{what}: the history is right, with {runs} runs for {trials} trials");
    Ok(())
}

fn kill(mut life: Child) -> Result<()> {
    life.kill().context("killing ganas")?;
    life.wait().context("waiting for ganas")?;
    Ok(())
}

/// Checks that options which Slurm rejects end a study, which continues once its file is fixed.
pub(super) fn refusals(lab: &Lab) -> Result<()> {
    let kind = Kind {
        budget: 4,
        workers: 2,
        sleep: 0.0,
        asynchronous: false,
        stopping: false,
        engine: Some("poll_seconds = 1\npartition = \"nowhere\""),
    };
    let right = alone(lab, "refusals-alone", kind)?;
    let study = Study::new(lab, "refusals", kind)?;
    let output = study.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let is_told = said.contains("invalid partition specified: nowhere");
    ensure!(output.status.code() == Some(1) && is_told, "{}: {said}", output.status);
    let path = study.folder.join("study.toml");
    let text = fs::read_to_string(&path).context("reading study.toml")?;
    fs::write(&path, text.replace("nowhere", "main")).context("writing study.toml")?;
    ensure!(study.history()? == right, "expected the history of an undisturbed study");
    println!("a nonexistent partition was refused, and the study continued after the fix");
    Ok(())
}

/// Waits until a study has ended successfully.
fn finish(study: &Study<'_>, life: &mut Child) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(2) {
        if let Some(status) = life.try_wait().context("checking whether ganas is running")? {
            ensure!(status.success(), "ganas: {status}: {}", study.said());
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    life.kill().context("killing ganas")?;
    life.wait().context("waiting for ganas")?;
    bail!("ganas runs for too long: {}", study.said())
}

/// Returns a running command that has not written a result.
fn running(study: &Study<'_>) -> Result<(std::path::PathBuf, String)> {
    let unanswered =
        || study.runs().into_iter().find(|(path, _)| !path.join("result.json").exists());
    until("a command runs", Duration::from_mins(1), || unanswered().is_some())?;
    unanswered().context("no command is running")
}

/// Returns a pseudo-random number.
fn random(case: u64) -> u64 {
    // SplitMix64.
    let mut it = case.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}
