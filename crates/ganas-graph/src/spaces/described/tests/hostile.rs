//! Tests that files with randomly changed lines and numbers are either rejected or valid spaces.

use proptest::prelude::*;
use proptest::sample::Index;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::EXAMPLES;
use crate::spaces::described::parse;
use crate::{SearchSpace, moves};

/// Replacements for numbers.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "2",
    "3",
    "8",
    "16",
    "60",
    "64",
    "65",
    "65536",
    "4294967295",
    "-1",
    "1e300",
    "\"1\"",
];

/// Drops, duplicates or moves a line, or replaces a number in one.
fn changed(text: &str, kind: u8, at: Index, other: Index) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (place, end) = (at.index(lines.len()), other.index(lines.len()));
    match kind {
        0 => drop(lines.remove(place)),
        1 => lines.insert(end, lines[place].clone()),
        2 => lines.swap(place, end),
        _ => {
            let is_digit = |c: char| c.is_ascii_digit();
            let numbers: Vec<_> = text.match_indices(is_digit).map(|(start, _)| start).collect();
            let start = numbers[at.index(numbers.len())];
            let length = text[start..].find(|c| !is_digit(c)).unwrap_or(1);
            let number = NUMBERS[other.index(NUMBERS.len())];
            return [&text[..start], number, &text[start + length..]].concat();
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_file_is_refused_or_a_space(
        file in 0..EXAMPLES.len(),
        changes in prop::collection::vec((0..6_u8, any::<Index>(), any::<Index>()), 1..4),
        seed: u64,
    ) {
        let text = changes
            .into_iter()
            .fold(EXAMPLES[file].to_owned(), |text, (kind, at, other)| changed(&text, kind, at, other));
        match parse(&text) {
            Err(error) => prop_assert!(error.text.get(error.range).is_some()),
            Ok(space) => {
                let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(seed));
                prop_assert_eq!(space.parse(&space.display(&arch)), Ok(arch.clone()));
                let _ = (space.size(), space.canonical(&arch), space.canonical_graph(&arch));
                prop_assert_eq!(space.cost(&arch).len(), space.cost_metrics().len());
                prop_assert!(space.kinds().iter().all(|kind| kind.choices.len() <= 64));
            }
        }
    }
}
