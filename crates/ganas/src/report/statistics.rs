//! Statistics of small samples.

/// Arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation, √(Σ(x − mean)² ∕ (n − 1)); `None` of fewer than two.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Standard error of a mean over `count` values with the given standard deviation.
pub fn standard_error(deviation: f64, count: usize) -> f64 {
    deviation / (count as f64).sqrt()
}

/// The middle value, the mean of the two middle ones of an even number; `None` of nothing.
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
