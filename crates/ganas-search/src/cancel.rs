//! A flag that cancels work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A flag that cancels work, temporarily or permanently. All clones of a flag share its state.
///
/// After a temporary cancellation, work that runs elsewhere, such as a cluster job, may continue,
/// and its result may be collected later. A permanent cancellation terminates such work as well.
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
    /// Returns a child of this flag. Setting this flag also sets the child, but setting the child
    /// does not set this flag.
    #[must_use]
    pub fn child(&self) -> Self {
        let parents = self.flags.iter().cloned();
        let flags = std::iter::once(Arc::default()).chain(parents).collect();
        Self { flags, always_permanent: self.always_permanent }
    }

    /// Returns a flag that shares the state of this one but treats every cancellation as permanent.
    #[must_use]
    pub fn always_permanent(&self) -> Self {
        Self { flags: self.flags.clone(), always_permanent: true }
    }

    /// Cancels the work temporarily. The work may be resumed later.
    pub fn set(&self) {
        self.flags[0].fetch_max(NOW, Ordering::SeqCst);
    }

    /// Cancels the work permanently.
    pub fn cancel_permanently(&self) {
        self.flags[0].fetch_max(PERMANENTLY, Ordering::SeqCst);
    }

    /// Returns true if the work is cancelled, temporarily or permanently. The code that does the
    /// work should call this method several times a second.
    pub fn is_set(&self) -> bool {
        self.highest() >= NOW
    }

    /// Returns true if the work is cancelled permanently.
    pub fn is_permanent(&self) -> bool {
        self.highest() >= if self.always_permanent { NOW } else { PERMANENTLY }
    }

    fn highest(&self) -> u8 {
        self.flags.iter().map(|flag| flag.load(Ordering::SeqCst)).max().unwrap_or_default()
    }
}
