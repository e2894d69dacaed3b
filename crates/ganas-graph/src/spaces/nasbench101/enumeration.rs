//! Enumerates all cells.

use super::spec::{MAX_EDGES, MAX_VERTICES, ModelSpec, OPERATORS, bit};

impl ModelSpec {
    /// Returns all cells of the space without unused vertices: every vertex lies on a path from the
    /// input to the output, so there is nothing to prune. There are 1,293,208 of these cells, in
    /// 423,624 isomorphism classes. They include isomorphic cells that differ only in how their
    /// vertices are numbered.
    ///
    /// The cells are ordered by the number of vertices, then by [`ModelSpec::edge_bits`], and then
    /// by their operators, of which the first is the most significant.
    ///
    /// # Complexity
    /// Tries all 2²¹ matrices of seven vertices, which takes about 20 ms.
    ///
    /// # Source
    /// `nasbench/scripts/generate_graphs.py` generates the same cells in another order.
    pub fn all() -> impl Iterator<Item = Self> {
        (2..=MAX_VERTICES).flat_map(|vertices| {
            (0..1 << bit(0, vertices))
                .filter(move |&edges| is_full(vertices, edges))
                .flat_map(move |edges| labelled(vertices, edges))
        })
    }
}

/// Returns true if every vertex has the incoming and outgoing edges that it needs, and there are at
/// most [`MAX_EDGES`] edges.
fn is_full(vertices: usize, edges: u32) -> bool {
    let into = |vertex: usize| edges >> bit(0, vertex) & ((1 << vertex) - 1);
    let sources = (1..vertices).fold(0, |sources, vertex| sources | into(vertex));
    edges.count_ones() as usize <= MAX_EDGES
        && (1..vertices).all(|vertex| into(vertex) != 0)
        && sources == (1 << (vertices - 1)) - 1
}

fn labelled(vertices: usize, edges: u32) -> impl Iterator<Item = ModelSpec> {
    let inner = vertices - 2;
    let labellings = (0..inner).fold(1, |count, _| count * OPERATORS.len());
    (0..labellings).map(move |mut labelling| {
        let mut operators = [0; MAX_VERTICES - 2];
        for operator in operators[..inner].iter_mut().rev() {
            *operator = u8::try_from(labelling % OPERATORS.len()).expect("three operators");
            labelling /= OPERATORS.len();
        }
        ModelSpec::unchecked(vertices, edges, operators)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the number of distinct hashes for each number of vertices, and the total number of
    /// labelled cells.
    fn count(most_vertices: usize) -> (Vec<usize>, usize) {
        let mut classes = vec![BTreeSet::new(); most_vertices - 1];
        let specs: Vec<_> =
            ModelSpec::all().take_while(|spec| spec.vertices() <= most_vertices).collect();
        for (spec, hash) in specs.iter().zip(ModelSpec::hashes(&specs)) {
            classes[spec.vertices() - 2].insert(hash);
        }
        (classes.iter().map(BTreeSet::len).collect(), specs.len())
    }

    #[test]
    fn classes_of_up_to_six_vertices_are_the_published_ones() {
        let (classes, labelled) = count(6);
        assert_eq!(classes, [1, 6, 84, 2_441, 62_010]);
        assert_eq!(labelled, 128_509);
    }

    #[test]
    #[ignore = "slow without optimisation: run with --release"]
    fn there_are_423624_classes() {
        let (classes, labelled) = count(7);
        assert_eq!(classes, [1, 6, 84, 2_441, 62_010, 359_082]);
        assert_eq!(classes.iter().sum::<usize>(), 423_624);
        assert_eq!(labelled, 1_293_208);
    }

    #[test]
    fn enumeration_is_ordered_and_pruned() {
        let mut last = None;
        for spec in ModelSpec::all().take_while(|spec| spec.vertices() <= 5) {
            assert_eq!(ModelSpec::from_bits(spec.edge_bits(), spec.operators()), Ok(spec));
            assert!(last < Some(spec), "{spec:?}");
            last = Some(spec);
        }
    }
}
