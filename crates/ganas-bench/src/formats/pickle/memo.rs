//! The memo of a pickle, which lists the values that the pickle may refer to again.

use super::Id;

/// Entries per page.
const PAGE: usize = 1 << 16;

/// Memo entries, in the order of their creation.
///
/// A stream may create a hundred million entries for few different values, so settled entries are
/// packed into 2 bytes each while ids are small.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pages: Vec<Page>,
    recent: Vec<Id>,
    /// Number of recent entries that are settled.
    settled: usize,
}

#[derive(Debug)]
enum Page {
    Narrow(Box<[u16]>),
    Wide(Box<[Id]>),
}

impl Memo {
    pub(super) fn len(&self) -> usize {
        self.pages.len() * PAGE + self.recent.len()
    }

    pub(super) fn push(&mut self, id: Id) {
        self.recent.push(id);
    }

    pub(super) fn get(&self, index: usize) -> Option<Id> {
        match self.pages.get(index / PAGE) {
            Some(Page::Narrow(ids)) => Some(Id(ids[index % PAGE].into())),
            Some(Page::Wide(ids)) => Some(ids[index % PAGE]),
            None => self.recent.get(index - self.pages.len() * PAGE).copied(),
        }
    }

    /// Replaces the ids of all entries created since the last call, and marks these entries as
    /// settled: their ids are final.
    pub(super) fn settle(&mut self, replacement: impl Fn(Id) -> Id) {
        for id in &mut self.recent[self.settled..] {
            *id = replacement(*id);
        }
        while self.recent.len() >= PAGE {
            let rest = self.recent.split_off(PAGE);
            let page = std::mem::replace(&mut self.recent, rest);
            let narrow: Option<Box<[u16]>> =
                page.iter().map(|id| u16::try_from(id.0).ok()).collect();
            self.pages.push(narrow.map_or_else(|| Page::Wide(page.into()), Page::Narrow));
        }
        self.settled = self.recent.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_entries_are_found_again() {
        let mut memo = Memo::default();
        for round in 0..5_u32 {
            for number in 0..50_000 {
                memo.push(Id(number * 2));
            }
            memo.settle(|id| Id(id.0 / 2 + round * 10_000));
        }
        assert_eq!(memo.len(), 250_000);
        assert!(memo.pages.len() == 3 && matches!(memo.pages[0], Page::Narrow(_)));
        assert!(matches!(memo.pages[2], Page::Wide(_)));
        for index in 0..250_000_u32 {
            let expected = index % 50_000 + index / 50_000 * 10_000;
            assert_eq!(memo.get(index as usize), Some(Id(expected)), "{index}");
        }
        assert_eq!(memo.get(250_000), None);
    }
}
