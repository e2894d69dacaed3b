//! GA-NAS as an ask–tell strategy.
//!
//! A generator's distribution is fitted again and again to the best architectures found so far: a
//! discriminator learns what is good from what has been measured, and its score is the generator's
//! reward, so the search explores without evaluating. [`GaNas`] is the strategy, [`TrainerConfig`]
//! everything that can be set, with the presets [`TrainerConfig::ranked`] (the default) and
//! [`TrainerConfig::paper`]. [`TrainerConfig::gaussian_process`] and [`Bananas`] are strategies that
//! GA-NAS is compared with.
//!
//! Source: Rezaei et al., "Generative Adversarial Neural Architecture Search", IJCAI 2021,
//! algorithms 1 and 2.
//!
//! # How it searches
//! A few random architectures are measured, then some in each round. A round's candidates come from the
//! generator, from an evolution on the guide's score, and from the neighbours of the best; the guide, which
//! also gives the generator its reward, chooses among them. It asks two models:
//!
//! - the pairwise discriminator of the paper, trained to rank all that was measured;
//! - a Gaussian process on what architectures have in common: counts of labels, of Weisfeiler–Lehman
//!   subtrees, of paths and of their extremes, choices, and the costs that are known before any evaluation.
//!
//! Which of the two is right depends on the space, so the share of each follows how well it foresaw what
//! was measured next. The Gaussian process also says how uncertain it is, which is worth a bonus; and it
//! learns limits that only an evaluation reveals. Finished studies of the same space on another task enter
//! it as one more number of each architecture.
//!
//! The generator is trained and asked each round at first, and later as often as it finds what is good, one
//! round in ten at least.
//!
//! # Several objectives
//! Where a study has further objectives, each of them has a Gaussian process of its own, but for costs of the
//! space, which are known; a candidate's score is the logarithm of the hypervolume that it is expected to add
//! to the Pareto front (Emmerich, Giannakoglou and Naujoks 2006). Discriminator and generator rest. The truth
//! set is the first in NSGA-II's crowded order ([`crowded_order`](ganas_search::crowded_order)), which is also
//! what [`TrainerConfig::paper`] and [`Bananas`] learn there.
//!
//! Two other ways were tried: both models learnt that order, or the smallest of the objectives with weights
//! that each round draws (Knowles's `ParEGO`, 2006). Hypervolume after 25, 50 and 100 queries, means over
//! seeds 1000 to 1011, in the box of `cargo xtask fronts` (`benchmarks-data/results/ablate/fronts.csv`):
//!
//! | | expected hypervolume | crowded order | drawn weights |
//! |---|---|---|---|
//! | NAS-Bench-201, CIFAR-10, latency | .919, .933, .944 | .880, .925, .941 | .855, .905, .934 |
//! | Accel-NASBench, latency on ZCU102 | .949, .980, .991 | .898, .930, .959 | .884, .926, .958 |
//!
//! # What was measured
//! `benchmarks-data/results/ablate` has the tables by which the default was chosen, made by `cargo xtask
//! ablate`: `guide.md` is about the models, `sources.md` about the candidates, `generator.md` about where
//! the generator pays and what does not make it pay more, `goals.md` and `goals-models.md` about what the
//! default reaches.
//!
//! In short, on NAS-Bench-201 (means over 32 seeds, p corrected within a table): both models together need
//! 10 and 14 queries fewer than the discriminator alone on CIFAR-10 and CIFAR-100 (p = .10 and .06), and 12
//! fewer than the Gaussian process alone on CIFAR-100 (p = .06) but not on CIFAR-10. That a learnt share
//! beats half each is not shown. Without the bonus for uncertainty 7 and 10 queries more are needed (p = .58
//! and .06). With the same guide, the generator alone finds as much as
//! evolution alone, and far more than random architectures ranked by the guide; in the DARTS space also
//! far more than the neighbours of the best. On Accel-NASBench under EfficientNet-B0's costs, and in the
//! DARTS space under a tight limit, it alone finds far less than evolution alone. Beside evolution and
//! neighbours it is not shown to add anything, and takes a third to four fifths more time.
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
//! are answered by numbers, the generator decides on a part of their range, and the number is drawn from it:
//! what is said above is said of parts, of which any number may come.
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

mod bananas;
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
mod stopped;
mod train;
mod truth;
mod whole;

pub use bananas::{Bananas, BananasConfig};
pub use config::{
    CandidateConfig, DiscriminatorConfig, GeneratorConfig, GuideConfig, Novelty, PpoConfig, Reward,
    Selection, TrainerConfig,
};
pub use error::{ConfigError, TrainerError};
pub use ganas::GaNas;
