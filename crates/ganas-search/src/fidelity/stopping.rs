//! Early stopping of training runs, decided by comparing the intermediate reports of trials.
//!
//! In a synchronous study, the decision to stop a trial depends only on the trial's own reports and
//! on those of trials that the study scheduled earlier. The time at which reports arrive has no
//! influence, so the same evaluations are always stopped at the same steps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Fidelity;
use super::rule::{MIN_FOR_MEDIAN, PromotionRule, middle};
use crate::{Direction, FidelityError, Report, StoredTrial, TrialId};

/// The settings of early stopping. An evaluation is stopped early if its intermediate reports
/// compare badly with those of other trials.
///
/// ```
/// use ganas_search::{Stopping, StoppingRule};
/// let stopping: Stopping = "50/median".parse()?;
/// assert_eq!((stopping.steps, stopping.rule), (50, StoppingRule::Median));
/// assert_eq!("27/asha/3".parse::<Stopping>()?.milestones(), [1, 3, 9]);
/// assert!("50/successive-halving".parse::<Stopping>().is_err(), "it would have to pause training runs");
/// # Ok::<(), ganas_search::FidelityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stopping {
    /// Number of steps, such as epochs, in a full evaluation. The cost of a stopped evaluation is
    /// the fraction of these steps that it completed.
    pub steps: u64,
    /// The rule that decides which evaluations are stopped.
    #[serde(default)]
    pub rule: StoppingRule,
    /// The first step at which an evaluation may be stopped.
    #[serde(default = "one")]
    pub first: u64,
    /// At each milestone ([`Stopping::milestones`]), the rule lets the best 1 / `reduction` of the
    /// evaluations continue. With 3, for example, a third of them continue. The rule `median` does
    /// not use this number.
    #[serde(default = "three")]
    pub reduction: f64,
}

/// The rule that decides which evaluations are stopped early.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum StoppingRule {
    /// At each report from step [`Stopping::first`] on, stops an evaluation whose best value so far
    /// is worse than the median of the other evaluations' average values up to that step. Stops
    /// nothing while fewer than three others have reached that step.
    ///
    /// Source: Golovin et al., "Google Vizier", KDD 2017, section 3.2.2.
    #[default]
    Median,
    /// At each milestone ([`Stopping::milestones`]), stops an evaluation that is not among the best
    /// of those that have reached the milestone. One in [`Stopping::reduction`] continues.
    ///
    /// Source: Li et al., "A system for massively parallel hyperparameter tuning", `MLSys` 2020,
    /// section 3.3.
    Asha,
    /// [`StoppingRule::Asha`] in groups of evaluations, called brackets. Evaluations in later
    /// brackets are first compared at later milestones.
    ///
    /// Source: Li et al., "Hyperband", JMLR 18, 2018, algorithm 1.
    Hyperband,
}

impl StoppingRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Median, Self::Asha, Self::Hyperband];

    /// Returns the rule's name in settings, such as `median`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::Asha => "asha",
            Self::Hyperband => "hyperband",
        }
    }
}

impl FromStr for StoppingRule {
    type Err = FidelityError;

    /// Parses the rule's name in settings.
    fn from_str(name: &str) -> Result<Self, FidelityError> {
        let expected =
            "median, asha or hyperband (a rule that waits for other trials requires `[fidelity]`)";
        let error = || FidelityError { key: "rule", expected, found: name.into() };
        Self::ALL.into_iter().find(|it| it.name() == name).ok_or_else(error)
    }
}

impl TryFrom<String> for StoppingRule {
    type Error = FidelityError;

    fn try_from(name: String) -> Result<Self, FidelityError> {
        name.parse()
    }
}

/// A trial and its reports in ascending order of steps.
type Curve<'c> = (TrialId, &'c [Report]);

impl Stopping {
    /// Checks that all fields are valid.
    ///
    /// # Errors
    /// If `steps` is not from 2 to 10⁶, if `first` is 0 or not below `steps`, or if `reduction` is
    /// below 2 or above 10⁶.
    pub fn check(&self) -> Result<(), FidelityError> {
        let error = |key, expected, found: &dyn fmt::Display| FidelityError {
            key,
            expected,
            found: found.to_string(),
        };
        if !(2..=1_000_000).contains(&self.steps) {
            return Err(error("steps", "a number from 2 to 10^6", &self.steps));
        }
        if !(1..self.steps).contains(&self.first) {
            return Err(error(
                "first",
                "a step that is at least 1 and less than `steps`",
                &self.first,
            ));
        }
        if !(2.0..=1e6).contains(&self.reduction) {
            return Err(error("reduction", "a number from 2 to 10^6", &self.reduction));
        }
        Ok(())
    }

    /// Returns the milestones in ascending order. They are the steps at which the rules `asha` and
    /// `hyperband` compare evaluations. All milestones are before the last step. The first
    /// milestone is [`Stopping::first`]. Each later milestone is that first step multiplied by a
    /// power of [`Stopping::reduction`], rounded down. The rule `median` compares evaluations at
    /// every report and does not use milestones.
    pub fn milestones(&self) -> Vec<u64> {
        let mut milestones = vec![self.first];
        let mut next = self.first as f64 * self.reduction;
        while next < self.steps as f64 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "below `steps`"
            )]
            milestones.push(next as u64);
            next *= self.reduction;
        }
        milestones
    }

    /// Returns the cost of an evaluation that was stopped at a step, as a fraction of the cost of a
    /// full evaluation.
    pub fn cost(&self, step: u64) -> f64 {
        (step as f64 / self.steps as f64).min(1.0)
    }

    /// Returns the total cost of those `trials` that counted as queries. The unit is the cost of a
    /// full evaluation.
    pub fn spent(&self, trials: &[StoredTrial]) -> f64 {
        let queries = trials.iter().filter(|trial| trial.query.is_some_and(|query| query > 0));
        queries
            .map(|trial| trial.step.map_or(1.0, |step| self.cost(step)))
            .fold(0.0, |sum, cost| sum + cost)
    }

    /// Returns true if the trial should be stopped at its last report, given the curves of other
    /// trials.
    pub(crate) fn stops<'c>(
        &self,
        (trial, own): Curve<'_>,
        others: impl Iterator<Item = Curve<'c>>,
        direction: Direction,
    ) -> bool {
        let Some(last) = own.last() else { return false };
        if last.step < self.first || last.step >= self.steps {
            return false;
        }
        match self.rule {
            StoppingRule::Median => {
                let averages: Vec<_> =
                    others.filter_map(|(_, curve)| average(curve, last.step, direction)).collect();
                let best = own.iter().map(|report| direction.score(report.value).get());
                let best = best.fold(f64::NEG_INFINITY, f64::max);
                averages.len() >= MIN_FOR_MEDIAN && best < middle(&averages)
            }
            StoppingRule::Asha | StoppingRule::Hyperband => {
                self.is_beyond_share((trial, own), others, direction)
            }
        }
    }

    /// Returns true if the trial's last report reaches a milestone and is not among the best 1 /
    /// [`Stopping::reduction`] of the reports there.
    fn is_beyond_share<'c>(
        &self,
        (trial, own): Curve<'_>,
        others: impl Iterator<Item = Curve<'c>>,
        direction: Direction,
    ) -> bool {
        let milestones = self.milestones();
        let (last, before) = match own {
            [.., before, last] => (last, Some(before.step)),
            [last] => (last, None),
            [] => return false,
        };
        let bracket = self.bracket(trial, &milestones);
        let reached = |milestone: &&u64| {
            last.step >= **milestone && before.is_none_or(|before| before < **milestone)
        };
        let Some(milestone) = milestones[bracket..].iter().rfind(reached) else { return false };
        let score = direction.score(last.value);
        let (mut all, mut better) = (1_u32, 0_u32);
        for (other, curve) in others {
            let is_rival = self.bracket(other, &milestones) == bracket
                && curve.last().is_some_and(|last| last.step >= *milestone);
            if let Some(value) = value_at(curve, last.step).filter(|_| is_rival) {
                all += 1;
                better += u32::from(direction.score(value) >= score);
            }
        }
        // Adds a small tolerance for inexact shares such as 1 / 3.
        let kept = (f64::from(all) / self.reduction + 1e-9).floor().max(1.0);
        f64::from(better) >= kept
    }

    /// Returns the index of the milestone at which a trial is first compared. Under Hyperband,
    /// there is one bracket for each milestone and a last one whose trials are never stopped. The
    /// trials are distributed among the brackets in the proportions of the Hyperband paper. Under
    /// other rules, all trials start at the first milestone.
    fn bracket(&self, trial: TrialId, milestones: &[u64]) -> usize {
        if self.rule != StoppingRule::Hyperband {
            return 0;
        }
        let rungs = milestones.iter().chain([&self.steps]).map(|step| *step as f64).collect();
        let (name, rule, resumes) = (String::new(), PromotionRule::Hyperband, true);
        let fidelity = Fidelity { name, rungs, rule, reduction: self.reduction, resumes };
        let place = usize::try_from(trial.0).unwrap_or(0);
        // A trial of the last bracket is never stopped.
        fidelity.first_rung(place) as usize
    }
}

/// Returns the average score of a curve up to a step; `None` if the curve has not reached that
/// step.
fn average(curve: &[Report], step: u64, direction: Direction) -> Option<f64> {
    curve.last().filter(|last| last.step >= step)?;
    let scores = curve.iter().take_while(|report| report.step <= step);
    let (count, sum) = scores.fold((0_u32, 0.0), |(count, sum), report| {
        (count + 1, sum + direction.score(report.value).get())
    });
    (count > 0).then(|| sum / f64::from(count))
}

/// Returns the value of the last report at or before a step, or `None` if there is no such report.
/// `curve` must be in ascending order of steps.
pub fn value_at(curve: &[Report], step: u64) -> Option<f64> {
    let behind = curve.partition_point(|report| report.step <= step);
    Some(curve[behind.checked_sub(1)?].value)
}

impl fmt::Display for Stopping {
    /// Writes the form that [`Stopping::from_str`] reads, which omits [`Stopping::first`].
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.steps, self.rule.name(), self.reduction)
    }
}

impl FromStr for Stopping {
    type Err = FidelityError;

    /// Parses text such as `50/median` or `81/asha/3`; rule and reduction are optional.
    fn from_str(text: &str) -> Result<Self, FidelityError> {
        let error =
            |key, expected, found: &str| FidelityError { key, expected, found: found.into() };
        let mut parts = text.split('/');
        let steps = parts.next().unwrap_or_default().trim();
        let wrong = |_| error("steps", "a number from 2 to 10^6", steps);
        let steps = steps.parse().map_err(wrong)?;
        let mut stopping =
            Self { steps, rule: StoppingRule::default(), first: one(), reduction: three() };
        if let Some(rule) = parts.next() {
            stopping.rule = rule.parse()?;
        }
        if let Some(reduction) = parts.next() {
            let wrong = |_| error("reduction", "a number from 2 to 10^6", reduction);
            stopping.reduction = reduction.parse().map_err(wrong)?;
        }
        if let Some(more) = parts.next() {
            return Err(error("stopping", "nothing after the reduction", more));
        }
        stopping.check()?;
        Ok(stopping)
    }
}

const fn three() -> f64 {
    3.0
}

const fn one() -> u64 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[f64]) -> Vec<Report> {
        (1..).zip(values).map(|(step, value)| Report::new(step, *value)).collect()
    }

    fn stops(rule: &str, own: &[f64], others: &[&[f64]], direction: Direction) -> bool {
        let stopping: Stopping = rule.parse().unwrap();
        let others: Vec<_> = others.iter().map(|values| curve(values)).collect();
        let others = (0..).zip(&others).map(|(at, curve)| (TrialId(at), curve.as_slice()));
        stopping.stops((TrialId(100), &curve(own)), others, direction)
    }

    #[test]
    fn the_median_rule_compares_the_best_with_the_averages_of_others() {
        let others: [&[f64]; 3] = [&[1.0, 3.0], &[2.0, 4.0], &[9.0, 9.0, 9.0]];
        let maximise = Direction::Maximise;
        // The averages at step 2 are 2, 3 and 9.
        assert!(stops("9/median", &[0.0, 2.9], &others, maximise));
        assert!(!stops("9/median", &[0.0, 3.0], &others, maximise));
        assert!(!stops("9/median", &[5.0, 0.0], &others, maximise), "the best so far counts");
        assert!(!stops("9/median", &[0.0, 0.0], &others[..2], maximise), "too few");
        assert!(!stops("9/median", &[0.0, 0.0, 0.0], &others, maximise), "one got as far");
        assert!(stops("9/median", &[3.1, 3.1], &others, Direction::Minimise));
        assert!(!stops("2/median", &[0.0, 0.0], &others, maximise), "it is over");
    }

    #[test]
    fn asha_keeps_the_best_share_at_milestones_only() {
        let others: [&[f64]; 3] = [&[1.0, 3.0, 5.0], &[2.0, 4.0, 6.0], &[9.0, 9.0]];
        let maximise = Direction::Maximise;
        // Of 4 at step 1, the best 2 continue.
        assert!(!stops("9/asha/2", &[3.0], &others, maximise));
        assert!(stops("9/asha/2", &[1.5], &others, maximise));
        assert!(!stops("9/asha/2", &[9.0, 1.0, 1.0], &others, maximise), "3 is no milestone");
        assert!(stops("9/asha/2", &[9.0, 3.5], &others, maximise));
        assert!(!stops("9/asha/2", &[0.0], &[], maximise), "the first always goes on");
    }

    #[test]
    fn a_report_that_passes_several_milestones_is_compared_at_the_last() {
        let stopping: Stopping = "27/asha/3".parse().unwrap();
        let other = curve(&[1.0, 1.0, 1.0, 1.0]);
        let others = || [(TrialId(0), other.as_slice())].into_iter();
        let own = [Report::new(4, 0.0)];
        assert!(stopping.stops((TrialId(1), &own), others(), Direction::Maximise));
        let own = [Report::new(9, 0.0)];
        assert!(!stopping.stops((TrialId(1), &own), others(), Direction::Maximise));
    }

    #[test]
    fn hyperbands_brackets_begin_at_each_milestone() {
        let stopping: Stopping = "9/hyperband/3".parse().unwrap();
        let milestones = stopping.milestones();
        assert_eq!(milestones, [1, 3]);
        let brackets: Vec<_> =
            (0..17).map(|trial| stopping.bracket(TrialId(trial), &milestones)).collect();
        let count = |bracket| brackets.iter().filter(|it| **it == bracket).count();
        assert_eq!((count(0), count(1), count(2)), (9, 5, 3));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let error = |text: &str| text.parse::<Stopping>().unwrap_err().to_string();
        assert!(error("x").starts_with("steps"));
        assert!(error("1").contains("found 1"));
        assert!(error("9/best").contains("median, asha or hyperband"));
        assert!(error("9/successive-halving").contains("[fidelity]"));
        assert!(error("9/asha/1").starts_with("reduction"));
        assert!(error("9/asha/3/4").contains("found 4"));
        let first = Stopping { first: 9, ..Stopping::from_str("9").unwrap() };
        assert!(first.check().unwrap_err().to_string().starts_with("first"));
    }
}
