//! The axes of a chart: grid, ticks and labels.

use super::layout::{Layout, cut, pixel};
use crate::chart::{Chart, Scale};
use crate::markup::Markup;
use crate::scale::{Placed, Tick};

/// Approximate number of grid lines.
const ACROSS: usize = 7;
const UPWARDS: usize = 5;

/// Returns the length in characters of the longest label of an axis.
pub(super) fn widest(axis: &Placed<'_>) -> usize {
    let ticks = axis.ticks(UPWARDS).into_iter();
    ticks.map(|tick| cut(&tick.text).chars().count()).max().unwrap_or(0)
}

pub(super) fn draw(markup: &mut Markup, chart: &Chart, layout: &Layout<'_>) {
    let ((left, right), (top, bottom)) = (layout.x.pixels(), layout.y.pixels());
    let grid = |markup: &mut Markup, line: String| {
        let attributes =
            [("class", "grid"), ("d", line.as_str()), ("stroke", "#dddddd"), ("fill", "none")];
        markup.empty("path", &attributes);
    };
    let words = |markup: &mut Markup, x: f64, y: f64, more: &[(&str, &str)], text: &str| {
        let (x, y) = (pixel(x), pixel(y));
        let place = [("class", "tick"), ("x", x.as_str()), ("y", y.as_str()), ("fill", "#444444")];
        markup.element("text", &[&place, more].concat(), text);
    };
    for Tick { at, text } in layout.y.ticks(UPWARDS) {
        let Some(y) = layout.y.at(at) else { continue };
        grid(markup, format!("M{} {}H{}", pixel(left), pixel(y), pixel(right)));
        words(markup, left - 6.0, y + 4.0, &[("text-anchor", "end")], &cut(&text));
    }
    for Tick { at, text } in layout.x.ticks(ACROSS) {
        let Some(x) = layout.x.at(at) else { continue };
        grid(markup, format!("M{} {}V{}", pixel(x), pixel(top), pixel(bottom)));
        let text = cut(&text);
        if layout.turned {
            let turn = format!("rotate(-45 {} {})", pixel(x + 3.0), pixel(bottom + 12.0));
            let more = [("text-anchor", "end"), ("transform", turn.as_str())];
            words(markup, x + 3.0, bottom + 12.0, &more, &text);
        } else {
            words(markup, x, bottom + 16.0, &[("text-anchor", "middle")], &text);
        }
    }
    let label = [("text-anchor", "end"), ("font-weight", "bold")];
    words(markup, right, layout.height - 6.0, &label, &chart.x.label);
    // Names of rows need no title.
    if !matches!(chart.y.scale, Scale::Names(_)) {
        let turn = format!("rotate(-90 14 {})", pixel(top));
        let more = [label[0], label[1], ("transform", &turn)];
        words(markup, 14.0, top, &more, &chart.y.label);
    }
}
