//! Shallow trees, which are padded to perfect trees and evaluated without branches.

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined into the function that selects the vector unit"
)]

use pulp::Simd;

use super::forest::{LANES, is_right};
use super::{Node, Real, Tree};

/// Largest depth of a padded tree, which then has 15 splits.
pub(super) const MAX_DEPTH: usize = 4;

/// Trees padded to perfect trees: split `i` has children `2 i + 1` and `2 i + 2`, and the leaves
/// follow the last split.
#[derive(Debug, Clone, Default)]
pub(super) struct ShallowTrees<F> {
    splits: Vec<Split<F>>,
    leaves: Vec<F>,
}

#[derive(Debug, Clone, Copy)]
struct Split<F> {
    below: F,
    feature: u16,
}

impl<F: Real> ShallowTrees<F> {
    /// Adds a tree, padded to `depth`, which is 0, 2 or 4. Returns the indices of the tree's first
    /// split and first leaf.
    pub(super) fn add(&mut self, tree: &Tree<F>, depth: usize) -> (usize, usize) {
        let places = (self.splits.len(), self.leaves.len());
        let nodes = tree.nodes();
        let mut level = vec![nodes[0]];
        for _ in 0..depth {
            let mut next = Vec::with_capacity(2 * level.len());
            for node in level {
                match node {
                    Node::Split { feature, below, left, right } => {
                        self.splits.push(Split { below, feature });
                        next.extend([nodes[left as usize], nodes[right as usize]]);
                    }
                    // The subtree on its other side is never used.
                    Node::Leaf(_) => {
                        self.splits.push(Split { below: F::INFINITY, feature: 0 });
                        next.extend([node; 2]);
                    }
                }
            }
            level = next;
        }
        let value = |node| if let Node::Leaf(value) = node { value } else { F::default() };
        self.leaves.extend(level.into_iter().map(value));
        places
    }

    #[inline(always)]
    pub(super) fn leaf(&self, depth: usize, split: usize, leaf: usize, row: &[F]) -> F {
        let count = (1 << depth) - 1;
        let splits = &self.splits[split..split + count];
        let mut at = 0;
        for _ in 0..depth {
            let split = &splits[at];
            at = 2 * at + 1 + usize::from(is_right(row[usize::from(split.feature)], split.below));
        }
        self.leaves[leaf + at - count]
    }

    /// Adds to each lane the leaf that its row reaches, in the tree with this depth, first split
    /// and first leaf.
    #[inline(always)]
    pub(super) fn add_leaves<S: Simd>(
        &self,
        simd: S,
        [depth, split, leaf]: [usize; 3],
        columns: &[[F; LANES]],
        sums: &mut [F; LANES],
    ) {
        let splits = &self.splits[split..split + (1 << depth) - 1];
        let leaves = &self.leaves[leaf..leaf + (1 << depth)];
        let sums = F::lanes_mut::<S>(sums);
        for (register, sum) in sums.iter_mut().enumerate() {
            let block = TreeRows { simd, splits, leaves, columns, register };
            let chosen = match depth {
                0 => F::splat(simd, leaves[0]),
                2 => block.choose_of_two(0),
                _ => block.choose_of_eight(0),
            };
            *sum = F::add(simd, *sum, chosen);
        }
    }
}

/// A tree with the rows of one register.
struct TreeRows<'a, S, F> {
    simd: S,
    splits: &'a [Split<F>],
    leaves: &'a [F],
    columns: &'a [[F; LANES]],
    register: usize,
}

impl<S: Simd, F: Real> TreeRows<'_, S, F> {
    /// Chooses between the two leaves of a split on the last level.
    #[inline(always)]
    fn choose(&self, split: usize) -> F::Lanes<S> {
        let leaf = 2 * (split - self.splits.len() / 2);
        let pair = [self.leaves[leaf], self.leaves[leaf + 1]];
        self.decide(split, pair.map(|leaf| F::splat(self.simd, leaf)))
    }

    #[inline(always)]
    fn choose_of_two(&self, split: usize) -> F::Lanes<S> {
        self.decide(split, [self.choose(2 * split + 1), self.choose(2 * split + 2)])
    }

    #[inline(always)]
    fn choose_of_four(&self, split: usize) -> F::Lanes<S> {
        let both = [self.choose_of_two(2 * split + 1), self.choose_of_two(2 * split + 2)];
        self.decide(split, both)
    }

    #[inline(always)]
    fn choose_of_eight(&self, split: usize) -> F::Lanes<S> {
        let both = [self.choose_of_four(2 * split + 1), self.choose_of_four(2 * split + 2)];
        self.decide(split, both)
    }

    #[inline(always)]
    fn decide(&self, split: usize, both: [F::Lanes<S>; 2]) -> F::Lanes<S> {
        let Split { below, feature } = self.splits[split];
        let column = F::lanes::<S>(&self.columns[usize::from(feature)]);
        F::choose(self.simd, [column[self.register], F::splat(self.simd, below)], both)
    }
}
