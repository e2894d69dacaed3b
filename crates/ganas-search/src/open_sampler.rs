//! Random architectures: the one source of random open architectures for all strategies.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ganas_graph::{Arch, ArchHash, Words, moves};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::{Context, Distinct, Proposal};

/// A study's knowledge about the architectures that can be drawn. Lists and counts are made lazily and
/// cached; they do not change any draw.
#[derive(Debug, Default)]
pub struct OpenSampler {
    /// All words (sequences of choices) of the space.
    words: OnceLock<Option<Words>>,
    /// A superset of the words within the cost limits.
    feasible: OnceLock<Option<Words>>,
    /// All architectures that satisfy the constraints, one per key.
    listed: OnceLock<Option<Vec<(Arch, ArchHash)>>>,
    draws: AtomicU64,
    is_short: AtomicBool,
    is_proved: AtomicBool,
}

/// Reason why random sampling fell short in an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SamplingShortfall {
    /// It was not used, or found as many as wanted.
    None,
    /// Nothing is left, as proved by a list or a count.
    Proved,
    /// None found in this many draws.
    NoneFound(u64),
}

impl OpenSampler {
    /// Prepares for an ask; `is_again` if the last one proposed nothing.
    pub(crate) fn begin(&self, is_again: bool) {
        if !is_again {
            self.draws.store(0, Ordering::Relaxed);
        }
        self.is_short.store(false, Ordering::Relaxed);
        self.is_proved.store(false, Ordering::Relaxed);
    }

    pub(crate) fn shortfall(&self) -> SamplingShortfall {
        match (self.is_short.load(Ordering::Relaxed), self.is_proved.load(Ordering::Relaxed)) {
            (false, _) => SamplingShortfall::None,
            (true, true) => SamplingShortfall::Proved,
            (true, false) => SamplingShortfall::NoneFound(self.draws.load(Ordering::Relaxed)),
        }
    }

    /// Counts one architecture as examined.
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

    /// Returns the words within all cost limits that are sums, or within one of them, if they are too
    /// many to count together.
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

    /// Returns all architectures that satisfy the constraints, one per key; `None` if there are,
    /// or may be, too many to list.
    fn listed(&self, context: &Context<'_>) -> Option<&[(Arch, ArchHash)]> {
        let list = || {
            // Lists hold only one number per part of a range.
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

/// Returns the architectures that satisfy the constraints, one per key.
fn distinct(context: &Context<'_>, archs: impl Iterator<Item = Arch>) -> Vec<(Arch, ArchHash)> {
    let mut seen = HashSet::new();
    let feasible = archs.filter(|arch| context.constraints.admit_uncounted(context.space, arch));
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
    /// Returns random, distinct, open proposals: `count` if that many are found, none with a key
    /// in `taken`.
    ///
    /// Draws decision by decision ([`moves::sample`]) and rejects what is not open. If that keeps
    /// failing, there are three ways to continue. If the space has at most 2²¹ words, or at most
    /// that many satisfy the limits on costs that are sums, it lists the rest. If more satisfy these
    /// limits, it draws from them uniformly. Otherwise it searches for feasible architectures,
    /// starting from measured ones and reducing the violation of the constraints
    /// ([`Context::repaired`]).
    ///
    /// A result shorter than `count` is proved complete only if the rest was listed. If the strategy
    /// proposes nothing then, the study ends as exhausted; without a proof, the strategy is asked
    /// again.
    ///
    /// # Complexity
    /// Bounded: each way of drawing gives up after 10,000 draws in a row without an open architecture,
    /// earlier if words are very long.
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

    /// Like [`Context::sample_open`], but uniform over the open architectures of the study: over
    /// isomorphism classes, or over words if those count as distinct ([`Distinct`]).
    ///
    /// This holds in spaces of at most 2¹⁷ words, which are listed, and in spaces that can be counted
    /// ([`Words`]) and know the number of words per class
    /// ([`representations`](ganas_graph::SearchSpace::representations)), if that is at most 1,000 on
    /// average. In spaces that can only be counted, draws are uniform over words. In all others, and
    /// where decisions are answered by numbers, they are uniform decision by decision.
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
        // A count takes a part of a range as one word, however many numbers it has.
        let counted =
            moves::enumerates_all(self.space).then(|| self.open_sampler.words(self)).flatten();
        match counted {
            Some(words) => found.draw(|rng| self.draw_class(words, rng), rng),
            None => found.draw(|rng| Some(moves::sample(self.space, rng)), rng),
        }
        found.draw_rare(rng);
        found.end()
    }

    /// Draws a word, uniformly over keys if the space knows the number of words per class.
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

/// Maximum number of failed draws in a row before another way of drawing is tried. If one in a thousand
/// architectures is open, all fail with probability e⁻¹⁰.
const MAX_FAILURES: usize = 10_000;

/// Maximum number of words drawn per accepted one.
const MAX_ALIKE: usize = 1_000;

/// Maximum work of failed draws in a row; the work of a draw is the square of its length. It bounds the
/// time in spaces whose words have hundreds of choices; with shorter words, 10,000 draws stay below it.
const MAX_WORK: usize = 1 << 30;

/// Maximum number of words that are listed; enough for NAS-Bench-101.
const MAX_LISTED: u128 = 1 << 21;

/// Maximum size of a space whose words are listed before any are drawn.
const MAX_LISTED_FIRST: u128 = 1 << 17;

/// The proposals found so far.
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

    /// Adds an open, new architecture; returns true if it was added.
    pub(crate) fn take(&mut self, arch: Arch) -> bool {
        let proposal = self.context.proposal(arch, "random");
        let is_new = !self.keys.contains(&proposal.key()) && self.context.is_open(&proposal);
        if is_new {
            self.keys.insert(proposal.key());
            self.proposals.push(proposal);
        }
        is_new
    }

    /// Draws until there are enough, or until too many draws in a row fail.
    fn draw<R: Rng + ?Sized>(&mut self, mut draw: impl FnMut(&mut R) -> Option<Arch>, rng: &mut R) {
        let (mut failures, mut work) = (0, 0_usize);
        while self.is_short() && failures < MAX_FAILURES && work < MAX_WORK {
            let Some(arch) = draw(rng) else { return };
            self.context.open_sampler.count();
            let length = arch.choices().len();
            (failures, work) = if self.take(arch) {
                (0, 0)
            } else {
                (failures + 1, work.saturating_add(length.saturating_mul(length)))
            };
        }
    }

    /// Finds what rejection sampling missed.
    fn draw_rare(&mut self, rng: &mut (impl Rng + ?Sized)) {
        let context = self.context;
        if !self.is_short() {
            return;
        }
        if let Some(listed) = context.open_sampler.listed(context) {
            let is_left = |(_, key): &&(Arch, ArchHash)| {
                !self.keys.contains(key) && !context.history.contains(*key)
            };
            let mut left: Vec<_> = listed.iter().filter(is_left).collect();
            let missing = (self.wanted - self.proposals.len()).min(left.len());
            left.partial_shuffle(rng, missing);
            // The drawn ones are at the end.
            for (arch, _) in left.into_iter().rev().take(missing) {
                self.take(arch.clone());
            }
            if self.is_short() {
                context.open_sampler.end(moves::enumerates_all(context.space));
            }
            return;
        }
        if let Some(words) = context.open_sampler.feasible(context) {
            self.draw(|rng| context.draw_class(words, rng), rng);
        }
        self.search(rng);
        if self.is_short() {
            context.open_sampler.end(false);
        }
    }

    fn end(self) -> Vec<Proposal> {
        self.proposals
    }
}
