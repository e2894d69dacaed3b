//! Drawings of graphs, in DOT and SVG format.

mod layers;
mod svg;

use petgraph::dot::{Config, Dot};
use petgraph::graph::NodeIndex;

use crate::spaces::chain::BlockKind;
use crate::{Arch, ArchGraph, LabelSet, SearchSpace};

/// Fill colours of roles that have no fixed colour of their own. They are light enough for black
/// text, and distinguishable with any colour vision (the palette of Okabe and Ito, lightened). The
/// first kind of block has the first colour, the second kind the second, and so on.
const PALETTE: [&str; 7] =
    ["#f6cf8b", "#a9d8f2", "#8fd4bd", "#f7ef9c", "#90bfdf", "#efb592", "#e6bcd3"];

const INPUT: &str = "#d9d9d9";
const OUTPUT: &str = "#c3c3c3";
const PARAMETER: &str = "#f5f5f5";

/// The role of a node that stands for a parameter.
pub(crate) const PARAMETER_ROLE: &str = "parameter";

/// A graph to draw. It contains only the nodes that have text.
#[derive(Debug)]
pub(crate) struct Drawing {
    graph: ArchGraph,
    texts: Vec<Vec<String>>,
    colours: Vec<&'static str>,
}

impl Drawing {
    /// Creates the drawing of an architecture.
    pub(crate) fn new(space: &dyn SearchSpace, arch: &Arch) -> Self {
        let whole = space.canonical_graph(arch);
        let (texts, roles) = (space.node_texts(arch), space.node_roles(arch));
        let mut drawing = Self { graph: ArchGraph::new(), texts: Vec::new(), colours: Vec::new() };
        let mut places = vec![None; whole.len()];
        for (node, text) in texts.into_iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            places[node] = Some(drawing.graph.add_node(whole.labels(node)));
            drawing.texts.push(text);
            let (mut fed, mut feeds) = (false, false);
            for (from, to) in whole.edges() {
                fed |= to == node;
                feeds |= from == node;
            }
            let role = roles.get(node).map_or("", String::as_str);
            drawing.colours.push(if feeds && !fed && role != PARAMETER_ROLE {
                INPUT
            } else {
                colour(role, space.labels())
            });
        }
        for (from, to) in whole.edges() {
            if let (Some(from), Some(to)) = (places[from], places[to]) {
                drawing.graph.add_edge(from, to);
            }
        }
        drawing
    }

    /// Returns the graph in Graphviz's DOT language. Each node is labelled with its text.
    pub(crate) fn to_dot(&self) -> String {
        let Self { texts, colours, .. } = self;
        let graph = self.graph.to_petgraph();
        let attributes = |_, (node, _): (NodeIndex, &LabelSet)| {
            format!(
                "label=\"{}\" shape=box style=filled fillcolor=\"{}\"",
                texts[node.index()].join(" ").replace('"', "'"),
                colours[node.index()]
            )
        };
        let config = [Config::EdgeNoLabel, Config::NodeNoLabel];
        let drawn = Dot::with_attr_getters(&graph, &config, &|_, _| String::new(), &attributes);
        format!("{drawn:?}")
    }

    /// Returns the graph as an SVG picture, at most 1,100 pixels wide. Nodes are placed in layers
    /// from top to bottom, according to the longest path that leads to them. Connected components,
    /// such as cells, are placed one below the other. No edge crosses a node.
    pub(crate) fn to_svg(&self) -> String {
        svg::picture(&self.graph, &self.texts, &self.colours)
    }
}

/// Returns the colour of a role. A role has the same colour in all pictures of a space, and a kind
/// of block has the same colour in all spaces.
fn colour(role: &str, labels: &[String]) -> &'static str {
    let block = BlockKind::ALL.iter().position(|kind| kind.name() == role);
    match role {
        "input" => INPUT,
        "output" => OUTPUT,
        PARAMETER_ROLE => PARAMETER,
        _ => {
            let label = || labels.iter().position(|label| label == role);
            PALETTE[block.or_else(label).unwrap_or(0) % PALETTE.len()]
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use crate::spaces::{Darts, NasBench101, NasBench201, described};
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

    /// Returns the numbers in the value of the attribute `name`.
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

    /// Returns the colour, the height and the first line of each box, in the order of drawing.
    fn boxes(svg: &str) -> Vec<(String, f64, String)> {
        let lines: Vec<_> = svg.lines().collect();
        let is_box = |at: &usize| lines[*at].starts_with("<rect x=");
        let told = |at: usize| {
            let fill = lines[at].split("fill=\"").nth(1).unwrap().split('"').next().unwrap();
            let text = lines[at + 1].split('>').nth(1).unwrap().split('<').next().unwrap();
            (fill.to_owned(), numbers(lines[at], "height")[0], text.to_owned())
        };
        (0..lines.len()).filter(is_box).map(told).collect()
    }

    #[test]
    fn a_box_is_as_high_as_its_text_and_coloured_by_what_it_is() {
        let file = include_str!("../../examples/spaces/digits.toml");
        let stages = file.split("[[parameters]]").next().unwrap();
        let parameters = "[[parameters]]\nname = \"rate\"\nlow = 1\nhigh = 2\n\
                          [[parameters]]\nname = \"kind\"\nvalues = [\"a\", \"b\"]\n";
        let space = described::parse(&format!("{stages}\n{parameters}")).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut colours = std::collections::BTreeMap::new();
        for _ in 0..20 {
            let arch = moves::sample(&space, &mut rng);
            let svg = export::svg(&space, &arch);
            check(&svg);
            let boxes = boxes(&svg);
            assert!(boxes.iter().all(|it| it.2 != "parameters"), "{svg}");
            let heights: std::collections::BTreeSet<_> =
                boxes.iter().map(|it| it.1.to_bits()).collect();
            assert!(heights.len() > 1, "{boxes:?}");
            for (colour, _, text) in boxes {
                assert_eq!(*colours.entry(text).or_insert(colour.clone()), colour);
            }
            assert!(!export::dot(&space, &arch).contains("\"parameters\""));
        }
        assert_eq!(colours["rate"], colours["kind"]);
        let all: std::collections::BTreeSet<_> = colours.values().collect();
        assert_eq!(all.len(), 6, "input, output, three blocks, parameters: {colours:?}");
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
                    // Line ends lie on the edges of boxes, to a tenth of a pixel.
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
