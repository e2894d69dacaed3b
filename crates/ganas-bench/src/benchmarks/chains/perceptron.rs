//! Stores multilayer perceptrons in tables and evaluates them.

use crate::BenchError;
use crate::formats::magnitude::{LARGEST, bounds, first_unbounded, is_bounded};
use crate::formats::table::{Section, Table, TableWriter};

/// A multilayer perceptron with `ReLU` between its layers and one output.
#[derive(Debug, Clone)]
pub(super) struct Perceptron {
    layers: Vec<Linear>,
}

/// A linear layer: one row of weights per output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear {
    pub(super) inputs: usize,
    pub(super) weights: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

/// Number of partial sums in a product, which the compiler keeps in vector registers.
const LANES: usize = 8;

impl Perceptron {
    /// Creates a perceptron, after checking that its output is bounded for all inputs of zeros and
    /// ones.
    ///
    /// # Errors
    /// The expected and the actual content. `place` names a part of the layer with an index.
    pub(super) fn new(
        layers: Vec<Linear>,
        place: impl Fn(usize, &'static str) -> String,
    ) -> Result<Self, (String, String)> {
        let mut most = vec![1.0; layers.first().map_or(0, |layer| layer.inputs)];
        for (number, layer) in layers.iter().enumerate() {
            for (part, numbers) in [("weights", &layer.weights), ("biases", &layer.biases)] {
                if let Some((at, found)) = first_unbounded(numbers.iter().copied()) {
                    let expected = format!("{} in {}", bounds(), place(number, part));
                    return Err((expected, format!("{found} at index {at}")));
                }
            }
            most = layer.most(&most);
            if let Some(found) = most.iter().find(|most| !is_bounded(**most)) {
                let part = place(number, "weights");
                let expected = format!("outputs of at most {LARGEST:e} from {part}");
                return Err((expected, format!("{found:e}")));
            }
        }
        Ok(Self { layers })
    }

    /// Writes the layers as sections whose names begin with `layer`.
    pub(super) fn write(&self, writer: &mut TableWriter) {
        for (number, layer) in self.layers.iter().enumerate() {
            writer.section(&name(number, "weights"), layer.inputs, layer.weights.iter().copied());
            writer.section(&name(number, "biases"), 1, layer.biases.iter().copied());
        }
    }

    /// Reads the layers between these numbers of units, the inputs first.
    pub(super) fn read(table: &Table, sizes: &[usize]) -> Result<Self, BenchError> {
        let layer = |(number, pair): (usize, &[usize])| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let weights: Section<f32> = table.section(&name(number, "weights"), outputs, inputs)?;
            let biases: Section<f32> = table.section(&name(number, "biases"), outputs, 1)?;
            let row = |row| (0..inputs).map(move |column| table.get(weights, row, column));
            Ok(Linear {
                inputs,
                weights: (0..outputs).flat_map(row).collect(),
                biases: (0..outputs).map(|row| table.get(biases, row, 0)).collect(),
            })
        };
        let layers = sizes.windows(2).enumerate().map(layer).collect::<Result<_, BenchError>>()?;
        Self::new(layers, name).map_err(|(expected, found)| table.other(expected, found))
    }

    /// Returns the output for an input that is 1 at `ones` and 0 elsewhere.
    pub(super) fn predict(&self, ones: &[usize]) -> f32 {
        let (first, rest) = self.layers.split_first().expect("a perceptron has layers");
        let weights = |row: &[f32]| ones.iter().map(|&one| row[one]).sum::<f32>();
        let mut values: Vec<f32> = first.outputs(weights).collect();
        for layer in rest {
            for value in &mut values {
                *value = value.max(0.0);
            }
            values = layer.outputs(|row| product(row, &values)).collect();
        }
        values[0]
    }
}

impl Linear {
    /// Returns, for each output, the bias plus the result of `weigh` for its weights.
    fn outputs(&self, weigh: impl Fn(&[f32]) -> f32) -> impl Iterator<Item = f32> {
        let rows = self.weights.chunks_exact(self.inputs).zip(&self.biases);
        rows.map(move |(row, bias)| weigh(row) + bias)
    }

    /// Returns the largest possible magnitude of each output, given those of the inputs.
    fn most(&self, inputs: &[f64]) -> Vec<f64> {
        let rows = self.weights.chunks_exact(self.inputs).zip(&self.biases);
        let size = |(weight, input): (&f32, &f64)| f64::from(weight.abs()) * input;
        let most = |row: &[f32]| row.iter().zip(inputs).map(size).sum::<f64>();
        rows.map(|(row, bias)| most(row) + f64::from(bias.abs())).collect()
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (ones, others) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let rest = ones.remainder().iter().zip(others.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (one, other) in ones.zip(others) {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn name(layer: usize, part: &str) -> String {
    format!("layer{layer}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_applied_in_order() {
        let layer = |inputs, weights: &[f32], biases: &[f32]| Linear {
            inputs,
            weights: weights.into(),
            biases: biases.into(),
        };
        let perceptron = Perceptron {
            layers: vec![
                layer(3, &[1.0, 2.0, 4.0, -1.0, -2.0, -4.0], &[0.5, 0.5]),
                layer(2, &[2.0, 3.0], &[1.0]),
            ],
        };
        // relu(1 + 4 + 0.5) and relu(-5 + 0.5).
        assert!((perceptron.predict(&[0, 2]) - 12.0).abs() < 1e-6);
    }

    #[test]
    fn what_could_give_no_number_is_refused() {
        let new = |weight, bias| {
            let layer = |inputs, weights: &[f32]| Linear {
                inputs,
                weights: weights.into(),
                biases: vec![bias; weights.len() / inputs],
            };
            let layers = vec![layer(1, &[1.0, weight]), layer(2, &[1.0, weight])];
            Perceptron::new(layers, name).map(|_| ()).map_err(|(one, other)| one + "; " + &other)
        };
        assert_eq!(new(1e7, 1.0), Ok(()));
        let range = "a number from -1e15 to 1e15 in layer0";
        assert_eq!(new(f32::NAN, 1.0), Err(format!("{range}.weights; NaN at index 1")));
        assert_eq!(new(1.0, f32::INFINITY), Err(format!("{range}.biases; inf at index 0")));
        let large = new(1e8, 1.0).unwrap_err();
        assert!(large.starts_with("outputs of at most 1e15 from layer1.weights; 1"), "{large}");
    }

    #[test]
    fn products_are_those_of_all_elements() {
        let one: Vec<f32> = (0..19_u8).map(f32::from).collect();
        let squares = (0..19_u16).map(|n| f32::from(n * n)).sum::<f32>();
        assert!((product(&one, &one) - squares).abs() < 1e-3);
    }
}
