use std::collections::HashSet;

use ganas_graph::{Arch, ArchHash, SearchSpace, moves};
use ganas_search::{Context, Proposal, Trial};
use rand::Rng;

use crate::{CandidateConfig, TrainerError};

/// Candidates of one source, each open and of a class of its own.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    pub(crate) source: &'static str,
    pub(crate) archs: Vec<Arch>,
    keys: HashSet<ArchHash>,
}

impl Pool {
    pub(crate) fn new(source: &'static str) -> Self {
        Self { source, ..Self::default() }
    }

    /// Adds what is open and not in the pool yet; says whether it was.
    pub(crate) fn offer(&mut self, context: &Context<'_>, arch: Arch) -> bool {
        let fresh = context.is_open(&arch) && self.keys.insert(context.key(&arch));
        if fresh {
            self.archs.push(arch);
        }
        fresh
    }

    /// Mutations with one other choice of each parent.
    pub(crate) fn mutations(
        context: &Context<'_>,
        parents: &[&Trial],
        per_parent: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Self {
        let mut pool = Self::new("mutation");
        for parent in parents {
            for _ in 0..per_parent {
                if let Some(child) = moves::mutate(context.space, &parent.arch, rng) {
                    pool.offer(context, child);
                }
            }
        }
        pool
    }

    /// The end of an evolution on the discriminator's `score`, from the truth set: each generation
    /// keeps the best of parents and children. Nothing is evaluated.
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
            let children = offspring(context.space, &population, config.evolution_population, rng);
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

/// Children of random parents: crossover half of the time, then one mutation.
fn offspring(
    space: &dyn SearchSpace,
    population: &[Arch],
    count: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<Arch> {
    let child = |_| {
        let mut parent = || population[rng.random_range(0..population.len())].clone();
        let (first, second) = (parent(), parent());
        let base = if rng.random_bool(0.5) {
            moves::crossover(space, &first, &second, rng)
        } else {
            first
        };
        moves::mutate(space, &base, rng).unwrap_or(base)
    };
    (0..count).map(child).collect()
}

/// The `count` with the highest scores, highest first, the earlier of equals first.
pub(crate) fn best(archs: Vec<Arch>, scores: &[f64], count: usize) -> Vec<Arch> {
    let mut order: Vec<_> = archs.into_iter().zip(scores).collect();
    order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    order.into_iter().take(count).map(|(arch, _)| arch).collect()
}

/// Chooses a round: first each source's share from its own best, then the best of all that is left.
/// Pools come with scores and shares.
pub(crate) fn choose(
    context: &Context<'_>,
    pools: Vec<(Pool, Vec<f64>, f64)>,
    count: usize,
) -> Vec<Proposal> {
    let mut taken = HashSet::new();
    let mut chosen = Vec::new();
    let mut rest = Vec::new();
    for (pool, scores, share) in pools {
        let mut ranked: Vec<_> = pool.archs.into_iter().zip(scores).collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let (quota, mut own) = ((share * count as f64).round(), 0);
        for (arch, score) in ranked {
            if f64::from(own) < quota && chosen.len() < count && taken.insert(context.key(&arch)) {
                chosen.push(Proposal { arch, source: pool.source });
                own += 1;
            } else {
                rest.push((arch, score, pool.source));
            }
        }
    }
    rest.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    for (arch, _, source) in rest {
        if chosen.len() < count && taken.insert(context.key(&arch)) {
            chosen.push(Proposal { arch, source });
        }
    }
    chosen
}
