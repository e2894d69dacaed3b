//! Worker numbers, which distinguish evaluations that run at the same time.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The worker numbers, which start from 0. Each is held by at most one evaluation at a time.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    taken: Mutex<BTreeSet<usize>>,
}

/// A worker number, which no other evaluation gets until this value is dropped.
#[derive(Debug)]
pub(crate) struct Slot<'s> {
    slots: &'s Slots,
    pub(crate) number: usize,
}

impl Slots {
    /// Takes the lowest free number. If at most N numbers are ever held at a time, all of them are
    /// below N.
    pub(crate) fn take(&self) -> Slot<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let number = (0..=taken.len()).find(|number| !taken.contains(number));
        let number = number.expect("among one more number than are taken, at least one is free");
        taken.insert(number);
        Slot { slots: self, number }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_taken() {
        let slots = Slots::default();
        let (zero, one) = (slots.take(), slots.take());
        assert_eq!((zero.number, one.number), (0, 1));
        drop(zero);
        assert_eq!(slots.take().number, 0, "and given back at once");
        let (zero, two) = (slots.take(), slots.take());
        assert_eq!((zero.number, two.number), (0, 2));
    }
}
