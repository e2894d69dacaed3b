//! How much of a study's budget is used up, and why a study ended.

use ganas::search::StopReason;

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
                "{spent:.1} of {budget} full evaluations, {queries} {}",
                if queries == 1 { "query" } else { "queries" }
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

/// Returns why a study ended, as a clause; `reason` is the name of the reason. `spent` is the cost of
/// all evaluations and the budget, both in full evaluations, if an evaluation may cost less than a
/// full one.
pub(crate) fn end(reason: &str, spent: Option<(f64, usize)>) -> String {
    match (reason.parse(), spent) {
        (Ok(StopReason::Budget), Some((spent, budget))) if budget as f64 - spent > 1e-6 => {
            "the rest of the budget is too small for another full evaluation".into()
        }
        (Ok(reason), _) => reason.description(),
        // A later version wrote it.
        (Err(_), _) => reason.to_owned(),
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

    #[test]
    fn a_rest_of_the_budget_is_told() {
        assert_eq!(end("budget", None), "the budget was used up");
        assert_eq!(end("budget", Some((30.0, 30))), "the budget was used up");
        assert!(end("budget", Some((29.5, 30))).contains("too small for another"));
        assert_eq!(end("of a later version", Some((29.5, 30))), "of a later version");
    }
}
