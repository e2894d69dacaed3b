//! MD5 digests of several short messages, computed side by side.
//!
//! The module hash of a cell with V vertices consists of V rounds, each of which computes an MD5
//! digest for every vertex. One MD5 digest is a chain of dependent steps, which leaves most of a
//! processor idle. The digests of one round do not depend on one another, so they are computed in
//! lockstep, with one lane for each vertex. The compiler turns each step into vector instructions.
//! These are AVX2 instructions if the processor supports them.
//!
//! Source: RFC 1321. Tests compare the digests with those of the `md-5` crate, which all other code
//! uses.

/// Maximum length of a message in bytes: four blocks minus the shortest padding.
pub(super) const MAX_LENGTH: usize = 4 * BLOCK - 9;

const BLOCK: usize = 64;

const INITIAL: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// ⌊2³² |sin i|⌋ for i from 1 to 64.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// A message under construction, with room for its padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    bytes: [u8; 4 * BLOCK],
    length: usize,
}

impl Message {
    /// The empty message.
    pub(super) const EMPTY: Self = Self { bytes: [0; 4 * BLOCK], length: 0 };

    /// Appends `bytes`.
    ///
    /// # Panics
    /// If the message grows beyond [`MAX_LENGTH`].
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        assert!(end <= MAX_LENGTH, "expected at most {MAX_LENGTH} bytes, found {end}");
        self.bytes[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }

    fn blocks(&self) -> usize {
        (self.length + 9).div_ceil(BLOCK)
    }

    /// Adds the end mark and the length of the message in bits. The bytes between the two are
    /// already zero.
    fn pad(&mut self) {
        let end = self.blocks() * BLOCK;
        self.bytes[self.length] = 0x80;
        self.bytes[end - 8..end].copy_from_slice(&(8 * self.length as u64).to_le_bytes());
    }

    fn word(&self, block: usize, index: usize) -> u32 {
        let at = block * BLOCK + 4 * index;
        let bytes = &self.bytes[at..at + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }
}

/// Returns the digests of `messages`, in order. Pads the messages in place, so the same messages
/// must not be passed twice. Eight lanes are fastest for up to eight messages, sixteen lanes for
/// more.
pub(super) fn digests<const LANES: usize>(messages: &mut [Message; LANES]) -> [[u8; 16]; LANES] {
    messages.iter_mut().for_each(Message::pad);
    pulp::Arch::new().dispatch(|| padded_digests(messages))
}

#[expect(clippy::inline_always, reason = "vector instructions are those of the caller")]
#[inline(always)]
fn padded_digests<const LANES: usize>(messages: &[Message; LANES]) -> [[u8; 16]; LANES] {
    let blocks = messages.iter().map(Message::blocks).max().unwrap_or(0);
    let mut state = INITIAL.map(|word| [word; LANES]);
    for block in 0..blocks {
        let words = std::array::from_fn(|index| messages.each_ref().map(|m| m.word(block, index)));
        let before = state;
        compress(&mut state, &words);
        for (lane, _) in messages.iter().enumerate().filter(|(_, m)| block >= m.blocks()) {
            state.iter_mut().zip(&before).for_each(|(after, before)| after[lane] = before[lane]);
        }
    }
    std::array::from_fn(|lane| {
        let mut digest = [0; 16];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(&state) {
            bytes.copy_from_slice(&word[lane].to_le_bytes());
        }
        digest
    })
}

/// Compresses one block of each message into the state of the message's lane.
///
/// The loop over lanes is deliberately the outer loop: once the steps are unrolled, its body
/// contains no loop, which is the form that the compiler vectorises. Each iteration takes two
/// lanes, whose distance is half the number of lanes, so that two chains of steps run concurrently.
#[expect(clippy::inline_always, reason = "vector instructions are those of the caller")]
#[inline(always)]
fn compress<const LANES: usize>(state: &mut [[u32; LANES]; 4], words: &[[u32; LANES]; 16]) {
    let half = LANES / 2;
    let [a, b, c, d] = state;
    for lane in 0..half {
        let pair = [lane, lane + half];
        let words = words.each_ref().map(|word| pair.map(|lane| word[lane]));
        let before = pair.map(|lane| [a[lane], b[lane], c[lane], d[lane]]);
        let after = steps(before, &words);
        for chain in 0..2 {
            a[pair[chain]] = before[chain][0].wrapping_add(after[chain][0]);
            b[pair[chain]] = before[chain][1].wrapping_add(after[chain][1]);
            c[pair[chain]] = before[chain][2].wrapping_add(after[chain][2]);
            d[pair[chain]] = before[chain][3].wrapping_add(after[chain][3]);
        }
    }
}

/// Performs the 64 steps of MD5 for two lanes.
#[expect(clippy::inline_always, reason = "vector instructions are those of the caller")]
#[inline(always)]
fn steps(mut state: [[u32; 4]; 2], words: &[[u32; 2]; 16]) -> [[u32; 4]; 2] {
    for group in 0..4 {
        let word = |step: usize| words[(4 * group + step) % 16];
        four_steps(&mut state, 4 * group, word, [7, 12, 17, 22], |x, y, z| z ^ (x & (y ^ z)));
    }
    for group in 0..4 {
        let word = |step: usize| words[(5 * (4 * group + step) + 1) % 16];
        four_steps(&mut state, 16 + 4 * group, word, [5, 9, 14, 20], |x, y, z| y ^ (z & (x ^ y)));
    }
    for group in 0..4 {
        let word = |step: usize| words[(3 * (4 * group + step) + 5) % 16];
        four_steps(&mut state, 32 + 4 * group, word, [4, 11, 16, 23], |x, y, z| x ^ y ^ z);
    }
    for group in 0..4 {
        let word = |step: usize| words[7 * (4 * group + step) % 16];
        four_steps(&mut state, 48 + 4 * group, word, [6, 10, 15, 21], |x, y, z| y ^ (x | !z));
    }
    state
}

/// Performs steps `first` to `first + 3`, which share their mixing function.
#[expect(clippy::inline_always, reason = "vector instructions are those of the caller")]
#[inline(always)]
fn four_steps(
    state: &mut [[u32; 4]; 2],
    first: usize,
    word: impl Fn(usize) -> [u32; 2],
    shifts: [u32; 4],
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for step in 0..4 {
        let target = (4 - step) % 4;
        let [x, y, z] = [1, 2, 3].map(|after| (target + after) % 4);
        for (chain, word) in state.iter_mut().zip(word(step)) {
            let mixed = mix(chain[x], chain[y], chain[z]);
            let sum = chain[target].wrapping_add(mixed).wrapping_add(word);
            let turned = sum.wrapping_add(SINES[first + step]).rotate_left(shifts[step]);
            chain[target] = turned.wrapping_add(chain[x]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArchHash;

    fn assert_digests<const LANES: usize>() {
        let text: Vec<u8> = (0..=255).collect();
        for start in 0..=MAX_LENGTH / LANES {
            let length = |lane: usize| (start + lane * 31) % (MAX_LENGTH + 1);
            let mut messages = [Message::EMPTY; LANES];
            for (lane, message) in messages.iter_mut().enumerate() {
                message.push(&text[..length(lane)]);
            }
            for (lane, digest) in digests(&mut messages).into_iter().enumerate() {
                let expected = ArchHash::of(&text[..length(lane)]);
                assert_eq!(ArchHash::from_bytes(digest), expected, "{} bytes", length(lane));
            }
        }
    }

    #[test]
    fn digests_are_those_of_the_md5_crate() {
        assert_digests::<8>();
        assert_digests::<16>();
    }
}
