//! The generator's rewards for the architectures that it samples.

use std::collections::{BTreeMap, HashSet};

use ganas_graph::Arch;
use ganas_search::Context;

use crate::{Novelty, TrainerError};

/// Returns the reward of each episode. This is the score of its architecture, but the worst score
/// of the batch if the architecture is not novel, and less than every score if the architecture
/// violates a hard constraint.
///
/// `score` is called once, on the distinct architectures.
///
/// # Errors
/// Any error that `score` returns.
pub(crate) fn rewards(
    context: &Context<'_>,
    novelty: Novelty,
    archs: &[Arch],
    score: impl FnOnce(&[Arch]) -> Result<Vec<f64>, TrainerError>,
) -> Result<Vec<f64>, TrainerError> {
    let mut distinct: BTreeMap<&Arch, f64> = archs.iter().map(|arch| (arch, 0.0)).collect();
    let unique: Vec<Arch> = distinct.keys().map(|&arch| arch.clone()).collect();
    for (slot, score) in distinct.values_mut().zip(score(&unique)?) {
        *slot = score;
    }
    let lowest = distinct.values().copied().fold(f64::INFINITY, f64::min);
    let mut seen = HashSet::new();
    let earns = |arch: &Arch| match novelty {
        _ if !context.constraints.admit(context.space, arch) => lowest.min(0.0) - 1.0,
        Novelty::Free => distinct[arch],
        _ if context.history.contains(context.key(arch)) => lowest,
        Novelty::Batch if !seen.insert(context.key(arch)) => lowest,
        Novelty::Study | Novelty::Batch => distinct[arch],
    };
    Ok(archs.iter().map(earns).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, cell};

    const GOOD: [u8; 6] = [3, 3, 3, 3, 3, 3];
    const FAIR: [u8; 6] = [3, 0, 0, 0, 3, 0];
    const POOR: [u8; 6] = [1, 1, 1, 1, 1, 1];

    /// The same network as [`FAIR`]: its second edge leads to a node without outgoing edges.
    const FAIR_TOO: [u8; 6] = [3, 2, 0, 0, 3, 0];

    /// Returns the rewards of a batch. An architecture scores 9 if its first two edges are 3 × 3
    /// convolutions, 4 if only the first is one, and −2 otherwise.
    fn earned(fixture: Fixture, novelty: Novelty, batch: &[[u8; 6]]) -> Vec<f64> {
        let archs: Vec<_> = batch.iter().copied().map(cell).collect();
        let score = |arch: &Arch| match arch.choices() {
            [3, 3, ..] => 9.0,
            [3, ..] => 4.0,
            _ => -2.0,
        };
        fixture.with_context(move |context| {
            rewards(context, novelty, &archs, |archs| Ok(archs.iter().map(score).collect()))
                .unwrap()
        })
    }

    #[test]
    fn what_is_new_earns_its_score() {
        for novelty in [Novelty::Free, Novelty::Study, Novelty::Batch] {
            assert_eq!(earned(Fixture::new(), novelty, &[FAIR, GOOD, POOR]), [4.0, 9.0, -2.0]);
        }
    }

    #[test]
    fn what_is_measured_earns_as_little_as_the_worst() {
        let known = || Fixture::new().knowing([cell(FAIR)]);
        // Another notation of the same network counts as measured too.
        let batch = [FAIR, GOOD, FAIR_TOO, POOR];
        for novelty in [Novelty::Study, Novelty::Batch] {
            assert_eq!(earned(known(), novelty, &batch), [-2.0, 9.0, -2.0, -2.0]);
        }
        assert_eq!(earned(known(), Novelty::Free, &batch), [4.0, 9.0, 4.0, -2.0]);
    }

    #[test]
    fn only_the_first_of_a_class_in_the_batch_is_new() {
        let batch = [GOOD, FAIR, FAIR_TOO, POOR, GOOD];
        let of = |novelty| earned(Fixture::new(), novelty, &batch);
        assert_eq!(of(Novelty::Batch), [9.0, 4.0, -2.0, -2.0, -2.0]);
        assert_eq!(of(Novelty::Study), [9.0, 4.0, 4.0, -2.0, 9.0]);
        assert_eq!(of(Novelty::Free), [9.0, 4.0, 4.0, -2.0, 9.0]);
    }

    #[test]
    fn what_breaks_a_constraint_earns_less_than_any() {
        let limited = || Fixture::new().limited("params=0.8");
        for novelty in [Novelty::Free, Novelty::Study, Novelty::Batch] {
            // Less than the worst, and negative if all scores are above zero.
            assert_eq!(earned(limited(), novelty, &[GOOD, FAIR, POOR]), [-3.0, 4.0, -2.0]);
            assert_eq!(earned(limited(), novelty, &[GOOD, FAIR]), [-1.0, 4.0]);
        }
    }

    #[test]
    fn each_distinct_architecture_is_scored_once() {
        let archs = [GOOD, FAIR, GOOD, GOOD].map(cell);
        let asked = Fixture::new().with_context(move |context| {
            let mut asked = Vec::new();
            let score = |archs: &[Arch]| {
                asked.extend_from_slice(archs);
                Ok(vec![0.0; archs.len()])
            };
            rewards(context, Novelty::Free, &archs, score).unwrap();
            asked
        });
        assert_eq!(asked, [FAIR, GOOD].map(cell));
    }
}
