//! The importance of each decision, computed with the PED-ANOVA method.

use std::collections::BTreeMap;

use ganas_search::Streams;
use rand::Rng;

use crate::number::whole;
use crate::statistics::quantile;

/// Fraction of the evaluations that count as the best.
const BEST: f64 = 0.1;

/// Fewest evaluations for which importances are computed.
pub(super) const MIN_EVALUATIONS: usize = 20;

/// Number of bootstrap samples. Equally many random sets take the place of the best evaluations, to
/// show how large an importance arises by chance. A quarter as many are used for more than 5,000
/// evaluations.
const DRAWS: usize = 200;

/// The importance of a decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Importance {
    /// Lower end of the 95 % interval, its fraction of the importance of all decisions, upper end.
    pub(super) share: [f64; 3],
    /// Its average fraction if the best evaluations are chosen at random.
    pub(super) chance: f64,
}

/// Returns the importance of each decision, given its category in each evaluation, best evaluation
/// first.
///
/// The importance of a decision is the Pearson divergence Σ p(c) (q(c) ∕ p(c) − 1)² between the
/// frequencies of its choices among all evaluations, p, and among the best tenth, q, as a fraction
/// of the sum over all decisions. It measures the effects of single decisions, not those of
/// combinations. The interval is a bootstrap interval over evaluations.
///
/// Source: Watanabe, Bansal and Hutter, "PED-ANOVA: efficiently quantifying hyperparameter
/// importance in arbitrary subspaces", IJCAI 2023, with the frequencies of choices instead of
/// kernel densities.
pub(super) fn importance(decisions: &[Vec<usize>]) -> Vec<Importance> {
    let count = decisions.first().map_or(0, Vec::len);
    let best = best_of(count);
    let categories: Vec<usize> =
        decisions.iter().map(|it| it.iter().max().map_or(0, |most| most + 1)).collect();
    let shares = |times: &[u32], is_best: &[u32]| {
        let one =
            |(of, categories): (&Vec<usize>, &usize)| divergence(of, *categories, times, is_best);
        let all: Vec<f64> = decisions.iter().zip(&categories).map(one).collect();
        let sum: f64 = all.iter().sum();
        all.into_iter().map(|it| if sum > 0.0 { it / sum } else { 0.0 }).collect::<Vec<_>>()
    };
    let once = vec![1; count];
    let first = |times: &[u32]| {
        let mut left = u32::try_from(best).unwrap_or(u32::MAX);
        let take = |times: &u32| {
            let taken = left.min(*times);
            left -= taken;
            taken
        };
        times.iter().map(take).collect::<Vec<_>>()
    };
    let found = shares(&once, &first(&once));
    let mut rng = Streams::new(0).rng("importance", 0, 0);
    let (mut drawn, mut by_chance) =
        (vec![Vec::new(); decisions.len()], vec![0.0; decisions.len()]);
    let draws = if count > 5_000 { DRAWS / 4 } else { DRAWS };
    for _ in 0..draws {
        let (mut times, mut chosen) = (vec![0; count], vec![0; count]);
        (0..count).for_each(|_| times[rng.random_range(0..count)] += 1);
        (0..best).for_each(|_| chosen[rng.random_range(0..count)] += 1);
        let shares_of = [shares(&times, &first(&times)), shares(&once, &chosen)];
        for (at, drawn) in drawn.iter_mut().enumerate() {
            drawn.push(shares_of[0][at]);
            by_chance[at] += shares_of[1][at] / draws as f64;
        }
    }
    let one = |((share, mut drawn), chance): ((f64, Vec<f64>), f64)| {
        drawn.sort_by(f64::total_cmp);
        let end = |at| quantile(&drawn, at).unwrap_or(share);
        // Resampling adds noise, which only increases a divergence.
        Importance { share: [end(0.025).min(share), share, end(0.975).max(share)], chance }
    };
    found.into_iter().zip(drawn).zip(by_chance).map(one).collect()
}

/// Returns the number of evaluations that count as the best.
pub(super) fn best_of(count: usize) -> usize {
    whole((count as f64 * BEST).ceil()).clamp(5.min(count), count)
}

/// Returns the Pearson divergence between two distributions over the categories: that of the best
/// evaluations and that of all evaluations. Each distribution is smoothed by one additional
/// evaluation, spread evenly over all categories.
fn divergence(of: &[usize], categories: usize, times: &[u32], best: &[u32]) -> f64 {
    let (mut all, mut among_best) = (vec![0_u32; categories], vec![0_u32; categories]);
    for (at, category) in of.iter().enumerate() {
        all[*category] += times[at];
        among_best[*category] += best[at];
    }
    let share = |counts: &[u32], at: usize| {
        let sum: u32 = counts.iter().sum();
        (f64::from(counts[at]) + 1.0 / categories as f64) / (f64::from(sum) + 1.0)
    };
    let term = |at| {
        let (p, q) = (share(&all, at), share(&among_best, at));
        p * (q / p - 1.0).powi(2)
    };
    (0..categories).map(term).sum()
}

/// Returns the category of each of a decision's values, which are `None` where it was not made.
/// Equal values share a category, but many different numbers are grouped into tenths by their
/// order.
pub(super) fn categories(values: &[Option<Value>]) -> Vec<usize> {
    let numbers: Option<Vec<f64>> = values.iter().flatten().map(Value::number).collect();
    let mut distinct: Vec<f64> = numbers.unwrap_or_default();
    distinct.sort_by(f64::total_cmp);
    let all = distinct.clone();
    distinct.dedup();
    let is_range = distinct.len() > 12;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let category = |value: &Option<Value>| {
        let name = match value {
            None => String::new(),
            Some(value) => match value.number().filter(|_| is_range) {
                Some(number) => {
                    let below = all.partition_point(|it| *it < number);
                    format!("tenth {}", below * 10 / all.len().max(1))
                }
                None => value.text(),
            },
        };
        let next = names.len();
        *names.entry(name).or_insert(next)
    };
    values.iter().map(category).collect()
}

/// The choice of a decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
}

impl Value {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => crate::number::significant(*number, 4),
            Self::Text(text) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_important_and_noise_is_not() {
        // Best first: the first decision determines the order, the second repeats the same pattern.
        let first: Vec<usize> = (0..200).map(|at| at / 20).collect();
        let second: Vec<usize> = (0..200).map(|at| at % 4).collect();
        let found = importance(&[first, second, vec![0; 200]]);
        assert!(found[0].share[0] > 0.9, "{found:?}");
        assert!(found[1].share[2] < 0.1 && found[2].share[1] < 1e-9, "{found:?}");
        assert!(found[1].chance > found[1].share[1], "{found:?}");
        assert!(found.iter().all(|it| it.share[0] <= it.share[1] && it.share[1] <= it.share[2]));
    }

    #[test]
    fn many_numbers_are_tenths() {
        let numbers: Vec<_> = (0..100).map(|it| Some(Value::Number(f64::from(it)))).collect();
        assert_eq!(categories(&numbers).into_iter().max(), Some(9));
        let texts = [None, Some(Value::Text("a".into())), Some(Value::Text("a".into()))];
        assert_eq!(categories(&texts), [0, 1, 1]);
    }
}
