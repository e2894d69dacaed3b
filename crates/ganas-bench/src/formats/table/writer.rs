//! Writes tables.

use super::layout::{
    ALIGNMENT, BLOCK, DATA_LENGTH, FORMAT_VERSION, HEADER_LENGTH, HEADER_SUM, Header, MAGIC,
    Number, PRELUDE, Provenance, SectionHeader, VERSION, header_sum, sum,
};

/// A builder of a table. Sections are added to the table one by one.
///
/// ```
/// use ganas_bench::table::{Provenance, Table, TableWriter};
/// # let text = || String::from("…");
/// # let provenance = Provenance {
/// #     benchmark: text(), part: text(), contents: text(), source: text(),
/// #     source_sha256: text(), licence: text(),
/// # };
/// let mut writer = TableWriter::new(provenance);
/// writer.section("pairs", 2, [1_u16, 2, 3, 4]);
/// let table = Table::open("pairs.table", writer.finish())?;
/// let pairs = table.section::<u16>("pairs", 2, 2)?;
/// assert_eq!(table.get(pairs, 1, 0), 3);
/// # Ok::<(), ganas_bench::BenchError>(())
/// ```
#[derive(Debug)]
pub struct TableWriter {
    header: Header,
    data: Vec<u8>,
}

impl TableWriter {
    /// Creates a builder for a table that has no sections yet.
    pub const fn new(provenance: Provenance) -> Self {
        Self { header: Header { provenance, sections: Vec::new() }, data: Vec::new() }
    }

    /// Adds a section that consists of `numbers`, which must be given row by row. If the last row
    /// is incomplete, it is left out.
    ///
    /// # Panics
    /// If `columns` is 0.
    pub fn section<T: Number>(
        &mut self,
        name: &str,
        columns: usize,
        numbers: impl IntoIterator<Item = T>,
    ) {
        assert!(columns > 0, "a section has columns");
        let start = self.data.len();
        for number in numbers {
            number.write(&mut self.data);
        }
        let row = columns * T::ELEMENT.width();
        let rows = (self.data.len() - start) / row;
        self.data.truncate(start + rows * row);
        self.data.resize(self.data.len().next_multiple_of(ALIGNMENT), 0);
        self.header.sections.push(SectionHeader {
            name: name.into(),
            element: T::ELEMENT,
            columns: columns as u64,
            rows: rows as u64,
        });
    }

    /// Returns the bytes of the whole table.
    ///
    /// # Panics
    /// If the header, which contains the section names and the provenance, exceeds 4 GiB.
    pub fn finish(self) -> Vec<u8> {
        let header = serde_json::to_vec(&self.header).expect("a header is plain data");
        let header_length = u32::try_from(header.len()).expect("a header is small");
        let mut bytes = vec![0; PRELUDE];
        bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
        bytes[VERSION].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[HEADER_LENGTH].copy_from_slice(&header_length.to_le_bytes());
        bytes[DATA_LENGTH].copy_from_slice(&(self.data.len() as u64).to_le_bytes());
        bytes.extend(header);
        for block in self.data.chunks(BLOCK) {
            bytes.extend(sum(block));
        }
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        let sum = header_sum(&bytes, &bytes[PRELUDE..]);
        bytes[HEADER_SUM].copy_from_slice(&sum);
        bytes.extend(self.data);
        bytes
    }
}
