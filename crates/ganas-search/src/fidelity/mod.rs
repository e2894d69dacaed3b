//! Evaluations that are cheaper than full ones. The module covers the fidelities of evaluations,
//! their costs, promotion to higher fidelities, and early stopping.

mod rule;
mod stopping;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::rule::Due;
pub use self::rule::PromotionRule;
pub use self::stopping::{Stopping, StoppingRule, value_at};
use crate::{FidelityError, History, Partial, StoredTrial, TrialId};

/// Maximum number of rungs, which are the levels of fidelity at which a study evaluates
/// architectures.
pub const MAX_RUNGS: usize = 32;

/// The fidelities at which a study evaluates architectures, and the rule that promotes
/// architectures from one fidelity to the next. Each fidelity is called a rung. The lowest rung is
/// the cheapest evaluation, and the top rung is a full evaluation.
///
/// Most new architectures are first evaluated at a low rung. Those that the rule promotes are
/// evaluated again at the next rung. Only evaluations at the top rung count as results of the
/// study.
///
/// ```
/// use ganas_search::{Fidelity, PromotionRule};
/// let fidelity = Fidelity::new("epochs", vec![4.0, 12.0, 36.0, 108.0])?;
/// assert_eq!(fidelity.rule, PromotionRule::Guided);
/// assert!(Fidelity::new("epochs", vec![12.0, 4.0]).is_err(), "rungs ascend");
/// # Ok::<(), ganas_search::FidelityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "SerializedFidelity")]
pub struct Fidelity {
    /// The unit of fidelity, such as `epochs`.
    pub name: String,
    /// The fidelities, in ascending order. The last one is the fidelity of a full evaluation.
    pub rungs: Vec<f64>,
    /// The promotion rule.
    pub rule: PromotionRule,
    /// The ratio of the number of architectures at a rung to the number that the rule promotes from
    /// it. With 3, for example, the rule promotes a third of them. The rule `median` does not use
    /// this number.
    pub reduction: f64,
    /// Whether the training of a promoted architecture resumes where it stopped at the previous
    /// rung. If it does, the evaluation costs only the difference between the two fidelities. If
    /// not, training starts from scratch, and the evaluation costs the whole of the higher
    /// fidelity.
    pub resumes: bool,
}

/// Fidelities in serialised form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SerializedFidelity {
    name: String,
    rungs: Vec<f64>,
    #[serde(default)]
    rule: PromotionRule,
    reduction: Option<f64>,
    #[serde(default)]
    resumes: bool,
}

impl From<SerializedFidelity> for Fidelity {
    fn from(written: SerializedFidelity) -> Self {
        let SerializedFidelity { name, rungs, rule, reduction, resumes } = written;
        Self { name, rungs, rule, reduction: reduction.unwrap_or(rule.reduction()), resumes }
    }
}

impl Fidelity {
    /// Creates a `Fidelity` with the default rule and the default reduction of that rule.
    /// Evaluations start from scratch at each rung.
    ///
    /// # Errors
    /// As for [`Fidelity::check`].
    pub fn new(name: &str, rungs: Vec<f64>) -> Result<Self, FidelityError> {
        let (name, rule) = (name.into(), PromotionRule::default());
        let fidelity = Self { name, rungs, rule, reduction: rule.reduction(), resumes: false };
        fidelity.check()?;
        Ok(fidelity)
    }

    /// Checks that all fields are valid.
    ///
    /// # Errors
    /// If the name is empty, if there are fewer than two or more than [`MAX_RUNGS`] rungs, if the
    /// rungs are not ascending numbers above 0, or if the reduction is below 2 or above 10⁶.
    pub fn check(&self) -> Result<(), FidelityError> {
        let error = |key, expected, found: String| Err(FidelityError { key, expected, found });
        if self.name.trim().is_empty() {
            return error("name", "the unit of the fidelity, such as `epochs`", "nothing".into());
        }
        let shown = || format!("{:?}", &self.rungs[..self.rungs.len().min(MAX_RUNGS)]);
        if !(2..=MAX_RUNGS).contains(&self.rungs.len()) {
            return error("rungs", "2 to 32 fidelities", self.rungs.len().to_string());
        }
        let rise = self.rungs.iter().all(|rung| rung.is_finite() && *rung > 0.0)
            && self.rungs.is_sorted_by(|one, next| one < next);
        if !rise {
            return error("rungs", "increasing numbers above 0", shown());
        }
        if !(2.0..=1e6).contains(&self.reduction) {
            return error("reduction", "a number from 2 to 10^6", self.reduction.to_string());
        }
        Ok(())
    }

    /// Returns the index of the top rung.
    pub fn top(&self) -> u32 {
        u32::try_from(self.rungs.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Returns the fidelity at a rung, or the fidelity at the top rung if there is no such rung.
    pub fn at(&self, rung: u32) -> f64 {
        self.rungs[(rung as usize).min(self.rungs.len() - 1)]
    }

    /// Returns the cost of an evaluation at a rung, as a fraction of the cost of a full evaluation.
    /// `from` is the rung at which the same architecture was evaluated before, if there is one. It
    /// matters only if evaluations resume ([`Fidelity::resumes`]).
    pub fn cost(&self, rung: u32, from: Option<u32>) -> f64 {
        let before = from.filter(|_| self.resumes).map_or(0.0, |from| self.at(from));
        (self.at(rung) - before) / self.at(self.top())
    }

    /// Returns the total cost of those `trials` that counted as queries. The unit is the cost of a
    /// full evaluation.
    pub fn spent(&self, trials: &[StoredTrial]) -> f64 {
        let queries = || trials.iter().filter(|trial| trial.query.is_some_and(|query| query > 0));
        let rung = |trial: &StoredTrial| trial.rung.unwrap_or(self.top());
        let measured: HashSet<_> = queries().map(|trial| (&trial.arch, rung(trial))).collect();
        let cost = |trial: &StoredTrial| {
            let below = rung(trial).checked_sub(1);
            self.cost(rung(trial), below.filter(|below| measured.contains(&(&trial.arch, *below))))
        };
        // The sum of no numbers would be -0.
        queries().map(cost).fold(0.0, |sum, cost| sum + cost)
    }

    /// Returns the expected total cost of an architecture that starts at rung `first`. The unit is
    /// the cost of a full evaluation. The cost at each later rung is weighted by the fraction of
    /// architectures that the rule promotes to that rung.
    pub fn expected_cost(&self, first: u32) -> f64 {
        let share = if self.rule == PromotionRule::Median { 2.0 } else { self.reduction };
        let cost = |rung: u32| {
            let from = (rung > first).then(|| rung - 1);
            self.cost(rung, from) / share.powf(f64::from(rung - first))
        };
        (first..=self.top()).map(cost).sum()
    }

    /// Returns the results whose architectures the rule promotes now, the most urgent promotion
    /// first. The list is always empty under [`PromotionRule::Guided`], where the strategy chooses
    /// ([`Strategy::promote`](crate::Strategy::promote)).
    pub fn promotions<'h>(&self, history: &'h History) -> Vec<&'h Partial> {
        self.rule.promotions(self, history)
    }

    /// Returns the candidates from which the strategy chooses, highest rung first; none if the rule
    /// chooses.
    pub(crate) fn due<'h>(&self, history: &'h History) -> Vec<Due<'h>> {
        self.rule.due(self, history)
    }

    /// Returns the rung at which a new architecture starts. `place` is the number of new
    /// architectures that started before it.
    pub fn first_rung(&self, place: usize) -> u32 {
        self.rule.first_rung(self, place)
    }
}

impl fmt::Display for Fidelity {
    /// Writes the form that [`Fidelity::from_str`] reads, which omits [`Fidelity::resumes`].
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rungs: Vec<_> = self.rungs.iter().map(ToString::to_string).collect();
        let Self { name, rule, reduction, .. } = self;
        write!(formatter, "{name}={}/{rule}/{reduction}", rungs.join(","))
    }
}

impl FromStr for Fidelity {
    type Err = FidelityError;

    /// Parses text such as `epochs=4,12,36,108/asha/3`; name, rule and reduction are optional.
    fn from_str(text: &str) -> Result<Self, FidelityError> {
        let error =
            |key, expected, found: &str| FidelityError { key, expected, found: found.into() };
        let (name, rest) = text.split_once('=').unwrap_or(("epochs", text));
        let mut parts = rest.split('/');
        let rungs = parts.next().unwrap_or_default().split(',').map(|rung| {
            let wrong = |_| error("rungs", "comma-separated numbers, such as 12,200", rung);
            rung.trim().parse().map_err(wrong)
        });
        let mut fidelity = Self {
            name: name.into(),
            rungs: rungs.collect::<Result<_, _>>()?,
            rule: PromotionRule::default(),
            reduction: PromotionRule::default().reduction(),
            resumes: false,
        };
        if let Some(rule) = parts.next() {
            let expected = "asha, successive-halving, hyperband, median or guided";
            fidelity.rule = rule.parse().map_err(|_| error("rule", expected, rule))?;
            fidelity.reduction = fidelity.rule.reduction();
        }
        if let Some(reduction) = parts.next() {
            let expected = "a number from 2 to 10^6";
            let wrong = |_| error("reduction", expected, reduction);
            fidelity.reduction = reduction.parse().map_err(wrong)?;
        }
        if let Some(more) = parts.next() {
            return Err(error("fidelity", "nothing after the reduction", more));
        }
        fidelity.check()?;
        Ok(fidelity)
    }
}

/// The fidelity at which a trial is evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// Index of the rung, from 0.
    pub rung: u32,
    /// The fidelity, such as a number of epochs.
    pub fidelity: f64,
    /// The trial in which the same architecture was evaluated at the previous rung, if any. The
    /// evaluation may resume where that trial stopped.
    pub after: Option<TrialId>,
}
