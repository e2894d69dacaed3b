//! The Slurm scheduler, accessed through Slurm's programs: `sbatch`, `squeue`, `scancel` and, if
//! accounting is enabled, `sacct`.

mod answers;
mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use log::{debug, warn};

use self::answers::{check_version, job_number, no_answer, refusal, rows, state_of};
use self::programs::{ProgramOutput, Programs};
use crate::attempt::{EngineName, JobName};
use crate::engine::{Cause, ListError, Listing, Pace, Scheduler, State, Submission};
use crate::error::{EngineError, ExecError};
use crate::settings::{CommandSettings, SlurmSettings};

/// The jobs of a study on Slurm.
#[derive(Debug)]
pub(crate) struct Slurm {
    settings: SlurmSettings,
    programs: Programs,
    /// The prefix of the names of the study's jobs.
    prefix: String,
    /// Slurm's job numbers for each batch. A batch has more than one if it was submitted more than
    /// once.
    numbers: Mutex<BTreeMap<u64, BTreeSet<u64>>>,
}

/// Returns the parameters for polling and batching on Slurm.
pub(crate) fn pace(settings: &SlurmSettings) -> Pace {
    Pace { poll: settings.poll(), most: settings.max_array, task: "SLURM_ARRAY_TASK_ID" }
}

impl Slurm {
    /// Returns a scheduler for jobs that run with a command's settings. The names of these jobs
    /// begin with `prefix`.
    ///
    /// # Errors
    /// If a required program of Slurm is missing.
    pub(crate) fn find(
        command: &CommandSettings,
        settings: &SlurmSettings,
        prefix: String,
    ) -> Result<Arc<dyn Scheduler>, ExecError> {
        let (settings, programs) = (settings.clone(), Programs::find(command)?);
        Ok(Arc::new(Self { settings, programs, prefix, numbers: Mutex::default() }))
    }

    fn job_name(&self, batch: u64) -> String {
        format!("{}-{batch}", self.prefix)
    }

    /// Returns the arguments of `sbatch`. The options that ganas requires come last, because the
    /// last occurrence of an option wins.
    fn words(&self, batch: u64, folder: &Path, tasks: usize) -> Vec<String> {
        let it = &self.settings;
        let named = [
            ("partition", it.partition.clone()),
            ("account", it.account.clone()),
            ("time", it.time_limit.clone()),
            ("mem", it.memory.clone()),
            ("cpus-per-task", it.cpus.map(|count| count.to_string())),
            ("gres", it.gpus.map(|count| format!("gpu:{count}"))),
        ];
        let named =
            named.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        let folder = folder.display();
        let ours = [
            "--parsable".to_owned(),
            "--export=ALL".to_owned(),
            "--no-requeue".to_owned(),
            format!("--job-name={}", self.job_name(batch)),
            format!("--array=0-{}", tasks.saturating_sub(1)),
            format!("--chdir={folder}"),
            "--output=%a.log".to_owned(),
            "--error=%a.log".to_owned(),
            format!("{folder}/script"),
        ];
        named.chain(it.options.iter().cloned()).chain(ours).collect()
    }

    /// Records the number of a batch's job. Removes that number from other batches, because a
    /// controller that lost its latest state may reuse a number.
    fn learn(&self, batch: u64, number: u64) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, others) in numbers.iter_mut().filter(|(other, _)| **other != batch) {
            others.remove(&number);
        }
        numbers.entry(batch).or_default().insert(number);
    }

    /// Returns the job's Slurm ids, such as `123_4`. There is one for each time that the job's
    /// batch was submitted.
    fn tasks(&self, job: JobName) -> Vec<String> {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = numbers.get(&job.batch).into_iter().flatten();
        numbers.map(|number| format!("{number}_{}", job.task)).collect()
    }

    fn read(&self, text: &str) -> Option<Listing> {
        let mut listing = Listing::new();
        for row in rows(text)? {
            let batch = row.name.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('-'));
            let Some(batch) = batch.and_then(|batch| batch.parse().ok()) else { continue };
            let (number, task) = (row.number.parse().ok()?, row.task.parse().ok()?);
            self.learn(batch, number);
            let job = JobName { engine: EngineName::Slurm, batch, task };
            let state = state_of(row.state);
            let state = listing.remove(&job).map_or(state.clone(), |other| other.or(state));
            listing.insert(job, state);
        }
        Some(listing)
    }
}

impl Scheduler for Slurm {
    fn name(&self) -> EngineName {
        EngineName::Slurm
    }

    fn check(&self) -> Result<(), EngineError> {
        let output = self.programs.sbatch(&["--version".to_owned()]);
        check_version(&output)
    }

    fn submit(&self, batch: u64, folder: &Path, tasks: usize) -> Submission {
        let output = self.programs.sbatch(&self.words(batch, folder, tasks));
        if !output.succeeded {
            return refusal(&output);
        }
        match job_number(&output.stdout) {
            Some(number) => {
                debug!("batch {batch} is job {number}");
                self.learn(batch, number);
                Submission::Taken
            }
            None => Submission::Unknown(Some(EngineError {
                doing: "submitting with sbatch".into(),
                expected: "a job number".into(),
                found: output.shown(),
                advice: "Check what `sbatch --parsable` prints on this machine, then resume".into(),
            })),
        }
    }

    fn list(&self) -> Result<Listing, ListError> {
        let output = self.programs.squeue();
        if !output.succeeded {
            return Err(if no_answer(&output.stderr) {
                ListError::Absent(output.shown())
            } else {
                ListError::Invalid(listing_trouble(&output))
            });
        }
        self.read(&output.stdout).ok_or_else(|| ListError::Invalid(listing_trouble(&output)))
    }

    fn end(&self, jobs: &[JobName]) {
        let tasks: Vec<_> = jobs.iter().flat_map(|job| self.tasks(*job)).collect();
        for tasks in tasks.chunks(1000) {
            let output = self.programs.scancel(tasks);
            if !output.succeeded {
                warn!("could not cancel {} jobs: {}", tasks.len(), output.shown());
            }
        }
    }

    fn afterwards(&self, job: JobName) -> Option<Cause> {
        let output = self.programs.sacct(&self.job_name(job.batch))?;
        let mut causes = output.stdout.lines().filter_map(|line| {
            let (number, state) = line.split_once('|')?;
            let (_, task) = number.split_once('_')?;
            if task.parse() != Ok(job.task) {
                return None;
            }
            match state_of(state) {
                State::Over(cause) => Some(cause),
                _ => None,
            }
        });
        causes.next_back()
    }
}

fn listing_trouble(output: &ProgramOutput) -> EngineError {
    EngineError {
        doing: "listing jobs with squeue".into(),
        expected: "a line `NUMBER|TASK|STATE|NAME` for each job".into(),
        found: output.shown(),
        advice: "The jobs continue to run; check what `squeue` prints on this machine, then resume"
            .into(),
    }
}
