//! Weights drawn from a seeded random stream.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder, VarMap};
use rand::{Rng, RngCore};

/// The weights of a model, drawn from the caller's random stream and returned in order of their
/// names.
///
/// Candle's own random number generator for the CPU cannot be seeded, and candle's `VarMap`
/// iterates in the order of its hash table. If either were used, runs with the same seed would give
/// different results.
#[derive(Clone)]
pub struct Weights {
    map: VarMap,
}

impl Weights {
    /// Returns the model that `make` builds, together with the model's weights. `make` requests the
    /// weights from its [`VarBuilder`], and they are drawn from `rng` in the order of the requests.
    ///
    /// # Errors
    /// Any error that `make` returns.
    pub fn draw<M, E>(
        rng: impl RngCore + Send,
        make: impl FnOnce(VarBuilder<'_>) -> std::result::Result<M, E>,
    ) -> std::result::Result<(M, Self), E> {
        let map = VarMap::new();
        let backend = Box::new(Seeded { rng: Mutex::new(rng), map: map.clone() });
        let model = make(VarBuilder::from_backend(backend, DType::F32, Device::Cpu))?;
        Ok((model, Self { map }))
    }

    /// Returns a map from the names of the weights to the weights, sorted by name.
    ///
    /// # Panics
    /// If another thread panicked while it held the weights.
    pub fn by_name(&self) -> BTreeMap<String, Var> {
        let map = self.map.data().lock().expect("no thread panics while it holds the weights");
        map.iter().map(|(name, var)| (name.clone(), var.clone())).collect()
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes = self.by_name().into_iter().map(|(name, var)| (name, var.shape().clone()));
        formatter.debug_map().entries(shapes).finish()
    }
}

struct Seeded<R> {
    rng: Mutex<R>,
    map: VarMap,
}

impl<R: RngCore + Send> Seeded<R> {
    /// Draws a tensor uniformly from ± `bound`.
    fn uniform(&self, shape: &Shape, bound: f64, device: &Device) -> Result<Tensor> {
        let mut rng = self.rng.lock().expect("drawing does not panic");
        let values: Vec<f32> = (0..shape.elem_count())
            .map(|_| (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32)
            .collect();
        Tensor::from_vec(values, shape, device)
    }
}

impl<R: RngCore + Send> SimpleBackend for Seeded<R> {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        _: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let values = match init {
            Init::Const(value) => Tensor::full(value as f32, shape, device)?,
            Init::Uniform { lo, up } if (lo + up).abs() < f64::EPSILON => {
                self.uniform(&shape, up, device)?
            }
            other => candle_core::bail!("{name}: no seeded initialisation for {other:?}"),
        };
        let var = Var::from_tensor(&values)?;
        let mut map = self.map.data().lock().expect("no thread panics while it holds the weights");
        if map.insert(name.to_owned(), var.clone()).is_some() {
            candle_core::bail!("{name}: two weights with the same name");
        }
        Ok(var.as_tensor().clone())
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("{name}: a seeded weight needs a shape")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.map.data().lock().is_ok_and(|map| map.contains_key(name))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn draw(seed: u64) -> Vec<Vec<f32>> {
        let ((), weights) = Weights::draw(ChaCha8Rng::seed_from_u64(seed), |vb| {
            let init = Init::Uniform { lo: -0.5, up: 0.5 };
            vb.get_with_hints((2, 3), "b", init)?;
            vb.pp("deep").get_with_hints(4, "a", init)?;
            Ok::<_, candle_core::Error>(())
        })
        .unwrap();
        let flat = |var: &Var| var.flatten_all().unwrap().to_vec1().unwrap();
        weights.by_name().values().map(flat).collect()
    }

    #[test]
    fn equal_seeds_give_equal_weights() {
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).concat().iter().all(|weight| weight.abs() <= 0.5));
    }
}
