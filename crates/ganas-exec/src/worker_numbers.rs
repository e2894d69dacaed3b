//! Worker numbers, which distinguish evaluations that run at the same time.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The worker numbers, which start from 0. Each is held by at most one evaluation at a time.
#[derive(Debug, Default)]
pub(crate) struct WorkerNumbers {
    taken: Mutex<BTreeSet<usize>>,
}

/// A worker number, which no other evaluation gets until this value is dropped.
#[derive(Debug)]
pub(crate) struct WorkerNumber<'s> {
    numbers: &'s WorkerNumbers,
    pub(crate) number: usize,
}

impl WorkerNumbers {
    /// Takes the lowest free number. If at most N numbers are ever held at a time, all of them are
    /// below N.
    pub(crate) fn take(&self) -> WorkerNumber<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let number = (0..=taken.len()).find(|number| !taken.contains(number));
        let number = number.expect("among one more number than are taken, at least one is free");
        taken.insert(number);
        WorkerNumber { numbers: self, number }
    }
}

impl Drop for WorkerNumber<'_> {
    fn drop(&mut self) {
        let mut taken = self.numbers.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_taken() {
        let numbers = WorkerNumbers::default();
        let (zero, one) = (numbers.take(), numbers.take());
        assert_eq!((zero.number, one.number), (0, 1));
        drop(zero);
        assert_eq!(numbers.take().number, 0, "and given back at once");
        let (zero, two) = (numbers.take(), numbers.take());
        assert_eq!((zero.number, two.number), (0, 2));
    }
}
