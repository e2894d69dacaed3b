//! Finds the parts of a table and verifies them, or reports that the bytes are not a table.

use std::ops::Range;

use super::layout::{
    ALIGNMENT, BLOCK, DATA_LENGTH, FORMAT_VERSION, HEADER_LENGTH, HEADER_SUM, Header, MAGIC,
    PRELUDE, VERSION, header_sum, hexadecimal, sum,
};
use crate::BenchError;

/// Bytes that may be a table.
pub(super) struct Frame<'a> {
    pub(super) origin: &'a str,
    pub(super) bytes: &'a [u8],
}

/// The positions of the parts of a table.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) header: Range<usize>,
    pub(super) data: Range<usize>,
}

impl Parts {
    /// Returns the number of blocks of the data.
    pub(super) fn blocks(&self) -> usize {
        self.data.len().div_ceil(BLOCK)
    }
}

impl Frame<'_> {
    /// Returns the positions of the parts. Verifies the checksum of everything before the data, but
    /// does not interpret the header.
    pub(super) fn parts(&self) -> Result<Parts, BenchError> {
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
            let expected = format!(
                "a file size that matches the recorded lengths of the header ({header}) and the data ({data})"
            );
            return Err(self.damaged(HEADER_LENGTH.start, expected, format!("{total} bytes")));
        };
        let found = header_sum(self.bytes, &self.bytes[PRELUDE..start]);
        self.compare(HEADER_SUM.start, &self.bytes[HEADER_SUM], found)?;
        Ok(Parts { header: PRELUDE..PRELUDE + header, data: start..total })
    }

    /// Verifies a block of the data, counted from 0.
    pub(super) fn verify_block(&self, parts: &Parts, block: usize) -> Result<(), BenchError> {
        let start = parts.data.start + block * BLOCK;
        let end = parts.data.end.min(start + BLOCK);
        let expected = parts.header.end + block * 32;
        self.compare(start, &self.bytes[expected..expected + 32], sum(&self.bytes[start..end]))
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

    /// Reads the verified header; returns it with the offsets of the sections.
    pub(super) fn header(&self, parts: &Parts) -> Result<(Header, Vec<usize>), BenchError> {
        let data = &parts.data;
        let header: Header = serde_json::from_slice(&self.bytes[parts.header.clone()])
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
            return Err(self.damaged(
                end,
                "the end of the file after the last section".into(),
                found,
            ));
        }
        Ok((header, starts))
    }

    fn number<const N: usize>(&self, range: Range<usize>) -> Result<[u8; N], BenchError> {
        let prelude = self.bytes.get(..PRELUDE).and_then(|prelude| prelude[range].first_chunk());
        prelude.copied().ok_or_else(|| {
            let found = format!("the end of the file after {} bytes", self.bytes.len());
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
