//! `ganas search`: a study from its options to its summary.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use ganas::search::StopReason;
use ganas::{Cancel, Session, StudyOptions, locate};

use super::study_folder::folder_of;
use crate::output::{self, Failure, Journal, Outcome, Summary};
use crate::signals;

/// Search for the best architecture of a benchmark, or of a study of your own
///
/// A study file says what is searched and which command measures; options that are given beside it
/// take the place of what it says, but for limits (`--max`, `--min`) and `--from`, which are added to
/// its own. A study with a folder can be ended at any time, by Ctrl-C or otherwise, and `ganas resume`
/// resumes it; without one, Ctrl-C prints what was found so far.
///
/// On stderr it is said what the study is, and how it goes: where a command measures, a line when a
/// trial starts and one when it ends; where a benchmark does, a line every ten seconds. In a terminal
/// there is a progress bar, and elsewhere each line has its time. `ganas try FILE` runs the command of a
/// study file once before all that; `ganas contract` says what a command is asked and answers, and all
/// keys of `[evaluator]`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Name of a benchmark, which has a search space; or a study file, such as study.toml
    #[arg(default_value = "nasbench201", value_name = "BENCHMARK|FILE")]
    subject: String,
    #[command(flatten)]
    options: StudyOptions,
    /// Keep the study in a folder, so that it can be resumed; a study file's own folder is beside it,
    /// with the file's name
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// How to print what a search found.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Add every query to the JSON
    #[arg(long, requires = "json")]
    history: bool,
    /// Say nothing of how it goes on stderr, but warnings and errors
    #[arg(long, short)]
    quiet: bool,
}

impl SearchArgs {
    /// The study file, if that is what is named.
    fn file(&self) -> Option<PathBuf> {
        let path = Path::new(&self.subject);
        // A file that is not there is told of as one: no benchmark's name has an extension.
        let is_file = path.extension().is_some() || path.is_file();
        is_file.then(|| path.to_owned())
    }

    /// Where the study is kept, if it is.
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
        return conduct(session.map_err(|error| of_folder(&args.subject, error))?, &args.output);
    };
    let given = args.options.clone();
    let search = || {
        let session = Session::begin_file(&file, args.options, folder.as_deref())?;
        conduct(session, &args.output)
    };
    search().map_err(|failure| match failure {
        Failure::Work(error) => {
            Failure::Work(Box::new(locate(&file, |key| given.gives(key), *error)))
        }
        other => other,
    })
}

/// The error, but where a name that nothing has is that of a study's folder, what to do with that.
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
        "{subject}: expected a benchmark or a study file, found the folder of a study; `{resumed_by} {subject}` resumes it"
    ))
}

/// Drives a study to its end, and prints what was found.
pub(crate) fn conduct(mut session: Session, output: &Output) -> Outcome {
    let (started, cancel) = (Instant::now(), Cancel::default());
    let is_kept = session.folder.is_some();
    let earlier = session.study.history().queries();
    let mut journal = Journal::open(&session, output.quiet);
    let patience = is_kept.then_some(signals::PATIENCE);
    signals::set_on_interrupt(&cancel, patience, journal.progress())?;
    let stop_reason = session.run(&cancel, |study, event| journal.hear(study, event));
    drop(journal);
    let left = session.subject.jobs_left();
    if left > 0 {
        let jobs = if left == 1 { "1 job is".into() } else { format!("{left} jobs are") };
        output::note(&format!(
            "{jobs} left to the engine; `ganas resume` takes over what they give"
        ));
    }
    let stop_reason = stop_reason?;
    // What is kept is reported when it is done; what is not, now or never.
    let is_over = stop_reason != StopReason::Interrupted || !is_kept;
    if is_over && session.study.best().is_some() {
        let report = session.report(started.elapsed().as_secs_f64(), output.history)?;
        let next = next(&session);
        let files = files(&session, report.best.trial);
        output::write_either(output.json, &report, || {
            Summary { report: &report, earlier, files, next }.to_string()
        })?;
    }
    Ok(session.conclude(stop_reason)?)
}

/// What can be done with a study that is kept.
fn next(session: &Session) -> Vec<String> {
    let Some(folder) = session.folder.as_deref() else { return Vec::new() };
    let (space, shown) = (&*session.subject.space, folder.display());
    let arch = session.study.best().map(|best| &best.arch);
    let mut next = vec![format!("`ganas trials {shown}` lists all trials")];
    if arch.is_some_and(|arch| space.pytorch(arch).is_some()) {
        next.push(format!(
            "`ganas export {shown} --format pytorch --out network.py` writes the best"
        ));
    }
    next
}

/// Where the files of a trial's last attempt are, which is the one that counts.
fn files(session: &Session, trial: i64) -> Option<String> {
    let trial = session.folder.as_deref()?.join("trials").join(format!("{trial:06}"));
    let attempts = (1_u32..).map(|attempt| trial.join(format!("attempt-{attempt}")));
    let last = attempts.take_while(|folder| folder.is_dir()).last()?;
    Some(last.display().to_string())
}
