//! Writes pickles as Python does, for files in published layouts.

use std::collections::HashMap;

/// A Python value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Python {
    None,
    Int(i32),
    Float(f64),
    Text(String),
    Tuple(Vec<Python>),
    List(Vec<Python>),
    Dict(Vec<(Python, Python)>),
    OrderedDict(Vec<(Python, Python)>),
    Set(Vec<Python>),
    /// A numpy number of 8 bytes.
    Number(f64),
    /// A global of a module.
    Global(&'static str, &'static str),
}

pub(crate) fn text(text: &str) -> Python {
    Python::Text(text.into())
}

pub(crate) fn dict<'a>(entries: impl IntoIterator<Item = (&'a str, Python)>) -> Python {
    Python::Dict(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

impl Python {
    /// What a dictionary has under a text.
    pub(crate) fn at(&mut self, name: &str) -> &mut Self {
        let (Self::Dict(entries) | Self::OrderedDict(entries)) = self else { panic!("{self:?}") };
        let entry = entries.iter_mut().find(|(key, _)| *key == text(name));
        &mut entry.unwrap_or_else(|| panic!("no `{name}`")).1
    }

    /// Takes an entry out of a dictionary.
    pub(crate) fn remove(&mut self, name: &str) {
        let (Self::Dict(entries) | Self::OrderedDict(entries)) = self else { panic!("{self:?}") };
        entries.retain(|(key, _)| *key != text(name));
    }

    /// As `pickle.dumps` writes it; `protocol` is 2 or 4.
    pub(crate) fn pickle(&self, protocol: u8) -> Vec<u8> {
        let mut writer = Writer { protocol, bytes: vec![0x80, protocol], ..Writer::default() };
        writer.value(self);
        writer.bytes.push(b'.');
        writer.bytes
    }
}

#[derive(Default)]
struct Writer {
    protocol: u8,
    bytes: Vec<u8>,
    memo: u32,
    /// Texts and globals that were written, by their memo entry: equal ones are one object.
    known: HashMap<String, u32>,
}

impl Writer {
    fn value(&mut self, value: &Python) {
        match value {
            Python::None => self.bytes.push(b'N'),
            Python::Int(number) => self.int(*number),
            Python::Float(number) => {
                self.bytes.push(b'G');
                self.bytes.extend(number.to_be_bytes());
            }
            Python::Text(text) => self.text(text),
            Python::Tuple(items) => self.tuple(items),
            Python::List(items) => {
                self.bytes.push(b']');
                self.memoize();
                self.list_items(items);
            }
            Python::Dict(entries) => {
                self.bytes.push(b'}');
                self.memoize();
                self.dict_items(entries);
            }
            Python::OrderedDict(entries) => {
                self.global("collections", "OrderedDict");
                self.bytes.extend(b")R");
                self.memoize();
                self.dict_items(entries);
            }
            Python::Set(items) => self.set(items),
            Python::Number(number) => self.number(*number),
            Python::Global(module, name) => self.global(module, name),
        }
    }

    fn int(&mut self, number: i32) {
        if let Ok(byte) = u8::try_from(number) {
            self.bytes.extend([b'K', byte]);
        } else if let Ok(number) = u16::try_from(number) {
            self.bytes.push(b'M');
            self.bytes.extend(number.to_le_bytes());
        } else {
            self.bytes.push(b'J');
            self.bytes.extend(number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        if self.recall(text) {
            return;
        }
        match u8::try_from(text.len()) {
            Ok(length) if self.protocol >= 4 => self.bytes.extend([0x8c, length]),
            _ => {
                self.bytes.push(b'X');
                self.bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            }
        }
        self.bytes.extend(text.as_bytes());
        self.remember(text);
    }

    fn global(&mut self, module: &str, name: &str) {
        let key = format!("global {module} {name}");
        if self.recall(&key) {
            return;
        }
        if self.protocol >= 4 {
            self.text(module);
            self.text(name);
            self.bytes.push(0x93);
        } else {
            self.bytes.extend(format!("c{module}\n{name}\n").into_bytes());
        }
        self.remember(&key);
    }

    fn number(&mut self, number: f64) {
        self.global("numpy.core.multiarray", "scalar");
        if !self.recall("dtype f8") {
            self.global("numpy", "dtype");
            self.tuple(&[text("f8"), Python::Int(0), Python::Int(1)]);
            self.bytes.push(b'R');
            self.remember("dtype f8");
            let (none, rest) = (Python::None, Python::Int(-1));
            let state = [
                Python::Int(3),
                text("<"),
                none.clone(),
                none.clone(),
                none,
                rest.clone(),
                rest,
                Python::Int(0),
            ];
            self.tuple(&state);
            self.bytes.push(b'b');
        }
        if self.protocol >= 4 {
            self.bytes.extend(b"C\x08");
            self.bytes.extend(number.to_le_bytes());
            self.memoize();
        } else {
            let latin1: String = number.to_le_bytes().map(char::from).iter().collect();
            self.global("_codecs", "encode");
            self.tuple(&[Python::Text(latin1), text("latin1")]);
            self.bytes.push(b'R');
            self.memoize();
        }
        self.bytes.push(0x86);
        self.memoize();
        self.bytes.push(b'R');
        self.memoize();
    }

    fn set(&mut self, items: &[Python]) {
        if self.protocol >= 4 {
            self.bytes.push(0x8f);
            self.memoize();
            for batch in items.chunks(1000) {
                self.marked(batch, 0x90);
            }
        } else {
            self.global("__builtin__", "set");
            self.tuple(&[Python::List(items.to_vec())]);
            self.bytes.push(b'R');
            self.memoize();
        }
    }

    fn tuple(&mut self, items: &[Python]) {
        let code = match items.len() {
            0 => b')',
            1 => 0x85,
            2 => 0x86,
            3 => 0x87,
            _ => return self.marked_and_memoized(items, b't'),
        };
        for item in items {
            self.value(item);
        }
        self.bytes.push(code);
        if code != b')' {
            self.memoize();
        }
    }

    /// Python appends a thousand items at a time, and a single one without a mark.
    fn list_items(&mut self, items: &[Python]) {
        for batch in items.chunks(1000) {
            match batch {
                [item] => {
                    self.value(item);
                    self.bytes.push(b'a');
                }
                _ => self.marked(batch, b'e'),
            }
        }
    }

    fn dict_items(&mut self, entries: &[(Python, Python)]) {
        for batch in entries.chunks(1000) {
            if batch.len() > 1 {
                self.bytes.push(b'(');
            }
            for (key, value) in batch {
                self.value(key);
                self.value(value);
            }
            self.bytes.push(if batch.len() > 1 { b'u' } else { b's' });
        }
    }

    fn marked_and_memoized(&mut self, items: &[Python], code: u8) {
        self.marked(items, code);
        self.memoize();
    }

    fn marked(&mut self, items: &[Python], code: u8) {
        self.bytes.push(b'(');
        for item in items {
            self.value(item);
        }
        self.bytes.push(code);
    }

    fn recall(&mut self, key: &str) -> bool {
        let Some(&index) = self.known.get(key) else { return false };
        if let Ok(index) = u8::try_from(index) {
            self.bytes.extend([b'h', index]);
        } else {
            self.bytes.push(b'j');
            self.bytes.extend(index.to_le_bytes());
        }
        true
    }

    fn remember(&mut self, key: &str) {
        self.known.insert(key.into(), self.memo);
        self.memoize();
    }

    fn memoize(&mut self) {
        match u8::try_from(self.memo) {
            _ if self.protocol >= 4 => self.bytes.push(0x94),
            Ok(index) => self.bytes.extend([b'q', index]),
            Err(_) => {
                self.bytes.push(b'r');
                self.bytes.extend(self.memo.to_le_bytes());
            }
        }
        self.memo += 1;
    }
}
