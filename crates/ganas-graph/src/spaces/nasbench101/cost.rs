//! The costs of the published network that is built from a cell.

use super::spec::{MAX_VERTICES, ModelSpec, OPERATORS};

/// Number of channels of the stem and of the first stack's cells. Each further stack doubles this
/// number.
const STEM_CHANNELS: usize = 128;

/// Number of stacks in the published network. Each stack except the first halves the image's side.
const STACKS: usize = 3;

/// Number of cells per stack.
const CELLS: usize = 3;

/// CIFAR-10: number of colours (`COLOURS`), side length of an image, number of classes.
const COLOURS: usize = 3;
const SIDE: usize = 32;
const CLASSES: usize = 10;

/// The cost of the published network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Number of trainable parameters: weights of convolutions, weights and biases of the
    /// classifier, and two parameters per channel of each batch normalisation.
    pub(super) params: u64,
    /// Number of multiply–adds in convolutions and in the classifier for one image. Normalisation,
    /// activation, pooling and addition are not counted.
    pub(super) flops: u64,
}

impl ModelSpec {
    /// Returns the number of trainable parameters of the published CIFAR-10 network that is built
    /// from the cell. It equals the number in the published records.
    ///
    /// ```
    /// use ganas_graph::spaces::NasBench101;
    /// let space = NasBench101::default();
    /// assert_eq!(space.decode(&space.inception()).params(), 2_694_282);
    /// ```
    pub fn params(&self) -> u64 {
        cost(self).params
    }
}

impl Cost {
    /// Adds a convolution without bias on an image of `side`² pixels, and its batch normalisation.
    fn add_convolution(&mut self, kernel: usize, input: usize, output: usize, side: usize) {
        let weights = kernel * kernel * input * output;
        self.params += (weights + 2 * output) as u64;
        self.flops += (weights * side * side) as u64;
    }

    /// Adds a classifier with bias.
    fn add_dense(&mut self, input: usize, output: usize) {
        self.params += ((input + 1) * output) as u64;
        self.flops += (input * output) as u64;
    }
}

/// Returns the cost of the published CIFAR-10 network of a cell. The network has a 3 × 3 stem of
/// 128 channels, three stacks of three cells with 128, 256 and 512 channels, global pooling and a
/// classifier.
///
/// Source: `build_module` and `compute_vertex_channels` in `nasbench/lib/model_builder.py`.
pub(super) fn cost(spec: &ModelSpec) -> Cost {
    let mut cost = Cost::default();
    cost.add_convolution(3, COLOURS, STEM_CHANNELS, SIDE);
    let mut input = STEM_CHANNELS;
    for stack in 0..STACKS {
        let output = STEM_CHANNELS << stack;
        for _ in 0..CELLS {
            add_cell(&mut cost, spec, input, output, SIDE >> stack);
            input = output;
        }
    }
    cost.add_dense(input, CLASSES);
    cost
}

/// Adds one cell. An inner vertex has as many output channels as input channels. Each edge from the
/// cell's input has a separate 1 × 1 convolution, which projects the input to the number of
/// channels of the edge's target.
fn add_cell(cost: &mut Cost, spec: &ModelSpec, input: usize, output: usize, side: usize) {
    let channels = vertex_channels(spec, output);
    for (vertex, &own) in channels.iter().enumerate().take(spec.vertices()).skip(1) {
        if spec.has_edge(0, vertex) {
            cost.add_convolution(1, input, own, side);
        }
        let kernel = spec.operators().get(vertex - 1).and_then(|&operator| kernel(operator));
        if let Some(kernel) = kernel {
            cost.add_convolution(kernel, own, own, side);
        }
    }
}

/// Returns the side of an operator's kernel; `None` if the operator is not a convolution.
fn kernel(operator: u8) -> Option<usize> {
    match OPERATORS[usize::from(operator)] {
        "conv3x3-bn-relu" => Some(3),
        "conv1x1-bn-relu" => Some(1),
        _ => None,
    }
}

/// Returns the number of channels of each inner vertex and of the output. The output concatenates
/// its inputs, so its channels are divided among the inner vertices that lead to it. If the
/// channels do not divide evenly, the first of these vertices get one more channel. Any other
/// vertex has as many channels as the widest of its successors.
fn vertex_channels(spec: &ModelSpec, output: usize) -> [usize; MAX_VERTICES] {
    let last = spec.vertices() - 1;
    let mut channels = [0; MAX_VERTICES];
    channels[last] = output;
    let concatenated = (1..last).filter(|&vertex| spec.has_edge(vertex, last));
    let count = concatenated.clone().count();
    for (place, vertex) in concatenated.enumerate() {
        channels[vertex] = output / count + usize::from(place < output % count);
    }
    for vertex in (1..last).rev().filter(|&vertex| !spec.has_edge(vertex, last)) {
        let fed = (vertex + 1..last).filter(|&to| spec.has_edge(vertex, to));
        channels[vertex] = fed.map(|to| channels[to]).max().unwrap_or(0);
    }
    channels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_shared_out_unevenly() {
        // Three vertices lead to the output, and the first of them to a fourth.
        let spec = ModelSpec::from_matrix(
            &[
                [0, 1, 1, 0, 0, 0],
                [0, 0, 0, 1, 0, 1],
                [0, 0, 0, 0, 1, 0],
                [0, 0, 0, 0, 0, 1],
                [0, 0, 0, 0, 0, 1],
                [0; 6],
            ],
            &["input", OPERATORS[0], OPERATORS[0], OPERATORS[0], OPERATORS[0], "output"],
        )
        .unwrap();
        assert_eq!(vertex_channels(&spec, 128)[1..6], [43, 42, 43, 42, 128]);
    }

    #[test]
    fn smallest_network_is_counted_by_hand() {
        let spec = ModelSpec::from_bits(1, &[]).unwrap();
        let projections = [(128, 128), (128, 128), (128, 128)]
            .into_iter()
            .chain([(128, 256), (256, 256), (256, 256)])
            .chain([(256, 512), (512, 512), (512, 512)]);
        let expected: u64 = projections.map(|(input, output)| input * output + 2 * output).sum();
        let stem_and_classifier = 27 * 128 + 256 + 5_130;
        assert_eq!(cost(&spec).params, expected + stem_and_classifier);
        let pixels = [(3 * 128 * 128, 1_024), (128 * 256 + 2 * 256 * 256, 256)];
        let cells: u64 = pixels.iter().map(|(weights, pixels)| weights * pixels).sum();
        let last_stack = (256 * 512 + 2 * 512 * 512) * 64;
        assert_eq!(cost(&spec).flops, 27 * 128 * 1_024 + cells + last_stack + 5_120);
    }
}
