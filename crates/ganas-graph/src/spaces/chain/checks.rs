//! What a description must hold besides being of the right form.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::description::{ChainDescription, OperationDescription, StageDescription};
use crate::DescriptionError;
use crate::error::quoted;

/// Most classes.
const MOST: u32 = 1 << 16;
/// Most pixels of a side and channels of a layer; with these and the limits below no cost of a layer
/// exceeds 64 bits.
const MOST_SIDE: u32 = 1 << 12;
const MOST_WIDTH: u32 = 1 << 13;
/// Most layers of a stage.
const MOST_LAYERS: u32 = 16;
/// Largest expansion.
const MOST_EXPANSION: f64 = 16.0;

type Checked = Result<(), DescriptionError>;

/// Checks all of a description but its named architectures, which only the finished space can read.
pub(super) fn check(description: &ChainDescription) -> Checked {
    let at = At { space: &description.name };
    let name = &description.name;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return at.wrong("name", "lower-case letters, digits, `-`, `_` or `.`", &quoted(name));
    }
    at.range("classes", description.classes, 1..=MOST)?;
    at.range("divisor", description.divisor, 1..=MOST_WIDTH)?;
    at.list("resolution", &description.resolution)?;
    for &side in &description.resolution {
        at.range("resolution", side, 8..=MOST_SIDE)?;
    }
    let squeeze = &description.squeeze;
    if !(squeeze.ratio > 0.0 && squeeze.ratio <= 1.0) {
        return at.wrong("squeeze.ratio", "a number above 0 and at most 1", &squeeze.ratio);
    }
    at.range("squeeze.divisor", squeeze.divisor, 1..=MOST_WIDTH)?;
    at.kernel("stem.kernel", description.stem.kernel)?;
    at.range("stem.stride", description.stem.stride, 1..=4)?;
    at.widths("stem.width", &description.stem.width, description.divisor)?;
    at.widths("head.width", &description.head.width, description.divisor)?;
    if let Some(mix) = &description.head.mix {
        at.widths("head.mix.width", &[mix.width], description.divisor)?;
    }
    check_operations(&at, &description.operations)?;
    if description.stages.is_empty() {
        return at.wrong("stages", "at least one stage", &"none");
    }
    for (number, stage) in description.stages.iter().enumerate() {
        check_stage(&at, number, stage, description)?;
    }
    Ok(())
}

fn check_operations(at: &At<'_>, operations: &[OperationDescription]) -> Checked {
    let mut names = BTreeSet::new();
    for (number, operation) in operations.iter().enumerate() {
        let key = |field: &str| format!("operations[{number}]{field}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if operation.name.is_empty() || !operation.name.chars().all(plain) {
            let expected = "letters, digits, `-`, `_` or `.`";
            return at.wrong(&key(".name"), expected, &quoted(&operation.name));
        }
        if !names.insert(&operation.name) {
            return at.wrong(&key(".name"), "a name of its own", &quoted(&operation.name));
        }
        match (operation.kernel, operation.expansion) {
            (Some(kernel), Some(expansion)) => {
                at.kernel(&key(".kernel"), kernel)?;
                at.expansion(&key(".expansion"), expansion)?;
            }
            (None, None) if !operation.squeeze_excitation => {}
            _ => {
                let expected = "kernel and expansion, or for the identity neither of them and no \
                                squeeze-and-excitation";
                return at.wrong(&key(""), expected, &"one of them");
            }
        }
    }
    Ok(())
}

fn check_stage(
    at: &At<'_>,
    number: usize,
    stage: &StageDescription,
    description: &ChainDescription,
) -> Checked {
    let key = |field: &str| format!("stages[{number}].{field}");
    at.range(&key("stride"), stage.stride, 1..=4)?;
    at.widths(&key("width"), &stage.width, description.divisor)?;
    at.list(&key("depth"), &stage.depth)?;
    for &depth in &stage.depth {
        at.range(&key("depth"), depth, 0..=MOST_LAYERS)?;
    }
    if stage.depth == [0] {
        return at.wrong(&key("depth"), "a depth above 0, or no such stage", &0);
    }
    if !stage.operation.is_empty() {
        let both = [
            ("kernel", stage.kernel.is_empty()),
            ("expansion", stage.expansion.is_empty()),
            ("squeeze_excitation", stage.squeeze_excitation.is_empty()),
        ];
        if let Some((field, _)) = both.iter().find(|(_, is_empty)| !is_empty) {
            return at.wrong(&key(field), "nothing beside `operation`", &"a list");
        }
        return check_operation_names(at, &key("operation"), stage, description);
    }
    at.list(&key("kernel"), &stage.kernel)?;
    for &kernel in &stage.kernel {
        at.kernel(&key("kernel"), kernel)?;
    }
    if stage.expansion.is_empty() {
        return at.wrong(&key("expansion"), "at least one value", &"none");
    }
    for &expansion in &stage.expansion {
        at.expansion(&key("expansion"), expansion)?;
    }
    let hundredths: Vec<_> = stage.expansion.iter().map(|value| hundredths(*value)).collect();
    at.list(&key("expansion"), &hundredths)?;
    if stage.squeeze_excitation.is_empty() {
        return Ok(());
    }
    let flags: Vec<_> = stage.squeeze_excitation.iter().map(|flag| u32::from(*flag)).collect();
    at.list(&key("squeeze_excitation"), &flags)
}

fn check_operation_names(
    at: &At<'_>,
    key: &str,
    stage: &StageDescription,
    description: &ChainDescription,
) -> Checked {
    let mut seen = BTreeSet::new();
    for name in &stage.operation {
        if !description.operations.iter().any(|operation| operation.name == *name) {
            let names: Vec<_> =
                description.operations.iter().map(|one| one.name.as_str()).collect();
            let expected = format!("names of `operations` ({})", names.join(", "));
            return at.wrong(key, &expected, &quoted(name));
        }
        if !seen.insert(name) {
            return at.wrong(key, "each name once", &format!("{} twice", quoted(name)));
        }
    }
    Ok(())
}

/// An expansion as a whole number, by which it is known from here on.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1,600")]
pub(super) fn hundredths(expansion: f64) -> u32 {
    (expansion * 100.0).round().clamp(0.0, 100.0 * MOST_EXPANSION) as u32
}

/// Makes errors about one description.
pub(super) struct At<'a> {
    pub(super) space: &'a str,
}

impl At<'_> {
    pub(super) fn wrong(&self, key: &str, expected: &str, found: &dyn Display) -> Checked {
        Err(DescriptionError {
            space: self.space.into(),
            key: key.into(),
            within: None,
            expected: expected.into(),
            found: found.to_string(),
        })
    }

    fn range(&self, key: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Checked {
        if range.contains(&value) {
            return Ok(());
        }
        self.wrong(key, &format!("{} to {}", range.start(), range.end()), &value)
    }

    /// At least one value, and none twice.
    fn list(&self, key: &str, values: &[u32]) -> Checked {
        if values.is_empty() {
            return self.wrong(key, "at least one value", &"none");
        }
        let mut seen = BTreeSet::new();
        match values.iter().find(|value| !seen.insert(**value)) {
            Some(twice) => self.wrong(key, "each value once", &format!("{twice} twice")),
            None => Ok(()),
        }
    }

    fn widths(&self, key: &str, widths: &[u32], divisor: u32) -> Checked {
        self.list(key, widths)?;
        for &width in widths {
            self.range(key, width, 1..=MOST_WIDTH)?;
            if !width.is_multiple_of(divisor) {
                return self.wrong(key, &format!("multiples of {divisor}"), &width);
            }
        }
        Ok(())
    }

    fn kernel(&self, key: &str, kernel: u32) -> Checked {
        if kernel % 2 == 1 && kernel <= 31 {
            return Ok(());
        }
        self.wrong(key, "an odd number up to 31", &kernel)
    }

    fn expansion(&self, key: &str, expansion: f64) -> Checked {
        let is_whole = (f64::from(hundredths(expansion)) - expansion * 100.0).abs() < 1e-6;
        if (1.0..=MOST_EXPANSION).contains(&expansion) && is_whole {
            return Ok(());
        }
        self.wrong(key, "a number from 1 to 16 with at most two decimals", &expansion)
    }
}
