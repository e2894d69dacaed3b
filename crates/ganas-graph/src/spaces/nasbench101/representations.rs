//! Counts the words (complete sequences of choices) in the isomorphism class of a cell.

use std::collections::BTreeSet;

use super::spec::{MAX_VERTICES, ModelSpec, bit};

impl ModelSpec {
    /// Returns the number of distinct cells that are isomorphic to this cell, including this cell
    /// itself. Each of them results from a numbering of the inner vertices in which every edge
    /// still leads to a vertex with a higher number.
    ///
    /// # Complexity
    /// Tries at most 120 numberings.
    pub fn labellings(&self) -> u64 {
        let mut orders = Orders { spec: self, order: [0; MAX_VERTICES], found: BTreeSet::new() };
        orders.place(0b1, 1);
        orders.found.len() as u64
    }
}

struct Orders<'s> {
    spec: &'s ModelSpec,
    /// The new number of each placed vertex.
    order: [usize; MAX_VERTICES],
    found: BTreeSet<(u32, [u8; MAX_VERTICES])>,
}

impl Orders<'_> {
    /// Tries each vertex that can come next. `placed` holds the vertices placed so far as bits, and
    /// `count` is their number.
    fn place(&mut self, placed: u32, count: usize) {
        let vertices = self.spec.vertices();
        if count == vertices {
            self.found.insert(self.renumbered());
            return;
        }
        for vertex in (1..vertices).filter(|vertex| placed >> vertex & 1 == 0) {
            let is_last = vertex == vertices - 1;
            if self.spec.predecessors(vertex) & !placed == 0 && is_last == (count == vertices - 1) {
                self.order[vertex] = count;
                self.place(placed | 1 << vertex, count + 1);
            }
        }
    }

    fn renumbered(&self) -> (u32, [u8; MAX_VERTICES]) {
        let (mut edges, mut operators) = (0, [0; MAX_VERTICES]);
        for to in 1..self.spec.vertices() {
            let into = self.spec.predecessors(to);
            for from in (0..to).filter(|from| into >> from & 1 == 1) {
                edges |= 1 << bit(self.order[from], self.order[to]);
            }
            if let Some(operator) = self.spec.operators().get(to - 1) {
                operators[self.order[to]] = *operator;
            }
        }
        (edges, operators)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::Words;
    use crate::spaces::NasBench101;

    /// Checks that [`ModelSpec::labellings`] is the number of labelled cells in each class of cells
    /// with this many vertices.
    fn check(vertices: usize, classes: usize) {
        let all = ModelSpec::all().skip_while(|spec| spec.vertices() < vertices);
        let specs: Vec<_> = all.take_while(|spec| spec.vertices() == vertices).collect();
        let mut found = BTreeMap::new();
        for (spec, hash) in specs.iter().zip(ModelSpec::hashes(&specs)) {
            let (cells, said) = found.entry(hash).or_insert((0, spec.labellings()));
            *cells += 1;
            assert_eq!(*said, spec.labellings(), "{spec:?}");
        }
        assert_eq!(found.len(), classes);
        assert!(found.values().all(|(cells, said)| cells == said));
    }

    #[test]
    fn labellings_are_the_cells_of_a_class() {
        for (vertices, classes) in [(2, 1), (3, 6), (4, 84), (5, 2_441)] {
            check(vertices, classes);
        }
    }

    #[test]
    #[ignore = "slow without optimisation: run with --release"]
    fn labellings_are_the_cells_of_a_class_of_any_size() {
        check(6, 62_010);
        check(7, 359_082);
    }

    /// Of all classes, 84.8 % have seven vertices, and 14.6 % have six.
    #[test]
    fn one_in_so_many_words_is_uniform_over_classes() {
        let (space, mut rng) = (NasBench101::default(), ChaCha8Rng::seed_from_u64(0));
        let words = Words::all(&space).unwrap();
        let mut counts = [0_u32; MAX_VERTICES + 1];
        for _ in 0..30_000 {
            let spec = space.decode(&words.draw(&space, &mut rng).unwrap());
            if rng.random_range(0..spec.labellings()) == 0 {
                counts[spec.vertices()] += 1;
            }
        }
        let all = f64::from(counts.iter().sum::<u32>());
        for (vertices, classes) in [(7, 359_082.0), (6, 62_010.0), (5, 2_441.0)] {
            let share = classes / 423_624.0;
            let error = (share * (1.0 - share) / all).sqrt();
            let found = f64::from(counts[vertices]) / all;
            assert!((found - share).abs() < 4.0 * error, "{vertices}: {found}, {share} ± {error}");
        }
    }
}
