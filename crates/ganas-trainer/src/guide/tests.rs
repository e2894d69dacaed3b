//! The guide learns from its own predictions, and chooses by them.

use ganas_graph::moves;
use ganas_search::Context;

use super::*;
use crate::fixture::{Fixture, small_with};

/// Applies `look` to a guide that is fitted to twenty architectures, and their round.
fn with_guide<T: Send + 'static>(
    setting: &'static str,
    look: impl FnOnce(&mut Guide, &Round<'_>) -> T + Send + 'static,
) -> T {
    Fixture::new().knowing_random(20).with_context(move |context| {
        let config = small_with(&["guide.gaussian_process=true", setting]);
        let mut measured = Measured::default();
        measured.update(context);
        let mut guide = Guide::new(context.space, &config, context.streams).unwrap();
        let round = Round::new(context, &config, &measured);
        guide.update(&round);
        guide.calibrate(&round).unwrap();
        look(&mut guide, &round)
    })
}

/// Returns proposals of architectures that are not measured yet.
fn proposals(context: &Context<'_>, count: usize) -> Vec<Proposal> {
    let mut rng = context.streams.rng("test", 0, 0);
    let draws = std::iter::from_fn(|| Some(moves::sample(context.space, &mut rng)));
    draws.filter_map(|arch| context.open_proposal(arch, "test")).take(count).collect()
}

#[test]
fn a_model_that_predicted_the_measurements_gains_weight() {
    let shares = with_guide("guide.learned=true", |guide, round| {
        let targets = logit_ranks(&round.measured.values);
        let share = |is_process_right: bool| {
            let mut guide = Guide::new(round.context.space, round.config, round.context.streams)?;
            for (arch, target) in round.measured.archs.iter().zip(&targets) {
                let (right, wrong) = (*target, -*target);
                let (discriminator, mean) =
                    if is_process_right { (wrong, right) } else { (right, wrong) };
                let proposal = round.context.proposal(arch.clone(), "test");
                let prediction = Prediction { discriminator, mean, ..Prediction::default() };
                guide.lessons.ask(&proposal, prediction, false);
            }
            guide.update(round);
            Ok::<_, TrainerError>(guide.share)
        };
        assert!(guide.learner.process.is_some());
        (share(true).unwrap(), share(false).unwrap())
    });
    assert!(shares.0 > 0.9 && shares.1 < 0.1, "{shares:?}");
}

#[test]
fn without_a_weight_of_the_deviation_the_best_scores_are_chosen() {
    let (chosen, best) = with_guide("guide.deviation_weight=0", |guide, round| {
        let all = proposals(round.context, 60);
        let archs: Vec<_> = all.iter().map(|proposal| proposal.arch().clone()).collect();
        let scores = guide.scores(round, &archs).unwrap();
        let mut best: Vec<_> = scores.iter().zip(&archs).collect();
        best.sort_by(|a, b| b.0.total_cmp(a.0));
        let best: Vec<_> = best.iter().take(8).map(|(_, arch)| (*arch).clone()).collect();
        let chosen = guide.choose(round, all, 8, false).unwrap();
        (chosen.iter().map(|it| it.arch().clone()).collect::<Vec<_>>(), best)
    });
    assert_eq!(chosen, best);
}
