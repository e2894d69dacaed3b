//! The fused affine operation.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::matrix::{add_product, add_transposed_product, transposed};
use super::{Sparse, slice, with_values};

/// The function applied after the affine map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The identity.
    Identity,
    /// max(0, x).
    Relu,
}

/// Returns `activation(gathered · weight + bias)`, computed in one pass.
///
/// Without `gather`, `gathered` is `input`. With `gather`, each row of `gathered` consists of `k`
/// sums of input rows, side by side. Row `r` is the concatenation of rows `r·k` to `r·k + k − 1` of
/// `gather · input`, where `k` is the number of rows of `weight` divided by the number of columns
/// of `input`. Every layer of a graph network is an operation of this kind.
///
/// Multiplication and summation commute, so the operation uses the cheaper order: if rows occur in
/// many sums, it multiplies each row once and sums the products. Intermediate results are not
/// stored as tensors but are recomputed for the gradient. If they were tensors, candle would also
/// add up gradients for them. Candle adds tensors of 2¹⁶ elements or more on a pool of spinning
/// threads, which would cost more than all other work.
///
/// # Shapes
/// `input` is `[columns, width]`, where `columns` is the number of columns of `gather` (any number
/// without `gather`). `weight` is `[k · width, outputs]`, and `bias` is `[outputs]`. The result is
/// `[rows, outputs]`, where `rows` is the number of rows of `gathered`.
///
/// # Errors
/// If shapes do not match or an operand is not contiguous f32 on the CPU.
pub fn affine(
    input: &Tensor,
    gather: Option<&Arc<Sparse>>,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let gather = gather.cloned();
    input.apply_op3(
        weight,
        bias,
        Affine { gather, activation, pool: None, hidden: OnceLock::new() },
    )
}

/// Returns `pool · affine(…)`, computed in one pass. The matrix `pool` sums rows of the result of
/// `affine`. These rows are never stored as a tensor, so candle does not add up gradients for them.
///
/// # Shapes
/// As for [`affine`], but `pool` is `[sums, rows]`, and the result is `[sums, outputs]`.
///
/// # Errors
/// As for [`affine`].
pub fn pooled_affine(
    input: &Tensor,
    gather: &Arc<Sparse>,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    pool: &Arc<Sparse>,
) -> Result<Tensor> {
    let (gather, pool) = (Some(Arc::clone(gather)), Some(Arc::clone(pool)));
    input.apply_op3(weight, bias, Affine { gather, activation, pool, hidden: OnceLock::new() })
}

impl Activation {
    pub(super) fn apply(self, values: &mut [f32]) {
        if self == Self::Relu {
            for value in values {
                *value = value.max(0.0);
            }
        }
    }
}

struct Affine {
    gather: Option<Arc<Sparse>>,
    activation: Activation,
    pool: Option<Arc<Sparse>>,
    /// With `pool`, the rows before summation, kept for the gradient.
    hidden: OnceLock<Vec<f32>>,
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
        let gathered = self.gather.as_ref().map_or(input_rows, |gather| gather.rows());
        let columns = self.gather.as_ref().map_or(input_rows, |gather| gather.columns());
        let rows = gathered * width / inputs.max(1);
        if columns != input_rows
            || rows * inputs != gathered * width
            || bias_layout.shape().dims1()? != outputs
            || self.pool.as_ref().is_some_and(|pool| pool.columns() != rows)
        {
            candle_core::bail!(
                "expected weights for {gathered} rows of width {width}, found weights of shape {:?} and a bias of shape {:?}",
                weight_layout.shape(),
                bias_layout.shape()
            );
        }
        let map = Map { gather: self.gather.as_deref(), width, outputs };
        let (weight, bias) = (slice(weight, weight_layout)?, slice(bias, bias_layout)?);
        let result = map.forward(slice(input, input_layout)?, weight, bias, self.activation);
        let Some(pool) = &self.pool else {
            return Ok((CpuStorage::F32(result), Shape::from((rows, outputs))));
        };
        let pooled = pool.multiply(&result, outputs);
        self.hidden.get_or_init(|| result);
        Ok((CpuStorage::F32(pooled), Shape::from((pool.rows(), outputs))))
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (width, outputs) = (input.dim(1)?, weight.dim(1)?);
        let through = self.through_activation(result, gradient)?;
        let map = Map { gather: self.gather.as_deref(), width, outputs };
        let gradients = with_values(input, |input| {
            with_values(weight, |weight| map.backward(input, weight, &through))
        })??;
        let to_bias = sum_of_rows(&through, outputs);
        let like = |values, tensor: &Tensor| {
            Tensor::from_vec(values, tensor.shape(), tensor.device()).map(Some)
        };
        Ok((like(gradients.input, input)?, like(gradients.weight, weight)?, like(to_bias, bias)?))
    }
}

impl Affine {
    /// Computes the gradient with respect to the activation's input.
    fn through_activation(&self, result: &Tensor, gradient: &Tensor) -> Result<Vec<f32>> {
        let mut through = match &self.pool {
            Some(pool) => {
                let width = gradient.dim(1)?;
                with_values(gradient, |gradient| pool.multiply_transposed(gradient, width))?
            }
            None => with_values(gradient, <[f32]>::to_vec)?,
        };
        if self.activation == Activation::Relu {
            match self.hidden.get() {
                Some(hidden) => mask_gradient(&mut through, hidden),
                None => with_values(result, |result| mask_gradient(&mut through, result))?,
            }
        }
        Ok(through)
    }
}

/// Zeroes the gradient where the rectifier's output is zero.
fn mask_gradient(gradient: &mut [f32], results: &[f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (gradient, &result) in gradient.iter_mut().zip(results) {
                *gradient = if result > 0.0 { *gradient } else { 0.0 };
            }
        },
    );
}

fn sum_of_rows(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in values.chunks_exact(width) {
                sums.iter_mut().zip(row).for_each(|(sum, addend)| *sum += addend);
            }
        },
    );
    sums
}

/// The affine map on plain numbers.
#[derive(Clone, Copy)]
struct Map<'a> {
    gather: Option<&'a Sparse>,
    width: usize,
    outputs: usize,
}

/// Gradients with respect to the input and the weight.
struct Gradients {
    input: Vec<f32>,
    weight: Vec<f32>,
}

impl<'a> Map<'a> {
    /// Returns the gathering matrix if summing products is less work than multiplying sums.
    fn sums_products(self, relations: usize) -> Option<&'a Sparse> {
        self.gather.filter(|gather| gather.columns() * relations <= gather.rows())
    }

    fn forward(
        self,
        input: &[f32],
        weight: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Vec<f32> {
        let Self { width, outputs, .. } = self;
        let relations = weight.len() / (width * outputs).max(1);
        if let Some(gather) = self.sums_products(relations) {
            let mut products = vec![0.0; gather.columns() * relations * outputs];
            let parts = products.chunks_exact_mut(gather.columns() * outputs);
            for (products, weight) in parts.zip(weight.chunks_exact(width * outputs)) {
                add_product(input, weight, outputs, products);
            }
            return gather.multiply_parts(&products, relations, bias, activation);
        }
        let rows = self.rows(input);
        let mut result = bias.repeat(rows.len() / (relations * width).max(1));
        add_product(&rows, weight, outputs, &mut result);
        activation.apply(&mut result);
        result
    }

    fn backward(self, input: &[f32], weight: &[f32], through: &[f32]) -> Gradients {
        let Self { width, outputs, .. } = self;
        let relations = weight.len() / (width * outputs).max(1);
        let mut to_weight = vec![0.0; weight.len()];
        if let Some(gather) = self.sums_products(relations) {
            let to_products = gather.multiply_transposed_parts(through, outputs, relations);
            let mut to_input = vec![0.0; input.len()];
            let parts = weight.chunks_exact(width * outputs);
            let parts = parts.zip(to_weight.chunks_exact_mut(width * outputs));
            let to_products = to_products.chunks_exact(gather.columns() * outputs);
            for (to_products, (weight, to_weight)) in to_products.zip(parts) {
                add_transposed_product(input, to_products, outputs, to_weight);
                add_product(to_products, &transposed(weight, outputs), width, &mut to_input);
            }
            return Gradients { input: to_input, weight: to_weight };
        }
        let rows = self.rows(input);
        add_transposed_product(&rows, through, outputs, &mut to_weight);
        let mut to_rows = vec![0.0; rows.len()];
        add_product(through, &transposed(weight, outputs), relations * width, &mut to_rows);
        let to_input = match self.gather {
            Some(gather) => gather.multiply_transposed(&to_rows, width),
            None => to_rows,
        };
        Gradients { input: to_input, weight: to_weight }
    }

    /// Returns the rows to multiply if sums are computed before products.
    fn rows(self, input: &[f32]) -> Cow<'_, [f32]> {
        match self.gather {
            Some(gather) => gather.multiply(input, self.width).into(),
            None => input.into(),
        }
    }
}
