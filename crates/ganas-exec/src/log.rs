use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::At;
use crate::{ExecError, ending};

/// What a command wrote to one of its streams, as far as it tells something.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The last line that is not blank, shortened.
    pub(crate) last_line: String,
    /// The last line that begins with `{`, if it is no longer than a result may be.
    pub(crate) last_object: Option<String>,
}

/// Most characters of a last line.
const LAST_LINE: usize = 300;

/// Copies a command's stream to a log on a thread of its own.
#[derive(Debug)]
pub(crate) struct LogWriter {
    done: Receiver<Result<(), ExecError>>,
    lines: Arc<Mutex<Lines>>,
}

impl LogWriter {
    /// Starts to copy `stream` to `path`; all of the log is at most `limit` bytes. Whatever happens
    /// to the log, the stream is read to its end, so that the command is never held up.
    pub(crate) fn start(
        mut stream: impl Read + Send + 'static,
        path: PathBuf,
        limit: u64,
    ) -> Result<Self, ExecError> {
        let mut log = Rotating::create(path, limit)?;
        let (sender, done) = mpsc::channel();
        let lines = Arc::<Mutex<Lines>>::default();
        let read = Arc::clone(&lines);
        thread::spawn(move || {
            let copied = copy(&mut stream, &mut log, &read);
            if copied.is_err() {
                // The error is told below; a stream that cannot be read is at its end.
                let _ = io::copy(&mut stream, &mut io::sink());
            }
            // Nobody listens where a process kept the stream open for too long.
            let _ = sender.send(copied);
        });
        Ok(Self { done, lines })
    }

    /// What was written, once all that can write to the stream has ended. A process that left the
    /// command's group may hold it open for ever: after `patience` what was written until then has to
    /// do.
    pub(crate) fn finish(self, patience: Duration) -> Result<Tail, ExecError> {
        self.done.recv_timeout(patience).unwrap_or(Ok(()))?;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *lines).finish())
    }
}

fn copy(stream: &mut impl Read, log: &mut Rotating, lines: &Mutex<Lines>) -> Result<(), ExecError> {
    let mut buffer = vec![0; 1 << 13];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                log.write(&buffer[..count])?;
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).at("reading the stream of", &log.path),
        }
    }
}

/// A file of at most half the limit, and the one before it: the end is always kept, also when we are
/// killed.
#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    file: File,
    half: u64,
    written: u64,
}

impl Rotating {
    fn create(path: PathBuf, limit: u64) -> Result<Self, ExecError> {
        let file = File::create(&path).at("creating", &path)?;
        Ok(Self { path, file, half: limit / 2, written: 0 })
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), ExecError> {
        while self.half > 0 && !bytes.is_empty() {
            if self.written >= self.half {
                fs::rename(&self.path, former(&self.path)).at("renaming", &self.path)?;
                self.file = File::create(&self.path).at("creating", &self.path)?;
                self.written = 0;
            }
            let room = usize::try_from(self.half - self.written).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.file.write_all(now).at("writing", &self.path)?;
            self.written += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }
}

/// The log's part before the last one.
fn former(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// Keeps the lines of a stream that [`Tail`] is about.
#[derive(Debug, Default)]
struct Lines {
    current: Vec<u8>,
    /// The current line is longer than a result may be.
    too_long: bool,
    tail: Tail,
}

impl Lines {
    fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = ending::MAX_BYTES - self.current.len();
        self.too_long |= bytes.len() > room;
        self.current.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    fn end_line(&mut self) {
        let text = String::from_utf8_lossy(&self.current);
        let line = text.trim();
        if !line.is_empty() {
            self.tail.last_line = line.chars().take(LAST_LINE).collect();
            if line.starts_with('{') && !self.too_long {
                self.tail.last_object = Some(line.into());
            }
        }
        self.current.clear();
        self.too_long = false;
    }

    fn finish(mut self) -> Tail {
        self.end_line();
        self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: &[&[u8]], limit: u64) -> (tempfile::TempDir, Tail) {
        let folder = tempfile::tempdir().unwrap();
        let bytes = io::Cursor::new(parts.concat());
        let writer = LogWriter::start(bytes, folder.path().join("log"), limit).unwrap();
        let tail = writer.finish(Duration::from_mins(1)).unwrap();
        (folder, tail)
    }

    #[test]
    fn the_last_lines_are_kept() {
        let (folder, tail) = written(&[b"{\"a\": 1}\nb\n\xff c\n \n"], 1000);
        assert_eq!(tail.last_line, "\u{fffd} c");
        assert_eq!(tail.last_object.as_deref(), Some("{\"a\": 1}"));
        assert_eq!(fs::read(folder.path().join("log")).unwrap().len(), 17);
        let (_folder, tail) = written(&[b"{\"a\": 1}\n{\"a\": 2}"], 1000);
        assert_eq!(tail.last_object.as_deref(), Some("{\"a\": 2}"));
    }

    #[test]
    fn a_log_is_bounded_and_keeps_its_end() {
        let line = b"epoch of training\n";
        let (folder, tail) = written(&[&line.repeat(1000), b"the end\n"], 100);
        let read = |name| fs::read(folder.path().join(name)).unwrap();
        assert!(read("log").len() <= 50 && read("log.1").len() <= 50);
        assert!(read("log").ends_with(b"the end\n"));
        assert_eq!(tail.last_line, "the end");
    }

    #[test]
    fn a_stream_that_stays_open_is_let_go_with_what_it_gave() {
        let folder = tempfile::tempdir().unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        let log = LogWriter::start(reader, folder.path().join("log"), 0).unwrap();
        writer.write_all(b"{\"a\": 1}\nbye").unwrap();
        let tail = log.finish(Duration::from_millis(500)).unwrap();
        assert_eq!(tail.last_object.as_deref(), Some("{\"a\": 1}"));
        assert_eq!(tail.last_line, "bye");
    }

    #[test]
    fn a_line_too_long_for_a_result_is_none() {
        let long = [b"{".as_slice(), &b" ".repeat(ending::MAX_BYTES), b"}\n"].concat();
        let (_folder, tail) = written(&[&long], 1 << 20);
        assert_eq!(tail.last_object, None);
    }
}
