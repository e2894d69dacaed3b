//! Search for feasible architectures. Infeasible ones are changed step by step, so that they
//! violate the constraints less and less.

use ganas_graph::{Arch, moves};
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::Context;
use crate::open_sampler::Found;

impl Context<'_> {
    /// Returns an architecture similar to `arch` that violates no limit on a cost. (Only limits on
    /// costs can be checked before evaluation.) The method changes one decision at a time
    /// ([`moves::mutate`]), and keeps a change if it does not increase the violation
    /// ([`ConstraintSet::violation`](crate::ConstraintSet::violation)). Returns `arch` itself if it
    /// violates no limit on a cost. Returns `None` if no feasible architecture is found.
    ///
    /// # Complexity
    /// The method tries at most 500 changes. If the architecture has more than about 90 decisions,
    /// this maximum is lower, but it is never below 16. The method also gives up after 100 changes
    /// in a row without an improvement.
    pub fn repaired(&self, arch: &Arch, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
        let mut place = arch.clone();
        let mut violation = self.violation(arch);
        let (mut changes, mut idle) = (0, 0);
        let length = arch.choices().len().max(1);
        let most = (MAX_WORK / length / length).clamp(16, MAX_CHANGES);
        while violation > 0.0 {
            if changes >= most || idle >= MAX_IDLE {
                return None;
            }
            let changed = moves::mutate(self.space, &place, rng)?;
            let now = self.violation(&changed);
            (changes, idle) = (changes + 1, if now < violation { 0 } else { idle + 1 });
            if now <= violation {
                (place, violation) = (changed, now);
            }
        }
        Some(place)
    }

    fn violation(&self, arch: &Arch) -> f64 {
        self.open_sampler.count();
        self.constraints.violation(self.space, arch)
    }
}

const MAX_CHANGES: usize = 500;
const MAX_IDLE: usize = 100;
const MAX_WORK: usize = 1 << 22;

/// Number of random architectures drawn for a new start; the descent starts from the least
/// infeasible of them.
const BATCH: usize = 32;

/// Maximum number of feasible architectures used as parents.
const MAX_PARENTS: usize = 256;

/// Maximum number of descents in a row that find no new architecture.
const MAX_MISSES: usize = 200;

impl Found<'_, '_> {
    /// Searches for feasible architectures by descents that reduce the violation
    /// ([`Context::repaired`]). Once some feasible architectures are known, from the history or
    /// from earlier descents, three of four descents start from a child of these; all others start
    /// from the least infeasible of a few random architectures. Does nothing if no cost is limited.
    pub(crate) fn search(&mut self, rng: &mut (impl Rng + ?Sized)) {
        let context = self.context();
        if !context.constraints.limits_costs() {
            return;
        }
        let measured = context.history.trials().iter().rev().map(|trial| trial.arch.clone());
        let mut parents: Vec<Arch> = measured.take(MAX_PARENTS).collect();
        let mut misses = 0;
        while self.is_short() && misses < MAX_MISSES {
            let start = match parents.choose(rng) {
                Some(parent) if rng.random_bool(0.75) => child(context, parent, &parents, rng),
                _ => least_bad(context, rng),
            };
            misses += 1;
            if let Some(arch) = start.and_then(|start| context.repaired(&start, rng))
                && self.take(arch.clone())
            {
                misses = 0;
                if parents.len() < MAX_PARENTS {
                    parents.push(arch);
                }
            }
        }
    }
}

/// Mutates either `parent` or, half of the time, a crossover of `parent` with one of `parents`.
fn child(
    context: &Context<'_>,
    parent: &Arch,
    parents: &[Arch],
    rng: &mut (impl Rng + ?Sized),
) -> Option<Arch> {
    let other = parents.choose(rng).filter(|_| rng.random_bool(0.5));
    let crossed = other.map(|other| moves::crossover(context.space, parent, other, rng));
    moves::mutate(context.space, crossed.as_ref().unwrap_or(parent), rng)
}

/// Returns the least infeasible of some random architectures.
fn least_bad(context: &Context<'_>, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
    let drawn = (0..BATCH).map(|_| moves::sample(context.space, rng));
    let with_violation = drawn.map(|arch| (context.violation(&arch), arch));
    let least = with_violation.min_by(|(one, _), (other, _)| one.total_cmp(other));
    least.map(|(_, arch)| arch)
}
