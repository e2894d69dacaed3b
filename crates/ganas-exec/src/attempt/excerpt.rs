//! The last lines of a command's output, for display.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ganas_search::TrialId;

use super::files::open_plain;
use super::folders::TrialFolder;

/// The last lines of a command's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEnd {
    /// The path of the log that contains the lines.
    pub path: PathBuf,
    /// The lines, without blank lines at the end.
    pub lines: Vec<String>,
}

/// Maximum number of bytes read from the end of a log.
const BYTES: u64 = 8 << 10;

/// Returns the end of the output of the most recent attempt at a trial: its last `most` lines of
/// stderr, or of stdout if stderr is empty. `folder` is the study's folder. Returns `None` if there
/// is no readable output.
pub fn log_end(folder: &Path, trial: TrialId, most: usize) -> Option<LogEnd> {
    let folder = folder.canonicalize().ok()?;
    let attempts = TrialFolder::below(&folder, trial).ok()?.attempts().ok()?;
    let last = attempts.into_iter().next_back()?;
    [last.stderr(), last.stdout()].into_iter().find_map(|path| {
        let text = end(&path).ok()?;
        let lines: Vec<_> = text.trim_end().lines().collect();
        let lines: Vec<_> =
            lines[lines.len().saturating_sub(most)..].iter().map(ToString::to_string).collect();
        (!lines.is_empty()).then_some(LogEnd { path, lines })
    })
}

/// Returns the end of a plain file, from the beginning of a line if possible.
fn end(path: &Path) -> std::io::Result<String> {
    let mut file: File = open_plain(path, OpenOptions::new().read(true))?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(String::new());
    }
    let start = metadata.len().saturating_sub(BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.find('\n').filter(|_| start > 0).map_or(0, |line| line + 1);
    Ok(text[whole..].to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_lines_of_the_last_attempt_are_shown() {
        let study = tempfile::tempdir().unwrap();
        assert_eq!(log_end(study.path(), TrialId(3), 2), None);
        let attempt = |number: u32| study.path().join(format!("trials/000003/attempt-{number}"));
        fs::create_dir_all(study.path().join("attempts/000003")).unwrap();
        for number in [1, 2] {
            fs::create_dir_all(attempt(number)).unwrap();
            fs::write(attempt(number).join("stderr.log"), "").unwrap();
            fs::write(attempt(number).join("stdout.log"), format!("of {number}\n")).unwrap();
        }
        let lines = |most| log_end(study.path(), TrialId(3), most).unwrap().lines;
        assert_eq!(lines(2), ["of 2"], "stdout, as stderr is empty");
        let long = "x".repeat(100) + "\n";
        fs::write(attempt(2).join("stderr.log"), long.repeat(1_000) + "one\ntwo\n\n").unwrap();
        assert_eq!(lines(2), ["one", "two"]);
        assert!(lines(1_000).iter().rev().skip(2).all(|line| line.len() == 100), "whole lines");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let study = tempfile::tempdir().unwrap();
        let attempt = study.path().join("trials/000003/attempt-1");
        fs::create_dir_all(study.path().join("attempts/000003")).unwrap();
        fs::create_dir_all(&attempt).unwrap();
        fs::write(study.path().join("secret"), "secret\n").unwrap();
        std::os::unix::fs::symlink(study.path().join("secret"), attempt.join("stderr.log"))
            .unwrap();
        assert_eq!(log_end(study.path(), TrialId(3), 2), None);
    }
}
