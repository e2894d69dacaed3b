//! Models laid out for fast evaluation.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use pulp::{Arch, Simd, WithSimd};

use super::shallow::{MAX_DEPTH, ShallowTrees};
use super::{Model, Node, Real, Tree};

/// Number of rows evaluated together: enough for a few vector registers.
pub(super) const LANES: usize = 16;

/// A model laid out for fast evaluation.
///
/// Shallow trees are padded to perfect trees, in which all leaves have the same depth. They are
/// evaluated without branches, for several rows at a time in vector registers. Deep trees are
/// evaluated for many rows in parallel, level by level. For each row, the leaf values are always
/// added in the order of the trees. The results are therefore bit-identical, whether rows are
/// evaluated one by one or many at a time.
///
/// ```
/// use ganas_bench::gbdt::{Forest, read_lightgbm};
/// let text = "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\n\
///     objective=regression\n\nTree=0\nnum_leaves=2\nsplit_feature=0\nthreshold=0.5\n\
///     decision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=1.5 4\n\nend of trees\n";
/// let forest = Forest::new(&read_lightgbm(text.as_bytes())?);
/// assert_eq!(forest.predict(&[0.5]), 1.5);
/// assert_eq!(forest.predict_many(&[[0.5], [0.6]]), [1.5, 4.0]);
/// # Ok::<(), ganas_bench::gbdt::ModelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Forest<F> {
    features: usize,
    base: F,
    trees: Vec<Place>,
    shallow: ShallowTrees<F>,
    deep: DeepTrees<F>,
}

/// The location of a tree.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// A shallow tree: its depth, the index of its first split and that of its first leaf.
    Shallow(usize, usize, usize),
    /// A deep tree: its depth and the index of its root.
    Deep(usize, u32),
}

impl<F: Real> Forest<F> {
    /// Creates a forest from a model by laying out the nodes of the model for fast evaluation.
    ///
    /// # Panics
    /// If the model has more than 2³² nodes.
    pub fn new(model: &Model<F>) -> Self {
        let mut forest = Self {
            features: model.features,
            base: model.base,
            trees: Vec::with_capacity(model.trees.len()),
            shallow: ShallowTrees::default(),
            deep: DeepTrees::default(),
        };
        for tree in &model.trees {
            // Equal depths make the number of iterations predictable for a processor.
            let depth = match tree.depth() {
                0..=2 if model.features > 0 => 2,
                3 => 4,
                depth => depth,
            };
            forest.trees.push(if depth <= MAX_DEPTH {
                let (split, leaf) = forest.shallow.add(tree, depth);
                Place::Shallow(depth, split, leaf)
            } else {
                Place::Deep(depth, forest.deep.add(tree))
            });
        }
        forest
    }

    /// Returns the number of features of the model.
    pub const fn features(&self) -> usize {
        self.features
    }

    /// Returns the prediction for one row of features. The row must not contain NaN.
    ///
    /// # Panics
    /// If the row has fewer features than the model.
    pub fn predict(&self, row: &[F]) -> F {
        assert!(row.len() >= self.features, "expected {} features", self.features);
        let mut sum = F::default();
        for tree in &self.trees {
            sum += match *tree {
                Place::Shallow(depth, split, leaf) => self.shallow.leaf(depth, split, leaf, row),
                Place::Deep(depth, root) => self.deep.leaf(depth, root, row),
            };
        }
        sum += self.base;
        sum
    }

    /// Returns the predictions for many rows. They equal those of [`Forest::predict`], but
    /// computing them takes only a fraction of the time that separate calls take.
    ///
    /// # Panics
    /// If a row has fewer features than the model.
    pub fn predict_many<R: AsRef<[F]>>(&self, rows: &[R]) -> Vec<F> {
        let mut predictions = Vec::with_capacity(rows.len());
        let mut columns = vec![[F::default(); LANES]; self.features];
        for block in rows.chunks(LANES) {
            for (lane, row) in block.iter().enumerate() {
                let row = row.as_ref();
                assert!(row.len() >= self.features, "expected {} features", self.features);
                for (column, value) in columns.iter_mut().zip(row) {
                    column[lane] = *value;
                }
            }
            let sums = Arch::new().dispatch(Block { forest: self, columns: &columns });
            predictions.extend(&sums[..block.len()]);
        }
        predictions
    }
}

/// A block of rows under evaluation, compiled for each kind of vector unit.
struct Block<'a, F> {
    forest: &'a Forest<F>,
    columns: &'a [[F; LANES]],
}

impl<F: Real> WithSimd for Block<'_, F> {
    type Output = [F; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Forest { base, trees, shallow, deep, .. } = self.forest;
        let mut sums = [F::default(); LANES];
        for tree in trees {
            match *tree {
                Place::Shallow(depth, split, leaf) => {
                    shallow.add_leaves(simd, [depth, split, leaf], self.columns, &mut sums);
                }
                Place::Deep(depth, root) => deep.add_leaves(depth, root, self.columns, &mut sums),
            }
        }
        for sum in &mut sums {
            *sum += *base;
        }
        sums
    }
}

/// Returns true if a split leads to its right node.
#[expect(clippy::neg_cmp_op_on_partial_ord, reason = "as the models have it: right if not below")]
#[inline(always)]
pub(super) fn is_right<F: Real>(value: F, below: F) -> bool {
    !(value < below)
}

/// Trees as nodes that refer to each other.
#[derive(Debug, Clone, Default)]
struct DeepTrees<F> {
    nodes: Vec<DeepNode<F>>,
}

/// A split whose right child follows its left one, or a leaf, represented by a split that always
/// leads to itself.
#[derive(Debug, Clone, Copy)]
struct DeepNode<F> {
    below: F,
    left: u32,
    feature: u16,
    /// The value of a leaf.
    value: F,
}

impl<F: Real> DeepNode<F> {
    /// Returns the node that follows this one, given the value of the feature that this node tests.
    fn next(&self, value: F) -> u32 {
        self.left.wrapping_add(u32::from(is_right(value, self.below)))
    }
}

impl<F: Real> DeepTrees<F> {
    fn add(&mut self, tree: &Tree<F>) -> u32 {
        let number = |place: usize| u32::try_from(place).expect("a model is below 2^32 nodes");
        let root = self.nodes.len();
        for (at, node) in tree.nodes().iter().enumerate() {
            self.nodes.push(match *node {
                Node::Split { feature, below, left, right } => {
                    debug_assert_eq!(left + 1, right, "a tree's children are neighbours");
                    let left = number(root + left as usize);
                    DeepNode { below, left, feature, value: F::default() }
                }
                Node::Leaf(value) => {
                    // No number is below NaN, so a leaf always leads to its right: to itself.
                    let left = number(root + at).wrapping_sub(1);
                    DeepNode { below: F::NAN, left, feature: 0, value }
                }
            });
        }
        number(root)
    }

    fn leaf(&self, depth: usize, root: u32, row: &[F]) -> F {
        let mut at = root;
        for _ in 0..depth {
            let node = &self.nodes[at as usize];
            at = node.next(row[usize::from(node.feature)]);
        }
        self.nodes[at as usize].value
    }

    #[inline(always)]
    fn add_leaves(&self, depth: usize, root: u32, columns: &[[F; LANES]], sums: &mut [F; LANES]) {
        let mut at = [root; LANES];
        for _ in 0..depth {
            for (lane, at) in at.iter_mut().enumerate() {
                let node = &self.nodes[*at as usize];
                *at = node.next(columns[usize::from(node.feature)][lane]);
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += self.nodes[at as usize].value;
        }
    }
}
