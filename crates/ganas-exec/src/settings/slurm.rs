//! Settings of jobs on Slurm.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::is_word;
use crate::error::ExecError;

/// The options of each Slurm job: `[evaluator.slurm]` in a study file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlurmSettings {
    /// The partition, such as `gpu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The account to charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Time limit of a job, in the format of `sbatch --time`, such as `2:00:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<String>,
    /// Number of CPUs per job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<u32>,
    /// Number of GPUs per job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpus: Option<u32>,
    /// Memory per job, in the format of `sbatch --mem`, such as `16G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Further options of `sbatch`, such as `--qos=short`. Each option must be a single word.
    #[serde(default)]
    pub options: Vec<String>,
    /// Seconds between two polls of the queue. The polls do not delay the results of commands:
    /// ganas learns that a command has ended from the record of the evaluation attempt, not from
    /// the queue.
    #[serde(default = "half_a_minute")]
    pub poll_seconds: f64,
    /// Maximum number of tasks in one job array.
    #[serde(default = "one_thousand")]
    pub max_array: usize,
}

/// Options of `sbatch` that a study file may not set, because they would interfere with how ganas
/// submits jobs and finds them and their output.
const OURS: [&str; 15] = [
    "--array",
    "--chdir",
    "--cluster",
    "--clusters",
    "--error",
    "--export",
    "--export-file",
    "--help",
    "--job-name",
    "--output",
    "--parsable",
    "--requeue",
    "--test-only",
    "--wait",
    "--wrap",
];

/// The one-letter forms of the options of `sbatch` that a study file may not set.
const OUR_LETTERS: [&str; 8] = ["-a", "-D", "-M", "-e", "-h", "-J", "-o", "-W"];

impl SlurmSettings {
    /// Checks that every setting is valid.
    pub(super) fn check(&self) -> Result<(), ExecError> {
        let wrong = |setting, expected, found: &dyn std::fmt::Debug| {
            Err(ExecError::Setting { setting, expected, found: format!("{found:?}") })
        };
        let words = [
            ("slurm.partition", &self.partition),
            ("slurm.account", &self.account),
            ("slurm.time_limit", &self.time_limit),
            ("slurm.memory", &self.memory),
        ];
        for (setting, word) in words {
            if let Some(word) = word.as_ref().filter(|word| !is_word(word)) {
                return wrong(setting, "one word", word);
            }
        }
        for (setting, number) in [("slurm.cpus", self.cpus), ("slurm.gpus", self.gpus)] {
            if number == Some(0) {
                return wrong(setting, "at least 1", &0);
            }
        }
        let is_option = |word: &&String| is_word(word) && word.starts_with('-');
        if let Some(word) = self.options.iter().find(|word| !is_option(word)) {
            let expected = "sbatch options of one word each, such as \"--qos=short\"";
            return wrong("slurm.options", expected, word);
        }
        if let Some(word) = self.options.iter().find(|word| is_ours(word)) {
            let expected =
                "no option that ganas itself sets in order to find its jobs and their output";
            return wrong("slurm.options", expected, word);
        }
        if !(0.05..=3600.0).contains(&self.poll_seconds) {
            return wrong("slurm.poll_seconds", "0.05 to 3600 seconds", &self.poll_seconds);
        }
        if self.max_array == 0 {
            return wrong("slurm.max_array", "at least 1", &0);
        }
        Ok(())
    }

    /// Returns the time between two polls of the queue.
    pub(crate) fn poll(&self) -> Duration {
        Duration::try_from_secs_f64(self.poll_seconds).unwrap_or(Duration::from_secs(30))
    }
}

fn is_ours(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or(word);
    let is_long = name.starts_with("--") && OURS.iter().any(|ours| ours == &name);
    is_long || OUR_LETTERS.iter().any(|letter| !word.starts_with("--") && word.starts_with(letter))
}

const fn half_a_minute() -> f64 {
    30.0
}

const fn one_thousand() -> usize {
    1000
}

impl Default for SlurmSettings {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            time_limit: None,
            cpus: None,
            gpus: None,
            memory: None,
            options: Vec::new(),
            poll_seconds: half_a_minute(),
            max_array: one_thousand(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(change: impl FnOnce(&mut SlurmSettings)) -> String {
        let mut settings = SlurmSettings::default();
        settings.check().unwrap();
        change(&mut settings);
        settings.check().unwrap_err().to_string()
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert!(error(|s| s.partition = Some(String::new())).contains("slurm.partition"));
        assert!(error(|s| s.time_limit = Some("1 hour".into())).contains("slurm.time_limit"));
        assert!(error(|s| s.cpus = Some(0)).contains("slurm.cpus"));
        assert!(error(|s| s.poll_seconds = 0.0).contains("slurm.poll_seconds"));
        assert!(error(|s| s.poll_seconds = f64::NAN).contains("slurm.poll_seconds"));
        assert!(error(|s| s.max_array = 0).contains("slurm.max_array"));
    }

    #[test]
    fn options_by_which_jobs_are_found_are_refused() {
        for word in ["--array=1-3", "-a1", "-Jx", "--job-name=x", "--wrap=ls", "qos", "--a b"] {
            assert!(error(|s| s.options.push(word.into())).contains("slurm.options"), "{word}");
        }
        for word in ["--qos=short", "-C", "--constraint=a100", "--exclusive", "-phigh"] {
            let options = vec![word.to_owned()];
            SlurmSettings { options, ..SlurmSettings::default() }.check().unwrap();
        }
    }

    #[test]
    fn defaults_are_the_same_from_a_file() {
        let read: SlurmSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, SlurmSettings::default());
    }
}
