//! `ganas search`: runs a study and prints its summary.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use ganas::search::StopReason;
use ganas::{Cancel, Session, StudyOptions, locate};

use super::study_folder::folder_of;
use crate::output::{self, Failure, Outcome, StudyEvents, Summary};
use crate::signals;

/// Search for the best architecture in a benchmark, or in a study of your own
///
/// A study file describes the search space and the command that evaluates architectures. Options on
/// the command line override those in the file, except for limits (`--max`, `--min`), `--objective`
/// and `--from`, which are added to those in the file. A study that is kept in a folder can be stopped
/// at any time, with Ctrl-C or otherwise, and resumed with `ganas resume`; without a folder, Ctrl-C
/// prints the results so far.
///
/// Stderr shows a description of the study and its progress. If a command evaluates the architectures,
/// there is one line when a trial starts and one when it ends; if a benchmark evaluates them, one line
/// every ten seconds. A terminal also shows a progress bar; elsewhere each line begins with the time.
/// `ganas try FILE` runs the command of a study file once as a test; `ganas contract` describes the
/// request to a command, its result, and all keys of `[evaluator]`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Name of a benchmark (`ganas bench list` lists them), or a study file, such as study.toml
    #[arg(default_value = "nasbench201", value_name = "BENCHMARK|FILE")]
    subject: String,
    #[command(flatten)]
    options: StudyOptions,
    /// Keep the study in a folder, so that it can be resumed [default for a study file: a folder
    /// next to the file, with the same name]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Output options of a search.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Add every query to the JSON
    #[arg(long, requires = "json")]
    history: bool,
    /// Print only warnings and errors on stderr, no progress
    #[arg(long, short)]
    quiet: bool,
}

impl SearchArgs {
    /// Returns the study file, if the subject is one.
    fn file(&self) -> Option<PathBuf> {
        let path = Path::new(&self.subject);
        // A missing file is reported as such: no benchmark's name has an extension.
        let is_file = path.extension().is_some() || path.is_file();
        is_file.then(|| path.to_owned())
    }

    /// Returns the folder of the study, if the study is kept in one.
    fn folder(&self) -> Outcome<Option<PathBuf>> {
        match self.file().filter(|_| self.dir.is_none()) {
            Some(file) => folder_of(&file).map(Some),
            None => Ok(self.dir.clone()),
        }
    }
}

/// Runs `ganas search`.
pub(crate) fn run(args: SearchArgs) -> Outcome {
    let folder = args.folder()?;
    let Some(file) = args.file() else {
        let subject = StudyOptions { space: Some(args.subject.clone()), ..StudyOptions::default() };
        let session = args.options.or(subject).begin(Path::new(""), folder.as_deref());
        return run_study(session.map_err(|error| of_folder(&args.subject, error))?, &args.output);
    };
    let given = args.options.clone();
    let search = || {
        let session = Session::begin_file(&file, args.options, folder.as_deref())?;
        run_study(session, &args.output)
    };
    search().map_err(|failure| match failure {
        Failure::Work(error) => {
            Failure::Work(Box::new(locate(&file, |key| given.gives(key), *error)))
        }
        other => other,
    })
}

/// Returns the error or, if the unknown name in it is that of a study's folder, an error with
/// advice.
fn of_folder(subject: &str, error: ganas::Error) -> ganas::Error {
    let is_study = ganas::is_study(Path::new(subject));
    let is_unknown = matches!(
        &error,
        ganas::Error::Name(_) | ganas::Error::Bench(ganas::bench::BenchError::Name(_))
    );
    if !is_study || !is_unknown {
        return error;
    }
    let resumed_by = ganas::resumed_by(Path::new(subject));
    ganas::Error::Usage(format!(
        "{subject}: expected a benchmark or a study file, found a study folder; resume it with `{resumed_by} {subject}`"
    ))
}

/// Runs a study to its end, and prints the results.
pub(crate) fn run_study(mut session: Session, output: &Output) -> Outcome {
    let (started, cancel) = (Instant::now(), Cancel::default());
    let is_kept = session.folder.is_some();
    let earlier = session.study.history().queries();
    let mut events = StudyEvents::open(&session, output.quiet);
    let patience = is_kept.then_some(signals::PATIENCE);
    signals::set_on_interrupt(&cancel, patience, events.progress())?;
    let stop_reason = session.run(&cancel, |study, event| events.on_event(study, event));
    drop(events);
    let left = session.subject.jobs_left();
    if left > 0 {
        let jobs = output::counted(left, "job is", "jobs are");
        output::note(&format!(
            "{jobs} still running on the engine; `ganas resume` collects the results"
        ));
    }
    let stop_reason = stop_reason?;
    // A stored study is reported when it is done; any other must be reported now.
    let is_over = stop_reason != StopReason::Interrupted || !is_kept;
    if is_over && session.study.best().is_some() {
        let report = session.report(started.elapsed().as_secs_f64(), output.history)?;
        let next = next(&session, stop_reason);
        let files = files(&session, report.best.trial);
        output::write_either(output.json, &report, || {
            Summary { report: &report, earlier, files, next }.to_string()
        })?;
    }
    Ok(session.conclude(stop_reason)?)
}

/// Returns suggestions for what to do next with a stored study, or none if the study is not stored.
fn next(session: &Session, stop_reason: StopReason) -> Vec<String> {
    let Some(folder) = session.folder.as_deref() else { return Vec::new() };
    let (space, shown) = (&*session.subject.space, folder.display());
    let arch = session.study.best().map(|best| &best.arch);
    let mut next = vec![format!("`ganas trials {shown}` lists all trials")];
    if arch.is_some_and(|arch| space.pytorch(arch).is_some()) {
        next.push(format!(
            "`ganas export {shown} --format pytorch --out network.py` writes the best architecture"
        ));
    }
    if stop_reason == StopReason::Budget {
        next.push(format!("`ganas resume {shown} --budget N` continues it with a larger budget"));
    }
    next
}

/// Returns the folder of a trial's last attempt, which is the attempt that counts, if there is one.
fn files(session: &Session, trial: i64) -> Option<String> {
    let trial = session.folder.as_deref()?.join("trials").join(format!("{trial:06}"));
    let entries = fs::read_dir(&trial).ok()?.flatten();
    // The first attempts of a retried trial are in another folder.
    let attempts = entries.filter_map(|entry| {
        entry.file_name().to_str()?.strip_prefix("attempt-")?.parse::<u32>().ok()
    });
    Some(trial.join(format!("attempt-{}", attempts.max()?)).display().to_string())
}
