//! The candidates of a round. They come from the generator, from mutations, from random sampling,
//! from the neighbours of the best architectures, and from evolution. Before the first training,
//! they come from random sampling and from related tasks. The fitness in this evolution is the
//! score that the guide gives. The guide is the set of models that score candidates.

use std::collections::HashSet;

use ganas_graph::{Arch, ArchHash, moves};
use ganas_search::{Context, Proposal};
use rand::Rng;

use crate::{CandidateConfig, TrainerError};

/// Candidates from one source; all are open, and no two are equivalent.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    source: &'static str,
    pub(crate) proposals: Vec<Proposal>,
    keys: HashSet<ArchHash>,
}

impl Pool {
    pub(crate) fn new(source: &'static str) -> Self {
        Self { source, ..Self::default() }
    }

    /// Adds an architecture if it is open and not in the pool yet; returns true if it was added.
    pub(crate) fn offer(&mut self, context: &Context<'_>, arch: Arch) -> bool {
        let open = context.open_proposal(arch, self.source);
        let fresh = open.filter(|proposal| self.keys.insert(proposal.key()));
        let is_fresh = fresh.is_some();
        self.proposals.extend(fresh);
        is_fresh
    }

    /// Adds the candidates that only the other pool has.
    pub(crate) fn merge(&mut self, other: Self) {
        for proposal in other.proposals {
            if self.keys.insert(proposal.key()) {
                self.proposals.push(proposal);
            }
        }
    }

    /// Collects all open neighbours of each parent.
    pub(crate) fn neighbours(
        context: &Context<'_>,
        parents: &[&Arch],
        rng: &mut (impl Rng + ?Sized),
    ) -> Self {
        let mut pool = Self::new("neighbour");
        for parent in parents {
            for arch in moves::neighbours(context.space, parent, rng) {
                pool.offer(context, arch);
            }
        }
        pool
    }

    /// Collects up to `per_parent` mutations of each parent. A mutation changes one choice, or more
    /// choices if [`mutated`] needs this.
    pub(crate) fn mutations(
        context: &Context<'_>,
        parents: &[&Arch],
        per_parent: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Self {
        let mut pool = Self::new("mutation");
        for parent in parents {
            for _ in 0..per_parent {
                if let Some(child) = mutated(context, parent, rng) {
                    pool.offer(context, child);
                }
            }
        }
        pool
    }

    /// Evolves the truth set by the guide's `score` and collects the children, none of which
    /// violates a constraint. Each generation keeps the best of the parents and the children. No
    /// architecture is evaluated.
    pub(crate) fn evolved(
        context: &Context<'_>,
        parents: &[&Arch],
        config: &CandidateConfig,
        mut score: impl FnMut(&[Arch]) -> Result<Vec<f64>, TrainerError>,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Self, TrainerError> {
        let mut pool = Self::new("evolution");
        let mut population: Vec<Arch> = parents.iter().map(|&parent| parent.clone()).collect();
        for _ in 0..config.evolution_generations {
            let children = offspring(context, &population, config.evolution_population, rng);
            for child in &children {
                pool.offer(context, child.clone());
            }
            population.extend(children);
            population.sort_unstable();
            population.dedup();
            let scores = score(&population)?;
            population = best(population, &scores, config.evolution_population / 2);
        }
        Ok(pool)
    }
}

/// Maximum number of random changes in a mutation; if it then still violates a constraint, it is
/// repaired.
const MAX_CHANGES: usize = 6;

/// Returns a mutation of `arch` with one changed choice. As long as the mutation violates a
/// constraint, it is mutated further, since it may take two changes to improve a network at a
/// limit. After [`MAX_CHANGES`] changes, only changes that do not increase the violation are made
/// ([`Context::repaired`]). Returns `None` if no choice has an alternative, or if no feasible
/// mutation is found.
pub(crate) fn mutated(
    context: &Context<'_>,
    arch: &Arch,
    rng: &mut (impl Rng + ?Sized),
) -> Option<Arch> {
    let mut child = moves::mutate(context.space, arch, rng)?;
    for _ in 1..MAX_CHANGES {
        if context.constraints.admit(context.space, &child) {
            return Some(child);
        }
        child = moves::mutate(context.space, &child, rng)?;
    }
    context.repaired(&child, rng)
}

/// Returns children that violate no constraint. Each is a mutation of a random parent or, half of
/// the time, of a crossover of two random parents. There are fewer than `count` children if
/// constraints leave little room.
fn offspring(
    context: &Context<'_>,
    population: &[Arch],
    count: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<Arch> {
    let child = |_| {
        let mut parent = || population[rng.random_range(0..population.len())].clone();
        let (first, second) = (parent(), parent());
        let base = if rng.random_bool(0.5) {
            moves::crossover(context.space, &first, &second, rng)
        } else {
            first
        };
        mutated(context, &base, rng)
    };
    (0..count).filter_map(child).collect()
}

/// Returns the `count` architectures with the highest scores, highest first; ties keep their order.
pub(crate) fn best(archs: Vec<Arch>, scores: &[f64], count: usize) -> Vec<Arch> {
    let mut order: Vec<_> = archs.into_iter().zip(scores).collect();
    order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    order.into_iter().take(count).map(|(arch, _)| arch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, cell};

    #[test]
    fn a_pool_takes_each_class_once() {
        Fixture::new().with_context(|context| {
            let mut pool = Pool::new("test");
            assert!(pool.offer(context, cell([3, 0, 0, 0, 3, 0])));
            assert!(!pool.offer(context, cell([3, 0, 0, 0, 3, 0])));
            // The second edge leads to a node without outgoing edges, so this is the same network.
            assert!(!pool.offer(context, cell([3, 2, 0, 0, 3, 0])));
            assert_eq!(pool.proposals.len(), 1);
        });
    }

    #[test]
    fn what_two_pools_have_is_the_first_ones() {
        Fixture::new().with_context(|context| {
            let pool = |source, firsts: [u8; 2]| {
                let mut pool = Pool::new(source);
                for first in firsts {
                    assert!(pool.offer(context, cell([first, 0, 0, 0, 3, 0])));
                }
                pool
            };
            let mut all = pool("first", [1, 2]);
            all.merge(pool("second", [2, 3]));
            let sources: Vec<_> = all.proposals.iter().map(Proposal::source).collect();
            assert_eq!(sources, ["first", "first", "second"]);
        });
    }
}
