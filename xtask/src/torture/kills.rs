//! Studies killed before each system call that changes a file.

use anyhow::{Context, Result, ensure};

use super::lab::Lab;

/// System calls that change files or flush them to disk.
const CALLS: [&str; 12] = [
    "write",
    "pwrite64",
    "writev",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "linkat",
];

/// Number of cases in a round.
pub(super) const CASES: u64 = CALLS.len() as u64;

const BENCHMARK: &str = "space = \"nasbench201\"\nstrategy = \"random\"\nbudget = 6\nseed = 2\n";

const COMMAND: &str = "space = \"nasbench201\"\nstrategy = \"local-search\"\nbudget = 4\nseed = 2\n\
    workers = 2\n[evaluator]\ncommand = [\"sh\", \"answer.sh\"]\nmax_interruptions = 1000\n";

/// Writes values that depend only on the architecture.
const ANSWER: &str = r#"
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
sum=$(grep -o '"arch": *"[^"]*"' "$GANAS_REQUEST" | cksum | cut -d' ' -f1)
echo "{\"trial\": $trial, \"objective\": $((sum % 1000))}" > "$GANAS_RESULT"
"#;

/// Kills a study of a benchmark.
pub(super) fn of_a_benchmark(lab: &Lab, case: u64) -> Result<()> {
    kill(lab, case, &[("study.toml", BENCHMARK)])
}

/// Kills a study of a command.
pub(super) fn of_a_command(lab: &Lab, case: u64) -> Result<()> {
    kill(lab, case, &[("study.toml", COMMAND), ("answer.sh", ANSWER)])
}

/// Kills a study before its first call of a name, before its second, and so on; the case selects
/// the name.
fn kill(lab: &Lab, case: u64, files: &[(&str, &str)]) -> Result<()> {
    let call = CALLS[usize::try_from(case % CASES)?];
    let alone = lab.place(files)?.history()?;
    for when in 1.. {
        let place = lab.place(files)?;
        let (trace, inject) =
            (format!("trace={call}"), format!("inject={call}:signal=KILL:when={when}"));
        // Commands are not killed: they would rightly fail.
        let words = [
            "strace",
            "-f",
            "-qq",
            "--detach-on=execve",
            "-o",
            "trace",
            "-e",
            &trace,
            "-e",
            &inject,
        ];
        let output = place.run(&words, &["search", "study.toml"])?;
        if output.status.success() {
            println!("  {call}: killed before each of {} calls", when - 1);
            break;
        }
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code().is_none(), "call {when} of {call}: {}: {said}", output.status);
        let place_of = || format!("killed before call {when} of {call}");
        let history = place.history().with_context(place_of)?;
        ensure!(history == alone, "{}: another history", place_of());
    }
    Ok(())
}
