//! The sign-flip test for paired differences.

use ganas_search::Streams;
use rand::Rng;

/// Number of random sign flips, and thus the inverse of the smallest possible p-value.
const FLIPS: u32 = 20_000;

/// Returns the p-value of a two-sided test on paired differences. The null hypothesis is that they
/// are distributed symmetrically about zero. The test makes many random flips. Each flip either
/// keeps or reverses the sign of each difference, with equal probability. The p-value is the
/// fraction of flips after which the mean is at least as far from zero as the observed mean. The
/// observed differences, with no sign reversed, count as one of the flips.
///
/// Apart from the symmetry, the test makes no assumption about the distribution. This matters
/// because many differences between runs are exactly zero.
///
/// Source: Fisher, "The design of experiments", 1935, section 21.
pub fn sign_flip(differences: &[f64]) -> f64 {
    let mut rng = Streams::new(0).rng("sign-flip", 0, 0);
    let found = differences.iter().sum::<f64>().abs();
    // Summing equal numbers in a different order changes the last bits.
    let least = found * (1.0 - 1e-9);
    let mut flipped = || {
        let signed = differences.iter().map(|value| if rng.random() { *value } else { -value });
        signed.sum::<f64>().abs() >= least
    };
    let as_far = (1..FLIPS).filter(|_| flipped()).count() + 1;
    as_far as f64 / f64::from(FLIPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_known_samples() {
        // All of one sign: 2 of the 2⁸ sign flips are as far from zero.
        let p = sign_flip(&[1.0, 2.0, 1.5, 0.5, 3.0, 1.0, 2.5, 0.7]);
        assert!((p - 2.0 / 256.0).abs() < 0.001, "{p}");
        assert!(sign_flip(&[1.0, -1.0, 0.5, -0.5]) > 0.99);
        assert!(sign_flip(&[0.0; 5]) > 0.99);
        assert!(sign_flip(&[1.0; 30]) < 2.0 / f64::from(FLIPS));
    }
}
