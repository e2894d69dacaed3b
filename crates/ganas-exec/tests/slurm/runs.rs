//! Commands in jobs on an undisturbed cluster.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;

use ganas_search::{Evaluation, Report, Reporter};

use crate::cluster::*;

#[test]
fn trials_that_come_together_are_one_array() {
    let cluster = Cluster::new(ANSWER);
    for evaluation in cluster.evaluate(20) {
        assert!(matches!(evaluation.unwrap(), Evaluation::Measured(_)));
    }
    let calls = cluster.lines("fake/sbatch.log");
    assert!(calls.len() <= 3, "{calls:?}");
    let runs = cluster.lines("study/runs");
    assert_eq!((runs.len(), runs.iter().collect::<BTreeSet<_>>().len()), (20, 20));
    let table = cluster.lines("study/jobs/00000/table");
    let trials: BTreeSet<_> = table.iter().map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(trials.len(), table.len(), "{table:?}");
}

#[test]
fn an_array_has_as_many_tasks_as_it_may() {
    let cluster = Cluster::new(ANSWER).with(|it| it.slurm.as_mut().unwrap().max_array = 4);
    assert_eq!(cluster.evaluate(12).iter().filter(|it| it.is_ok()).count(), 12);
    assert!(cluster.lines("fake/sbatch.log").iter().all(|call| !call.contains("--array=0-4")));
}

#[test]
fn settings_become_options() {
    let cluster = Cluster::new(ANSWER).with(|it| {
        let slurm = it.slurm.as_mut().unwrap();
        slurm.partition = Some("gpu".into());
        slurm.time_limit = Some("2:00:00".into());
        (slurm.cpus, slurm.gpus, slurm.memory) = (Some(4), Some(1), Some("16G".into()));
        slurm.options = vec!["--qos=short".into()];
    });
    assert!(cluster.value() > 0.0);
    let call = &cluster.lines("fake/sbatch.log")[0];
    let wanted =
        "--partition=gpu --time=2:00:00 --mem=16G --cpus-per-task=4 --gres=gpu:1 --qos=short";
    assert!(call.starts_with(wanted), "{call}");
}

#[test]
fn a_job_has_what_the_settings_say() {
    let script = r#"[ -z "$(cat)" ] || exit 9
        printf '{"trial": 0, "objective": 1, "metrics": {"a": %s}}' "$A" > "$2""#;
    let cluster = Cluster::new(script).with(|it| {
        it.environment.insert("A".into(), "3".into());
    });
    match cluster.one().unwrap() {
        Evaluation::Measured(it) => assert_eq!(it.metrics["a"].to_bits(), 3.0_f64.to_bits()),
        other => panic!("expected a measurement, found {other:?}"),
    }
}

#[test]
fn no_shell_looks_at_the_words() {
    let mut cluster = Cluster::new(ANSWER);
    cluster.settings.command =
        ["printf", "%s", r#"{"trial": 0, "objective": 3} "#].map(ToOwned::to_owned).into();
    assert_eq!(cluster.value().to_bits(), 3.0_f64.to_bits(), "a result on stdout");
    let cluster =
        Cluster::new(ANSWER).with(|it| it.command = vec!["end".into(), "$0 'it`s".into()]);
    let reason = cluster.reason();
    assert!(reason.contains("exit status 127") && reason.contains("not found"), "{reason}");
}

#[test]
fn failures_are_what_they_are_elsewhere() {
    let cluster = Cluster::new("echo out of luck >&2; exit 3");
    let reason = cluster.reason();
    assert_eq!(reason, "the command ended with exit status 3; last line of stderr: `out of luck`");
    assert_eq!(cluster.reason(), reason, "and are not made again");
    assert_eq!(cluster.lines("fake/sbatch.log").len(), 1);
    assert!(Cluster::new("exit 0").reason().contains("found neither"));
    let once = r"case $3 in *-1) exit 1 ;; esac";
    let cluster = Cluster::new(&format!("{once}; {ANSWER}")).with(|it| it.retries = 1);
    assert!(cluster.value() > 0.0);
}

#[test]
fn logs_are_bounded() {
    let script = format!("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; {ANSWER}");
    let cluster = Cluster::new(&script).with(|it| it.log_bytes = 1000);
    assert!(cluster.value() > 0.0);
    let log = fs::read_to_string(cluster.attempt(1).join("stdout.log")).unwrap();
    assert!(log.len() <= 1000 && log.ends_with("line 2999\n"), "{log}");
}

#[test]
fn a_command_is_ended_at_its_time_limit() {
    let cluster = Cluster::new("sleep 300").with(|it| it.timeout_seconds = Some(0.3));
    let reason = cluster.reason();
    assert!(reason.contains("exceeded its time limit of 0.3 s"), "{reason}");
    assert_eq!(cluster.lines("fake/scancel.log"), ["100_0"]);
}

#[test]
fn a_command_that_hangs_behind_its_final_result_is_ended() {
    let script = r#"echo '{"trial": 0, "objective": 4, "final": true}' > "$2"; sleep 300"#;
    let cluster = Cluster::new(script).with(|it| it.final_grace_seconds = 0.2);
    assert_eq!(cluster.value().to_bits(), 4.0_f64.to_bits());
}

#[test]
fn many_that_wait_are_listed_by_one_call() {
    let cluster = Cluster::new(ANSWER);
    cluster.set("hold", "");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| cluster.evaluate(60));
        let listed = comes_to_hold(|| cluster.lines("fake/squeue.log").len() > 4);
        let calls = cluster.lines("fake/sbatch.log").len();
        // Before anything is asserted: a failure would wait for the tasks.
        cluster.unset("hold");
        assert!(running.join().unwrap().iter().all(Result::is_ok));
        assert!(listed && calls <= 4, "{calls} calls");
    });
}

/// Stops at step 2.
#[derive(Debug, Default)]
struct Stopper(Mutex<Vec<u64>>);

impl Reporter for Stopper {
    fn begin(&self) {
        self.0.lock().unwrap().clear();
    }

    fn report(&self, report: Report) -> Option<u64> {
        self.0.lock().unwrap().push(report.step);
        Some(2).filter(|stop| report.step >= *stop)
    }
}

#[test]
fn a_job_that_is_to_stop_is_ended_and_is_a_result() {
    let report = r#"printf '{"step": %s, "objective": 1}\n'"#;
    let script =
        format!("for step in 1 2; do {report} $step >> \"$GANAS_PROGRESS\"; done; sleep 60");
    let cluster = Cluster::new(&script);
    let stopper = Stopper::default();
    let stopped = cluster.heard(&stopper);
    assert!(matches!(stopped, Evaluation::Stopped { train_seconds: Some(_) }), "{stopped:?}");
    assert_eq!(*stopper.0.lock().unwrap(), [1, 2]);
    assert_eq!(cluster.lines("fake/scancel.log").len(), 1);
    let again = Stopper::default();
    assert_eq!(cluster.again().heard(&again), stopped, "its ending is on record");
    assert_eq!(*again.0.lock().unwrap(), [1, 2]);
}
