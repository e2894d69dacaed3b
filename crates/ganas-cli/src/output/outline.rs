//! The decisions of a space, as text for people.

use ganas::graph::{OutlineEntry, OutlinePart};

use super::labelled::beside;
use super::plain::in_line;

/// Maximum width, in characters, of names that have their values beside them. Wider names have
/// their values below them.
const WIDEST: usize = 36;

/// Maximum number of names for which a line shows every name. If there are more, it shows only the
/// first and the last.
const FEW: usize = 3;

/// Returns the parts of a space as text, each with its decisions below it. Decisions of a part
/// share a line if they have the same values and their names end with the same component.
pub(crate) fn outline(parts: &[OutlinePart]) -> String {
    let mut text = String::new();
    for part in parts {
        text += "\n";
        text += &beside("  ", &in_line(&part.title));
        let groups = groups(&part.entries);
        let widths = groups.iter().map(|(names, _)| names.chars().count());
        let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for (names, values) in groups {
            let (names, values) = (in_line(&names), in_line(&values));
            if names.chars().count() <= WIDEST {
                text += &beside(&format!("    {names:<width$}  "), &values);
            } else {
                text += &beside("    ", &names);
                text += &beside(&" ".repeat(width + 6), &values);
            }
        }
    }
    text
}

/// Returns the names of decisions that share a line, and the possible values of these decisions.
fn groups(entries: &[OutlineEntry]) -> Vec<(String, String)> {
    let mut groups: Vec<(Vec<&str>, &str, String)> = Vec::new();
    for entry in entries {
        let (values, last) = (values(entry), last(&entry.name));
        let is_same = |group: &&mut (Vec<&str>, &str, String)| group.1 == last && group.2 == values;
        match groups.iter_mut().find(is_same) {
            Some((names, ..)) => names.push(&entry.name),
            None => groups.push((vec![&entry.name], last, values)),
        }
    }
    groups.into_iter().map(|(names, _, values)| (together(&names), values)).collect()
}

/// Returns the last component of a decision's name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn together(names: &[&str]) -> String {
    match names {
        [first, .., last] if names.len() > FEW => {
            format!("{first} … {last}, {} decisions", names.len())
        }
        _ => names.join(", "),
    }
}

/// Returns a description of the possible values of a decision.
fn values(entry: &OutlineEntry) -> String {
    let OutlineEntry { values, words, default, when, .. } = entry;
    let mut text = match (&words, &values[..]) {
        (Some(words), _) => words.clone(),
        (None, [value]) => format!("{value}, fixed"),
        (None, values) => values.join(", "),
    };
    if let Some(default) = default {
        text += &["; default ", default].concat();
    }
    if let Some(when) = when {
        text += &["; when ", when].concat();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_the_same_stands_together() {
        let entry = |name: &str, values: &[&str]| OutlineEntry {
            name: name.into(),
            values: values.iter().map(ToString::to_string).collect(),
            ..OutlineEntry::default()
        };
        let mut entries = vec![entry("stage1.width", &["16"])];
        for layer in 1..=4 {
            entries.push(entry(&format!("stage1.layer{layer}.kernel"), &["3", "5"]));
            entries.push(entry(&format!("stage1.layer{layer}.heads"), &["3", "5"]));
        }
        let part = OutlinePart { title: "stage1: residual".into(), entries };
        let expected = "\n  stage1: residual\n    stage1.width  16, fixed\n    \
            stage1.layer1.kernel … stage1.layer4.kernel, 4 decisions\n                  3, 5\n    \
            stage1.layer1.heads … stage1.layer4.heads, 4 decisions\n                  3, 5\n";
        assert_eq!(outline(&[part]), expected);
    }
}
