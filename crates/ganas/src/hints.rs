//! The parts of error messages that tell the user how to proceed.

use std::path::Path;

use ganas_search::StoreError;

use crate::Error;
use crate::failure::LastFailure;

/// Describes the number of failed evaluations.
pub(crate) fn too_many(failures: usize, evaluations: usize, in_a_row: Option<usize>) -> String {
    match in_a_row {
        Some(count) => format!("the last {count} evaluations all failed"),
        None => {
            format!(
                "{failures} of {evaluations} evaluations failed, and `max_failures` is {failures}"
            )
        }
    }
}

/// Describes the last failed evaluation and how to repeat it.
pub(crate) fn last_failure(last: Option<&LastFailure>) -> String {
    let Some(last) = last else { return String::new() };
    let folder = last.folder.display();
    format!(
        "; {last}\nFix the cause (you may also change the study file), then run `ganas resume {folder} --retry-failed` to evaluate the failed trials again."
    )
}

/// Describes the number of evaluations that stayed below the highest fidelity.
pub(crate) fn below_top(partials: usize) -> String {
    if partials == 0 {
        return String::new();
    }
    format!(", {partials} stayed below the highest fidelity")
}

/// Describes the number of evaluations that were stopped early.
pub(crate) fn stopped_early(stopped: usize) -> String {
    match stopped {
        0 => String::new(),
        1 => ", 1 was stopped early".into(),
        _ => format!(", {stopped} were stopped early"),
    }
}

/// Describes how to continue an interrupted study.
pub(crate) fn how_to_resume(folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => format!("run `ganas resume {}` to continue", folder.display()),
        None => {
            "the study was in memory only (`--dir DIR` keeps a study so that it can be resumed)"
                .into()
        }
    }
}

/// Describes how to repeat a search of a comparison if the search's store is damaged.
pub(crate) fn how_to_repeat(folder: Option<&Path>, source: &Error) -> String {
    match (folder, source) {
        (Some(folder), Error::Store(StoreError::Damaged { .. } | StoreError::Foreign { .. })) => {
            format!(". To repeat this search instead, remove the folder {}", folder.display())
        }
        _ => String::new(),
    }
}

/// Describes how to continue an interrupted comparison.
pub(crate) fn how_to_resume_comparison(folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => {
            format!("run the same command again to continue with the searches in {}", folder.display())
        }
        None => "their results are not kept; `--dir DIR` keeps results, and the same command then continues from them. Searches are reproducible, so you can run only the missing ones with `--first-seed` and `--seeds`".into(),
    }
}
