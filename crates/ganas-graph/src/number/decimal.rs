//! Rounds numbers to short decimal numbers. The rounding error is less than a hundred-thousandth of
//! the length of the scale (linear or logarithmic) on which the numbers lie.

use super::scale::Scale;

/// Number of decimal digits needed to resolve a millionth of a range.
const DIGITS: i32 = 6;

/// Returns the decimal number nearest to `value` on a grid. The steps of the grid are at most a
/// millionth of a linear scale, and at most a hundred-thousandth of a logarithmic scale. Returns
/// `value` itself if it is an end of the scale, or if the scale is too narrow for shorter decimal
/// numbers.
pub(super) fn short(value: f64, scale: Scale) -> f64 {
    let Scale { low, high, log } = scale;
    if value <= low || value >= high {
        return value;
    }
    let text = if log {
        // On a narrow scale, equal digits are too coarse.
        if libm::log(high) - libm::log(low) < 0.1 {
            return value;
        }
        format!("{value:.*e}", DIGITS as usize)
    } else {
        let width = high - low;
        let largest = low.abs().max(high.abs());
        if !width.is_finite() || width < largest * 1e-6 {
            return value;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 308 in magnitude")]
        let exponent = libm::log10(width).floor() as i32 - DIGITS;
        match usize::try_from(-exponent) {
            Ok(places @ 0..=40) => format!("{value:.places$}"),
            Ok(_) => return value,
            Err(_) => {
                let unit = 10_f64.powi(exponent);
                return (value / unit).round() * unit;
            }
        }
    };
    text.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::super::NumberRange;

    #[test]
    fn numbers_are_short_and_stay_what_they_are() {
        let rounded = |low, high, log, value: f64| {
            let range = NumberRange::new(low, high, log, None).unwrap();
            let rounded = range.round(value);
            assert!(range.round(rounded).total_cmp(&rounded).is_eq(), "{rounded:e}");
            assert!((range.fraction(rounded) - range.fraction(value)).abs() < 1e-6);
            rounded.to_string()
        };
        let third = 1.0 / 3.0;
        assert_eq!(rounded(0.0, 1.0, false, third), "0.333333");
        assert_eq!(rounded(1e-4, 1e-1, true, 0.031_622_776_6), "0.03162278");
        assert_eq!(rounded(-5.0, 5.0, false, third), "0.33333");
        assert_eq!(rounded(0.0, 1e9, false, 1e8 + third), "100000000");
        assert_eq!(rounded(1.0, 1.0 + 1e-9, false, 1.0 + 1e-10), (1.0 + 1e-10).to_string());
        assert_eq!(rounded(1e-300, 1e300, true, 1.234_567_89e-200).len(), "0.".len() + 206);
        assert_eq!(rounded(0.123_456_789, 0.9, false, 0.123_456_789), "0.123456789");
    }
}
