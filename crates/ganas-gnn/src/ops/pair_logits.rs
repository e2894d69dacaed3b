//! The fused operation that computes the logits of pairs.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd};

use super::matrix::transposed;
use super::{Pairs, slice, with_values};

/// Returns the logits that a head with one hidden layer gives to pairs of rows: `logit(i, j) = Σ_h
/// weight[h] · relu(first[i, h] + second[j, h]) + bias`. Here, `first` is the left half of
/// `projected`, and `second` is the right half.
///
/// A linear layer that is applied to two concatenated embeddings equals the sum of two linear
/// layers, one applied to each embedding. Each row is therefore projected only once, however many
/// pairs contain it. The hidden values of pairs are never stored.
///
/// # Shapes
/// `projected` is `[rows, 2 · width]`. The left half of each row is the projection used when the
/// row is the first of a pair, and the right half is the one used when it is the second. `weight`
/// is `[width]`, `bias` is `[1]`, and the result is `[pairs]`.
///
/// # Errors
/// If shapes do not match, a pair refers to a missing row, or an operand is not contiguous f32 on
/// the CPU.
///
/// # Complexity
/// O(pairs · width). The function is fastest if pairs with the same first row are consecutive.
pub fn pair_logits(
    projected: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    pairs: &Pairs,
) -> Result<Tensor> {
    projected.apply_op3(weight, bias, PairLogits(Arc::clone(pairs)))
}

/// Computes the logits of all pairs of a first and a second row, on plain numbers.
///
/// # Shapes
/// `first` is `[m, width]`; `second` is `[width, n]`, transposed so that many pairs are summed side
/// by side; `weight` is `[width]`, and the result is `[m, n]`.
pub(crate) fn all_logits(first: &[f32], second: &[f32], weight: &[f32], bias: f32) -> Vec<f32> {
    let width = weight.len().max(1);
    let count = second.len() / width;
    let mut logits = vec![bias; first.len() / width * count];
    Arch::new().dispatch(AllLogits { first, second, weight, count, logits: &mut logits });
    logits
}

struct AllLogits<'a> {
    first: &'a [f32],
    second: &'a [f32],
    weight: &'a [f32],
    /// Number of second rows.
    count: usize,
    logits: &'a mut [f32],
}

impl WithSimd for AllLogits<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { first, second, weight, count, logits } = self;
        let rows = first.chunks_exact(weight.len().max(1));
        for (first, logits) in rows.zip(logits.chunks_exact_mut(count.max(1))) {
            let second = |h: usize| &second[h * count..(h + 1) * count];
            let mut place = 0;
            while place + VECTORS * S::F32_LANES <= count {
                let logits = S::as_mut_simd_f32s(&mut logits[place..][..VECTORS * S::F32_LANES]).0;
                let mut sums = [logits[0]; VECTORS];
                for (h, (&first, &weight)) in first.iter().zip(weight).enumerate() {
                    let (first, weight) = (simd.splat_f32s(first), simd.splat_f32s(weight));
                    let second = S::as_simd_f32s(&second(h)[place..][..VECTORS * S::F32_LANES]).0;
                    for (sum, &second) in sums.iter_mut().zip(second) {
                        *sum = add_relu(simd, weight, first, second, *sum);
                    }
                }
                logits.copy_from_slice(&sums);
                place += VECTORS * S::F32_LANES;
            }
            while place < count {
                let end = count.min(place + S::F32_LANES);
                let mut sum = simd.partial_load_f32s(&logits[place..end]);
                for (h, (&first, &weight)) in first.iter().zip(weight).enumerate() {
                    let (first, weight) = (simd.splat_f32s(first), simd.splat_f32s(weight));
                    let second = simd.partial_load_f32s(&second(h)[place..end]);
                    sum = add_relu(simd, weight, first, second, sum);
                }
                simd.partial_store_f32s(&mut logits[place..end], sum);
                place = end;
            }
        }
    }
}

/// Number of vectors of sums kept in registers.
const VECTORS: usize = 4;

/// Returns `sum + weight · relu(first + second)`.
#[inline(always)]
fn add_relu<S: Simd>(
    simd: S,
    weight: S::f32s,
    first: S::f32s,
    second: S::f32s,
    sum: S::f32s,
) -> S::f32s {
    let hidden = simd.max_f32s(simd.add_f32s(first, second), simd.splat_f32s(0.0));
    simd.mul_add_e_f32s(weight, hidden, sum)
}

struct PairLogits(Pairs);

impl CustomOp3 for PairLogits {
    fn name(&self) -> &'static str {
        "pair-logits"
    }

    fn cpu_fwd(
        &self,
        projected: &CpuStorage,
        projected_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, both) = projected_layout.shape().dims2()?;
        let width = weight_layout.shape().dims1()?;
        if both != 2 * width || self.0.iter().any(|&(i, j)| i.max(j) as usize >= rows) {
            candle_core::bail!(
                "expected pairs of indices below {rows} and rows of 2 × {width} numbers, found rows of {both} numbers or an index out of range"
            );
        }
        let &[bias] = slice(bias, bias_layout)? else {
            candle_core::bail!("expected a bias, found {:?}", bias_layout.shape());
        };
        let (projected, weight) =
            (slice(projected, projected_layout)?, slice(weight, weight_layout)?);
        let logits = logits(&self.0, projected, weight, bias);
        let shape = Shape::from(logits.len());
        Ok((CpuStorage::F32(logits), shape))
    }

    fn bwd(
        &self,
        projected: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = weight.dims1()?;
        let (gradients, to_bias) = with_values(gradient, |gradient| {
            let gradients = with_values(projected, |projected| {
                with_values(weight, |weight| backward(&self.0, projected, weight, gradient))
            });
            (gradients, gradient.iter().sum::<f32>())
        })?;
        let (to_projected, to_weight) = gradients??;
        let device = projected.device();
        Ok((
            Some(Tensor::from_vec(to_projected, projected.shape(), device)?),
            Some(Tensor::from_vec(to_weight, width, device)?),
            Some(Tensor::from_vec(vec![to_bias], bias.shape(), device)?),
        ))
    }
}

/// Computes the logits of some pairs. If more than half of all pairs are wanted, it computes all of
/// them, since each pair then costs less.
fn logits(pairs: &[(u32, u32)], projected: &[f32], weight: &[f32], bias: f32) -> Vec<f32> {
    let width = weight.len().max(1);
    let rows = projected.len() / (2 * width);
    if 2 * pairs.len() > rows * rows {
        let both = projected.chunks_exact(2 * width);
        let first: Vec<_> = both.flat_map(|row| &row[..width]).copied().collect();
        let second = &transposed(projected, 2 * width)[width * rows..];
        let logits = all_logits(&first, second, weight, bias);
        return pairs.iter().map(|&(i, j)| logits[i as usize * rows + j as usize]).collect();
    }
    let mut logits = Vec::with_capacity(pairs.len());
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for &(i, j) in pairs {
                let first = &projected[i as usize * 2 * width..][..width];
                let second = &projected[(j as usize * 2 + 1) * width..][..width];
                logits.push(weighted_relu(first, second, weight) + bias);
            }
        },
    );
    logits
}

/// Computes the gradients of the projections and of the weight.
///
/// Let `open(i, j, h)` be 1 if the rectifier of the pair (i, j) lets unit `h` through, and 0
/// otherwise. A projection then contributes `Σ open · weight[h] · projection[h]` to the logits. One
/// pass over the pairs therefore computes the sums `G[i, h] = Σ_j gradient · open`, from which both
/// gradients follow.
fn backward(
    pairs: &[(u32, u32)],
    projected: &[f32],
    weight: &[f32],
    gradient: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let width = weight.len();
    let mut sums = vec![0.0; projected.len()];
    let mut to_weight = vec![0.0; width];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut start = 0;
            for run in pairs.chunk_by(|one, other| one.0 == other.0) {
                add_open(&mut sums, projected, width, run, &gradient[start..start + run.len()]);
                start += run.len();
            }
            for (sums, values) in sums.chunks_exact_mut(width).zip(projected.chunks_exact(width)) {
                for h in 0..width {
                    to_weight[h] += sums[h] * values[h];
                    sums[h] *= weight[h];
                }
            }
        },
    );
    (sums, to_weight)
}

/// For pairs that share their first row, adds each pair's gradient to the sums of the units that
/// the activation lets through.
#[inline(always)]
fn add_open(
    sums: &mut [f32],
    projected: &[f32],
    width: usize,
    pairs: &[(u32, u32)],
    gradient: &[f32],
) {
    let start_of = |row: u32| row as usize * 2 * width;
    let first = start_of(pairs[0].0);
    let second = |pair: &(u32, u32)| start_of(pair.1) + width;
    let mut place = 0;
    while place + LANES <= width {
        let values: [f32; LANES] = lanes(projected, first + place);
        let mut own = [0.0; LANES];
        for (pair, &gradient) in pairs.iter().zip(gradient) {
            let at = second(pair) + place;
            let others: [f32; LANES] = lanes(projected, at);
            let target = &mut sums[at..at + LANES];
            for lane in 0..LANES {
                let open = if values[lane] + others[lane] > 0.0 { gradient } else { 0.0 };
                own[lane] += open;
                target[lane] += open;
            }
        }
        let target = &mut sums[first + place..][..LANES];
        target.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        place += LANES;
    }
    for h in place..width {
        for (pair, &gradient) in pairs.iter().zip(gradient) {
            let at = second(pair) + h;
            if projected[first + h] + projected[at] > 0.0 {
                sums[first + h] += gradient;
                sums[at] += gradient;
            }
        }
    }
}

/// Number of values processed at once, whatever the processor's vector width, so that every
/// processor sums in the same order.
const LANES: usize = 32;

#[inline(always)]
fn lanes(values: &[f32], start: usize) -> [f32; LANES] {
    values[start..start + LANES].try_into().expect("as many as there are lanes")
}

/// Returns `Σ weight · relu(first + second)`.
#[inline(always)]
fn weighted_relu(first: &[f32], second: &[f32], weight: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (first, first_rest) = first.as_chunks::<LANES>();
    let (second, second_rest) = second.as_chunks::<LANES>();
    let (weight, weight_rest) = weight.as_chunks::<LANES>();
    for ((first, second), weight) in first.iter().zip(second).zip(weight) {
        add_lanes(&mut sums, first, second, weight);
    }
    add_lanes(&mut sums, first_rest, second_rest, weight_rest);
    for half in [16, 8, 4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0]
}

#[inline(always)]
fn add_lanes(sums: &mut [f32; LANES], first: &[f32], second: &[f32], weight: &[f32]) {
    for (sum, ((first, second), weight)) in
        sums.iter_mut().zip(first.iter().zip(second).zip(weight))
    {
        *sum += weight * (first + second).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 5;

    /// Returns whole numbers, so that every order of summation gives the same result.
    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 37 + seed * 11) % 7) as f32 - 3.0).collect()
    }

    fn hidden(projected: &[f32], width: usize, (i, j): (u32, u32), h: usize) -> f32 {
        let (i, j) = (i as usize, j as usize);
        (projected[i * 2 * width + h] + projected[(j * 2 + 1) * width + h]).max(0.0)
    }

    fn pairs() -> Vec<(u32, u32)> {
        let all = |i| (0..ROWS as u32).map(move |j| (i, j));
        (0..ROWS as u32).flat_map(all).filter(|&pair| pair != (2, 3)).collect()
    }

    #[test]
    fn many_pairs_and_few_have_the_logits_of_the_formula() {
        for width in [8, 40, 64] {
            let (projected, weight) = (values(ROWS * 2 * width, 1), values(width, 2));
            let all = pairs();
            let of = |&pair| {
                let term = |h| weight[h] * hidden(&projected, width, pair, h);
                0.5 + (0..width).map(term).sum::<f32>()
            };
            let expected: Vec<f32> = all.iter().map(of).collect();
            assert_eq!(logits(&all, &projected, &weight, 0.5), expected);
            assert_eq!(logits(&all[7..9], &projected, &weight, 0.5), expected[7..9]);
        }
    }

    #[test]
    fn gradients_are_those_of_the_formula() {
        for width in [8, 40, 64] {
            let (projected, weight) = (values(ROWS * 2 * width, 1), values(width, 2));
            let (pairs, gradient) = (pairs(), values(ROWS * ROWS - 1, 3));
            let mut expected = (vec![0.0; projected.len()], vec![0.0; width]);
            for (&pair, gradient) in pairs.iter().zip(&gradient) {
                for (h, weight) in weight.iter().enumerate() {
                    let value = hidden(&projected, width, pair, h);
                    expected.1[h] += gradient * value;
                    if value > 0.0 {
                        expected.0[pair.0 as usize * 2 * width + h] += gradient * weight;
                        expected.0[(pair.1 as usize * 2 + 1) * width + h] += gradient * weight;
                    }
                }
            }
            assert_eq!(backward(&pairs, &projected, &weight, &gradient), expected);
        }
    }
}
