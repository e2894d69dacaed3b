//! Decides when new architectures are evaluated in full without a cheap evaluation first, because
//! cheap evaluations no longer lead to progress.
//!
//! It is not known beforehand how much a cheap evaluation reveals, and it may reveal nothing about
//! the best architectures. Two searches therefore take turns: one starts at the lowest rung (level
//! of fidelity), and the other uses only full evaluations. Each search gives way to the other when
//! it has found no improvement for a while.

use std::collections::HashSet;

use ganas_graph::Arch;
use ganas_search::{Context, PromotionRule, Score};

use crate::TrainerConfig;

/// Number of promotions without improvement after which new architectures get a full evaluation. We
/// tried 3, 5, 8 and 10: the search takes longer with 3 and 5 on NAS-Bench-201, and with 10 on
/// NAS-Bench-101's surrogate.
const PROMOTIONS: usize = 8;

/// Number of full evaluations of new architectures without improvement after which cheap
/// evaluations are tried again. A number that starts at 5 and doubles each time gave worse results
/// on ImageNet16-120.
const NEW_ONES: usize = 15;

/// Returns true if full evaluations of new architectures are due. Within a study, the result
/// depends on the history alone.
pub(crate) fn is_due(context: &Context<'_>, config: &TrainerConfig) -> bool {
    let Some(fidelity) = context.fidelity else { return false };
    let is_one_value = config.guide.gaussian_process
        && context.objectives.is_empty()
        && context.constraints.measured_limits().next().is_none();
    if fidelity.rule != PromotionRule::Guided || !is_one_value {
        return false;
    }
    let history = context.history;
    // A promoted architecture keeps the notation it had at the lower rung.
    let cheap = history.partials().iter().filter(|it| it.rung == 0).map(|it| &it.trial.arch);
    let cheap: HashSet<&Arch> = cheap.collect();
    let full = history.trials().iter().filter(|trial| trial.query > 0);
    is_turn_of_new(full.map(|trial| (trial.score, !cheap.contains(&trial.arch))))
}

/// Returns true if full evaluations of new architectures are due. `full` holds, in order, the score
/// of each full evaluation and whether its architecture was new.
fn is_turn_of_new(full: impl Iterator<Item = (Score, bool)>) -> bool {
    let (mut is_turn, mut in_vain, mut best) = (false, 0, None);
    for (score, is_new) in full {
        if best.is_none_or(|best| score > best) {
            (best, in_vain) = (Some(score), 0);
            continue;
        }
        in_vain += usize::from(is_new == is_turn);
        if in_vain >= if is_turn { NEW_ONES } else { PROMOTIONS } {
            (is_turn, in_vain) = (!is_turn, 0);
        }
    }
    is_turn
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;
    use ganas_search::{Direction, Evaluation, Fidelity, Measurement, Study, StudySettings};

    use super::*;
    use crate::GaNas;
    use crate::fixture::small_with;

    fn is_turn(full: &[(f64, bool)]) -> bool {
        let score = |value| Direction::Maximise.score(value);
        is_turn_of_new(full.iter().map(|(value, is_new)| (score(*value), *is_new)))
    }

    #[test]
    fn whoever_finds_nothing_better_lets_the_other_try() {
        let promoted = |values: &[f64]| values.iter().map(|it| (*it, false)).collect::<Vec<_>>();
        assert!(!is_turn(&[]));
        let first = [&[5.0][..], &[1.0; PROMOTIONS - 2], &[5.0]].concat();
        assert!(!is_turn(&promoted(&first)), "one more");
        assert!(!is_turn(&promoted(&[&first[..], &[6.0, 1.0]].concat())), "one was better");
        let in_vain = promoted(&[&first[..], &[0.0]].concat());
        assert!(is_turn(&in_vain));
        let then = |new: &[f64]| {
            let new = new.iter().map(|it| (*it, true));
            is_turn(&in_vain.iter().copied().chain(new).collect::<Vec<_>>())
        };
        assert!(then(&[0.0; NEW_ONES - 1]) && !then(&[0.0; NEW_ONES]));
        assert!(then(&[&[0.0; NEW_ONES - 1][..], &[6.0], &[0.0; NEW_ONES - 1]].concat()));
    }

    /// Returns the best value of a full evaluation and the number of architectures that were new
    /// when fully evaluated. The full value is the number of pooled edges; the cheap value is the
    /// number of convolutions if `is_misleading`, otherwise the full value.
    fn searched(seed: u64, is_misleading: bool, rule: PromotionRule) -> (f64, usize) {
        let fidelity = Fidelity { rule, ..Fidelity::new("epochs", vec![1.0, 10.0]).unwrap() };
        let settings = StudySettings { fidelity: Some(fidelity), ..StudySettings::new(60, seed) };
        let config = small_with(&["guide.gaussian_process=true", "guide.prior=1"]);
        let strategy = GaNas::new("ganas", config).unwrap();
        let space = Arc::new(NasBench201::default());
        let mut study = Study::new(space, Box::new(strategy), settings).unwrap();
        while let Some(open) = study.ask(1).unwrap().pop() {
            let liked = if is_misleading && open.rung.unwrap().rung == 0 { 3 } else { 4 };
            let choices = open.arch.choices().iter();
            let value = choices.filter(|&&choice| choice == liked).count() as f64;
            study.tell(open.trial, Evaluation::Measured(Measurement::new(value))).unwrap();
        }
        let history = study.history();
        assert!(history.spent() <= 60.0 + 1e-9);
        let is_new = |trial: &&ganas_search::Trial| {
            history.partials().iter().all(|it| it.trial.arch != trial.arch)
        };
        let full = history.trials();
        let best = full.iter().map(|it| it.measurement.value).fold(0.0, f64::max);
        (best, full.iter().filter(is_new).count())
    }

    #[test]
    fn a_rung_that_misleads_is_left() {
        for seed in [1, 2] {
            let (best, new) = searched(seed, true, PromotionRule::Guided);
            let (misled, none) = searched(seed, true, PromotionRule::Asha);
            assert!(new > 5 && none == 0, "{new}, {none}");
            assert!(best > misled, "{best}, {misled}");
        }
    }
}
