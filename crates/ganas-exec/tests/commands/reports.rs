//! Intermediate reports of a command, and early stopping.

use std::fs;
use std::sync::Mutex;

use ganas_search::{Evaluation, Report, Reporter, TrialId};

use crate::fixture::{ANSWER, Fixture};

/// Hears reports, and stops at a step.
#[derive(Debug, Default)]
struct Listener {
    attempts: Mutex<Vec<Vec<u64>>>,
    refused: Mutex<Vec<String>>,
    stop: Option<u64>,
}

impl Listener {
    fn stopping_at(step: u64) -> Self {
        Self { stop: Some(step), ..Self::default() }
    }

    /// The steps of each attempt.
    fn steps(&self) -> Vec<Vec<u64>> {
        self.attempts.lock().unwrap().clone()
    }
}

impl Reporter for Listener {
    fn begin(&self) {
        self.attempts.lock().unwrap().push(Vec::new());
    }

    fn report(&self, report: Report) -> Option<u64> {
        self.attempts.lock().unwrap().last_mut().unwrap().push(report.step);
        self.stop.filter(|stop| report.step >= *stop)
    }

    fn refuse(&self, found: &str) {
        self.refused.lock().unwrap().push(found.into());
    }
}

/// A line about a step.
const REPORT: &str =
    r#"report() { printf '{"step": %s, "objective": 0.1}\n' "$1" >> "$GANAS_PROGRESS"; };"#;

/// Runs a script that may report.
fn run(fixture: &Fixture, listener: &Listener) -> Evaluation {
    fixture.try_job(TrialId(7), 1, None, Some(listener)).unwrap()
}

fn fixture(script: &str) -> Fixture {
    Fixture::new(&format!("{REPORT} {script}"))
}

#[test]
fn all_reports_are_heard_whenever_the_command_ends() {
    let fixture = fixture(&format!("report 1; report 2; {ANSWER}; report 3"));
    let listener = Listener::default();
    assert!(matches!(run(&fixture, &listener), Evaluation::Measured(_)));
    assert_eq!(listener.steps(), [[1, 2, 3]]);
    let again = Listener::default();
    assert!(matches!(run(&fixture, &again), Evaluation::Measured(_)), "its ending is on record");
    assert_eq!(again.steps(), [[1, 2, 3]], "a study that resumes hears them again");
}

#[test]
fn a_command_that_is_to_stop_is_asked_to_end() {
    let script =
        "trap 'echo asked > \"$3/asked\"; exit 0' TERM; report 1; report 2; sleep 60 & wait";
    let fixture = fixture(script);
    let listener = Listener::stopping_at(2);
    let stopped = run(&fixture, &listener);
    let Evaluation::Stopped { train_seconds: Some(seconds) } = stopped else {
        panic!("expected a stopped training with its seconds, found {stopped:?}")
    };
    assert!((0.0..600.0).contains(&seconds), "{seconds}");
    assert_eq!(fs::read_to_string(fixture.attempt(1).join("asked")).unwrap(), "asked\n");
    let again = Listener::default();
    assert_eq!(run(&fixture, &again), stopped, "its ending is on record");
    assert_eq!(again.steps(), [[1, 2]]);
}

#[test]
fn a_command_that_was_faster_is_stopped_at_the_same_step() {
    for ending in [ANSWER, "exit 3"] {
        let fixture = fixture(&format!("report 1; report 2; report 3; {ending}"));
        let listener = Listener::stopping_at(2);
        let stopped = run(&fixture, &listener);
        assert!(matches!(stopped, Evaluation::Stopped { .. }), "{stopped:?}");
        assert_eq!(listener.steps(), [[1, 2]]);
    }
}

#[test]
fn each_attempt_reports_anew() {
    let script = format!(
        "report 1; [ -e \"$3/../../../once\" ] && {{ {ANSWER}; exit 0; }}; touch \"$3/../../../once\"; exit 1"
    );
    let fixture = fixture(&script).with(|settings| settings.retries = 1);
    let listener = Listener::default();
    assert!(matches!(run(&fixture, &listener), Evaluation::Measured(_)));
    assert_eq!(listener.steps(), [[1], [1]]);
}

#[test]
fn a_command_may_stop_by_itself() {
    let result = r#"printf '{"trial": 7, "stopped": true, "train_seconds": 4}' > "$2""#;
    let fixture = fixture(&format!("report 1; {result}"));
    let stopped = run(&fixture, &Listener::default());
    assert_eq!(stopped, Evaluation::Stopped { train_seconds: Some(4.0) });
}

#[test]
fn what_is_no_report_is_told_and_the_command_goes_on() {
    let rubbish = "printf 'x\\n{\"step\": 1, \"objective\": NaN}\\n' >> \"$GANAS_PROGRESS\"";
    let fixture = fixture(&format!("{rubbish}; report 2; {ANSWER}"));
    let listener = Listener::default();
    assert!(matches!(run(&fixture, &listener), Evaluation::Measured(_)));
    assert_eq!(listener.steps(), [[2]]);
    assert_eq!(listener.refused.lock().unwrap().len(), 2);
}

#[test]
fn nothing_is_read_where_nobody_listens() {
    let fixture = fixture(&format!("mkfifo \"$GANAS_PROGRESS\"; {ANSWER}"));
    assert!((fixture.value() - 0.5).abs() < 1e-9);
    let listener = Listener::default();
    let other = self::fixture(&format!("mkdir \"$GANAS_PROGRESS\"; {ANSWER}"));
    assert!(matches!(run(&other, &listener), Evaluation::Measured(_)), "it is no file");
    assert!(listener.refused.lock().unwrap()[0].contains("a readable regular file"));
}
