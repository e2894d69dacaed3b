//! The result of a single evaluation of a command, as text for people.

use std::fmt;

use ganas::DryRun;
use ganas::search::Evaluation;
use serde_json::{Value, json};

/// The request, the result and the duration of a single evaluation, displayed as text.
pub(crate) struct Tried<'d> {
    pub(crate) tried: &'d DryRun,
    /// Whether the whole request is shown.
    pub(crate) whole: bool,
}

/// Fields of a request that describe the architecture at length.
const LONG: [&str; 4] = ["choices", "decisions", "graph", "costs"];

impl fmt::Display for Tried<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DryRun { request, evaluation, took, reports, .. } = self.tried;
        let short = || {
            let mut fields: serde_json::Map<String, Value> = serde_json::from_str(request).ok()?;
            fields.retain(|name, _| !LONG.contains(&name.as_str()));
            serde_json::to_string_pretty(&fields).ok()
        };
        match Some(()).filter(|()| !self.whole).and_then(|()| short()) {
            Some(request) => {
                let left_out = LONG.map(|name| format!("`{name}`")).join(", ");
                writeln!(
                    formatter,
                    "request (without {left_out}; `--whole` shows these fields too)\n{request}"
                )?;
            }
            None => writeln!(formatter, "request\n{}", request.trim_end())?,
        }
        if let Some(last) = reports.last() {
            let (count, last) = (reports.len(), json!(last));
            writeln!(formatter, "\nreports\n{count} during training; the last one: {last}")?;
        }
        writeln!(formatter, "\nresult")?;
        match evaluation {
            Some(Evaluation::Measured(it)) => {
                let seconds = it.train_seconds;
                let result = json!({ "objective": it.value, "metrics": it.metrics, "train_seconds": seconds });
                writeln!(formatter, "{result:#}")?;
            }
            Some(Evaluation::Infeasible { reason, .. }) => {
                writeln!(formatter, "infeasible: {reason}")?;
            }
            Some(Evaluation::Stopped { .. }) => {
                writeln!(
                    formatter,
                    "the command itself stopped the training after the last report"
                )?;
            }
            _ => writeln!(formatter, "none")?,
        }
        writeln!(formatter, "\nThe evaluation took {:.1} s.", took.as_secs_f64())
    }
}

/// Returns the problems that this evaluation would cause in the study, with the end of the
/// command's log, or `None` if there are no problems.
pub(crate) fn wrong(tried: &DryRun) -> Option<String> {
    if tried.wrong.is_empty() {
        return None;
    }
    let wrong = tried.wrong.join("\n");
    let Some(log) = &tried.log else {
        return Some(format!("{wrong}\nThe command printed nothing."));
    };
    let name = log.path.file_name().unwrap_or_default().display();
    Some(format!("{wrong}\nEnd of {name}:\n  {}", log.lines.join("\n  ")))
}
