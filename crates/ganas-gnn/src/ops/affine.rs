//! The fused affine operation.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use super::{Sparse, slice, with_values};

/// What follows the affine map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// max(0, x).
    Relu,
}

/// `activation(gathered · weight + bias)` in one pass.
///
/// The rows that are multiplied are those of `input`; or, with `gather`, sums of rows of `input`
/// side by side: row `r` is rows `r·k … r·k + k − 1` of `gather · input`, where `k` is the number of
/// `weight`'s rows a value of `input`'s. A layer of a graph network is such a map. What is gathered
/// is not stored but made again for the gradient: candle adds gradients of more than 2¹⁶ elements on
/// a pool of spinning threads, which costs more than all the rest.
///
/// # Shapes
/// `input` is `[columns, width]`, `weight` `[k · width, outputs]`, `bias` `[outputs]`; the result is
/// `[rows, outputs]`.
///
/// # Errors
/// If shapes do not fit or an operand is not contiguous f32 on the CPU.
pub fn affine(
    input: &Tensor,
    gather: Option<&Arc<Sparse>>,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    input.apply_op3(weight, bias, Affine { gather: gather.cloned(), activation })
}

struct Affine {
    gather: Option<Arc<Sparse>>,
    activation: Activation,
}

impl Affine {
    /// The rows to be multiplied.
    fn rows<'a>(&self, input: &'a [f32], width: usize) -> Cow<'a, [f32]> {
        match &self.gather {
            Some(gather) => gather.multiply(input, width).into(),
            None => input.into(),
        }
    }
}

impl CustomOp3 for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (input_rows, width) = input_layout.shape().dims2()?;
        let (inputs, outputs) = weight_layout.shape().dims2()?;
        let (columns, gathered) = match &self.gather {
            Some(gather) => (gather.columns(), gather.rows()),
            None => (input_rows, input_rows),
        };
        let rows = gathered * width / inputs.max(1);
        if columns != input_rows
            || rows * inputs != gathered * width
            || bias_layout.shape().dims1()? != outputs
        {
            candle_core::bail!(
                "expected weights for {gathered} rows of {width}, found {:?} and {:?}",
                weight_layout.shape(),
                bias_layout.shape()
            );
        }
        let mut result = slice(bias, bias_layout)?.repeat(rows);
        general_mat_mul(
            1.0,
            &matrix(&self.rows(slice(input, input_layout)?, width), rows, inputs),
            &matrix(slice(weight, weight_layout)?, inputs, outputs),
            1.0,
            &mut matrix_mut(&mut result, rows, outputs),
        );
        if self.activation == Activation::Relu {
            for value in &mut result {
                *value = value.max(0.0);
            }
        }
        Ok((CpuStorage::F32(result), Shape::from((rows, outputs))))
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = input.dim(1)?;
        let (inputs, outputs) = weight.dims2()?;
        let rows = result.dim(0)?;
        let through = self.through_activation(result, gradient)?;
        let through_matrix = matrix(&through, rows, outputs);
        let mut to_bias = vec![0.0; outputs];
        for row in through.chunks_exact(outputs) {
            to_bias.iter_mut().zip(row).for_each(|(sum, addend)| *sum += addend);
        }
        let mut to_weight = vec![0.0; inputs * outputs];
        with_values(input, |input| {
            let input = self.rows(input, width);
            let transposed = matrix(&input, rows, inputs).reversed_axes();
            let mut product = matrix_mut(&mut to_weight, inputs, outputs);
            general_mat_mul(1.0, &transposed, &through_matrix, 0.0, &mut product);
        })?;
        let mut to_rows = vec![0.0; rows * inputs];
        with_values(weight, |weight| {
            let transposed = matrix(weight, inputs, outputs).reversed_axes();
            let mut product = matrix_mut(&mut to_rows, rows, inputs);
            general_mat_mul(1.0, &through_matrix, &transposed, 0.0, &mut product);
        })?;
        let to_input = match &self.gather {
            Some(gather) => gather.multiply_transposed(&to_rows, width),
            None => to_rows,
        };
        let like = |values, tensor: &Tensor| {
            Tensor::from_vec(values, tensor.shape(), tensor.device()).map(Some)
        };
        Ok((like(to_input, input)?, like(to_weight, weight)?, like(to_bias, bias)?))
    }
}

impl Affine {
    /// The gradient before the activation.
    fn through_activation(&self, result: &Tensor, gradient: &Tensor) -> Result<Vec<f32>> {
        let mut through = with_values(gradient, <[f32]>::to_vec)?;
        if self.activation == Activation::Relu {
            with_values(result, |result| {
                for (gradient, &result) in through.iter_mut().zip(result) {
                    *gradient = if result > 0.0 { *gradient } else { 0.0 };
                }
            })?;
        }
        Ok(through)
    }
}

fn matrix(values: &[f32], rows: usize, columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((rows, columns), values).expect("the shapes were checked")
}

fn matrix_mut(values: &mut [f32], rows: usize, columns: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((rows, columns), values).expect("the length is rows × columns")
}
