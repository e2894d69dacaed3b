//! Cheap evaluations before whole ones: at which fidelities, what each costs, what is promoted, and what is
//! stopped early.

mod rule;
mod stopping;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::rule::Due;
pub use self::rule::StoppingRule;
pub use self::stopping::{Stopping, value_at};
use crate::{FidelityError, History, Partial, StoredTrial, TrialId};

/// Most rungs.
pub const MAX_RUNGS: usize = 32;

/// How thorough evaluations can be, from the cheapest to a whole one, and which architectures earn more.
///
/// A new architecture is evaluated at a low rung; what the rule promotes is evaluated at the next one, and
/// only evaluations at the top rung are a study's results.
///
/// ```
/// use ganas_search::{Fidelity, StoppingRule};
/// let fidelity = Fidelity::new("epochs", vec![4.0, 12.0, 36.0, 108.0])?;
/// assert_eq!(fidelity.rule, StoppingRule::Guided);
/// assert!(Fidelity::new("epochs", vec![12.0, 4.0]).is_err(), "rungs rise");
/// # Ok::<(), ganas_search::FidelityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Fidelity {
    /// What it is a number of, such as `epochs`.
    pub name: String,
    /// The fidelities, rising; the last is that of a whole evaluation.
    pub rungs: Vec<f64>,
    /// What is promoted.
    pub rule: StoppingRule,
    /// One in so many is promoted, where the rule goes by a share.
    pub reduction: f64,
    /// Does a promoted evaluation resume where the one at the rung below stopped? Then it costs the
    /// difference; else it begins again, and costs all.
    pub resumes: bool,
}

/// Fidelities as files have them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    rungs: Vec<f64>,
    #[serde(default)]
    rule: StoppingRule,
    reduction: Option<f64>,
    #[serde(default)]
    resumes: bool,
}

impl From<Written> for Fidelity {
    fn from(written: Written) -> Self {
        let Written { name, rungs, rule, reduction, resumes } = written;
        Self { name, rungs, rule, reduction: reduction.unwrap_or(rule.reduction()), resumes }
    }
}

impl Fidelity {
    /// Fidelities with the usual rule and its reduction, whose evaluations begin again at each rung.
    ///
    /// # Errors
    /// As [`Fidelity::check`].
    pub fn new(name: &str, rungs: Vec<f64>) -> Result<Self, FidelityError> {
        let (name, rule) = (name.into(), StoppingRule::default());
        let fidelity = Self { name, rungs, rule, reduction: rule.reduction(), resumes: false };
        fidelity.check()?;
        Ok(fidelity)
    }

    /// Checks what the form alone does not.
    ///
    /// # Errors
    /// If it has no name, not two to [`MAX_RUNGS`] rungs that rise from above 0, or a reduction below 2.
    pub fn check(&self) -> Result<(), FidelityError> {
        let error = |key, expected, found: String| Err(FidelityError { key, expected, found });
        if self.name.trim().is_empty() {
            return error("name", "what it is a number of, such as `epochs`", "nothing".into());
        }
        let shown = || format!("{:?}", &self.rungs[..self.rungs.len().min(MAX_RUNGS)]);
        if !(2..=MAX_RUNGS).contains(&self.rungs.len()) {
            return error("rungs", "2 to 32 fidelities", self.rungs.len().to_string());
        }
        let rise = self.rungs.iter().all(|rung| rung.is_finite() && *rung > 0.0)
            && self.rungs.is_sorted_by(|one, next| one < next);
        if !rise {
            return error("rungs", "numbers above 0 that rise", shown());
        }
        if !(2.0..=1e6).contains(&self.reduction) {
            return error("reduction", "a number from 2 to 10^6", self.reduction.to_string());
        }
        Ok(())
    }

    /// The place of the top rung.
    pub fn top(&self) -> u32 {
        u32::try_from(self.rungs.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The fidelity at a rung; at the top where there is no such rung.
    pub fn at(&self, rung: u32) -> f64 {
        self.rungs[(rung as usize).min(self.rungs.len() - 1)]
    }

    /// What an evaluation at a rung costs, in whole evaluations, where the rung `from` was evaluated before.
    pub fn cost(&self, rung: u32, from: Option<u32>) -> f64 {
        let before = from.filter(|_| self.resumes).map_or(0.0, |from| self.at(from));
        (self.at(rung) - before) / self.at(self.top())
    }

    /// What the queries among some trials cost, in whole evaluations.
    pub fn spent(&self, trials: &[StoredTrial]) -> f64 {
        let queries = || trials.iter().filter(|trial| trial.query.is_some_and(|query| query > 0));
        let rung = |trial: &StoredTrial| trial.rung.unwrap_or(self.top());
        let measured: HashSet<_> = queries().map(|trial| (&trial.arch, rung(trial))).collect();
        let cost = |trial: &StoredTrial| {
            let below = rung(trial).checked_sub(1);
            self.cost(rung(trial), below.filter(|below| measured.contains(&(&trial.arch, *below))))
        };
        queries().map(cost).sum()
    }

    /// What an architecture that begins at a rung costs in the end, on average: its evaluation there, and its
    /// share of those that follow.
    pub fn expected_cost(&self, first: u32) -> f64 {
        let share = if self.rule == StoppingRule::Median { 2.0 } else { self.reduction };
        let cost = |rung: u32| {
            let from = (rung > first).then(|| rung - 1);
            self.cost(rung, from) / share.powf(f64::from(rung - first))
        };
        (first..=self.top()).map(cost).sum()
    }

    /// What is to be promoted now, by what was measured so far, the most urgent first; nothing where the
    /// strategy chooses ([`Strategy::promote`](crate::Strategy::promote)).
    pub fn promotions<'h>(&self, history: &'h History) -> Vec<&'h Partial> {
        self.rule.promotions(self, history)
    }

    /// What a strategy is to choose from, where it does, the highest rung first.
    pub(crate) fn due<'h>(&self, history: &'h History) -> Vec<Due<'h>> {
        self.rule.due(self, history)
    }

    /// The rung at which the `place`th new architecture begins, counted from 0.
    pub fn first_rung(&self, place: usize) -> u32 {
        self.rule.first_rung(self, place)
    }
}

impl fmt::Display for Fidelity {
    /// As [`Fidelity::from_str`] reads it; whether evaluations resume is not said.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rungs: Vec<_> = self.rungs.iter().map(ToString::to_string).collect();
        let Self { name, rule, reduction, .. } = self;
        write!(formatter, "{name}={}/{rule}/{reduction}", rungs.join(","))
    }
}

impl FromStr for Fidelity {
    type Err = FidelityError;

    /// Reads `epochs=4,12,36,108/asha/3`; name, rule and reduction may be left out.
    fn from_str(text: &str) -> Result<Self, FidelityError> {
        let error =
            |key, expected, found: &str| FidelityError { key, expected, found: found.into() };
        let (name, rest) = text.split_once('=').unwrap_or(("epochs", text));
        let mut parts = rest.split('/');
        let rungs = parts.next().unwrap_or_default().split(',').map(|rung| {
            let wrong = |_| error("rungs", "numbers with commas between, such as 12,200", rung);
            rung.trim().parse().map_err(wrong)
        });
        let mut fidelity = Self {
            name: name.into(),
            rungs: rungs.collect::<Result<_, _>>()?,
            rule: StoppingRule::default(),
            reduction: StoppingRule::default().reduction(),
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

/// How thorough the evaluation of a trial is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// Its place among the rungs, from 0.
    pub rung: u32,
    /// The fidelity, such as a number of epochs.
    pub fidelity: f64,
    /// The trial of the same architecture at the rung below, where there was one: its evaluation may be
    /// resumed.
    pub after: Option<TrialId>,
}
