//! Lines of JSON in both directions.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use serde::Serialize;

use crate::output::{Failure, Outcome};

/// Most bytes of a line that is read.
const MAX_LINE: u64 = 1 << 20;

/// Lines of JSON in both directions.
#[derive(Debug)]
pub(super) struct Wire<I, O> {
    pub(super) input: I,
    pub(super) output: O,
}

impl<I: BufRead, O: Write> Wire<I, O> {
    /// The next line that is not blank; `None` at the end.
    pub(super) fn receive(&mut self) -> Outcome<Option<String>> {
        let failed = |error| Failure::Pipe("reading a request from stdin", error);
        loop {
            let mut line = String::new();
            let read = self.input.by_ref().take(MAX_LINE).read_line(&mut line);
            let count = read.map_err(failed)?;
            if count as u64 == MAX_LINE {
                let message = format!("expected lines of less than {MAX_LINE} bytes");
                return Err(failed(io::Error::new(ErrorKind::InvalidData, message)));
            }
            if count == 0 {
                return Ok(None);
            }
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// Sends a message as a line.
    pub(super) fn send(&mut self, message: &impl Serialize) -> Outcome {
        let mut line = serde_json::to_string(message).map_err(Failure::Json)?;
        line.push('\n');
        let sent = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
        sent.map_err(|error| Failure::Pipe("writing to stdout", error))
    }
}
