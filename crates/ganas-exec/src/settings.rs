//! The settings of a command, and the values that are derived from them.

mod ray;
mod slurm;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ganas_graph::wording;
use serde::{Deserialize, Serialize};

pub use self::ray::RaySettings;
pub use self::slurm::SlurmSettings;
use crate::attempt::PLACEHOLDERS;
use crate::error::ExecError;

/// The settings for running a user's command for each evaluation: `[evaluator]` in a study file.
///
/// ```
/// # let text = r#"{"command": ["python3", "train.py", "{request}"], "timeout_seconds": 3600, "retries": 2}"#;
/// let settings: ganas_exec::CommandSettings = serde_json::from_str(text)?;
/// assert_eq!(settings.command[0], "python3");
/// settings.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSettings {
    /// The program and its arguments. They are run without a shell. In each argument, `{request}`,
    /// `{result}`, `{progress}` and `{trial_dir}` are replaced by the paths of the attempt's
    /// request, result, progress reports and folder. A program path that contains a `/` is resolved
    /// relative to `directory`.
    pub command: Vec<String>,
    /// The command's working directory, relative to the folder of the study file.
    #[serde(default = "here")]
    pub directory: PathBuf,
    /// The environment variables of this process that the command inherits: `true` for all, `false`
    /// for none, or a list of names. A `*` at the end of a name stands for any text.
    #[serde(default)]
    pub inherit: Inherit,
    /// Additional environment variables. Names that begin with `GANAS_` are reserved.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Devices such as GPUs, in the notation of the environment variable `CUDA_VISIBLE_DEVICES`.
    /// For the commands of worker 0, this variable is set to the first device, for those of worker
    /// 1 to the second, and so on, starting again after the last device. If a device is listed
    /// twice, two workers share it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Time limit of an attempt in seconds. An attempt that exceeds this limit is terminated. It
    /// then fails, unless it wrote a result that contains `"final": true`. Without this setting,
    /// there is no limit.
    #[serde(default)]
    pub timeout_seconds: Option<f64>,
    /// Maximum number of retries of a failed evaluation.
    #[serde(default)]
    pub retries: u32,
    /// Seconds to wait before the first retry. The wait doubles with each further retry, up to ten
    /// minutes.
    #[serde(default = "one_second")]
    pub backoff_seconds: f64,
    /// Seconds between `SIGTERM` and `SIGKILL` for a command that is terminated. If the study
    /// itself is being terminated, at most one second passes between the two.
    #[serde(default = "one_second")]
    pub grace_seconds: f64,
    /// Seconds for which a command may continue to run after it has written a result that contains
    /// `"final": true`.
    #[serde(default = "one_minute")]
    pub final_grace_seconds: f64,
    /// Maximum number of times that a trial is repeated because it was interrupted. A trial is
    /// interrupted if the study is killed while the trial runs, or if an engine (Slurm or Ray)
    /// loses the trial's job. There is a limit because the command itself may cause the
    /// interruptions, for example by using too much memory.
    #[serde(default = "five")]
    pub max_interruptions: u32,
    /// Number of bytes that are kept from the end of an attempt's stdout, and likewise from the end
    /// of its stderr.
    #[serde(default = "one_mebibyte")]
    pub log_bytes: u64,
    /// The fidelity of an evaluation, such as a number of training epochs. Each request passes this
    /// number to the command unchanged. In a study that evaluates trials at several fidelities
    /// (rungs), a request contains the fidelity of the trial's rung instead.
    #[serde(default)]
    pub fidelity: Option<f64>,
    /// Settings for running attempts as Slurm jobs. If neither `slurm` nor `ray` is set, attempts
    /// run on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slurm: Option<Box<SlurmSettings>>,
    /// Settings for running attempts as Ray jobs. Only one of `slurm` and `ray` may be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ray: Option<Box<RaySettings>>,
}

/// The environment variables of this process that a command inherits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Inherit {
    /// All variables if true, no variables if false.
    All(bool),
    /// The variables with these names. A `*` at the end of a name stands for any text.
    Only(Vec<String>),
}

impl Default for Inherit {
    fn default() -> Self {
        Self::All(true)
    }
}

impl Inherit {
    /// Returns true if the command inherits the variable.
    fn admits(&self, name: &str) -> bool {
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        match self {
            Self::All(all) => *all,
            Self::Only(names) => names.iter().any(matches),
        }
    }
}

/// Longest wait before a retry.
const MAX_BACKOFF: Duration = Duration::from_mins(10);

/// Longest grace period of a command when the study is terminated, because a study must end within
/// two seconds of Ctrl-C.
const MAX_CANCEL_GRACE: Duration = Duration::from_secs(1);

/// Prefix of the environment variables that ganas sets for every command.
const OURS: &str = "GANAS_";

/// The environment variable that lists the GPUs a program may use.
pub(crate) const VISIBLE_DEVICES: &str = "CUDA_VISIBLE_DEVICES";

impl CommandSettings {
    /// Returns the settings for `command`, with defaults for everything else.
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            directory: here(),
            inherit: Inherit::default(),
            environment: BTreeMap::new(),
            devices: Vec::new(),
            timeout_seconds: None,
            retries: 0,
            backoff_seconds: one_second(),
            grace_seconds: one_second(),
            final_grace_seconds: one_minute(),
            max_interruptions: five(),
            log_bytes: one_mebibyte(),
            fidelity: None,
            slurm: None,
            ray: None,
        }
    }

    /// Checks the conditions that the types of the settings do not guarantee, such as the ranges of
    /// numbers.
    ///
    /// # Errors
    /// [`ExecError::Setting`], which names the first setting that is not valid.
    pub fn check(&self) -> Result<(), ExecError> {
        let error = |setting, expected, found: &dyn ToString| {
            Err(ExecError::Setting { setting, expected, found: found.to_string() })
        };
        let has_nul = |text: &str| text.contains('\0');
        if self.command.first().is_none_or(String::is_empty) {
            return error("command", "a program and its arguments", &format!("{:?}", self.command));
        }
        if let Some(word) = self.command.iter().find(|word| has_nul(word)) {
            return error("command", "words without the character NUL", &format!("{word:?}"));
        }
        if let Some((found, meant)) = self.misspelt_placeholder() {
            let expected =
                "`{request}`, `{result}`, `{progress}` or `{trial_dir}` in its arguments";
            let found = format!("`{{{found}}}`; did you mean `{{{meant}}}`?");
            return error("command", expected, &found);
        }
        let is_name =
            |name: &str| !name.is_empty() && !name.contains(['=', '\0']) && !name.starts_with(OURS);
        if let Some(name) = self.environment.keys().find(|name| !is_name(name)) {
            let expected =
                "non-empty names that do not begin with GANAS_ or contain `=` or the character NUL";
            return error("environment", expected, &format!("{name:?}"));
        }
        if let Some(value) = self.environment.values().find(|value| has_nul(value)) {
            return error("environment", "values without the character NUL", &format!("{value:?}"));
        }
        if let Some(device) = self.devices.iter().find(|it| it.is_empty() || has_nul(it)) {
            return error("devices", "names of devices such as \"0\"", &format!("{device:?}"));
        }
        if !self.devices.is_empty() && self.environment.contains_key(VISIBLE_DEVICES) {
            let expected = "either `devices` or CUDA_VISIBLE_DEVICES in `environment`";
            return error("devices", expected, &"both");
        }
        let is_duration = |seconds| Duration::try_from_secs_f64(seconds).is_ok();
        if let Some(seconds) = self.timeout_seconds.filter(|s| !is_duration(*s) || *s <= 0.0) {
            return error("timeout_seconds", "more than 0 seconds", &seconds);
        }
        if !is_duration(self.backoff_seconds) {
            return error("backoff_seconds", "at least 0 seconds", &self.backoff_seconds);
        }
        if !is_duration(self.grace_seconds) {
            return error("grace_seconds", "at least 0 seconds", &self.grace_seconds);
        }
        if !is_duration(self.final_grace_seconds) {
            return error("final_grace_seconds", "at least 0 seconds", &self.final_grace_seconds);
        }
        if let Some(fidelity) = self.fidelity.filter(|fidelity| !fidelity.is_finite()) {
            return error("fidelity", "a finite number", &fidelity);
        }
        self.check_engine()
    }

    /// Returns true if attempts run as jobs of an engine (Slurm or Ray) rather than as processes on
    /// this machine.
    pub const fn has_engine(&self) -> bool {
        self.slurm.is_some() || self.ray.is_some()
    }

    /// Checks the settings of the engine, if one is set, and its requirements on the other
    /// settings.
    fn check_engine(&self) -> Result<(), ExecError> {
        if !self.has_engine() {
            return Ok(());
        }
        let error = |setting, expected, found: &dyn ToString| {
            Err(ExecError::Setting { setting, expected, found: found.to_string() })
        };
        if let Some(device) = self.devices.first() {
            let expected = "no devices, because the engine assigns them to its jobs";
            return error("devices", expected, &format!("{device:?}"));
        }
        if let Some(name) = self.environment.keys().find(|name| !is_shell_name(name)) {
            let expected = "names that consist of letters, digits and `_` and do not begin with a digit, because a shell sets the variables of jobs";
            return error("environment", expected, &format!("{name:?}"));
        }
        match (&self.slurm, &self.ray) {
            (Some(_), Some(_)) => error("ray", "one engine", &"`slurm` as well"),
            (Some(slurm), None) => slurm.check(),
            (None, Some(ray)) => ray.check(),
            (None, None) => Ok(()),
        }
    }

    /// Returns the first name in braces that resembles a placeholder but is none, and the
    /// placeholder that it resembles. The command would get such a name unchanged.
    fn misspelt_placeholder(&self) -> Option<(&str, &'static str)> {
        let in_braces = |word: &'_ str| {
            let starts = word.match_indices('{').map(|(at, _)| at + 1).collect::<Vec<_>>();
            starts
                .into_iter()
                .filter_map(|at| Some((at, at + word[at..].find('}')?)))
                .collect::<Vec<_>>()
        };
        let is_letters = |name: &&str| {
            name.len() >= 3 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
        };
        let names = self
            .command
            .iter()
            .flat_map(|word| in_braces(word).into_iter().map(move |(from, to)| &word[from..to]));
        let mut unknown = names.filter(is_letters).filter(|name| !PLACEHOLDERS.contains(name));
        unknown.find_map(|name| Some((name, wording::nearest(name, &PLACEHOLDERS)?)))
    }

    /// Returns the path of the program. A bare name is looked up in the command's `PATH`; a name
    /// that contains `/` is resolved relative to `directory`.
    ///
    /// # Errors
    /// [`ExecError::Start`] if the program does not exist or is not executable.
    pub(crate) fn program(&self, directory: &Path) -> Result<PathBuf, ExecError> {
        let name = &self.command[0];
        let path = self.variables().filter(|(name, _)| name == "PATH").last();
        let found = which::which_in(name, path.map(|(_, value)| value), directory);
        found.map_err(|error| {
            let file = directory.join(name);
            let found = match (name.contains('/'), error) {
                (true, _) if file.is_file() => {
                    format!("{} is not executable (run `chmod +x`)", file.display())
                }
                (true, _) => format!("no program at {}", file.display()),
                (false, which::Error::CannotFindBinaryPath) => "no such program in PATH".into(),
                (false, error) => error.to_string(),
            };
            ExecError::Start { program: name.clone(), found }
        })
    }

    /// Returns the environment variables of the command: first the inherited ones, then those in
    /// `environment`, which take precedence.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let inherited =
            std::env::vars_os().filter(|(name, _)| self.inherit.admits(&name.to_string_lossy()));
        let set = self.environment.iter().map(|(name, value)| (name.into(), value.into()));
        inherited.chain(set)
    }

    /// Returns the device of a worker, if devices are listed.
    pub(crate) fn device(&self, worker: usize) -> Option<&str> {
        let at = worker.checked_rem(self.devices.len())?;
        self.devices.get(at).map(String::as_str)
    }

    /// Returns the time limit of an attempt, if there is one.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// Returns the time that a command has to exit after `SIGTERM`, unless the study is being
    /// terminated.
    pub(crate) fn grace(&self) -> Duration {
        Duration::try_from_secs_f64(self.grace_seconds).unwrap_or(MAX_CANCEL_GRACE)
    }

    /// Returns the time that a command may continue to run after writing a final result.
    pub(crate) fn final_grace(&self) -> Duration {
        Duration::try_from_secs_f64(self.final_grace_seconds).unwrap_or(MAX_CANCEL_GRACE)
    }

    /// Returns the time that a command has to exit after `SIGTERM` when the study is being
    /// terminated.
    pub(crate) fn cancel_grace(&self) -> Duration {
        self.grace().min(MAX_CANCEL_GRACE)
    }

    /// Returns the time to wait before the next attempt after `failures` failures, where `failures`
    /// is at least one.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let seconds = self.backoff_seconds * f64::from(failures.saturating_sub(1)).exp2();
        Duration::try_from_secs_f64(seconds).map_or(MAX_BACKOFF, |wait| wait.min(MAX_BACKOFF))
    }
}

/// Returns true if a shell accepts `name` as the name of a variable.
pub(crate) fn is_shell_name(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.chars().all(is_part) && !name.chars().next().is_none_or(|it| it.is_ascii_digit())
}

/// Returns true if the text is a single word: not empty, and without white space and control
/// characters.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|it: char| it.is_whitespace() || it.is_control())
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

const fn one_second() -> f64 {
    1.0
}

const fn one_minute() -> f64 {
    60.0
}

const fn five() -> u32 {
    5
}

const fn one_mebibyte() -> u64 {
    1 << 20
}
