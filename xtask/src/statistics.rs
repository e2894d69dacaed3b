//! Statistics of small samples.

use std::f64::consts::FRAC_2_PI;

/// Returns the arithmetic mean; `None` if empty.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Returns the standard error of the mean, √(Σ(x − mean)² ∕ (n − 1) ∕ n); `None` for fewer than two
/// values.
pub(crate) fn standard_error(values: &[f64]) -> Option<f64> {
    let (mean, count) = (mean(values)?, values.len() as f64);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt())
}

/// Returns the median, with misses ranked last; `None` if it falls on a miss.
pub(crate) fn median(mut queries: Vec<Option<u64>>) -> Option<f64> {
    queries.sort_by_key(|queries| queries.unwrap_or(u64::MAX));
    let (low, high) = (queries.len().checked_sub(1)? / 2, queries.len() / 2);
    Some((queries[low]? + queries[high]?) as f64 / 2.0)
}

/// Returns the 95 % interval of a mean by Student's t; `None` for fewer than two values.
pub(crate) fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let half = standard_error(values)? * student_t(values.len() - 1);
    let mean = mean(values)?;
    Some((mean - half, mean + half))
}

/// Returns the 95 % interval of a share by Wilson's score, which is also valid for shares of 0 or
/// 1; `None` if `of` is 0.
///
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
pub(crate) fn wilson(count: usize, of: usize) -> Option<(f64, f64)> {
    let (share, number, squared) = (count as f64 / of as f64, of as f64, Z * Z);
    let middle = share + squared / (2.0 * number);
    let half = Z * (share * (1.0 - share) / number + squared / (4.0 * number * number)).sqrt();
    let scale = 1.0 + squared / number;
    let within = |bound: f64| (bound / scale).clamp(0.0, 1.0);
    (of > 0).then(|| (within(middle - half), within(middle + half)))
}

/// Half the width of the central 95 % of the standard normal distribution.
const Z: f64 = 1.959_964;

/// Returns half the width of the central 95 % of Student's distribution, by bisection.
fn student_t(freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, 13.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        *(if within(middle, freedom) < 0.95 { &mut low } else { &mut high }) = middle;
    }
    low
}

/// Returns the probability that Student's t lies between −t and t.
///
/// Source: Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.3 and 26.7.4.
fn within(t: f64, freedom: usize) -> f64 {
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    let (mut term, mut sum) = (if odd { cosine } else { 1.0 }, 0.0);
    for power in (usize::from(odd)..freedom.saturating_sub(1)).step_by(2) {
        sum += term;
        term *= cosine * cosine * (power + 1) as f64 / (power + 2) as f64;
    }
    if odd { FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

/// Largest number of differences for which all sign flips are tried.
const EXACT: usize = 16;

/// Number of random sign flips otherwise; the smallest p is one in this many.
const FLIPS: u32 = 20_000;

/// Returns the p-value of a two-sided test that paired differences are symmetric about zero: the
/// share of sign flips whose mean is at least as far from zero. Tries all sign flips if there are
/// few, else a fixed number of random ones, including the identity.
///
/// Source: Fisher, "The design of experiments", 1935, section 21.
pub(crate) fn sign_flip(differences: &[f64]) -> f64 {
    let found = differences.iter().sum::<f64>().abs();
    // Summing equal numbers in a different order changes the last bits.
    let least = found * (1.0 - 1e-9);
    let as_far = |signs: &mut dyn FnMut(usize) -> bool| {
        let signed = differences.iter().enumerate();
        let signed = signed.map(|(place, value)| if signs(place) { -value } else { *value });
        signed.sum::<f64>().abs() >= least
    };
    if differences.len() <= EXACT {
        let all = 1_u32 << differences.len();
        let far = (0..all).filter(|change| as_far(&mut |place| change >> place & 1 == 1)).count();
        return far as f64 / f64::from(all);
    }
    let mut random = Random(0);
    let far = (1..FLIPS).filter(|_| as_far(&mut |_| random.bit())).count() + 1;
    far as f64 / f64::from(FLIPS)
}

/// A generator of random bits, the same in every run.
struct Random(u64);

impl Random {
    /// Returns the next bit.
    ///
    /// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    fn bit(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) >> 63 == 1
    }
}

/// Returns p-values, each corrected for all of them together.
///
/// Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
pub(crate) fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut corrected = vec![0.0; values.len()];
    let mut largest: f64 = 0.0;
    for (rank, place) in order.into_iter().enumerate() {
        let rest = (values.len() - rank) as f64;
        largest = largest.max((values[place] * rest).min(1.0));
        corrected[place] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "expected {expected}, found {found}");
    }

    #[test]
    fn means_of_known_samples() {
        let sample = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        close(mean(&sample).unwrap(), 5.0);
        close(standard_error(&sample).unwrap(), (32.0_f64 / 7.0 / 8.0).sqrt());
        assert_eq!((mean(&[]), standard_error(&[1.0]), interval(&[1.0])), (None, None, None));
    }

    #[test]
    fn what_was_missed_comes_last() {
        assert_eq!(median(vec![None, Some(1), Some(2)]), Some(2.0));
        assert_eq!(median(vec![Some(4), None, Some(1), None]), None);
        assert_eq!(median(vec![Some(4), Some(1)]), Some(2.5));
    }

    #[test]
    fn intervals_are_as_in_tables_of_student() {
        let table =
            [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (7, 2.3646), (30, 2.0423)];
        for (freedom, expected) in table {
            close(student_t(freedom), expected);
        }
        let (low, high) = interval(&[1.0, 2.0, 3.0]).unwrap();
        close(low, 2.0 - 4.3027 / 3.0_f64.sqrt());
        close(high, 2.0 + 4.3027 / 3.0_f64.sqrt());
    }

    /// Checks that the observed share is `Z` standard errors of a true share at a bound away from it.
    #[test]
    fn intervals_of_shares_are_wilsons() {
        for (count, of) in [(0, 8), (8, 8), (5, 20), (1, 3), (1, 1)] {
            let (low, high) = wilson(count, of).unwrap();
            let share = count as f64 / of as f64;
            assert!((0.0..=share).contains(&low) && (share..=1.0).contains(&high) && low < high);
            for bound in [low, high] {
                close((share - bound).powi(2), Z * Z * bound * (1.0 - bound) / of as f64);
            }
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn few_differences_are_tested_exactly() {
        close(sign_flip(&[1.0, 2.0, 1.5, 0.5, 3.0, 1.0, 2.5, 0.7]), 2.0 / 256.0);
        // As far from zero: all signs equal, or only the smallest differs, or both reversed.
        close(sign_flip(&[-1.0, 2.0, 3.0]), 4.0 / 8.0);
        close(sign_flip(&[0.0; 5]), 1.0);
        close(sign_flip(&[]), 1.0);
    }

    #[test]
    fn many_differences_are_tested_by_chance() {
        assert!(sign_flip(&[1.0; 30]) < 2.0 / f64::from(FLIPS));
        let balanced: Vec<f64> = (0..40).map(|place| f64::from(place % 2) - 0.5).collect();
        assert!(sign_flip(&balanced) > 0.99);
        // Of 17 signs at most 4 are negative on one side: 2 · 3,214 of 2¹⁷.
        let mostly: Vec<f64> = (0..17).map(|place| if place < 4 { -1.0 } else { 1.0 }).collect();
        assert!((sign_flip(&mostly) - 6428.0 / 131_072.0).abs() < 0.006);
    }

    #[test]
    fn corrected_values_are_holms() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            close(found, expected);
        }
        close(holm(&[0.7, 0.8])[0], 1.0);
        assert!(holm(&[]).is_empty());
    }
}
