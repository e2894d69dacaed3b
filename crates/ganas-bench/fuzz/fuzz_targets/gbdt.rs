//! Any bytes as a model of XGBoost or of LightGBM; what is a model predicts.
#![no_main]

use ganas_bench::gbdt::{Forest, Model, ModelError, Real, read_lightgbm, read_xgboost};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    predict(read_xgboost(data));
    predict(read_lightgbm(data));
});

fn predict<F: Real>(model: Result<Model<F>, ModelError>) {
    let Ok(model) = model else { return };
    let row = vec![F::default(); model.features];
    let _ = Forest::new(&model).predict(&row);
}
