//! Copies the output of a running command.

use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::attempt::{Lines, LogFile, Tail};
use crate::error::{At, ExecError};

/// Copies a command's stream to a log, on its own thread.
#[derive(Debug)]
pub(crate) struct LogWriter {
    done: Receiver<Result<(), ExecError>>,
    lines: Arc<Mutex<Lines>>,
}

impl LogWriter {
    /// Starts copying `stream` to `log`. Reads the stream to its end even if writing the log fails,
    /// so that the command never blocks.
    pub(crate) fn start(mut stream: impl Read + Send + 'static, mut log: LogFile) -> Self {
        let (sender, done) = mpsc::channel();
        let lines = Arc::<Mutex<Lines>>::default();
        let read = Arc::clone(&lines);
        thread::spawn(move || {
            let copied = copy(&mut stream, &mut log, &read);
            if copied.is_err() {
                // The error is reported below; a stream that cannot be read counts as ended.
                let _ = io::copy(&mut stream, &mut io::sink());
            }
            // Nobody receives it if a process kept the stream open for too long.
            let _ = sender.send(copied);
        });
        Self { done, lines }
    }

    /// Returns the tail of the stream once all processes that write to it have ended. A process
    /// that left the command's process group may hold the stream open indefinitely; after
    /// `patience`, the tail of what was read so far is therefore returned.
    pub(crate) fn finish(self, patience: Duration) -> Result<Tail, ExecError> {
        self.done.recv_timeout(patience).unwrap_or(Ok(()))?;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *lines).finish())
    }
}

fn copy(stream: &mut impl Read, log: &mut LogFile, lines: &Mutex<Lines>) -> Result<(), ExecError> {
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
            Err(error) => return Err(error).at("read the output of", &log.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_stream_is_logged_and_its_end_told() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"{\"a\": 1}\nb\n\xff c\n \n";
        let stream = io::Cursor::new(text);
        let log =
            LogWriter::start(stream, LogFile::create(folder.path().join("log"), 1000).unwrap());
        let tail = log.finish(Duration::from_mins(1)).unwrap();
        assert_eq!(tail.last_line, "\u{fffd} c");
        assert_eq!(tail.last_object.as_deref(), Some("{\"a\": 1}"));
        assert_eq!(fs::read(folder.path().join("log")).unwrap(), text);
    }

    #[test]
    fn a_stream_that_stays_open_is_let_go_with_what_it_gave() {
        let folder = tempfile::tempdir().unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        let log = LogWriter::start(reader, LogFile::create(folder.path().join("log"), 0).unwrap());
        writer.write_all(b"{\"a\": 1}\nbye").unwrap();
        let tail = log.finish(Duration::from_millis(500)).unwrap();
        assert_eq!(tail.last_object.as_deref(), Some("{\"a\": 1}"));
        assert_eq!(tail.last_line, "bye");
    }
}
