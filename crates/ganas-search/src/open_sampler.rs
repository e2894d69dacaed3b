//! Random sampling of open architectures, which are those that can still be proposed. All
//! strategies get their random proposals from here.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ganas_graph::{Arch, ArchHash, Words, moves};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::{Context, Distinct, Proposal};

/// What a study knows about the architectures that it can draw at random. The sampler lists and
/// counts them only when this is needed, and caches the results. The cache has no effect on which
/// architectures are drawn.
#[derive(Debug, Default)]
pub struct OpenSampler {
    /// All words (sequences of choices) of the space.
    words: OnceLock<Option<Words>>,
    /// A set of words that includes every word within the cost limits.
    feasible: OnceLock<Option<Words>>,
    /// All architectures that satisfy the constraints, one per key.
    listed: OnceLock<Option<Vec<(Arch, ArchHash)>>>,
    draws: AtomicU64,
    is_short: AtomicBool,
    is_proved: AtomicBool,
}

/// Reason why random sampling found fewer architectures than wanted in an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SamplingShortfall {
    /// Random sampling was not used, or found as many architectures as wanted.
    None,
    /// No open architecture is left. A complete list of architectures proves this.
    Proved,
    /// Random sampling gave up after this many draws. This does not prove that no open architecture
    /// is left.
    NoneFound(u64),
}

impl OpenSampler {
    /// Prepares for an ask. If the last ask proposed nothing (`is_again`), the count of draws
    /// continues.
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

    /// Counts one examined architecture.
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

    /// Returns the words that satisfy all limits on costs that are sums; `None` if no cost is
    /// limited. If the words cannot be counted under all these limits together, returns the words
    /// that satisfy one of the limits: the one that the fewest words satisfy.
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

    /// Returns all architectures that satisfy the constraints, one per key; `None` if there may be
    /// too many to list, or if a list would be incomplete.
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

/// Returns those of `archs` that satisfy the constraints, one per key.
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
    /// Returns at most `count` random proposals. The proposals are open ([`Context::is_open`]). No
    /// two of them have the same key, and none has a key in `taken`.
    ///
    /// The method first draws architectures by making one random decision after another
    /// ([`moves::sample`]), and rejects those that are not open. If too many draws in a row are
    /// rejected, it continues as follows. In this description, a word is a sequence of choices that
    /// determines an architecture.
    ///
    /// - If the space has at most 2²¹ words, the method lists the open architectures and draws from
    ///   the list. It also does so if at most 2²¹ words satisfy the limits on those costs that are
    ///   sums of whole numbers ([`Words::within`]). It makes no list if a numeric decision has a
    ///   choice that stands for an interval of several numbers, because a list would contain only
    ///   one number of the interval.
    /// - If more words satisfy these limits, the method draws from those words. The draws are
    ///   uniform over isomorphism classes if isomorphic architectures count as one and the space
    ///   supports this. Otherwise, the draws are uniform over words.
    /// - If there are still too few proposals, the method searches for feasible architectures by
    ///   reducing the violation of the constraints ([`Context::repaired`]). Most of these searches
    ///   start from a mutation of an architecture already known to be feasible.
    ///
    /// The result may contain fewer than `count` proposals. If it does, and the open architectures
    /// were listed, no other open architecture is left. If the strategy then proposes nothing, the
    /// study ends because the space is exhausted. If they were not listed, some may be left, so the
    /// study asks again, for at most three rounds in a row.
    ///
    /// # Complexity
    /// The number of draws is bounded. Each way of drawing gives up after 10,000 draws in a row
    /// without a new open architecture, or earlier if architectures have hundreds of decisions.
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

    /// Returns random proposals as [`Context::sample_open`] does, but gives all open architectures
    /// the same probability, as far as possible. Isomorphic architectures count as one
    /// architecture. Under [`Distinct::String`], however, each word (sequence of choices) counts as
    /// one architecture.
    ///
    /// How uniform the draws are depends on the space:
    ///
    /// - If the space has at most 2¹⁷ words, the method lists them, and draws are uniform.
    /// - If words can be counted ([`Words`]), and the space knows the number of words in each
    ///   isomorphism class ([`representations`](ganas_graph::SearchSpace::representations)), draws
    ///   are uniform, provided that classes contain at most 1,000 words on average.
    /// - If words can be counted, but the space does not know the number of words in each class,
    ///   draws are uniform over words.
    /// - In all other spaces, and whenever a choice of a numeric decision stands for several
    ///   numbers, each decision is drawn uniformly from its allowed choices.
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

    /// Draws a word, uniformly over keys if the space knows the number of words in each class.
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

/// Maximum number of failed draws in a row before another way of drawing is tried. If one in a
/// thousand architectures is open, all these draws fail with probability e⁻¹⁰.
const MAX_FAILURES: usize = 10_000;

/// Maximum number of words drawn until one is accepted.
const MAX_ALIKE: usize = 1_000;

/// Maximum total work of failed draws in a row, where the work of a draw is the square of its
/// number of decisions. This limit bounds the time in spaces whose words have hundreds of choices;
/// in other spaces, [`MAX_FAILURES`] draws stay below it.
const MAX_WORK: usize = 1 << 30;

/// Maximum number of words that are listed; enough for NAS-Bench-101.
const MAX_LISTED: u128 = 1 << 21;

/// Uniform sampling lists the words of a space, without drawing first, if there are at most this
/// many.
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

    /// Adds the architecture if it is open and new; returns true if it was added.
    pub(crate) fn take(&mut self, arch: Arch) -> bool {
        let proposal = self.context.proposal(arch, "random");
        let is_new = !self.keys.contains(&proposal.key()) && self.context.is_open(&proposal);
        if is_new {
            self.keys.insert(proposal.key());
            self.proposals.push(proposal);
        }
        is_new
    }

    /// Draws architectures until enough are found, or until too many draws in a row fail.
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

    /// Finds open architectures that rejection sampling missed.
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
