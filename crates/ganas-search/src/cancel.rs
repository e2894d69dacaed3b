//! A flag by which work is told that it is no longer wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells work that it is no longer wanted; clones share one state.
///
/// ```
/// use ganas_search::Cancel;
/// let (all, one) = (Cancel::default(), Cancel::default().child());
/// all.set();
/// assert!(all.is_set() && all.clone().is_set() && all.child().is_set() && !one.is_set());
/// ```
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Its own, then those of what it is a child of.
    flags: Vec<Arc<AtomicBool>>,
}

impl Default for Cancel {
    fn default() -> Self {
        Self { flags: vec![Arc::default()] }
    }
}

impl Cancel {
    /// Set whenever this one is set, and settable on its own.
    #[must_use]
    pub fn child(&self) -> Self {
        let parents = self.flags.iter().cloned();
        Self { flags: std::iter::once(Arc::default()).chain(parents).collect() }
    }

    /// Says that the work is no longer wanted.
    pub fn set(&self) {
        self.flags[0].store(true, Ordering::SeqCst);
    }

    /// Is the work no longer wanted? Ask several times a second.
    pub fn is_set(&self) -> bool {
        self.flags.iter().any(|flag| flag.load(Ordering::SeqCst))
    }
}
