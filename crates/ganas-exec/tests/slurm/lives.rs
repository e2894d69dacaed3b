//! Jobs that outlive the study's process.

use std::fs;
use std::thread;

use ganas_search::Evaluation;

use crate::cluster::*;

/// Says that it runs, and answers once it may.
const WAITS: &str = r#"echo "$1" >> "$3/../../../runs"; echo > "$3/ready"
while [ ! -e "$3/go" ]; do sleep 0.02; done
case $(cat "$3/go") in '') ;; *) exit "$(cat "$3/go")" ;; esac
printf '{"trial": %d, "objective": 0.5}' "$1" > "$2.half" && mv "$2.half" "$2""#;

#[test]
fn what_still_runs_is_taken_over() {
    let cluster = Cluster::new(WAITS).leave();
    assert!(cluster.lines("fake/scancel.log").is_empty());
    let evaluation = cluster.during(|| {
        until(|| !cluster.lines("fake/squeue.log").is_empty());
        fs::write(cluster.attempt(1).join("go"), "").unwrap();
    });
    assert!(matches!(evaluation, Evaluation::Measured(_)));
    assert_eq!(cluster.lines("study/runs"), ["0"]);
    assert_eq!(cluster.lines("fake/sbatch.log").len(), 1);
}

#[test]
fn jobs_that_are_left_running_are_counted() {
    let cluster = Cluster::new(WAITS);
    let evaluator = cluster.evaluator();
    thread::scope(|scope| {
        let running = scope.spawn(|| evaluate(&evaluator, 2, &cluster.cancel));
        until(|| cluster.lines("study/runs").len() == 2);
        assert_eq!(evaluator.jobs_left(), 0);
        cluster.cancel.set();
        let left = running.join().unwrap();
        assert!(left.iter().all(|it| matches!(it, Ok(Evaluation::Cancelled))), "{left:?}");
    });
    assert_eq!(evaluator.jobs_left(), 2);
    for trial in 0..2 {
        fs::write(cluster.study(&format!("trials/{trial:06}/attempt-1/go")), "").unwrap();
    }
}

#[test]
fn what_ended_unseen_is_taken() {
    for (status, is_value) in [("", true), ("3", false)] {
        let cluster = Cluster::new(WAITS).leave();
        // The job must not read it half-written.
        let go = cluster.attempt(1).join("go");
        fs::write(go.with_extension("half"), status).unwrap();
        fs::rename(go.with_extension("half"), &go).unwrap();
        until(|| cluster.lines("fake/jobs/100/0.state")[0] != "RUNNING");
        // It is long gone, and nobody answers.
        fs::remove_dir_all(cluster.fake("jobs/100")).unwrap();
        cluster.set("down", "");
        let evaluation = cluster.one().unwrap();
        assert_eq!(matches!(evaluation, Evaluation::Measured(_)), is_value, "{evaluation:?}");
        assert_eq!(cluster.lines("study/runs"), ["0"]);
    }
}

#[test]
fn what_still_waits_is_taken_over() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("hold", "");
    let left = cluster.during(|| {
        until(|| cluster.study("jobs/00000/taken").exists());
        cluster.cancel.set();
    });
    assert_eq!(left, Evaluation::Cancelled);
    let cluster = cluster.again();
    let evaluation = cluster.during(|| {
        until(|| cluster.lines("fake/squeue.log").len() > 2);
        cluster.unset("hold");
    });
    assert!(matches!(evaluation, Evaluation::Measured(_)));
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}

#[test]
fn what_was_submitted_and_not_noted_is_found_by_its_name() {
    let cluster = Cluster::new(WAITS).leave();
    fs::remove_file(cluster.study("jobs/00000/taken")).unwrap();
    fs::write(cluster.attempt(1).join("go"), "").unwrap();
    assert!(cluster.value() > 0.0);
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}

#[test]
fn what_was_never_submitted_is_made_again_and_can_never_begin() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("hold", "");
    cluster.during(|| {
        until(|| cluster.study("jobs/00000/taken").exists());
        cluster.cancel.set();
    });
    // As if we had been killed before the scheduler heard of it, though it hears of it later.
    fs::remove_file(cluster.study("jobs/00000/taken")).unwrap();
    let (jobs, late) = (cluster.fake("jobs/100"), cluster.fake("late"));
    fs::rename(&jobs, &late).unwrap();
    fs::create_dir(&jobs).unwrap();
    let cluster = cluster.again();
    let evaluation = cluster.during(|| {
        until(|| cluster.lines("fake/sbatch.log").len() == 2);
        cluster.unset("hold");
    });
    assert!(matches!(evaluation, Evaluation::Measured(_)));
    assert!(cluster.attempt(2).exists());
    let script = cluster.study("jobs/00000/script");
    let late =
        std::process::Command::new("sh").arg(script).env("SLURM_ARRAY_TASK_ID", "0").status();
    assert!(late.unwrap().success());
    assert_eq!(cluster.lines("study/runs"), ["0"], "it ran once");
}

#[test]
fn a_job_that_was_lost_unseen_is_made_again() {
    let script = format!("case $3 in *-1) echo > \"$3/ready\"; sleep 300 ;; esac; {ANSWER}");
    let cluster = Cluster::new(&script).leave();
    cluster.strike("NODE_FAIL");
    fs::remove_dir_all(cluster.fake("jobs/100")).unwrap();
    assert!(cluster.value() > 0.0);
    let record = cluster.lines("study/attempts/000000/1");
    assert!(record.last().unwrap().contains("its job is gone"), "{record:?}");
}

#[test]
fn accounting_is_asked_where_there_is_any() {
    let cluster = Cluster::new("echo > \"$3/ready\"; sleep 300").leave();
    cluster.strike("TIMEOUT");
    fs::remove_dir_all(cluster.fake("jobs/100")).unwrap();
    let sacct = "#!/bin/sh\necho '100_0|TIMEOUT'\necho '100_1|COMPLETED'\n";
    cluster.set("sacct", sacct);
    std::process::Command::new("chmod").arg("755").arg(cluster.fake("sacct")).status().unwrap();
    assert_eq!(cluster.reason(), "its job ended in state TIMEOUT");
}

#[test]
fn what_nobody_will_want_again_is_ended() {
    let cluster = Cluster::new(WAITS);
    let evaluation = cluster.during(|| {
        until(|| cluster.attempt(1).join("ready").exists());
        cluster.cancel.cancel_permanently();
    });
    assert_eq!(evaluation, Evaluation::Cancelled);
    assert_eq!(cluster.lines("fake/scancel.log"), ["100_0"]);
    let record = cluster.lines("study/attempts/000000/1");
    assert!(record.last().unwrap().contains("cancelled"), "{record:?}");
}

#[test]
fn a_study_that_no_longer_has_the_engine_does_not_double_what_runs() {
    let cluster = Cluster::new(WAITS).leave().with(|it| it.slurm = None);
    let error = cluster.error();
    assert!(error.contains("may still be running as job slurm 0 0"), "{error}");
    fs::write(cluster.attempt(1).join("go"), "").unwrap();
    until(|| cluster.lines("study/attempts/000000/1").iter().any(|it| it.starts_with("ended")));
    assert!(cluster.value() > 0.0);
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}
