//! Limits on the size of the numbers in models and tables.

/// Largest magnitude of a number, such that no sum, product or square of a prediction's terms is
/// infinite or NaN.
pub(crate) const LARGEST: f64 = 1e15;

/// Returns true if a number is not NaN and its magnitude is at most [`LARGEST`].
pub(crate) fn is_bounded(number: impl Into<f64>) -> bool {
    number.into().abs() <= LARGEST
}

/// Returns the first number that is NaN or too large, with its index.
pub(crate) fn first_unbounded<N: Into<f64>>(
    numbers: impl IntoIterator<Item = N>,
) -> Option<(usize, f64)> {
    numbers.into_iter().map(Into::into).enumerate().find(|(_, number)| !is_bounded(*number))
}

/// Describes the valid numbers, for errors.
pub(crate) fn bounds() -> String {
    format!("a number from -{LARGEST:e} to {LARGEST:e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_too_large_is_found() {
        assert_eq!(first_unbounded([0.5, -1e15, 1e15]), None);
        assert_eq!(first_unbounded([0.5_f32, f32::NEG_INFINITY]), Some((1, f64::NEG_INFINITY)));
        assert_eq!(first_unbounded([1.1e15]), Some((0, 1.1e15)));
        assert!(
            first_unbounded([0.0, f64::NAN]).is_some_and(|(at, number)| at == 1 && number.is_nan())
        );
        assert_eq!(bounds(), "a number from -1e15 to 1e15");
    }
}
