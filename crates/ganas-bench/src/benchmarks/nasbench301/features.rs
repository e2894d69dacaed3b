//! Encodes an architecture as features, which are the inputs of the models.

use ganas_graph::spaces::darts::Cell;

/// Number of features of an architecture. There is one feature for each parameter of the
/// configuration space for which the benchmark's models were trained. This space includes the
/// training hyperparameters, even though the benchmark gives them the same values for all
/// architectures.
pub const FEATURES: usize = 56;

/// The feature of a hyperparameter that the values of others make inactive.
const INACTIVE: f64 = -1.0;

/// Index of the first feature of a group, for the normal and the reduction cell. The groups are the
/// edges of node 2, the input pairs of nodes 3 to 5, and the edges of nodes 3 to 5.
const FIRST_EDGES: [usize; 2] = [10, 12];
const FIRST_INPUTS: [usize; 2] = [15, 18];
const FIRST_LATER_EDGES: [usize; 2] = [32, 44];

/// The edges of a cell whose features are active only if a genotype uses the edge, in the
/// alphabetical order of their names.
const LATER_EDGES: [usize; 12] = [10, 11, 12, 13, 2, 3, 4, 5, 6, 7, 8, 9];

/// Returns the models' encoding of a uniform integer.
fn integer(value: f64, lowest: f64, highest: f64) -> f64 {
    let (low, high) = (lowest - 0.499_99, highest + 0.499_99);
    (value - low) / (high - low)
}

/// Returns the models' encoding of an integer on a logarithmic scale.
fn log_integer(value: f64, lowest: f64, highest: f64) -> f64 {
    let (low, high) = ((lowest - 0.499_99).ln(), (highest + 0.499_99).ln());
    (value.ln() - low) / (high - low)
}

/// Returns the features that are the same for every architecture; the others are 0 or inactive.
///
/// # Source
/// `fixed_hyperparameters` in `nasbench301/api.py` and `configspace.json` of automl/nasbench301,
/// encoded as by `Configuration.get_array` of `ConfigSpace` 0.4.12: choices and constants become 0.
fn fixed() -> [f64; FEATURES] {
    let mut features = [0.0; FEATURES];
    features[0] = log_integer(96.0, 64.0, 128.0); // batch_size
    features[4] = integer(1.0, 1.0, 3.0); // cutout_holes
    features[5] = integer(16.0, 1.0, 50.0); // cutout_length
    features[14] = integer(32.0, 1.0, 10_000.0); // init_channels
    features[21] = integer(8.0, 1.0, 10_000.0); // layers
    features[24] = 0.025_f64.ln(); // learning_rate
    features[25] = (0.9 - 0.1) / 0.89; // momentum
    features[26] = 0.000_3_f64.ln(); // weight_decay
    features[27] = integer(100.0, 1.0, 10_000.0); // T_max
    features[28] = 1e-8 / 10_000.0; // eta_min
    features[31] = (0.2_f64 / 0.01).ln() / (0.7_f64 / 0.01).ln(); // mixup:alpha
    for first in FIRST_LATER_EDGES {
        features[first..first + LATER_EDGES.len()].fill(INACTIVE);
    }
    features
}

/// Encodes architectures as feature vectors.
///
/// ```
/// use ganas_bench::nasbench301::FeatureEncoder;
/// use ganas_graph::{SearchSpace, spaces::Darts};
/// let space = Darts::default();
/// let cell = "((0, 3), (1, 3), (0, 3), (2, 4), (1, 3), (0, 2), (0, 2), (2, 5))";
/// let arch = space.parse(&format!("({cell}, {cell})"))?;
/// let features = FeatureEncoder::new().encode(&space.cells(&arch));
/// assert_eq!(features[10], 3.0, "edge from input 0 to node 2: sep_conv_3x3");
/// assert_eq!(features[15], 1.0, "inputs of node 3: the second of 0_1, 0_2, 1_2");
/// assert_eq!(features.iter().filter(|value| **value == -1.0).count(), 2 * (14 - 8));
/// # Ok::<(), ganas_graph::ArchError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureEncoder {
    fixed: [f64; FEATURES],
}

impl Default for FeatureEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl FeatureEncoder {
    /// Creates an encoder. The encoder stores the features that are the same for all architectures.
    pub fn new() -> Self {
        Self { fixed: fixed() }
    }

    /// Returns the features of the architecture with this normal cell and this reduction cell. The
    /// features have the same order as the parameters in the benchmark's configuration space. Each
    /// of a cell's 14 possible edges has a feature: the index of the edge's operator, or -1 if the
    /// cell does not use the edge. Each of nodes 3, 4 and 5 has a feature: the index of the node's
    /// pair of inputs among all possible pairs. The other features are the same for all
    /// architectures.
    pub fn encode(&self, cells: &[Cell; 2]) -> [f64; FEATURES] {
        let mut features = self.fixed;
        for (number, cell) in cells.iter().enumerate() {
            encode_cell(&mut features, number, cell);
        }
        features
    }
}

fn encode_cell(features: &mut [f64; FEATURES], number: usize, cell: &Cell) {
    for (number_in_cell, edge) in cell.iter().enumerate() {
        let (node, input) = (number_in_cell / 2 + 2, usize::from(edge.input));
        // Node n has edges from all earlier nodes, as do these.
        let place = node * (node - 1) / 2 - 1 + input;
        let feature = match place {
            0 | 1 => FIRST_EDGES[number] + place,
            10.. => FIRST_LATER_EDGES[number] + place - 10,
            _ => FIRST_LATER_EDGES[number] + place + 2,
        };
        features[feature] = f64::from(edge.operator);
    }
    for node in 3..6 {
        let mut inputs = [0, 1].map(|edge| usize::from(cell[2 * (node - 2) + edge].input));
        inputs.sort_unstable();
        features[FIRST_INPUTS[number] + node - 3] = pair_index(inputs, node) as f64;
    }
}

/// Returns the index of `i < j` among all pairs of `count` inputs: `0_1`, `0_2`, …, `1_2`, ….
fn pair_index([i, j]: [usize; 2], count: usize) -> usize {
    i * (2 * count - i - 1) / 2 + j - i - 1
}

#[cfg(test)]
mod tests {
    use ganas_graph::{SearchSpace, spaces::Darts};

    use super::*;

    /// Created with `ConfigSpace` 0.6.1 on the benchmark's own `configspace.json`, for the genotype
    /// in its README.
    const GOLDEN: [f64; FEATURES] = [
        0.586_345_179_132_255_3,
        0.0,
        0.0,
        0.0,
        0.166_664_444_429_629_52,
        0.309_999_923_999_969_7,
        0.0,
        0.0,
        0.0,
        0.0,
        3.0,
        3.0,
        0.0,
        0.0,
        0.003_149_999_006_299_998,
        0.0,
        0.0,
        1.0,
        2.0,
        1.0,
        4.0,
        0.000_749_999_001_499_998,
        0.0,
        0.0,
        -3.688_879_454_113_936_3,
        0.898_876_404_494_382_1,
        -8.111_728_083_308_073,
        0.009_949_999_019_899_998,
        1e-12,
        0.0,
        0.0,
        0.705_127_840_065_305_2,
        -1.0,
        5.0,
        -1.0,
        -1.0,
        3.0,
        3.0,
        -1.0,
        2.0,
        3.0,
        -1.0,
        -1.0,
        2.0,
        0.0,
        2.0,
        -1.0,
        -1.0,
        -1.0,
        0.0,
        2.0,
        0.0,
        -1.0,
        2.0,
        -1.0,
        -1.0,
    ];

    #[test]
    fn the_readme_example_is_as_upstream() {
        let space = Darts::default();
        let text = "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), \
                    ((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))";
        let arch = space.parse(text).unwrap();
        let features = FeatureEncoder::new().encode(&space.cells(&arch));
        for (feature, (found, expected)) in features.iter().zip(GOLDEN).enumerate() {
            assert!((found - expected).abs() < 1e-12, "{feature}: {found} {expected}");
        }
    }

    #[test]
    fn later_edges_are_in_the_order_of_their_names() {
        let mut names = LATER_EDGES.map(|edge| format!("edge_normal_{edge}"));
        names.sort_unstable();
        assert_eq!(names, LATER_EDGES.map(|edge| format!("edge_normal_{edge}")));
    }

    #[test]
    fn pairs_are_numbered_in_order() {
        for count in 3..6 {
            let pairs = (0..count).flat_map(|i| (i + 1..count).map(move |j| [i, j]));
            assert!(pairs.enumerate().all(|(index, pair)| pair_index(pair, count) == index));
        }
    }
}
