//! Attempts run as Ray jobs.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use ganas_exec::{CommandEvaluator, CommandSettings, Inherit, RaySettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, TrialId};
use serde_json::json;
use tempfile::TempDir;

use crate::server::Server;

/// Leaves a line in the study's file `runs`, waits for a file `go` in it unless it is the second
/// attempt, then answers.
const SCRIPT: &str = r#"echo x >> "$2/../../../runs"; : > "$2/ready"
case $2 in *-1) while [ ! -e "$2/../../../go" ]; do sleep 0.02; done ;; esac
printf '{"trial": 0, "objective": 0.5}' > "$1.half" && mv "$1.half" "$1""#;

struct Fixture {
    folder: TempDir,
    settings: CommandSettings,
    cancel: Cancel,
}

impl Fixture {
    fn new(server: &Server) -> Self {
        let words = ["/bin/sh", "-c", SCRIPT, "sh", "{result}", "{trial_dir}"];
        let mut settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
        let ray = json!({"address": server.address, "poll_seconds": 0.1, "num_gpus": 0.5});
        settings.ray = Some(serde_json::from_value::<Box<RaySettings>>(ray).unwrap());
        Self { folder: tempfile::tempdir().unwrap(), settings, cancel: Cancel::default() }
    }

    /// A fixture whose commands do not wait.
    fn ready(server: &Server) -> Self {
        let fixture = Self::new(server);
        fs::write(fixture.file("go"), "").unwrap();
        fixture
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.file("runs")).unwrap_or_default().lines().count()
    }

    fn run(&self) -> Result<Evaluation, EvaluationError> {
        let path = self.folder.path();
        let evaluator = CommandEvaluator::new(self.settings.clone(), "test", path, path).unwrap();
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[1, 0, 0, 0, 0, 0]).unwrap();
        let (space, arch, cancel, trial) = (&space, &arch, &self.cancel, TrialId(0));
        evaluator.evaluate(&Job::first(space, arch, trial, 5, cancel))
    }

    fn error(&self) -> String {
        let error = self.run().unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    }

    /// Evaluates on a thread, and does something once the command runs.
    fn during(&self, meanwhile: impl FnOnce()) -> Evaluation {
        thread::scope(|scope| {
            let running = scope.spawn(|| self.run().unwrap());
            until(|| self.file("trials/000000/attempt-1/ready").exists());
            meanwhile();
            running.join().unwrap()
        })
    }

    /// Goes away while the command runs, and comes back.
    fn leave(self) -> Self {
        assert_eq!(self.during(|| self.cancel.set()), Evaluation::Cancelled);
        Self { cancel: Cancel::default(), ..self }
    }
}

fn until(holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_mins(1), "waited for too long");
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_measured(evaluation: &Evaluation) -> bool {
    matches!(evaluation, Evaluation::Measured(_))
}

#[test]
fn a_command_runs_in_a_job() {
    let server = Server::start();
    let fixture = Fixture::ready(&server);
    assert!(is_measured(&fixture.run().unwrap()));
    let ray = server.ray.lock().unwrap();
    let asked = &ray.submissions[0];
    assert_eq!(
        (&asked["entrypoint_num_cpus"], &asked["entrypoint_num_gpus"]),
        (&json!(1.0), &json!(0.5))
    );
    assert_eq!(asked["runtime_env"], json!({"env_vars": {}}));
}

#[test]
fn a_job_inherits_the_named_variables_that_are_not_set() {
    let server = Server::start();
    let mut fixture = Fixture::ready(&server);
    fixture.settings.inherit = Inherit::Only(vec!["PATH".into(), "HOME".into()]);
    fixture.settings.environment.insert("HOME".into(), "/somewhere".into());
    assert!(is_measured(&fixture.run().unwrap()));
    let inherited = json!({"PATH": std::env::var("PATH").unwrap()});
    assert_eq!(
        server.ray.lock().unwrap().submissions[0]["runtime_env"],
        json!({"env_vars": inherited})
    );
}

#[test]
fn what_runs_is_taken_over() {
    let server = Server::start();
    let fixture = Fixture::new(&server).leave();
    assert!(server.ray.lock().unwrap().stopped.is_empty());
    let evaluation = fixture.during(|| fs::write(fixture.file("go"), "").unwrap());
    assert!(is_measured(&evaluation));
    assert_eq!((fixture.runs(), server.ray.lock().unwrap().submissions.len()), (1, 1));
}

#[test]
fn what_nobody_will_want_again_is_stopped() {
    let server = Server::start();
    let fixture = Fixture::new(&server);
    assert_eq!(fixture.during(|| fixture.cancel.cancel_permanently()), Evaluation::Cancelled);
    assert_eq!(server.ray.lock().unwrap().stopped.len(), 1);
}

#[test]
fn a_job_that_died_is_another_attempt_and_one_that_was_stopped_has_failed() {
    let server = Server::start();
    let fixture = Fixture::new(&server);
    let evaluation = fixture.during(|| server.strike("FAILED", "JOB_SUPERVISOR_ACTOR_DIED"));
    assert!(is_measured(&evaluation) && fixture.runs() == 2, "{evaluation:?}");
    let fixture = Fixture::new(&server);
    match fixture.during(|| server.strike("STOPPED", "")) {
        Evaluation::Failed { reason, .. } => assert_eq!(reason, "its job ended in state STOPPED"),
        other => panic!("expected a failure, found {other:?}"),
    }
}

#[test]
fn a_head_that_forgot_its_jobs_gets_another() {
    let server = Server::start();
    let fixture = Fixture::new(&server);
    assert!(is_measured(&fixture.during(|| server.forget())));
    assert_eq!(fixture.runs(), 2);
}

#[test]
fn an_answer_that_is_lost_submits_nothing_twice() {
    let server = Server::start();
    server.ray.lock().unwrap().loses_answers = true;
    let fixture = Fixture::ready(&server);
    assert!(is_measured(&fixture.run().unwrap()));
    assert_eq!(fixture.runs(), 1);
}

#[test]
fn what_is_no_ray_is_named() {
    let server = Server::start();
    let fixture = Fixture::ready(&server);
    server.ray.lock().unwrap().answer = Some((200, "<html>hello</html>".into()));
    let error = fixture.error();
    assert!(error.contains("expected a version, found status 200 with `<html>"), "{error}");
    server.ray.lock().unwrap().answer = None;
    assert!(is_measured(&fixture.run().unwrap()), "once it is mended");
}

#[test]
fn a_submission_that_is_answered_without_the_job_is_not_taken_for_accepted() {
    let server = Server::start();
    let fixture = Fixture::ready(&server);
    server.ray.lock().unwrap().refusal = Some((200, "<html>log in</html>".into()));
    let error = fixture.error();
    assert!(error.contains("expected Ray to accept the job, found status 200"), "{error}");
    assert_eq!(fixture.runs(), 0);
    server.ray.lock().unwrap().refusal = None;
    assert!(is_measured(&fixture.run().unwrap()));
    assert_eq!(fixture.runs(), 1);
}

#[test]
fn nobody_at_the_address_is_named() {
    let server = Server::start();
    let mut fixture = Fixture::ready(&server);
    fixture.settings.ray.as_mut().unwrap().address = "http://127.0.0.1:9".into();
    let error = fixture.error();
    assert!(error.contains("http://127.0.0.1:9") && error.contains("no answer"), "{error}");
}

#[test]
fn rubbish_for_a_listing_ends_the_study_and_loses_nothing() {
    let server = Server::start();
    let fixture = Fixture::new(&server);
    thread::scope(|scope| {
        let running = scope.spawn(|| fixture.error());
        until(|| fixture.file("trials/000000/attempt-1/ready").exists());
        server.ray.lock().unwrap().answer = Some((502, "Bad Gateway".into()));
        let error = running.join().unwrap();
        assert!(error.contains("expected a list of jobs, found status 502"), "{error}");
    });
    server.ray.lock().unwrap().answer = None;
    fs::write(fixture.file("go"), "").unwrap();
    assert!(is_measured(&fixture.run().unwrap()));
    assert_eq!(fixture.runs(), 1);
}
