//! Formatting of numbers for readers.

/// Returns the largest integer that is not above a number; 0 for negative numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is out of range becomes the nearest that is not"
)]
pub(crate) fn whole(number: f64) -> usize {
    number.floor() as usize
}

/// Formats a number with at most `digits` significant digits and no trailing zeros; very large and
/// very small numbers get an exponent.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size > 0.0 && !(1e-4..1e7).contains(&size) {
        let text = format!("{value:.*e}", digits.saturating_sub(1));
        let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(number));
    }
    let before = if size < 1.0 { 0 } else { whole(size.log10()) + 1 };
    let leading = if size > 0.0 && size < 1.0 { whole(-size.log10()) } else { 0 };
    let text = format!("{value:.*}", (digits + leading).saturating_sub(before));
    trimmed(&text).to_owned()
}

/// Formats a number for charts, with six digits.
pub(crate) fn number(value: f64) -> String {
    significant(value, 6)
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 91.606_666, 0.000_123_456_7, 1e9, 2311.317, -0.5, 1.5e-7, 150.0];
        let texts = texts.map(|value| significant(value, 4));
        assert_eq!(texts, ["0", "91.61", "0.0001235", "1e9", "2311", "-0.5", "1.5e-7", "150"]);
    }
}
