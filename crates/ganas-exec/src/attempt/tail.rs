//! The useful parts of the end of a command's output, such as a result or an error message.

use super::files::MAX_BYTES;

/// The useful parts of what a command wrote to a stream.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The last non-blank line, cut off if it is long.
    pub(crate) last_line: String,
    /// The last line that begins with `{` and is not longer than a result may be.
    pub(crate) last_object: Option<String>,
}

/// Maximum number of characters in [`Tail::last_line`].
const LAST_LINE: usize = 300;

/// Collects the lines of a stream for a [`Tail`].
#[derive(Debug, Default)]
pub(crate) struct Lines {
    current: Vec<u8>,
    /// Whether the current line is longer than a result may be.
    too_long: bool,
    tail: Tail,
}

impl Lines {
    /// Appends the next bytes of the stream.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = MAX_BYTES - self.current.len();
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

    /// Returns the tail, once the stream has ended.
    pub(crate) fn finish(mut self) -> Tail {
        self.end_line();
        self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(text: &[u8]) -> Tail {
        let mut lines = Lines::default();
        // Streams arrive in pieces.
        text.chunks(7).for_each(|piece| lines.push(piece));
        lines.finish()
    }

    #[test]
    fn the_last_lines_are_kept() {
        let found = tail(b"{\"a\": 1}\nb\n\xff c\n \n");
        assert_eq!(found.last_line, "\u{fffd} c");
        assert_eq!(found.last_object.as_deref(), Some("{\"a\": 1}"));
        assert_eq!(tail(b"{\"a\": 1}\n{\"a\": 2}").last_object.as_deref(), Some("{\"a\": 2}"));
    }

    #[test]
    fn a_line_too_long_for_a_result_is_none() {
        let long = [b"{".as_slice(), &b" ".repeat(MAX_BYTES), b"}\n"].concat();
        assert_eq!(tail(&long).last_object, None);
        let longest = [b"{".as_slice(), &b" ".repeat(MAX_BYTES - 2), b"}\n"].concat();
        assert!(tail(&longest).last_object.is_some());
    }
}
