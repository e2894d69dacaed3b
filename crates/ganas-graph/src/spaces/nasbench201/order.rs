//! The order of the architectures in the published files.

use std::sync::LazyLock;

/// Number of architectures.
const CELLS: u16 = 15_625;

/// Returns, for each published index, the rank ([`super::NasBench201::rank`]) of the cell.
///
/// The benchmark's authors listed all cells by rank and shuffled the list with Python's random
/// number generator, seeded with 88. So the order can be computed instead of stored.
///
/// Source: `generate_meta_info` in `exps/NAS-Bench-201/main.py` of D-X-Y/AutoDL-Projects.
pub(super) fn published_order() -> &'static [u16] {
    static ORDER: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let mut generator = MersenneTwister::new(88);
        let mut ranks: Vec<_> = (0..CELLS).collect();
        for last in (1..CELLS).rev() {
            ranks.swap(last.into(), generator.below(last + 1).into());
        }
        ranks
    });
    &ORDER
}

const WORDS: usize = 624;

/// The random number generator MT19937, seeded and used as in `CPython`'s `random`.
///
/// Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), including their
/// `init_by_array`.
struct MersenneTwister {
    words: [u32; WORDS],
    at: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> Self {
        let mut words = [19_650_218_u32; WORDS];
        let mixed = |before: u32, factor: u32| (before ^ (before >> 30)).wrapping_mul(factor);
        for (at, number) in (1..WORDS).zip(1_u32..) {
            words[at] = mixed(words[at - 1], 1_812_433_253).wrapping_add(number);
        }
        let mut at = 1;
        for step in 0..2 * WORDS - 1 {
            let number = u32::try_from(at).expect("below 624");
            words[at] = if step < WORDS {
                (words[at] ^ mixed(words[at - 1], 1_664_525)).wrapping_add(seed)
            } else {
                (words[at] ^ mixed(words[at - 1], 1_566_083_941)).wrapping_sub(number)
            };
            at += 1;
            if at == WORDS {
                words[0] = words[WORDS - 1];
                at = 1;
            }
        }
        words[0] = 1 << 31;
        Self { words, at: 0 }
    }

    fn draw(&mut self) -> u32 {
        let (at, next) = (self.at, (self.at + 1) % WORDS);
        let joined = (self.words[at] & (1 << 31)) | (self.words[next] & !(1 << 31));
        let odd = if joined % 2 == 1 { 0x9908_b0df } else { 0 };
        let mut word = self.words[(at + 397) % WORDS] ^ (joined >> 1) ^ odd;
        self.words[at] = word;
        self.at = next;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// Draws a number below `bound`: repeatedly draws as many bits as `bound` has, until their
    /// value is below `bound`.
    fn below(&mut self, bound: u16) -> u16 {
        let bits = u16::BITS - bound.leading_zeros();
        loop {
            let number = u16::try_from(self.draw() >> (32 - bits)).expect("at most 16 bits");
            if number < bound {
                return number;
            }
        }
    }
}
