//! Attempts found when the study is resumed.

use std::fs;
use std::thread;

use ganas_exec::set_aside;
use ganas_search::{Cancel, Evaluation, Rung, TrialId};

use crate::fixture::*;

#[test]
fn a_finished_trial_is_not_run_again() {
    let fixture = Fixture::new(&counted());
    assert_eq!(fixture.value().to_bits(), fixture.value().to_bits());
    assert_eq!(fs::read_to_string(fixture.file("runs")).unwrap(), "x\n");
}

#[test]
fn a_line_of_stdout_that_nobody_waited_for_is_not_taken() {
    let script = r#"case $3 in *-1) value=3 ;; *) value=4 ;; esac
        echo "{\"trial\": 7, \"objective\": $value}""#;
    let fixture = Fixture::new(script);
    assert_eq!(fixture.value().to_bits(), 3.0_f64.to_bits());
    // As if we had been killed before we noted what came of it. The line may be one before the last.
    let record = fs::read_to_string(fixture.record(1)).unwrap();
    let end = record.find("ending ").unwrap();
    fs::write(fixture.record(1), &record[..end]).unwrap();
    assert_eq!(fixture.value().to_bits(), 4.0_f64.to_bits());
}

#[test]
fn the_folder_of_the_rung_below_is_named_while_it_is_there() {
    let fixture = Fixture::new(ANSWER);
    fixture.value();
    let below = fixture.attempt(1);
    let named = |trial: u32| {
        let rung = Rung { rung: 1, fidelity: 9.0, after: Some(TrialId(7)) };
        fixture.try_rung(TrialId(trial.into()), 1, Some(rung)).unwrap();
        let folder = format!("trials/{trial:06}/attempt-1/request.json");
        let request = fs::read_to_string(fixture.folder.path().join(folder)).unwrap();
        let request: serde_json::Value = serde_json::from_str(&request).unwrap();
        assert_eq!((&request["fidelity"], &request["rung"]), (&9.0.into(), &1.into()));
        request["resume_from"].clone()
    };
    assert_eq!(named(8), below.canonicalize().unwrap().to_str().unwrap());
    fs::remove_dir_all(&below).unwrap();
    assert!(named(9).is_null());
}

#[test]
fn a_failed_trial_that_is_set_aside_is_evaluated_in_new_folders() {
    let fixture = Fixture::new("[ -e fixed ] || exit 1; echo '{\"trial\": 7, \"objective\": 3}'");
    assert!(fixture.reason().contains('1'));
    fs::write(fixture.file("fixed"), "").unwrap();
    assert!(fixture.reason().contains('1'), "the recorded failure counts");
    set_aside(fixture.folder.path(), TrialId(7), 1).unwrap();
    assert_eq!(fixture.value().to_bits(), 3.0_f64.to_bits());
    for folder in ["trials", "attempts"] {
        assert!(fixture.folder.path().join(folder).join("000007.failed-1").is_dir());
    }
}

#[test]
fn setting_aside_can_be_repeated_after_a_kill_at_any_moment() {
    for done in ["", "attempts", "attempts trials"] {
        let fixture = Fixture::new("exit 1");
        fixture.reason();
        for folder in done.split_whitespace() {
            let folder = fixture.folder.path().join(folder);
            fs::rename(folder.join("000007"), folder.join("000007.failed-1")).unwrap();
            // Such as an earlier version of this program left behind.
            fs::create_dir(folder.join("000007")).unwrap();
        }
        for _ in 0..2 {
            set_aside(fixture.folder.path(), TrialId(7), 1).unwrap();
        }
        for folder in ["trials", "attempts"] {
            let aside = fixture.folder.path().join(folder).join("000007.failed-1");
            assert!(fs::read_dir(aside).unwrap().next().is_some(), "{folder} after {done:?}");
        }
    }
}

#[test]
fn attempts_of_earlier_runs_are_not_counted_again() {
    let fixture = Fixture::new("exit 1").with(|settings| settings.retries = 1);
    let attempts = |fixture: &Fixture| match fixture.run() {
        Evaluation::Failed { attempts, .. } => attempts,
        other => panic!("expected a failure, found {other:?}"),
    };
    assert_eq!(attempts(&fixture), 2);
    // The run was killed after its second attempt, so the study has counted one.
    let mut again = fixture.with(|settings| settings.retries = 2);
    again.attempts_before = 1;
    assert_eq!(attempts(&again), 2, "the third one, and the second of the earlier run");
}

/// Cancels a command once it has said so, and has the trial made again, by the second attempt.
fn cancelled_and_again(script: &str) -> (Evaluation, Fixture) {
    let fixture = Fixture::new(script);
    let first = thread::scope(|scope| {
        let running = scope.spawn(|| fixture.run());
        wait_for(&fixture.attempt(1).join("ready"));
        fixture.cancel.set();
        running.join().unwrap()
    });
    (first, Fixture { cancel: Cancel::default(), ..fixture })
}

#[test]
fn an_interim_line_of_a_cancelled_command_is_not_taken() {
    let script = r#"echo '{"trial": 7, "objective": 1}'
        case $3 in *-1) echo x > "$3/ready"; exec sleep 300 ;; esac
        echo '{"trial": 7, "objective": 2}'"#;
    let (first, again) = cancelled_and_again(script);
    assert_eq!(first, Evaluation::Cancelled);
    let recorded = fs::read_to_string(again.record(1)).unwrap();
    assert!(recorded.contains("ending \"cancelled\""), "{recorded}");
    assert_eq!(again.value().to_bits(), 2.0_f64.to_bits());
}

#[test]
fn a_result_of_a_cancelled_command_counts_if_it_is_final() {
    let ready = r#"echo x > "$3/ready"; exec sleep 300"#;
    let final_answer = ANSWER.replace("0.5}", "0.5, \"final\": true}");
    let (first, again) = cancelled_and_again(&format!("{final_answer}; {ready}"));
    assert!(matches!(first, Evaluation::Measured(_)), "{first:?}");
    assert!(again.value() > 0.0);
    assert!(!again.attempt(2).exists());
    let script = format!("{ANSWER}; case $3 in *-1) {ready} ;; esac");
    let (first, again) = cancelled_and_again(&script);
    assert_eq!(first, Evaluation::Cancelled);
    assert!(again.value() > 0.0);
    assert!(again.attempt(2).exists());
}

#[test]
fn what_a_cancelled_command_says_in_the_end_is_not_taken() {
    let script = r#"trap 'echo "{\"trial\": 7, \"objective\": -1}" > "$2"; exit 0' TERM
        case $3 in *-1) echo x > "$3/ready"; while :; do sleep 0.01; done ;; esac
        echo '{"trial": 7, "objective": 2}'"#;
    let (first, again) = cancelled_and_again(script);
    assert_eq!(first, Evaluation::Cancelled);
    assert_eq!(again.value().to_bits(), 2.0_f64.to_bits());
}

#[test]
fn what_a_command_says_when_others_ask_it_to_end_is_not_taken() {
    let script = r#"trap 'echo "{\"trial\": 7, \"objective\": -1}" > "$2"; exit 0' TERM; kill -TERM 0
        while :; do sleep 0.01; done"#;
    let reason = Fixture::new(script).reason();
    assert!(reason.starts_with("a signal from outside ganas asked the command to end"), "{reason}");
}

#[test]
fn a_refused_result_is_not_taken_later() {
    let fixture = Fixture::new(&format!("{ANSWER}; exit 1"));
    assert_eq!(fixture.reason(), fixture.reason());
    assert!(!fixture.attempt(2).exists());
}

#[test]
fn a_result_for_another_architecture_is_not_taken() {
    let fixture = Fixture::new(ANSWER);
    fixture.try_run(1).unwrap();
    fixture.try_run(2).unwrap();
    assert!(fixture.attempt(2).join("result.json").exists());
}

#[test]
fn half_of_an_attempt_is_made_again() {
    let fixture = Fixture::new(ANSWER);
    fs::create_dir_all(fixture.attempt(1)).unwrap();
    fs::create_dir_all(fixture.attempt(2)).unwrap();
    fs::write(fixture.attempt(2).join("request.json"), "{\"trial\"").unwrap();
    fs::write(fixture.attempt(2).join("result.json"), r#"{"trial": 7, "objective": 9}"#).unwrap();
    assert_eq!(fixture.value().to_bits(), 0.5_f64.to_bits());
    assert!(fixture.attempt(3).join("result.json").exists());
}

#[test]
fn what_still_runs_and_cannot_be_ended_is_not_doubled() {
    let fixture = Fixture::new(ANSWER);
    fs::create_dir_all(fixture.record(1).parent().unwrap()).unwrap();
    let lock = fs::File::create(fixture.record(1)).unwrap();
    lock.lock().unwrap();
    let error = fixture.try_run(1).unwrap_err().to_string();
    assert!(
        error.contains("attempt 1 of trial 7 is still running (process group unknown)"),
        "{error}"
    );
    assert!(!fixture.attempt(2).exists());
}
