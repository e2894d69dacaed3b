//! Checks that the described stages and operations of a chain make sense.

use std::collections::BTreeSet;

use super::block_kind::{BlockKind, Data};
use super::checks::{Checked, ErrorContext, MAX_EXPANSION};
use super::description::{ChainDescription, OperationDescription, StageDescription};
use crate::error::quoted;

/// Maximum number of layers in a stage.
const MAX_LAYERS: u32 = 16;
/// Maximum number of attention heads in a layer.
const MAX_HEADS: u32 = 256;

impl BlockKind {
    /// Returns the stage keys that apply to this kind of block but not to all kinds.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::InvertedBottleneck => {
                &["stride", "width", "operation", "expansion", "kernel", "squeeze_excitation"]
            }
            Self::Convolution | Self::Residual | Self::Separable => &["stride", "width", "kernel"],
            Self::Bottleneck => &["stride", "width", "expansion", "kernel"],
            Self::Transformer => &["heads", "mlp_ratio"],
            Self::Linear => &["width"],
        }
    }

    /// Returns the range of the block's expansion; `None` if the block has no expansion.
    const fn expansions(self) -> Option<std::ops::RangeInclusive<f64>> {
        match self {
            Self::InvertedBottleneck => Some(1.0..=MAX_EXPANSION),
            Self::Bottleneck => Some(0.01..=1.0),
            _ => None,
        }
    }
}

pub(super) fn check_operations(
    at: &ErrorContext<'_>,
    operations: &[OperationDescription],
) -> Checked {
    let mut names = BTreeSet::new();
    for (number, operation) in operations.iter().enumerate() {
        let key = |field: &str| format!("operations[{number}]{field}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if operation.name.is_empty() || !operation.name.chars().all(plain) {
            let expected = "letters, digits, `-`, `_` or `.`";
            return at.wrong(&key(".name"), expected, &quoted(&operation.name));
        }
        if !names.insert(&operation.name) {
            return at.wrong(&key(".name"), "a unique name", &quoted(&operation.name));
        }
        check_operation(at, operation, &key)?;
    }
    Ok(())
}

fn check_operation(
    at: &ErrorContext<'_>,
    operation: &OperationDescription,
    key: &dyn Fn(&str) -> String,
) -> Checked {
    let block = operation.block;
    if block.data() != Data::Images {
        let expected = format!("one of {}", BlockKind::names_for(Data::Images));
        return at.wrong(&key(".block"), &expected, &quoted(block.name()));
    }
    let is_inverted = block == BlockKind::InvertedBottleneck;
    match (operation.kernel, operation.expansion, block.expansions()) {
        (Some(kernel), Some(expansion), Some(range)) => {
            at.kernel(&key(".kernel"), kernel)?;
            at.ratios(&key(".expansion"), &[expansion], &range)?;
        }
        (Some(kernel), None, None) => at.kernel(&key(".kernel"), kernel)?,
        (None, None, _) if is_inverted && !operation.squeeze_excitation => {}
        (_, _, None) => {
            let expected = format!("a kernel but no expansion, as `{}` requires", block.name());
            return at.wrong(&key(""), &expected, &"other keys");
        }
        _ => {
            let expected = "both kernel and expansion, or, for the identity, none of kernel, \
                            expansion and squeeze-and-excitation";
            return at.wrong(&key(""), expected, &"another combination");
        }
    }
    if operation.squeeze_excitation && !is_inverted {
        let expected = format!("false, because only `{}` supports it", BlockKind::default().name());
        return at.wrong(&key(".squeeze_excitation"), &expected, &true);
    }
    Ok(())
}

pub(super) fn check_stage(
    at: &ErrorContext<'_>,
    number: usize,
    stage: &StageDescription,
    description: &ChainDescription,
) -> Checked {
    let key = |field: &str| format!("stages[{number}].{field}");
    check_block(at, &key("block"), stage.block, description)?;
    check_keys(at, stage, &key)?;
    at.range(&key("stride"), stage.stride, 1..=4)?;
    if stage.block != BlockKind::Transformer {
        at.widths(&key("width"), &stage.width, description.divisor)?;
    }
    at.list(&key("depth"), &stage.depth)?;
    for &depth in &stage.depth {
        at.range(&key("depth"), depth, 0..=MAX_LAYERS)?;
    }
    if stage.depth == [0] {
        return at.wrong(&key("depth"), "a depth above 0 (to leave out the stage, remove it)", &0);
    }
    if !stage.operation.is_empty() {
        let both = [
            ("kernel", stage.kernel.is_empty()),
            ("expansion", stage.expansion.is_empty()),
            ("squeeze_excitation", stage.squeeze_excitation.is_empty()),
        ];
        if let Some((field, _)) = both.iter().find(|(_, is_empty)| !is_empty) {
            return at.wrong(
                &key(field),
                "this key to be omitted when `operation` is given",
                &format!("`{field}`"),
            );
        }
        return check_operation_names(at, &key("operation"), stage, description);
    }
    check_body(at, stage, description, &key)
}

/// Checks that the block takes the type of data in the chain's stages.
fn check_block(
    at: &ErrorContext<'_>,
    key: &str,
    block: BlockKind,
    description: &ChainDescription,
) -> Checked {
    let data = description.data();
    if block.data() == data {
        return Ok(());
    }
    let what = |data| match data {
        Data::Images => "images",
        Data::Tokens => "tokens, which `stem.patch` makes from images",
        Data::Table => "rows of a table, which the key `features` describes",
    };
    let (own, name) = (BlockKind::names_for(data), block.name());
    let (taken, other) = (what(data), what(block.data()));
    let expected = format!("{own}, because the stages take {taken}; `{name}` takes {other}");
    at.wrong(key, &expected, &quoted(name))
}

/// Checks that every key that a stage sets applies to its block.
fn check_keys(
    at: &ErrorContext<'_>,
    stage: &StageDescription,
    key: &dyn Fn(&str) -> String,
) -> Checked {
    let given = [
        ("stride", stage.stride != 1),
        ("width", !stage.width.is_empty()),
        ("operation", !stage.operation.is_empty()),
        ("expansion", !stage.expansion.is_empty()),
        ("kernel", !stage.kernel.is_empty()),
        ("squeeze_excitation", !stage.squeeze_excitation.is_empty()),
        ("heads", !stage.heads.is_empty()),
        ("mlp_ratio", !stage.mlp_ratio.is_empty()),
    ];
    let own = stage.block.keys();
    match given.iter().find(|(name, is_given)| *is_given && !own.contains(name)) {
        Some((name, _)) => {
            let (block, own) = (stage.block.name(), own.join(", "));
            let expected =
                format!("one of the keys of `{block}` (depth, choose, activation, {own})");
            at.wrong(&key(name), &expected, &format!("`{name}`"))
        }
        None => Ok(()),
    }
}

/// Checks the kernel, expansion, heads, MLP ratio and squeeze-and-excitation of a stage.
fn check_body(
    at: &ErrorContext<'_>,
    stage: &StageDescription,
    description: &ChainDescription,
    key: &dyn Fn(&str) -> String,
) -> Checked {
    let block = stage.block;
    if block.keys().contains(&"kernel") {
        at.list(&key("kernel"), &stage.kernel)?;
        for &kernel in &stage.kernel {
            at.kernel(&key("kernel"), kernel)?;
        }
    }
    if let Some(range) = block.expansions() {
        at.ratios(&key("expansion"), &stage.expansion, &range)?;
    }
    if block == BlockKind::Transformer {
        check_heads(at, &key("heads"), &stage.heads, description.widths(stage))?;
        at.ratios(&key("mlp_ratio"), &stage.mlp_ratio, &(0.25..=MAX_EXPANSION))?;
    }
    if stage.squeeze_excitation.is_empty() {
        return Ok(());
    }
    let flags: Vec<_> = stage.squeeze_excitation.iter().map(|flag| u32::from(*flag)).collect();
    at.list(&key("squeeze_excitation"), &flags)
}

/// Checks that every number of heads divides every width of the transformer.
fn check_heads(at: &ErrorContext<'_>, key: &str, heads: &[u32], widths: &[u32]) -> Checked {
    at.list(key, heads)?;
    for &count in heads {
        at.range(key, count, 1..=MAX_HEADS)?;
        if let Some(width) = widths.iter().find(|width| !width.is_multiple_of(count)) {
            let expected = format!(
                "a number that divides every width in `stem.width` (remove this number or the width {width})"
            );
            return at.wrong(key, &expected, &count);
        }
    }
    Ok(())
}

fn check_operation_names(
    at: &ErrorContext<'_>,
    key: &str,
    stage: &StageDescription,
    description: &ChainDescription,
) -> Checked {
    let mut seen = BTreeSet::new();
    for name in &stage.operation {
        if !description.operations.iter().any(|operation| operation.name == *name) {
            let names: Vec<_> =
                description.operations.iter().map(|one| one.name.as_str()).collect();
            let expected = format!("one of the names in `operations` ({})", names.join(", "));
            return at.wrong(key, &expected, &quoted(name));
        }
        if !seen.insert(name) {
            return at.wrong(key, "each name once", &format!("{} twice", quoted(name)));
        }
    }
    Ok(())
}
