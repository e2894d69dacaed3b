//! `ganas serve`: serves a study to programs in other languages.

mod domain;
mod kurobako;
mod lines;
mod wire;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ganas::{Elsewhere, EvaluatorOptions, Session, StudyOptions, is_study};

use self::wire::Wire;
use crate::commands::resume::retry_failed;
use crate::output::{self, Outcome};

/// Serve a study to another program, as lines of JSON over stdin and stdout
///
/// `ganas serve` first writes a line that describes the study. The program then
/// sends one request per line and receives one answer per line:
///
///   first line    {"protocol": 1, "ganas": "…", "space": "nasbench201", …}
///
///   request       {"ask": 2}
///   answer        {"trials": [{"trial": 0, "arch": "…", …}, …], "over": null}
///
///   request       {"tell": {"trial": 0, "objective": 91}}
///   answer        {"told": 0, "became": "measured"}
///
///   request       {"report": {"trial": 1, "step": 3, "objective": 81}}
///   answer        {"reported": 1, "then": "continue"}
///
///   request       "best"
///   answer        {"best": {"arch": "…", "objective": 91, …}, "queries": 1}
///
/// A trial has the fields `trial`, `seed`, `attempts_before`, `fidelity` and
/// `resumes`, and those of an architecture: `space`, `arch`, `choices`,
/// `choices_by_name`, `decisions`, `graph` and `costs`. In a study with several
/// fidelities, `fidelity` says how thorough the evaluation should be, and
/// `resumes` is the number of the earlier trial of the same architecture that
/// this one continues.
///
/// `ask` returns fewer trials than requested, or none, if the strategy first
/// needs the results of open trials; once the study has ended, `over` gives the
/// reason.
///
/// `tell` may include `metrics` and `train_seconds`. Instead of an objective it
/// may have `"infeasible": "reason"`, `"failed": "reason"` (a failed trial does
/// not count as a query) or `"stopped": true`. Results may be sent in any order.
/// The answer reports the trial's state: `measured`, `stopped`, `infeasible`,
/// `failed`, `held` until the results of earlier trials of its round arrive, or
/// `late` if the study had ended.
///
/// `best` is `null` until a trial has been measured. An invalid request is
/// answered with {"error": "…"}, and the study continues. `ganas serve` exits at
/// the end of stdin.
///
/// During the evaluation of a trial, the program may `report` the trial's
/// objective at a step, with `metrics` and the `train_seconds` so far if known;
/// the step must increase from one report to the next. With --stopping, the
/// answer says whether the trial has fallen behind. If so, `then` is `stop`, and
/// the program must `tell` that trial with `"stopped": true`; the value reported
/// at that step becomes the trial's result.
///
/// With --objective, the answer to "best" also contains the Pareto front, best
/// objective first:
///
///   {"best": {…}, "queries": 9, "front": [{"arch": "…", …}, …]}
///
/// Each entry has its values by metric in `objectives`, as in {"latency": 3.5};
/// trials that lack any of them are not on the front. A metric is a cost of the
/// space, or one that `tell` includes in `metrics`.
///
/// With --dir the study is kept in a folder. The same command resumes it after a
/// crash: trials that were asked for but have no result yet are offered again
/// with the same numbers. `ganas.Study.open` in Python can resume such a study,
/// and `ganas serve --dir` can resume a study that was begun in Python.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(mut_arg("dataset", |arg| arg.hide(true)), mut_arg("query", |arg| arg.hide(true)))]
#[command(mut_arg("until_optimum", |arg| arg.hide(true)))]
pub(crate) struct ServeArgs {
    /// Search space, by name or as a file that describes it; kurobako's problems define their own
    /// [default: that of the study in --dir, else nasbench201]
    space: Option<String>,
    /// Protocol
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Protocol::Lines)]
    protocol: Protocol,
    #[command(flatten)]
    options: StudyOptions,
    /// Keep the study in a folder, or resume the study in it
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Offer failed trials again, with the same numbers
    #[arg(long, requires = "dir")]
    retry_failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// The protocol described above
    Lines,
    /// The protocol of kurobako's external solvers
    /// (`kurobako solver command -- ganas serve --protocol kurobako`)
    Kurobako,
}

/// Runs `ganas serve`.
pub(crate) fn run(args: ServeArgs) -> Outcome {
    let mut wire = Wire { input: io::stdin().lock(), output: io::stdout().lock() };
    if args.protocol == Protocol::Kurobako {
        let options = StudyOptions { strategy: None, ..args.options.clone() };
        if args.dir.is_some() || options != StudyOptions::default() {
            let message = "--protocol kurobako accepts only the option --strategy; the problem defines the rest";
            return output::wrong_usage(message);
        }
        return kurobako::serve(&mut wire, &args.options.strategy());
    }
    if args.options.dataset.is_some() || args.options.query.is_some() || args.options.until_optimum
    {
        let message = "--dataset, --query and --until-optimum apply only to benchmarks, but with `ganas serve` your program measures the architectures";
        return output::wrong_usage(message);
    }
    let is_there = args.dir.as_deref().is_some_and(is_study);
    let space = args.space.or_else(|| (!is_there).then(|| "nasbench201".into()));
    let options = StudyOptions {
        space,
        evaluator: Some(EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere)),
        ..args.options
    };
    let here = Path::new("");
    let mut session = match &args.dir {
        Some(folder) => Session::begin_or_resume(options, here, folder)?,
        None => options.begin(here, None)?,
    };
    if args.retry_failed {
        retry_failed(&mut session)?;
    }
    lines::serve(&mut wire, session)
}
