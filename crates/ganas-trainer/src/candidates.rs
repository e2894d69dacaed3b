//! Candidates of a round: from the generator, from mutations and from evolution on the score.

use std::collections::HashSet;

use ganas_graph::{Arch, ArchHash, moves};
use ganas_search::{Context, Proposal, Trial};
use rand::Rng;

use crate::{CandidateConfig, TrainerError};

/// Candidates of one source, each open and of a class of its own.
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

    /// Adds what is open and not in the pool yet; says whether it was.
    pub(crate) fn offer(&mut self, context: &Context<'_>, arch: Arch) -> bool {
        let open = context.open_proposal(arch, self.source);
        let fresh = open.filter(|proposal| self.keys.insert(proposal.key()));
        let is_fresh = fresh.is_some();
        self.proposals.extend(fresh);
        is_fresh
    }

    /// The architectures.
    pub(crate) fn archs(&self) -> Vec<Arch> {
        self.proposals.iter().map(|proposal| proposal.arch().clone()).collect()
    }

    /// Mutations with one other choice of each parent, or with more where [`mutated`] needs them.
    pub(crate) fn mutations(
        context: &Context<'_>,
        parents: &[&Trial],
        per_parent: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Self {
        let mut pool = Self::new("mutation");
        for parent in parents {
            for _ in 0..per_parent {
                if let Some(child) = mutated(context, &parent.arch, rng) {
                    pool.offer(context, child);
                }
            }
        }
        pool
    }

    /// The end of an evolution on the discriminator's `score`, from the truth set: each generation
    /// keeps the best of parents and of children that break no constraint. Nothing is evaluated.
    pub(crate) fn evolved(
        context: &Context<'_>,
        parents: &[&Trial],
        config: &CandidateConfig,
        score: impl Fn(&[Arch]) -> Result<Vec<f64>, TrainerError>,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Self, TrainerError> {
        let mut pool = Self::new("evolution");
        let mut population: Vec<Arch> = parents.iter().map(|trial| trial.arch.clone()).collect();
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

/// Most choices that a mutation changes until it breaks no constraint.
const MAX_CHANGES: usize = 6;

/// A mutation with one other choice. If it breaks a constraint, choices are changed on until it breaks
/// none: from a network at a limit, all ways to better ones may lead through two changes at least; in the
/// end only such as do not make it worse ([`Context::repaired`]). `None` if no choice has an alternative, or
/// the changes came to no end.
fn mutated(context: &Context<'_>, arch: &Arch, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
    let mut child = moves::mutate(context.space, arch, rng)?;
    for _ in 1..MAX_CHANGES {
        if context.constraints.admit(context.space, &child) {
            return Some(child);
        }
        child = moves::mutate(context.space, &child, rng)?;
    }
    context.repaired(&child, rng)
}

/// Children of random parents that break no constraint: crossover half of the time, then a mutation.
/// Fewer than `count` where constraints leave little room.
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

/// The `count` with the highest scores, highest first, the earlier of equals first.
pub(crate) fn best(archs: Vec<Arch>, scores: &[f64], count: usize) -> Vec<Arch> {
    let mut order: Vec<_> = archs.into_iter().zip(scores).collect();
    order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    order.into_iter().take(count).map(|(arch, _)| arch).collect()
}

/// Chooses a round: first each source's share from its own best, then the best of all that is left.
/// Pools come with the discriminator's scores, which the proposals keep, and with shares.
pub(crate) fn choose(pools: Vec<(Pool, Vec<f64>, f64)>, count: usize) -> Vec<Proposal> {
    let mut taken = HashSet::new();
    let mut chosen = Vec::new();
    let mut rest = Vec::new();
    for (pool, scores, share) in pools {
        let scored = |(proposal, score): (Proposal, f64)| {
            (proposal.predicted("discriminator", score), score)
        };
        let mut ranked: Vec<_> = pool.proposals.into_iter().zip(scores).map(scored).collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let (quota, mut own) = ((share * count as f64).round(), 0);
        for (proposal, score) in ranked {
            if f64::from(own) < quota && chosen.len() < count && taken.insert(proposal.key()) {
                chosen.push(proposal);
                own += 1;
            } else {
                rest.push((proposal, score));
            }
        }
    }
    rest.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    for (proposal, _) in rest {
        if chosen.len() < count && taken.insert(proposal.key()) {
            chosen.push(proposal);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Scene, cell};

    #[test]
    fn a_pool_takes_each_class_once() {
        Scene::new().look(|context| {
            let mut pool = Pool::new("test");
            assert!(pool.offer(context, cell([3, 0, 0, 0, 3, 0])));
            assert!(!pool.offer(context, cell([3, 0, 0, 0, 3, 0])));
            // The second edge leads to a node that nothing leaves, so this is the same network.
            assert!(!pool.offer(context, cell([3, 2, 0, 0, 3, 0])));
            assert_eq!(pool.archs().len(), 1);
        });
    }

    #[test]
    fn shares_come_first_and_then_the_best_of_all() {
        Scene::new().look(|context| {
            let pool = |source, first: u8| {
                let mut pool = Pool::new(source);
                for last in 1..5 {
                    assert!(pool.offer(context, cell([first, 0, 0, 0, last, 0])));
                }
                pool
            };
            let good = (pool("good", 3), vec![9.0, 8.0, 7.0, 6.0], 0.0);
            let shared = (pool("shared", 2), vec![1.0, 4.0, 3.0, 2.0], 0.5);
            let chosen = choose(vec![good, shared], 4);
            let sources: Vec<_> = chosen.iter().map(Proposal::source).collect();
            assert_eq!(sources, ["shared", "shared", "good", "good"]);
            assert_eq!(chosen[0].arch().choices()[4], 2, "the share is the source's best");
        });
    }
}
