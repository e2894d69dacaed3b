//! Streams of random numbers, with a separate stream for each piece of work.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random number streams of a study. There is one independent ChaCha stream for each
/// combination of component, round and slot. All streams are derived from the study's seed. A slot
/// is the number of a piece of work within a round.
///
/// Because the streams are independent, how often one component draws never affects the values that
/// another component draws. For the same reason, the pieces of work can be done in any order and on
/// any number of threads.
///
/// ```
/// use ganas_search::Streams;
/// use rand::Rng;
///
/// let draw = |seed, component, round| -> u64 { Streams::new(seed).rng(component, round, 0).random() };
/// assert_eq!(draw(1, "generator", 3), draw(1, "generator", 3));
/// assert_ne!(draw(1, "generator", 3), draw(1, "generator", 4));
/// assert_ne!(draw(1, "generator", 3), draw(1, "discriminator", 3));
/// assert_ne!(draw(1, "generator", 3), draw(2, "generator", 3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// Returns the streams of a study with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Returns the seed.
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// Returns the stream of `component` in a round. Only the first 16 bytes of the component's
    /// name are used, so these bytes must differ from those of all other components. `slot` is the
    /// number of the piece of work within the round.
    pub fn rng(self, component: &'static str, round: u64, slot: u32) -> ChaCha8Rng {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&round.to_le_bytes());
        for (byte, letter) in key[16..].iter_mut().zip(component.bytes()) {
            *byte = letter;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(u64::from(slot));
        rng
    }
}
