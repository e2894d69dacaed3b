//! The AdamW optimiser, with a state that can be saved and restored.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp2, Layout, Tensor, Var};
use pulp::Arch;
use serde::{Deserialize, Serialize};

use crate::error::InLayer;
use crate::ops::slice;
use crate::{GnnError, Weights};

/// Hyperparameters of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamSettings {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay: each step reduces every weight by the fraction `learning_rate ·
    /// weight_decay` of its value.
    pub weight_decay: f64,
}

/// The AdamW optimiser for all weights of a model. The weights are sorted by name.
///
/// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. A step makes one pass over each weight tensor, whereas candle's
/// optimiser makes about a dozen passes.
///
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.
#[derive(Debug)]
pub struct Adam {
    weights: Vec<Moments>,
    settings: AdamSettings,
    steps: i32,
}

#[derive(Debug)]
struct Moments {
    name: String,
    var: Var,
    first: Vec<f32>,
    second: Vec<f32>,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

impl Adam {
    /// Creates an optimiser that has taken no steps yet.
    pub fn new(weights: &Weights, settings: AdamSettings) -> Self {
        let moments = |(name, var): (String, Var)| {
            let zeros = vec![0.0; var.elem_count()];
            Moments { name, var, first: zeros.clone(), second: zeros }
        };
        let weights = weights.by_name().into_iter().map(moments).collect();
        Self { weights, settings, steps: 0 }
    }

    /// Returns the number of steps taken.
    pub fn steps(&self) -> i32 {
        self.steps
    }

    /// Returns every weight, together with its first and second moments. The name of each tensor is
    /// the weight's name followed by `.weight`, `.first` or `.second`.
    ///
    /// # Errors
    /// If a weight cannot be read.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>, GnnError> {
        let mut state = Vec::with_capacity(3 * self.weights.len());
        for Moments { name, var, first, second } in &self.weights {
            let moment = |values: &Vec<f32>| {
                Tensor::from_slice(values, var.shape(), var.device()).in_layer("checkpoint")
            };
            state.push((format!("{name}.weight"), var.as_tensor().clone()));
            state.push((format!("{name}.first"), moment(first)?));
            state.push((format!("{name}.second"), moment(second)?));
        }
        Ok(state)
    }

    /// Restores the weights and moments that [`Adam::state`] returned after `steps` steps. `get`
    /// must return the tensor with the given name.
    ///
    /// # Errors
    /// If `get` fails, or a tensor has the wrong shape.
    pub fn restore(
        &mut self,
        steps: i32,
        get: impl Fn(&str) -> Result<Tensor, GnnError>,
    ) -> Result<(), GnnError> {
        for Moments { name, var, first, second } in &mut self.weights {
            let values = |tensor: Tensor| -> candle_core::Result<Vec<f32>> {
                tensor.reshape(var.shape())?.flatten_all()?.to_vec1()
            };
            let weight = get(&format!("{name}.weight"))?;
            *first = values(get(&format!("{name}.first"))?).in_layer("checkpoint")?;
            *second = values(get(&format!("{name}.second"))?).in_layer("checkpoint")?;
            var.set(&weight).in_layer("checkpoint")?;
        }
        self.steps = steps;
        Ok(())
    }

    /// Takes one step down the gradient of the scalar `loss` and returns the loss before the step.
    /// `name` identifies the loss in error messages.
    ///
    /// # Errors
    /// [`GnnError::NotFinite`] if the loss is not finite; in that case, no weight changes.
    pub fn descend(&mut self, loss: &Tensor, name: &'static str) -> Result<f32, GnnError> {
        let value = loss.to_scalar::<f32>().in_layer(name)?;
        if !value.is_finite() {
            return Err(GnnError::NotFinite { layer: name, value });
        }
        let gradients = loss.backward().in_layer(name)?;
        self.steps += 1;
        let rate = self.settings.learning_rate;
        let step = Step {
            rate: (rate / (1.0 - BETA_1.powi(self.steps))) as f32,
            scale: (1.0 / (1.0 - BETA_2.powi(self.steps))) as f32,
            keep: (1.0 - rate * self.settings.weight_decay) as f32,
        };
        for moments in &mut self.weights {
            if let Some(gradient) = gradients.get(&moments.var) {
                moments.step(gradient, step).in_layer(name)?;
            }
        }
        Ok(value)
    }
}

#[derive(Clone, Copy)]
struct Step {
    /// Learning rate, corrected for the bias of the first moment.
    rate: f32,
    /// Bias correction of the second moment.
    scale: f32,
    /// Factor that weight decay applies to a weight.
    keep: f32,
}

impl Moments {
    fn step(&mut self, gradient: &Tensor, step: Step) -> candle_core::Result<()> {
        let moments = RefCell::new((&mut *self.first, &mut *self.second));
        self.var.inplace_op2(gradient, &Descent { moments, step })
    }
}

/// One step of the optimiser for one weight tensor, which is updated in place.
struct Descent<'a> {
    moments: RefCell<(&'a mut [f32], &'a mut [f32])>,
    step: Step,
}

impl InplaceOp2 for Descent<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(
        &self,
        weight: &mut CpuStorage,
        weight_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> candle_core::Result<()> {
        let gradient = slice(gradient, gradient_layout)?;
        let (CpuStorage::F32(weight), Some((start, end))) =
            (weight, weight_layout.contiguous_offsets())
        else {
            candle_core::bail!("expected a contiguous weight of f32, found {weight_layout:?}");
        };
        let mut moments = self.moments.borrow_mut();
        let (first, second) = &mut *moments;
        self.step.apply(&mut weight[start..end], first, second, gradient);
        Ok(())
    }
}

impl Step {
    fn apply(self, values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32]) {
        let (beta_1, beta_2) = (BETA_1 as f32, BETA_2 as f32);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let moments = first.iter_mut().zip(second);
                for ((value, (first, second)), &g) in values.iter_mut().zip(moments).zip(gradient) {
                    *first = beta_1 * *first + (1.0 - beta_1) * g;
                    *second = beta_2 * *second + (1.0 - beta_2) * g * g;
                    let scaled = (*second * self.scale).sqrt() + EPSILON;
                    *value = *value * self.keep - self.rate * *first / scaled;
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use candle_nn::Init;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn steps_lead_to_the_minimum() {
        let (weight, weights) = Weights::draw(ChaCha8Rng::seed_from_u64(0), |vb| {
            vb.get_with_hints(3, "weight", Init::Uniform { lo: -1.0, up: 1.0 })
        })
        .unwrap();
        let settings = AdamSettings { learning_rate: 0.05, weight_decay: 0.0 };
        let mut adam = Adam::new(&weights, settings);
        for _ in 0..500 {
            let loss = (&weight - 2.0).unwrap().sqr().unwrap().sum_all().unwrap();
            adam.descend(&loss, "distance").unwrap();
        }
        assert!(weight.to_vec1::<f32>().unwrap().iter().all(|w| (w - 2.0).abs() < 1e-3));
        let bad = (&weight * f64::NAN).unwrap().sum_all().unwrap();
        assert!(matches!(adam.descend(&bad, "bad"), Err(GnnError::NotFinite { .. })));
    }
}
