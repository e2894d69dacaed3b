//! A flag that cancels work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A flag that cancels work, for now or for good; clones share one state.
///
/// Work that continues elsewhere, such as a cluster job, may be left running and picked up again later;
/// when cancelled for good, it is ended too.
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
    /// Its own flag, then those of its ancestors.
    flags: Vec<Arc<AtomicU8>>,
    always_for_good: bool,
}

/// Value of a flag.
const NOW: u8 = 1;
const FOR_GOOD: u8 = 2;

impl Default for Cancel {
    fn default() -> Self {
        Self { flags: vec![Arc::default()], always_for_good: false }
    }
}

impl Cancel {
    /// Returns a flag that is set whenever this one is, and can also be set on its own.
    #[must_use]
    pub fn child(&self) -> Self {
        let parents = self.flags.iter().cloned();
        let flags = std::iter::once(Arc::default()).chain(parents).collect();
        Self { flags, always_for_good: self.always_for_good }
    }

    /// Returns a flag that shares this state, but for which any cancellation is for good.
    #[must_use]
    pub fn always_for_good(&self) -> Self {
        Self { flags: self.flags.clone(), always_for_good: true }
    }

    /// Cancels the work for now; it may be wanted later.
    pub fn set(&self) {
        self.flags[0].fetch_max(NOW, Ordering::SeqCst);
    }

    /// Cancels the work for good.
    pub fn set_for_good(&self) {
        self.flags[0].fetch_max(FOR_GOOD, Ordering::SeqCst);
    }

    /// Returns true if the work is no longer wanted. Poll this several times a second.
    pub fn is_set(&self) -> bool {
        self.highest() >= NOW
    }

    /// Returns true if the work will never be wanted again.
    pub fn is_for_good(&self) -> bool {
        self.highest() >= if self.always_for_good { NOW } else { FOR_GOOD }
    }

    fn highest(&self) -> u8 {
        self.flags.iter().map(|flag| flag.load(Ordering::SeqCst)).max().unwrap_or_default()
    }
}
