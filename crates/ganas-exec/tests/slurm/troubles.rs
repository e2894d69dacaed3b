//! Clusters that lose jobs, refuse them or answer rubbish.

use ganas_search::Evaluation;

use crate::cluster::*;

/// The first attempt runs for ever; others answer.
fn stuck() -> Cluster {
    let script = format!("case $3 in *-1) echo > \"$3/ready\"; sleep 300 ;; esac; {ANSWER}");
    Cluster::new(&script)
}

fn struck(cluster: &Cluster, state: &str) -> Evaluation {
    cluster.during(|| {
        until(|| cluster.attempt(1).join("ready").exists());
        cluster.strike(state);
    })
}

#[test]
fn a_lost_node_is_another_attempt() {
    for state in ["NODE_FAIL", "PREEMPTED"] {
        let cluster = stuck();
        assert!(matches!(struck(&cluster, state), Evaluation::Measured(_)));
        let record = cluster.lines("study/attempts/000000/1");
        assert!(record.last().unwrap().contains(state), "{record:?}");
    }
}

#[test]
fn jobs_that_are_lost_again_and_again_fail_in_the_end() {
    let cluster = stuck().with(|it| it.max_interruptions = 0);
    match struck(&cluster, "NODE_FAIL") {
        Evaluation::Failed { reason, .. } => {
            assert!(reason.contains("its job ended in state NODE_FAIL"), "{reason}");
        }
        other => panic!("expected a failure, found {other:?}"),
    }
}

#[test]
fn a_job_that_somebody_ended_has_failed() {
    for state in ["CANCELLED", "TIMEOUT", "OUT_OF_MEMORY"] {
        match struck(&stuck(), state) {
            Evaluation::Failed { reason, .. } => {
                assert_eq!(reason, format!("its job ended in state {state}"));
            }
            other => panic!("expected a failure, found {other:?}"),
        }
    }
}

#[test]
fn a_job_that_somebody_ended_while_it_waited_has_failed() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("hold", "");
    let evaluation = cluster.during(|| {
        until(|| cluster.fake("jobs/100/0.state").exists());
        cluster.set("jobs/100/0.state", "CANCELLED\n");
    });
    let failed = matches!(&evaluation, Evaluation::Failed { reason, .. } if reason.contains("CANCELLED before"));
    assert!(failed, "{evaluation:?}");
    cluster.unset("hold");
}

#[test]
fn a_waiting_job_that_a_listing_lacks_now_and_then_is_not_given_up() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("hold", "");
    let evaluation = cluster.during(|| {
        until(|| cluster.fake("jobs/100/0.state").exists());
        cluster.set("flicker", "gone\nthere\ngone\nthere\ngone\nthere\n");
        until(|| std::fs::read(cluster.fake("flicker")).unwrap().is_empty());
        cluster.unset("hold");
    });
    assert!(matches!(evaluation, Evaluation::Measured(_)), "{evaluation:?}");
    assert!(!cluster.attempt(2).exists(), "the first attempt was made");
}

#[test]
fn a_job_that_begins_again_does_nothing() {
    let cluster = stuck();
    let evaluation = cluster.during(|| {
        until(|| cluster.attempt(1).join("ready").exists());
        cluster.strike("PENDING");
        let (task, job) = (cluster.fake("task"), cluster.fake("jobs/100"));
        let (folder, script) = (cluster.study("jobs/00000"), cluster.study("jobs/00000/script"));
        let mut again = std::process::Command::new("sh");
        again.args([task, job, "0".into(), folder, script]);
        again.env("FAKE", cluster.fake("")).env("SLURM_ARRAY_TASK_ID", "0");
        assert!(again.status().unwrap().success());
    });
    assert!(matches!(evaluation, Evaluation::Measured(_)));
    let record = cluster.lines("study/attempts/000000/1");
    assert!(record.last().unwrap().contains("started a second time"), "{record:?}");
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}

#[test]
fn a_controller_that_is_down_is_waited_for() {
    let cluster = Cluster::new(ANSWER);
    let down = "sbatch: error: Batch job submission failed: Unable to contact slurm controller \
                (connect failure)\n";
    cluster.set("refusals", &down.repeat(2));
    cluster.set("down", "");
    assert!(cluster.value() > 0.0, "its end is seen without the controller");
    assert_eq!(cluster.lines("fake/sbatch.log").len(), 3);
    assert!(!cluster.attempt(2).exists());
}

#[test]
fn a_full_queue_is_waited_for() {
    let cluster = Cluster::new(ANSWER);
    cluster.set(
        "refusals",
        "sbatch: error: QOSMaxSubmitJobPerUserLimit\nJob violates accounting/QOS policy (job submit limit)\n",
    );
    assert!(cluster.value() > 0.0);
}

#[test]
fn an_answer_that_is_lost_submits_nothing_twice() {
    let cluster = Cluster::new(&format!("sleep 0.5; {ANSWER}"));
    cluster.set("lose-answers", "");
    assert!(cluster.value() > 0.0);
    assert_eq!(cluster.lines("fake/sbatch.log").len(), 1);
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}

#[test]
fn an_answer_that_is_lost_with_the_job_is_made_good() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("refusals", "sbatch: error: Socket timed out on send/recv operation\n");
    assert!(cluster.value() > 0.0);
    assert_eq!(cluster.lines("study/runs"), ["0"]);
}

#[test]
fn refused_options_end_the_study_and_lose_nothing() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("refusals", "sbatch: error: invalid partition specified: nowhere\n");
    let error = cluster.error();
    assert!(error.contains("invalid partition specified: nowhere"), "{error}");
    assert!(error.contains("fix [evaluator.slurm]"), "{error}");
    assert!(cluster.value() > 0.0, "once it is mended");
}

#[test]
fn rubbish_for_a_number_ends_the_study_only_if_there_is_no_job() {
    let cluster = Cluster::new(&format!("sleep 0.5; {ANSWER}"));
    cluster.set("answer", "Welcome!\n");
    assert!(cluster.value() > 0.0);
    assert_eq!(cluster.lines("study/runs"), ["0"]);
    let cluster = Cluster::new(ANSWER);
    cluster
        .set("sbatch", "#!/bin/sh\n[ \"$1\" = --version ] && echo slurm 23.11.4 || echo Welcome\n");
    let error = cluster.error();
    assert!(error.contains("expected a job number, found `Welcome`"), "{error}");
}

#[test]
fn rubbish_for_a_listing_ends_the_study_in_the_end() {
    let cluster = Cluster::new("sleep 300");
    cluster.set("rubbish", "<html>502 Bad Gateway</html>\n");
    let error = cluster.error();
    assert!(error.contains("found `<html>502 Bad Gateway</html>`"), "{error}");
    assert!(cluster.lines("fake/scancel.log").is_empty());
}

#[test]
fn another_program_of_the_name_is_refused() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("version", "sbatch (GNU superbatch) 1.0\n");
    let error = cluster.error();
    assert!(
        error.contains("expected slurm 17 or newer, found `sbatch (GNU superbatch) 1.0`"),
        "{error}"
    );
    assert!(cluster.lines("fake/sbatch.log").is_empty());
}

#[test]
fn an_engine_that_is_missing_is_named() {
    let cluster = Cluster::new(ANSWER).with(|it| {
        it.environment.insert("PATH".into(), "/nowhere".into());
    });
    let error = cluster.error();
    assert!(error.contains("looking for `sbatch`"), "{error}");
}

#[test]
fn nodes_without_the_study_s_folder_are_told_of() {
    let cluster = Cluster::new(ANSWER);
    let task = "echo FAILED > \"$1/$2.state\"\n";
    cluster.set("task", task);
    let reason = cluster.reason();
    assert!(
        reason.contains("expected the study's folder at the same path on every node"),
        "{reason}"
    );
}
