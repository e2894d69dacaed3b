//! The fused logits of pairs.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::{Pairs, slice, with_values};

/// The hidden layer and output of a head that looks at pairs of rows:
/// `logit(i, j) = Σ_h weight[h] · relu(first[i, h] + second[j, h])`.
///
/// A layer on two concatenated embeddings is the sum of a layer on each, so each row is projected
/// once however many pairs it is in, and the hidden values of the pairs are never stored.
///
/// # Shapes
/// `projected` is `[rows, 2 · width]`, a row's projection as the first and as the second of a pair
/// side by side; `weight` is `[width]`; the result is `[pairs]`.
///
/// # Errors
/// If shapes do not fit or a pair names a row that is not there.
///
/// # Complexity
/// O(pairs · width).
pub fn pair_logits(projected: &Tensor, weight: &Tensor, pairs: &Pairs) -> Result<Tensor> {
    projected.apply_op2(weight, PairLogits(Arc::clone(pairs)))
}

struct PairLogits(Pairs);

impl CustomOp2 for PairLogits {
    fn name(&self) -> &'static str {
        "pair-logits"
    }

    fn cpu_fwd(
        &self,
        projected: &CpuStorage,
        projected_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, both) = projected_layout.shape().dims2()?;
        let width = weight_layout.shape().dims1()?;
        if both != 2 * width || self.0.iter().any(|&(i, j)| i.max(j) as usize >= rows) {
            candle_core::bail!(
                "expected pairs of {rows} rows of 2 × {width}, found rows of {both}"
            );
        }
        let (projected, weight) =
            (slice(projected, projected_layout)?, slice(weight, weight_layout)?);
        let logit = |&(first, second): &(u32, u32)| {
            let (first, second) = halves(projected, width, first, second);
            weighted_relu(first, second, weight)
        };
        let logits: Vec<f32> = self.0.iter().map(logit).collect();
        let shape = Shape::from(logits.len());
        Ok((CpuStorage::F32(logits), shape))
    }

    fn bwd(
        &self,
        projected: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let width = weight.dims1()?;
        let mut to_projected = vec![0.0; projected.elem_count()];
        let mut to_weight = vec![0.0; width];
        let gradient = with_values(gradient, <[f32]>::to_vec)?;
        let weights = with_values(weight, <[f32]>::to_vec)?;
        with_values(projected, |values| {
            let mut hidden = vec![0.0; width];
            for (&(i, j), &gradient) in self.0.iter().zip(&gradient) {
                let (first, second) = halves(values, width, i, j);
                for h in 0..width {
                    let sum = first[h] + second[h];
                    to_weight[h] += gradient * sum.max(0.0);
                    hidden[h] = if sum > 0.0 { gradient * weights[h] } else { 0.0 };
                }
                let (first, second) = (i as usize * 2 * width, (j as usize * 2 + 1) * width);
                for start in [first, second] {
                    let target = &mut to_projected[start..start + width];
                    target.iter_mut().zip(&hidden).for_each(|(sum, addend)| *sum += addend);
                }
            }
        })?;
        Ok((
            Some(Tensor::from_vec(to_projected, projected.shape(), projected.device())?),
            Some(Tensor::from_vec(to_weight, width, weight.device())?),
        ))
    }
}

fn halves(values: &[f32], width: usize, first: u32, second: u32) -> (&[f32], &[f32]) {
    let first = &values[first as usize * 2 * width..][..width];
    let second = &values[(second as usize * 2 + 1) * width..][..width];
    (first, second)
}

/// `Σ weight · relu(first + second)`, in eight partial sums so that the compiler can use vectors.
fn weighted_relu(first: &[f32], second: &[f32], weight: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let chunks = first.chunks(LANES).zip(second.chunks(LANES)).zip(weight.chunks(LANES));
    for ((first, second), weight) in chunks {
        for lane in 0..first.len() {
            sums[lane] += weight[lane] * (first[lane] + second[lane]).max(0.0);
        }
    }
    sums.iter().sum()
}
