//! Reads models of `XGBoost` versions 0.9 to 1.7, in binary and JSON form.
//!
//! Sources: dmlc/xgboost v1.1.1, `src/learner.cc`, `src/gbm/gbtree_model.cc`,
//! `include/xgboost/tree_model.h`, `doc/model.schema`.

mod binary;
mod json;

use super::model::TreeFault;
use super::{Model, ModelError, Tree};

const FORMAT: &str = "XGBoost";

/// The first bytes of a booster's handle if its configuration follows the model.
const CONFIG_OFFSET: &[u8] = b"CONFIG-offset:";

/// Objectives whose prediction is the sum of the trees.
const OBJECTIVES: [&str; 4] =
    ["reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror"];

/// Reads a model file or a booster's handle.
pub(super) fn read(bytes: &[u8]) -> Result<Model<f32>, ModelError> {
    if bytes.starts_with(b"{") {
        return json::read(bytes);
    }
    let Some(rest) = bytes.strip_prefix(CONFIG_OFFSET) else {
        return binary::read(bytes);
    };
    let length = rest.first_chunk().map(|length| u64::from_le_bytes(*length));
    let model = length.and_then(|length| rest[8..].get(..usize::try_from(length).ok()?));
    match model {
        Some(model) => binary::read(model),
        None => Err(wrong(
            format!("byte {}", CONFIG_OFFSET.len()),
            "the length of the model data before the configuration",
            match length {
                Some(length) => {
                    format!("{length}, although only {} bytes are left", rest.len() - 8)
                }
                None => "the end".into(),
            },
        )),
    }
}

fn wrong(place: String, expected: &str, found: String) -> ModelError {
    ModelError::Model { format: FORMAT, place, expected: expected.into(), found }
}

fn wrong_tree(tree: usize, fault: TreeFault) -> ModelError {
    wrong(
        format!("tree {tree}, node {} (both counted from 0)", fault.node),
        &fault.expected,
        fault.found,
    )
}

fn model(features: usize, base: f32, trees: Vec<Tree<f32>>) -> Result<Model<f32>, ModelError> {
    Model::new(features, base, trees)
        .map_err(|fault| wrong("the trees".into(), &fault.expected, fault.found))
}

/// Rejects models whose prediction is not just the sum of their trees.
fn check_objective(place: String, objective: &str) -> Result<(), ModelError> {
    if OBJECTIVES.contains(&objective) {
        return Ok(());
    }
    Err(wrong(
        place,
        &format!("one of the objectives {}", OBJECTIVES.join(", ")),
        format!("`{objective}`"),
    ))
}

fn check_booster(place: String, booster: &str) -> Result<(), ModelError> {
    if booster == "gbtree" {
        return Ok(());
    }
    Err(wrong(place, "a model of trees (`gbtree`)", format!("`{booster}`")))
}
