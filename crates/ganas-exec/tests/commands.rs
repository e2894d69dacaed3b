//! Long because each way in which a command can end is one test.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ganas_exec::{CommandEvaluator, CommandSettings, Inherit};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, TrialId};
use tempfile::TempDir;

/// A study's folder and what runs in it.
struct Fixture {
    folder: TempDir,
    settings: CommandSettings,
    cancel: Cancel,
}

impl Fixture {
    /// The command is a shell's script; its arguments are request, result and folder.
    fn new(script: &str) -> Self {
        let words = ["/bin/sh", "-c", script, "sh", "{request}", "{result}", "{trial_dir}"];
        let mut settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
        settings.backoff_seconds = 0.0;
        settings.grace_seconds = 0.1;
        Self { folder: tempfile::tempdir().unwrap(), settings, cancel: Cancel::default() }
    }

    fn with(mut self, change: impl FnOnce(&mut CommandSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    fn try_run(&self, choice: u8) -> Result<Evaluation, EvaluationError> {
        self.try_trial(TrialId(7), choice)
    }

    fn try_trial(&self, trial: TrialId, choice: u8) -> Result<Evaluation, EvaluationError> {
        let path = self.folder.path();
        let evaluator = CommandEvaluator::new(self.settings.clone(), "test", path, path).unwrap();
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[choice, 0, 0, 0, 0, 0]).unwrap();
        let (space, arch, cancel) = (&space, &arch, &self.cancel);
        evaluator.evaluate(&Job { space, arch, trial, seed: 5, attempts_before: 0, cancel })
    }

    fn run(&self) -> Evaluation {
        self.try_run(1).unwrap()
    }

    fn value(&self) -> f64 {
        match self.run() {
            Evaluation::Measured(measurement) => measurement.value,
            other => panic!("expected a measurement, found {other:?}"),
        }
    }

    fn reason(&self) -> String {
        match self.run() {
            Evaluation::Failed { reason, .. } => reason,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    fn attempt(&self, number: u32) -> PathBuf {
        self.file(&format!("trials/000007/attempt-{number}"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes a result by renaming, as asked.
const ANSWER: &str = r#"printf '{"trial": 7, "objective": 0.5}' > "$2.half" && mv "$2.half" "$2""#;

/// Leaves a line in the study's folder, then answers.
fn counted() -> String {
    format!("echo x >> \"$3/../../../runs\"; {ANSWER}")
}

/// The first line of a file that is about to be written.
fn wait_for(path: &Path) -> String {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        match fs::read_to_string(path) {
            Ok(text) if !text.is_empty() => return text.trim().into(),
            _ => thread::sleep(Duration::from_millis(5)),
        }
    }
    panic!("{} did not appear", path.display())
}

/// Does the process end, or become one that is only to be reaped?
fn ends(process: &str) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

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
    let script = r#"echo '{"trial": 7, "infeasible": "out of memory"}'"#;
    let found = Fixture::new(script).with(|s| s.retries = 3).run();
    assert_eq!(found, Evaluation::Infeasible { reason: "out of memory".into() });
}

#[test]
fn paths_come_by_argument_and_environment() {
    let same = r#"[ "$1" = "$GANAS_REQUEST" ] && [ "$2" = "$GANAS_RESULT" ] &&
        [ "$3" = "$GANAS_TRIAL_DIR" ] && [ -f "$1" ] && "#;
    assert!(Fixture::new(&(same.to_owned() + ANSWER)).value() > 0.0);
}

#[test]
fn a_missing_command_is_a_failure() {
    for program in ["no-such-program-of-ganas", "./no-such-program"] {
        let fixture = Fixture::new("").with(|s| s.command = vec![program.into()]);
        assert!(fixture.reason().starts_with(&format!("starting `{program}`")));
    }
}

#[test]
fn an_exit_status_is_a_failure_whatever_was_written() {
    let script = format!("{ANSWER}; echo 'no module numpy' >&2; exit 3");
    let reason = Fixture::new(&script).reason();
    assert_eq!(reason, "the command ended with exit status: 3; the last it said: no module numpy");
}

#[test]
fn a_signal_is_a_failure() {
    assert!(Fixture::new("kill -9 $$").reason().contains("signal: 9"));
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
    assert!(written(r#"{"trial": 8, "objective": 1}"#).contains("one of trial 8"));
    assert!(written("").contains("EOF"));
}

#[test]
fn what_is_no_plain_file_is_a_failure() {
    let found = |script| Fixture::new(script).reason();
    let linked = r#"echo '{"trial": 7, "objective": 1}' > "$3/a" && ln -s "$3/a" "$2""#;
    assert!(found(linked).contains("found a symbolic link"));
    assert!(found(r#"mkfifo "$2""#).contains("found something else"));
    assert!(found(r#"head -c 2000000 /dev/zero > "$2""#).contains("found a larger one"));
    // Its logs are the last that is made in the folder once the command runs.
    let moved = r#"until [ -e "$3/stderr.log" ]; do :; done
        mv "$3" "$3.away" && ln -s "$3.away" "$3" &&
        echo '{"trial": 7, "objective": 1}' > "$2""#;
    assert!(found(moved).contains("leads to"));
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
    assert!(fixture.reason().contains("found one of attempt 1, not 2"));
}

#[test]
fn a_time_limit_ends_the_command_and_all_it_started() {
    let script = r#"trap '' TERM; (trap '' TERM; sleep 300) & echo $! > "$3/child"; wait"#;
    let fixture = Fixture::new(script).with(|s| s.timeout_seconds = Some(0.5));
    assert_eq!(fixture.reason(), "the command ran for more than 0.5 s and was ended");
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
        wait_for(&fixture.attempt(1).join("ending.json"));
        fixture.cancel.set();
        assert_eq!(running.join().unwrap(), Evaluation::Cancelled);
    });
}

#[test]
fn a_finished_trial_is_not_run_again() {
    let fixture = Fixture::new(&counted());
    assert_eq!(fixture.value().to_bits(), fixture.value().to_bits());
    assert_eq!(fs::read_to_string(fixture.file("runs")).unwrap(), "x\n");
}

#[test]
fn a_result_that_nobody_waited_for_is_taken() {
    let fixture = Fixture::new(&counted());
    fixture.run();
    // As if we had been killed between the command's end and our record of it.
    fs::remove_file(fixture.attempt(1).join("ending.json")).unwrap();
    assert!(fixture.value() > 0.0);
    assert_eq!(fs::read_to_string(fixture.file("runs")).unwrap(), "x\n");
    assert!(fixture.attempt(1).join("ending.json").exists());
}

#[test]
fn a_line_of_stdout_that_nobody_waited_for_is_not_taken() {
    let script = r#"case $3 in *-1) value=3 ;; *) value=4 ;; esac
        echo "{\"trial\": 7, \"objective\": $value}""#;
    let fixture = Fixture::new(script);
    assert_eq!(fixture.value().to_bits(), 3.0_f64.to_bits());
    // It may have been one before the last.
    fs::remove_file(fixture.attempt(1).join("ending.json")).unwrap();
    assert_eq!(fixture.value().to_bits(), 4.0_f64.to_bits());
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
    let recorded = fs::read_to_string(again.attempt(1).join("ending.json")).unwrap();
    assert_eq!(recorded, "\"cancelled\"");
    assert_eq!(again.value().to_bits(), 2.0_f64.to_bits());
}

#[test]
fn a_result_file_of_a_cancelled_command_is_taken() {
    let script = format!(r#"{ANSWER}; echo x > "$3/ready"; exec sleep 300"#);
    let (first, again) = cancelled_and_again(&script);
    assert!(matches!(first, Evaluation::Measured(_)), "{first:?}");
    assert!(again.value() > 0.0);
    assert!(!again.attempt(2).exists());
}

#[test]
fn a_command_that_removes_its_own_folder_has_failed() {
    for removed in [r#""$3""#, r#""$3/..""#, r#""$3/../..""#] {
        let script =
            format!(r#"case $3 in *-1) rm -r "$(realpath {removed})" ;; *) {ANSWER} ;; esac"#);
        let fixture = Fixture::new(&script);
        let reason = fixture.reason();
        assert!(reason.starts_with("the command removed what it had been given: "), "{reason}");
        let again = fixture.with(|s| s.retries = 1);
        fs::remove_dir_all(again.file("trials")).unwrap();
        assert!(again.value() > 0.0, "{removed}");
    }
}

#[test]
fn a_stream_that_a_stray_process_keeps_open_loses_nothing() {
    let script = r#"echo '{"trial": 7, "objective": 5}'; setsid sleep 20 & exit 0"#;
    let fixture = Fixture::new(script).with(|s| s.log_bytes = 0);
    assert_eq!(fixture.value().to_bits(), 5.0_f64.to_bits());
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
fn what_still_runs_of_an_earlier_life_is_ended_first() {
    let long = r#"echo $$ > "$3/child"; case $3 in *-1) exec sleep 300 ;; esac; "#;
    let fixture = Fixture::new(&(long.to_owned() + ANSWER));
    thread::scope(|scope| {
        // The earlier life is a thread of this one: it is not killed, its command is.
        let earlier = scope.spawn(|| fixture.run());
        let process = wait_for(&fixture.attempt(1).join("child"));
        wait_for(&fixture.attempt(1).join("group"));
        assert!(fixture.value() > 0.0);
        assert!(ends(&process));
        earlier.join().unwrap();
    });
    assert!(fixture.attempt(2).join("result.json").exists());
}

#[test]
fn what_still_runs_and_cannot_be_ended_is_not_doubled() {
    let fixture = Fixture::new(ANSWER);
    fs::create_dir_all(fixture.attempt(1)).unwrap();
    let lock = fs::File::create(fixture.attempt(1).join("alive.lock")).unwrap();
    lock.lock().unwrap();
    let error = fixture.try_run(1).unwrap_err().to_string();
    assert!(error.contains("attempt 1 of trial 7 still runs (process group unknown)"), "{error}");
    assert!(!fixture.attempt(2).exists());
}

#[test]
fn a_trial_folder_that_leads_elsewhere_is_refused() {
    let fixture = Fixture::new(ANSWER);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(fixture.file("trials")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), fixture.file("trials/000007")).unwrap();
    let error = fixture.try_run(1).unwrap_err().to_string();
    assert!(error.contains("found that it leads to"), "{error}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_trial_known_before_gets_no_folder() {
    let fixture = Fixture::new(ANSWER);
    let error = fixture.try_trial(TrialId(-1), 1).unwrap_err().to_string();
    assert!(error.contains("found -1, known before the study"), "{error}");
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
