//! Names of decisions.

use std::collections::HashMap;

use crate::{Arch, ChoiceValue, Decision, SearchSpace, Subject};

/// What an architecture chose, by the kind of each decision and the node or edge that it is about, such as
/// `operator.3` and `edge.1-3`. Where a node is asked the same thing again, `#2` is added.
pub(crate) fn by_subject<S: SearchSpace + ?Sized>(
    space: &S,
    arch: &Arch,
) -> Vec<(String, ChoiceValue)> {
    let mut numbers = arch.numbers().iter();
    let mut times = HashMap::new();
    let mut found = Vec::with_capacity(arch.choices().len());
    for (place, &choice) in arch.choices().iter().enumerate() {
        let Some(Decision { kind, subject, .. }) = space.next(&arch.choices()[..place]) else {
            break;
        };
        let kind = &space.kinds()[kind];
        let name = kind.name.replace(' ', "_");
        let name = match subject {
            Subject::Node(node) => format!("{name}.{node}"),
            Subject::Edge { from, to } => format!("{name}.{from}-{to}"),
        };
        let time = times.entry(name.clone()).or_insert(0);
        *time += 1;
        let name = if *time > 1 { format!("{name}#{time}") } else { name };
        let number = kind.range.and_then(|_| numbers.next());
        let value = match number {
            Some(number) => ChoiceValue::Number(number.get()),
            None => ChoiceValue::named(kind.choices.get(usize::from(choice)).map_or("", |it| it)),
        };
        found.push((name, value));
    }
    found
}
