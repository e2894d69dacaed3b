//! Counts the parameters and multiply–adds of networks built from cells.

use super::{CellNetwork, OperatorDescription, OperatorKind};

/// Number of parameters, and number of multiply–adds.
type Counts = [u128; 2];

impl CellNetwork {
    /// Returns the cost of one operator of the cell, summed over all cells of all stages.
    ///
    /// Every chosen operator counts, even if it has no effect.
    pub(super) fn operator_costs(&self, operator: &OperatorDescription) -> Counts {
        let area = u128::from(operator.kernel.unwrap_or(0)).pow(2);
        let of_stage = |(width, side): (u128, u128)| {
            let weights = match operator.kind {
                OperatorKind::Convolution => area * width * width,
                OperatorKind::Depthwise => area * width,
                OperatorKind::Separable => area * width + width * width,
                _ => return [0, 0],
            };
            let cells = u128::from(self.shape.cells);
            convolution(weights, width, side).map(|count| cells * count)
        };
        self.stages().map(of_stage).fold([0, 0], sum)
    }

    /// Returns the cost of all layers outside the cells.
    pub(super) fn fixed_costs(&self) -> Counts {
        let stages: Vec<_> = self.stages().collect();
        let ([first, .., last] | [first @ last]) = stages.as_slice() else { return [0, 0] };
        let (width, side) = *first;
        let stem = convolution(9 * u128::from(self.shape.channels) * width, width, side);
        let reductions = stages.windows(2).map(|pair| {
            let ((input, _), (output, side)) = (pair[0], pair[1]);
            let first = convolution(9 * input * output, output, side);
            let second = convolution(9 * output * output, output, side);
            let shortcut = [input * output, input * output * side * side];
            sum(sum(first, second), shortcut)
        });
        let (width, classes) = (last.0, u128::from(self.shape.classes));
        let classifier = [2 * width + width * classes + classes, width * classes];
        reductions.fold(sum(stem, classifier), sum)
    }

    /// Returns the channels and the side of each stage.
    fn stages(&self) -> impl Iterator<Item = (u128, u128)> {
        let (width, side) = (u128::from(self.shape.width), u128::from(self.shape.resolution));
        (0..self.shape.stages).map(move |stage| (width << stage, side >> stage))
    }

    /// Returns, for each of the metrics `params` and `macs`, in this order, the cost of all layers
    /// outside the cells and the cost of each operator. All are whole numbers of at most 2⁵³.
    pub(in crate::spaces::described) fn costs(&self) -> [(f64, Vec<f64>); 2] {
        [0, 1].map(|cost| {
            let own = self.operators.iter().map(|it| self.operator_costs(it)[cost] as f64);
            (self.fixed_costs()[cost] as f64, own.collect())
        })
    }
}

/// Returns the cost of a convolution with `weights` weights and of its batch normalisation.
const fn convolution(weights: u128, outputs: u128, side: u128) -> Counts {
    [weights + 2 * outputs, weights * side * side]
}

const fn sum(one: Counts, other: Counts) -> Counts {
    [one[0] + other[0], one[1] + other[1]]
}
