//! Reads `LightGBM` models in text form, in versions 2 to 4 of the format.
//!
//! Source: microsoft/LightGBM v2.3.1, `src/boosting/gbdt_model_text.cpp`, `src/io/tree.cpp`.

use std::collections::HashMap;
use std::str::FromStr;

use super::{Model, ModelError, Node, Tree};

/// Objectives whose prediction is the sum of the trees.
const OBJECTIVES: [&str; 7] =
    ["regression", "regression_l1", "huber", "fair", "quantile", "mape", "custom"];

/// Bits of a decision type: a split by category, and a zero that counts as missing.
const CATEGORICAL: u8 = 1;
const ZERO_IS_MISSING: u8 = 4;

/// The text of a model.
pub(super) struct TextModel<'a> {
    pub(super) text: &'a str,
}

/// A block of `name=value` lines, with their line numbers from 1.
struct Block<'a> {
    name: String,
    line: usize,
    values: HashMap<&'a str, (usize, &'a str)>,
}

impl<'a> TextModel<'a> {
    pub(super) fn from_bytes(bytes: &'a [u8]) -> Result<Self, ModelError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { text }),
            Err(error) => {
                let place = format!("byte {}", error.valid_up_to());
                Err(wrong(place, "text in UTF-8".into(), "other bytes".into()))
            }
        }
    }

    /// Reads the model, or only its first `best` trees.
    pub(super) fn read(&self, best: Option<usize>) -> Result<Model<f64>, ModelError> {
        let blocks = self.blocks()?;
        let [header, trees @ ..] = &blocks[..] else { return Err(no_header("the end")) };
        header.check()?;
        let features = usize::from(header.number::<u16>("max_feature_idx")?) + 1;
        let stored = trees.len();
        if best.is_some_and(|best| best > stored) {
            let expected =
                format!("at least {} trees, as `best_iteration` requires", best.unwrap_or(0));
            return Err(wrong("the end".into(), expected, format!("{stored} trees")));
        }
        let used = &trees[..best.unwrap_or(stored)];
        let trees = used.iter().map(|block| block.tree(features)).collect::<Result<_, _>>()?;
        Model::new(features, 0.0, trees)
            .map_err(|fault| wrong("the trees".into(), fault.expected, fault.found))
    }

    /// Returns the header and the trees, up to `end of trees`.
    fn blocks(&self) -> Result<Vec<Block<'a>>, ModelError> {
        let mut lines = (1..).zip(self.text.lines());
        match lines.next() {
            Some((_, "tree")) => {}
            other => return Err(no_header(other.map_or("the end", |(_, line)| line))),
        }
        let new = |name, line| Block { name, line, values: HashMap::new() };
        let mut blocks = vec![new("header".into(), 1)];
        let mut last = 1;
        for (number, line) in lines {
            last = number;
            if line == "end of trees" {
                return Ok(blocks);
            }
            if let Some(tree) = line.strip_prefix("Tree=") {
                let expected = blocks.len() - 1;
                if tree.parse() != Ok(expected) {
                    let found = format!("`{}`", short(line));
                    return Err(wrong(
                        format!("line {number}"),
                        format!("`Tree={expected}`"),
                        found,
                    ));
                }
                blocks.push(new(format!("tree {tree}"), number));
            } else if let Some(block) = blocks.last_mut() {
                let (name, value) = line.split_once('=').unwrap_or((line, ""));
                block.values.insert(name, (number, value));
            }
        }
        Err(wrong(format!("line {last}"), "`end of trees`".into(), "the end".into()))
    }
}

impl Block<'_> {
    /// Checks that the header describes a model with a single, untransformed output.
    fn check(&self) -> Result<(), ModelError> {
        let (line, version) = self.value("version")?;
        if !matches!(version, "v2" | "v3" | "v4") {
            return Err(wrong_line(line, "version v2, v3 or v4", version));
        }
        let (line, objective) = self.value("objective").unwrap_or((self.line, "custom"));
        if !OBJECTIVES.contains(&objective.split_once(' ').map_or(objective, |(name, _)| name))
            || objective.ends_with("sqrt")
        {
            let expected = format!("one of the objectives {}", OBJECTIVES.join(", "));
            return Err(wrong_line(line, &expected, objective));
        }
        for name in ["num_class", "num_tree_per_iteration"] {
            let (line, count) = self.value(name)?;
            if count != "1" {
                return Err(wrong_line(line, &format!("`{name}=1`"), count));
            }
        }
        match self.text_of_line("average_output") {
            Some(line) => Err(wrong_line(line, "a sum of trees", "an average")),
            None => Ok(()),
        }
    }

    fn tree(&self, features: usize) -> Result<Tree<f64>, ModelError> {
        let leaves: usize = self.number("num_leaves")?;
        for name in ["num_cat", "is_linear"] {
            if let Ok((line, value)) = self.value(name)
                && value != "0"
            {
                return Err(wrong_line(line, &format!("`{name}=0`"), value));
            }
        }
        let splits = leaves.checked_sub(1).unwrap_or(usize::MAX);
        let values: Vec<f64> = self.numbers("leaf_value", leaves)?;
        if splits == 0 {
            return self.made(&[Node::Leaf(values[0])], features);
        }
        let split_features: Vec<u16> = self.numbers("split_feature", splits)?;
        let thresholds: Vec<f64> = self.numbers("threshold", splits)?;
        let children: [Vec<i32>; 2] =
            [self.numbers("left_child", splits)?, self.numbers("right_child", splits)?];
        let decisions: Vec<u8> = self.numbers("decision_type", splits)?;
        if decisions.iter().any(|decision| decision & (CATEGORICAL | ZERO_IS_MISSING) != 0) {
            let (line, _) = self.value("decision_type")?;
            return Err(wrong_line(
                line,
                "only numeric splits that do not treat zero as missing",
                "other splits",
            ));
        }
        // Leaf `i` is child `!i`; here leaves come after the splits.
        let child = |number: i32| match u32::try_from(number) {
            Ok(split) => split,
            Err(_) => {
                u32::try_from(splits).unwrap_or(u32::MAX).saturating_add((!number).unsigned_abs())
            }
        };
        let split = |at: usize| Node::Split {
            feature: split_features[at],
            // At most the threshold means below the next number.
            below: thresholds[at].next_up(),
            left: child(children[0][at]),
            right: child(children[1][at]),
        };
        let leaves = values.into_iter().map(Node::Leaf);
        self.made(&(0..splits).map(split).chain(leaves).collect::<Vec<_>>(), features)
    }

    fn made(&self, nodes: &[Node<f64>], features: usize) -> Result<Tree<f64>, ModelError> {
        Tree::new(nodes, features).map_err(|fault| {
            wrong(
                format!("{}, node {} (both counted from 0)", self.name, fault.node),
                fault.expected,
                fault.found,
            )
        })
    }

    fn value(&self, name: &str) -> Result<(usize, &str), ModelError> {
        self.values.get(name).copied().ok_or_else(|| {
            wrong_line(self.line, &format!("`{name}=…` in the {}", self.name), "none")
        })
    }

    fn text_of_line(&self, name: &str) -> Option<usize> {
        self.values.get(name).map(|(line, _)| *line)
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, ModelError> {
        let (line, text) = self.value(name)?;
        text.parse().map_err(|_| wrong_line(line, &format!("a number for `{name}`"), text))
    }

    /// Returns exactly `count` numbers; `count` is at least one.
    fn numbers<T: FromStr>(&self, name: &str, count: usize) -> Result<Vec<T>, ModelError> {
        let (line, text) = self.value(name)?;
        let parts = text.split_ascii_whitespace();
        let numbers: Option<Vec<T>> = parts.map(|part| part.parse().ok()).collect();
        numbers
            .filter(|numbers| numbers.len() == count && count > 0)
            .ok_or_else(|| wrong_line(line, &format!("{count} numbers for `{name}`"), text))
    }
}

fn wrong_line(line: usize, expected: &str, found: &str) -> ModelError {
    wrong(format!("line {line}"), expected.into(), format!("`{}`", short(found)))
}

fn no_header(found: &str) -> ModelError {
    wrong("line 1".into(), "`tree`".into(), format!("`{}`", short(found)))
}

/// Returns the start of a string, for errors.
fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

fn wrong(place: String, expected: String, found: String) -> ModelError {
    ModelError::Model { format: "LightGBM", place, expected, found }
}
