//! What a pickle holds.

use super::{Dtype, Global};

/// A value's place in its pickle's arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(pub(super) u32);

/// What a pickle can hold.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    None,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A list.
    List(Vec<Id>),
    /// A dictionary's entries as written, keys that repeat included.
    Dict(Vec<(Id, Id)>),
    /// A set's items as written, those that repeat included.
    Set(Vec<Id>),
    /// A name of the list of allowed ones.
    Global(Global),
    /// A type of numpy numbers.
    Dtype(Dtype),
    /// An object, of which nothing is known but its class and what its fields were set from.
    Object {
        /// Its class.
        class: Global,
        /// What its fields were set from, most often a dictionary.
        state: Option<Id>,
    },
    /// A value of an earlier entry of a pickle that is read entry by entry.
    Dropped,
}

/// The values of a pickle.
#[derive(Debug)]
pub struct Values {
    pub(super) cells: Vec<Cell>,
}

/// A value, perhaps under construction.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) value: Value,
    /// Containers from here to the deepest value, itself included; 0 for what is no container.
    pub(super) depth: u32,
    /// Is it part of a container? Then it is complete.
    pub(super) placed: bool,
}

impl Values {
    /// A value; [`Value::Dropped`] if there is none.
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

    /// Adds a value; `None` if there is no number for it.
    pub(super) fn add(&mut self, value: Value, depth: u32) -> Option<Id> {
        let id = Id(u32::try_from(self.cells.len()).ok()?);
        self.cells.push(Cell { value, depth, placed: false });
        Some(id)
    }
}
