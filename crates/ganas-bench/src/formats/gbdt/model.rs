//! Models that consist of trees. The nodes of the trees are checked when a model is read.

use std::fmt::Display;

use super::Real;
use crate::formats::magnitude::{LARGEST, bounds, is_bounded};

/// A model whose prediction is a constant plus the sum of the values of regression trees. The
/// values are added in the order of [`Model::trees`]. For every row of features without NaN, the
/// prediction is finite and its magnitude is at most 10¹⁵.
#[derive(Debug, Clone, PartialEq)]
pub struct Model<F> {
    /// Number of features, at most 65,536.
    pub features: usize,
    /// The constant that is added to the sum of the trees' values.
    pub base: F,
    /// The trees.
    pub trees: Vec<Tree<F>>,
}

/// A regression tree. Its root is the first node, and every child comes after its parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree<F>(Vec<Node<F>>);

/// A node of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node<F> {
    /// A split, which leads to one of two child nodes.
    Split {
        /// The index of the feature that is compared with the threshold.
        feature: u16,
        /// The threshold: values below it lead to the left node.
        below: F,
        /// The index of the node for values below the threshold.
        left: u32,
        /// The index of the node for all other values.
        right: u32,
    },
    /// A leaf, with the value that it adds to the prediction.
    Leaf(F),
}

/// The reason why nodes do not form a tree: the node, and its expected and actual content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeFault {
    pub(crate) node: u32,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// The reason why trees do not form a model: their predictions could be infinite or NaN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unbounded {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl<F: Real> Model<F> {
    /// Creates a model.
    ///
    /// # Errors
    /// If the base and the largest leaf of each tree could add up to a number that is too large.
    pub(crate) fn new(features: usize, base: F, trees: Vec<Tree<F>>) -> Result<Self, Unbounded> {
        let base_size = base.into().abs();
        let most = trees.iter().fold(base_size, |sum, tree| sum + tree.largest());
        if is_bounded(most) {
            return Ok(Self { features, base, trees });
        }
        let expected = format!("a base score and leaf values that add up to at most {LARGEST:e}");
        Err(Unbounded { expected, found: format!("{most:e}") })
    }
}

impl<F: Real> Tree<F> {
    /// Returns the tree below node 0 of `nodes`, which may be in any order and contain nodes
    /// outside the tree.
    ///
    /// # Errors
    /// If a feature is not below `features`, a node is missing or has two parents, a leaf is too
    /// large or NaN, or a threshold is NaN.
    pub(crate) fn new(nodes: &[Node<F>], features: usize) -> Result<Self, TreeFault> {
        let mut seen = vec![false; nodes.len()];
        let mut sorted = Vec::with_capacity(nodes.len());
        let mut queue = std::collections::VecDeque::from([0_u32]);
        let mut next = 0;
        while let Some(number) = queue.pop_front() {
            let fault = |expected: String, found: &dyn Display| {
                Err(TreeFault { node: number, expected, found: found.to_string() })
            };
            let place = number as usize;
            let Some(&node) = nodes.get(place) else {
                return fault(format!("a node number below {}", nodes.len()), &number);
            };
            if std::mem::replace(&mut seen[place], true) {
                return fault("only one parent".into(), &"a second one");
            }
            sorted.push(match node {
                Node::Leaf(value) if !is_bounded(value) => {
                    return fault(format!("a leaf value that is {}", bounds()), &value.into());
                }
                Node::Leaf(value) => Node::Leaf(value),
                Node::Split { below, .. } if below.into().is_nan() => {
                    return fault("a threshold that is a number".into(), &below.into());
                }
                Node::Split { feature, below, left, right } => {
                    if usize::from(feature) >= features {
                        return fault(format!("a feature number below {features}"), &feature);
                    }
                    queue.extend([left, right]);
                    next += 2;
                    Node::Split { feature, below, left: next - 1, right: next }
                }
            });
        }
        Ok(Self(sorted))
    }

    /// Returns the nodes.
    pub fn nodes(&self) -> &[Node<F>] {
        &self.0
    }

    /// Returns the largest magnitude of its leaves.
    fn largest(&self) -> f64 {
        let size = |node: &Node<F>| match *node {
            Node::Leaf(value) => value.into().abs(),
            Node::Split { .. } => 0.0,
        };
        self.0.iter().map(size).fold(0.0, f64::max)
    }

    /// Returns the largest number of splits on a path from the root to a leaf.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.0.len()];
        let mut most = 0;
        for (place, node) in self.0.iter().enumerate() {
            most = most.max(depths[place]);
            if let Node::Split { left, right, .. } = *node {
                depths[left as usize] = depths[place] + 1;
                depths[right as usize] = depths[place] + 1;
            }
        }
        most
    }
}
