//! Tables of text.

use std::fmt::{self, Write};
use std::ops::Range;

use super::plain::in_line;

/// Rows of text in columns. The first column and columns of words are aligned left, and all other
/// columns are aligned right.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// The columns of words.
    words: Range<usize>,
}

impl Table {
    /// Creates a table with only a header.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(ToString::to_string).collect()], words: 0..0 }
    }

    /// Marks these columns as columns of words, which are aligned left.
    pub(crate) fn with_words(self, words: Range<usize>) -> Self {
        Self { words, ..self }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row.into_iter().map(|cell| in_line(&cell).into_owned()).collect());
    }

    /// Returns the width of each column.
    fn widths(&self) -> Vec<usize> {
        let width = |row: &Vec<String>, column: usize| {
            row.get(column).map_or(0, |cell| cell.chars().count())
        };
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column| self.rows.iter().map(|row| width(row, column)).max().unwrap_or(0);
        (0..columns).map(widest).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::from(" ");
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                match column {
                    0 => write!(line, " {cell:<width$}")?,
                    _ if self.words.contains(&column) => write!(line, "  {cell:<width$}")?,
                    _ => write!(line, "  {cell:>width$}")?,
                }
            }
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_line() {
        let mut table = Table::new(&["reason"]);
        table.push(vec!["a\nb\u{1b}[2J".into()]);
        assert_eq!(table.to_string(), "  reason\n  a\\nb\\u{1b}[2J\n");
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["name", "value"]);
        table.push(vec!["a".into(), "1 ± 2".into()]);
        table.push(vec!["longer".into(), "–".into()]);
        assert_eq!(table.to_string(), "  name    value\n  a       1 ± 2\n  longer      –\n");
    }
}
