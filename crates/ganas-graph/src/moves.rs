//! The moves between architectures, implemented once for all search spaces.
//!
//! A move changes some choices and *replays* the decisions that follow. A replayed decision keeps
//! its old choice if the old architecture made the same decision (of the same kind, about the same
//! node or edge) and the choice is still allowed. Otherwise, the choice is random. The new
//! architecture therefore always belongs to the space.
//!
//! Each choice of a numeric decision stands for a part of a range. A numeric decision that keeps
//! its choice also keeps its number. If a numeric decision has a new choice, its number is drawn
//! from the chosen part, uniformly on the range's scale (linear or logarithmic). In a space without
//! numeric decisions, no such numbers are drawn.

use rand::Rng;
use rand::seq::IteratorRandom;

use crate::{Arch, Builder, Decision, NumberRange, SearchSpace, Subject};

/// Returns a random architecture. Each choice is drawn uniformly from those that its decision
/// allows.
pub fn sample(space: &dyn SearchSpace, rng: &mut (impl Rng + ?Sized)) -> Arch {
    build(space, |_, decision| uniform(space, decision, rng))
}

/// Returns a copy of `arch` with the same choices, in which each number is replaced by a random
/// number. The choice in a numeric decision is a part of a range. The random number is drawn from
/// this part, uniformly on the range's scale (linear or logarithmic). If `arch` has no numbers,
/// `rng` is not used.
pub fn draw_numbers(space: &dyn SearchSpace, arch: &Arch, rng: &mut (impl Rng + ?Sized)) -> Arch {
    if arch.numbers().is_empty() {
        return arch.clone();
    }
    build(space, |at, decision| drawn(space, decision, arch.choices()[at], rng))
}

/// Returns a copy of `arch` in which one decision has a different answer (another choice or another
/// number). The decision is drawn uniformly from all decisions that allow another answer. Returns
/// `None` if there is no such decision. Later decisions keep their answers if these are still
/// allowed. Otherwise, their answers are drawn uniformly.
///
/// The new choice is drawn uniformly from all other choices that the decision allows. If the
/// choices are ordered, then with probability 1/2 it is drawn only from the nearest allowed choices
/// below and above the old one.
///
/// If the decision is numeric, then with probability 1/2 a number near the old one is drawn. It
/// becomes the new answer if the decision allows it. In all other cases, a new choice is drawn as
/// above. The number near the old one is drawn from an interval around the old number, uniformly on
/// the scale (linear or logarithmic) of the range. On this scale, the parts of the range that are
/// the decision's choices have equal widths. On each side of the old number, the interval extends
/// by the width of one part times a random power of 1/2 (1, 1/2, 1/4, …). If the range has steps,
/// the interval always includes the adjacent steps. If no other choice is allowed, the new answer
/// is another number from the same part.
pub fn mutate(space: &dyn SearchSpace, arch: &Arch, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
    let word = Word::of(space, arch);
    let position = (0..word.decisions.len())
        .filter(|&position| {
            let (decision, old) = (&word.decisions[position], word.answers[position]);
            decision.allowed.count() > 1 || varies(space, decision, old)
        })
        .choose(rng)?;
    let answer = other(space, &word.decisions[position], word.answers[position], rng)?;
    Some(build(space, |at, decision| match at {
        _ if at < position => word.answers[at],
        _ if at == position => answer,
        _ => word.kept(at, decision).unwrap_or_else(|| uniform(space, decision, rng)),
    }))
}

/// Returns a child of two parents. For each decision, one of the parents is drawn at random, and
/// the child takes that parent's answer. If that parent did not make the decision, or if the
/// parent's choice is not allowed in the child, the child takes the other parent's answer. If that
/// is not possible either, the answer is random.
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
            .unwrap_or_else(|| uniform(space, decision, rng))
    })
}

/// Returns the neighbours of `arch`: the architectures that result from another answer to one
/// decision. They are ordered by the position of the changed decision and then by its new choice.
/// If a neighbour has decisions that `arch` does not have, their answers are random.
///
/// A neighbour keeps the answers to all other decisions that it shares with `arch`. If the change
/// makes one of these answers invalid, the neighbour is omitted, unless the decision concerned now
/// allows exactly one choice. In that case, the neighbour gets that choice.
///
/// A numeric decision leads to one neighbour for each allowed part of its range, except the part
/// chosen in `arch`. If that part contains several numbers, one more neighbour follows, with
/// another number from the same part.
pub fn neighbours(
    space: &dyn SearchSpace,
    arch: &Arch,
    rng: &mut (impl Rng + ?Sized),
) -> Vec<Arch> {
    let word = Word::of(space, arch);
    let mut found = Vec::new();
    for (position, decision) in word.decisions.iter().enumerate() {
        let old = word.answers[position];
        let others = decision.allowed.without(old.choice).iter();
        let same = varies(space, decision, old).then_some(old.choice);
        for choice in others.chain(same) {
            let answer = if choice == old.choice {
                another_in_part(space, decision, old, rng)
            } else {
                drawn(space, decision, choice, rng)
            };
            let mut kept_all = true;
            let neighbour = build(space, |at, decision| match at {
                _ if at < position => word.answers[at],
                _ if at == position => answer,
                _ => word.kept(at, decision).unwrap_or_else(|| {
                    let free = word.find(at, decision).is_none();
                    kept_all &= free || decision.allowed.count() == 1;
                    uniform(space, decision, rng)
                }),
            });
            if kept_all {
                found.push(neighbour);
            }
        }
    }
    found
}

/// Returns true if [`enumerate`] yields every architecture. `enumerate` yields only one number per
/// part of a numeric range, so the result is false if a part contains several numbers.
pub fn enumerates_all(space: &dyn SearchSpace) -> bool {
    space.kinds().iter().all(|kind| {
        let parts = 0..u8::try_from(kind.choices.len()).unwrap_or(u8::MAX);
        let varies =
            |range: NumberRange| parts.clone().any(|part| range.varies(part, kind.choices.len()));
        !kind.range.is_some_and(varies)
    })
}

/// Returns one architecture for each possible sequence of choices, in lexicographic order. The
/// number of a numeric decision is the middle of the chosen part of its range.
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
        let higher = |choice: &u8| *choice > word.answers[position].choice;
        Some((position, word.decisions[position].allowed.iter().find(higher)?))
    })?;
    Some(build(space, |at, decision| match at {
        _ if at < position => word.answers[at],
        _ if at == position => Answer { choice, number: None },
        _ => lowest(decision),
    }))
}

/// The answer to a decision. If the decision is numeric and the number is missing, the middle of
/// the chosen part counts as the number.
#[derive(Debug, Clone, Copy)]
struct Answer {
    choice: u8,
    number: Option<f64>,
}

/// An architecture together with the decisions that its choices answer.
struct Word {
    decisions: Vec<Decision>,
    answers: Vec<Answer>,
}

impl Word {
    fn of(space: &dyn SearchSpace, arch: &Arch) -> Self {
        let (choices, mut numbers) = (arch.choices(), arch.numbers().iter());
        let decisions: Vec<_> =
            (0..choices.len()).map_while(|at| space.next(&choices[..at])).collect();
        let answer = |(decision, &choice): (&Decision, &u8)| {
            let range = space.kinds()[decision.kind].range;
            let number = range.and_then(|_| numbers.next()).map(|number| number.get());
            Answer { choice, number }
        };
        let answers = decisions.iter().zip(choices).map(answer).collect();
        Self { decisions, answers }
    }

    /// Returns this word's answer to `decision`. The search starts at the most likely position,
    /// `at`.
    fn find(&self, at: usize, decision: &Decision) -> Option<Answer> {
        let key = |decision: &Decision| -> (usize, Subject) { (decision.kind, decision.subject) };
        let same = |position: &usize| key(&self.decisions[*position]) == key(decision);
        let position = Some(at)
            .filter(|at| *at < self.decisions.len() && same(at))
            .or_else(|| (0..self.decisions.len()).find(same))?;
        Some(self.answers[position])
    }

    fn kept(&self, at: usize, decision: &Decision) -> Option<Answer> {
        self.find(at, decision).filter(|answer| decision.allowed.contains(answer.choice))
    }
}

fn build(space: &dyn SearchSpace, mut choose: impl FnMut(usize, &Decision) -> Answer) -> Arch {
    let mut builder = Builder::new(space);
    while let Some(decision) = builder.decision() {
        let Answer { choice, number } = choose(builder.choices().len(), decision);
        let chosen = match number {
            Some(number) => builder.choose_with(choice, number),
            None => builder.choose(choice),
        };
        chosen.expect("moves choose from the mask, and numbers from its parts");
    }
    builder.finish().expect("no decision is left")
}

fn uniform(space: &dyn SearchSpace, decision: &Decision, rng: &mut (impl Rng + ?Sized)) -> Answer {
    let choice = decision.allowed.iter().choose(rng);
    drawn(space, decision, choice.expect("a space never gives an empty mask"), rng)
}

fn lowest(decision: &Decision) -> Answer {
    let choice = decision.allowed.iter().next().expect("a space never gives an empty mask");
    Answer { choice, number: None }
}

/// Returns an answer with the given choice and, if the decision is numeric, a number drawn from the
/// chosen part.
fn drawn(
    space: &dyn SearchSpace,
    decision: &Decision,
    choice: u8,
    rng: &mut (impl Rng + ?Sized),
) -> Answer {
    let kind = &space.kinds()[decision.kind];
    let number = kind.range.map(|range| range.draw_in(choice, kind.choices.len(), rng));
    Answer { choice, number }
}

/// Returns an answer other than `old`, if there is one.
fn other(
    space: &dyn SearchSpace,
    decision: &Decision,
    old: Answer,
    rng: &mut (impl Rng + ?Sized),
) -> Option<Answer> {
    let kind = &space.kinds()[decision.kind];
    if let (Some(range), Some(number)) = (kind.range, old.number)
        && rng.random_bool(0.5)
    {
        let near = range.near(number, kind.choices.len(), rng);
        let choice = range.part_of(near, kind.choices.len());
        if decision.allowed.contains(choice) {
            return Some(Answer { choice, number: Some(near) });
        }
    }
    if kind.ordered
        && rng.random_bool(0.5)
        && let Some(choice) = adjacent(decision, old.choice, rng)
    {
        return Some(drawn(space, decision, choice, rng));
    }
    match decision.allowed.without(old.choice).iter().choose(rng) {
        Some(choice) => Some(drawn(space, decision, choice, rng)),
        None => varies(space, decision, old).then(|| another_in_part(space, decision, old, rng)),
    }
}

/// Draws the next lower or the next higher allowed choice; `None` if there is neither.
fn adjacent(decision: &Decision, choice: u8, rng: &mut (impl Rng + ?Sized)) -> Option<u8> {
    let lower = decision.allowed.iter().take_while(|other| *other < choice).last();
    let higher = decision.allowed.iter().find(|other| *other > choice);
    lower.into_iter().chain(higher).choose(rng)
}

/// Returns true if the decision has another answer with the same choice but another number.
fn varies(space: &dyn SearchSpace, decision: &Decision, old: Answer) -> bool {
    let kind = &space.kinds()[decision.kind];
    kind.range.is_some_and(|range| range.varies(old.choice, kind.choices.len()))
}

fn another_in_part(
    space: &dyn SearchSpace,
    decision: &Decision,
    old: Answer,
    rng: &mut (impl Rng + ?Sized),
) -> Answer {
    let kind = &space.kinds()[decision.kind];
    let another = |(range, number): (NumberRange, f64)| {
        range.another_in(old.choice, kind.choices.len(), number, rng)
    };
    Answer { choice: old.choice, number: kind.range.zip(old.number).map(another) }
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
