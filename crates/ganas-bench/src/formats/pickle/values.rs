//! The values of a pickle.

use super::{Dtype, Global};

/// The id of a value: its index in the pickle's list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(pub(super) u32);

/// A value of a pickle.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Python's `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A list.
    List(Vec<Id>),
    /// A dictionary, as a list of its keys and values. They are in the same order as in the pickle,
    /// and keys may be repeated.
    Dict(Vec<(Id, Id)>),
    /// A set, as a list of its items. They are in the same order as in the pickle, and may be
    /// repeated.
    Set(Vec<Id>),
    /// An allowed global.
    Global(Global),
    /// A NumPy number type.
    Dtype(Dtype),
    /// An object of a Python class. The only parts that are stored are the class and the value from
    /// which Python would set the object's fields.
    Object {
        /// The object's class.
        class: Global,
        /// The value from which Python would set the object's fields, usually a dictionary. It is
        /// `None` if the pickle sets no fields.
        state: Option<Id>,
    },
    /// A value that no longer exists, because it belonged to an earlier entry of a pickle that is
    /// read one entry at a time.
    Dropped,
}

/// The values of a pickle.
#[derive(Debug)]
pub struct Values {
    pub(super) cells: Vec<Cell>,
}

/// A value, possibly still under construction.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) value: Value,
    /// Number of levels of nested containers, counting this value, or 0 if it is not a container.
    pub(super) depth: u32,
    /// Whether the value is part of a container, and can therefore no longer change.
    pub(super) placed: bool,
}

impl Values {
    /// Returns the value with this id, or [`Value::Dropped`] if there is no such value.
    pub fn value(&self, id: Id) -> &Value {
        self.cells.get(id.0 as usize).map_or(&Value::Dropped, |cell| &cell.value)
    }

    pub(super) fn value_mut(&mut self, id: Id) -> &mut Value {
        &mut self.cell_mut(id).value
    }

    pub(super) fn cell(&self, id: Id) -> &Cell {
        &self.cells[id.0 as usize]
    }

    pub(super) fn cell_mut(&mut self, id: Id) -> &mut Cell {
        &mut self.cells[id.0 as usize]
    }

    /// Adds a value and returns its id, or returns `None` if the arena is full.
    pub(super) fn add(&mut self, value: Value, depth: u32) -> Option<Id> {
        let id = Id(u32::try_from(self.cells.len()).ok()?);
        self.cells.push(Cell { value, depth, placed: false });
        Some(id)
    }
}
