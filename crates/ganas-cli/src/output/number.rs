//! Formatting of numbers for people.

/// Number of significant digits shown.
const DIGITS: i32 = 6;

/// Returns a number as text, rounded to six significant digits, or to an integer if the number has
/// more than six digits before the decimal point.
pub(crate) fn rounded(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let magnitude = number.abs().log10().floor();
    if !(-5.0..15.0).contains(&magnitude) {
        return trimmed(&format!("{number:.5e}"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "from -5 to 15")]
    let decimals = DIGITS - 1 - magnitude as i32;
    let text = format!("{number:.*}", usize::try_from(decimals).unwrap_or(0));
    if text.contains('.') { trimmed(&text) } else { text }
}

/// Returns the text of a number without the trailing zeros of its fraction.
fn trimmed(text: &str) -> String {
    let (fraction, exponent) = text.split_once('e').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    if exponent.is_empty() { fraction.into() } else { format!("{fraction}e{exponent}") }
}

/// Returns a count with its noun in the singular or plural, such as `1 query` or `3 queries`.
pub(crate) fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{count} {}", if count == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_shown() {
        let shown = [20.555_555_820_465_088, 93.25, 100.0, 1e300, 1.5e-9, -0.0, 1_234_567.8];
        let expected = ["20.5556", "93.25", "100", "1e300", "1.5e-9", "-0", "1234568"];
        assert_eq!(shown.map(rounded), expected);
        assert_eq!(rounded(f64::NAN), "NaN");
        assert_eq!(rounded(0.000_123_456_78), "0.000123457");
    }
}
