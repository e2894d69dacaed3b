//! Interprets the output of Slurm's programs.

use super::programs::ProgramOutput;
use crate::engine::{Cause, State, Submission};
use crate::error::EngineError;

/// The oldest supported major version of Slurm.
const OLDEST: u32 = 17;

/// A row of a listing.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) number: &'a str,
    pub(super) task: &'a str,
    pub(super) state: &'a str,
    pub(super) name: &'a str,
}

/// Messages that Slurm prints if its controller does not answer, in which case nothing was
/// submitted.
const ABSENT: [&str; 8] = [
    "Unable to contact slurm controller",
    "Connection refused",
    "Connection timed out",
    "Unable to establish controller",
    "standby mode",
    "Unable to establish configuration source",
    "Protocol authentication error",
    "Munge encode failed",
];

/// Messages that Slurm prints if its controller's answer was lost or came too late.
const LOST: [&str; 6] = [
    "Socket timed out",
    "Zero Bytes were transmitted",
    "Transport endpoint",
    "Unexpected message received",
    "Connection reset by peer",
    "Insane message length",
];

/// Messages that Slurm prints if it cannot accept more jobs at present.
const FULL: [&str; 9] = [
    "temporarily unable to accept job",
    "Resource temporarily unavailable",
    "temporarily unavailable",
    "job submit limit",
    "MaxSubmitJob",
    "SubmitLimit",
    "MaxJobCount",
    "accounting/QOS policy",
    "Slurmctld max job count",
];

fn has(text: &str, any: &[&str]) -> bool {
    any.iter().any(|part| text.contains(part))
}

/// Returns true if a program failed only because Slurm's controller did not answer.
pub(super) fn no_answer(stderr: &str) -> bool {
    has(stderr, &ABSENT) || has(stderr, &LOST)
}

/// Returns the result of a submission, given the output of an `sbatch` that failed.
pub(super) fn refusal(output: &ProgramOutput) -> Submission {
    let text = &output.stderr;
    if has(text, &LOST) || !output.is_whole {
        return Submission::Unknown(None);
    }
    if has(text, &ABSENT) {
        return Submission::Later(output.shown());
    }
    if has(text, &FULL) {
        let advice = "fewer `workers` or a lower `max_array` may help";
        return Submission::Later(format!("the queue is full ({advice}): {}", output.shown()));
    }
    Submission::Refused(EngineError {
        doing: "submitting with sbatch".into(),
        expected: "Slurm to accept the job".into(),
        found: output.shown(),
        advice: "Nothing was submitted and nothing is lost: fix [evaluator.slurm] in the study \
                 file, then resume"
            .into(),
    })
}

/// Checks that `sbatch --version` printed a supported version of Slurm.
pub(super) fn check_version(output: &ProgramOutput) -> Result<(), EngineError> {
    let version = output.stdout.split_whitespace().nth(1);
    let major = version.and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    if output.succeeded && output.stdout.starts_with("slurm") && major >= Some(OLDEST) {
        return Ok(());
    }
    Err(EngineError {
        doing: "running `sbatch --version`".into(),
        expected: format!("slurm {OLDEST} or newer"),
        found: output.shown(),
        advice: "Nothing was submitted; check which `sbatch` is first in PATH, then resume".into(),
    })
}

/// Returns the job number that `sbatch --parsable` printed. The name of a cluster may follow the
/// number.
pub(super) fn job_number(stdout: &str) -> Option<u64> {
    let text = stdout.trim();
    text.split(';').next()?.parse().ok()
}

/// Returns the rows of a listing, or `None` if the listing is invalid.
pub(super) fn rows(text: &str) -> Option<Vec<Row<'_>>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(split).collect()
}

fn split(line: &str) -> Option<Row<'_>> {
    let mut fields = line.trim().splitn(4, '|');
    let mut field = || fields.next();
    let (number, task, state, name) = (field()?, field()?, field()?, field()?);
    let is_state = state.starts_with(|it: char| it.is_ascii_uppercase());
    (number.parse::<u64>().is_ok() && is_state).then_some(Row { number, task, state, name })
}

/// Returns the state of a job. An unknown state counts as running.
pub(super) fn state_of(text: &str) -> State {
    let word = text.split(' ').next().unwrap_or(text);
    match word {
        "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT"
        | "RESV_DEL_HOLD" => State::Waiting,
        "COMPLETED" | "FAILED" => State::Over(Cause::Exited(word.into())),
        "CANCELLED" | "TIMEOUT" | "DEADLINE" | "OUT_OF_MEMORY" => {
            State::Over(Cause::Ended(word.into()))
        }
        "NODE_FAIL" | "BOOT_FAIL" | "PREEMPTED" | "REVOKED" | "LAUNCH_FAILED" | "RECONFIG_FAIL" => {
            State::Over(Cause::Lost(word.into()))
        }
        _ => State::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(succeeded: bool, stdout: &str, stderr: &str) -> ProgramOutput {
        ProgramOutput { succeeded, is_whole: true, stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn versions_are_told_apart() {
        let check = |text| check_version(&output(true, text, ""));
        check("slurm-wlm 22.05.8\n").unwrap();
        check("slurm 25.11.0\n").unwrap();
        for text in ["slurm 2.6.9", "", "sbatch: the other one", "slurm", "PBS 22.05"] {
            let error = check(text).unwrap_err().to_string();
            assert!(error.contains("expected slurm 17 or newer"), "{error}");
        }
    }

    #[test]
    fn numbers_are_read_with_and_without_a_cluster() {
        assert_eq!(job_number("123\n"), Some(123));
        assert_eq!(job_number("123;north\n"), Some(123));
        assert_eq!(job_number("Submitted batch job 123\n"), None);
        assert_eq!(job_number(""), None);
    }

    #[test]
    fn refusals_are_told_apart() {
        let of = |text| refusal(&output(false, "", text));
        assert!(matches!(
            of(
                "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"
            ),
            Submission::Later(_)
        ));
        assert!(matches!(
            of(
                "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
            ),
            Submission::Unknown(None)
        ));
        assert!(matches!(
            of(
                "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
            ),
            Submission::Later(_)
        ));
        assert!(matches!(
            of("sbatch: error: invalid partition specified: gpu"),
            Submission::Refused(_)
        ));
    }

    #[test]
    fn a_listing_is_read_as_a_whole_or_not_at_all() {
        assert_eq!(rows("").unwrap().len(), 0);
        let found = rows("12|0|RUNNING|a-1\n12|N/A|PENDING|x|y\n").unwrap();
        assert_eq!((found[0].number, found[0].task, found[1].name), ("12", "0", "x|y"));
        assert!(rows("12|0|RUNNING|a-1\nError 500\n").is_none());
        assert!(rows("<html>").is_none());
    }

    #[test]
    fn states_are_known() {
        assert_eq!(state_of("CANCELLED by 1000"), State::Over(Cause::Ended("CANCELLED".into())));
        assert_eq!(state_of("NODE_FAIL"), State::Over(Cause::Lost("NODE_FAIL".into())));
        assert_eq!(state_of("COMPLETING"), State::Running);
        assert_eq!(state_of("SUSPENDED"), State::Running);
        assert_eq!(state_of("PENDING"), State::Waiting);
    }
}
