//! The marks of a chart, drawn between its axes.

use std::fmt::Write as _;

use super::layout::{Layout, Use, pixel};
use crate::chart::{BoxPlot, Colour, Interval, Layer, Marks, Meaning, Path, Point, Shape, Tile};
use crate::markup::Markup;

/// Draws a layer; on a page, its marks have descriptions.
pub(super) fn draw(markup: &mut Markup, layer: &Layer, layout: &Layout<'_>, purpose: Use) {
    if layer.marks.is_empty() {
        return;
    }
    let (told, places) = told(&layer.marks, layout);
    let told = told.filter(|_| purpose == Use::Page);
    let mut attributes = vec![("class", if layer.faint { "layer faint" } else { "layer" })];
    if let Some((name, value)) = &told {
        attributes.push((*name, value.as_str()));
    }
    if let Some(places) = places.as_deref().filter(|_| told.is_some()) {
        attributes.push(("data-at", places));
    }
    markup.open("g", &attributes);
    drawn(markup, layer, layout);
    markup.close("g");
}

fn drawn(markup: &mut Markup, layer: &Layer, layout: &Layout<'_>) {
    let (colour, faint) = (layer.colour, layer.faint);
    match &layer.marks {
        Marks::Line(points) => line(markup, layer, &course(points, layout, false)),
        Marks::Steps(points) => line(markup, layer, &course(points, layout, true)),
        Marks::HorizontalLine(y) => {
            let (left, right) = layout.x.pixels();
            let Some(y) = layout.y.at(*y) else { return };
            line(markup, layer, &format!("M{} {}H{}", pixel(left), pixel(y), pixel(right)));
        }
        Marks::VerticalLine(x) => {
            let (top, bottom) = layout.y.pixels();
            let Some(x) = layout.x.at(*x) else { return };
            line(markup, layer, &format!("M{} {}V{}", pixel(x), pixel(bottom), pixel(top)));
        }
        Marks::Band(points) => {
            let upper: Vec<_> = points.iter().map(|[x, _, high]| (*x, *high)).collect();
            let lower: Vec<_> = points.iter().rev().map(|[x, low, _]| (*x, *low)).collect();
            let d = course(&[upper, lower].concat(), layout, false);
            area(markup, colour, "0.18", &(d + "z"));
        }
        Marks::Points(shape, points) => {
            let mut d = String::new();
            for Point { x, y, .. } in points {
                if let (Some(x), Some(y)) = (layout.x.at(*x), layout.y.at(*y)) {
                    d += &outline(*shape, x, y);
                }
            }
            shaped(markup, *shape, colour, if faint { "0.45" } else { "0.85" }, &d);
        }
        Marks::Intervals(all) => all.iter().for_each(|it| interval(markup, it, colour, layout)),
        Marks::Bars(all) => {
            for it in all {
                bar(markup, (0.0, it.x), it.y, colour, layout);
            }
        }
        Marks::Spans(all) => {
            for it in all {
                bar(markup, (it.from, it.to), it.row, colour, layout);
            }
        }
        Marks::Boxes(all) => all.iter().for_each(|it| box_plot(markup, it, colour, layout)),
        Marks::Tiles(all) => all.iter().for_each(|it| tile(markup, it, colour, layout)),
        Marks::Paths(all) => {
            for Path { heights, .. } in all {
                let points: Vec<_> =
                    heights.iter().enumerate().map(|(at, it)| (at as f64, *it)).collect();
                let d = course(&points, layout, false);
                thin(markup, colour, if faint { "0.25" } else { "0.8" }, &d);
            }
        }
        Marks::Words(all) => all.iter().for_each(|it| word(markup, it, layout)),
    }
}

/// Draws a word with an outline in the background's colour, so that lines do not cross it out.
fn word(markup: &mut Markup, (x, y, text): &(f64, f64, String), layout: &Layout<'_>) {
    let (Some(x), Some(y)) = (layout.x.at(*x), layout.y.at(*y)) else { return };
    let (x, y) = (pixel(x), pixel(y + 3.5));
    let place = [
        ("class", "words"),
        ("x", x.as_str()),
        ("y", y.as_str()),
        ("text-anchor", "middle"),
        ("font-size", "10"),
        ("fill", "#222222"),
        ("stroke", "#ffffff"),
        ("stroke-width", "3"),
        ("paint-order", "stroke"),
    ];
    markup.element("text", &place, text);
}

/// Returns the meanings of a layer's marks as an attribute, and the marks' positions. The positions
/// are `None` for points and paths, because the drawn outlines contain them.
fn told(marks: &Marks, layout: &Layout<'_>) -> (Option<(&'static str, String)>, Option<String>) {
    let all: Vec<(&Meaning, f64, f64)> = match marks {
        Marks::Points(_, all) => {
            let has_place =
                |it: &&Point| layout.x.at(it.x).is_some() && layout.y.at(it.y).is_some();
            let all = all.iter().filter(has_place).map(|it| (&it.meaning, it.x, it.y));
            return (meanings(all), None);
        }
        Marks::Paths(all) => return (meanings(all.iter().map(|it| (&it.meaning, 0.0, 0.0))), None),
        Marks::Bars(all) => all.iter().map(|it| (&it.meaning, it.x, it.y)).collect(),
        Marks::Intervals(all) => all.iter().map(|it| (&it.meaning, it.at[1], it.row)).collect(),
        Marks::Boxes(all) => all.iter().map(|it| (&it.meaning, it.at, it.five[2])).collect(),
        Marks::Spans(all) => {
            all.iter().map(|it| (&it.meaning, it.from.midpoint(it.to), it.row)).collect()
        }
        Marks::Tiles(all) => all.iter().map(|it| (&it.meaning, it.x, it.y)).collect(),
        _ => return (None, None),
    };
    let mut places = String::new();
    for (_, x, y) in &all {
        let place = |it: Option<f64>| it.unwrap_or(-99.0);
        let (x, y) = (place(layout.x.at(*x)), place(layout.y.at(*y)));
        // Writing to a string does not fail.
        let _ = write!(places, "{x:.0} {y:.0} ");
    }
    (meanings(all.into_iter()), Some(places))
}

/// Returns an attribute: the marks' trial numbers, separated by spaces, or else their texts as
/// JSON.
fn meanings<'a>(
    all: impl Iterator<Item = (&'a Meaning, f64, f64)>,
) -> Option<(&'static str, String)> {
    let (mut trials, mut texts) = (String::new(), Vec::new());
    for (meaning, ..) in all {
        match meaning {
            Meaning::Trial(number) => {
                let _ = write!(trials, "{number} ");
            }
            Meaning::Text(text) => texts.push(text.as_str()),
        }
    }
    match (trials.is_empty(), texts.is_empty()) {
        (true, true) => None,
        (false, _) => Some(("data-trials", trials)),
        (true, false) => Some(("data-texts", serde_json::json!(texts).to_string())),
    }
}

/// Returns the path through the points in order.
fn course(points: &[(f64, f64)], layout: &Layout<'_>, stepped: bool) -> String {
    let mut d = String::new();
    for (x, y) in points {
        let (Some(x), Some(y)) = (layout.x.at(*x), layout.y.at(*y)) else { continue };
        let (x, y) = (pixel(x), pixel(y));
        let _ = match (d.is_empty(), stepped) {
            (true, _) => write!(d, "M{x} {y}"),
            (false, true) => write!(d, "H{x}V{y}"),
            (false, false) => write!(d, "L{x} {y}"),
        };
    }
    d
}

/// Returns the outline of a shape, which begins at its centre.
pub(super) fn outline(shape: Shape, x: f64, y: f64) -> String {
    let rest = match shape {
        Shape::Disc => "h0",
        Shape::Ring => "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
        Shape::Cross => "m-3-3l6 6m0-6l-6 6",
        Shape::Triangle => "m0-4l4 7h-8z",
        Shape::Square => "m-3-3h6v6h-6z",
        Shape::Diamond => "m0-4.5l4.5 4.5-4.5 4.5-4.5-4.5z",
    };
    format!("M{} {}{rest}", pixel(x), pixel(y))
}

/// Draws outlines of a shape.
pub(super) fn shaped(markup: &mut Markup, shape: Shape, colour: Colour, opacity: &str, d: &str) {
    let (class, paint) = (colour.class(), colour.on_white());
    let (class, fill, width, cap) = match shape {
        Shape::Disc => (format!("dots line {class}"), "none", "6", "round"),
        Shape::Ring | Shape::Cross => (format!("dots line {class}"), "none", "1.6", "butt"),
        _ => (format!("dots line area {class}"), paint, "0.5", "butt"),
    };
    markup.empty(
        "path",
        &[
            ("class", &class),
            ("d", d),
            ("fill", fill),
            ("stroke", paint),
            ("stroke-width", width),
            ("stroke-linecap", cap),
            ("opacity", opacity),
        ],
    );
}

fn line(markup: &mut Markup, layer: &Layer, d: &str) {
    let class = format!("line {}", layer.colour.class());
    let is_rule = matches!(layer.marks, Marks::HorizontalLine(_) | Marks::VerticalLine(_));
    markup.empty(
        "path",
        &[
            ("class", &class),
            ("d", d),
            ("fill", "none"),
            ("stroke", layer.colour.on_white()),
            ("stroke-width", if is_rule { "1.5" } else { "2.2" }),
            ("stroke-linejoin", "round"),
            ("stroke-dasharray", if is_rule { "5 4" } else { "none" }),
            ("opacity", if layer.faint { "0.4" } else { "1" }),
        ],
    );
}

fn thin(markup: &mut Markup, colour: Colour, opacity: &str, d: &str) {
    let class = format!("line {}", colour.class());
    markup.empty(
        "path",
        &[
            ("class", &class),
            ("d", d),
            ("fill", "none"),
            ("stroke", colour.on_white()),
            ("stroke-width", "1.3"),
            ("opacity", opacity),
        ],
    );
}

fn area(markup: &mut Markup, colour: Colour, opacity: &str, d: &str) {
    let class = format!("area {}", colour.class());
    markup.empty(
        "path",
        &[("class", &class), ("d", d), ("fill", colour.on_white()), ("opacity", opacity)],
    );
}

/// Draws a bar in a row, always long enough to be visible.
fn bar(markup: &mut Markup, (from, to): (f64, f64), row: f64, colour: Colour, layout: &Layout<'_>) {
    let places = (layout.x.at(from), layout.x.at(to), layout.y.at(row));
    let (Some(from), Some(to), Some(y)) = places else { return };
    let to = if (to - from).abs() < 1.0 { from + 1.0 } else { to };
    area(markup, colour, "0.85", &rectangle(from, to, y, 14.0));
}

fn rectangle(from: f64, to: f64, middle: f64, width: f64) -> String {
    let (from, to) = (from.min(to), from.max(to));
    format!(
        "M{} {}H{}v{}H{}z",
        pixel(from),
        pixel(middle - width / 2.0),
        pixel(to),
        pixel(width),
        pixel(from)
    )
}

fn interval(markup: &mut Markup, it: &Interval, colour: Colour, layout: &Layout<'_>) {
    let [low, middle, high] = it.at.map(|place| layout.x.at(place));
    let (Some(low), Some(middle), Some(high), Some(y)) = (low, middle, high, layout.y.at(it.row))
    else {
        return;
    };
    let d = format!("M{} {}v8m0-4H{}m0-4v8", pixel(low), pixel(y - 4.0), pixel(high));
    thin(markup, colour, "1", &d);
    shaped(markup, Shape::Disc, colour, "1", &outline(Shape::Disc, middle, y));
}

fn box_plot(markup: &mut Markup, it: &BoxPlot, colour: Colour, layout: &Layout<'_>) {
    let ends = (layout.x.at(it.at - it.half), layout.x.at(it.at + it.half));
    let (Some(left), Some(right)) = ends else { return };
    let [least, lower, median, upper, largest] = it.five.map(|value| layout.y.at(value));
    let (Some(least), Some(lower), Some(median)) = (least, lower, median) else { return };
    let (Some(upper), Some(largest)) = (upper, largest) else { return };
    let middle = pixel(left.midpoint(right));
    let (left, right) = (pixel(left), pixel(right));
    let [least, lower, median, upper, largest] = [least, lower, median, upper, largest].map(pixel);
    area(markup, colour, "0.3", &format!("M{left} {lower}H{right}V{upper}H{left}z"));
    let outline = format!(
        "M{left} {lower}H{right}V{upper}H{left}zM{middle} {lower}V{least}M{middle} {upper}V{largest}"
    );
    thin(markup, colour, "1", &outline);
    let class = format!("line {}", colour.class());
    let bar = format!("M{left} {median}H{right}");
    let paint = [("fill", "none"), ("stroke", colour.on_white()), ("stroke-width", "2.5")];
    markup.empty("path", &[&[("class", class.as_str()), ("d", bar.as_str())], &paint[..]].concat());
}

fn tile(markup: &mut Markup, it: &Tile, colour: Colour, layout: &Layout<'_>) {
    let corners = (
        layout.x.at(it.x - 0.48),
        layout.x.at(it.x + 0.48),
        layout.y.at(it.y - 0.46),
        layout.y.at(it.y + 0.46),
    );
    let (Some(left), Some(right), Some(top), Some(bottom)) = corners else { return };
    let opacity = format!("{:.2}", 0.06 + 0.5 * it.strength.clamp(0.0, 1.0));
    area(markup, colour, &opacity, &rectangle(left, right, top.midpoint(bottom), bottom - top));
    let (x, y) = (pixel(left.midpoint(right)), pixel(top.midpoint(bottom) + 4.0));
    let place = [
        ("class", "ink"),
        ("x", x.as_str()),
        ("y", y.as_str()),
        ("text-anchor", "middle"),
        ("fill", "#222222"),
        ("font-size", "11"),
    ];
    markup.element("text", &place, &it.text);
}
