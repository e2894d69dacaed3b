use super::forest::{LANES, Real};
use super::{Node, Tree};

/// Deepest tree that is filled up: it has 15 splits then.
pub(super) const MAX_DEPTH: usize = 4;

/// Trees filled up to perfect ones: split `i` has children `2 i + 1` and `2 i + 2`, and the leaves
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
    /// Adds a tree of at most `depth`; gives the places of its first split and its first leaf.
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
                    // What is left of it is never used.
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

    pub(super) fn leaf(&self, depth: usize, split: usize, leaf: usize, row: &[F]) -> F {
        let count = (1 << depth) - 1;
        let splits = &self.splits[split..split + count];
        let mut at = 0;
        for _ in 0..depth {
            let split = &splits[at];
            at = 2 * at + 1 + usize::from(!(row[usize::from(split.feature)] < split.below));
        }
        self.leaves[leaf + at - count]
    }

    pub(super) fn add_leaves(
        &self,
        depth: usize,
        split: usize,
        leaf: usize,
        columns: &[[F; LANES]],
        sums: &mut [F; LANES],
    ) {
        let splits = &self.splits[split..split + (1 << depth) - 1];
        let leaves = &self.leaves[leaf..leaf + (1 << depth)];
        match depth {
            0 => sums.iter_mut().for_each(|sum| *sum += leaves[0]),
            1 => add_chosen::<F, 1>(splits, leaves, columns, sums),
            2 => add_chosen::<F, 2>(splits, leaves, columns, sums),
            3 => add_chosen::<F, 4>(splits, leaves, columns, sums),
            _ => add_chosen::<F, 8>(splits, leaves, columns, sums),
        }
    }
}

/// Adds each lane's leaf. From the last level of splits, of which there are `WIDTH`, up to the root,
/// each split chooses one of two.
fn add_chosen<F: Real, const WIDTH: usize>(
    splits: &[Split<F>],
    leaves: &[F],
    columns: &[[F; LANES]],
    sums: &mut [F; LANES],
) {
    let mut chosen = [[F::default(); LANES]; WIDTH];
    let last = &splits[WIDTH - 1..2 * WIDTH - 1];
    for ((chosen, split), pair) in chosen.iter_mut().zip(last).zip(leaves.as_chunks::<2>().0) {
        let column = &columns[usize::from(split.feature)];
        for (chosen, value) in chosen.iter_mut().zip(column) {
            *chosen = if *value < split.below { pair[0] } else { pair[1] };
        }
    }
    let mut width = WIDTH / 2;
    while width > 0 {
        for (at, split) in splits[width - 1..2 * width - 1].iter().enumerate() {
            let column = &columns[usize::from(split.feature)];
            let (left, right) = (chosen[2 * at], chosen[2 * at + 1]);
            for (lane, value) in column.iter().enumerate() {
                chosen[at][lane] = if *value < split.below { left[lane] } else { right[lane] };
            }
        }
        width /= 2;
    }
    for (sum, chosen) in sums.iter_mut().zip(chosen[0]) {
        *sum += chosen;
    }
}
