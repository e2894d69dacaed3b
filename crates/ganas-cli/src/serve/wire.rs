//! A connection on which each message is a line of JSON.

use std::io::{self, BufRead, Read, Write};

use serde::Serialize;

use crate::output::{Failure, Outcome};

/// Maximum size of an input line in bytes.
const MAX_LINE: u64 = 1 << 20;

/// A connection that receives and sends messages, each of which is a line of JSON.
#[derive(Debug)]
pub(super) struct Wire<I, O> {
    pub(super) input: I,
    pub(super) output: O,
}

impl<I: BufRead, O: Write> Wire<I, O> {
    /// Returns the next line, or `None` at the end of the input. If a line is too long or is not
    /// UTF-8, the inner result is an error that says so; such a line is read to its end, so that
    /// the next line is read correctly.
    pub(super) fn receive(&mut self) -> Outcome<Option<Result<String, String>>> {
        let failed = |error| Failure::Pipe("reading a request from stdin", error);
        let mut line = Vec::new();
        let count = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        if count.map_err(failed)? == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") && line.len() as u64 == MAX_LINE {
            self.skip_line().map_err(failed)?;
            return Ok(Some(Err(format!("expected a line shorter than {MAX_LINE} bytes"))));
        }
        Ok(Some(match String::from_utf8(line) {
            Ok(line) => Ok(line),
            Err(error) => Err(format!("expected a line in UTF-8: {error}")),
        }))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let (length, is_over) = (buffer.len(), buffer.is_empty() || end.is_some());
            self.input.consume(end.map_or(length, |end| end + 1));
            if is_over {
                return Ok(());
            }
        }
    }

    /// Sends a message as a line of JSON.
    pub(super) fn send(&mut self, message: &impl Serialize) -> Outcome {
        let mut line = serde_json::to_string(message).map_err(Failure::Json)?;
        line.push('\n');
        let sent = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
        sent.map_err(|error| Failure::Pipe("writing to stdout", error))
    }
}
