//! GA-NAS as an ask–tell strategy.
//!
//! A generator's distribution is fitted again and again to the best architectures found so far: a
//! discriminator learns what is good from what has been measured, and its score is the generator's
//! reward, so the search explores without evaluating. [`GaNas`] is the strategy, [`TrainerConfig`]
//! everything that can be set, with the presets [`TrainerConfig::ranked`] (the default) and
//! [`TrainerConfig::paper`].
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # What was measured
//! Against the same search without parts of it, 50 seeds, made by `cargo xtask reproduce
//! nasbench101-surrogate` and `nasbench301-standin` (`benchmarks-data/results` has all of it, the
//! baselines too). Mean of the best validation accuracy in percent ± standard error; a surrogate of
//! NAS-Bench-101, whose optimum is 94.721:
//!
//! | setting | 50 queries | 100 | 150 |
//! |---|--:|--:|--:|
//! | the default | 94.706 ± .003 | 94.719 ± .001 | 94.720 ± .000 |
//! | mutations only | 94.644 ± .010 | 94.712 ± .004 | 94.717 ± .002 |
//! | the rival: evolution on the discriminator's score, no generator | 94.710 ± .002 | 94.719 ± .001 | 94.719 ± .001 |
//! | `generator.edge_head=gru`, as published | 94.698 ± .008 | 94.719 ± .001 | 94.720 ± .000 |
//! | `generator.encoder.k=2` | 94.691 ± .006 | 94.719 ± .001 | 94.720 ± .000 |
//! | `discriminator.encoder.k=2` | 94.703 ± .005 | 94.719 ± .001 | 94.720 ± .000 |
//!
//! and a surrogate of NAS-Bench-301, of which the best known is 95.564:
//!
//! | setting | 50 queries | 100 | 150 | 300 |
//! |---|--:|--:|--:|--:|
//! | the default | 95.438 ± .008 | 95.486 ± .008 | 95.509 ± .006 | 95.536 ± .003 |
//! | mutations only | 94.818 ± .023 | 95.298 ± .013 | 95.458 ± .008 | 95.537 ± .003 |
//! | the rival | 95.406 ± .016 | 95.489 ± .007 | 95.514 ± .005 | 95.531 ± .003 |
//!
//! The generator is far ahead of mutations at 50 and 100 queries (paired over seeds, p < .002 on both).
//! It is not shown to be better than its rival anywhere: +.032 ± .016 at 50 queries of the second
//! (p = .05) is the largest difference, and on 100 other seeds it is +.013 ± .011 (p = .23). Neither the published edge head nor the 1-2-GNN is better than
//! what is cheaper. Also tried on NAS-Bench-301 with 12 to 16 seeds, none better at 300 queries:
//! `discriminator.count=3`, `candidates.evolution_generations=10` beside the generator, `truth_size=30`.
//!
//! Before the discriminator's batches had architectures of the truth set in them
//! (`discriminator.batch_from_truth`), one setting was changed at a time on the first surrogate: mean
//! regret in points ± standard error over 24 seeds, the same within each part of the table.
//!
//! | setting | 50 queries | 100 | 150 |
//! |---|--:|--:|--:|
//! | the default (`generator.novelty` is `batch`) | .018 ± .005 | .003 ± .001 | .001 ± .001 |
//! | `generator.novelty=free`: the generator collapses | .056 ± .019 | .005 ± .002 | .002 ± .002 |
//! | | | | |
//! | the default, other seeds | .029 ± .010 | .002 ± .001 | .000 ± .000 |
//! | `initial=10` | .012 ± .002 | .004 ± .001 | .002 ± .001 |
//! | `per_round=10`, `inner_iterations=4` | .041 ± .016 | .007 ± .002 | .002 ± .001 |
//! | `truth_size=8` | .027 ± .010 | .010 ± .008 | .002 ± .002 |
//! | `generator.reward=logit` | .034 ± .010 | .011 ± .008 | .009 ± .008 |
//! | `discriminator.count=2` | .021 ± .008 | .010 ± .008 | .001 ± .001 |
//! | `discriminator.encoder.width=32` | .017 ± .002 | .005 ± .002 | .002 ± .001 |
//! | `candidates.evolution_generations=5` | .027 ± .010 | .010 ± .008 | .002 ± .001 |
//! | the same without a generator | .021 ± .008 | .011 ± .008 | .010 ± .008 |
//!
//! More settings, on NAS-Bench-201's ImageNet16-120: `cargo xtask reproduce nasbench201-settings`. There
//! the generator does not help, and the novelty that helps above costs something.
//!
//! # Convergence
//! Let each round propose every architecture with a probability of at least ε > 0, whatever happened
//! before; that it proposes again what is measured is allowed. Then, with probabilities over seeds,
//!
//! 1. an architecture has not been proposed in n rounds with a probability of at most (1 − ε)ⁿ;
//! 2. if there is a value of at least α, one is found after 1 ∕ ε rounds on average at most;
//! 3. after n rounds, the truth set has the k best values there are, and keeps them, with a probability
//!    of at least 1 − k (1 − ε)ⁿ.
//!
//! Each round misses an architecture with a probability of at most 1 − ε, given all before it, so n
//! rounds do with the product at most. The expected number of rounds until the first hit is the sum of
//! (1 − ε)ⁿ over n = 0, 1, …, which is 1 ∕ ε. What is measured stays measured, so the least value of the
//! truth set never falls, and once k best were proposed it has their values. Where ε differs from round
//! to round, the product of 1 − εᵢ takes the place of (1 − ε)ⁿ; it goes to zero if the εᵢ have no finite
//! sum.
//!
//! Source: the GA-NAS paper, as recalled: the first time at which a value of at least α is generated has a
//! finite expectation under mild assumptions. The words, the bounds and the assumptions here are ours.
//!
//! | what is assumed | [`TrainerConfig::paper`] | [`TrainerConfig::ranked`], the default |
//! |---|---|---|
//! | an architecture has one value | if the evaluator says so | the same |
//! | the past has no part in a round but by the weights and by what is measured | yes: each round has a random stream of its own | yes |
//! | any architecture can be proposed in any round | yes, see below | no |
//! | by at least the same ε in all rounds | in a number of rounds that is fixed before | no |
//!
//! In the paper's preset a round proposes what the generator draws first, so what is open and keeps the
//! constraints is proposed with no less than the probability of that draw; a draw of what is measured
//! costs nothing and is made again, until the draws are used up and chance takes over. The generator
//! gives every allowed choice a positive probability: its logits are finite, since a loss that is not
//! finite ends the study, and masks forbid only what leads to no architecture.
//!
//! Its logits are bounded by its weights, and of these one step of Adam moves none by more than eight
//! learning rates (the Cauchy–Schwarz inequality on its two moments). That gives an ε for any number of
//! rounds, but one that falls with this number: nothing bounds it for ever. The entropy bonus works
//! against that, and promises nothing. Nor does arithmetic: draws have 53 bits, so what is less likely
//! than 2⁻⁵³ may never be drawn.
//!
//! The default proposes the best candidates by score. What scores less is not proposed, however often it
//! is drawn, so there is no ε; and the generator is asked in some rounds only. That what is measured
//! earns the generator nothing ([`Novelty`]) spreads its draws, and changes nothing of that.
//!
//! What holds for both: nothing is proposed that was measured, and chance fills a round that has too few
//! candidates, so each round measures something new. A finite space is exhausted after as many queries as
//! it has architectures, and the optimum found by then. Random search without repeats has the same
//! guarantee. Chance lists what is left in spaces of 2²¹ words at most; in a larger one a study may end
//! before, and says so ([`StopReason::NoneFound`](ganas_search::StopReason::NoneFound)). Where decisions
//! are answered by numbers, the generator draws the middle of each part of their range: what is said
//! above is said of the middles, and there is no guarantee for other numbers.
//!
//! The tests in `convergence.rs` compute ε for the paper's preset in a space of eight architectures after
//! training (.06 after one short round, 2 · 10⁻⁵ after six: it is there, and no more than that), and see
//! that it is gone with greedy or clipped choices, and in the default. How far the generator is from the
//! truth set is recorded with each round as `divergence`; it rises where the generator keeps one of the
//! set and forgets the others.

#![expect(
    clippy::cast_possible_truncation,
    reason = "models compute in f32, and rows and pairs are counted in u32"
)]

mod candidates;
mod checkpoint;
mod config;
#[cfg(test)]
mod convergence;
mod error;
#[cfg(test)]
mod fixture;
mod ganas;
mod guide;
mod models;
mod ppo;
mod presets;
mod propose;
mod rewards;
mod round;
mod train;
mod truth;

pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;
