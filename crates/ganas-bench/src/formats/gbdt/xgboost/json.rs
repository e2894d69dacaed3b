//! Reads `XGBoost` models in JSON form.

use serde::Deserialize;

use super::{check_booster, check_objective, model, wrong, wrong_tree};
use crate::formats::gbdt::{Model, ModelError, Node, Tree};

/// A booster's handle with its configuration, or a model file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Handle {
        #[serde(rename = "Model")]
        model: Outer,
    },
    File(Outer),
}

#[derive(Deserialize)]
struct Outer {
    learner: Learner,
    version: Vec<u32>,
}

#[derive(Deserialize)]
struct Learner {
    gradient_booster: Booster,
    #[serde(rename = "learner_model_param")]
    parameters: Parameters,
    objective: Named,
}

#[derive(Deserialize)]
struct Booster {
    name: String,
    model: Option<Trees>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Parameters, whose numbers are stored as strings.
#[derive(Deserialize)]
struct Parameters {
    base_score: String,
    num_class: String,
    num_feature: String,
}

#[derive(Deserialize)]
struct Trees {
    tree_info: Vec<u32>,
    trees: Vec<Columns>,
}

#[derive(Deserialize)]
struct Columns {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<u32>,
    split_conditions: Vec<f32>,
    /// The kinds of splits; 1 is categorical. Absent before `XGBoost` 1.3.
    #[serde(default)]
    split_type: Vec<u32>,
}

/// Reads the JSON form.
pub(super) fn read(bytes: &[u8]) -> Result<Model<f32>, ModelError> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| wrong("JSON".into(), "a model", error.to_string()))?;
    let (Document::Handle { model: outer } | Document::File(outer)) = document;
    let field = |name: &str| format!("field `{name}`");
    if outer.version.first().is_none_or(|major| *major > 1) {
        let found = format!("{:?}", outer.version);
        return Err(wrong(field("version"), "a model written by XGBoost 0.x or 1.x", found));
    }
    let Learner { gradient_booster, parameters, objective } = outer.learner;
    check_objective(field("objective"), &objective.name)?;
    check_booster(field("gradient_booster"), &gradient_booster.name)?;
    let base = number(field("base_score"), "a base score", &parameters.base_score)?;
    let features: u16 =
        number(field("num_feature"), "at most 65535 features", &parameters.num_feature)?;
    let features = usize::from(features);
    let classes: usize = number(field("num_class"), "a number of classes", &parameters.num_class)?;
    let columns = gradient_booster
        .model
        .ok_or_else(|| wrong(field("gradient_booster"), "a `model`", "none".into()))?;
    if classes > 1 || columns.tree_info.iter().any(|output| *output != 0) {
        let found = format!("{classes} classes");
        return Err(wrong(field("num_class"), "a model with one output", found));
    }
    let trees = columns.trees.iter().enumerate().map(|(at, tree)| tree.read(at, features));
    model(features, base, trees.collect::<Result<_, _>>()?)
}

impl Columns {
    fn read(&self, number: usize, features: usize) -> Result<Tree<f32>, ModelError> {
        let count = self.left_children.len();
        let columns =
            [self.right_children.len(), self.split_indices.len(), self.split_conditions.len()];
        if columns != [count; 3] {
            let place = format!("tree {number} (counted from 0)");
            return Err(wrong(
                place,
                &format!("{count} nodes in every column"),
                format!("{columns:?}"),
            ));
        }
        if let Some(node) = self.split_type.iter().position(|kind| *kind != 0) {
            return Err(wrong(
                format!("tree {number}, node {node} (both counted from 0)"),
                "a numeric split",
                format!("a split of type {}", self.split_type[node]),
            ));
        }
        let child = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let node = |at: usize| match self.left_children[at] {
            -1 => Node::Leaf(self.split_conditions[at]),
            left => Node::Split {
                feature: u16::try_from(self.split_indices[at]).unwrap_or(u16::MAX),
                below: self.split_conditions[at],
                left: child(left),
                right: child(self.right_children[at]),
            },
        };
        let nodes: Vec<_> = (0..count).map(node).collect();
        Tree::new(&nodes, features).map_err(|fault| wrong_tree(number, fault))
    }
}

fn number<T: std::str::FromStr>(
    place: String,
    expected: &str,
    text: &str,
) -> Result<T, ModelError> {
    text.parse().map_err(|_| wrong(place, expected, format!("`{text}`")))
}
