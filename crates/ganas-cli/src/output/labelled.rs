//! Lines with a label and a value.

use textwrap::Options;

use super::plain::in_line;

/// Number of columns of a line, which every terminal is expected to have.
pub(crate) const WIDTH: usize = 80;

/// Returns a text as one line of at most `most` characters. A longer text is cut off and ends with
/// `…`.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = in_line(text);
    if text.chars().count() <= most {
        return text.into_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Returns a label with words beside it, which are wrapped and indented by the width of the label,
/// with a final newline.
pub(crate) fn beside(label: &str, words: &str) -> String {
    let indent = " ".repeat(label.chars().count());
    let options = Options::new(WIDTH)
        .initial_indent(label)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(words, options).trim_end().to_owned() + "\n"
}

/// Returns a text that is wrapped with a hanging indent, with a final newline.
pub(super) fn hanging(text: &str) -> String {
    let options = Options::new(WIDTH)
        .subsequent_indent("  ")
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options).trim_end().to_owned() + "\n"
}

/// Returns a line for each label and its value, with the values aligned.
pub(crate) fn labelled(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let line = |(label, value): &(&str, String)| {
        [&format!("{label:width$}  "), &*in_line(value), "\n"].concat()
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_or_goes_on_below() {
        assert_eq!((&*cut("abcdef", 6), &*cut("abcdef", 5)), ("abcdef", "abcd…"));
        let words = "some words ".repeat(20);
        for text in [hanging(&words), beside("label  ", &words)] {
            assert!(text.lines().count() > 2 && text.lines().all(|it| it.chars().count() <= WIDTH));
            assert!(text.lines().skip(1).all(|it| it.starts_with("  ")), "{text}");
        }
    }
}
