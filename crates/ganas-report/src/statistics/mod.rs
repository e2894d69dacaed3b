//! Statistics of small samples.

mod ranks;
mod sign_flip;

pub use self::ranks::{holm, quantile, rank_correlation, ranks};
pub use self::sign_flip::sign_flip;

/// Returns the arithmetic mean, or `None` if there are no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Returns the sample standard deviation √(Σ(x − mean)² ∕ (n − 1)). Returns `None` for fewer than
/// two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Returns the standard error of the mean of `count` values whose standard deviation is
/// `deviation`.
pub fn standard_error(deviation: f64, count: usize) -> f64 {
    deviation / (count as f64).sqrt()
}

/// Returns half the width of the 95 % confidence interval of the mean. It is computed with
/// Student's t distribution, on the assumption that the values are normally distributed. Returns
/// `None` for fewer than two values.
pub fn confidence(values: &[f64]) -> Option<f64> {
    let deviation = standard_deviation(values)?;
    Some(student(values.len() - 1) * standard_error(deviation, values.len()))
}

/// Returns the 97.5 % quantile of Student's t distribution, accurate to two decimal places. The
/// number of degrees of freedom must be at least 1.
///
/// Values for up to four degrees of freedom come from a table. Source for more degrees of freedom:
/// expansion 26.7.5 in Abramowitz and Stegun, "Handbook of mathematical functions", 1964.
pub fn student(freedom: usize) -> f64 {
    const FEW: [f64; 4] = [12.706, 4.303, 3.182, 2.776];
    if let Some(found) = freedom.checked_sub(1).and_then(|at| FEW.get(at)) {
        return *found;
    }
    let (z, n) = (1.959_964_f64, freedom.max(1) as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / n + second / n.powi(2) + third / n.powi(3)
}

/// Returns the median, or `None` if there are no values. The median of an even number of values is
/// the mean of the two middle values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(lower.midpoint(upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn of_known_samples() {
        let sample = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert!(close(mean(&sample), 5.0));
        assert!(close(standard_deviation(&sample), (32.0_f64 / 7.0).sqrt()));
        assert!(close(median(&sample), 4.5));
        assert!(close(median(&[9.0, 1.0, 2.0]), 2.0));
        assert!(close(Some(standard_error(3.0, 9)), 1.0));
        assert!((student(5) - 2.571).abs() < 0.004 && (student(30) - 2.042).abs() < 0.001);
    }

    #[test]
    fn of_too_few() {
        assert_eq!((mean(&[]), median(&[])), (None, None));
        assert_eq!(standard_deviation(&[1.0]), None);
    }

    #[test]
    fn a_median_can_be_infinite() {
        assert_eq!(median(&[1.0, f64::INFINITY, f64::INFINITY]), Some(f64::INFINITY));
        assert_eq!(median(&[1.0, f64::INFINITY]), Some(f64::INFINITY));
    }
}
