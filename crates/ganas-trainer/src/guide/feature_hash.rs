//! Hashes of features.

/// Combines a hash with a value into a new hash; the last steps are those of splitmix64.
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let mut mixed = hash
        ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_add(hash << 6).wrapping_add(hash >> 2);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_values_have_different_hashes() {
        let pairs = (0..200).flat_map(|hash| (0..200).map(move |value| mix(mix(hash, 0), value)));
        assert_eq!(pairs.collect::<HashSet<_>>().len(), 200 * 200);
    }
}
