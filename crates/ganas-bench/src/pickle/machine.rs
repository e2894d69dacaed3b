//! The stack machine that a pickle is a program for.

use super::opcode::{self, Opcode};
use super::{Id, Limits, PickleError, Value};

/// Highest pickle protocol there is.
const PROTOCOL: u8 = 5;
/// Most bytes of the name of a module or of something in it.
pub(super) const MOST_NAME: usize = 256;

pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Offset of the opcode under way, for errors.
    start: usize,
    limits: &'a Limits,
    pub(super) arena: Vec<Cell>,
    items: usize,
    pub(super) stack: Vec<Id>,
    /// Heights of the stack at which marks were set.
    marks: Vec<usize>,
    memo: Vec<Id>,
}

/// A value under construction.
pub(super) struct Cell {
    pub(super) value: Value,
    /// Containers from here to the deepest value, itself included; 0 for what is no container.
    pub(super) depth: u32,
    /// Is it part of a container? Then it is complete.
    placed: bool,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8], limits: &'a Limits) -> Self {
        Self {
            bytes,
            position: 0,
            start: 0,
            limits,
            arena: Vec::new(),
            items: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
        }
    }

    /// Runs to the end; gives all values and the one that is the result.
    pub(super) fn run(mut self) -> Result<(Vec<Value>, Id), PickleError> {
        if self.bytes.first() != Some(&0x80) {
            return Err(self.wrong("a pickle of protocol 2 or later", self.next_byte()));
        }
        loop {
            self.start = self.position;
            let [byte] = self.take("an opcode")?;
            match Opcode::of(byte) {
                Some(Opcode::Stop) => break,
                Some(opcode) => self.step(opcode)?,
                None => {
                    return Err(self.wrong("an opcode that builds data", opcode::describe(byte)));
                }
            }
        }
        let root = self.pop()?;
        if !self.stack.is_empty() || !self.marks.is_empty() {
            return Err(self.wrong("one result", "values left on the stack".into()));
        }
        if self.position != self.bytes.len() {
            let left = self.bytes.len() - self.position;
            return Err(self.wrong("the end after STOP", format!("{left} more bytes")));
        }
        Ok((self.arena.into_iter().map(|cell| cell.value).collect(), root))
    }

    fn step(&mut self, opcode: Opcode) -> Result<(), PickleError> {
        match opcode {
            Opcode::Proto => self.protocol(),
            Opcode::Frame => self.frame(),
            Opcode::Mark => self.mark(),
            Opcode::EmptyList => self.push(Value::List(Vec::new()), 1),
            Opcode::EmptyDict => self.push(Value::Dict(Vec::new()), 1),
            Opcode::BinFloat => {
                let number = f64::from_be_bytes(self.take("a number of 8 bytes")?);
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
                let length = u32::from_le_bytes(self.take("a length of 4 bytes")?);
                self.byte_string(length as usize)
            }
            Opcode::ShortBinUnicode => {
                let [length] = self.take("a length")?;
                self.text(usize::from(length))
            }
            Opcode::BinUnicode => {
                let length = u32::from_le_bytes(self.take("a length of 4 bytes")?);
                self.text(length as usize)
            }
            Opcode::Memoize => self.memoize(self.memo.len()),
            Opcode::BinPut => {
                let [index] = self.take("an index")?;
                self.memoize(usize::from(index))
            }
            Opcode::LongBinPut => {
                let index = u32::from_le_bytes(self.take("an index of 4 bytes")?);
                self.memoize(index as usize)
            }
            Opcode::BinGet => {
                let [index] = self.take("an index")?;
                self.recall(usize::from(index))
            }
            Opcode::LongBinGet => {
                let index = u32::from_le_bytes(self.take("an index of 4 bytes")?);
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
        let length = u64::from_le_bytes(self.take("a frame length of 8 bytes")?);
        let left = self.bytes.len() - self.position;
        if length > left as u64 {
            return Err(self.wrong(&format!("a frame of at most {left} bytes"), length.to_string()));
        }
        Ok(())
    }

    fn integer(&mut self, opcode: Opcode) -> Result<i64, PickleError> {
        Ok(match opcode {
            Opcode::BinInt1 => {
                let [number] = self.take("a number of 1 byte")?;
                number.into()
            }
            Opcode::BinInt2 => u16::from_le_bytes(self.take("a number of 2 bytes")?).into(),
            Opcode::BinInt => i32::from_le_bytes(self.take("a number of 4 bytes")?).into(),
            _ => {
                let [length] = self.take("a length")?;
                self.long(usize::from(length))?
            }
        })
    }

    /// A number in two's complement, little endian.
    fn long(&mut self, length: usize) -> Result<i64, PickleError> {
        if length > 8 {
            return Err(self.wrong("a number of at most 8 bytes", format!("{length} bytes")));
        }
        let digits = self.slice(length, "a number")?;
        let sign = digits.last().map_or(0, |last| if *last < 0x80 { 0 } else { u8::MAX });
        let mut bytes = [sign; 8];
        bytes[..length].copy_from_slice(digits);
        Ok(i64::from_le_bytes(bytes))
    }

    fn byte_string(&mut self, length: usize) -> Result<(), PickleError> {
        let bytes = self.slice(length, "a byte string")?;
        self.push(Value::Bytes(bytes.into()), 0)
    }

    fn text(&mut self, length: usize) -> Result<(), PickleError> {
        let text = self.slice(length, "a text")?;
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(self.wrong("a text in UTF-8", "other bytes".into()));
        };
        self.push(Value::Text(text.into()), 0)
    }

    /// The bytes up to the next line feed.
    pub(super) fn line(&mut self) -> Result<String, PickleError> {
        let left = &self.bytes[self.position..];
        let most = left.len().min(MOST_NAME);
        let Some(length) = left[..most].iter().position(|byte| *byte == b'\n') else {
            return Err(self.wrong("a line of a name", "no end of the line".into()));
        };
        self.position += length + 1;
        Ok(String::from_utf8_lossy(&left[..length]).into_owned())
    }

    pub(super) fn slice(&mut self, length: usize, what: &str) -> Result<&'a [u8], PickleError> {
        let left = &self.bytes[self.position..];
        let Some(bytes) = left.get(..length) else {
            let expected = format!("{what} of {length} bytes");
            return Err(self.wrong(&expected, format!("the end after {}", left.len())));
        };
        self.position += length;
        Ok(bytes)
    }

    fn mark(&mut self) -> Result<(), PickleError> {
        self.count(1)?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value, depth: u32) -> Result<(), PickleError> {
        self.count(1)?;
        let Ok(index) = u32::try_from(self.arena.len()) else {
            return Err(self.wrong("at most 2^32 values", "more".into()));
        };
        self.arena.push(Cell { value, depth, placed: false });
        self.stack.push(Id(index));
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
        let Some(&value) = self.memo.get(index) else {
            let expected = format!("one of {} memo entries", self.memo.len());
            return Err(self.wrong(&expected, format!("entry {index}")));
        };
        self.count(1)?;
        self.stack.push(value);
        Ok(())
    }

    fn extend_list(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let target = self.container(values)?;
        match &mut self.arena[target.0 as usize].value {
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
        match &mut self.arena[target.0 as usize].value {
            Value::Dict(entries) => entries.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err(self.wrong("a dictionary to fill", "something else".into())),
        }
        Ok(())
    }

    fn extend_set(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let target = self.container(values)?;
        match &mut self.arena[target.0 as usize].value {
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

    /// The container on top of the stack, made ready to hold `values`.
    fn container(&mut self, values: &[Id]) -> Result<Id, PickleError> {
        let target = self.pop()?;
        self.stack.push(target);
        let depth = self.place(values)?;
        let cell = &mut self.arena[target.0 as usize];
        cell.depth = cell.depth.max(depth);
        if cell.placed {
            return Err(self.wrong("a container that is not part of another", "one that is".into()));
        }
        Ok(target)
    }

    /// Marks `values` as parts of a container; gives the depth that it has then, 0 without values.
    fn place(&mut self, values: &[Id]) -> Result<u32, PickleError> {
        self.count(values.len())?;
        for value in values {
            self.arena[value.0 as usize].placed = true;
        }
        let inner = values.iter().map(|value| self.arena[value.0 as usize].depth).max();
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
        let Some(&bytes) = self.bytes[self.position..].first_chunk() else {
            return Err(self.wrong(what, "the end".into()));
        };
        self.position += N;
        Ok(bytes)
    }

    fn next_byte(&self) -> String {
        let byte = self.bytes.get(self.position);
        byte.map_or_else(|| "the end".into(), |byte| format!("byte {byte:#04x}"))
    }

    pub(super) fn wrong(&self, expected: &str, found: String) -> PickleError {
        PickleError { offset: self.start, expected: expected.into(), found }
    }
}
