//! The fused gated recurrent unit.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::{slice, with_values};

/// Returns the states of gated recurrent units (GRUs) after one step, computed from the
/// pre-activations of their gates.
///
/// Let `a` be a row of `input`. It holds what the input contributes to the gates of all units. Let
/// `b` be the corresponding row of `recurrent`, which holds what the previous state contributes.
/// Each of the two consists of three equal parts, for the reset gate, the update gate and the
/// candidate state. Then `r = σ(a₁ + b₁)`, `z = σ(a₂ + b₂)`, `n = tanh(a₃ + r · b₃)`, and the new
/// state is `(1 − z) · n + z · state`.
///
/// # Shapes
/// `input` and `recurrent` are `[rows, 3 · width]`. `state` and the result are `[rows, width]`.
///
/// # Errors
/// If shapes do not match or an operand is not contiguous f32 on the CPU.
///
/// # Source
/// Cho et al., "Learning phrase representations using RNN encoder–decoder", EMNLP 2014, section
/// 2.3. Unlike in that paper, the reset gate is applied after the matrix product, as in PyTorch.
pub fn gru(input: &Tensor, recurrent: &Tensor, state: &Tensor) -> Result<Tensor> {
    input.apply_op3(recurrent, state, Gru)
}

struct Gru;

/// The gates of one unit.
struct Gates {
    reset: f32,
    update: f32,
    new: f32,
}

impl Gates {
    /// Computes the gates of unit `index` of a row with the contributions `a` and `b`.
    fn of(a: &[f32], b: &[f32], index: usize, width: usize) -> Self {
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let [reset, update, new] = [index, index + width, index + 2 * width];
        let reset = sigmoid(a[reset] + b[reset]);
        let update = sigmoid(a[update] + b[update]);
        Self { reset, update, new: (a[new] + reset * b[new]).tanh() }
    }
}

impl CustomOp3 for Gru {
    fn name(&self) -> &'static str {
        "gru"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        recurrent: &CpuStorage,
        recurrent_layout: &Layout,
        state: &CpuStorage,
        state_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = state_layout.shape().dims2()?;
        for layout in [input_layout, recurrent_layout] {
            if layout.shape().dims2()? != (rows, 3 * width) {
                candle_core::bail!("expected [{rows}, {}], found {:?}", 3 * width, layout.shape());
            }
        }
        let mut result = slice(state, state_layout)?.to_vec();
        let gates = slice(input, input_layout)?
            .chunks_exact(3 * width)
            .zip(slice(recurrent, recurrent_layout)?.chunks_exact(3 * width));
        for (row, (a, b)) in result.chunks_exact_mut(width).zip(gates) {
            for (index, value) in row.iter_mut().enumerate() {
                let Gates { update, new, .. } = Gates::of(a, b, index, width);
                *value = new + update * (*value - new);
            }
        }
        Ok((CpuStorage::F32(result), Shape::from((rows, width))))
    }

    fn bwd(
        &self,
        input: &Tensor,
        recurrent: &Tensor,
        state: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = state.dim(1)?;
        let mut to_state = with_values(gradient, <[f32]>::to_vec)?;
        let [mut to_input, mut to_recurrent] = [(); 2].map(|()| vec![0.0; input.elem_count()]);
        let [input_values, recurrent_values, state_values] =
            [input, recurrent, state].map(|tensor| with_values(tensor, <[f32]>::to_vec));
        let (input_values, recurrent_values, state_values) =
            (input_values?, recurrent_values?, state_values?);
        for (row, gradients) in to_state.chunks_exact_mut(width).enumerate() {
            let wide = row * 3 * width..(row + 1) * 3 * width;
            let (a, b) = (&input_values[wide.clone()], &recurrent_values[wide.clone()]);
            let (to_a, to_b) = (&mut to_input[wide.clone()], &mut to_recurrent[wide]);
            for (index, gradient) in gradients.iter_mut().enumerate() {
                let Gates { reset, update, new } = Gates::of(a, b, index, width);
                let to_new = *gradient * (1.0 - update) * (1.0 - new * new);
                let to_reset = to_new * b[index + 2 * width] * reset * (1.0 - reset);
                let before = state_values[row * width + index];
                let to_update = *gradient * (before - new) * update * (1.0 - update);
                for (place, value) in [(0, to_reset), (1, to_update), (2, to_new)] {
                    to_a[index + place * width] = value;
                    to_b[index + place * width] = value;
                }
                to_b[index + 2 * width] *= reset;
                *gradient *= update;
            }
        }
        let like = |values, tensor: &Tensor| {
            Tensor::from_vec(values, tensor.shape(), tensor.device()).map(Some)
        };
        Ok((like(to_input, input)?, like(to_recurrent, recurrent)?, like(to_state, state)?))
    }
}
