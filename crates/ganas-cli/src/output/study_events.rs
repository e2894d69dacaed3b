//! The events of a running study, as lines on stderr.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use ganas::search::{
    Evaluation as Answer, OpenTrial, Outcome, StopReason, StoredTrial, Study, StudyReader, Told,
    TrialId,
};
use ganas::workers::Event;
use ganas::{Evaluation, Session};

use super::amount::Amount;
use super::labelled::{beside, hanging};
use super::number::rounded;
use super::pace::{self, Pace};
use super::plain::in_line;
use super::progress::Progress;
use super::stamp;
use super::study_summary;
use crate::logging::is_detailed;

/// Writes a description of a study, and then its events, to stderr. If a program evaluates the
/// architectures, there is a line for the start and one for the end of each trial; if a benchmark
/// does, there are regular progress lines. A terminal shows a progress bar, which replaces the
/// regular progress lines.
#[derive(Debug)]
pub(crate) struct StudyEvents {
    progress: Progress,
    pace: Pace,
    quiet: bool,
    /// Whether each line begins with the time, as in a log.
    stamped: bool,
    /// Whether lines are written for each trial.
    by_trial: bool,
    /// The time of the last progress line, if a benchmark evaluates the architectures.
    said: Instant,
    /// Trials for which an invalid report was already mentioned.
    refused: HashSet<TrialId>,
}

/// Time between two progress lines, if a benchmark evaluates the architectures.
const SELDOM: Duration = Duration::from_secs(10);

impl StudyEvents {
    /// Creates the events of a session, and writes what the session is about to do.
    pub(crate) fn open(session: &Session, quiet: bool) -> Self {
        let by_trial = !matches!(session.subject.evaluation, Evaluation::Benchmark(_));
        let settings = session.study.settings();
        let progress = if quiet {
            Progress::hidden()
        } else {
            Progress::new(settings.budget, settings.budget_unit())
        };
        let stamped = !io::stderr().is_terminal() || is_detailed();
        let pace =
            Pace::new(by_trial.then_some(settings.workers)).with(&earlier(session, by_trial));
        let (said, refused) = (Instant::now(), HashSet::new());
        let events = Self { progress, pace, quiet, stamped, by_trial, said, refused };
        for (label, text) in study_summary::lines(session) {
            events.say_beside(&format!("{label:<9}  "), &text);
        }
        events
    }

    /// Returns the progress bar.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Writes the lines for an event of the study, and updates the progress bar.
    pub(crate) fn on_event(&mut self, study: &Study, event: &Event<'_>) {
        match event {
            Event::Started(trial) if self.by_trial => {
                self.say(&format!("{}: started", called(study, trial)));
            }
            Event::Refused { trial, found } if self.refused.insert(trial.trial) => {
                let others = "further invalid reports from this trial will not be shown";
                self.say(&format!(
                    "{}: a report was ignored: {found}; {others}",
                    called(study, trial)
                ));
            }
            Event::Ended { trial, evaluation, told, took } => {
                // The result of a trial that was begun earlier may already have been there.
                if trial.attempts_before == 0 && !matches!(told, Told::GivenUp) {
                    let has_failed = matches!(told, Told::Failed { .. })
                        || matches!(evaluation, Answer::Failed { .. });
                    self.pace.note(*took, !has_failed);
                }
                self.progress.show(study, &self.pace);
                if self.by_trial {
                    let became = became(evaluation, told, *took);
                    let trial: &OpenTrial = trial;
                    let far = self.how_far(study);
                    self.say(&format!("{}: {became}; {far}", called(study, trial)));
                } else if !self.progress.is_seen() && self.said.elapsed() >= SELDOM {
                    self.said = Instant::now();
                    self.say(&self.how_far(study));
                }
            }
            _ => {}
        }
    }

    /// Returns the best value so far, the used part of the budget, and the elapsed and the
    /// remaining time, as text.
    fn how_far(&self, study: &Study) -> String {
        let amount = amount(study);
        let best = study.best().map_or("no best yet".into(), |best| {
            format!("best {}, trial {}", rounded(best.measurement.value), best.trial)
        });
        let left = match study.stop_reason() {
            None => pace::left(self.pace.left(amount.more)),
            Some(reason) => {
                let (settings, history) = (study.settings(), study.history());
                let spent = settings.has_parts().then(|| (history.spent(), settings.budget));
                format!("ended: {}", StopReason::describe(&reason.to_string(), spent))
            }
        };
        let failed = match study.history().failures() {
            0 => String::new(),
            count => format!(", {count} failed"),
        };
        let far = format!("{best}; {}{failed}", amount.text);
        if self.progress.is_seen() && study.stop_reason().is_none() {
            // The progress bar shows the time.
            return far;
        }
        format!("{far}, {} elapsed, {left}", pace::long(self.pace.elapsed()))
    }

    /// Writes a line without a label.
    fn say(&self, line: &str) {
        self.say_beside("", line);
    }

    /// Writes a label and a text: as one line in a log, and as many lines as needed in a terminal.
    /// Errors are ignored, since nobody reads a closed stderr.
    fn say_beside(&self, label: &str, text: &str) {
        if self.quiet {
            return;
        }
        let text = in_line(text);
        self.progress.beside(|| {
            let _ = if self.stamped {
                writeln!(io::stderr(), "{} {label}{text}", stamp())
            } else if label.is_empty() {
                write!(io::stderr(), "{}", hanging(&text))
            } else {
                write!(io::stderr(), "{}", beside(label, &text))
            };
        });
    }
}

impl Drop for StudyEvents {
    /// Removes the progress bar, which would otherwise remain because the signal handler holds it
    /// too.
    fn drop(&mut self) {
        self.progress.clear();
    }
}

/// Returns the study's earlier trials, or none if their durations do not help to estimate the
/// remaining time.
fn earlier(session: &Session, by_trial: bool) -> Vec<StoredTrial> {
    let folder = session.folder.as_deref().filter(|_| by_trial);
    let trials = folder.map(|folder| StudyReader::open(folder).and_then(|it| it.trials()));
    // They only improve an estimate, so errors are ignored.
    trials.and_then(Result::ok).unwrap_or_default()
}

/// Returns how much of a study's budget is used up.
pub(super) fn amount(study: &Study) -> Amount {
    let (settings, history) = (study.settings(), study.history());
    let spent = settings.has_parts().then(|| history.spent());
    Amount::new(history.queries(), settings.budget, spent)
}

/// Returns a trial's label: its number, its source and, with several fidelities, its fidelity.
fn called(study: &Study, trial: &OpenTrial) -> String {
    let OpenTrial { trial, source, rung, .. } = trial;
    let at = rung.zip(study.settings().fidelity.as_ref());
    let at = at.map(|(rung, fidelity)| format!(", {} {}", fidelity.name, rung.fidelity));
    format!("trial {trial}, {source}{}", at.unwrap_or_default())
}

/// Returns a description of the outcome of an evaluation.
fn became(evaluation: &Answer, told: &Told, took: Duration) -> String {
    let seconds = format!("{:.1} s", took.as_secs_f64());
    let text = match (evaluation, told) {
        (_, Told::GivenUp) => {
            return format!(
                "interrupted after {seconds}; it will run again when the study resumes"
            );
        }
        (Answer::Measured(it), Told::Counted(Outcome::Infeasible)) => {
            format!("value {} in {seconds}; violates a limit", rounded(it.value))
        }
        (Answer::Measured(it), Told::Failed { reason }) => {
            format!("failed, although it has the value {} ({seconds}): {reason}", rounded(it.value))
        }
        (Answer::Measured(_), Told::Stopped { measurement, .. }) => {
            let value = rounded(measurement.value);
            format!(
                "stopped early with {value}; training had continued while the trial waited for this decision ({seconds} in total)"
            )
        }
        (Answer::Measured(it), _) => format!("value {} in {seconds}", rounded(it.value)),
        (Answer::Stopped { .. }, Told::Counted(Outcome::Infeasible)) => {
            format!("stopped early after {seconds}; violates a limit")
        }
        (Answer::Stopped { .. }, Told::Stopped { measurement, .. }) => {
            format!("stopped early after {seconds} with value {}", rounded(measurement.value))
        }
        (Answer::Stopped { .. }, Told::Failed { reason }) => {
            format!("failed after {seconds}: {reason}")
        }
        (Answer::Stopped { .. }, _) => format!("stopped early after {seconds}"),
        (Answer::Infeasible { reason, .. }, _) => format!("infeasible after {seconds}: {reason}"),
        (Answer::Failed { reason, .. }, _) => format!("failed after {seconds}: {reason}"),
        _ => format!("out of domain: the evaluator has no value for this architecture ({seconds})"),
    };
    match told {
        Told::Held => {
            let what =
                if matches!(evaluation, Answer::Failed { .. }) { "this failure" } else { "it" };
            format!("{text}; {what} will be counted when earlier trials have ended")
        }
        Told::Late => format!("{text}, after the study had ended"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use ganas::search::Measurement;

    use super::*;

    #[test]
    fn what_an_evaluation_gave_is_said_in_words() {
        let took = Duration::from_millis(2_140);
        let measured = Answer::Measured(Measurement::new(93.25));
        let said = |evaluation: &Answer, told| became(evaluation, &told, took);
        let failed = |reason: &str| Told::Failed { reason: reason.into() };
        assert_eq!(
            said(&measured, failed("rename the metric")),
            "failed, although it has the value 93.25 (2.1 s): rename the metric"
        );
        let stopped = || Told::Stopped { step: 3, measurement: Measurement::new(91.5) };
        assert!(said(&measured, stopped()).starts_with("stopped early with 91.5; training had"));
        let evaluation = Answer::Stopped { train_seconds: None };
        assert_eq!(said(&evaluation, stopped()), "stopped early after 2.1 s with value 91.5");
        assert_eq!(said(&evaluation, failed("no report")), "failed after 2.1 s: no report");
        let counted = Told::Counted(Outcome::Infeasible);
        assert_eq!(said(&measured, counted), "value 93.25 in 2.1 s; violates a limit");
        let held = "value 93.25 in 2.1 s; it will be counted when earlier trials have ended";
        assert_eq!(said(&measured, Told::Held), held);
        assert_eq!(said(&measured, Told::Late), "value 93.25 in 2.1 s, after the study had ended");
        let failed = Answer::Failed { reason: "no data".into(), attempts: 1, train_seconds: None };
        let counted = Told::Failed { reason: "no data".into() };
        assert_eq!(said(&failed, counted), "failed after 2.1 s: no data");
        let held = "failed after 2.1 s: no data; this failure will be counted";
        assert!(said(&failed, Told::Held).starts_with(held));
        assert!(said(&Answer::Cancelled, Told::GivenUp).starts_with("interrupted after 2.1 s"));
    }
}
