//! The stack machine that executes a pickle.

use std::collections::HashMap;
use std::io::BufRead;

use super::memo::Memo;
use super::opcode::{self, Opcode};
use super::source::Source;
use super::{Id, Limits, PickleError, Value, Values};

/// Highest existing pickle protocol.
const PROTOCOL: u8 = 5;
/// Maximum length in bytes of the name of a module or of a global in it.
pub(super) const MAX_NAME_LENGTH: usize = 256;

pub(super) struct Machine<R> {
    pub(super) source: Source<R>,
    pub(super) limits: Limits,
    pub(super) arena: Values,
    /// The arena's strings: equal strings share one value.
    pub(super) texts: HashMap<Box<str>, Id>,
    pub(super) items: usize,
    pub(super) stack: Vec<Id>,
    /// Stack heights at which marks were set.
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo,
}

impl<R: BufRead> Machine<R> {
    /// Creates a machine for a source of at most `end` bytes.
    pub(super) fn new(reader: R, end: usize, limits: &Limits) -> Self {
        Self {
            source: Source::new(reader, end),
            limits: *limits,
            arena: Values { cells: Vec::new() },
            texts: HashMap::new(),
            items: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
        }
    }

    /// Runs up to and including STOP; returns the result.
    pub(super) fn run(&mut self) -> Result<Id, PickleError> {
        self.begin()?;
        while let Some(opcode) = self.next_opcode()? {
            self.step(opcode)?;
        }
        self.result()
    }

    pub(super) fn begin(&mut self) -> Result<(), PickleError> {
        match self.source.next_byte()? {
            Some(0x80) => Ok(()),
            byte => {
                let found = byte.map_or("the end".into(), |byte| format!("byte {byte:#04x}"));
                Err(self.wrong("a pickle of protocol 2 or later", found))
            }
        }
    }

    /// Returns the next opcode; `None` at STOP.
    pub(super) fn next_opcode(&mut self) -> Result<Option<Opcode>, PickleError> {
        self.source.start = self.source.position;
        let [byte] = self.take("an opcode")?;
        match Opcode::of(byte) {
            Some(Opcode::Stop) => Ok(None),
            Some(opcode) => Ok(Some(opcode)),
            None => Err(self.wrong("an opcode that only builds data", opcode::describe(byte))),
        }
    }

    /// Returns the value left after STOP.
    pub(super) fn result(&mut self) -> Result<Id, PickleError> {
        let root = self.pop()?;
        if !self.stack.is_empty() || !self.marks.is_empty() {
            return Err(self.wrong("one result", "more values on the stack".into()));
        }
        Ok(root)
    }

    pub(super) fn step(&mut self, opcode: Opcode) -> Result<(), PickleError> {
        match opcode {
            Opcode::Proto => self.protocol(),
            Opcode::Frame => self.frame(),
            Opcode::Mark => self.mark(),
            Opcode::EmptyList => self.push(Value::List(Vec::new()), 1),
            Opcode::EmptyDict => self.push(Value::Dict(Vec::new()), 1),
            Opcode::BinFloat => {
                let number = f64::from_be_bytes(self.take("an 8-byte number")?);
                self.push(Value::Float(number), 0)
            }
            Opcode::BinInt | Opcode::BinInt1 | Opcode::BinInt2 | Opcode::Long1 => {
                let number = self.integer(opcode)?;
                self.push(Value::Integer(number), 0)
            }
            Opcode::None => self.push(Value::None, 0),
            Opcode::NewFalse => self.push(Value::Bool(false), 0),
            Opcode::NewTrue => self.push(Value::Bool(true), 0),
            Opcode::ShortBinBytes => {
                let [length] = self.take("a length")?;
                self.byte_string(usize::from(length))
            }
            Opcode::BinBytes => {
                let length = u32::from_le_bytes(self.take("a 4-byte length")?);
                self.byte_string(length as usize)
            }
            Opcode::ShortBinUnicode => {
                let [length] = self.take("a length")?;
                self.text(usize::from(length))
            }
            Opcode::BinUnicode => {
                let length = u32::from_le_bytes(self.take("a 4-byte length")?);
                self.text(length as usize)
            }
            Opcode::Memoize => self.memoize(self.memo.len()),
            Opcode::BinPut => {
                let [index] = self.take("an index")?;
                self.memoize(usize::from(index))
            }
            Opcode::LongBinPut => {
                let index = u32::from_le_bytes(self.take("a 4-byte index")?);
                self.memoize(index as usize)
            }
            Opcode::BinGet => {
                let [index] = self.take("an index")?;
                self.recall(usize::from(index))
            }
            Opcode::LongBinGet => {
                let index = u32::from_le_bytes(self.take("a 4-byte index")?);
                self.recall(index as usize)
            }
            Opcode::Append => {
                let value = self.pop()?;
                self.extend_list(&[value])
            }
            Opcode::Appends => {
                let values = self.pop_to_mark()?;
                self.extend_list(&values)
            }
            Opcode::SetItem => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend_dict(&[key, value])
            }
            Opcode::SetItems => {
                let values = self.pop_to_mark()?;
                self.extend_dict(&values)
            }
            Opcode::EmptySet => self.push(Value::Set(Vec::new()), 1),
            Opcode::AddItems => {
                let values = self.pop_to_mark()?;
                self.extend_set(&values)
            }
            Opcode::EmptyTuple => self.tuple(Vec::new()),
            Opcode::Tuple1 => self.tuple_of(1),
            Opcode::Tuple2 => self.tuple_of(2),
            Opcode::Tuple3 => self.tuple_of(3),
            Opcode::Tuple => {
                let values = self.pop_to_mark()?;
                self.tuple(values)
            }
            Opcode::Global => self.global(),
            Opcode::StackGlobal => self.stack_global(),
            Opcode::Reduce => self.reduce(),
            Opcode::Build => self.build(),
            Opcode::NewObj => self.new_object(),
            Opcode::Stop => Ok(()),
        }
    }

    fn protocol(&mut self) -> Result<(), PickleError> {
        match self.take("a protocol number")? {
            [2..=PROTOCOL] => Ok(()),
            [found] => Err(self.wrong("protocol 2 to 5", format!("protocol {found}"))),
        }
    }

    fn frame(&mut self) -> Result<(), PickleError> {
        let length = u64::from_le_bytes(self.take("an 8-byte frame length")?);
        let left = self.source.left();
        if length > left as u64 {
            return Err(self.wrong(&format!("a frame of at most {left} bytes"), length.to_string()));
        }
        Ok(())
    }

    fn integer(&mut self, opcode: Opcode) -> Result<i64, PickleError> {
        Ok(match opcode {
            Opcode::BinInt1 => {
                let [number] = self.take("a 1-byte number")?;
                number.into()
            }
            Opcode::BinInt2 => u16::from_le_bytes(self.take("a 2-byte number")?).into(),
            Opcode::BinInt => i32::from_le_bytes(self.take("a 4-byte number")?).into(),
            _ => {
                let [length] = self.take("a length")?;
                self.long(usize::from(length))?
            }
        })
    }

    /// Reads a number in two's complement, little endian.
    fn long(&mut self, length: usize) -> Result<i64, PickleError> {
        if length > 8 {
            return Err(self.wrong("a number of at most 8 bytes", format!("{length} bytes")));
        }
        self.source.with(length, "a number", |digits| {
            let sign = digits.last().map_or(0, |last| if *last < 0x80 { 0 } else { u8::MAX });
            let mut bytes = [sign; 8];
            bytes[..length].copy_from_slice(digits);
            i64::from_le_bytes(bytes)
        })
    }

    fn byte_string(&mut self, length: usize) -> Result<(), PickleError> {
        let bytes = self.source.with(length, "a byte string", |bytes| bytes.into())?;
        self.push(Value::Bytes(bytes), 0)
    }

    fn text(&mut self, length: usize) -> Result<(), PickleError> {
        self.count(1)?;
        let (texts, arena) = (&mut self.texts, &mut self.arena);
        let id = self.source.with(length, "a string", |bytes| {
            let text = std::str::from_utf8(bytes).ok()?;
            let known = texts.get(text).copied();
            known.or_else(|| {
                let id = arena.add(Value::Text(text.into()), 0)?;
                texts.insert(text.into(), id);
                Some(id)
            })
        })?;
        match id {
            Some(id) => self.stack.push(id),
            None => return Err(self.wrong("text in UTF-8", "other bytes".into())),
        }
        Ok(())
    }

    fn mark(&mut self) -> Result<(), PickleError> {
        self.count(1)?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value, depth: u32) -> Result<(), PickleError> {
        self.count(1)?;
        match self.arena.add(value, depth) {
            Some(id) => self.stack.push(id),
            None => return Err(self.wrong("at most 2^32 values", "more".into())),
        }
        Ok(())
    }

    fn memoize(&mut self, index: usize) -> Result<(), PickleError> {
        let value = self.pop()?;
        if index != self.memo.len() {
            let expected = format!("memo entry {}", self.memo.len());
            return Err(self.wrong(&expected, format!("entry {index}")));
        }
        if self.memo.len() >= self.limits.memo {
            return Err(
                self.wrong(&format!("at most {} memo entries", self.limits.memo), "more".into())
            );
        }
        self.memo.push(value);
        self.stack.push(value);
        Ok(())
    }

    fn recall(&mut self, index: usize) -> Result<(), PickleError> {
        let Some(value) = self.memo.get(index) else {
            let expected = format!("the index of one of {} memo entries", self.memo.len());
            return Err(self.wrong(&expected, format!("entry {index}")));
        };
        self.count(1)?;
        self.stack.push(value);
        Ok(())
    }

    fn extend_list(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let target = self.container(values)?;
        match self.arena.value_mut(target) {
            Value::List(list) => list.extend(values),
            _ => return Err(self.wrong("a list to append to", "something else".into())),
        }
        Ok(())
    }

    fn extend_dict(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let target = self.container(values)?;
        let (pairs, []) = values.as_chunks::<2>() else {
            return Err(self.wrong("keys and values", format!("{} values", values.len())));
        };
        match self.arena.value_mut(target) {
            Value::Dict(entries) => entries.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err(self.wrong("a dictionary to fill", "something else".into())),
        }
        Ok(())
    }

    fn extend_set(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let target = self.container(values)?;
        match self.arena.value_mut(target) {
            Value::Set(set) => set.extend(values),
            _ => return Err(self.wrong("a set to add to", "something else".into())),
        }
        Ok(())
    }

    fn tuple_of(&mut self, length: usize) -> Result<(), PickleError> {
        let mut values = vec![Id(0); length];
        for value in values.iter_mut().rev() {
            *value = self.pop()?;
        }
        self.tuple(values)
    }

    pub(super) fn tuple(&mut self, values: Vec<Id>) -> Result<(), PickleError> {
        let depth = self.place(&values)?;
        self.push(Value::Tuple(values), depth.max(1))
    }

    /// Prepares the container on top of the stack for `values` and returns it.
    pub(super) fn container(&mut self, values: &[Id]) -> Result<Id, PickleError> {
        let target = self.pop()?;
        self.stack.push(target);
        let depth = self.place(values)?;
        let cell = self.arena.cell_mut(target);
        cell.depth = cell.depth.max(depth);
        if cell.placed {
            return Err(self.wrong(
                "a container that is not part of another container",
                "a container that is part of another".into(),
            ));
        }
        Ok(target)
    }

    /// Marks `values` as parts of a container. Returns the container's nesting depth, or 0 if there
    /// are no values.
    fn place(&mut self, values: &[Id]) -> Result<u32, PickleError> {
        self.count(values.len())?;
        for value in values {
            self.arena.cell_mut(*value).placed = true;
        }
        let inner = values.iter().map(|value| self.arena.cell(*value).depth).max();
        let depth = inner.map_or(0, |depth| depth + 1);
        if depth > self.limits.depth {
            let expected = format!("at most {} nested containers", self.limits.depth);
            return Err(self.wrong(&expected, "more".into()));
        }
        Ok(depth)
    }

    pub(super) fn pop(&mut self) -> Result<Id, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(self.wrong("a value on the stack", "none".into()));
        }
        self.stack.pop().ok_or_else(|| self.wrong("a value on the stack", "none".into()))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.wrong("a mark", "none".into())),
        }
    }

    pub(super) fn count(&mut self, items: usize) -> Result<(), PickleError> {
        self.items += items;
        if self.items > self.limits.items {
            return Err(self.wrong(&format!("at most {} items", self.limits.items), "more".into()));
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], PickleError> {
        self.source.take(what)
    }

    pub(super) fn wrong(&self, expected: &str, found: String) -> PickleError {
        self.source.wrong(expected, found)
    }
}
