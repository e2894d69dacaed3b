//! Graphs as DOT and SVG.

use layout::backends::svg::SVGWriter;
use layout::gv::{DotParser, GraphBuilder};
use petgraph::dot::{Config, Dot};

use crate::{ArchGraph, LabelSet};

/// Fill colours of labels, light enough for black text, told apart by people with any colour vision
/// (Okabe and Ito's palette, lightened).
const PALETTE: [&str; 8] =
    ["#d9d9d9", "#f6cf8b", "#a9d8f2", "#8fd4bd", "#f7ef9c", "#90bfdf", "#efb592", "#e6bcd3"];

impl ArchGraph {
    /// The graph in Graphviz's DOT language; `labels` are the space's label names.
    pub fn to_dot(&self, labels: &[String]) -> String {
        let graph = self.to_petgraph();
        let attributes = |_, (_, set): (_, &LabelSet)| {
            let names: Vec<_> = set.iter().map(|l| labels[usize::from(l)].as_str()).collect();
            let colour = set.iter().next().map_or(0, usize::from) % PALETTE.len();
            format!(
                "label=\"{}\" shape=box style=filled fillcolor=\"{}\"",
                names.join(" ").replace('"', "'"),
                PALETTE[colour]
            )
        };
        let config = [Config::EdgeNoLabel, Config::NodeNoLabel];
        let drawn = Dot::with_attr_getters(&graph, &config, &|_, _| String::new(), &attributes);
        format!("{drawn:?}")
    }

    /// The same drawing as an SVG picture.
    ///
    /// # Panics
    /// Never: the DOT text that it lays out is its own.
    pub fn to_svg(&self, labels: &[String]) -> String {
        let dot = self.to_dot(labels);
        let parsed = DotParser::new(&dot).process().expect("petgraph writes DOT that parses");
        let mut builder = GraphBuilder::new();
        builder.visit_graph(&parsed);
        let mut picture = SVGWriter::new();
        builder.get().do_it(false, false, false, &mut picture);
        picture.finalize()
    }
}

#[cfg(test)]
mod tests {
    use crate::{SearchSpace, spaces::NasBench201};

    #[test]
    fn a_cell_is_drawn() {
        let space = NasBench201::default();
        let text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|";
        let graph = space.canonical_graph(&space.parse(text).unwrap());
        let dot = graph.to_dot(space.labels());
        assert!(dot.contains("label=\"nor_conv_3x3\"") && dot.contains("0 -> 1"), "{dot}");
        let svg = graph.to_svg(space.labels());
        assert!(svg.starts_with("<?xml") && svg.contains("avg_pool_3x3"), "{svg}");
        assert!(!dot.contains("none"), "an edge with no operator is not drawn: {dot}");
    }
}
