//! The Ray scheduler, accessed through Ray's HTTP interface for jobs.

mod client;

use std::path::Path;
use std::sync::Arc;

use log::warn;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::client::{Client, Response};
use crate::attempt::{EngineName, JobName, quoted, utf8};
use crate::engine::{Cause, ListError, Listing, Pace, Scheduler, State, Submission};
use crate::error::EngineError;
use crate::settings::{CommandSettings, Inherit, RaySettings};

/// The jobs of a study on Ray.
#[derive(Debug)]
pub(crate) struct Ray {
    settings: RaySettings,
    client: Client,
    /// The prefix of the names of the study's jobs.
    prefix: String,
    /// The environment variables that jobs get from this process in addition to those of their
    /// nodes.
    inherited: Map<String, Value>,
}

/// The environment variable that tells a job the number of its task.
const TASK: &str = "GANAS_TASK";

/// Returns the parameters for polling and batching on Ray. A batch has one task, because Ray has no
/// job arrays.
pub(crate) fn pace(settings: &RaySettings) -> Pace {
    Pace { poll: settings.poll(), most: 1, task: TASK }
}

/// A job in a listing.
#[derive(Debug, Deserialize)]
struct Row {
    submission_id: Option<String>,
    status: String,
    #[serde(default)]
    error_type: Option<String>,
}

impl Ray {
    /// Returns a scheduler for jobs that run with a command's settings. The names of these jobs
    /// begin with `prefix`.
    pub(crate) fn of(
        command: &CommandSettings,
        settings: &RaySettings,
        prefix: String,
    ) -> Arc<dyn Scheduler> {
        let (settings, client) = (settings.clone(), Client::new(&settings.address));
        // Passing our whole environment would replace the nodes' own.
        let named = matches!(command.inherit, Inherit::Only(_));
        let is_set = |name: &str| command.environment.contains_key(name);
        let inherited = command
            .variables()
            .filter(|_| named)
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| !is_set(name))
            .map(|(name, value)| (name, value.into()))
            .collect();
        Arc::new(Self { settings, client, prefix, inherited })
    }

    fn id(&self, batch: u64) -> String {
        format!("{}-{batch}", self.prefix)
    }

    fn request(&self, batch: u64, folder: &Path) -> Option<Value> {
        let script = quoted(utf8(&folder.join("script")).ok()?);
        let it = &self.settings;
        let mut request = json!({
            "submission_id": self.id(batch),
            "entrypoint": format!("{TASK}=0 /bin/sh {script}"),
            "entrypoint_num_cpus": it.num_cpus,
            "entrypoint_num_gpus": it.num_gpus,
            "entrypoint_resources": it.resources,
            "runtime_env": {"env_vars": self.inherited},
        });
        if let Some(memory) = it.memory {
            request["entrypoint_memory"] = memory.into();
        }
        Some(request)
    }

    fn read(&self, text: &str) -> Option<Listing> {
        let rows: Vec<Row> = serde_json::from_str(text).ok()?;
        let job = |row: Row| {
            let name = row.submission_id.as_deref()?.strip_prefix(&self.prefix)?;
            let batch = name.strip_prefix('-')?.parse().ok()?;
            let job = JobName { engine: EngineName::Ray, batch, task: 0 };
            Some((job, state_of(&row)))
        };
        Some(rows.into_iter().filter_map(job).collect())
    }

    fn trouble(&self, doing: &str, expected: &str, found: String) -> EngineError {
        EngineError {
            doing: format!("{doing} at {}", self.settings.address),
            expected: expected.into(),
            found,
            advice: "Submitted jobs continue to run; fix [evaluator.ray] in the study file or the \
                     cluster, then resume"
                .into(),
        }
    }
}

/// Returns the state of a job. An unknown state counts as running.
fn state_of(row: &Row) -> State {
    let error = row.error_type.as_deref().unwrap_or_default();
    let text =
        if error.is_empty() { row.status.clone() } else { format!("{} ({error})", row.status) };
    match (row.status.as_str(), error) {
        ("PENDING", _) => State::Waiting,
        // It waited longer than Ray allows.
        ("FAILED", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT") => State::Over(Cause::Unstarted),
        ("FAILED", error) if error.starts_with("JOB_SUPERVISOR_ACTOR") => {
            State::Over(Cause::Lost(text))
        }
        ("SUCCEEDED" | "FAILED", _) => State::Over(Cause::Exited(text)),
        ("STOPPED", _) => State::Over(Cause::Ended(text)),
        _ => State::Running,
    }
}

impl Scheduler for Ray {
    fn name(&self) -> EngineName {
        EngineName::Ray
    }

    fn check(&self) -> Result<(), EngineError> {
        let answer = self.client.get("/api/version");
        let found = match &answer {
            Response::Received { status: 200, text } => {
                let version: Option<Value> = serde_json::from_str(text).ok();
                if version.is_some_and(|it| it["ray_version"].is_string()) {
                    return Ok(());
                }
                answer.shown()
            }
            _ => answer.shown(),
        };
        Err(self.trouble("querying Ray's version", "a version", found))
    }

    fn submit(&self, batch: u64, folder: &Path, _tasks: usize) -> Submission {
        let expected = "Ray to accept the job";
        let Some(request) = self.request(batch, folder) else {
            let found = format!("the path {}, which is not UTF-8", folder.display());
            return Submission::Refused(self.trouble("submitting", expected, found));
        };
        let answer = self.client.post("/api/jobs/", &request);
        let trouble = || self.trouble("submitting", expected, answer.shown());
        match &answer {
            Response::Received { status: 200, text } if text.contains(&self.id(batch)) => {
                Submission::Taken
            }
            Response::Received { text, .. } if text.contains("already exists") => Submission::Taken,
            Response::Received { status: 400..=499, .. } => Submission::Refused(trouble()),
            Response::Received { .. } => Submission::Unknown(Some(trouble())),
            Response::Unreached(said) => Submission::Later(said.clone()),
            Response::Lost(_) => Submission::Unknown(None),
        }
    }

    fn list(&self) -> Result<Listing, ListError> {
        let answer = self.client.get("/api/jobs/");
        let listing = match &answer {
            Response::Received { status: 200, text } => self.read(text),
            Response::Received { .. } => None,
            Response::Unreached(said) | Response::Lost(said) => {
                return Err(ListError::Absent(said.clone()));
            }
        };
        let trouble = || self.trouble("listing jobs", "a list of jobs", answer.shown());
        listing.ok_or_else(|| ListError::Invalid(trouble()))
    }

    fn end(&self, jobs: &[JobName]) {
        for job in jobs {
            let path = format!("/api/jobs/{}/stop", self.id(job.batch));
            let answer = self.client.post(&path, &json!({}));
            if !matches!(answer, Response::Received { status: 200, .. }) {
                warn!("could not stop job {}: {}", self.id(job.batch), answer.shown());
            }
        }
    }

    fn afterwards(&self, _job: JobName) -> Option<Cause> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known() {
        let state = |status: &str, error: &str| {
            let row = json!({"submission_id": "a", "status": status, "error_type": error, "x": 1});
            state_of(&serde_json::from_value(row).unwrap())
        };
        assert_eq!(state("PENDING", ""), State::Waiting);
        assert_eq!(state("RUNNING", ""), State::Running);
        assert_eq!(state("STOPPED", ""), State::Over(Cause::Ended("STOPPED".into())));
        let lost = "FAILED (JOB_SUPERVISOR_ACTOR_DIED)";
        assert_eq!(
            state("FAILED", "JOB_SUPERVISOR_ACTOR_DIED"),
            State::Over(Cause::Lost(lost.into()))
        );
        assert_eq!(
            state("FAILED", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"),
            State::Over(Cause::Unstarted)
        );
        let itself = "FAILED (JOB_ENTRYPOINT_COMMAND_ERROR)";
        assert_eq!(
            state("FAILED", "JOB_ENTRYPOINT_COMMAND_ERROR"),
            State::Over(Cause::Exited(itself.into()))
        );
    }
}
