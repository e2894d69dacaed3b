//! Reads the wire format of Protocol Buffers, in which benchmark records are stored. The reader
//! returns fields that borrow from the message, and never allocates memory.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

use thiserror::Error;

/// The reason why bytes could not be read as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtobufError {
    /// The message ends in the middle of a field.
    #[error(
        "byte {offset} of the message: expected {expected}, found the end of the message after {found} bytes"
    )]
    Cut {
        /// Offset at which the incomplete part starts, in bytes from the start of the message.
        offset: usize,
        /// A description of the incomplete part.
        expected: &'static str,
        /// The number of bytes from `offset` to the end of the message.
        found: usize,
    },
    /// A number with more than 64 bits.
    #[error(
        "byte {offset} of the message: expected a number of at most 64 bits, found a longer one"
    )]
    LongNumber {
        /// Offset at which the number starts, in bytes from the start of the message.
        offset: usize,
    },
    /// An invalid field number or wire type.
    #[error("byte {offset} of the message: expected a field's number and type, found {found}")]
    Tag {
        /// Offset at which the tag starts, in bytes from the start of the message.
        offset: usize,
        /// The tag.
        found: u64,
    },
}

/// The value of a field. The wire type of the field determines the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer or a boolean.
    Number(u64),
    /// A `double` or another value of eight bytes.
    Bits64(u64),
    /// A `float` or another value of four bytes.
    Bits32(u32),
    /// A string, bytes or a nested message.
    Bytes(&'a [u8]),
}

/// An iterator over the fields of a message, in the order in which the message contains them. Each
/// item is the number and the value of a field, or an error. Groups, a deprecated feature of the
/// format, cause an error. Iteration ends after the first error.
///
/// ```
/// use ganas_bench::protobuf::{Fields, Value};
/// let message = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i'];
/// let fields: Vec<_> = Fields::new(&message).collect::<Result<_, _>>()?;
/// assert_eq!(fields, [(1, Value::Number(150)), (2, Value::Bytes(b"hi"))]);
/// assert!(Fields::new(&message[..6]).any(|field| field.is_err()));
/// # Ok::<(), ganas_bench::protobuf::ProtobufError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    message: &'a [u8],
    offset: usize,
}

impl<'a> Fields<'a> {
    /// Creates an iterator over the fields of a message.
    pub const fn new(message: &'a [u8]) -> Self {
        Self { message, offset: 0 }
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), ProtobufError> {
        let offset = self.offset;
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Bits64(u64::from_le_bytes(self.fixed("eight bytes")?)),
            2 => {
                let length = self.number()?;
                Value::Bytes(self.bytes(length, "as many bytes as the field's length states")?)
            }
            5 => Value::Bits32(u32::from_le_bytes(self.fixed("four bytes")?)),
            _ => return Err(ProtobufError::Tag { offset, found: tag }),
        };
        match tag >> 3 {
            0 => Err(ProtobufError::Tag { offset, found: tag }),
            number => Ok((number, value)),
        }
    }

    /// Reads a number stored in groups of seven bits, the lowest group first.
    fn number(&mut self) -> Result<u64, ProtobufError> {
        let offset = self.offset;
        let found = self.message.len() - offset;
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let cut = ProtobufError::Cut { offset, expected: "a number", found };
            let [byte] = self.fixed("a number").map_err(|_| cut)?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ProtobufError::LongNumber { offset })
    }

    fn fixed<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], ProtobufError> {
        let bytes = self.bytes(N as u64, expected)?;
        Ok(bytes.first_chunk().copied().unwrap_or([0; N]))
    }

    fn bytes(&mut self, count: u64, expected: &'static str) -> Result<&'a [u8], ProtobufError> {
        let (offset, rest) = (self.offset, &self.message[self.offset..]);
        let taken = usize::try_from(count).ok().and_then(|count| rest.get(..count));
        let taken = taken.ok_or(ProtobufError::Cut { offset, expected, found: rest.len() })?;
        self.offset += taken.len();
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), ProtobufError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset == self.message.len() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.offset = self.message.len();
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first(message: &[u8]) -> Result<(u64, Value<'_>), ProtobufError> {
        Fields::new(message).next().unwrap()
    }

    #[test]
    fn wire_types_are_read() {
        assert_eq!(first(&[0x09, 1, 0, 0, 0, 0, 0, 0, 0]), Ok((1, Value::Bits64(1))));
        assert_eq!(first(&[0x0d, 1, 0, 0, 0]), Ok((1, Value::Bits32(1))));
        let largest = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(first(&largest), Ok((1, Value::Number(u64::MAX))));
    }

    #[test]
    fn wrong_messages_name_their_place() {
        let error = |message: &[u8]| first(message).unwrap_err().to_string();
        assert_eq!(
            error(&[0x12, 5, 1]),
            "byte 2 of the message: expected as many bytes as the field's length states, \
             found the end of the message after 1 bytes"
        );
        assert!(error(&[0x08, 128, 128]).starts_with("byte 1 of the message: expected a number"));
        assert!(error(&[0x08, 128, 128]).ends_with("after 2 bytes"));
        let long = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
        assert!(error(&long).ends_with("found a longer one"));
        for tag in [0x0b, 0x0c, 0x0e, 0x00] {
            assert!(matches!(first(&[tag, 0, 0]), Err(ProtobufError::Tag { .. })), "{tag}");
        }
        assert_eq!(Fields::new(&[0x12, 5, 1]).count(), 1, "nothing comes after an error");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Fields::new(&message).count() <= message.len());
        }
    }
}
