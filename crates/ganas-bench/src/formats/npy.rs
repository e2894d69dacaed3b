//! Reads NumPy's array files (`.npy`) and archives of them (`.npz`). Supports only what tables of
//! numbers require.
//!
//! Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::{Cursor, Read as _};

use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

/// Maximum size of an array in bytes.
const MAX_BYTES: u64 = 1 << 28;
const MAGIC: &[u8] = b"\x93NUMPY";

/// The reason why an array could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The archive cannot be read.
    #[error("not a readable zip archive: {source}")]
    Zip {
        /// The error.
        #[from]
        source: ZipError,
    },
    /// An array's data cannot be unpacked.
    #[error("could not unpack: {source}")]
    Io {
        /// The error.
        #[from]
        source: std::io::Error,
    },
    /// An array is missing, or does not have the expected type or shape.
    #[error("expected {expected}, found {found}")]
    Form {
        /// The expected form.
        expected: String,
        /// The actual form.
        found: String,
    },
}

/// An array of little-endian numbers, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Array {
    /// Type of the numbers, such as `<u4`.
    descr: String,
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// An archive of arrays in memory.
#[derive(Debug)]
pub(crate) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, NpyError> {
        Ok(Self(ZipArchive::new(Cursor::new(bytes))?))
    }

    /// Returns the named array.
    pub(crate) fn array(&mut self, name: &str) -> Result<Array, NpyError> {
        let file = format!("{name}.npy");
        if self.0.index_for_name(&file).is_none() {
            let found = format!("{} other files", self.0.len());
            return Err(form(&format!("a file `{file}` in the archive"), found));
        }
        let member = self.0.by_name(&file)?;
        let mut bytes = Vec::new();
        member.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            let expected = format!("an array of at most {MAX_BYTES} bytes");
            return Err(NpyError::Form { expected, found: "more".into() });
        }
        Array::read(bytes)
    }
}

impl Array {
    /// Reads a whole `.npy` file.
    pub(crate) fn read(mut bytes: Vec<u8>) -> Result<Self, NpyError> {
        let (header, start) = header(&bytes).ok_or_else(|| {
            form("a NumPy array of format 1, 2 or 3", format!("{} other bytes", bytes.len()))
        })?;
        let descr = field(header, "descr").map(|text| text.trim_matches(['\'', '"']).to_owned());
        let in_rows = field(header, "fortran_order") == Some("False");
        let shape = field(header, "shape").and_then(shape);
        let (Some(descr), true, Some(shape)) = (descr, in_rows, shape) else {
            return Err(form(
                "a plain type and shape, stored row by row",
                format!("`{}`", header.trim()),
            ));
        };
        let data = bytes.split_off(start);
        let length = width(&descr).and_then(|width| {
            shape.iter().try_fold(width, |length: usize, side| length.checked_mul(*side))
        });
        if length != Some(data.len()) {
            let expected = format!("numbers of type {descr} in the shape {shape:?}");
            return Err(form(&expected, format!("{} bytes", data.len())));
        }
        Ok(Self { descr, shape, data })
    }

    /// Returns the numbers, which must be unsigned integers with `columns` per row.
    pub(crate) fn unsigned(&self, columns: usize) -> Result<impl Iterator<Item = u64>, NpyError> {
        let is_shape = match self.shape[..] {
            [_] => columns == 1,
            [_, found] => found == columns,
            _ => false,
        };
        let width = width(&self.descr).unwrap_or(1);
        if !is_shape || !matches!(self.descr.as_bytes(), [b'<' | b'|', b'u', _]) {
            let expected = format!("unsigned integers, {columns} per row");
            return Err(form(&expected, format!("{} in the shape {:?}", self.descr, self.shape)));
        }
        Ok(self
            .data
            .chunks_exact(width)
            .map(|bytes| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }
}

/// Returns the header's text, and the offset of the data.
fn header(bytes: &[u8]) -> Option<(&str, usize)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, start) = match rest {
        [1, _, low, high, ..] => (usize::from(u16::from_le_bytes([*low, *high])), 10),
        [2 | 3, _, a, b, c, d, ..] => {
            (usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?, 12)
        }
        _ => return None,
    };
    let end = length.checked_add(start)?;
    Some((std::str::from_utf8(bytes.get(start..end)?).ok()?, end))
}

/// Returns a value of the header, which is a Python dictionary in one line.
fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{name}':"))?;
    let rest = rest.trim_start();
    let end = if rest.starts_with('(') { rest.find(')')? + 1 } else { rest.find([',', '}'])? };
    Some(rest[..end].trim_end())
}

/// Reads a tuple of integers, such as `(3,)`.
fn shape(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let numbers = inner.split(',').map(str::trim).filter(|text| !text.is_empty());
    numbers.map(|text| text.parse().ok()).collect()
}

/// Returns the number of bytes of a type such as `<u4`.
fn width(descr: &str) -> Option<usize> {
    match descr.as_bytes() {
        [b'|', _, b'1'] => Some(1),
        [b'<', _, width @ (b'1' | b'2' | b'4' | b'8')] => Some(usize::from(width - b'0')),
        _ => None,
    }
}

fn form(expected: &str, found: String) -> NpyError {
    NpyError::Form { expected: expected.into(), found }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn arrays_are_read() {
        let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }  \n";
        let array = Array::read(file(header, &[1, 0, 2, 0, 3, 0, 4, 1])).unwrap();
        assert_eq!(array.unsigned(2).unwrap().collect::<Vec<_>>(), [1, 2, 3, 260]);
        assert!(array.unsigned(1).is_err());
    }

    #[test]
    fn other_arrays_are_refused() {
        let error = |header: &str, data: &[u8]| {
            Array::read(file(header, data)).and_then(|array| array.unsigned(1).map(|_| ()))
        };
        let header = |descr: &str, order: &str, shape: &str| {
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}")
        };
        assert!(error(&header("<u4", "False", "(1,)"), &[0; 4]).is_ok());
        for (descr, order, shape) in [
            ("<u4", "True", "(1,)"),
            ("<u4", "False", "(2,)"),
            ("<u4", "False", "(1, 1, 1)"),
            ("<u4", "False", "(18446744073709551615, 9)"),
            (">u4", "False", "(1,)"),
            ("<f4", "False", "(1,)"),
            ("|O", "False", "(1,)"),
        ] {
            assert!(error(&header(descr, order, shape), &[0; 4]).is_err(), "{descr} {shape}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(
            header in "\\{?('descr': )?.{0,40}('shape': ?\\()?.{0,20}",
            body in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = Array::read(body.clone());
            let _ = Array::read(file(&header, &body));
            let _ = Array::read([MAGIC, &body].concat());
            let _ = Archive::open(&body);
        }
    }
}
