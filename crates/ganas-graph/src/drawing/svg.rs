//! Graphs as SVG pictures.

use std::fmt::Write as _;

use super::layers::{Placed, place};
use crate::ArchGraph;

/// Maximum width of a picture in pixels. Wider pictures are scaled down.
const MAX_WIDTH: f64 = 1_100.0;

/// Pixels around the picture and between the connected components.
const MARGIN: f64 = 16.0;

/// Pixels per line of text (`LINE`), and maximum pixels per character (`CHARACTER`).
const LINE: f64 = 15.0;
const CHARACTER: f64 = 7.3;

/// Draws the picture. Connected parts, such as cells, are placed one below the other.
pub(super) fn picture(graph: &ArchGraph, texts: &[Vec<String>], colours: &[&str]) -> String {
    let size = |node: usize| {
        let longest = texts[node].iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let lines = texts[node].len().max(1);
        (longest as f64 * CHARACTER + 12.0, lines as f64 * LINE + 8.0)
    };
    let edges: Vec<_> = graph.edges().collect();
    let placed = parts(graph).into_iter().map(|nodes| place(&nodes, &edges, size));
    let rows = rows(placed.collect());
    let (mut body, mut top, mut right) = (String::new(), MARGIN, 0.0_f64);
    for row in &rows {
        let mut left = MARGIN;
        for part in row {
            draw_edges(&mut body, part, (left, top));
            for (node, (x, y)) in &part.nodes {
                let centre = (x + left, y + top);
                draw_node(&mut body, &texts[*node], size(*node), centre, colours[*node]);
            }
            left += part.width + MARGIN;
        }
        right = right.max(left);
        top += row.iter().map(|part| part.height).fold(0.0, f64::max) + 2.0 * MARGIN;
    }
    let (width, height) = (right.max(2.0 * MARGIN), top.max(2.0 * MARGIN));
    let scale = (MAX_WIDTH / width).min(1.0);
    let (shown_width, shown_height) = (width * scale, height * scale);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown_width:.0}\" height=\"{shown_height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#444444\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

/// Returns the nodes of each connected part of the graph, in ascending order.
fn parts(graph: &ArchGraph) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..graph.len()).collect();
    for (from, to) in graph.edges() {
        let (kept, gone) = (part[from].min(part[to]), part[from].max(part[to]));
        part.iter_mut().filter(|it| **it == gone).for_each(|it| *it = kept);
    }
    let nodes = |first: usize| (0..graph.len()).filter(|node| part[*node] == first).collect();
    (0..graph.len()).filter(|node| part[*node] == *node).map(nodes).collect()
}

/// Arranges parts in rows. Each part has its own row, but parts of one node share a row as long as
/// they fit.
fn rows(parts: Vec<Placed>) -> Vec<Vec<Placed>> {
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    for part in parts {
        let is_single = |part: &Placed| part.nodes.len() == 1;
        let has_room = |row: &Vec<Placed>| {
            let taken: f64 = row.iter().map(|part| part.width + MARGIN).sum();
            row.iter().all(is_single) && taken + part.width + 2.0 * MARGIN <= MAX_WIDTH
        };
        match rows.last_mut() {
            Some(row) if is_single(&part) && has_room(row) => row.push(part),
            _ => rows.push(vec![part]),
        }
    }
    rows
}

fn draw_edges(body: &mut String, part: &Placed, (left, top): (f64, f64)) {
    for edge in &part.edges {
        let points: Vec<_> =
            edge.iter().map(|(x, y)| format!("{:.1},{:.1}", x + left, y + top)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#444444\" marker-end=\"url(#arrow)\"/>",
            points.join(" ")
        );
    }
}

fn draw_node(
    body: &mut String,
    lines: &[String],
    (width, height): (f64, f64),
    (x, y): (f64, f64),
    fill: &str,
) {
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let _ = writeln!(
        body,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"3\" fill=\"{fill}\" stroke=\"#444444\"/>"
    );
    let first = y - (lines.len() as f64 - 1.0) * LINE / 2.0 + 4.0;
    for (at, line) in lines.iter().enumerate() {
        let y = first + at as f64 * LINE;
        let _ = writeln!(
            body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" text-anchor=\"middle\">{}</text>",
            escaped(line)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
