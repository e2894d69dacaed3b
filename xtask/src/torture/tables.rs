//! Imported tables with a flipped bit: they must be rejected or give unchanged results.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result};
use serde_json::Value;

use super::lab::{Lab, answer, ensure_right, flip};

/// Number of cases in a round.
pub(super) const CASES: u64 = 10;

/// Number of flips per case in each table.
const FLIPS: u64 = 10;

/// Flips a bit of each imported table, then another of the same table, and so on.
pub(super) fn check(lab: &Lab, case: u64) -> Result<()> {
    let tables = tables()?;
    if tables.is_empty() {
        println!("  skipped: no imported tables in the folder that GANAS_DATA names");
    }
    for table in tables {
        let name = table
            .file_stem()
            .and_then(|name| name.to_str())
            .context("a table without a UTF-8 name")?;
        let place = lab.place(&[])?;
        fs::create_dir(place.path("data")).context("making a folder")?;
        let copy = place.path("data").join(table.file_name().context("a table without a name")?);
        let restore = || fs::copy(&table, &copy).with_context(|| format!("copying {name}"));
        let question =
            ["search", name, "--strategy", "random", "--budget", "20", "--json", "--history"];
        restore()?;
        // The reported SHA-256 of the table is that of the damaged file.
        let asked = || {
            let mut answer = answer(&place, &question)?;
            if let Some(fields) = answer.as_mut().and_then(Value::as_object_mut) {
                fields.remove("tables");
            }
            Ok::<_, anyhow::Error>(answer)
        };
        let right = asked()?;
        let mut refused = 0;
        for number in case * FLIPS..(case + 1) * FLIPS {
            restore()?;
            let bit = flip(&copy, number)?;
            let found = asked()?;
            refused += u64::from(found.is_none());
            ensure_right(found.as_ref(), right.as_ref())
                .with_context(|| format!("{name}, bit {bit}"))?;
        }
        println!("  {name}: {FLIPS} searches after a flip: {refused} refused, the others right");
    }
    Ok(())
}

/// Returns the imported tables of this machine.
fn tables() -> Result<Vec<PathBuf>> {
    let Some(folder) = env::var_os("GANAS_DATA").map(PathBuf::from) else { return Ok(Vec::new()) };
    let mut tables = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "table") {
            tables.push(path);
        }
    }
    tables.sort();
    Ok(tables)
}
