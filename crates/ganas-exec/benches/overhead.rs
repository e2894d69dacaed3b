//! What an evaluation costs beside its command: run with the command alone, and compare.

use std::fs;
use std::process::Command;

use divan::Bencher;
use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluation, Evaluator, Job, TrialId};

/// Answers without starting a further process.
const SCRIPT: &str = r#"echo '{"trial": '"$1"', "objective": 1}' > "$2""#;

fn main() {
    divan::main();
}

/// The command alone.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn command(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let result = folder.path().join("result.json");
    bencher.bench_local(|| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh", "0"]).arg(&result);
        assert!(command.status().expect("a shell").success());
    });
}

/// The same as an evaluation.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn evaluation(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let words = ["/bin/sh", "-c", SCRIPT, "sh", "0", "{result}"];
    let settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
    let evaluator = CommandEvaluator::new(settings, "bench", folder.path(), folder.path());
    let evaluator = evaluator.expect("settings in range");
    let space = NasBench201::default();
    let arch = Arch::from_choices(&space, &[0; 6]).expect("an architecture");
    let forget = || {
        for name in ["trials", "attempts"] {
            // There is none before the first.
            let _ = fs::remove_dir_all(folder.path().join(name));
        }
    };
    bencher.with_inputs(forget).bench_local_values(|()| {
        let cancel = Cancel::default();
        let (space, arch, trial) = (&space, &arch, TrialId(0));
        let job = Job::first(space, arch, trial, 0, &cancel);
        let evaluation = evaluator.evaluate(&job).expect("a study's folder");
        assert!(matches!(evaluation, Evaluation::Measured(_)));
    });
}
