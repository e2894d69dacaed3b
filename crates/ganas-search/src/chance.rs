//! Architectures by chance: the one gate to random open architectures, for all strategies.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ganas_graph::{Arch, ArchHash, Words, moves};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::{Context, Distinct, Proposal};

/// What a study knows of the architectures that can be drawn. Lists and counts are made when they are
/// first needed, and kept; they change no draw.
#[derive(Debug, Default)]
pub struct Chance {
    /// All words of the space.
    words: OnceLock<Option<Words>>,
    /// At least those that keep to the limits on costs.
    feasible: OnceLock<Option<Words>>,
    /// All architectures that keep to the constraints, one of each identity.
    listed: OnceLock<Option<Vec<(Arch, ArchHash)>>>,
    draws: AtomicU64,
    is_short: AtomicBool,
    is_proved: AtomicBool,
}

/// What a strategy that proposes nothing was told by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// It was not asked, or gave all that was wanted.
    None,
    /// Nothing is left: what there is was listed, or counted.
    Proved,
    /// None found in so many draws.
    NoneFound(u64),
}

impl Chance {
    /// A strategy is about to be asked, again if it proposed nothing the last time.
    pub(crate) fn begin(&self, is_again: bool) {
        if !is_again {
            self.draws.store(0, Ordering::Relaxed);
        }
        self.is_short.store(false, Ordering::Relaxed);
        self.is_proved.store(false, Ordering::Relaxed);
    }

    pub(crate) fn shortage(&self) -> Shortage {
        match (self.is_short.load(Ordering::Relaxed), self.is_proved.load(Ordering::Relaxed)) {
            (false, _) => Shortage::None,
            (true, true) => Shortage::Proved,
            (true, false) => Shortage::NoneFound(self.draws.load(Ordering::Relaxed)),
        }
    }

    /// An architecture was looked at.
    pub(crate) fn count(&self) {
        self.draws.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self, is_proved: bool) {
        self.is_short.store(true, Ordering::Relaxed);
        self.is_proved.store(is_proved, Ordering::Relaxed);
    }

    fn words(&self, context: &Context<'_>) -> Option<&Words> {
        self.words.get_or_init(|| Words::all(context.space)).as_ref()
    }

    /// The words that keep to all limits on costs that are sums; to one of them, if they are too many to
    /// count together.
    fn feasible(&self, context: &Context<'_>) -> Option<&Words> {
        let count = || {
            let limits = context.constraints.cost_limits();
            if limits.is_empty() {
                return None;
            }
            Words::within(context.space, &limits).or_else(|| {
                let each = limits.iter().filter_map(|one| Words::within(context.space, &[*one]));
                each.min_by_key(Words::count)
            })
        };
        self.feasible.get_or_init(count).as_ref()
    }

    /// All architectures that keep to the constraints, one of each identity; `None` if they are too many
    /// to list, or not known to be few.
    fn listed(&self, context: &Context<'_>) -> Option<&[(Arch, ArchHash)]> {
        let list = || {
            // Lists have one number of each part of a range.
            if !moves::enumerates_all(context.space) {
                return None;
            }
            if is_at_most(context.space.size(), MAX_LISTED) {
                return Some(distinct(context, moves::enumerate(context.space)));
            }
            let words = self.feasible(context)?;
            let list = || distinct(context, words.list(context.space));
            is_at_most(Some(words.count()), MAX_LISTED).then(list)
        };
        self.listed.get_or_init(list).as_deref()
    }
}

/// One architecture of each identity that keeps to the constraints.
fn distinct(context: &Context<'_>, archs: impl Iterator<Item = Arch>) -> Vec<(Arch, ArchHash)> {
    let mut seen = HashSet::new();
    let feasible = archs.filter(|arch| context.constraints.admit_other(context.space, arch));
    let with_key = feasible.map(|arch| {
        let key = context.key(&arch);
        (arch, key)
    });
    with_key.filter(|(_, key)| seen.insert(*key)).collect()
}

fn is_at_most(size: Option<u128>, most: u128) -> bool {
    size.is_some_and(|size| size <= most)
}

impl Context<'_> {
    /// Random, distinct, open proposals, `count` if so many are found, none of an identity `taken`.
    ///
    /// Draws decision by decision ([`moves::sample`]) and rejects what is not open. When that fails for
    /// long, what is left is listed, if the space has at most 2²¹ words, or if so many keep to the limits
    /// on costs that are sums; if more do, they are drawn uniformly. Else the feasible are searched for
    /// from those that were measured, and down the violation of the constraints
    /// ([`Context::repaired`]).
    ///
    /// Fewer than `count` are all that there are only where what is left was listed. If the strategy
    /// proposes nothing then, the study ends as exhausted; where that was not proved, it is asked again.
    ///
    /// # Complexity
    /// Bounded: at most 10,000 draws in a row without an open one for each way to draw, fewer where words
    /// are very long.
    pub fn sample_open(
        &self,
        count: usize,
        taken: &[ArchHash],
        rng: &mut (impl Rng + ?Sized),
    ) -> Vec<Proposal> {
        let mut found = Found::new(self, count, taken);
        found.draw(|rng| Some(moves::sample(self.space, rng)), rng);
        found.draw_rare(rng);
        found.end()
    }

    /// As [`Context::sample_open`], but uniform over the open architectures of the study: over
    /// isomorphism classes, or over words where those count as distinct ([`Distinct`]).
    ///
    /// That holds in spaces of at most 2¹⁷ words, which are listed, and in those that can be counted
    /// ([`Words`]) and say how many words a class has, if that is 1,000 on average at most
    /// ([`representations`](ganas_graph::SearchSpace::representations)). In those that can only be
    /// counted, draws are uniform over words, and in all others, and where decisions are answered by
    /// numbers, uniform decision by decision.
    pub fn sample_uniform(
        &self,
        count: usize,
        taken: &[ArchHash],
        rng: &mut (impl Rng + ?Sized),
    ) -> Vec<Proposal> {
        let mut found = Found::new(self, count, taken);
        if is_at_most(self.space.size(), MAX_LISTED_FIRST) && moves::enumerates_all(self.space) {
            found.draw_rare(rng);
            return found.end();
        }
        // Words count a part of a range once, however many numbers it has.
        let counted = moves::enumerates_all(self.space).then(|| self.chance.words(self)).flatten();
        match counted {
            Some(words) => found.draw(|rng| self.draw_class(words, rng), rng),
            None => found.draw(|rng| Some(moves::sample(self.space, rng)), rng),
        }
        found.draw_rare(rng);
        found.end()
    }

    /// A word, uniform over identities where the space says how many words a class has.
    fn draw_class(&self, words: &Words, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
        let mut drawn = None;
        for _ in 0..MAX_ALIKE {
            let arch = words.draw(self.space, rng)?;
            let alike = match self.distinct {
                Distinct::Isomorphism => self.space.representations(&arch),
                Distinct::String => None,
            };
            let is_kept = alike.is_none_or(|alike| rng.random_range(0..alike.max(1)) == 0);
            drawn = Some(arch);
            if is_kept {
                break;
            }
        }
        drawn
    }
}

/// Draws in a row that may miss before another way to draw is taken: with a share of open architectures
/// of one in a thousand, all miss once in e¹⁰ times.
const MAX_FAILURES: usize = 10_000;

/// Words drawn for one that is kept, at most.
const MAX_ALIKE: usize = 1_000;

/// Most work in a row for nothing: the square of the length, for each draw. It bounds the time in spaces
/// with words of hundreds of choices, and ends no row of 10,000 draws where words are shorter.
const MAX_WORK: usize = 1 << 30;

/// Most words that are listed, NAS-Bench-101's among them; and most in a space of which that is the first
/// thing to do.
const MAX_LISTED: u128 = 1 << 21;
const MAX_LISTED_FIRST: u128 = 1 << 17;

/// Proposals found so far.
pub(crate) struct Found<'c, 'a> {
    context: &'c Context<'a>,
    wanted: usize,
    keys: HashSet<ArchHash>,
    proposals: Vec<Proposal>,
}

impl<'c, 'a> Found<'c, 'a> {
    fn new(context: &'c Context<'a>, wanted: usize, taken: &[ArchHash]) -> Self {
        let keys = taken.iter().copied().collect();
        Self { context, wanted, keys, proposals: Vec::with_capacity(wanted) }
    }

    pub(crate) fn context(&self) -> &'c Context<'a> {
        self.context
    }

    pub(crate) fn is_short(&self) -> bool {
        self.proposals.len() < self.wanted
    }

    /// Takes what is open and new; says whether it was.
    pub(crate) fn take(&mut self, arch: Arch) -> bool {
        let proposal = self.context.proposal(arch, "random");
        let is_new = !self.keys.contains(&proposal.key()) && self.context.is_open(&proposal);
        if is_new {
            self.keys.insert(proposal.key());
            self.proposals.push(proposal);
        }
        is_new
    }

    /// Draws until there are enough, or nothing was open for long.
    fn draw<R: Rng + ?Sized>(&mut self, mut draw: impl FnMut(&mut R) -> Option<Arch>, rng: &mut R) {
        let (mut failures, mut work) = (0, 0_usize);
        while self.is_short() && failures < MAX_FAILURES && work < MAX_WORK {
            let Some(arch) = draw(rng) else { return };
            self.context.chance.count();
            let length = arch.choices().len();
            (failures, work) = if self.take(arch) {
                (0, 0)
            } else {
                (failures + 1, work.saturating_add(length.saturating_mul(length)))
            };
        }
    }

    /// Finds what draws missed.
    fn draw_rare(&mut self, rng: &mut (impl Rng + ?Sized)) {
        let context = self.context;
        if !self.is_short() {
            return;
        }
        if let Some(listed) = context.chance.listed(context) {
            let is_left = |(_, key): &&(Arch, ArchHash)| {
                !self.keys.contains(key) && !context.history.contains(*key)
            };
            let mut left: Vec<_> = listed.iter().filter(is_left).collect();
            let missing = (self.wanted - self.proposals.len()).min(left.len());
            left.partial_shuffle(rng, missing);
            // The drawn ones stand at the end.
            for (arch, _) in left.into_iter().rev().take(missing) {
                self.take(arch.clone());
            }
            if self.is_short() {
                context.chance.end(moves::enumerates_all(context.space));
            }
            return;
        }
        if let Some(words) = context.chance.feasible(context) {
            self.draw(|rng| context.draw_class(words, rng), rng);
        }
        self.search(rng);
        if self.is_short() {
            context.chance.end(false);
        }
    }

    fn end(self) -> Vec<Proposal> {
        self.proposals
    }
}
