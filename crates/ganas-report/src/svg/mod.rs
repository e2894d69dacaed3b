//! Charts as SVG: for a page, and alone in a file.

mod frame;
mod legend;
mod marks;

use crate::chart::{Chart, Marks, Scale};
use crate::markup::Markup;
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
const WIDTH: f64 = 600.0;

/// Height of what lies between the axes, where no names say otherwise.
const HEIGHT: f64 = 250.0;

/// Height of a row of names.
const ROW: f64 = 24.0;

/// What a character of an axis takes at most, in pixels.
const CHARACTER: f64 = 6.4;

/// Most characters of a name beside an axis.
const MOST: usize = 34;

/// The font of all text.
const FONT: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Draws a chart.
pub(crate) fn draw(chart: &Chart, purpose: Use) -> String {
    let layout = Layout::of(chart, purpose);
    let mut markup = Markup::default();
    let (width, height) = (format!("{WIDTH}"), format!("{:.0}", layout.height));
    let mut attributes = vec![
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("viewBox", ""),
        ("width", width.as_str()),
        ("height", height.as_str()),
        ("font-family", FONT),
        ("font-size", "12"),
    ];
    let view = format!("0 0 {width} {height}");
    attributes[1].1 = &view;
    match purpose {
        Use::Page => attributes.push(("aria-hidden", "true")),
        Use::File => attributes.push(("role", "img")),
    }
    markup.open("svg", &attributes);
    if purpose == Use::File {
        markup.element("title", &[], &chart.title).element("desc", &[], &chart.text);
        markup.empty("rect", &[("width", "100%"), ("height", "100%"), ("fill", "#ffffff")]);
        let place = [("x", "12"), ("y", "20"), ("font-size", "14"), ("font-weight", "bold")];
        markup.element("text", &place, &chart.title);
    }
    legend::draw(&mut markup, &layout.legend);
    frame::draw(&mut markup, chart, &layout);
    for layer in &chart.layers {
        marks::draw(&mut markup, layer, &layout, purpose);
    }
    markup.close("svg");
    markup.finish()
}

/// Where everything of a chart is.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    x: Placed<'a>,
    y: Placed<'a>,
    /// Are the names below the chart written upwards?
    turned: bool,
    legend: Vec<legend::Entry>,
    height: f64,
}

impl<'a> Layout<'a> {
    fn of(chart: &'a Chart, purpose: Use) -> Self {
        let numbers = |of: fn(&Marks, &mut Vec<f64>)| {
            let mut all = Vec::new();
            chart.layers.iter().for_each(|layer| of(&layer.marks, &mut all));
            all
        };
        let x = Placed::new(&chart.x, numbers(Marks::across).into_iter());
        let y = Placed::new(&chart.y, numbers(Marks::upwards).into_iter());
        let title = if purpose == Use::File { 28.0 } else { 6.0 };
        let legend = legend::place(chart, title + 12.0);
        let rows = legend.iter().map(|entry| entry.y).fold(title - 8.0, f64::max);
        let top = rows + 16.0;
        let left = 30.0 + CHARACTER * frame::widest(&y) as f64;
        let right = WIDTH - 18.0;
        let (turned, below) = below(&x, &chart.x.scale, right - left);
        let inner = match &chart.y.scale {
            Scale::Names(names) => ROW * names.len().max(2) as f64 + 8.0,
            _ => HEIGHT,
        };
        Self {
            x: x.on(left, right),
            y: match chart.y.scale {
                Scale::Names(_) => y.on(top, top + inner),
                _ => y.on(top + inner, top),
            },
            turned,
            legend,
            height: top + inner + below,
        }
    }
}

/// Whether the names below the chart are turned, and how much room there is to be below it.
fn below(x: &Placed<'_>, scale: &Scale, width: f64) -> (bool, f64) {
    let longest = frame::widest(x) as f64 * CHARACTER;
    match scale {
        Scale::Names(names) if longest + 8.0 > width / names.len().max(1) as f64 => {
            (true, longest * 0.75 + 44.0)
        }
        _ => (false, 44.0),
    }
}

/// A number of pixels, to a tenth.
fn pixel(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// A text, cut where it is longer than a name may be.
fn cut(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}
