//! A reader of Python pickles that only returns data and never executes code.
//!
//! Python's own reader can execute any code that a pickle contains. This reader supports only a
//! short list of opcodes, which build data such as numbers, strings, lists and dictionaries. It
//! rejects all other opcodes. A pickle may name and "call" only a few harmless globals (Python
//! classes and functions), such as those for ordered dictionaries and NumPy numbers. All other
//! names are rejected. Nothing is really called. Instead, a [`Value`] represents the result of
//! calling a [`Global`].
//!
//! Values are stored in one list, the arena, and refer to each other by [`Id`]. Values that a
//! pickle uses several times are therefore stored only once, and a small file cannot grow into a
//! large tree. A container cannot change once it is part of another container. There are therefore
//! no cycles, and the depth of nesting is known exactly.

use std::io::BufRead;

mod entries;
mod error;
mod global;
mod limits;
mod machine;
mod memo;
mod object;
mod opcode;
mod source;
mod values;

pub use entries::EntryReader;
pub use error::PickleError;
pub use global::{Dtype, Global};
pub use limits::Limits;
pub use values::{Id, Value, Values};

use machine::Machine;

/// The contents of a pickle.
///
/// ```
/// use ganas_bench::pickle::{Limits, Pickle, Value};
/// // pickle.dumps({"a": [1.5]}, protocol=4) without its frame
/// let bytes = b"\x80\x04}\x94\x8c\x01a\x94]\x94G\x3f\xf8\0\0\0\0\0\0as.";
/// let pickle = Pickle::read(bytes, &Limits::default())?;
/// let Value::Dict(entries) = pickle.value(pickle.root()) else { panic!("a dictionary") };
/// assert_eq!(pickle.value(entries[0].0), &Value::Text("a".into()));
/// let Value::List(numbers) = pickle.value(entries[0].1) else { panic!("a list") };
/// assert_eq!(pickle.value(numbers[0]), &Value::Float(1.5));
/// # Ok::<(), ganas_bench::pickle::PickleError>(())
/// ```
#[derive(Debug)]
pub struct Pickle {
    values: Values,
    root: Id,
}

impl Pickle {
    /// Reads a whole pickle.
    ///
    /// # Errors
    /// If the pickle is invalid, contains something that is not allowed, or exceeds a limit. The
    /// error states the position at which reading stopped.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, PickleError> {
        if bytes.len() > limits.bytes {
            let expected = format!("at most {} bytes", limits.bytes);
            return Err(PickleError {
                offset: limits.bytes,
                expected,
                found: format!("{} bytes", bytes.len()),
            });
        }
        let mut machine = Machine::new(bytes, bytes.len(), limits);
        let root = machine.run()?;
        match machine.source.left() {
            0 => Ok(Self { values: machine.arena, root }),
            left => {
                let found = format!("{left} more bytes");
                Err(machine.wrong("the end of the data after STOP", found))
            }
        }
    }

    /// Reads a pickle from `reader`. Any data after the pickle is left in `reader`.
    ///
    /// # Errors
    /// As for [`Pickle::read`].
    pub fn read_from(reader: &mut impl BufRead, limits: &Limits) -> Result<Self, PickleError> {
        let mut machine = Machine::new(reader, limits.bytes, limits);
        let root = machine.run()?;
        Ok(Self { values: machine.arena, root })
    }

    /// Returns all values of the pickle.
    pub const fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the id of the value that represents the whole pickle.
    pub fn root(&self) -> Id {
        self.root
    }

    /// Returns the id of the value that the dictionary with the id `dictionary` contains for the
    /// string `key`. Returns `None` if there is no such dictionary or if it has no such key. If the
    /// key occurs several times, the result is the id of the last value.
    pub fn entry(&self, dictionary: Id, key: &str) -> Option<Id> {
        let Value::Dict(entries) = self.value(dictionary) else { return None };
        let is_named = |name: Id| matches!(self.value(name), Value::Text(text) if **text == *key);
        entries.iter().rev().find(|(name, _)| is_named(*name)).map(|(_, value)| *value)
    }

    /// Returns the value with this id, or [`Value::Dropped`] if there is no such value.
    pub fn value(&self, id: Id) -> &Value {
        self.values.value(id)
    }
}

#[cfg(test)]
mod tests;
