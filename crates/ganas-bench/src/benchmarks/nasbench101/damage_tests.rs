//! Checks that damage to an imported table causes an error or changes nothing, but never yields a
//! wrong number.

use std::fmt::Debug;

use ganas_graph::spaces::NasBench101;
use ganas_graph::spaces::nasbench101::ModelSpec;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::contents::{Budget, Cell, Contents};
use super::results::Results;
use super::{NasBench101Table, Variant};
use crate::formats::table::Provenance;
use crate::source::Source as _;
use crate::{BenchError, RepeatSelection};

const CELLS: usize = 800;
const FLIPS: usize = 400;

/// Returns a table of three blocks.
fn table() -> Vec<u8> {
    let cells = ModelSpec::all().take(CELLS).map(|spec| {
        let params = u32::try_from(spec.params()).unwrap();
        Cell { hash: spec.hash(), spec, params }
    });
    let cells: Vec<_> = cells.collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut training = || [0.9, rng.random(), rng.random(), 100.0 + rng.random::<f32>()];
    let budgets = [4, 12, 36, 108].map(|epochs| Budget {
        epochs,
        trainings: (0..3 * cells.len()).map(|_| training()).collect(),
    });
    let contents = Contents { cells, repeats: 3, budgets: budgets.into(), failure: None };
    contents.write(Provenance {
        benchmark: Variant::Published.name().into(),
        part: "all".into(),
        contents: "made up".into(),
        source: "made up".into(),
        source_sha256: String::new(),
        licence: String::new(),
    })
}

fn open(bytes: Vec<u8>) -> Result<Results, BenchError> {
    let table = NasBench101Table::from_bytes(Variant::Published, "FILE", bytes)?;
    Ok(Results::new(table, 3, RepeatSelection::Mean))
}

/// Returns true for a correct result and false for an error, which must say what to do. Panics on a
/// wrong result.
fn is_right<T: PartialEq + Debug>(
    found: Result<T, BenchError>,
    right: Result<T, BenchError>,
) -> bool {
    match found {
        Ok(found) => {
            assert_eq!(found, right.unwrap());
            true
        }
        Err(error) => {
            check(&error);
            false
        }
    }
}

fn check(error: &BenchError) {
    let text = error.to_string();
    assert!(text.starts_with("FILE: ") && text.contains("import"), "{text}");
}

#[test]
fn a_damaged_byte_anywhere_gives_an_error_or_what_is_right() {
    let (bytes, space) = (table(), NasBench101::default());
    let sound = open(bytes.clone()).unwrap();
    assert!(sound.tables()[0].bytes > 2 << 16, "several blocks");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut refused, mut errors, mut right) = (0, 0, 0);
    for _ in 0..FLIPS {
        let mut damaged = bytes.clone();
        let at = rng.random_range(0..bytes.len());
        damaged[at] ^= rng.random_range(1..=u8::MAX);
        let found = match open(damaged) {
            Ok(found) => found,
            Err(error) => {
                check(&error);
                refused += 1;
                continue;
            }
        };
        let mut answers = Vec::new();
        for spec in ModelSpec::all().take(CELLS).step_by(97) {
            let arch = space.encode(&spec);
            answers.push(is_right(found.measure(&arch), sound.measure(&arch)));
            answers.push(is_right(found.test(&arch), sound.test(&arch)));
            answers.push(is_right(found.record(&arch), sound.record(&arch)));
        }
        let outside = space.inception();
        answers.push(is_right(found.measure(&outside), sound.measure(&outside)));
        answers.push(is_right(found.optimum(), sound.optimum()));
        answers.push(is_right(found.rank(50.0), sound.rank(50.0)));
        let count = answers.iter().filter(|is_right| **is_right).count();
        (right, errors) = (right + count, errors + answers.len() - count);
    }
    assert!(refused > 0 && errors > 100 && right > 100, "{refused}, {errors}, {right}");
}
