//! REINFORCE with a policy of independent softmax distributions.

use ganas_graph::{Arch, ArchRecord, SearchSpace};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::checkpoint;
use super::policy::{Policy, Step, steps};
use crate::{
    Context, Proposal, Score, SettingError, Standing, Strategy, StrategyEntry, StrategyError,
};

/// REINFORCE, a policy-gradient method. It samples architectures from a policy that has one softmax
/// distribution per decision. Choices become more likely if they led to a reward above the running
/// average of rewards, and less likely otherwise.
///
/// If a drawn architecture was evaluated before, the policy is updated with its earlier result, at
/// no cost in queries. A drawn architecture is rejected, and another is drawn, if an earlier
/// evaluation of it failed or is still running, if the evaluator does not know it (for example,
/// because a table lacks it), or if it violates a constraint that can be checked before evaluation.
/// An architecture is open if it can still be proposed ([`Context::is_open`]). If 1,000 draws in a
/// row yield no open architecture, the last rejected one is changed until it violates no constraint
/// that can be checked before evaluation ([`Context::repaired`]). The policy is considered to have
/// converged if this changed architecture is not open either, or if there is no rejected
/// architecture, because all 1,000 had been evaluated before. The converged policy is then replaced
/// with a uniform one, so that the study can use its whole budget.
///
/// If there is a limit on a measured metric, the reward of an evaluation is the fraction of all
/// evaluations that it outranks ([`Standing`]), because values and violations of limits have no
/// common unit. Otherwise, the reward of a feasible architecture is its score. The reward of an
/// infeasible one is the worst score of any feasible architecture so far.
///
/// Source: Williams, "Simple statistical gradient-following algorithms for connectionist
/// reinforcement learning", 1992. We follow Dong et al., "NATS-Bench", 2021, and `reinforce.py` in
/// AutoDL-Projects, the code published with that paper. We differ from that code in two ways.
/// First, logits start at 0, not at 0.001 times a normally distributed number. Second, a converged
/// policy is replaced.
///
/// ```
/// use ganas_search::Strategy;
/// use ganas_search::baselines::{Reinforce, ReinforceSettings};
///
/// assert_eq!(Reinforce::new(ReinforceSettings::fast())?.name(), "reinforce");
/// let still = ReinforceSettings { learning_rate: 0.0, ..ReinforceSettings::fast() };
/// assert_eq!(
///     Reinforce::new(still).unwrap_err().to_string(),
///     "reinforce: expected a learning rate above 0, found 0"
/// );
/// # Ok::<(), ganas_search::SettingError>(())
/// ```
#[derive(Debug)]
pub struct Reinforce {
    settings: ReinforceSettings,
    policy: Policy,
    baseline: Baseline,
    /// Proposals whose outcome is not known yet, with their choices.
    pending: Vec<(Arch, Vec<Step>)>,
}

/// Settings of REINFORCE.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReinforceSettings {
    /// The learning rate of the Adam optimiser, which must be above 0. It is roughly the amount by
    /// which a logit changes after each evaluated architecture. The unit of the rewards does not
    /// matter, because Adam divides each gradient by its typical magnitude.
    pub learning_rate: f64,
    /// The decay of the running average of rewards. The decay must be at least 0 and below 1. The
    /// average is the baseline with which rewards are compared.
    pub baseline_decay: f64,
}

impl ReinforceSettings {
    /// Returns settings suited to a budget of thousands of queries: a learning rate of 0.01 and a
    /// decay of 0.9.
    ///
    /// Source: `reinforce.py` in AutoDL-Projects, including the commands in the comment at the
    /// beginning of that file.
    pub const fn nats_bench() -> Self {
        Self { learning_rate: 0.01, baseline_decay: 0.9 }
    }

    /// Returns settings suited to a budget of a few hundred queries: a learning rate of 0.1 and a
    /// decay of 0.9. With these settings, 77 % of 300 searches found the optimum of NAS-Bench-201
    /// (CIFAR-10). Each search had 300 queries, counted under the rule
    /// [`Distinct::String`](crate::Distinct::String). With a learning rate of 0.01 instead of 0.1,
    /// only 3 % of 300 such searches found it.
    pub const fn fast() -> Self {
        Self { learning_rate: 0.1, ..Self::nats_bench() }
    }
}

impl Reinforce {
    /// Creates the strategy with a uniform policy.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn new(settings: ReinforceSettings) -> Result<Self, SettingError> {
        let ReinforceSettings { learning_rate, baseline_decay } = settings;
        let error = |setting, expected, found: f64| {
            Err(SettingError { strategy: "reinforce", setting, expected, found: found.to_string() })
        };
        if !(learning_rate.is_finite() && learning_rate > 0.0) {
            return error("learning rate", "above 0", learning_rate);
        }
        if !(0.0..1.0).contains(&baseline_decay) {
            return error("baseline decay", "from 0 to below 1", baseline_decay);
        }
        let (policy, baseline) = (Policy::uniform(learning_rate), Baseline::default());
        Ok(Self { settings, policy, baseline, pending: Vec::new() })
    }

    fn learn(&mut self, steps: &[Step], value: f64) {
        let average = self.baseline.update(value, self.settings.baseline_decay);
        self.policy.reinforce(steps, value - average);
    }

    /// Draws architectures until one is open, and learns from known ones along the way. If no draw
    /// is open, repairs the last rejected one. Returns `None` if this yields no open architecture
    /// either: the policy has converged.
    fn draw(&mut self, context: &Context<'_>, rng: &mut impl Rng) -> Option<Proposal> {
        let mut rejected = None;
        for _ in 0..MAX_DRAWS {
            let drawn = context.proposal(self.policy.sample(context.space, rng), "policy");
            if let Some(known) = context.known_standing(drawn.key()) {
                if let Some(reward) = reward(context, known) {
                    self.learn(&steps(context.space, drawn.arch()), reward);
                }
            } else if context.is_open(&drawn) {
                return Some(drawn);
            } else {
                rejected = Some(drawn);
            }
        }
        let near = context.repaired(rejected?.arch(), rng)?;
        context.open_proposal(near, "policy")
    }

    fn restart(&mut self) {
        self.policy = Policy::uniform(self.settings.learning_rate);
        self.baseline = Baseline::default();
    }

    /// Updates the policy with new results.
    fn observe(&mut self, context: &Context<'_>) {
        for seen in context.news {
            let at = self.pending.iter().position(|(arch, _)| *arch == seen.arch);
            if let Some((_, steps)) = at.map(|at| self.pending.swap_remove(at))
                && let Some(standing) = context.standing(seen)
                && let Some(reward) = reward(context, standing)
            {
                self.learn(&steps, reward);
            }
        }
    }
}

impl Reinforce {
    /// The registry entry of REINFORCE with [`ReinforceSettings::fast`].
    pub const ENTRY: StrategyEntry = StrategyEntry {
        name: "reinforce",
        description: "REINFORCE: a policy over decisions, trained by policy gradients",
        has_settings: false,
        build: |_| Ok(Box::new(Self::new(ReinforceSettings::fast())?)),
    };
}

impl Strategy for Reinforce {
    fn name(&self) -> &'static str {
        "reinforce"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.observe(context);
        let mut rng = context.streams.rng("reinforce", context.round, 0);
        let open = if let Some(drawn) = self.draw(context, &mut rng) {
            vec![drawn]
        } else {
            self.restart();
            context.sample_open(1, &[], &mut rng)
        };
        let steps = |it: &Proposal| (it.arch().clone(), steps(context.space, it.arch()));
        self.pending.extend(open.iter().map(steps));
        Ok(open)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        let pending: Vec<_> = self.pending.iter().map(|(arch, _)| ArchRecord::from(arch)).collect();
        let Baseline { sum, weight } = self.baseline;
        checkpoint::write(self.name(), &(self.policy.written(), (sum, weight), pending))
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        let (policy, (sum, weight), pending): (_, _, Vec<ArchRecord>) =
            checkpoint::read(self.name(), bytes)?;
        self.policy = Policy::read(self.settings.learning_rate, policy);
        self.baseline = Baseline { sum, weight };
        let awaited = |record: ArchRecord| {
            let arch = checkpoint::arch("reinforce", space, record)?;
            let steps = steps(space, &arch);
            Ok((arch, steps))
        };
        self.pending = pending.into_iter().map(awaited).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// Returns the reward of an evaluation. Returns `None` if no measured metric is limited, the
/// evaluation is infeasible, and no feasible score exists yet.
fn reward(context: &Context<'_>, standing: Standing) -> Option<f64> {
    let all = || {
        let all = context.history.evaluated(0);
        all.filter_map(|evaluated| evaluated.standing(context.constraints))
    };
    if context.constraints.measured_limits().next().is_some() {
        let below = all().filter(|other| *other < standing).count();
        return Some(below as f64 / all().count().max(1) as f64);
    }
    match standing {
        Standing::Feasible(score) => Some(score.get()),
        Standing::Infeasible { .. } => {
            let scores = context.history.trials().iter().map(|trial| trial.score);
            scores.min().map(Score::get)
        }
    }
}

/// Running average of all rewards, with exponentially decaying weights.
#[derive(Debug, Default)]
struct Baseline {
    sum: f64,
    weight: f64,
}

impl Baseline {
    /// Adds a reward and returns the new average.
    fn update(&mut self, value: f64, decay: f64) -> f64 {
        self.sum = decay * self.sum + (1.0 - decay) * value;
        self.weight = decay * self.weight + (1.0 - decay);
        self.sum / self.weight
    }
}

/// Maximum number of consecutive draws that yield no open architecture. After that, the policy
/// counts as converged unless the last rejected architecture can be repaired.
const MAX_DRAWS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::super::fixture::study;
    use super::*;
    use crate::Trial;

    #[test]
    fn average_corrects_for_its_start() {
        let mut baseline = Baseline::default();
        assert!((baseline.update(10.0, 0.9) - 10.0).abs() < 1e-12);
        let expected = (0.9 * 0.1 * 10.0 + 0.1 * 20.0) / 0.19;
        assert!((baseline.update(20.0, 0.9) - expected).abs() < 1e-12);
    }

    #[test]
    fn it_learns_what_is_worth_more() {
        let outcome = study(Reinforce::new(ReinforceSettings::fast()).unwrap(), 200);
        let mean = |trials: &[Trial]| {
            trials.iter().map(|trial| trial.score.get()).sum::<f64>() / trials.len() as f64
        };
        let trials = outcome.history.trials();
        assert!(mean(&trials[150..]) > mean(&trials[..50]) + 4.0);
    }

    #[test]
    fn a_settled_policy_starts_again() {
        let hasty = ReinforceSettings { learning_rate: 1.0, ..ReinforceSettings::fast() };
        let outcome = study(Reinforce::new(hasty).unwrap(), 100);
        let sources: Vec<_> = outcome.history.trials().iter().map(|trial| &*trial.source).collect();
        let settled = sources.iter().position(|source| *source == "random").unwrap();
        assert!(settled > 5);
        let anew = |window: &[&str]| window == ["random", "policy", "policy", "policy"];
        assert!(sources[settled..].windows(4).any(anew), "{sources:?}");
    }

    #[test]
    fn settings_are_checked() {
        let error = |learning_rate, baseline_decay| {
            Reinforce::new(ReinforceSettings { learning_rate, baseline_decay }).unwrap_err().setting
        };
        assert_eq!(error(f64::NAN, 0.9), "learning rate");
        assert_eq!(error(0.1, 1.0), "baseline decay");
    }
}
