//! Graphs as DOT and SVG.

mod layers;
mod svg;

use petgraph::dot::{Config, Dot};
use petgraph::graph::NodeIndex;

use crate::{ArchGraph, LabelSet};

/// Fill colours of labels, light enough for black text, told apart by people with any colour vision
/// (Okabe and Ito's palette, lightened).
const PALETTE: [&str; 8] =
    ["#d9d9d9", "#f6cf8b", "#a9d8f2", "#8fd4bd", "#f7ef9c", "#90bfdf", "#efb592", "#e6bcd3"];

impl ArchGraph {
    /// The graph in Graphviz's DOT language, each node with its lines of text.
    pub(crate) fn to_dot(&self, texts: &[Vec<String>]) -> String {
        let graph = self.to_petgraph();
        let attributes = |_, (node, _): (NodeIndex, &LabelSet)| {
            format!(
                "label=\"{}\" shape=box style=filled fillcolor=\"{}\"",
                texts[node.index()].join(" ").replace('"', "'"),
                colour(self, node.index())
            )
        };
        let config = [Config::EdgeNoLabel, Config::NodeNoLabel];
        let drawn = Dot::with_attr_getters(&graph, &config, &|_, _| String::new(), &attributes);
        format!("{drawn:?}")
    }

    /// The graph as an SVG picture, at most 1,100 pixels wide: from the top down, in layers by the longest
    /// path; parts that no edge joins, such as cells, one below the other; no edge crosses a node.
    pub(crate) fn to_svg(&self, texts: &[Vec<String>]) -> String {
        svg::picture(self, texts)
    }
}

/// A node's colour, which is that of its first label.
fn colour(graph: &ArchGraph, node: usize) -> &'static str {
    PALETTE[graph.labels(node).iter().next().map_or(0, usize::from) % PALETTE.len()]
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use crate::spaces::{Darts, NasBench101, NasBench201};
    use crate::{SearchSpace, export, moves};

    #[test]
    fn a_cell_is_drawn() {
        let space = NasBench201::default();
        let text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|";
        let arch = space.parse(text).unwrap();
        let dot = export::dot(&space, &arch);
        assert!(dot.contains("label=\"nor_conv_3x3\"") && dot.contains("0 -> 1"), "{dot}");
        let svg = export::svg(&space, &arch);
        assert!(svg.starts_with("<?xml") && svg.contains("avg_pool_3x3"), "{svg}");
        assert!(!dot.contains("none"), "an edge with no operator is not drawn: {dot}");
    }

    /// The numbers of an attribute's text.
    fn numbers(text: &str, name: &str) -> Vec<f64> {
        let value = text.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap();
        value.split([' ', ',']).map(|number| number.parse().unwrap()).collect()
    }

    #[test]
    fn pictures_fit_a_page_and_no_edge_crosses_a_node() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let spaces: [&dyn SearchSpace; 3] =
            [&Darts::default(), &NasBench101::default(), &NasBench201::default()];
        for space in spaces {
            for _ in 0..40 {
                let arch = moves::sample(space, &mut rng);
                let svg = export::svg(space, &arch);
                check(&svg);
            }
        }
    }

    fn check(svg: &str) {
        let head = svg.lines().find(|line| line.starts_with("<svg")).unwrap();
        assert!(numbers(head, "width")[0] <= 1_100.0, "{head}");
        let boxes: Vec<[f64; 4]> = svg
            .lines()
            .filter(|line| line.starts_with("<rect x="))
            .map(|line| ["x", "y", "width", "height"].map(|name| numbers(line, name)[0]))
            .collect();
        for (at, [x, y, width, height]) in boxes.iter().enumerate() {
            let apart = |[left, top, wide, high]: &[f64; 4]| {
                left + wide <= *x || x + width <= *left || top + high <= *y || y + height <= *top
            };
            assert!(boxes[at + 1..].iter().all(apart), "boxes overlap: {svg}");
        }
        let lines = svg.lines().filter(|line| line.starts_with("<polyline"));
        for line in lines {
            let points = numbers(line, "points");
            for pair in points.as_chunks::<2>().0.windows(2) {
                for step in 0..=50 {
                    let share = f64::from(step) / 50.0;
                    let at = |axis: usize| pair[0][axis] + share * (pair[1][axis] - pair[0][axis]);
                    // Ends stand on the edges of boxes, to a tenth of a pixel.
                    let within = |[x, y, width, height]: &[f64; 4]| {
                        at(0) > x + 0.2
                            && at(0) < x + width - 0.2
                            && at(1) > y + 0.2
                            && at(1) < y + height - 0.2
                    };
                    assert!(!boxes.iter().any(within), "{line} crosses a node: {svg}");
                }
            }
        }
    }
}
