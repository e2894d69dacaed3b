use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use super::{slice, with_values};

/// What follows the affine map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// max(0, x).
    Relu,
}

/// `activation(input · weight + bias)` in one pass.
///
/// # Shapes
/// `input` is `[rows, inputs]`, `weight` `[inputs, outputs]`, `bias` `[outputs]`; the result is
/// `[rows, outputs]`.
///
/// # Errors
/// If shapes do not fit or an operand is not contiguous f32 on the CPU.
pub fn affine(
    input: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    input.apply_op3(weight, bias, Affine { activation })
}

struct Affine {
    activation: Activation,
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
        let (rows, inputs) = input_layout.shape().dims2()?;
        let (weight_rows, outputs) = weight_layout.shape().dims2()?;
        if weight_rows != inputs || bias_layout.shape().dims1()? != outputs {
            let shapes = (weight_layout.shape(), bias_layout.shape());
            candle_core::bail!("expected weights for {inputs} inputs, found {shapes:?}");
        }
        let bias = slice(bias, bias_layout)?;
        let mut result = bias.repeat(rows);
        general_mat_mul(
            1.0,
            &matrix(slice(input, input_layout)?, rows, inputs),
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
        let (rows, inputs) = input.dims2()?;
        let outputs = bias.dims1()?;
        let mut through = with_values(gradient, <[f32]>::to_vec)?;
        if self.activation == Activation::Relu {
            with_values(result, |result| {
                for (gradient, &result) in through.iter_mut().zip(result) {
                    *gradient = if result > 0.0 { *gradient } else { 0.0 };
                }
            })?;
        }
        let through_matrix = matrix(&through, rows, outputs);
        let mut to_bias = vec![0.0; outputs];
        for row in through.chunks_exact(outputs) {
            to_bias.iter_mut().zip(row).for_each(|(sum, addend)| *sum += addend);
        }
        let mut to_weight = vec![0.0; inputs * outputs];
        with_values(input, |input| {
            let transposed = matrix(input, rows, inputs).reversed_axes();
            let mut product = matrix_mut(&mut to_weight, inputs, outputs);
            general_mat_mul(1.0, &transposed, &through_matrix, 0.0, &mut product);
        })?;
        let mut to_input = vec![0.0; rows * inputs];
        with_values(weight, |weight| {
            let transposed = matrix(weight, inputs, outputs).reversed_axes();
            let mut product = matrix_mut(&mut to_input, rows, inputs);
            general_mat_mul(1.0, &through_matrix, &transposed, 0.0, &mut product);
        })?;
        let like = |values, tensor: &Tensor| {
            Tensor::from_vec(values, tensor.shape(), tensor.device()).map(Some)
        };
        Ok((like(to_input, input)?, like(to_weight, weight)?, like(to_bias, bias)?))
    }
}

fn matrix(values: &[f32], rows: usize, columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((rows, columns), values).expect("the layout was checked")
}

fn matrix_mut(values: &mut [f32], rows: usize, columns: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((rows, columns), values).expect("the length is rows × columns")
}
