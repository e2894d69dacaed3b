//! Checks that the values in a chain's description make sense.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::block_kind::Data;
use super::description::{ChainDescription, SqueezeDescription, StemDescription};
use super::stage_checks::{check_operations, check_stage};
use crate::DescriptionError;
use crate::error::quoted;

/// Maximum number of classes, and of features.
const MAX_CLASSES_OR_FEATURES: u32 = 1 << 16;
/// Maximum side of an image in pixels. With this and the other limits here, no cost of a layer
/// exceeds 64 bits.
const MAX_SIDE: u32 = 1 << 12;
/// Maximum number of channels of a layer.
const MAX_WIDTH: u32 = 1 << 13;
/// Maximum expansion of channels.
pub(super) const MAX_EXPANSION: f64 = 16.0;

pub(super) type Checked = Result<(), DescriptionError>;

/// Checks all of a description except its named architectures, which only the finished space can
/// parse.
pub(super) fn check(description: &ChainDescription) -> Checked {
    let at = ErrorContext { space: &description.name };
    let name = &description.name;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return at.wrong("name", "lower-case letters, digits, `-`, `_` or `.`", &quoted(name));
    }
    at.range("classes", description.classes, 1..=MAX_CLASSES_OR_FEATURES)?;
    at.range("divisor", description.divisor, 1..=MAX_WIDTH)?;
    let squeeze = &description.squeeze;
    if !(squeeze.ratio > 0.0 && squeeze.ratio <= 1.0) {
        return at.wrong("squeeze.ratio", "a number above 0 and at most 1", &squeeze.ratio);
    }
    at.range("squeeze.divisor", squeeze.divisor, 1..=MAX_WIDTH)?;
    check_input(&at, description)?;
    check_operations(&at, &description.operations)?;
    if description.stages.is_empty() {
        return at.wrong("stages", "at least one stage", &"none");
    }
    for (number, stage) in description.stages.iter().enumerate() {
        check_stage(&at, number, stage, description)?;
    }
    Ok(())
}

/// Checks the input and the parts before and after the stages.
fn check_input(at: &ErrorContext<'_>, description: &ChainDescription) -> Checked {
    let head = &description.head;
    let data = description.data();
    let not_of_tables = [
        ("resolution", !description.resolution.is_empty()),
        ("channels", description.channels.is_some()),
        ("stem", description.stem.is_some()),
    ];
    let of_images = [
        ("head", head.is_some()),
        ("projection", description.projection),
        ("operations", !description.operations.is_empty()),
        ("squeeze", description.squeeze != SqueezeDescription::default()),
    ];
    let (what, others): (_, &[_]) = match data {
        Data::Images => ("", &[]),
        Data::Tokens => ("tokens (`stem.patch`)", &of_images),
        Data::Table => ("a table (`features`)", &[&not_of_tables[..], &of_images].concat()),
    };
    if let Some((key, _)) = others.iter().find(|(_, is_given)| *is_given) {
        return at.wrong(key, &format!("this key to be omitted for {what}"), &format!("`{key}`"));
    }
    if let Some(features) = description.features {
        return at.range("features", features, 1..=MAX_CLASSES_OR_FEATURES);
    }
    at.list("resolution", &description.resolution)?;
    for &side in &description.resolution {
        at.range("resolution", side, 8..=MAX_SIDE)?;
    }
    at.range("channels", description.input_channels(), 1..=MAX_WIDTH)?;
    check_stem(at, description)?;
    let Some(head) = head else { return Ok(()) };
    at.widths("head.width", &head.width, description.divisor)?;
    match &head.mix {
        Some(mix) => at.widths("head.mix.width", &[mix.width], description.divisor),
        None => Ok(()),
    }
}

fn check_stem(at: &ErrorContext<'_>, description: &ChainDescription) -> Checked {
    let Some(stem) = &description.stem else {
        let expected = "the convolution before the stages, as in `stem = { width = [16] }`, or \
                        `features` if the input is a table";
        return at.wrong("stem", expected, &"none");
    };
    let Some(patch) = stem.patch else {
        at.kernel("stem.kernel", stem.kernel())?;
        at.range("stem.stride", stem.stride(), 1..=4)?;
        return at.widths("stem.width", &stem.width, description.divisor);
    };
    let others = [("stem.kernel", stem.kernel), ("stem.stride", stem.stride)];
    if let Some((key, _)) = others.iter().find(|(_, value)| value.is_some()) {
        let expected =
            "this key to be omitted when `patch` is given, because `patch` sets kernel and stride";
        return at.wrong(key, expected, &format!("`{key}`"));
    }
    let divides = |side: &u32| patch > 0 && side.is_multiple_of(patch);
    if let Some(side) = description.resolution.iter().find(|side| !divides(side)) {
        let expected = format!("a number that divides the image side of {side} pixels");
        return at.wrong("stem.patch", &expected, &patch);
    }
    at.widths("stem.width", &stem.width, description.divisor)
}

/// Converts a ratio of channels to whole hundredths, the form in which the other modules use it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1,600")]
pub(super) fn hundredths(expansion: f64) -> u32 {
    (expansion * 100.0).round().clamp(0.0, 100.0 * MAX_EXPANSION) as u32
}

/// Creates errors about one description.
pub(super) struct ErrorContext<'a> {
    pub(super) space: &'a str,
}

impl ChainDescription {
    /// Returns the number of channels of the input image.
    pub(super) fn input_channels(&self) -> u32 {
        self.channels.unwrap_or(3)
    }
}

impl StemDescription {
    /// Returns the side of the kernel.
    pub(super) fn kernel(&self) -> u32 {
        self.kernel.unwrap_or(3)
    }

    /// Returns the stride of the convolution.
    pub(super) fn stride(&self) -> u32 {
        self.stride.unwrap_or(2)
    }
}

impl ErrorContext<'_> {
    pub(super) fn wrong(&self, key: &str, expected: &str, found: &dyn Display) -> Checked {
        Err(DescriptionError {
            space: self.space.into(),
            key: key.into(),
            within: None,
            expected: expected.into(),
            found: found.to_string(),
        })
    }

    pub(super) fn range(&self, key: &str, value: u32, range: RangeInclusive<u32>) -> Checked {
        if range.contains(&value) {
            return Ok(());
        }
        self.wrong(key, &format!("{} to {}", range.start(), range.end()), &value)
    }

    /// Checks that a list has at least one value, and no value twice.
    pub(super) fn list(&self, key: &str, values: &[u32]) -> Checked {
        if values.is_empty() {
            return self.wrong(key, "at least one value", &"none");
        }
        let mut seen = BTreeSet::new();
        match values.iter().find(|value| !seen.insert(**value)) {
            Some(twice) => self.wrong(key, "each value once", &format!("{twice} twice")),
            None => Ok(()),
        }
    }

    pub(super) fn widths(&self, key: &str, widths: &[u32], divisor: u32) -> Checked {
        self.list(key, widths)?;
        for &width in widths {
            self.range(key, width, 1..=MAX_WIDTH)?;
            if !width.is_multiple_of(divisor) {
                return self.wrong(key, &format!("multiples of {divisor}"), &width);
            }
        }
        Ok(())
    }

    pub(super) fn kernel(&self, key: &str, kernel: u32) -> Checked {
        if kernel % 2 == 1 && kernel <= 31 {
            return Ok(());
        }
        self.wrong(key, "an odd number up to 31", &kernel)
    }

    /// Checks that ratios of channels are within a range, distinct, and of at most two decimals.
    pub(super) fn ratios(&self, key: &str, ratios: &[f64], range: &RangeInclusive<f64>) -> Checked {
        if ratios.is_empty() {
            return self.wrong(key, "at least one value", &"none");
        }
        for &ratio in ratios {
            let is_whole = (f64::from(hundredths(ratio)) - ratio * 100.0).abs() < 1e-6;
            if !range.contains(&ratio) || !is_whole {
                let (least, most) = (range.start(), range.end());
                let expected = format!("a number from {least} to {most} with at most two decimals");
                return self.wrong(key, &expected, &ratio);
            }
        }
        self.list(key, &ratios.iter().map(|ratio| hundredths(*ratio)).collect::<Vec<_>>())
    }
}
