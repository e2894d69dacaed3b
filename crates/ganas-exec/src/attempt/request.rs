//! The request, in JSON, that tells a command which trial to evaluate.

use ganas_graph::export::describe;
use ganas_search::Job;
use serde_json::{Map, Value, json};

/// Version of the request format. It changes when commands that read requests have to be adapted.
const VERSION: u32 = 1;

/// The request to a command, without the fields that differ between attempts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    fields: Map<String, Value>,
    /// The contents of a Python file that defines the network, if the search space can generate it.
    pub(crate) network: Option<String>,
}

/// Names of the fields that identify a task. The other fields follow from these or, like the
/// study's name, may change while the task stays the same.
const IDENTITY: [&str; 5] = ["trial", "seed", "fidelity", "space", "arch"];

impl Task {
    /// Creates the task of a job. `resume_from` is the folder of the attempt that measured the same
    /// architecture at the rung below.
    pub(crate) fn new(
        study: &str,
        fidelity: Option<f64>,
        resume_from: Option<&str>,
        job: &Job<'_>,
    ) -> Self {
        let fields = [
            ("version", json!(VERSION)),
            ("study", json!(study)),
            ("trial", json!(job.trial.0)),
            ("seed", json!(job.seed)),
            ("fidelity", json!(job.rung.map_or(fidelity, |rung| Some(rung.fidelity)))),
            ("rung", json!(job.rung.map(|rung| rung.rung))),
            ("resume_from", json!(resume_from)),
        ];
        let mut fields: Map<_, _> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        fields.extend(describe(job.space, job.arch));
        Self { fields, network: job.space.pytorch(job.arch) }
    }

    /// Returns the request of an attempt. The command is to write its result to the path `result`
    /// and its reports to the path `progress`; `network` is the path of the network.
    pub(crate) fn request(
        &self,
        attempt: u32,
        [result, progress]: [&str; 2],
        network: Option<&str>,
    ) -> Value {
        let mut fields = self.fields.clone();
        let of_attempt = [
            ("attempt", json!(attempt)),
            ("result", json!(result)),
            ("progress", json!(progress)),
            ("network", json!(network)),
        ];
        fields.extend(of_attempt.map(|(name, value)| (name.to_owned(), value)));
        fields.into()
    }

    /// Returns true if the request belongs to this task.
    pub(crate) fn is_of(&self, request: &Value) -> bool {
        IDENTITY.iter().all(|&name| request.get(name) == self.fields.get(name))
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::{Arch, SearchSpace, spaces::NasBench201};
    use ganas_search::{Cancel, TrialId};

    use super::*;

    #[test]
    fn a_request_describes_the_architecture() {
        let space = NasBench201::default();
        let notation = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|";
        let arch = space.parse(notation).unwrap();
        let cancel = Cancel::default();
        let (trial, seed) = (TrialId(7), 11);
        let job = Job::first(&space, &arch, trial, seed, &cancel);
        let task = Task::new("digits", Some(3.0), None, &job);
        let request = task.request(2, ["/s/result.json", "/s/progress.jsonl"], None);
        assert_eq!(request["arch"], notation);
        assert_eq!(request["decisions"][0], json!({"kind": "operator", "choice": "nor_conv_3x3"}));
        assert_eq!(request["choices"], json!(arch.choices()));
        assert_eq!(request["costs"]["params"]["unit"], "M");
        assert_eq!(
            (&request["trial"], &request["seed"], &request["attempt"], &request["fidelity"]),
            (&json!(7), &json!(11), &json!(2), &json!(3.0))
        );
        let nodes = request["graph"]["nodes"].as_array().unwrap();
        assert!(nodes.contains(&json!(["nor_conv_3x3"])), "{nodes:?}");
        assert!(request["graph"]["edges"][0][1].is_u64());
    }

    #[test]
    fn a_request_is_of_its_task_in_any_attempt() {
        let space = NasBench201::default();
        let cancel = Cancel::default();
        let task = |choice, seed| {
            let arch = Arch::from_choices(&space, &[choice, 0, 0, 0, 0, 0]).unwrap();
            let job = Job::first(&space, &arch, TrialId(0), seed, &cancel);
            Task::new("s", None, None, &job)
        };
        let written = |task: &Task| task.request(3, ["/x", "/y"], None);
        assert!(task(1, 5).is_of(&written(&task(1, 5))));
        assert!(!task(1, 5).is_of(&written(&task(2, 5))));
        assert!(!task(1, 5).is_of(&written(&task(1, 6))));
        assert!(!task(1, 5).is_of(&json!([])));
    }
}
