//! The description of a study, shown when the study begins or resumes.

use std::collections::BTreeSet;
use std::path::Path;

use ganas::graph::SearchSpace;
use ganas::search::{Direction, Fidelity, Objective, Stopping, StoppingRule, Study};
use ganas::{Evaluation, EvaluatorOptions, Session};

use super::number::counted;

/// Returns a description of what a session is about to do, as labels with texts.
pub(super) fn lines(session: &Session) -> Vec<(&'static str, String)> {
    let Session { plan, subject, study, folder } = session;
    let mut lines = Vec::new();
    let mut line = |label, text: String| lines.push((label, text));
    match folder {
        Some(folder) => {
            let resume = format!("{} {}", ganas::resumed_by(folder), folder.display());
            line("study", format!("in {}; `{resume}` resumes it", folder.display()));
        }
        None => line(
            "study",
            "in memory only; `--dir DIR` keeps a study so that it can be resumed".into(),
        ),
    }
    if let Some(file) = &plan.file {
        line("file", shown(&file.path));
    }
    let changed: BTreeSet<_> = plan.changes.iter().map(|change| change.key.as_str()).collect();
    if !changed.is_empty() {
        let changed: Vec<_> = changed.into_iter().collect();
        line("changed", format!("{} (since the study began)", changed.join(", ")));
    }
    line("space", format!("{}, {}", subject.space.name(), size(&*subject.space)));
    match (&subject.evaluation, &plan.options.evaluator) {
        (Evaluation::Benchmark(it), _) => {
            line("evaluator", format!("benchmark {}, {}", it.name, it.dataset));
        }
        (_, Some(EvaluatorOptions::Command(it))) => {
            line("evaluator", format!("command `{}`", it.command.join(" ")));
        }
        _ => {}
    }
    let (settings, history) = (study.settings(), study.history());
    let start = start(session);
    if !start.is_empty() {
        line("from", start);
    }
    if !settings.objectives.is_empty() {
        line("goals", goals(settings.direction, &settings.objectives));
    }
    if let Some(fidelity) = &settings.fidelity {
        line("fidelity", rungs(fidelity));
    }
    if let Some(stopping) = &settings.stopping {
        line("stopping", stopping_rule(stopping));
    }
    line("strategy", format!("{}, seed {}", plan.options.strategy(), settings.seed));
    let made = match (history.queries(), history.failures()) {
        (0, 0) => String::new(),
        (_, 0) => format!(", {} made", made_of(study)),
        (_, failures) => {
            let failed = counted(failures, "evaluation", "evaluations");
            format!(", {} made; besides, {failed} failed", made_of(study))
        }
    };
    let workers = settings.workers;
    let workers = counted(workers, "worker", "workers");
    let unit = settings.budget_unit();
    line("budget", format!("{} {unit}{made}; {workers}", settings.budget));
    lines
}

/// Returns a description of a study's fidelities.
fn rungs(fidelity: &Fidelity) -> String {
    let Fidelity { name, rungs, rule, reduction, .. } = fidelity;
    let rungs: Vec<_> = rungs.iter().map(ToString::to_string).collect();
    format!("{name} {}; promotion rule {rule}, reduction {reduction}", rungs.join(", "))
}

/// Returns a description of the rule that stops evaluations early.
fn stopping_rule(stopping: &Stopping) -> String {
    let Stopping { steps, rule, first, reduction } = stopping;
    let reduction = match rule {
        StoppingRule::Median => String::new(),
        _ => format!(", reduction {reduction}"),
    };
    format!("rule {}{reduction}, from step {first} of {steps}", rule.name())
}

/// Returns a description of what the search starts from, which is empty if it starts from nothing.
fn start(session: &Session) -> String {
    let (plan, history) = (&session.plan, session.study.history());
    let mut parts = Vec::new();
    match plan.options.from.len() {
        0 => {}
        1 => parts.push("1 architecture to measure first".into()),
        given => parts.push(format!("{given} architectures to measure first")),
    }
    match history.trials().iter().filter(|trial| trial.query == 0).count() {
        0 => {}
        1 => parts.push("1 value known without a query".into()),
        known => parts.push(format!("{known} values known without queries")),
    }
    let related = session.study.settings().related.iter();
    parts.extend(
        related.map(|task| format!("the related study `{}`, which guides the search", task.name)),
    );
    parts.join(", ")
}

/// Returns the text of a path, relative to the working directory if the path is below that
/// directory.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).display().to_string()
}

/// Returns a description of the objectives of a search.
pub(crate) fn goals(direction: Direction, further: &[Objective]) -> String {
    let further = further.iter().map(ToString::to_string);
    [format!("value={direction}")].into_iter().chain(further).collect::<Vec<_>>().join(", ")
}

/// Returns the used part of the budget as a number of queries or of full evaluations, whichever the
/// budget counts.
fn made_of(study: &Study) -> String {
    if study.settings().has_parts() {
        format!("{:.1}", study.history().spent())
    } else {
        study.history().queries().to_string()
    }
}

/// Returns a description of the number of architectures in a space.
fn size(space: &dyn SearchSpace) -> String {
    match (space.size(), space.classes()) {
        (Some(size), Some(classes)) if size != classes => {
            format!("{} architectures, {} of them distinct", count(size), count(classes))
        }
        (Some(size), _) => format!("{} architectures", count(size)),
        (None, Some(classes)) => format!("{} distinct architectures", count(classes)),
        (None, None) if space.kinds().iter().any(|kind| kind.range.is_some()) => {
            "infinitely many architectures".into()
        }
        (None, None) => "too many architectures to count".into(),
    }
}

/// Returns a number as text: in full below 10⁹, and approximately above.
fn count(number: u128) -> String {
    if number < 1_000_000_000 { number.to_string() } else { format!("{:.2e}", number as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_about() {
        assert_eq!(count(15_625), "15625");
        assert_eq!(count(3_500_000_000_000_000_000), "3.50e18");
        let space = ganas::open_space("nasbench201").unwrap();
        assert_eq!(size(&*space), "15625 architectures, 6466 of them distinct");
    }
}
