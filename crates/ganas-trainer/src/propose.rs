//! The proposals of a round. They are chosen from the candidates of all sources. If there are too
//! few candidates, random architectures fill the round.

use std::cmp::Reverse;

use ganas_graph::{Arch, moves};
use ganas_search::{Context, Diagnostic, Proposal};
use rand::Rng;

use crate::candidates::Pool;
use crate::guide::tasks;
use crate::models::Models;
use crate::round::Round;
use crate::{Selection, TrainerError};

impl Models {
    /// Returns the proposals of a round, at most as many as queries remain. Adds the generator's
    /// diagnostics to `diagnostics`.
    pub(crate) fn propose(
        &mut self,
        round: &Round<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let Round { context, config, .. } = *round;
        let count = config.per_round.min(context.at_most);
        let mut rng = context.streams.rng("candidates", context.round, 0);
        let generated = self.generated(round, diagnostics, &mut rng)?;
        let mut chosen = match config.candidates.selection {
            Selection::Sampled => generated.proposals.into_iter().take(count).collect(),
            Selection::Ranked => {
                let candidates = self.candidates(round, generated, &mut rng)?;
                self.guide.choose(round, candidates, count, self.has_generator)?
            }
        };
        let taken: Vec<_> = chosen.iter().map(Proposal::key).collect();
        let missing = count - chosen.len();
        chosen.extend(context.sample_open(missing, &taken, &mut rng));
        Ok(chosen)
    }

    /// Returns the `count` proposals that related tasks predict to be best, among the best
    /// architectures on these tasks and their neighbours.
    pub(crate) fn propose_from_related_tasks(
        &mut self,
        context: &Context<'_>,
        count: usize,
        rng: &mut impl Rng,
    ) -> Vec<Proposal> {
        let mut pool = Pool::new("related");
        for task in &tasks(context) {
            let mut trials: Vec<_> = task.trials.iter().collect();
            trials.sort_by_key(|trial| Reverse(trial.1));
            for (arch, _) in trials.into_iter().take(PARENTS_OF_A_TASK) {
                pool.offer(context, arch.clone());
                for neighbour in ganas_graph::moves::neighbours(context.space, arch, rng) {
                    pool.offer(context, neighbour);
                }
            }
        }
        self.guide.best_by_related_tasks(context, pool.proposals, count)
    }

    /// Returns the generator's candidates in the order in which it sampled them.
    fn generated(
        &self,
        round: &Round<'_>,
        diagnostics: &mut Vec<Diagnostic>,
        rng: &mut impl Rng,
    ) -> Result<Pool, TrainerError> {
        let mut pool = Pool::new("generator");
        let samples = round.config.candidates.generator_samples;
        if samples > 0 && self.has_generator {
            let rollout = self.generator.sample(round.context.space, samples, rng)?;
            diagnostics.push(("entropy", rollout.entropy()));
            let space = round.context.space;
            for arch in rollout.archs {
                // The generator decides on parts of ranges, not on numbers.
                pool.offer(round.context, moves::draw_numbers(space, &arch, rng));
            }
            diagnostics.push(("novelty", pool.proposals.len() as f64 / samples as f64));
            let divergence = self.divergence(round)?;
            diagnostics.extend(divergence.map(|divergence| ("divergence", divergence)));
        }
        Ok(pool)
    }

    /// Computes the Kullback–Leibler divergence of the truth set from the generator, in nats: the
    /// mean of `ln(1 ∕ k) − ln p(x)` over the `k` members `x` of the truth set. `None` if the truth
    /// set is empty.
    ///
    /// The minimum is 0; in that case, the generator samples only members of the truth set, all
    /// equally often. Of several architectures for one network, only the measured one counts.
    ///
    /// Source: the GA-NAS paper, in which the adversarial game minimises the Jensen–Shannon
    /// divergence. Unlike that divergence, ours needs no expectation over the generator's samples,
    /// so it is exact.
    fn divergence(&self, round: &Round<'_>) -> Result<Option<f64>, TrainerError> {
        let truth: Vec<Arch> = round.parents().into_iter().cloned().collect();
        if truth.is_empty() {
            return Ok(None);
        }
        let logs = self.generator.log_probabilities(round.context.space, &truth)?;
        let size = truth.len() as f64;
        Ok(Some(-size.ln() - logs.iter().sum::<f64>() / size))
    }

    /// Collects the candidates of all sources; no two are equivalent.
    fn candidates(
        &mut self,
        round: &Round<'_>,
        generated: Pool,
        rng: &mut impl Rng,
    ) -> Result<Vec<Proposal>, TrainerError> {
        let (context, config, parents) = (round.context, &round.config.candidates, round.parents());
        let mutations = Pool::mutations(context, &parents, config.mutations_per_parent, rng);
        let best = &parents[..config.neighbours_of.min(parents.len())];
        let neighbours = Pool::neighbours(context, best, rng);
        let score = |archs: &[_]| self.guide.scores(round, archs);
        let evolved = Pool::evolved(context, &parents, config, score, rng)?;
        let mut random = Pool::new("random");
        for _ in 0..config.random_samples {
            random.offer(context, moves::sample(context.space, rng));
        }
        let mut all = generated;
        for pool in [mutations, neighbours, evolved, random] {
            all.merge(pool);
        }
        Ok(all.proposals)
    }
}

/// Number of best architectures of a related task that become candidates together with their
/// neighbours.
const PARENTS_OF_A_TASK: usize = 10;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ganas_graph::moves;

    use super::*;
    use crate::TrainerConfig;
    use crate::fixture::{Fixture, small, small_with};
    use crate::truth::Measured;

    /// Trains the models once, then applies `look` to the models and their round.
    fn with_models<T: Send + 'static>(
        fixture: Fixture,
        config: TrainerConfig,
        look: impl FnOnce(&mut Models, &Round<'_>) -> T + Send + 'static,
    ) -> T {
        fixture.with_context(move |context| {
            let mut measured = Measured::default();
            measured.update(context);
            let mut models = Models::new(context.space, &config, context.streams).unwrap();
            let round = Round::new(context, &config, &measured);
            models.train(&round).unwrap();
            look(&mut models, &round)
        })
    }

    fn proposals(fixture: Fixture, config: TrainerConfig) -> Vec<Proposal> {
        with_models(fixture, config, |models, round| {
            models.propose(round, &mut Vec::new()).unwrap()
        })
    }

    fn fixture() -> Fixture {
        Fixture::new().seeded(2).knowing_random(8)
    }

    fn sources(proposals: &[Proposal]) -> Vec<&'static str> {
        proposals.iter().map(Proposal::source).collect()
    }

    fn rng() -> impl Rng {
        ganas_search::Streams::new(7).rng("test", 0, 0)
    }

    fn prediction(proposal: &Proposal) -> f64 {
        let [("discriminator", score)] = *proposal.predictions() else { panic!("{proposal:?}") };
        score
    }

    /// Returns the generator's candidates of a round in the order in which it draws them.
    fn drawn(models: &Models, round: &Round<'_>) -> Vec<Proposal> {
        let Round { context, config, .. } = *round;
        let mut rng = context.streams.rng("candidates", context.round, 0);
        let samples = config.candidates.generator_samples;
        let mut seen = HashSet::new();
        let rollout = models.generator.sample(context.space, samples, &mut rng).unwrap();
        let open = rollout.archs.into_iter().filter_map(|a| context.open_proposal(a, "generator"));
        open.filter(|proposal| seen.insert(proposal.key())).collect()
    }

    /// Settings that add two more sources of candidates.
    const ALL: [&str; 2] =
        ["candidates.mutations_per_parent=5", "candidates.evolution_generations=2"];

    #[test]
    fn sampled_proposals_are_the_generators_first() {
        let config = small_with(&["candidates.selection=sampled", ALL[0], ALL[1]]);
        let (proposals, mut drawn) = with_models(fixture(), config, |models, round| {
            (models.propose(round, &mut Vec::new()).unwrap(), drawn(models, round))
        });
        drawn.truncate(5);
        assert_eq!(proposals, drawn);
    }

    #[test]
    fn ranked_proposals_are_the_best_of_the_candidates() {
        let (proposals, drawn, scores) = with_models(fixture(), small(), |models, round| {
            let drawn = drawn(models, round);
            let archs: Vec<_> = drawn.iter().map(|proposal| proposal.arch().clone()).collect();
            let scores = models.guide.scores(round, &archs).unwrap();
            (models.propose(round, &mut Vec::new()).unwrap(), drawn, scores)
        });
        let mut ranked: Vec<_> = drawn.into_iter().zip(scores).collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let predicted =
            |(proposal, score): (Proposal, f64)| proposal.predicted("discriminator", score);
        let best: Vec<_> = ranked.into_iter().take(5).map(predicted).collect();
        assert_eq!(proposals, best);
    }

    #[test]
    fn sources_compete() {
        let proposals = proposals(fixture(), small_with(&ALL));
        assert!(proposals.is_sorted_by(|a, b| prediction(a) >= prediction(b)), "{proposals:?}");
        let sources: HashSet<_> = sources(&proposals).into_iter().collect();
        assert!(sources.len() > 1, "{sources:?}");
    }

    #[test]
    fn each_source_proposes_if_it_is_alone() {
        for (setting, source) in [
            ("candidates.random_samples=50", "random"),
            ("candidates.mutations_per_parent=5", "mutation"),
            ("candidates.neighbours_of=4", "neighbour"),
            ("candidates.evolution_generations=2", "evolution"),
        ] {
            let config = small_with(&["candidates.generator_samples=0", setting]);
            assert_eq!(sources(&proposals(fixture(), config)), [source; 5]);
        }
    }

    #[test]
    fn no_more_are_proposed_than_wanted() {
        for selection in ["candidates.selection=sampled", "candidates.selection=ranked"] {
            for (at_most, count) in [(1, 1), (3, 3), (5, 5), (50, 5)] {
                let config = small_with(&[selection, ALL[0]]);
                assert_eq!(proposals(fixture().at_most(at_most), config).len(), count);
            }
        }
    }

    #[test]
    fn chance_fills_what_the_candidates_leave() {
        for selection in ["candidates.selection=sampled", "candidates.selection=ranked"] {
            let config = small_with(&[selection, "candidates.generator_samples=1"]);
            let few = proposals(fixture(), config);
            assert_eq!(sources(&few)[1..], ["random"; 4]);
            assert!(few[1..].iter().all(|random| random.predictions().is_empty()));
            let config = small_with(&[selection, "candidates.generator_samples=0"]);
            assert_eq!(sources(&proposals(fixture(), config)), ["random"; 5]);
        }
    }

    #[test]
    fn a_small_space_is_proposed_to_its_end() {
        for known in [4, 6, 8] {
            let space = Fixture::tiny().space;
            let all: Vec<_> = moves::enumerate(&*space).collect();
            let proposals =
                proposals(Fixture::tiny().knowing(all[..known].to_vec()), small_with(&ALL));
            let proposed: HashSet<_> = proposals.iter().map(Proposal::arch).collect();
            assert_eq!(proposed, all[known..].iter().collect());
            assert_eq!(proposals.len(), 8 - known, "none twice");
        }
    }

    #[test]
    fn all_are_new_and_keep_the_constraints() {
        for selection in ["candidates.selection=sampled", "candidates.selection=ranked"] {
            let config = small_with(&[&ALL[..], &[selection, "per_round=60"]].concat());
            let fixture = Fixture::new().limited("params=0.4").knowing_random(40);
            let (proposals, open) = with_models(fixture, config, |models, round| {
                let proposals = models.propose(round, &mut Vec::new()).unwrap();
                let open = proposals.iter().map(|proposal| round.context.is_open(proposal));
                let open: Vec<_> = open.collect();
                (proposals, open)
            });
            assert_eq!(open, [true; 60]);
            assert_eq!(proposals.iter().map(Proposal::key).collect::<HashSet<_>>().len(), 60);
        }
    }

    #[test]
    fn diagnostics_say_what_the_generator_is_like() {
        let (diagnostics, drawn) = with_models(fixture(), small(), |models, round| {
            let mut diagnostics = vec![("before", 1.0)];
            models.propose(round, &mut diagnostics).unwrap();
            (diagnostics, drawn(models, round).len())
        });
        let [("before", _), ("entropy", entropy), ("novelty", novelty), ("divergence", divergence)] =
            diagnostics[..]
        else {
            panic!("{diagnostics:?}")
        };
        // Five operators on each edge, and weights that are hardly trained.
        assert!(entropy > 1.0 && entropy < 2.0, "{entropy}");
        assert!((novelty - drawn as f64 / 30.0).abs() < 1e-12 && novelty <= 1.0, "{novelty}");
        // Four of 5⁶ that are about equally likely.
        let uniform = 6.0 * 5.0_f64.ln() - 4.0_f64.ln();
        assert!((divergence - uniform).abs() < 0.3 * uniform, "{divergence}, {uniform}");
    }

    #[test]
    fn the_divergence_falls_to_the_truth_set_and_rises_when_one_of_it_is_left() {
        let config = small_with(&[
            "truth_size=2",
            "generator.adam.learning_rate=0.01",
            "generator.ppo.episodes=64",
        ]);
        let space = Fixture::tiny().space;
        let all: Vec<_> = moves::enumerate(&*space).collect();
        let found = with_models(Fixture::tiny().knowing(all), config, |models, round| {
            let truth: Vec<Arch> = round.parents().into_iter().cloned().collect();
            let mut divergences = Vec::new();
            for _ in 0..60 {
                divergences.push(models.divergence(round).unwrap().unwrap());
                let rollout = models.generator.sample(round.context.space, 64, &mut rng()).unwrap();
                let is_true = |arch: &Arch| f64::from(u8::from(truth.contains(arch)));
                let rewards: Vec<_> = rollout.archs.iter().map(is_true).collect();
                models.generator.learn(&rollout, &rewards).unwrap();
            }
            divergences
        });
        let least = found.iter().copied().fold(f64::INFINITY, f64::min);
        // Two of eight that are about equally likely.
        assert!((found[0] - 4.0_f64.ln()).abs() < 0.5 && least < 0.6 * found[0], "{found:?}");
        // In the end the generator samples only one of them.
        assert!(found[59] > 2.0 * found[0], "{found:?}");
        assert!(found.iter().all(|divergence| *divergence > -1e-5), "{found:?}");
    }

    #[test]
    fn there_is_no_divergence_from_nothing() {
        with_models(fixture(), small(), |models, round| {
            let round = Round { truth: Vec::new(), truth_graphs: Vec::new(), ..*round };
            assert_eq!(models.divergence(&round).unwrap(), None);
        });
    }

    #[test]
    fn nothing_of_a_known_space_is_novel() {
        let space = Fixture::tiny().space;
        let fixture = Fixture::tiny().knowing(moves::enumerate(&*space).collect::<Vec<_>>());
        let diagnostics = with_models(fixture, small(), |models, round| {
            let mut diagnostics = Vec::new();
            assert!(models.propose(round, &mut diagnostics).unwrap().is_empty());
            diagnostics
        });
        assert!(diagnostics.iter().any(|(name, value)| *name == "novelty" && *value <= 0.0));
    }

    #[test]
    fn without_a_generator_there_is_nothing_to_say_of_it() {
        let config = small_with(&["candidates.generator_samples=0", ALL[0]]);
        let (proposals, diagnostics) = with_models(fixture(), config, |models, round| {
            let mut diagnostics = Vec::new();
            (models.propose(round, &mut diagnostics).unwrap(), diagnostics)
        });
        assert!(diagnostics.is_empty());
        assert_eq!(sources(&proposals), ["mutation"; 5]);
    }

    #[test]
    fn equal_seeds_propose_alike() {
        for selection in ["candidates.selection=sampled", "candidates.selection=ranked"] {
            let of =
                |seed| proposals(fixture().seeded(seed), small_with(&[selection, ALL[0], ALL[1]]));
            assert_eq!(of(3), of(3));
            assert_ne!(of(3), of(4));
        }
    }

    #[test]
    fn each_round_has_candidates_of_its_own() {
        let [first, second] = with_models(fixture(), small(), |models, round| {
            [0, 1].map(|number| {
                let context = Context { round: number, ..*round.context };
                let round = Round::new(&context, round.config, round.measured);
                models.propose(&round, &mut Vec::new()).unwrap()
            })
        });
        assert_ne!(first, second);
    }
}
