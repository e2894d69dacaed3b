//! Reads a long pickle one entry at a time.

use std::fmt;
use std::io::BufRead;

use super::machine::Machine;
use super::opcode::Opcode;
use super::{Id, Limits, PickleError, Value, Values};

/// The id that replaces those of all dropped values of earlier entries.
const DROPPED: Id = Id(0);

/// A reader that returns, one at a time, the entries of one dictionary in a pickle. It drops each
/// entry when the next one is requested. Only one entry is therefore in memory at a time, even if
/// the pickle is several gigabytes long.
///
/// The pickle as a whole must be a dictionary with strings as keys. The dictionary that is read is
/// the value of one of these keys. Its own keys must be integers. Its values must be strings,
/// numbers, or dictionaries or objects with strings as keys, because other integers in a value may
/// be mistaken for the next key. Strings, globals (Python classes and functions) and NumPy number
/// types are kept, because later entries may refer to them. If a later entry refers to any other
/// value of an earlier entry, that value is replaced with [`Value::Dropped`].
///
/// ```
/// use ganas_bench::pickle::{EntryReader, Limits, Value};
/// // pickle.dumps({"a": {1: "one", 2: "two"}}, protocol=4) without its frame
/// let bytes = b"\x80\x04}\x94\x8c\x01a\x94}\x94(K\x01\x8c\x03one\x94K\x02\x8c\x03two\x94us.";
/// let mut reader = EntryReader::new(&bytes[..], &Limits::long(), "a");
/// let mut texts = Vec::new();
/// while let Some((_, value)) = reader.next_entry()? {
///     texts.push(reader.values().value(value).clone());
/// }
/// assert_eq!(texts, ["one", "two"].map(|text| Value::Text(text.into())));
/// # Ok::<(), ganas_bench::pickle::PickleError>(())
/// ```
pub struct EntryReader<R> {
    machine: Machine<R>,
    /// Key of the dictionary that is read.
    key: Box<str>,
    dictionary: Option<Id>,
    /// Number of values of the arena that are kept.
    kept: usize,
    /// Number of items that the kept values contribute to the limit.
    kept_items: usize,
    state: State,
}

enum State {
    New,
    /// An entry was returned, and this opcode follows it.
    Given(Opcode),
    Ended,
}

impl<R: BufRead> EntryReader<R> {
    /// Creates a reader for the dictionary that is the value of `key` in the pickle.
    pub fn new(reader: R, limits: &Limits, key: &str) -> Self {
        let mut machine = Machine::new(reader, limits.bytes, limits);
        machine.arena.add(Value::Dropped, 0);
        let (key, state) = (key.into(), State::New);
        Self { machine, key, dictionary: None, kept: 1, kept_items: 0, state }
    }

    /// Returns the key and value of the next entry. After the last entry, the rest of the pickle is
    /// read and the result is `None`. The result is also `None` if an earlier call returned an
    /// error.
    ///
    /// # Errors
    /// As for [`Pickle::read`](super::Pickle::read).
    pub fn next_entry(&mut self) -> Result<Option<(Id, Id)>, PickleError> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::New => self.machine.begin()?,
            State::Given(opcode) => {
                self.let_go();
                self.machine.step(opcode)?;
            }
            State::Ended => return Ok(None),
        }
        while let Some(opcode) = self.machine.next_opcode()? {
            if let Some(entry) = self.completed_before(opcode)? {
                self.state = State::Given(opcode);
                return Ok(Some(entry));
            }
            self.machine.step(opcode)?;
        }
        self.machine.result()?;
        Ok(None)
    }

    /// Returns the values that make up the current entry of the dictionary, and those kept from
    /// earlier entries because later ones may refer to them.
    pub const fn values(&self) -> &Values {
        &self.machine.arena
    }

    /// Returns the number of bytes of the pickle that have been read so far.
    pub const fn position(&self) -> usize {
        self.machine.source.position
    }

    /// Returns the reader from which the pickle is read.
    pub const fn get_ref(&self) -> &R {
        self.machine.source.reader()
    }

    /// Returns the entry on top of the stack, if `opcode` shows that the entry is complete. An
    /// opcode shows this if it adds the entry to the dictionary, or if it begins another key. A new
    /// key of the dictionary is recognised because it is an integer above complete pairs on the
    /// stack. A value must therefore contain no list of one integer and no dictionary with integer
    /// keys.
    ///
    /// If the pickle later adds to an entry that was returned, it finds [`Value::Dropped`] in place
    /// of the entry, which is an error.
    fn completed_before(&mut self, opcode: Opcode) -> Result<Option<(Id, Id)>, PickleError> {
        use Opcode::{BinInt, BinInt1, BinInt2, Long1, Mark, SetItem, SetItems};
        if !matches!(opcode, BinInt | BinInt1 | BinInt2 | Long1 | Mark | SetItem | SetItems) {
            return Ok(None);
        }
        if self.dictionary.is_none() {
            self.dictionary = self.dictionary_on_top();
            self.kept = self.machine.arena.cells.len();
            self.kept_items = self.machine.items;
        }
        match *self.open_entries(opcode).unwrap_or_default() {
            [.., before, key, value] if before == DROPPED => Ok(Some((key, value))),
            [key, value] => Ok(Some((key, value))),
            [] => Ok(None),
            _ => Err(self.machine.wrong("whole numbers as keys", "other keys".into())),
        }
    }

    /// Returns the part of the stack above the dictionary being read; `None` where no entry can be
    /// complete.
    fn open_entries(&self, opcode: Opcode) -> Option<&[Id]> {
        let stack = &self.machine.stack;
        let base = match opcode {
            Opcode::Mark => return None,
            Opcode::SetItem => stack.len().checked_sub(2)?,
            _ => *self.machine.marks.last()?,
        };
        let here = self.dictionary.is_some()
            && self.dictionary == stack.get(base.checked_sub(1)?).copied()
            && (stack.len() - base).is_multiple_of(2);
        here.then(|| &stack[base..])
    }

    /// Returns the top of the stack if it is the dictionary being read.
    fn dictionary_on_top(&self) -> Option<Id> {
        let (stack, values) = (&self.machine.stack, &self.machine.arena);
        let [root, .., key, top] = stack[..] else { return None };
        let outermost = match self.machine.marks[..] {
            [] => stack.len() == 3,
            [1] => stack.len() % 2 == 1,
            _ => false,
        };
        let matches = outermost
            && matches!(values.value(root), Value::Dict(_))
            && matches!(values.value(key), Value::Text(key) if *key == self.key)
            && matches!(values.value(top), Value::Dict(entries) if entries.is_empty());
        matches.then_some(top)
    }

    /// Drops the entry on top of the stack, but keeps the values that later entries may refer to.
    fn let_go(&mut self) {
        let machine = &mut self.machine;
        let cells = &mut machine.arena.cells;
        let mut places = vec![DROPPED; cells.len() - self.kept];
        let (first, mut next) = (self.kept, self.kept);
        for old in first..cells.len() {
            match &cells[old].value {
                Value::Text(text) => {
                    self.kept_items += 1 + text.len();
                    if let Some(id) = machine.texts.get_mut(text) {
                        id.0 = to_u32(next);
                    }
                }
                Value::Global(_) | Value::Dtype(_) => self.kept_items += 1,
                _ => continue,
            }
            places[old - first].0 = to_u32(next);
            cells.swap(old, next);
            next += 1;
        }
        cells.truncate(next);
        let place = |id: Id| (id.0 as usize).checked_sub(first).map_or(id, |place| places[place]);
        machine.memo.settle(place);
        for id in &mut machine.stack {
            *id = place(*id);
        }
        // Drop the entry itself even if it is a string.
        for id in machine.stack.iter_mut().rev().take(2) {
            *id = DROPPED;
        }
        machine.items = self.kept_items;
        machine.source.end = machine.source.position.saturating_add(machine.limits.bytes);
        self.kept = next;
    }
}

/// Converts an index in the arena; all indices fit.
fn to_u32(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(DROPPED.0)
}

impl<R> fmt::Debug for EntryReader<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EntryReader").field("key", &self.key).finish_non_exhaustive()
    }
}
