//! What one evaluation of a command gave, as text for people.

use std::fmt;

use ganas::DryRun;
use ganas::search::Evaluation;
use serde_json::json;

/// Request, result and seconds.
pub(crate) struct Tried<'d>(pub(crate) &'d DryRun);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DryRun { request, evaluation, took, .. } = self.0;
        writeln!(formatter, "request\n{}\n\nresult", request.trim_end())?;
        match evaluation {
            Some(Evaluation::Measured(it)) => {
                let seconds = it.train_seconds;
                let result = json!({ "objective": it.value, "metrics": it.metrics, "train_seconds": seconds });
                writeln!(formatter, "{result:#}")?;
            }
            Some(Evaluation::Infeasible { reason }) => writeln!(formatter, "infeasible: {reason}")?,
            _ => writeln!(formatter, "none")?,
        }
        writeln!(formatter, "\nin {:.1} s", took.as_secs_f64())
    }
}

/// What would be wrong with it in the study, with the end of the command's log; `None` if nothing would.
pub(crate) fn wrong(tried: &DryRun) -> Option<String> {
    if tried.wrong.is_empty() {
        return None;
    }
    let wrong = tried.wrong.join("\n");
    let Some(log) = &tried.log else { return Some(wrong) };
    let name = log.path.file_name().unwrap_or_default().display();
    Some(format!("{wrong}\nThe end of {name}:\n  {}", log.lines.join("\n  ")))
}
