//! How much of a budget is used up.

/// How far a study is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Of the budget, such as `12 of 30 queries`.
    pub(crate) text: String,
    /// What of the budget is used up.
    pub(crate) done: u64,
    /// How many evaluations are left, about.
    pub(crate) more: usize,
}

impl Amount {
    /// After so many queries; where there are several fidelities, what they `spent` in whole evaluations.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the budget")]
    pub(crate) fn new(queries: usize, budget: usize, spent: Option<f64>) -> Self {
        let Some(spent) = spent else {
            let text = format!("{queries} of {budget} queries");
            return Self { text, done: queries as u64, more: budget.saturating_sub(queries) };
        };
        let left = (budget as f64 - spent).max(0.0);
        Self {
            text: format!("{spent:.1} of {budget} whole evaluations, {queries} queries"),
            done: spent as u64,
            more: if spent > 0.0 {
                (queries as f64 * left / spent).ceil() as usize
            } else {
                budget
            },
        }
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
        assert_eq!(several.text, "10.0 of 30 whole evaluations, 40 queries");
        assert_eq!((several.done, several.more), (10, 80));
        assert_eq!(Amount::new(0, 30, Some(0.0)).more, 30);
    }
}
