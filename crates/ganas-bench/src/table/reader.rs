use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;

use super::layout::{
    ALIGNMENT, BLOCK, DATA_LENGTH, FORMAT_VERSION, HEADER_LENGTH, HEADER_SUM, Header, MAGIC,
    Number, PRELUDE, SectionHeader, VERSION, header_sum, hexadecimal, sha256, sum,
};
use crate::BenchError;

/// A table, all of it verified.
pub struct Table {
    origin: String,
    bytes: Cow<'static, [u8]>,
    header: Header,
    /// Where each section begins.
    starts: Vec<usize>,
}

/// A section of a table, for [`Table::get`].
#[derive(Debug, Clone, Copy)]
pub struct Section<T> {
    start: usize,
    rows: usize,
    columns: usize,
    number: PhantomData<T>,
}

impl Table {
    /// Verifies `bytes`; `origin` is what errors call them.
    ///
    /// # Errors
    /// [`BenchError::NotATable`], [`BenchError::TableFormat`] and [`BenchError::DamagedTable`].
    ///
    /// # Complexity
    /// One SHA-256 of all bytes.
    pub fn open(origin: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BenchError> {
        let bytes = bytes.into();
        let file = Bytes { origin, bytes: &bytes };
        let data = file.frame()?;
        let (header, starts) = file.header(&data)?;
        Ok(Self { origin: origin.to_owned(), bytes, header, starts })
    }

    /// Reads and verifies a file.
    ///
    /// # Errors
    /// As [`Table::open`], and if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let bytes = std::fs::read(path).map_err(BenchError::io(path, "read"))?;
        Self::open(&path.display().to_string(), bytes)
    }

    /// What the table is called in errors: its file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the table is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The whole table, as it is stored.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of bytes of the whole table.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 of the whole table, as `sha256sum` prints it.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Finds a section by its name, type and shape.
    ///
    /// # Errors
    /// [`BenchError::OtherTable`] if there is none.
    pub fn section<T: Number>(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Section<T>, BenchError> {
        let wanted = SectionHeader {
            name: name.into(),
            element: T::ELEMENT,
            columns: columns as u64,
            rows: rows as u64,
        };
        let sections = &self.header.sections;
        let Some(index) = sections.iter().position(|section| section.name == name) else {
            return Err(self.other(format!("section {wanted}"), "no such section".into()));
        };
        if sections[index] != wanted {
            return Err(self.other(format!("section {wanted}"), sections[index].to_string()));
        }
        Ok(Section { start: self.starts[index], rows, columns, number: PhantomData })
    }

    /// One number.
    ///
    /// # Panics
    /// If the section has no such row or column.
    pub fn get<T: Number>(&self, section: Section<T>, row: usize, column: usize) -> T {
        assert!(row < section.rows && column < section.columns, "no row {row}, column {column}");
        let index = row * section.columns + column;
        T::read(&self.bytes[section.start + index * T::ELEMENT.width()..])
    }

    /// The error that this is a sound table of something else.
    pub(crate) fn other(&self, expected: String, found: String) -> BenchError {
        BenchError::OtherTable { file: self.origin.clone(), expected, found }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.len();
        let mut fields = formatter.debug_struct("Table");
        fields.field("origin", &self.origin).field("size", &size).finish_non_exhaustive()
    }
}

impl fmt::Display for SectionHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, element, columns, rows } = self;
        write!(formatter, "`{name}` of {rows} rows of {columns} {element:?}")
    }
}

/// Bytes that may be a table.
struct Bytes<'a> {
    origin: &'a str,
    bytes: &'a [u8],
}

impl Bytes<'_> {
    /// Verifies everything but the header's content; gives where the data is.
    fn frame(&self) -> Result<Range<usize>, BenchError> {
        self.magic_and_version()?;
        let header = self.number::<4>(HEADER_LENGTH).map(u32::from_le_bytes)? as usize;
        let data = self.number::<8>(DATA_LENGTH).map(u64::from_le_bytes)?;
        let total = self.bytes.len();
        let start = usize::try_from(data)
            .ok()
            .and_then(|data| data.div_ceil(BLOCK).checked_mul(32)?.checked_add(header))
            .and_then(|length| length.checked_add(PRELUDE)?.checked_next_multiple_of(ALIGNMENT))
            .filter(|start| total.checked_sub(*start).is_some_and(|left| left as u64 == data));
        let Some(start) = start else {
            let expected =
                format!("a file of the length that its lengths ({header}, {data}) add up to");
            return Err(self.damaged(HEADER_LENGTH.start, expected, format!("{total} bytes")));
        };
        let found = header_sum(self.bytes, &self.bytes[PRELUDE..start]);
        self.compare(HEADER_SUM.start, &self.bytes[HEADER_SUM], found)?;
        let sums = self.bytes[PRELUDE + header..].chunks_exact(32);
        for ((block, bytes), expected) in (0..).zip(self.bytes[start..].chunks(BLOCK)).zip(sums) {
            self.compare(start + block * BLOCK, expected, sum(bytes))?;
        }
        Ok(start..total)
    }

    fn magic_and_version(&self) -> Result<(), BenchError> {
        if !self.bytes.starts_with(&MAGIC) {
            let found = &self.bytes[..self.bytes.len().min(MAGIC.len())];
            return Err(BenchError::NotATable {
                file: self.origin.into(),
                expected: hexadecimal(&MAGIC),
                found: if found.is_empty() { "an empty file".into() } else { hexadecimal(found) },
            });
        }
        match self.number(VERSION).map(u32::from_le_bytes)? {
            FORMAT_VERSION => Ok(()),
            found => Err(BenchError::TableFormat {
                file: self.origin.into(),
                expected: FORMAT_VERSION,
                found,
            }),
        }
    }

    /// Reads the verified header; gives it and where each section begins.
    fn header(&self, data: &Range<usize>) -> Result<(Header, Vec<usize>), BenchError> {
        let length = self.number::<4>(HEADER_LENGTH).map(u32::from_le_bytes)? as usize;
        let header: Header = serde_json::from_slice(&self.bytes[PRELUDE..PRELUDE + length])
            .map_err(|error| self.damaged(PRELUDE, "a header".into(), error.to_string()))?;
        let mut starts = Vec::with_capacity(header.sections.len());
        let mut end = data.start;
        for section in &header.sections {
            starts.push(end);
            let next = section
                .length()
                .and_then(|length| end.checked_add(length)?.checked_next_multiple_of(ALIGNMENT))
                .filter(|next| *next <= data.end);
            let Some(next) = next else {
                let expected = format!("data for section {section}");
                return Err(self.damaged(end, expected, format!("{} bytes", data.end - end)));
            };
            end = next;
        }
        if end != data.end {
            let found = format!("{} more bytes", data.end - end);
            return Err(self.damaged(end, "the end after the last section".into(), found));
        }
        Ok((header, starts))
    }

    fn number<const N: usize>(&self, range: Range<usize>) -> Result<[u8; N], BenchError> {
        let prelude = self.bytes.get(..PRELUDE).and_then(|prelude| prelude[range].first_chunk());
        prelude.copied().ok_or_else(|| {
            let found = format!("the end after {}", self.bytes.len());
            self.damaged(0, format!("at least {PRELUDE} bytes"), found)
        })
    }

    fn compare(&self, offset: usize, expected: &[u8], found: [u8; 32]) -> Result<(), BenchError> {
        if expected == found {
            return Ok(());
        }
        let text = |sum: &[u8]| format!("SHA-256 {}…", hexadecimal(&sum[..8]));
        Err(self.damaged(offset, text(expected), text(&found)))
    }

    fn damaged(&self, offset: usize, expected: String, found: String) -> BenchError {
        BenchError::DamagedTable { file: self.origin.into(), offset, expected, found }
    }
}
