//! The fused binary cross-entropy loss.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::{slice, with_values};

/// Returns the mean binary cross-entropy of logits, in nats. The cross-entropy of a logit `x` with
/// the correct answer `y` is `max(x, 0) − x·y + ln(1 + e^−|x|)`, which is finite for every finite
/// logit.
///
/// The loss and its gradient need the same exponential, so the forward pass also computes the
/// gradient. The computed loss of a logit has an absolute error below 10⁻⁶ if the loss is at most
/// 1, and a relative error below 10⁻⁶ otherwise.
///
/// # Shapes
/// `logits` has one dimension, and `answers` contains one number from 0 to 1 for each logit. The
/// result is a scalar. It is 0 if there are no logits.
///
/// # Errors
/// If the numbers of answers and logits differ, or the logits are not contiguous f32 on the CPU.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use ganas_gnn::ops::cross_entropy;
/// let logits = Tensor::new(&[0f32, 200.0, -200.0], &Device::Cpu)?;
/// let loss = cross_entropy(&logits, vec![1.0, 1.0, 0.0])?.to_scalar::<f32>()?;
/// assert!((loss - 2_f32.ln() / 3.0).abs() < 1e-6);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn cross_entropy(logits: &Tensor, answers: Vec<f32>) -> Result<Tensor> {
    logits.apply_op1(CrossEntropy { answers, gradient: OnceLock::new() })
}

struct CrossEntropy {
    answers: Vec<f32>,
    /// Gradient of the mean loss, computed in the forward pass.
    gradient: OnceLock<Vec<f32>>,
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let logits = slice(storage, layout)?;
        if layout.shape().dims1()? != self.answers.len() {
            candle_core::bail!(
                "expected {} logits, found {:?}",
                self.answers.len(),
                layout.shape()
            );
        }
        let (mean, gradient) = mean_and_gradient(logits, &self.answers);
        self.gradient.get_or_init(|| gradient);
        Ok((CpuStorage::F32(vec![mean]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let scale = with_values(gradient, |gradient| gradient[0])?;
        let own = self.gradient.get().expect("the forward pass comes first");
        let scaled = own.iter().map(|own| own * scale).collect();
        Tensor::from_vec(scaled, logits.shape(), logits.device()).map(Some)
    }
}

/// Number of losses summed side by side, whatever the processor's vector width.
const LANES: usize = 16;

fn mean_and_gradient(logits: &[f32], answers: &[f32]) -> (f32, Vec<f32>) {
    let share = 1.0 / logits.len().max(1) as f32;
    let mut gradient = logits.to_vec();
    let mut sums = [0.0; LANES];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (logits, answers) in gradient.chunks_mut(LANES).zip(answers.chunks(LANES)) {
                for ((sum, logit), answer) in sums.iter_mut().zip(logits).zip(answers) {
                    let (loss, slope) = loss_and_slope(*logit, *answer);
                    *sum += loss;
                    *logit = slope * share;
                }
            }
        },
    );
    (sums.iter().sum::<f32>() * share, gradient)
}

/// Returns the loss of one logit and its derivative.
#[inline(always)]
fn loss_and_slope(logit: f32, answer: f32) -> (f32, f32) {
    let small = exp_of_negative(-logit.abs());
    let loss = logit.max(0.0) - logit * answer + ln_1p_to_1(small);
    let probability = if logit >= 0.0 { 1.0 } else { small } / (1.0 + small);
    (loss, probability - answer)
}

/// Computes `e^x` for x ≤ 0 as `2^n · e^r` with integer n and |r| ≤ ln 2 / 2, where Taylor's series
/// is short.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    /// Adding this to a number leaves the nearest integer in the lowest bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with few bits.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // Below this, the result is negligible compared with 1. A NaN stays a NaN.
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = x - whole * LN_2[0] - whole * LN_2[1];
    let mut sum = 1.0 / 5040.0;
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * rest + term;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
    sum * f32::from_bits(exponent << 23)
}

/// Computes `ln(1 + t)` for t from 0 to 1 as `2 · artanh(t / (2 + t))`, by its series.
#[inline(always)]
fn ln_1p_to_1(t: f32) -> f32 {
    let s = t / (2.0 + t);
    let mut sum = 1.0 / 13.0;
    for term in [1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        sum = sum * (s * s) + term;
    }
    2.0 * s * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_formula() {
        for step in -4000..=4000_i16 {
            let logit = f32::from(step) / 40.0;
            for answer in [0.0, 0.3, 1.0] {
                let (x, y) = (f64::from(logit), f64::from(answer));
                let expected = x.max(0.0) - x * y + (-x.abs()).exp().ln_1p();
                let (loss, slope) = loss_and_slope(logit, answer);
                let error = (f64::from(loss) - expected).abs() / expected.max(1.0);
                assert!(error < 1e-6, "{logit}, {answer}: {loss} is not {expected}");
                let expected = 1.0 / (1.0 + (-x).exp()) - y;
                assert!((f64::from(slope) - expected).abs() < 1e-6, "{logit}: {slope}");
            }
        }
    }

    #[test]
    fn what_is_no_number_gives_none() {
        assert!(loss_and_slope(f32::NAN, 1.0).0.is_nan());
        assert!(!loss_and_slope(f32::INFINITY, 0.0).0.is_finite());
    }
}
