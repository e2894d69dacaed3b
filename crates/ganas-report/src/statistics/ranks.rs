//! Ranks and quantiles, and corrections for multiple tests.

use crate::number::whole;

/// Returns the ranks of the numbers, counted from 1 for the smallest. Equal numbers all get the
/// mean of the ranks that they occupy.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let is_equal = |at: &&usize| values[**at].total_cmp(&values[order[from]]).is_eq();
        let count = order[from..].iter().take_while(is_equal).count();
        let shared = ((from + 1) as f64).midpoint((from + count) as f64);
        order[from..from + count].iter().for_each(|at| ranks[*at] = shared);
        from += count;
    }
    ranks
}

/// Returns Spearman's rank correlation, from −1 to 1. Returns `None` if the lengths differ, if
/// there are fewer than three pairs, or if all values in one of the two lists are equal.
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() || one.len() < 3 {
        return None;
    }
    let (one, other) = (ranks(one), ranks(other));
    let middle = 1.0_f64.midpoint(one.len() as f64);
    let (mut both, mut of_one, mut of_other) = (0.0, 0.0, 0.0);
    for (one, other) in one.iter().zip(&other) {
        both += (one - middle) * (other - middle);
        of_one += (one - middle).powi(2);
        of_other += (other - middle).powi(2);
    }
    (of_one > 0.0 && of_other > 0.0).then(|| both / (of_one * of_other).sqrt())
}

/// Returns a quantile of `sorted`, a list of numbers in ascending order. The fraction `share`
/// selects the quantile. For example, 0.5 selects the median. Interpolates linearly between
/// neighbouring numbers. Returns `None` if there are no numbers.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (*sorted.get(whole(place))?, *sorted.get(whole(place.ceil()))?);
    Some(below + (above - below) * place.fract())
}

/// Returns the p-values of several tests after Holm's correction, in the same order as in `p`.
///
/// Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6, 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|one, other| p[*one].total_cmp(&p[*other]));
    let (mut corrected, mut most) = (vec![1.0; p.len()], 0.0_f64);
    for (place, at) in order.into_iter().enumerate() {
        most = most.max(p[at] * (p.len() - place) as f64).min(1.0);
        corrected[at] = most;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_equals_are_shared() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0], &[10.0, 20.0, 25.0]), Some(1.0));
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn corrected_p_keep_their_order() {
        let corrected = holm(&[0.01, 0.04, 0.03]);
        assert!(corrected.iter().zip([0.03, 0.06, 0.06]).all(|(one, it)| (one - it).abs() < 1e-12));
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
