//! The dimensions of a chart in pixels, and its layout.

use crate::scale::Placed;

/// The use of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The picture is part of a page. It contains descriptions of its marks, and its title is
    /// elsewhere on the page.
    Page,
    /// The picture is a separate file.
    File,
}

/// Width of every chart in pixels.
pub(super) const WIDTH: f64 = 600.0;

/// Height of the area between the axes, unless names determine it.
pub(super) const HEIGHT: f64 = 250.0;

/// Height of a row of names.
pub(super) const ROW: f64 = 24.0;

/// Largest width in pixels of a character in a label.
pub(super) const CHARACTER: f64 = 6.4;

/// Maximum number of characters of a name on an axis or in the legend.
pub(super) const MAX_NAME_LENGTH: usize = 34;

/// The positions of a chart's parts.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(super) x: Placed<'a>,
    pub(super) y: Placed<'a>,
    /// Whether the names below the chart are rotated, so that they rise diagonally.
    pub(super) turned: bool,
    pub(super) height: f64,
}

/// Formats a number of pixels, to a tenth.
pub(super) fn pixel(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// Truncates a string that is too long for a name.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_NAME_LENGTH {
        return text.to_owned();
    }
    text.chars().take(MAX_NAME_LENGTH - 1).chain(['…']).collect()
}
