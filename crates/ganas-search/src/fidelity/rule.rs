//! Rules that decide which architectures are evaluated again at a higher fidelity.
//!
//! The decisions of each rule depend only on the results and on the order in which they entered the
//! study's history. A resumed study therefore promotes the same architectures as an uninterrupted
//! one. Under [`PromotionRule::Guided`], the rule decides how many architectures are promoted, and
//! the strategy chooses them, based on the same results.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use ganas_graph::ArchHash;
use serde::{Deserialize, Serialize};

use super::Fidelity;
use crate::{History, Partial, UnknownName};

/// The rule that selects architectures for evaluation at the next rung, which is the next higher
/// fidelity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromotionRule {
    /// Asynchronous successive halving. At any time, this rule promotes the best of the results so
    /// far at each rung. The promoted fraction is 1 / [`Fidelity::reduction`].
    ///
    /// Source: Li et al., "A system for massively parallel hyperparameter tuning", `MLSys` 2020,
    /// algorithm 2.
    Asha,
    /// Divides architectures into groups, called brackets. The size of a bracket is chosen so that
    /// one of its architectures reaches the top rung. At each rung, the rule waits for the results
    /// of all architectures of the bracket that reach this rung. It then promotes the best of these
    /// architectures. The promoted fraction is 1 / [`Fidelity::reduction`].
    ///
    /// Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
    /// optimization", AISTATS 2016, figure 3.
    SuccessiveHalving,
    /// [`PromotionRule::SuccessiveHalving`] with brackets that start at different rungs and are of
    /// different sizes. The first bracket starts at the first rung, the second bracket at the
    /// second rung, and so on. After a bracket that starts at the top rung, the sequence begins
    /// again. This is useful because it is unknown how informative low rungs are.
    ///
    /// Source: Li et al., "Hyperband", JMLR 18, 2018, algorithm 1.
    Hyperband,
    /// Promotes an architecture from a rung if its best score so far is at least the median of the
    /// average scores of other architectures. The average score of an architecture is the mean of
    /// its scores at all rungs up to this one. An architecture is also promoted if fewer than three
    /// others reached the rung before it.
    ///
    /// Source: Golovin et al., "Google Vizier", KDD 2017, section 3.2.2. We differ from the source
    /// in two ways. First, the rule is applied only at rungs, not at every step of training.
    /// Second, it compares an architecture with all others that reached the rung earlier, not only
    /// with those that reached the top rung.
    Median,
    /// Promotes as many architectures from each rung as [`PromotionRule::Asha`] does, but the
    /// study's strategy chooses them. If the strategy has no preference, the study promotes the
    /// architectures with the best values. The strategy may also start new architectures at the top
    /// rung ([`Proposal::at_top`](crate::Proposal::at_top)).
    #[default]
    Guided,
}

/// Promotions due at a rung.
#[derive(Debug)]
pub(crate) struct Due<'h> {
    /// Results at this rung whose architectures have not started at the next rung.
    pub(crate) candidates: Vec<&'h Partial>,
    /// Number of candidates to promote.
    pub(crate) count: usize,
}

impl<'h> Due<'h> {
    /// Returns the candidates that the strategy chose by their indices, or the best ones if it
    /// chose none.
    pub(crate) fn chosen(&self, places: &[usize]) -> Vec<&'h Partial> {
        if places.is_empty() {
            return best(&self.candidates, self.count);
        }
        let chosen = places.iter().filter_map(|&place| self.candidates.get(place));
        chosen.take(self.count).copied().collect()
    }
}

/// Minimum number of other architectures at a rung before the median rule stops any architecture
/// there.
pub(super) const MIN_FOR_MEDIAN: usize = 3;

impl PromotionRule {
    /// Every rule.
    pub const ALL: [Self; 5] =
        [Self::Asha, Self::SuccessiveHalving, Self::Hyperband, Self::Median, Self::Guided];

    /// Returns the rule's name in settings, such as `successive-halving`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asha => "asha",
            Self::SuccessiveHalving => "successive-halving",
            Self::Hyperband => "hyperband",
            Self::Median => "median",
            Self::Guided => "guided",
        }
    }

    /// Returns the rule's default reduction: one in this many architectures is promoted. The
    /// published rules use 3, as in the paper on Hyperband. The guided rule uses 8, chosen from 4,
    /// 8 and 16 with `cargo xtask fidelities` on NAS-Bench-201: searches with 4 are slower at
    /// first, and all three are similar later.
    pub(super) const fn reduction(self) -> f64 {
        if matches!(self, Self::Guided) { 8.0 } else { 3.0 }
    }

    pub(super) fn promotions<'h>(
        self,
        fidelity: &Fidelity,
        history: &'h History,
    ) -> Vec<&'h Partial> {
        let rungs = Rungs::new(fidelity, history);
        let mut promoted = match self {
            Self::Asha => rungs.asha(),
            Self::SuccessiveHalving | Self::Hyperband => rungs.halving(&self.brackets(fidelity)),
            Self::Median => rungs.median(),
            Self::Guided => Vec::new(),
        };
        promoted.retain(|from| !history.is_begun(from.key, from.rung + 1, fidelity.top()));
        promoted
    }

    /// Returns, for each rung from the highest down, the candidates from which the strategy
    /// chooses; none if the rule itself chooses.
    pub(super) fn due<'h>(self, fidelity: &Fidelity, history: &'h History) -> Vec<Due<'h>> {
        if self == Self::Guided { Rungs::new(fidelity, history).due() } else { Vec::new() }
    }

    pub(super) fn first_rung(self, fidelity: &Fidelity, place: usize) -> u32 {
        if self != Self::Hyperband {
            return 0;
        }
        let brackets = self.brackets(fidelity);
        let all: usize = brackets.iter().map(|bracket| bracket.size).sum();
        let mut place = place % all.max(1);
        for bracket in &brackets {
            if place < bracket.size {
                return bracket.first;
            }
            place -= bracket.size;
        }
        0
    }

    /// Returns the brackets. New architectures fill one bracket after the other, then start again
    /// with the first.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded sizes")]
    fn brackets(self, fidelity: &Fidelity) -> Vec<Bracket> {
        let top = fidelity.top();
        let size = |first: u32| {
            let steps = f64::from(top - first);
            let of_all = f64::from(top + 1) / (steps + 1.0);
            let share = if self == Self::Hyperband { of_all } else { 1.0 };
            (share * fidelity.reduction.powf(steps)).ceil().clamp(1.0, 1e6) as usize
        };
        let firsts = if self == Self::Hyperband { 0..=top } else { 0..=0 };
        firsts.map(|first| Bracket { first, size: size(first) }).collect()
    }
}

impl fmt::Display for PromotionRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PromotionRule {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|rule| rule.name() == text).ok_or_else(|| UnknownName {
            what: "promotion rule",
            found: text.into(),
            valid: Self::ALL.iter().map(|rule| rule.name().to_owned()).collect(),
        })
    }
}

/// Architectures that compete with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bracket {
    /// The rung at which the architectures start.
    first: u32,
    /// Number of architectures.
    size: usize,
}

/// The results at each rung except the top one, in the order in which they entered the history.
struct Rungs<'f, 'h> {
    fidelity: &'f Fidelity,
    history: &'h History,
    all: Vec<Vec<&'h Partial>>,
}

impl<'f, 'h> Rungs<'f, 'h> {
    fn new(fidelity: &'f Fidelity, history: &'h History) -> Self {
        let mut all = vec![Vec::new(); fidelity.top() as usize];
        for partial in history.partials() {
            if let Some(rung) = all.get_mut(partial.rung as usize) {
                rung.push(partial);
            }
        }
        Self { fidelity, history, all }
    }

    /// Returns the number of promotions among `count` results.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "less than `count`"
    )]
    fn share(&self, count: usize) -> usize {
        // Adds a small tolerance for inexact shares such as 1 / 3.
        (count as f64 / self.fidelity.reduction + 1e-9).floor() as usize
    }

    fn asha(&self) -> Vec<&'h Partial> {
        let of_rung = |rung: &Vec<&'h Partial>| best(rung, self.share(rung.len()));
        self.all.iter().rev().flat_map(of_rung).collect()
    }

    fn due(&self) -> Vec<Due<'h>> {
        let of_rung = |rung: &Vec<&'h Partial>| {
            let (next, top) = (rung.first()?.rung + 1, self.fidelity.top());
            let is_open = |it: &&&Partial| !self.history.is_begun(it.key, next, top);
            let candidates: Vec<_> = rung.iter().filter(is_open).copied().collect();
            let begun = rung.len() - candidates.len();
            let count = self.share(rung.len()).saturating_sub(begun);
            (count > 0).then_some(Due { candidates, count })
        };
        self.all.iter().rev().filter_map(of_rung).collect()
    }

    fn halving(&self, brackets: &[Bracket]) -> Vec<&'h Partial> {
        let mut promoted = Vec::new();
        for bracket in brackets.iter().filter(|bracket| bracket.first < self.fidelity.top()) {
            let first = &self.all[bracket.first as usize];
            let begins = |partial: &&&Partial| {
                bracket.first == 0 || self.history.partial(partial.key, bracket.first - 1).is_none()
            };
            let begun: Vec<_> = first.iter().filter(begins).copied().collect();
            for members in begun.chunks_exact(bracket.size) {
                promoted.extend(self.winners(bracket.first, members.to_vec()));
            }
        }
        promoted
    }

    /// Returns the members of a bracket that are promoted from the rungs at which the bracket has
    /// all its results.
    fn winners(&self, first: u32, mut members: Vec<&'h Partial>) -> Vec<&'h Partial> {
        let mut all = Vec::new();
        for rung in first..self.fidelity.top() {
            let winners = best(&members, self.share(members.len()));
            all.extend(&winners);
            let next = rung + 1;
            let keys: Vec<_> = winners.iter().map(|winner| winner.key).collect();
            let is_over = |key: &ArchHash| self.history.is_over(*key, next, self.fidelity.top());
            if next == self.fidelity.top() || !keys.iter().all(is_over) {
                break;
            }
            let above = self.all[next as usize].iter();
            members = above.filter(|partial| keys.contains(&partial.key)).copied().collect();
        }
        all
    }

    fn median(&self) -> Vec<&'h Partial> {
        // Sum and number of each architecture's scores so far.
        let mut sums: HashMap<ArchHash, (f64, f64)> = HashMap::new();
        let mut best: HashMap<ArchHash, f64> = HashMap::new();
        let mut averages: Vec<Vec<f64>> = vec![Vec::new(); self.all.len()];
        let mut promoted = Vec::new();
        for partial in self.history.partials() {
            let Some(others) = averages.get_mut(partial.rung as usize) else { continue };
            let score = partial.trial.score.get();
            let (sum, count) = sums.entry(partial.key).or_default();
            (*sum, *count) = (*sum + score, *count + 1.0);
            let highest = best.entry(partial.key).or_insert(score);
            *highest = highest.max(score);
            let worse = others.len() >= MIN_FOR_MEDIAN && *highest < middle(others);
            if !worse {
                promoted.push(partial);
            }
            others.push(*sum / *count);
        }
        promoted
    }
}

/// Returns the `count` best results, best first; ties keep their order.
fn best<'h>(some: &[&'h Partial], count: usize) -> Vec<&'h Partial> {
    let mut sorted = some.to_vec();
    sorted.sort_by_key(|partial| std::cmp::Reverse(partial.trial.score));
    sorted.truncate(count);
    sorted
}

pub(super) fn middle(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}
