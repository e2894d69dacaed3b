//! The legend of a chart, which explains its colours and shapes.

use super::layout::{CHARACTER, WIDTH, cut, pixel};
use super::marks;
use crate::chart::{Chart, Colour, Marks, Shape};
use crate::markup::Markup;

/// An entry of the legend.
#[derive(Debug)]
pub(crate) struct Entry {
    text: String,
    colour: Colour,
    faint: bool,
    kind: Kind,
    x: f64,
    pub(crate) y: f64,
}

/// The symbol before the text.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Line,
    Area,
    Shape(Shape),
}

/// Places the entries from left to right, in lines from `top` downwards.
pub(super) fn place(chart: &Chart, top: f64) -> Vec<Entry> {
    let (mut x, mut y) = (12.0, top);
    let mut entries = Vec::new();
    for layer in chart.layers.iter().filter(|it| !it.name.is_empty() && !it.marks.is_empty()) {
        let text = cut(&layer.name);
        let width = text.chars().count() as f64 * CHARACTER + 34.0;
        if x + width > WIDTH - 8.0 && x > 12.0 {
            (x, y) = (12.0, y + 18.0);
        }
        let kind = match &layer.marks {
            Marks::Points(shape, _) => Kind::Shape(*shape),
            Marks::Line(_)
            | Marks::Steps(_)
            | Marks::HorizontalLine(_)
            | Marks::VerticalLine(_)
            | Marks::Paths(_)
            | Marks::Intervals(_) => Kind::Line,
            _ => Kind::Area,
        };
        entries.push(Entry { text, colour: layer.colour, faint: layer.faint, kind, x, y });
        x += width;
    }
    entries
}

pub(super) fn draw(markup: &mut Markup, entries: &[Entry]) {
    for Entry { text, colour, faint, kind, x, y } in entries {
        let class = colour.class();
        let opacity = if *faint { "0.4" } else { "1" };
        let paint = colour.on_white();
        let line = format!("M{} {}h16", pixel(*x), pixel(y - 4.0));
        match kind {
            Kind::Line => {
                let class = format!("line {class}");
                markup.empty(
                    "path",
                    &[
                        ("class", &class),
                        ("d", &line),
                        ("stroke", paint),
                        ("stroke-width", "2.5"),
                        ("opacity", opacity),
                    ],
                );
            }
            Kind::Area => {
                let class = format!("area {class}");
                let (x, y) = (pixel(*x + 2.0), pixel(y - 10.0));
                markup.empty(
                    "rect",
                    &[
                        ("class", &class),
                        ("x", &x),
                        ("y", &y),
                        ("width", "12"),
                        ("height", "12"),
                        ("fill", paint),
                        ("opacity", opacity),
                    ],
                );
            }
            Kind::Shape(shape) => {
                let d = marks::outline(*shape, x + 8.0, y - 4.0);
                marks::shaped(markup, *shape, *colour, opacity, &d);
            }
        }
        let (x, y) = (pixel(x + 22.0), pixel(*y));
        markup.element("text", &[("class", "ink"), ("x", &x), ("y", &y)], text);
    }
}
