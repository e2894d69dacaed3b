//! Ways from one architecture to another, written once for all search spaces.
//!
//! A move changes some choices and *replays* the rest: each later decision keeps its old choice if
//! the same decision (kind and subject) was answered before and the choice is still allowed; a
//! decision that is new is answered at random. So a move never leaves the space.

use rand::Rng;
use rand::seq::IteratorRandom;

use crate::{Arch, Builder, Decision, SearchSpace, Subject};

/// A random architecture: every decision uniform over what its mask allows.
pub fn sample(space: &dyn SearchSpace, rng: &mut (impl Rng + ?Sized)) -> Arch {
    build(space, |_, decision| uniform(decision, rng))
}

/// A copy of `arch` in which one decision, drawn uniformly, has another choice.
///
/// `None` if no decision has an alternative.
pub fn mutate(space: &dyn SearchSpace, arch: &Arch, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
    let word = Word::of(space, arch);
    let position = (0..word.decisions.len())
        .filter(|&position| word.decisions[position].allowed.count() > 1)
        .choose(rng)?;
    let others = word.decisions[position].allowed.without(word.choices[position]);
    let choice = others.iter().choose(rng)?;
    Some(build(space, |at, decision| match at {
        _ if at < position => word.choices[at],
        _ if at == position => choice,
        _ => word.kept(at, decision).unwrap_or_else(|| uniform(decision, rng)),
    }))
}

/// A child of two parents: each decision takes the choice of one of them, drawn uniformly, where
/// that parent answered the decision and the choice is allowed; else the other's, else a random one.
pub fn crossover(
    space: &dyn SearchSpace,
    first: &Arch,
    second: &Arch,
    rng: &mut (impl Rng + ?Sized),
) -> Arch {
    let (first, second) = (Word::of(space, first), Word::of(space, second));
    build(space, |at, decision| {
        let (one, other) = if rng.random_bool(0.5) { (&first, &second) } else { (&second, &first) };
        one.kept(at, decision)
            .or_else(|| other.kept(at, decision))
            .unwrap_or_else(|| uniform(decision, rng))
    })
}

/// All architectures that differ from `arch` in one decision and keep the choice of every other
/// decision they share, but for choices that the change leaves no alternative to, in the order of
/// decisions and choices. Decisions that only the neighbour has are answered at random.
pub fn neighbours(
    space: &dyn SearchSpace,
    arch: &Arch,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<Arch> {
    let word = Word::of(space, arch);
    let mut found = Vec::new();
    for (position, decision) in word.decisions.iter().enumerate() {
        for choice in decision.allowed.without(word.choices[position]).iter() {
            let mut kept_all = true;
            let neighbour = build(space, |at, decision| match at {
                _ if at < position => word.choices[at],
                _ if at == position => choice,
                _ => word.kept(at, decision).unwrap_or_else(|| {
                    let free = word.find(at, decision).is_none();
                    kept_all &= free || decision.allowed.count() == 1;
                    uniform(decision, rng)
                }),
            });
            if kept_all {
                found.push(neighbour);
            }
        }
    }
    found
}

/// Every architecture of the space, in lexicographic order of choices.
pub fn enumerate(space: &dyn SearchSpace) -> impl Iterator<Item = Arch> {
    let mut next = Some(build(space, |_, decision| lowest(decision)));
    std::iter::from_fn(move || {
        let current = next.take()?;
        next = successor(space, &current);
        Some(current)
    })
}

fn successor(space: &dyn SearchSpace, arch: &Arch) -> Option<Arch> {
    let word = Word::of(space, arch);
    let (position, choice) = (0..word.decisions.len()).rev().find_map(|position| {
        let higher = |choice: &u8| *choice > word.choices[position];
        Some((position, word.decisions[position].allowed.iter().find(higher)?))
    })?;
    Some(build(space, |at, decision| match at {
        _ if at < position => word.choices[at],
        _ if at == position => choice,
        _ => lowest(decision),
    }))
}

/// An architecture with the decisions that its choices answer.
struct Word<'a> {
    decisions: Vec<Decision>,
    choices: &'a [u8],
}

impl<'a> Word<'a> {
    fn of(space: &dyn SearchSpace, arch: &'a Arch) -> Self {
        let choices = arch.choices();
        let decisions = (0..choices.len()).map_while(|at| space.next(&choices[..at])).collect();
        Self { decisions, choices }
    }

    /// The choice that answered `decision` here; `at` is where it most likely stands.
    fn find(&self, at: usize, decision: &Decision) -> Option<u8> {
        let key = |decision: &Decision| -> (usize, Subject) { (decision.kind, decision.subject) };
        let same = |position: &usize| key(&self.decisions[*position]) == key(decision);
        let position = Some(at)
            .filter(|at| *at < self.decisions.len() && same(at))
            .or_else(|| (0..self.decisions.len()).find(same))?;
        Some(self.choices[position])
    }

    fn kept(&self, at: usize, decision: &Decision) -> Option<u8> {
        self.find(at, decision).filter(|choice| decision.allowed.contains(*choice))
    }
}

fn build(space: &dyn SearchSpace, mut choose: impl FnMut(usize, &Decision) -> u8) -> Arch {
    let mut builder = Builder::new(space);
    while let Some(decision) = builder.decision() {
        let choice = choose(builder.choices().len(), decision);
        builder.choose(choice).expect("moves choose from the mask");
    }
    builder.finish().expect("no decision is left")
}

fn uniform(decision: &Decision, rng: &mut (impl Rng + ?Sized)) -> u8 {
    decision.allowed.iter().choose(rng).expect("a space never gives an empty mask")
}

fn lowest(decision: &Decision) -> u8 {
    decision.allowed.iter().next().expect("a space never gives an empty mask")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::spaces::NasBench201;

    fn distance(first: &Arch, second: &Arch) -> usize {
        first.choices().iter().zip(second.choices()).filter(|(a, b)| a != b).count()
    }

    #[test]
    fn mutation_changes_one_choice() {
        let (space, mut rng) = (NasBench201::default(), ChaCha8Rng::seed_from_u64(1));
        for _ in 0..100 {
            let arch = sample(&space, &mut rng);
            let child = mutate(&space, &arch, &mut rng).unwrap();
            assert_eq!(distance(&arch, &child), 1);
        }
    }

    #[test]
    fn crossover_takes_from_its_parents() {
        let (space, mut rng) = (NasBench201::default(), ChaCha8Rng::seed_from_u64(2));
        let (first, second) = (sample(&space, &mut rng), sample(&space, &mut rng));
        for _ in 0..20 {
            let child = crossover(&space, &first, &second, &mut rng);
            for (position, choice) in child.choices().iter().enumerate() {
                assert!([first.choices()[position], second.choices()[position]].contains(choice));
            }
        }
    }

    #[test]
    fn neighbours_are_all_one_choice_away() {
        let (space, mut rng) = (NasBench201::default(), ChaCha8Rng::seed_from_u64(3));
        let arch = sample(&space, &mut rng);
        let found = neighbours(&space, &arch, &mut rng);
        assert_eq!(found.len(), 6 * 4);
        assert!(found.iter().all(|neighbour| distance(&arch, neighbour) == 1));
    }

    #[test]
    fn enumeration_visits_every_architecture_once() {
        let all: Vec<_> = enumerate(&NasBench201::default()).collect();
        assert_eq!(all.len(), 15_625);
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
