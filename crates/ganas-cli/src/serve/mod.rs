//! `ganas serve`: a study for programs in other languages.

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

/// Serve a study to another program, over lines of JSON on stdin and stdout
///
/// The program sends one request a line and gets one answer a line.
///
///   (at the start)                          {"protocol": 1, "ganas": "…", "space": "nasbench201", …}
///   {"ask": 2}                              {"trials": [{"trial": 0, "arch": "…", …}, …], "over": null}
///   {"tell": {"trial": 0, "objective": 91}} {"told": 0, "became": "measured"}
///   {"report": {"trial": 1, "step": 3, "objective": 81}}  {"reported": 1, "then": "continue"}
///   "best"                                  {"best": {"arch": "…", "objective": 91, …}, "queries": 1}
///
/// A trial has the fields `trial`, `seed`, `attempts_before`, `fidelity` and `resumes` (in a study of several
/// fidelities: how thorough it is to be, and the trial of the same architecture before), and those of an architecture: `space`,
/// `arch`, `choices`, `choices_by_name`, `decisions`, `graph` and `costs`. `ask` gives fewer trials than it
/// was asked for,
/// or none, where the strategy needs to hear of open trials first; once the study has ended, `over`
/// says why. `tell` may have `metrics` and `train_seconds`, or instead of an objective
/// `"infeasible": "reason"`, `"failed": "reason"`, which costs no query, or `"stopped": true`; trials may be told in any order. The answer says
/// what became of the trial: `measured`, `infeasible`, `failed`, or `held` until trials of its round
/// that were asked before it are told, or `late` if the study had ended. `best` is `null` before a
/// trial was measured. What is wrong with a request is answered by {"error": "…"}, and the study goes
/// on. It ends with stdin.
///
/// A trial may `report` what it has reached at a step on the way, with `metrics` and `train_seconds` (so far)
/// if they are known; steps rise. With --stopping the answer says when it falls behind: `then` is `stop`, and
/// the trial is to be told as `"stopped": true`. What it reported at that step is its result.
///
/// With --objective the answer to "best" has the Pareto front beside the best objective, best first:
///
///   "best"                                  {"best": {…}, "queries": 9, "front": [{"arch": "…", …}, …]}
///
/// Each has in `objectives` its numbers by metric, as in {"latency": 3.5}; what lacks one is not on the
/// front. A metric is a cost of the space, or one that `tell` gives in `metrics`.
///
/// With --dir the study is kept in a folder. The same command resumes it after a crash: trials that
/// were asked for and not told are offered again under their numbers. So does `ganas.Study.open` in Python,
/// and `ganas serve --dir` a study that was begun there.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(mut_arg("dataset", |arg| arg.hide(true)), mut_arg("query", |arg| arg.hide(true)))]
#[command(mut_arg("until_optimum", |arg| arg.hide(true)))]
pub(crate) struct ServeArgs {
    /// Search space, by name or as the file that describes it; kurobako's problems bring their own
    /// [default: that of the study in --dir, else nasbench201]
    space: Option<String>,
    /// What is spoken
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Protocol::Lines)]
    protocol: Protocol,
    #[command(flatten)]
    options: StudyOptions,
    /// Keep the study in a folder, or resume the one that is there
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Offer again what failed, under its number
    #[arg(long, requires = "dir")]
    retry_failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// The one described above
    Lines,
    /// That of kurobako's external solvers (`kurobako solver command ganas serve --protocol kurobako`)
    Kurobako,
}

/// Runs `ganas serve`.
pub(crate) fn run(args: ServeArgs) -> Outcome {
    let mut wire = Wire { input: io::stdin().lock(), output: io::stdout().lock() };
    if args.protocol == Protocol::Kurobako {
        let options = StudyOptions { strategy: None, ..args.options.clone() };
        if args.dir.is_some() || options != StudyOptions::default() {
            let message =
                "with kurobako, --strategy is all there is to say: the problem says the rest";
            return output::wrong_usage(message);
        }
        return kurobako::serve(&mut wire, &args.options.strategy());
    }
    if args.options.dataset.is_some() || args.options.query.is_some() || args.options.until_optimum
    {
        let message = "--dataset, --query and --until-optimum are for benchmarks, and the program measures here";
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
