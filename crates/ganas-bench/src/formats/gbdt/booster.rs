//! Reads models from model files and from pickled Python objects.

use super::lightgbm::TextModel;
use super::{Model, ModelError, xgboost};
use crate::formats::pickle::{Global, Id, Limits, Pickle, Value};

/// Bounds on a pickled booster: a model of up to 256 MiB, which may be copied twice, and little
/// else.
const LIMITS: Limits = Limits { bytes: 256 << 20, depth: 32, memo: 1 << 16, items: 20 << 20 };

/// Returns the `XGBoost` model that `bytes` contains. `bytes` must be the contents of a file
/// written by `save_model`, in binary or JSON form, or a pickled `Booster`. Models of `XGBoost` 0.9
/// to 1.7 are supported.
///
/// # Errors
/// [`ModelError`], which states the position of the error or of the unsupported property.
pub fn read_xgboost(bytes: &[u8]) -> Result<Model<f32>, ModelError> {
    if !bytes.starts_with(b"\x80") {
        return xgboost::read(bytes);
    }
    let pickle = Pickle::read(bytes, &LIMITS)?;
    let fields = fields(&pickle, Global::XgboostBooster, "an XGBoost `Booster`")?;
    match handle(&pickle, fields)? {
        Value::Bytes(model) => xgboost::read(model),
        other => Err(wrong_handle("bytes", other)),
    }
}

/// Returns the `LightGBM` model that `bytes` contains. `bytes` must be a model in text form or a
/// pickled `Booster`. If a pickled booster states a best iteration, only the trees up to that
/// iteration are read.
///
/// # Errors
/// [`ModelError`], which states the position of the error or of the unsupported property.
pub fn read_lightgbm(bytes: &[u8]) -> Result<Model<f64>, ModelError> {
    if !bytes.starts_with(b"\x80") {
        return TextModel::from_bytes(bytes)?.read(None);
    }
    let pickle = Pickle::read(bytes, &LIMITS)?;
    let fields = fields(&pickle, Global::LightgbmBooster, "a LightGBM `Booster`")?;
    let best = match pickle.entry(fields, "best_iteration").map(|id| pickle.value(id)) {
        Some(Value::Integer(count)) => usize::try_from(*count).ok().filter(|count| *count > 0),
        _ => None,
    };
    match handle(&pickle, fields)? {
        Value::Text(text) => TextModel { text }.read(best),
        other => Err(wrong_handle("a string", other)),
    }
}

/// Returns the fields of a pickled booster.
fn fields(pickle: &Pickle, wanted: Global, expected: &str) -> Result<Id, ModelError> {
    match pickle.value(pickle.root()) {
        Value::Object { class, state: Some(state) } if *class == wanted => Ok(*state),
        Value::Object { class, .. } => Err(ModelError::Booster {
            expected: expected.into(),
            found: format!("an object of the type {class:?}"),
        }),
        other => Err(ModelError::Booster { expected: expected.into(), found: kind(other).into() }),
    }
}

fn handle(pickle: &Pickle, fields: Id) -> Result<&Value, ModelError> {
    pickle.entry(fields, "handle").map(|id| pickle.value(id)).ok_or_else(|| ModelError::Booster {
        expected: "a field `handle` with the model".into(),
        found: "no such field".into(),
    })
}

fn wrong_handle(expected: &str, found: &Value) -> ModelError {
    let expected = format!("a field `handle` of {expected}");
    ModelError::Booster { expected, found: kind(found).into() }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::None => "nothing",
        Value::Text(_) => "a string",
        Value::Bytes(_) => "bytes",
        Value::List(_) | Value::Tuple(_) => "a list",
        Value::Dict(_) => "a dictionary",
        _ => "another value",
    }
}
