//! How much of a study's budget is used up.

use ganas::Plan;
use ganas::search::{StoreError, StudyReader};

use super::number::counted;

/// The used and the remaining part of a study's budget.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    /// The used part of the budget as text, such as `12 of 30 queries`.
    pub(crate) text: String,
    /// The used part of the budget, rounded down to a whole number of queries or full evaluations.
    pub(crate) done: u64,
    /// The approximate number of further evaluations that the budget allows.
    pub(crate) more: usize,
}

impl Amount {
    /// Returns the used and the remaining part of `budget` after `queries` queries. `spent` is the
    /// total cost of these queries in full evaluations, if an evaluation may cost less than a full
    /// one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the budget")]
    pub(crate) fn new(queries: usize, budget: usize, spent: Option<f64>) -> Self {
        let Some(spent) = spent else {
            let text = format!("{queries} of {budget} queries");
            return Self { text, done: queries as u64, more: budget.saturating_sub(queries) };
        };
        let left = (budget as f64 - spent).max(0.0);
        Self {
            text: format!(
                "{spent:.1} of {budget} full evaluations, {}",
                counted(queries, "query", "queries")
            ),
            done: spent as u64,
            more: if spent > 0.0 {
                (queries as f64 * left / spent).ceil() as usize
            } else {
                budget
            },
        }
    }
}

/// Returns true if an evaluation may cost less than a full one.
pub(crate) fn has_parts(plan: &Plan) -> bool {
    plan.options.fidelity.is_some() || plan.options.stopping.is_some()
}

/// Returns the cost of all evaluations of a stored study in full evaluations, if an evaluation may
/// cost less than a full one. `plan` is `None` if a later version wrote the study's configuration.
pub(crate) fn spent(plan: Option<&Plan>, reader: &StudyReader) -> Result<Option<f64>, StoreError> {
    match plan.filter(|plan| has_parts(plan)) {
        Some(plan) => Ok(plan.options.spent(&reader.trials()?)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_evaluations_are_counted_where_there_are_others() {
        let plain = Amount::new(12, 30, None);
        assert_eq!((&*plain.text, plain.done, plain.more), ("12 of 30 queries", 12, 18));
        let several = Amount::new(40, 30, Some(10.0));
        assert_eq!(several.text, "10.0 of 30 full evaluations, 40 queries");
        assert_eq!((several.done, several.more), (10, 80));
        assert_eq!(Amount::new(0, 30, Some(0.0)).more, 30);
    }
}
