//! The sign-flip test for paired differences.

use ganas_search::Streams;
use rand::Rng;

/// Largest number of differences for which all sign flips, fewer than [`FLIPS`], are tried.
const EXACT: usize = 14;

/// Number of sign flips tried for more differences; the smallest possible p-value is its inverse.
const FLIPS: u32 = 20_000;

/// Returns the p-value of a two-sided test on paired differences. The null hypothesis is that they
/// are distributed symmetrically about zero. A flip keeps or reverses the sign of each difference.
/// The p-value is the fraction of flips after which the mean is at least as far from zero as the
/// observed mean. For up to 14 differences, the test tries every flip; for more, it tries 20,000:
/// the flip that keeps all signs, and random ones.
///
/// Apart from the symmetry, the test makes no assumption about the distribution. This matters
/// because many differences between runs are exactly zero.
///
/// Source: Fisher, "The design of experiments", 1935, section 21.
pub fn sign_flip(differences: &[f64]) -> f64 {
    let found = differences.iter().sum::<f64>().abs();
    // Summing equal numbers in a different order changes the last bits.
    let least = found * (1.0 - 1e-9);
    let is_as_far = |reverses: &mut dyn FnMut(usize) -> bool| {
        let signed = differences.iter().enumerate();
        let signed = signed.map(|(place, value)| if reverses(place) { -value } else { *value });
        signed.sum::<f64>().abs() >= least
    };
    if differences.len() <= EXACT {
        let all = 1_u32 << differences.len();
        let as_far = (0..all).filter(|flip| is_as_far(&mut |place| flip >> place & 1 == 1));
        return as_far.count() as f64 / f64::from(all);
    }
    let mut rng = Streams::new(0).rng("sign-flip", 0, 0);
    let as_far = (1..FLIPS).filter(|_| is_as_far(&mut |_| !rng.random::<bool>())).count() + 1;
    as_far as f64 / f64::from(FLIPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_known_samples() {
        // All of one sign: 2 of the 2⁸ sign flips are as far from zero.
        let p = |differences: &[f64], expected: f64| {
            assert_eq!(sign_flip(differences).to_bits(), expected.to_bits(), "{differences:?}");
        };
        p(&[1.0, 2.0, 1.5, 0.5, 3.0, 1.0, 2.5, 0.7], 2.0 / 256.0);
        // As far from zero: all signs equal, or only that of the smallest differs.
        p(&[-1.0, 2.0, 3.0], 4.0 / 8.0);
        assert!(sign_flip(&[1.0, -1.0, 0.5, -0.5]) > 0.99);
        assert!(sign_flip(&[0.0; 5]) > 0.99);
        assert!(sign_flip(&[1.0; 30]) < 2.0 / f64::from(FLIPS));
    }
}
