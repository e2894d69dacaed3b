//! Lines of a label and its value.

use super::plain::in_line;

/// Lines of a label and its value, the values below each other.
pub(crate) fn labelled(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let line = |(label, value): &(&str, String)| {
        [&format!("{label:width$}  "), &*in_line(value), "\n"].concat()
    };
    lines.iter().map(line).collect()
}
