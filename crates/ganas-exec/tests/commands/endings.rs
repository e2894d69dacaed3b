//! The ways a command can end, and its input.

use std::fs;
use std::thread;

use ganas_exec::{CommandEvaluator, CommandSettings, Inherit};
use ganas_search::{Cancel, Evaluation, TrialId};

use crate::fixture::*;

#[test]
fn a_result_file_is_read() {
    let fixture = Fixture::new(ANSWER);
    assert_eq!(fixture.value().to_bits(), 0.5_f64.to_bits());
    let request = fs::read_to_string(fixture.attempt(1).join("request.json")).unwrap();
    for field in ["\"study\": \"test\"", "\"trial\": 7,", "\"seed\": 5"] {
        assert!(request.contains(field), "{request}");
    }
}

#[test]
fn the_last_object_on_stdout_is_read() {
    let result = r#"{"trial": 7, "objective": 2, "metrics": {"ms": 3}, "train_seconds": 4}"#;
    let script = format!(r#"echo '{{"epoch": 1}}'; echo '{result}'; echo bye"#);
    let Evaluation::Measured(measurement) = Fixture::new(&script).run() else { panic!() };
    assert_eq!(measurement.value.to_bits(), 2.0_f64.to_bits());
    assert_eq!(measurement.train_seconds, Some(4.0));
    assert_eq!(measurement.metrics.get("ms"), Some(&3.0));
}

#[test]
fn a_file_goes_before_stdout() {
    let script = format!(r#"{ANSWER}; echo '{{"trial": 7, "objective": 2}}'"#);
    assert_eq!(Fixture::new(&script).value().to_bits(), 0.5_f64.to_bits());
}

#[test]
fn an_infeasible_architecture_is_told() {
    let script = r#"echo '{"trial": 7, "infeasible": "out of memory", "train_seconds": 9}'"#;
    let found = Fixture::new(script).with(|s| s.retries = 3).run();
    let reason = "out of memory".into();
    assert_eq!(found, Evaluation::Infeasible { reason, train_seconds: Some(9.0) });
}

#[test]
fn paths_come_by_argument_and_environment() {
    let same = r#"[ "$1" = "$GANAS_REQUEST" ] && [ "$2" = "$GANAS_RESULT" ] &&
        [ "$3" = "$GANAS_TRIAL_DIR" ] && [ -f "$1" ] && "#;
    assert!(Fixture::new(&(same.to_owned() + ANSWER)).value() > 0.0);
}

#[test]
fn a_missing_command_is_known_before_anything_is_asked() {
    for program in ["no-such-program-of-ganas", "./no-such-program"] {
        let settings = CommandSettings::new(vec![program.into()]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let evaluator = CommandEvaluator::new(settings, "test", path, path).unwrap();
        assert!(
            evaluator
                .check_program()
                .unwrap_err()
                .to_string()
                .starts_with(&format!("could not start `{program}`"))
        );
    }
}

#[test]
fn a_command_that_goes_missing_is_a_failure() {
    let fixture = Fixture::new("");
    let script = fixture.folder.path().join("train.sh");
    std::fs::write(&script, "#!/bin/sh\nrm \"$0\"\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&script, mode).unwrap();
    let fixture = fixture.with(|s| {
        s.command = vec![script.to_str().unwrap().into()];
        s.retries = 1;
        s.backoff_seconds = 0.0;
    });
    assert!(fixture.reason().starts_with("could not start `/"), "{}", fixture.reason());
}

#[test]
fn an_exit_status_is_a_failure_whatever_was_written() {
    let script = format!("{ANSWER}; echo 'no module numpy' >&2; exit 3");
    let reason = Fixture::new(&script).reason();
    assert_eq!(
        reason,
        "the command ended with exit status 3; last line of stderr: `no module numpy`"
    );
}

#[test]
fn a_signal_is_a_failure() {
    assert!(Fixture::new("kill -9 $$").reason().contains("signal 9"));
}

#[test]
fn no_result_is_a_failure() {
    assert!(Fixture::new("echo done").reason().contains("found neither"));
}

#[test]
fn what_is_no_value_is_a_failure() {
    let written = |text: &str| Fixture::new(&format!("printf '{text}' > \"$2\"")).reason();
    assert!(written(r#"{"trial": 7, "obj"#).contains("EOF"));
    assert!(written(r#"{"trial": 7, "objective": NaN}"#).contains("NaN"));
    assert!(written(r#"{"trial": 7, "objective": Infinity}"#).contains("Infinity"));
    assert!(written(r#"{"trial": 8, "objective": 1}"#).contains("a result of trial 8"));
    assert!(written("").contains("EOF"));
}

#[test]
fn a_failed_evaluation_is_tried_again() {
    let script = format!(r"case $3 in *attempt-3) {ANSWER} ;; *) exit 1 ;; esac");
    let fixture = Fixture::new(&script).with(|s| s.retries = 2);
    assert!(fixture.value() > 0.0);
    assert!(fixture.attempt(3).join("result.json").exists());
}

#[test]
fn retries_come_to_an_end() {
    let fixture = Fixture::new("exit 1").with(|s| s.retries = 2);
    let Evaluation::Failed { attempts, .. } = fixture.run() else { panic!() };
    assert_eq!(attempts, 3);
    assert!(!fixture.attempt(4).exists());
}

#[test]
fn a_result_of_an_earlier_attempt_does_not_count_for_a_later_one() {
    let script =
        r#"echo '{"trial": 7, "attempt": 1, "objective": 1}'; case $3 in *-1) exit 1 ;; esac"#;
    let fixture = Fixture::new(script).with(|s| s.retries = 1);
    assert!(fixture.reason().contains("found a result of attempt 1 instead of attempt 2"));
}

#[test]
fn a_time_limit_ends_the_command_and_all_it_started() {
    let script = r#"trap '' TERM; (trap '' TERM; sleep 300) & echo $! > "$3/child"; wait"#;
    let fixture = Fixture::new(script).with(|s| s.timeout_seconds = Some(0.5));
    assert_eq!(fixture.reason(), "the command exceeded its time limit of 0.5 s and was stopped");
    assert!(ends(&wait_for(&fixture.attempt(1).join("child"))));
}

#[test]
fn what_a_command_leaves_running_is_ended() {
    let fixture = Fixture::new(&format!(r#"sleep 300 & echo $! > "$3/child"; {ANSWER}"#));
    assert!(fixture.value() > 0.0);
    assert!(ends(&wait_for(&fixture.attempt(1).join("child"))));
}

#[test]
fn a_cancelled_command_is_ended_and_leaves_the_trial_to_be_made() {
    let long = r#"case $3 in *-1) echo $$ > "$3/child"; exec sleep 300 ;; esac; "#;
    let fixture = Fixture::new(&(long.to_owned() + ANSWER));
    thread::scope(|scope| {
        let running = scope.spawn(|| fixture.run());
        let process = wait_for(&fixture.attempt(1).join("child"));
        fixture.cancel.set();
        assert_eq!(running.join().unwrap(), Evaluation::Cancelled);
        assert!(ends(&process));
    });
    let again = Fixture { cancel: Cancel::default(), ..fixture };
    assert!(again.value() > 0.0);
}

#[test]
fn cancelling_ends_the_wait_before_a_retry() {
    let fixture = Fixture::new(r#"echo x > "$3/ran"; exit 1"#).with(|s| {
        s.retries = 1;
        s.backoff_seconds = 600.0;
    });
    thread::scope(|scope| {
        let running = scope.spawn(|| fixture.run());
        let ended = || fs::read_to_string(fixture.record(1)).is_ok_and(|it| it.contains("ending"));
        until(ended);
        fixture.cancel.set();
        assert_eq!(running.join().unwrap(), Evaluation::Cancelled);
    });
    assert!(!fixture.attempt(2).exists());
}

#[test]
fn a_trial_known_before_gets_no_folder() {
    let fixture = Fixture::new(ANSWER);
    let error = fixture.try_trial(TrialId(-1), 1).unwrap_err().to_string();
    assert!(
        error.contains("found trial -1, whose value was known before the study began"),
        "{error}"
    );
    assert!(!fixture.file("trials").exists());
}

#[test]
fn the_environment_is_what_the_settings_say() {
    let script = r#"env | grep -v '^GANAS_\|^PWD=\|^_=\|^SHLVL=\|^OLDPWD=' > "$3/env"; "#;
    let fixture = Fixture::new(&(script.to_owned() + ANSWER)).with(|s| {
        s.inherit = Inherit::Only(vec!["PATH".into()]);
        s.environment.insert("EPOCHS".into(), "3".into());
    });
    assert!(fixture.value() > 0.0);
    let found = fs::read_to_string(fixture.attempt(1).join("env")).unwrap();
    let mut names: Vec<_> = found.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["EPOCHS", "PATH"]);
}

#[test]
fn the_directory_is_where_the_command_runs() {
    let fixture = Fixture::new("").with(|s| {
        s.directory = "scripts".into();
        s.command = vec!["./train".into(), "{result}".into()];
    });
    fs::create_dir(fixture.file("scripts")).unwrap();
    fs::write(fixture.file("scripts/value"), r#"{"trial": 7, "objective": 4}"#).unwrap();
    fs::write(fixture.file("scripts/train"), "#!/bin/sh\ncat value > \"$1\"\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(fixture.file("scripts/train"), executable).unwrap();
    assert_eq!(fixture.value().to_bits(), 4.0_f64.to_bits());
}

#[test]
fn a_directory_that_is_missing_is_named() {
    let settings = Fixture::new("").with(|s| s.directory = "nowhere".into()).settings;
    let folder = tempfile::tempdir().unwrap();
    let made = CommandEvaluator::new(settings, "test", folder.path(), folder.path());
    assert!(made.unwrap_err().to_string().contains("nowhere"));
}

#[test]
fn logs_are_kept_and_bounded() {
    let script =
        r"i=0; while [ $i -lt 3000 ]; do echo line $i; echo error $i >&2; i=$((i+1)); done; ";
    let fixture = Fixture::new(&(script.to_owned() + ANSWER)).with(|s| s.log_bytes = 1 << 14);
    assert!(fixture.value() > 0.0);
    let log = |name| fs::read_to_string(fixture.attempt(1).join(name)).unwrap();
    assert!(log("stdout.log").ends_with("line 2999\n"));
    assert!(log("stderr.log").ends_with("error 2999\n"));
    assert!(log("stdout.log").len() + log("stdout.log.1").len() <= 1 << 14);
}

#[test]
fn a_final_result_counts_at_the_time_limit_and_after_any_end() {
    let final_answer = ANSWER.replace("0.5}", "0.5, \"final\": true}");
    let value = |rest, change: fn(&mut CommandSettings)| {
        Fixture::new(&format!("{final_answer}; {rest}")).with(change).value().to_bits()
    };
    let expected = 0.5_f64.to_bits();
    assert_eq!(value("sleep 300", |s| s.timeout_seconds = Some(0.5)), expected);
    assert_eq!(value("exit 1", |_| ()), expected);
    assert_eq!(value("kill -9 $$", |_| ()), expected);
    // It hangs at its exit, and nothing else would end it.
    assert_eq!(value("sleep 300", |s| s.final_grace_seconds = 0.0), expected);
}

#[test]
fn a_result_that_does_not_count_is_told() {
    let hangs = Fixture::new(&format!("{ANSWER}; sleep 300"));
    let reason = hangs.with(|s| s.timeout_seconds = Some(0.5)).reason();
    assert!(reason.ends_with("because it lacks `\"final\": true`"), "{reason}");
}

#[test]
fn a_command_gets_what_a_shell_cannot_name() {
    let script = format!(r"env | grep -q '^odd-name%=x$' && {ANSWER}");
    let fixture = Fixture::new("").with(|s| {
        s.command = ["bash", "-c", &script, "sh", "{request}", "{result}"].map(Into::into).into();
        s.environment.insert("odd-name%".into(), "x".into());
    });
    assert!(fixture.value() > 0.0);
}
