//! The amount of a budget that is used up.

/// The progress of a study.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    /// The used part of the budget as text, such as `12 of 30 queries`.
    pub(crate) text: String,
    /// The used part of the budget.
    pub(crate) done: u64,
    /// The approximate number of evaluations left.
    pub(crate) more: usize,
}

impl Amount {
    /// Computes the amount after `queries` queries; with several fidelities, from their cost
    /// `spent` in full evaluations.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the budget")]
    pub(crate) fn new(queries: usize, budget: usize, spent: Option<f64>) -> Self {
        let Some(spent) = spent else {
            let text = format!("{queries} of {budget} queries");
            return Self { text, done: queries as u64, more: budget.saturating_sub(queries) };
        };
        let left = (budget as f64 - spent).max(0.0);
        Self {
            text: format!("{spent:.1} of {budget} full evaluations, {queries} queries"),
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
        assert_eq!(several.text, "10.0 of 30 full evaluations, 40 queries");
        assert_eq!((several.done, several.more), (10, 80));
        assert_eq!(Amount::new(0, 30, Some(0.0)).more, 30);
    }
}
