//! Trains a network of dense layers on drawn digits for a study, as `train.py` does, but in Rust with
//! candle and without data on disk.
//!
//! Run `ganas search study-rust.toml --dir DIR` in this folder.

use std::fs;
use std::time::Instant;

use anyhow::{Context, ensure};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::{AdamW, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, linear, loss};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Side of a picture, in pixels.
const SIDE: usize = 8;

/// The digits, 3 × 5 pixels each, a row in the lowest three bits of each number.
const GLYPHS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 3, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

/// Pictures of each of the two sets.
const PICTURES: usize = 2000;

const BATCH: usize = 50;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("expected the path to a request file")?;
    let request: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let widths = widths(&request)?;
    let seed = request["seed"].as_u64().context("expected a seed")?;
    let started = Instant::now();
    let accuracy = train(&widths, request["fidelity"].as_f64().unwrap_or(20.0), seed)?;
    let result = json!({
        "trial": request["trial"],
        "objective": accuracy,
        "metrics": {"layers": widths.len()},
        "train_seconds": started.elapsed().as_secs_f64(),
    });
    let path = request["result"].as_str().context("expected the path of the result")?;
    fs::write(format!("{path}.half"), result.to_string())?;
    fs::rename(format!("{path}.half"), path)?;
    Ok(())
}

/// The widths of the hidden layers.
fn widths(request: &Value) -> anyhow::Result<Vec<usize>> {
    let decisions = request["decisions"].as_array().context("expected decisions")?;
    let choices = decisions.iter().filter_map(|decision| decision["choice"].as_str());
    let widths = choices.filter(|choice| *choice != "skip").map(str::parse);
    widths.collect::<Result<_, _>>().context("expected widths of layers")
}

/// The network's accuracy on pictures that it has not seen, in percent.
fn train(widths: &[usize], epochs: f64, seed: u64) -> anyhow::Result<f64> {
    ensure!((1.0..1e6).contains(&epochs), "expected 1 to a million epochs, found {epochs}");
    let mut data = ChaCha8Rng::seed_from_u64(0);
    let (train, train_digits) = draw(&mut data)?;
    let (validation, validation_digits) = draw(&mut data)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let weights = VarMap::new();
    let network = Network::new(widths, &weights, &mut rng)?;
    let settings = ParamsAdamW { lr: 3e-3, ..ParamsAdamW::default() };
    let mut optimiser = AdamW::new(weights.all_vars(), settings)?;
    let mut order: Vec<u32> = (0..u32::try_from(PICTURES)?).collect();
    let mut epoch = 0.0;
    while epoch < epochs {
        order.shuffle(&mut rng);
        for batch in order.chunks(BATCH) {
            let batch = Tensor::new(batch, &Device::Cpu)?;
            let logits = network.forward(&train.index_select(&batch, 0)?)?;
            let digits = train_digits.index_select(&batch, 0)?;
            optimiser.backward_step(&loss::cross_entropy(&logits, &digits)?)?;
        }
        epoch += 1.0;
    }
    let found = network.forward(&validation)?.argmax(D::Minus1)?;
    let right =
        found.eq(&validation_digits)?.to_dtype(DType::F32)?.mean_all()?.to_scalar::<f32>()?;
    Ok(100.0 * f64::from(right))
}

/// Digits at random places, under noise: pictures \[pictures, pixels\] and digits \[pictures\].
fn draw(rng: &mut ChaCha8Rng) -> candle_core::Result<(Tensor, Tensor)> {
    let (mut pixels, mut digits) = (Vec::new(), Vec::new());
    for _ in 0..PICTURES {
        let digit = rng.random_range(0..GLYPHS.len());
        let (left, top) = (rng.random_range(1..4), rng.random_range(1..3));
        let mut picture: [f32; SIDE * SIDE] = std::array::from_fn(|_| rng.random_range(0.0..0.5));
        for (row, bits) in GLYPHS[digit].iter().enumerate() {
            for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                picture[(top + row) * SIDE + left + column] += 0.5;
            }
        }
        pixels.extend(picture);
        digits.push(u32::try_from(digit).expect("there are ten digits"));
    }
    let pixels = Tensor::from_vec(pixels, (PICTURES, SIDE * SIDE), &Device::Cpu)?;
    Ok((pixels, Tensor::new(digits, &Device::Cpu)?))
}

/// Dense layers, with rectifiers between them.
#[derive(Debug)]
struct Network {
    layers: Vec<candle_nn::Linear>,
}

impl Network {
    /// Random weights come from `rng` rather than from candle, so that the same seed gives the same result.
    fn new(widths: &[usize], weights: &VarMap, rng: &mut ChaCha8Rng) -> candle_core::Result<Self> {
        let vb = VarBuilder::from_varmap(weights, DType::F32, &Device::Cpu);
        let (mut layers, mut before) = (Vec::new(), SIDE * SIDE);
        for (at, &width) in widths.iter().chain(&[GLYPHS.len()]).enumerate() {
            let vb = vb.pp(at);
            layers.push(linear(before, width, vb)?);
            let bound = (6.0 / before as f32).sqrt();
            let values = (0..width * before).map(|_| rng.random_range(-bound..bound)).collect();
            let random = Tensor::from_vec::<_, f32>(values, (width, before), &Device::Cpu)?;
            let mut vars = weights.data().lock().expect("no thread has panicked");
            vars.get_mut(&format!("{at}.weight")).expect("it was made above").set(&random)?;
            vars.get_mut(&format!("{at}.bias")).expect("it was made above").set(&Tensor::zeros(
                width,
                DType::F32,
                &Device::Cpu,
            )?)?;
            before = width;
        }
        Ok(Self { layers })
    }
}

impl Module for Network {
    fn forward(&self, pixels: &Tensor) -> candle_core::Result<Tensor> {
        let (last, hidden) = self.layers.split_last().expect("there is always a last layer");
        let hidden =
            hidden.iter().try_fold(pixels.clone(), |x, layer| layer.forward(&x)?.relu())?;
        last.forward(&hidden)
    }
}
