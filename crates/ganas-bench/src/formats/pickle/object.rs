//! The opcodes that name globals and "call" them. Nothing is really called: the opcodes only create
//! values.

use std::io::BufRead;

use super::global::{Dtype, Global};
use super::machine::{MAX_NAME_LENGTH, Machine};
use super::{Id, PickleError, Value};

/// Number of copied bytes that need as much memory as an item.
const BYTES_PER_ITEM: usize = 32;

impl<R: BufRead> Machine<R> {
    /// Executes `GLOBAL`, whose module and name follow as two lines.
    pub(super) fn global(&mut self) -> Result<(), PickleError> {
        let module = self.source.line(MAX_NAME_LENGTH)?;
        let name = self.source.line(MAX_NAME_LENGTH)?;
        self.named(Global::of(&module, &name), || (module, name))
    }

    /// Executes `STACK_GLOBAL`, which takes module and name from the stack.
    pub(super) fn stack_global(&mut self) -> Result<(), PickleError> {
        let (name, module) = (self.pop()?, self.pop()?);
        let value = |id: Id| self.arena.value(id);
        let (Value::Text(module), Value::Text(name)) = (value(module), value(name)) else {
            return Err(self.wrong("a module and a name", "other values".into()));
        };
        let start = |text: &str| text.chars().take(MAX_NAME_LENGTH).collect::<String>();
        let (global, names) = (Global::of(module, name), (start(module), start(name)));
        self.named(global, || names)
    }

    fn named(
        &mut self,
        global: Option<Global>,
        names: impl FnOnce() -> (String, String),
    ) -> Result<(), PickleError> {
        if let Some(global) = global {
            return self.push(Value::Global(global), 0);
        }
        let (module, name) = names();
        let found = format!("`{}.{}`", module.escape_debug(), name.escape_debug());
        Err(self.wrong("an allowed name", found))
    }

    /// Executes `REDUCE`: creates the value that represents a call of a global.
    pub(super) fn reduce(&mut self) -> Result<(), PickleError> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let value = |id: &Id| self.arena.value(*id);
        let Value::Global(global) = *value(&callable) else {
            return Err(self.wrong("a callable global", "something else".into()));
        };
        let made = match value(&arguments) {
            Value::Tuple(arguments) => {
                global.value(&arguments.iter().map(value).collect::<Vec<_>>())
            }
            _ => None,
        };
        // A set's items are as deep in it as in the list, which is inside the arguments.
        let (depth, items) = match &made {
            Some(Value::Set(items)) => {
                let depth = self.arena.cell(arguments).depth;
                (depth.saturating_sub(1).max(1), items.len())
            }
            Some(Value::Dict(_)) => (1, 0),
            Some(Value::Bytes(bytes)) => (0, bytes.len() / BYTES_PER_ITEM),
            _ => (0, 0),
        };
        // Copies are counted, or a short pickle could copy something large many times.
        self.count(items)?;
        match made {
            Some(made) => self.push(made, depth),
            None => Err(self.wrong(global.expected(), "other arguments".into())),
        }
    }

    /// Executes `NEWOBJ`: creates an object of an allowed class without arguments. Nothing is
    /// called.
    pub(super) fn new_object(&mut self) -> Result<(), PickleError> {
        let (arguments, class) = (self.pop()?, self.pop()?);
        let value = |id: &Id| self.arena.value(*id);
        match (value(&class), value(&arguments)) {
            (Value::Global(class), Value::Tuple(arguments))
                if class.has_objects() && arguments.is_empty() =>
            {
                let class = *class;
                self.push(Value::Object { class, state: None }, 1)
            }
            _ => Err(self.wrong("a model class without arguments", "other values".into())),
        }
    }

    /// Executes `BUILD`: sets the fields of an object, or checks that the state of a dtype is the
    /// usual one.
    pub(super) fn build(&mut self) -> Result<(), PickleError> {
        let (fields, target) = (self.pop()?, self.pop()?);
        self.stack.push(target);
        if matches!(self.arena.value(target), Value::Object { .. }) {
            self.container(&[fields])?;
            if let Value::Object { state, .. } = self.arena.value_mut(target) {
                *state = Some(fields);
            }
            return Ok(());
        }
        self.build_dtype(fields, target)
    }

    fn build_dtype(&mut self, state: Id, target: Id) -> Result<(), PickleError> {
        let value = |id: &Id| self.arena.value(*id);
        let accepted = match (value(&target), value(&state)) {
            (Value::Dtype(_), Value::Tuple(state)) => {
                Dtype::accepts(&state.iter().map(value).collect::<Vec<_>>())
            }
            _ => false,
        };
        if !accepted {
            return Err(self.wrong("a dtype and its little-endian state", "other values".into()));
        }
        Ok(())
    }
}
