//! Hashes of features.

/// Combines a hash with a value into a new hash; the last steps are those of splitmix64.
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let mut mixed = hash
        ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_add(hash << 6).wrapping_add(hash >> 2);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
