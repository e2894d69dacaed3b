//! Layout of a graph's nodes and edges in a drawing.
//!
//! Nodes are placed in layers. The layer of a node is determined by the length of the longest path
//! that leads to it. Edges lead from an earlier layer to a later one. An edge that spans several
//! layers occupies a place in every layer through which it passes. Slanted lines run only between
//! layers, so no edge crosses a node.
//!
//! Source: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
//! structures", IEEE Transactions on Systems, Man, and Cybernetics 11, 1981.

/// Pixels between two neighbours in a layer (`GAP`), and between two layers (`LAYER_GAP`).
const GAP: f64 = 14.0;
const LAYER_GAP: f64 = 34.0;

/// Pixels reserved for an edge in a layer that it passes.
const LANE: f64 = 8.0;

/// Number of sweeps for ordering the items within layers, and for moving them towards their
/// neighbours.
const SWEEPS: usize = 12;

/// A point, given in pixels from the left and from the top.
pub(super) type Point = (f64, f64);

/// The layout of a connected part of the graph.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// The nodes, each with the centre of its box.
    pub(super) nodes: Vec<(usize, Point)>,
    /// The edges as polylines, each from its first node to its second.
    pub(super) edges: Vec<Vec<Point>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An element of a layer: a node or a passing edge.
#[derive(Debug)]
struct Item {
    /// The node; `None` for a passing edge.
    node: Option<usize>,
    layer: usize,
    width: f64,
    height: f64,
    /// Horizontal position of the centre.
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// The items, the order of the items in each layer, and the items along each edge.
#[derive(Debug)]
struct Placing {
    items: Vec<Item>,
    layers: Vec<Vec<usize>>,
    paths: Vec<Vec<usize>>,
}

/// Lays out nodes, which must be given in topological order. `sizes` returns the width and height
/// of a node's box. The boxes in a layer are aligned at the top.
///
/// # Complexity
/// Quadratic in the number of edges that pass between two layers.
pub(super) fn place(
    nodes: &[usize],
    edges: &[(usize, usize)],
    sizes: impl Fn(usize) -> (f64, f64),
) -> Placed {
    let mut placing = Placing::new(nodes, edges, sizes);
    placing.order();
    placing.spread();
    placing.placed()
}

impl Placing {
    fn new(nodes: &[usize], edges: &[(usize, usize)], sizes: impl Fn(usize) -> (f64, f64)) -> Self {
        let at = |node: usize| nodes.iter().position(|other| *other == node);
        let edges: Vec<_> =
            edges.iter().filter_map(|(from, to)| Some((at(*from)?, at(*to)?))).collect();
        let mut items: Vec<Item> = Vec::new();
        for (place, &node) in nodes.iter().enumerate() {
            let before = edges.iter().filter(|(_, to)| *to == place);
            let layer = before.map(|(from, _)| items[*from].layer + 1).max().unwrap_or(0);
            items.push(Item::new(Some(node), layer, sizes(node)));
        }
        let mut paths = Vec::new();
        for (from, to) in edges {
            let mut path = vec![from];
            for layer in items[from].layer + 1..items[to].layer {
                path.push(items.len());
                items.push(Item::new(None, layer, (LANE, 0.0)));
            }
            path.push(to);
            for pair in path.windows(2) {
                items[pair[0]].below.push(pair[1]);
                items[pair[1]].above.push(pair[0]);
            }
            paths.push(path);
        }
        let count = items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
        let mut layers = vec![Vec::new(); count];
        for (at, item) in items.iter().enumerate() {
            layers[item.layer].push(at);
        }
        Self { items, layers, paths }
    }

    /// Orders the items of each layer by the mean position of their neighbours, alternately
    /// downwards and upwards, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            for at in 0..self.layers.len() {
                let layer = if down { at } else { self.layers.len() - 1 - at };
                let places = self.places();
                let middle = |item: &usize| {
                    let item = &self.items[*item];
                    let linked = if down { &item.above } else { &item.below };
                    mean(linked.iter().map(|other| places[*other]))
                };
                let mut keyed: Vec<_> = self.layers[layer]
                    .iter()
                    .map(|item| (middle(item).unwrap_or(places[*item]), *item))
                    .collect();
                keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
                self.layers[layer] = keyed.into_iter().map(|(_, item)| item).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// Returns the position of each item in its layer.
    fn places(&self) -> Vec<f64> {
        let mut places = vec![0.0; self.items.len()];
        for layer in &self.layers {
            for (place, item) in layer.iter().enumerate() {
                places[*item] = place as f64;
            }
        }
        places
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let between = |layer: &Vec<usize>| {
            let links: Vec<_> = layer
                .iter()
                .flat_map(|item| {
                    self.items[*item].below.iter().map(|to| (places[*item], places[*to]))
                })
                .collect();
            let crossed = |at: usize| {
                let (from, to) = links[at];
                let crosses = |link: &&(f64, f64)| (link.0 - from) * (link.1 - to) < 0.0;
                links[at + 1..].iter().filter(crosses).count()
            };
            (0..links.len()).map(crossed).sum::<usize>()
        };
        self.layers.iter().map(between).sum()
    }

    /// Moves the items of each layer towards their neighbours, as far as their order and widths
    /// permit.
    fn spread(&mut self) {
        for sweep in 0..=SWEEPS {
            for layer in &self.layers {
                let mut offset = 0.0;
                let (mut offsets, mut wanted) = (Vec::new(), Vec::new());
                for (at, item) in layer.iter().enumerate() {
                    let Item { width, x, above, below, .. } = &self.items[*item];
                    if at > 0 {
                        offset += width / 2.0;
                    }
                    let linked = above.iter().chain(below).map(|other| self.items[*other].x);
                    let middle = mean(linked).filter(|_| sweep > 0).unwrap_or(*x);
                    offsets.push(offset);
                    wanted.push(middle - offset);
                    offset += width / 2.0 + GAP;
                }
                let found = ascending(&wanted);
                for ((item, offset), x) in layer.iter().zip(offsets).zip(found) {
                    self.items[*item].x = x + offset;
                }
            }
        }
    }

    fn placed(self) -> Placed {
        let Self { items, layers, paths } = self;
        let left = items.iter().map(|it| it.x - it.width / 2.0).fold(f64::INFINITY, f64::min);
        let right = items.iter().map(|it| it.x + it.width / 2.0).fold(left, f64::max);
        let highest =
            |layer: &Vec<usize>| layer.iter().map(|it| items[*it].height).fold(0.0, f64::max);
        let (mut tops, mut next) = (Vec::with_capacity(layers.len()), 0.0);
        for layer in &layers {
            let bottom: f64 = next + highest(layer);
            tops.push((next, bottom));
            next = bottom + LAYER_GAP;
        }
        let x = |item: &Item| item.x - left;
        let top = |item: &Item| tops[item.layer].0;
        let line = |path: &Vec<usize>| {
            let ends = path.len() - 1;
            let points = path.iter().enumerate().flat_map(|(at, item)| {
                let item = &items[*item];
                let (above, below) = ((x(item), top(item)), (x(item), tops[item.layer].1));
                // Below a low box, the line is straight until it leaves the layer.
                let foot = (at == 0).then_some((x(item), top(item) + item.height));
                [(at > 0).then_some(above), foot, (at < ends).then_some(below)]
            });
            let mut points: Vec<_> = points.flatten().collect();
            points.dedup();
            points
        };
        let centre = |item: &Item| Some((item.node?, (x(item), top(item) + item.height / 2.0)));
        Placed {
            nodes: items.iter().filter_map(centre).collect(),
            edges: paths.iter().map(line).collect(),
            width: (right - left).max(0.0),
            height: (next - LAYER_GAP).max(0.0),
        }
    }
}

impl Item {
    fn new(node: Option<usize>, layer: usize, (width, height): (f64, f64)) -> Self {
        Self { node, layer, width, height, x: 0.0, above: Vec::new(), below: Vec::new() }
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = numbers.fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
    (count > 0.0).then(|| sum / count)
}

/// Returns the ascending numbers that are nearest to `wanted` by the sum of squared differences.
/// Neighbours that are out of order are replaced by their mean.
fn ascending(wanted: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for &number in wanted {
        let mut block = (number, 1);
        while let Some(&(sum, count)) = blocks.last()
            && sum / count as f64 >= block.0 / block.1 as f64
        {
            block = (sum + block.0, count + block.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    let value = |(sum, count): (f64, usize)| std::iter::repeat_n(sum / count as f64, count);
    blocks.into_iter().flat_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_order_neighbours_meet_in_the_middle() {
        assert_eq!(ascending(&[3.0, 1.0, 5.0, 4.0, 3.0]), [2.0, 2.0, 4.0, 4.0, 4.0]);
        assert_eq!(ascending(&[]), [0.0; 0]);
    }

    #[test]
    fn the_order_with_fewer_crossings_is_kept() {
        let placed = place(&[0, 1, 2, 3], &[(0, 3), (1, 2)], |_| (40.0, 20.0));
        let at = |node: usize| placed.nodes.iter().find(|it| it.0 == node).unwrap().1;
        assert_eq!(at(0).0 < at(1).0, at(3).0 < at(2).0);
        assert!(at(0).1 < at(3).1);
    }

    #[test]
    fn boxes_of_a_layer_begin_at_one_height() {
        let size = |node: usize| (40.0, if node == 1 { 80.0 } else { 20.0 });
        let placed = place(&[0, 1, 2, 3], &[(0, 1), (0, 2), (1, 3), (2, 3)], size);
        let top = |node: usize| {
            let centre = placed.nodes.iter().find(|it| it.0 == node).unwrap().1;
            centre.1 - size(node).1 / 2.0
        };
        let pixels =
            [top(0), top(1), top(2), top(3), placed.height].map(|it| it.round().to_string());
        assert_eq!(pixels, ["0", "54", "54", "168", "188"]);
        let from_low = placed.edges.iter().find(|edge| (edge[0].1 - 74.0).abs() < 1e-9).unwrap();
        assert!((from_low[1].1 - 134.0).abs() < 1e-9, "down beside the high one");
        assert!((from_low[1].0 - from_low[0].0).abs() < 1e-9);
    }
}
