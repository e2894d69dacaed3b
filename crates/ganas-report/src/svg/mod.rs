//! Charts drawn as SVG, for a page or a separate file.

mod frame;
mod layout;
mod legend;
mod marks;

pub(crate) use self::layout::Use;
use self::layout::{CHARACTER, HEIGHT, Layout, ROW, WIDTH};
use crate::chart::{Chart, Marks, Scale};
use crate::markup::Markup;
use crate::scale::Placed;

/// The font of all text.
const FONT: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Draws a chart.
pub(crate) fn draw(chart: &Chart, purpose: Use) -> String {
    let (layout, legend) = layout(chart, purpose);
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
    legend::draw(&mut markup, &legend);
    frame::draw(&mut markup, chart, &layout);
    for layer in &chart.layers {
        marks::draw(&mut markup, layer, &layout, purpose);
    }
    markup.close("svg");
    markup.finish()
}

/// Computes the layout of a chart, and its legend.
fn layout(chart: &Chart, purpose: Use) -> (Layout<'_>, Vec<legend::Entry>) {
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
    let layout = Layout {
        x: x.on(left, right),
        y: match chart.y.scale {
            Scale::Names(_) => y.on(top, top + inner),
            _ => y.on(top + inner, top),
        },
        turned,
        height: top + inner + below,
    };
    (layout, legend)
}

/// Returns whether the names below the chart are rotated, and the height needed for them.
fn below(x: &Placed<'_>, scale: &Scale, width: f64) -> (bool, f64) {
    let longest = frame::widest(x) as f64 * CHARACTER;
    match scale {
        Scale::Names(names) if longest + 8.0 > width / names.len().max(1) as f64 => {
            (true, longest * 0.75 + 44.0)
        }
        _ => (false, 44.0),
    }
}
