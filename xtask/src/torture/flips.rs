//! Studies with a flipped bit in their store: they must be rejected or unchanged.

use anyhow::{Context, Result};

use super::lab::{Lab, answer, ensure_right, flip};

const STUDY: &str = "space = \"nasbench201\"\nstrategy = \"ganas\"\nbudget = 30\nseed = 4\n\
    from = [\"known.csv\"]\n";

const KNOWN: &str = "arch,value\n\
    |nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|,80.5\n";

/// Number of cases in a round.
pub(super) const CASES: u64 = 20;
/// Number of flips in a case.
const FLIPS: u64 = 50;

/// The commands run on a damaged study.
const QUESTIONS: [&[&str]; 3] = [
    &["trials", "study", "--json"],
    &["status", "study", "--json"],
    &["resume", "study", "--json", "--history", "--budget", "35"],
];

/// Flips a bit of a study, then another of the same study, and so on.
pub(super) fn check(lab: &Lab, case: u64) -> Result<()> {
    let whole = lab.place(&[("study.toml", STUDY), ("known.csv", KNOWN)])?;
    whole.json(&["search", "study.toml", "--json"])?;
    let right = QUESTIONS.map(|question| {
        let place = lab.place_with(&whole, "study")?;
        answer(&place, question)
    });
    let right = right.into_iter().collect::<Result<Vec<_>>>()?;
    let mut refused = 0;
    for number in case * FLIPS..(case + 1) * FLIPS {
        for (question, right) in QUESTIONS.iter().zip(&right) {
            let place = lab.place_with(&whole, "study")?;
            let bit = flip(&place.path("study/study.db"), number)?;
            let found = answer(&place, question)?;
            refused += u64::from(found.is_none());
            ensure_right(found.as_ref(), right.as_ref())
                .with_context(|| format!("bit {bit}, {question:?}"))?;
        }
    }
    println!("  {} answers after a flip: {refused} refused, the others right", 3 * FLIPS);
    Ok(())
}
