//! The locations of a table's sections.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use super::layout::{Header, Number, SectionHeader};

/// The location of a section within a table. [`Table::get`](super::Table::get) and
/// [`MappedTable::get`](super::MappedTable::get) use it to read the section's numbers.
#[derive(Debug, Clone, Copy)]
pub struct Section<T> {
    start: usize,
    rows: usize,
    columns: usize,
    number: PhantomData<T>,
}

impl<T: Number> Section<T> {
    /// Finds the section with this name, type and shape; if there is none, returns what was
    /// expected and found.
    pub(super) fn find(
        header: &Header,
        starts: &[usize],
        rows: usize,
        columns: usize,
        name: &str,
    ) -> Result<Self, (String, String)> {
        let wanted = SectionHeader {
            name: name.into(),
            element: T::ELEMENT,
            columns: columns as u64,
            rows: rows as u64,
        };
        let expected = format!("section {wanted}");
        let Some(index) = header.sections.iter().position(|section| section.name == name) else {
            return Err((expected, "no such section".into()));
        };
        if header.sections[index] != wanted {
            return Err((expected, header.sections[index].to_string()));
        }
        Ok(Self { start: starts[index], rows, columns, number: PhantomData })
    }

    /// Returns the position in the table of `count` consecutive numbers of a row, starting at
    /// `column`.
    pub(super) fn place(&self, row: usize, column: usize, count: usize) -> Range<usize> {
        let Self { rows, columns, .. } = *self;
        assert!(
            row < rows && column + count <= columns,
            "no {count} at row {row}, column {column}"
        );
        let start = self.start + (row * columns + column) * T::ELEMENT.width();
        start..start + count * T::ELEMENT.width()
    }
}

impl<T> Section<T> {
    /// Returns the number of rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of columns.
    pub const fn columns(&self) -> usize {
        self.columns
    }
}

impl fmt::Display for SectionHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, element, columns, rows } = self;
        write!(formatter, "`{name}` ({rows} rows of {columns} {element:?})")
    }
}
