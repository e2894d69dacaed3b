//! Represents the choice in each decision of an architecture as a point, so that distances between
//! choices are meaningful.
//!
//! Only search spaces with ordered choices or numeric decisions have such points. In these spaces,
//! distances between values describe decisions better than counts of graph labels do.

use ganas_graph::{Arch, DecisionKind, SearchSpace, Subject};

use super::feature_hash::mix;

/// The choice made in one decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setting {
    /// An identifier of the decision.
    pub(crate) key: u64,
    /// Position of the choice among the decision's ordered choices or in its range, from 0 to 1;
    /// the index of the choice if the choices have no order.
    pub(crate) place: f64,
    pub(crate) is_ordered: bool,
}

/// Returns the settings of an architecture, sorted by decision; none in spaces without ordered or
/// numeric choices.
pub(crate) fn settings(space: &dyn SearchSpace, arch: &Arch) -> Vec<Setting> {
    let is_ordered = |kind: &DecisionKind| kind.range.is_some() || kind.ordered;
    if !space.kinds().iter().any(is_ordered) {
        return Vec::new();
    }
    let mut numbers = arch.numbers().iter();
    let choices = arch.choices();
    let setting = |(at, &choice): (usize, &u8)| {
        let decision = space.next(&choices[..at])?;
        let kind = &space.kinds()[decision.kind];
        let number = kind.range.and_then(|range| Some((range, numbers.next()?.get())));
        let last = kind.choices.len().saturating_sub(1).max(1) as f64;
        let place = match number {
            Some((range, number)) => range.fraction(number),
            None if kind.ordered => f64::from(choice) / last,
            None => f64::from(choice),
        };
        let subject = match decision.subject {
            Subject::Node(node) => mix(1, node as u64),
            Subject::Edge { from, to } => mix(mix(2, from as u64), to as u64),
        };
        let key = mix(decision.kind as u64, subject);
        Some(Setting { key, place, is_ordered: is_ordered(kind) })
    };
    let mut settings: Vec<_> = choices.iter().enumerate().map_while(setting).collect();
    settings.sort_by_key(|setting| setting.key);
    settings
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::described;

    use super::*;

    #[test]
    fn ordered_choices_are_placed_between_0_and_1() {
        let place = |values: &str, choice: &str| {
            let text = format!("name = 'one'\n[[parameters]]\nname = 'n'\nvalues = {values}\n");
            let space = described::parse(&text).unwrap();
            let arch = space.parse(&format!("n={choice}")).unwrap();
            settings(&space, &arch).first().map(|setting| setting.place)
        };
        let places = ["1", "2", "8"].map(|choice| place("[1, 2, 8]", choice));
        assert_eq!(places, [Some(0.0), Some(0.5), Some(1.0)]);
        assert_eq!(place("['a', 'b', 'c']", "b"), None, "nothing is ordered");
    }
}
