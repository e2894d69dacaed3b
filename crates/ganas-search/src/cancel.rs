//! A flag by which work is told that it is no longer wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Tells work that it is no longer wanted, now or for good; clones share one state.
///
/// Work that goes on elsewhere, as a cluster's job, may be left alone by whoever waits for it and taken
/// over later; for good, it is ended too.
///
/// ```
/// use ganas_search::Cancel;
/// let (all, one) = (Cancel::default(), Cancel::default().child());
/// all.set();
/// assert!(all.is_set() && all.clone().is_set() && all.child().is_set() && !one.is_set());
/// assert!(!all.is_for_good() && all.always_for_good().is_for_good());
/// all.child().set_for_good();
/// assert!(!all.is_for_good());
/// ```
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Its own, then those of what it is a child of.
    flags: Vec<Arc<AtomicU8>>,
    always_for_good: bool,
}

/// What a flag says.
const NOW: u8 = 1;
const FOR_GOOD: u8 = 2;

impl Default for Cancel {
    fn default() -> Self {
        Self { flags: vec![Arc::default()], always_for_good: false }
    }
}

impl Cancel {
    /// Set whenever this one is set, and settable on its own.
    #[must_use]
    pub fn child(&self) -> Self {
        let parents = self.flags.iter().cloned();
        let flags = std::iter::once(Arc::default()).chain(parents).collect();
        Self { flags, always_for_good: self.always_for_good }
    }

    /// The same, but whenever it is set, then for good.
    #[must_use]
    pub fn always_for_good(&self) -> Self {
        Self { flags: self.flags.clone(), always_for_good: true }
    }

    /// Says that the work is not wanted now; it may be later.
    pub fn set(&self) {
        self.flags[0].fetch_max(NOW, Ordering::SeqCst);
    }

    /// Says that the work will never be wanted again.
    pub fn set_for_good(&self) {
        self.flags[0].fetch_max(FOR_GOOD, Ordering::SeqCst);
    }

    /// Is the work no longer wanted? Ask several times a second.
    pub fn is_set(&self) -> bool {
        self.highest() >= NOW
    }

    /// Will it never be wanted again?
    pub fn is_for_good(&self) -> bool {
        self.highest() >= if self.always_for_good { NOW } else { FOR_GOOD }
    }

    fn highest(&self) -> u8 {
        self.flags.iter().map(|flag| flag.load(Ordering::SeqCst)).max().unwrap_or_default()
    }
}
