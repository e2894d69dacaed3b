//! Lines of a label and its value.

use textwrap::Options;

use super::plain::in_line;

/// Columns of a line, which every terminal has.
const WIDTH: usize = 80;

/// A label and words beside it, below each other where they do not fit a line; with its end.
pub(crate) fn beside(label: &str, words: &str) -> String {
    let indent = " ".repeat(label.chars().count());
    let options = Options::new(WIDTH)
        .initial_indent(label)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(words, options).trim_end().to_owned() + "\n"
}

/// Lines of a label and its value, the values below each other.
pub(crate) fn labelled(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let line = |(label, value): &(&str, String)| {
        [&format!("{label:width$}  "), &*in_line(value), "\n"].concat()
    };
    lines.iter().map(line).collect()
}
