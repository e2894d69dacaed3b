//! Escaping of untrusted text for the terminal.

use std::borrow::Cow;

/// Returns a text with its control characters, except newlines, escaped, so that text from a
/// command's output, a file or a name never controls the terminal.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character.is_control() && character != '\n')
}

/// Returns a text with all its control characters escaped, for use within a line.
pub(crate) fn in_line(text: &str) -> Cow<'_, str> {
    escaped(text, char::is_control)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{7}"), "a\\u{1b}[2Jb\nc\\u{7}");
        assert_eq!(in_line("a\r\n\tb ± \u{9b}"), "a\\r\\n\\tb ± \\u{9b}");
        assert!(matches!(plain("a ± b\n"), Cow::Borrowed(_)));
    }
}
