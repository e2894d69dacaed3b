//! A search from its plan to its report, in a folder or without.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use clap::Args;
use ganas_graph::SearchSpace;
use ganas_search::{
    Cancel, History, Objective, Observer, StopReason, Store, Study, StudyOutcome, StudyReader,
    UnknownName,
};

use crate::output::{self, Interrupted};
use crate::plan::{StudyPlan, SubjectPlan};
use crate::progress::Progress;
use crate::report::SearchReport;
use crate::signals;

/// How to print what a search found.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Add every query to the JSON
    #[arg(long, requires = "json")]
    pub(crate) history: bool,
}

/// Where a study is kept.
#[derive(Debug)]
pub(crate) enum Place {
    /// In memory.
    Nowhere,
    /// In a folder that has none yet.
    New(PathBuf),
    /// In its folder.
    Opened(PathBuf, Box<Store>),
}

/// Searches, and prints what was found.
pub(crate) fn run(plan: &StudyPlan, place: Place, output: &Output) -> anyhow::Result<()> {
    let folder = place.folder().map(Path::to_owned);
    let is_command = matches!(plan.subject, SubjectPlan::Command { .. });
    let made = folder.as_ref().filter(|folder| is_command && !folder.exists());
    if let Some(made) = made {
        fs::create_dir_all(made).with_context(|| format!("making {}", made.display()))?;
    }
    let done = run_in(plan, place, folder.as_deref(), output);
    if let (Err(_), Some(made)) = (&done, made) {
        // What was refused leaves nothing; a folder with a study in it is not empty and stays.
        let _ = fs::remove_dir(made);
    }
    done
}

fn run_in(
    plan: &StudyPlan,
    place: Place,
    folder: Option<&Path>,
    output: &Output,
) -> anyhow::Result<()> {
    let cancel = Cancel::default();
    let subject = plan.subject.open(folder)?;
    let settings = plan.settings(&subject, cancel.clone())?;
    let mut strategy = plan.strategy.build()?;
    let started = Instant::now();
    let mut study = Study::new(subject.space(), subject.evaluator(), settings.clone())?;
    let store = match place {
        Place::Nowhere => None,
        Place::New(folder) => Some(Store::create(&folder, &plan.record(subject.space())?)?),
        Place::Opened(_, mut store) => {
            // Only what can be done is written down.
            if StudyPlan::of(&store.study()?)? != *plan {
                store.replan(plan.budget, &plan.text()?)?;
            }
            Some(*store)
        }
    };
    if let Some(store) = store {
        study = study.stored(store)?;
        signals::set_on_interrupt(&cancel)?;
    }
    let objectives = Objectives { objectives: &plan.objectives, space: subject.space() };
    let outcome = {
        let mut progress = Progress::new(plan.budget, "queries");
        let mut watch = Watch { objectives, progress: progress.clone(), warned: false };
        study.run(strategy.as_mut(), &mut [&mut watch, &mut progress])?
    };
    if let (StopReason::Interrupted, Some(folder)) = (outcome.stop_reason, folder) {
        return Err(
            Interrupted { queries: outcome.history.queries(), folder: folder.to_owned() }.into()
        );
    }
    let elapsed = started.elapsed();
    if outcome.best().is_some() {
        let report =
            SearchReport::new(plan, &subject, &settings, &outcome, elapsed, output.history)?;
        if output.json { output::write_json(&report) } else { output::write(&report.to_string()) }?;
        objectives.warn(&outcome.history);
    }
    complain(plan, &outcome, folder)
}

/// The further objectives of a search.
#[derive(Debug, Clone, Copy)]
struct Objectives<'p> {
    objectives: &'p [Objective],
    space: &'p dyn SearchSpace,
}

impl Objectives<'_> {
    /// Says which of them no trial has: what a command measures is not known before.
    fn warn(self, history: &History) {
        let has = |objective: &Objective| {
            history.trials().iter().any(|trial| objective.of(self.space, trial).is_some())
        };
        let Some(missing) = self.objectives.iter().find(|objective| !has(objective)) else {
            return;
        };
        let costs = self.space.cost_metrics().iter().map(|metric| &metric.name);
        let measured = history.trials().iter().flat_map(|trial| trial.measurement.metrics.keys());
        let measured: BTreeSet<_> = measured.collect();
        let valid = costs.chain(measured).cloned().collect();
        let unknown = UnknownName { what: "objective", found: missing.metric.clone(), valid };
        // Where stderr is closed, nobody is there to be warned.
        let _ = writeln!(
            io::stderr(),
            "warning: {unknown}; no trial has it, so the Pareto front is empty"
        );
    }
}

/// Warns as soon as something was measured, not only after the last evaluation.
#[derive(Debug)]
struct Watch<'p> {
    objectives: Objectives<'p>,
    progress: Progress,
    warned: bool,
}

impl Observer for Watch<'_> {
    fn on_query(&mut self, history: &History) {
        if !self.warned && history.trials().iter().any(|trial| trial.query > 0) {
            self.warned = true;
            self.progress.beside(|| self.objectives.warn(history));
        }
    }
}

/// What a search that did not end well is to be told of.
fn complain(plan: &StudyPlan, outcome: &StudyOutcome, folder: Option<&Path>) -> anyhow::Result<()> {
    let history = &outcome.history;
    if outcome.stop_reason == StopReason::Failures {
        let last = folder.and_then(last_failure).map_or(String::new(), |last| format!("; {last}"));
        bail!(
            "stopped, since {} of {} evaluations failed, which is the limit{last}",
            history.failures(),
            history.queries()
        );
    }
    if outcome.best().is_none() {
        let (queries, failures) = (history.queries(), history.failures());
        ensure!(queries > 0, "{}", plan.proposed_nothing());
        bail!(
            "nothing was found: of {queries} evaluations {failures} failed and {} broke a constraint",
            queries - failures
        );
    }
    Ok(())
}

/// Number and reason of the last evaluation that failed.
fn last_failure(folder: &Path) -> Option<String> {
    let trials = StudyReader::open(folder).ok()?.trials().ok()?;
    let failed = trials.into_iter().filter(|trial| trial.state == "failed");
    let last = failed.max_by(|one, other| {
        let ended = |ended: Option<f64>| ended.unwrap_or(0.0);
        ended(one.ended).total_cmp(&ended(other.ended))
    })?;
    Some(format!("the last, trial {}: {}", last.trial, last.reason.unwrap_or_default()))
}

impl Place {
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Nowhere => None,
            Self::New(folder) | Self::Opened(folder, _) => Some(folder),
        }
    }
}
