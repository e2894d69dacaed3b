//! What is measured in pixels, and where the axes of a chart are.

use crate::scale::Placed;

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Part of a page, which has the title beside it and tells of each mark.
    Page,
    /// A file of its own.
    File,
}

/// Width of every chart in pixels.
pub(super) const WIDTH: f64 = 600.0;

/// Height of what lies between the axes, where no names say otherwise.
pub(super) const HEIGHT: f64 = 250.0;

/// Height of a row of names.
pub(super) const ROW: f64 = 24.0;

/// What a character of an axis takes at most, in pixels.
pub(super) const CHARACTER: f64 = 6.4;

/// Most characters of a name beside an axis.
pub(super) const MOST: usize = 34;

/// Where everything of a chart is.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(super) x: Placed<'a>,
    pub(super) y: Placed<'a>,
    /// Are the names below the chart written upwards?
    pub(super) turned: bool,
    pub(super) height: f64,
}

/// A number of pixels, to a tenth.
pub(super) fn pixel(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// A text, cut where it is longer than a name may be.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}
