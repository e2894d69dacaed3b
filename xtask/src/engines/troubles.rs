//! Everything there is to kill.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::cluster::{Cluster, until};
use super::studies::{Kind, Study, alone};
use crate::process::Ganas;

/// Kills ganas at random moments. No command may be run twice.
pub(super) fn kills(cluster: &Cluster, ganas: &Ganas, kills: u32) -> Result<()> {
    let kind = Kind {
        budget: 40,
        workers: 10,
        sleep: 0.3,
        asynchronous: false,
        slurm: Some("poll_seconds = 1\nmax_array = 4"),
    };
    let right = alone(cluster, ganas, "kills-alone", kind)?;
    let (mut made, mut studies) = (0, 0);
    let started = Instant::now();
    while made < kills {
        studies += 1;
        let study = Study::new(cluster, ganas, &format!("kills-{studies}"), kind)?;
        while made < kills {
            let mut life = study.start()?;
            thread::sleep(Duration::from_millis(random(u64::from(made)) % 1500));
            if let Some(status) = life.try_wait().context("looking at ganas")? {
                ensure!(status.success(), "ganas: {status}");
                break;
            }
            life.kill().context("killing ganas")?;
            life.wait().context("waiting for ganas")?;
            made += 1;
        }
        ensure!(study.history()? == right, "expected the history of a study left alone");
        let runs = study.check_runs(false)?;
        ensure!(runs == kind.budget, "expected {} runs, found {runs}", kind.budget);
    }
    println!(
        "killed {made} times in {studies} studies of {} trials: each command ran once, all histories are \
         right ({:.0} s)",
        kind.budget,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Kills a command, the controller and the node, and ganas beside each; asks it to end, too.
pub(super) fn losses(cluster: &mut Cluster, ganas: &Ganas) -> Result<()> {
    let kind = Kind {
        budget: 16,
        workers: 6,
        sleep: 2.0,
        asynchronous: false,
        slurm: Some("poll_seconds = 1"),
    };
    let right = alone(cluster, ganas, "losses-alone", kind)?;
    let started = Instant::now();
    let history = |cluster: &Cluster, what: &str, right: &Value, folder| -> Result<()> {
        let study = Study::open(cluster, ganas, folder);
        let found = study.history()?;
        ensure!(found == *right, "{what}: expected the history of a study left alone");
        let runs = study.check_runs(true)?;
        println!(
            "{what}: the history is right, with {runs} runs for {} trials",
            right.as_array().map_or(0, Vec::len)
        );
        Ok(())
    };

    let study = Study::new(cluster, ganas, "losses-command", kind)?;
    let mut life = study.start()?;
    let (_, process) = running(&study)?;
    signal("KILL", &process)?;
    life.kill().context("killing ganas")?;
    life.wait().context("waiting for ganas")?;
    history(cluster, "a command and ganas killed", &right, study.folder)?;

    let study = Study::new(cluster, ganas, "losses-asked", kind)?;
    let mut life = study.start()?;
    running(&study)?;
    signal("INT", &life.id().to_string())?;
    let status = life.wait().context("waiting for ganas")?;
    ensure!(status.code() == Some(130), "expected exit status 130, found {status}");
    let folder = study.folder;
    history(cluster, "ganas asked to end", &right, folder.clone())?;
    Study::open(cluster, ganas, folder).check_runs(false).context("ganas asked to end")?;

    let longer = Kind { budget: 12, sleep: 8.0, ..kind };
    let right_of_longer = alone(cluster, ganas, "losses-controller-alone", longer)?;
    let study = Study::new(cluster, ganas, "losses-controller", longer)?;
    let mut life = study.start()?;
    running(&study)?;
    let folder = study.folder;
    // What it has not yet written down it forgets, and gives numbers of jobs again.
    thread::sleep(Duration::from_secs(6));
    cluster.kill_controller()?;
    thread::sleep(Duration::from_secs(2));
    life.kill().context("killing ganas")?;
    life.wait().context("waiting for ganas")?;
    let mut life = Study::open(cluster, ganas, folder.clone()).start()?;
    thread::sleep(Duration::from_secs(8));
    ensure!(
        life.try_wait().context("looking at ganas")?.is_none(),
        "ganas waits for the controller"
    );
    cluster.start_controller()?;
    cluster.wait_for_node()?;
    finish(&Study::open(cluster, ganas, folder.clone()), &mut life)?;
    history(cluster, "the controller killed, and ganas", &right_of_longer, folder.clone())?;

    let study = Study::new(cluster, ganas, "losses-node", kind)?;
    let mut life = study.start()?;
    running(&study)?;
    let folder = study.folder;
    cluster.kill_node()?;
    let lost = || cluster.node_state().contains("down");
    until("the node is lost", Duration::from_mins(2), lost)?;
    thread::sleep(Duration::from_secs(3));
    cluster.start_node()?;
    cluster.wait_for_node()?;
    finish(&Study::open(cluster, ganas, folder.clone()), &mut life)?;
    history(cluster, "the node killed", &right, folder)?;
    println!("losses: {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// What Slurm refuses ends a study, which goes on once its file is mended.
pub(super) fn refusals(cluster: &Cluster, ganas: &Ganas) -> Result<()> {
    let kind = Kind {
        budget: 4,
        workers: 2,
        sleep: 0.0,
        asynchronous: false,
        slurm: Some("poll_seconds = 1\npartition = \"nowhere\""),
    };
    let right = alone(cluster, ganas, "refusals-alone", kind)?;
    let study = Study::new(cluster, ganas, "refusals", kind)?;
    let output = study.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let is_told = said.contains("invalid partition specified: nowhere");
    ensure!(output.status.code() == Some(1) && is_told, "{}: {said}", output.status);
    let path = study.folder.join("study.toml");
    let text = fs::read_to_string(&path).context("reading study.toml")?;
    fs::write(&path, text.replace("nowhere", "main")).context("writing study.toml")?;
    ensure!(study.history()? == right, "expected the history of a study left alone");
    println!("a partition that is not there was refused, and the study went on once it was mended");
    Ok(())
}

/// Waits until a study has ended well.
fn finish(study: &Study<'_>, life: &mut Child) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(2) {
        if let Some(status) = life.try_wait().context("looking at ganas")? {
            ensure!(status.success(), "ganas: {status}: {}", study.said());
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    life.kill().context("killing ganas")?;
    life.wait().context("waiting for ganas")?;
    bail!("ganas goes on for too long: {}", study.said())
}

/// A command that runs and has not answered.
fn running(study: &Study<'_>) -> Result<(std::path::PathBuf, String)> {
    let unanswered =
        || study.runs().into_iter().find(|(path, _)| !path.join("result.json").exists());
    until("a command runs", Duration::from_mins(1), || unanswered().is_some())?;
    unanswered().context("a command that runs")
}

fn signal(name: &str, process: &str) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, "--", process]);
    crate::process::run(kill)
}

/// A number that looks random.
fn random(case: u64) -> u64 {
    // SplitMix64.
    let mut it = case.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}
