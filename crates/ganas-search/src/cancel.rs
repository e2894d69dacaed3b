//! A flag that cancels work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A flag that cancels work, temporarily or permanently; clones share one state.
///
/// After a temporary cancellation, work that runs elsewhere, such as a cluster job, may continue
/// and be picked up again later. A permanent cancellation terminates such work, too.
///
/// ```
/// use ganas_search::Cancel;
/// let (all, one) = (Cancel::default(), Cancel::default().child());
/// all.set();
/// assert!(all.is_set() && all.clone().is_set() && all.child().is_set() && !one.is_set());
/// assert!(!all.is_permanent() && all.always_permanent().is_permanent());
/// all.child().cancel_permanently();
/// assert!(!all.is_permanent());
/// ```
#[derive(Debug, Clone)]
pub struct Cancel {
    /// The flag's own state, then the states of its ancestors.
    flags: Vec<Arc<AtomicU8>>,
    always_permanent: bool,
}

/// State of a flag whose work is cancelled temporarily.
const NOW: u8 = 1;
const PERMANENTLY: u8 = 2;

impl Default for Cancel {
    fn default() -> Self {
        Self { flags: vec![Arc::default()], always_permanent: false }
    }
}

impl Cancel {
    /// Returns a flag that is set whenever this one is, and that can also be set without setting
    /// this one.
    #[must_use]
    pub fn child(&self) -> Self {
        let parents = self.flags.iter().cloned();
        let flags = std::iter::once(Arc::default()).chain(parents).collect();
        Self { flags, always_permanent: self.always_permanent }
    }

    /// Returns a flag that shares this state but treats every cancellation as permanent.
    #[must_use]
    pub fn always_permanent(&self) -> Self {
        Self { flags: self.flags.clone(), always_permanent: true }
    }

    /// Cancels the work temporarily; the work may be wanted again later.
    pub fn set(&self) {
        self.flags[0].fetch_max(NOW, Ordering::SeqCst);
    }

    /// Cancels the work permanently.
    pub fn cancel_permanently(&self) {
        self.flags[0].fetch_max(PERMANENTLY, Ordering::SeqCst);
    }

    /// Returns true if the work is no longer wanted. Poll this several times a second.
    pub fn is_set(&self) -> bool {
        self.highest() >= NOW
    }

    /// Returns true if the work will never be wanted again.
    pub fn is_permanent(&self) -> bool {
        self.highest() >= if self.always_permanent { NOW } else { PERMANENTLY }
    }

    fn highest(&self) -> u8 {
        self.flags.iter().map(|flag| flag.load(Ordering::SeqCst)).max().unwrap_or_default()
    }
}
