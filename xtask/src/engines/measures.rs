//! Measurements of an engine's overhead over its scheduler.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::lab::{Lab, until};
use super::studies::{Kind, Study, alone};
use crate::process::output;

/// Largest fraction that a study may take beyond an array of the same jobs.
const OVERHEAD: f64 = 0.10;

/// Compares a study of one-second trials with an array of as many jobs that sleep equally long.
/// With `only_shown`, for a machine with other load, the overhead is not limited.
pub(super) fn overhead(lab: &Lab, trials: usize, only_shown: bool) -> Result<()> {
    let kind = Kind {
        budget: trials,
        workers: trials,
        sleep: 1.0,
        asynchronous: false,
        stopping: false,
        engine: Some(""),
    };
    let right = alone(lab, "overhead-alone", kind)?;
    let array = array(lab, trials)?;
    let study = Study::new(lab, "overhead", kind)?;
    let started = Instant::now();
    ensure!(study.history()? == right, "expected the history of an undisturbed study");
    let taken = started.elapsed();
    ensure!(study.check_runs(false)? == trials, "expected {trials} runs");
    let beyond = taken.as_secs_f64() / array.as_secs_f64() - 1.0;
    println!(
        "{trials} trials of 1 s on 2 slots: {:.1} s, and {:.1} s as one array of Slurm's own: \
         {:+.1} % (target: below 10 %)",
        taken.as_secs_f64(),
        array.as_secs_f64(),
        100.0 * beyond
    );
    ensure!(
        only_shown || beyond < OVERHEAD,
        "expected an overhead of less than 10 % over the scheduler alone"
    );
    Ok(())
}

/// Returns the duration of the scheduler itself.
fn array(lab: &Lab, jobs: usize) -> Result<Duration> {
    let folder = lab.place("array")?;
    let script = "#!/bin/sh\nsleep 1\n: > \"$SLURM_ARRAY_TASK_ID.done\"\n";
    let path = folder.join("script");
    fs::write(&path, script).context("writing a script")?;
    let (chdir, tasks) =
        (format!("--chdir={}", folder.display()), format!("--array=0-{}", jobs.saturating_sub(1)));
    let started = Instant::now();
    let words = [&chdir, &tasks, "--output=/dev/null", &*path.to_string_lossy()];
    output(lab.program("sbatch", &words))?;
    let done = || {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        entries.filter(|it| it.file_name().to_string_lossy().ends_with(".done")).count()
    };
    until("the array is done", Duration::from_mins(30), || done() == jobs)?;
    Ok(started.elapsed())
}

/// Checks that many waiting trials cause only one poll of the queue per interval.
pub(super) fn queue(lab: &Lab, trials: usize) -> Result<()> {
    let kind = Kind {
        budget: trials,
        workers: trials,
        sleep: 0.0,
        asynchronous: true,
        stopping: false,
        engine: Some("poll_seconds = 2"),
    };
    let study = Study::new(lab, "queue", kind)?;
    let programs = lab.place("programs")?;
    let calls = programs.join("calls");
    for name in ["sbatch", "squeue"] {
        let real = output(lab.program("sh", &["-c", &format!("command -v {name}")]))?;
        let (real, calls) = (real.trim(), calls.display());
        let script = format!("#!/bin/sh\necho {name} >> {calls}\nexec {real} \"$@\"\n");
        let path = programs.join(name);
        fs::write(&path, script).context("writing a script")?;
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, executable).context("making a script executable")?;
    }
    output(lab.program("scontrol", &["update", "PartitionName=main", "State=DOWN"]))?;
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs.display());
    let count = |name: &str| {
        let text = fs::read_to_string(&calls).unwrap_or_default();
        text.lines().filter(|line| *line == name).count()
    };
    let started = Instant::now();
    let mut running = study.start_with(study.command().env("PATH", path))?;
    let queued = || {
        let listed = output(lab.program("squeue", &["--noheader", "--array", "--format=%T"]));
        listed.map_or(0, |text| text.lines().count())
    };
    let all = until("all trials wait", Duration::from_mins(1), || queued() == trials);
    all.with_context(|| format!("{} wait, and ganas said: {}", queued(), study.said()))?;
    let submitted = started.elapsed();
    let (before, since) = (count("squeue"), Instant::now());
    std::thread::sleep(Duration::from_secs(12));
    let (listings, time) = (count("squeue") - before, since.elapsed());
    let id = running.id().to_string();
    let processor = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let ticks: f64 =
        processor.split(' ').skip(13).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    println!(
        "{trials} queued trials: in the queue after {:.1} s by {} calls of sbatch; {listings} calls of \
         squeue in {:.1} s, of 2 s each; {:.1} s of processor time in {:.0} s",
        submitted.as_secs_f64(),
        count("sbatch") - 1,
        time.as_secs_f64(),
        ticks / 100.0,
        started.elapsed().as_secs_f64(),
    );
    ensure!((1..=7).contains(&listings), "expected at most one call of squeue every 2 s");
    running.kill().context("killing ganas")?;
    running.wait().context("waiting for ganas")?;
    output(lab.program("scontrol", &["update", "PartitionName=main", "State=UP"]))?;
    output(lab.program("scancel", &["--user=root", "--state=PENDING"]))?;
    output(lab.program("scancel", &["--user=root"]))?;
    until("the queue is empty", Duration::from_mins(2), || queued() == 0)
}
