//! Reads the outcome of a job's attempt from the attempt's files.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use log::debug;

use crate::attempt::{Attempt, CommandEnd, Ending, Lines, MAX_BYTES, Tail, open_plain};
use crate::error::{At, ExecError};

/// Returns the outcome of an attempt whose command ended without receiving a signal that asked it
/// to end. Shortens the attempt's logs.
pub(super) fn of_end(
    attempt: &Attempt,
    end: CommandEnd,
    log_bytes: u64,
) -> Result<Ending, ExecError> {
    let (stdout, stderr) = (tail(&attempt.stdout())?, tail(&attempt.stderr())?);
    for log in [attempt.stdout(), attempt.stderr()] {
        // A log that cannot be shortened, for example because the command left a folder in its way,
        // does not change the result.
        if let Err(error) = shorten(&log, log_bytes) {
            if error.is_of_the_study() {
                return Err(error);
            }
            debug!("{error}");
        }
    }
    let line = stdout.last_object.as_deref();
    if end.status == 0 {
        return attempt.read_result(line).map(|found| found.ending);
    }
    let exit = ExecError::Exit { status: end.status, last_line: stderr.last_line };
    attempt.final_result(line).ok_or(exit)
}

/// Returns the last non-blank line of a log, or an empty string if there is none.
pub(super) fn last_words(path: &Path) -> String {
    tail(path).map(|tail| tail.last_line).unwrap_or_default()
}

/// Returns the useful parts of the end of a log. The log is complete, because the process that
/// wrote it has ended.
fn tail(path: &Path) -> Result<Tail, ExecError> {
    let mut lines = Lines::default();
    lines.push(&end_of(path, 2 * MAX_BYTES as u64)?);
    Ok(lines.finish())
}

/// Returns the last bytes of a plain file, at most `most`. If these are only a part of the file,
/// they start at the beginning of a line, unless they contain no line break.
fn end_of(path: &Path, most: u64) -> Result<Vec<u8>, ExecError> {
    let mut file = open_plain(path, File::options().read(true)).at("open", path)?;
    let metadata = file.metadata().at("read", path)?;
    if !metadata.is_file() {
        return Ok(Vec::new());
    }
    let start = metadata.len().saturating_sub(most);
    file.seek(SeekFrom::Start(start)).at("read", path)?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).at("read", path)?;
    let line = bytes.iter().position(|byte| *byte == b'\n').filter(|_| start > 0);
    Ok(bytes.split_off(line.map_or(0, |at| at + 1)))
}

/// Shortens a log to its last lines, of at most `most` bytes in total. Replaces the temporary file
/// left by an interrupted earlier call.
fn shorten(path: &Path, most: u64) -> Result<(), ExecError> {
    let length = path.symlink_metadata().at("read", path)?.len();
    if length <= most {
        return Ok(());
    }
    let (end, mut half) = (end_of(path, most)?, path.as_os_str().to_owned());
    half.push(".half");
    let half = Path::new(&half);
    match fs::remove_file(half) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at("remove", half),
        _ => {}
    }
    let mut file = File::create_new(half).at("create", half)?;
    file.write_all(&end).at("write", half)?;
    fs::rename(half, path).at("rename", half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_shortened_to_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout.log");
        fs::write(&path, "epoch of training\n".repeat(1000) + "{\"a\": 1}\nthe end\n").unwrap();
        let found = tail(&path).unwrap();
        assert_eq!(
            (found.last_line.as_str(), found.last_object.as_deref()),
            ("the end", Some("{\"a\": 1}"))
        );
        shorten(&path, 100).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.len() <= 100 && text.ends_with("the end\n") && text.starts_with("epoch"),
            "{text}"
        );
        shorten(&path, 100).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_log_is_shortened_although_an_earlier_call_was_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout.log");
        let half = folder.path().join("stdout.log.half");
        fs::write(&half, "epoch of tr").unwrap();
        fs::write(&path, "epoch of training\n".repeat(1000)).unwrap();
        shorten(&path, 100).unwrap();
        assert!(fs::read_to_string(&path).unwrap().len() <= 100 && !half.exists());
    }
}
