//! Source files that the documents for contributors name.

use std::path::PathBuf;

use anyhow::Result;

use crate::files::read;
use crate::process::root;

/// The documents that lead through the code.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Part of a name that stands for any other.
const ANY: &str = "NAME";

/// Names of source files in the documents that no tracked file has.
pub(super) fn check(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for document in DOCUMENTS {
        let text = read(&root().join(document))?;
        let missing = named(&text).filter(|name| !files.iter().any(|file| file.ends_with(name)));
        problems.extend(missing.map(|name| format!("{document}: there is no file `{name}`")));
    }
    Ok(problems)
}

/// Returns what a text names in backticks that ends as a source file does.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let in_backticks = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    in_backticks.filter(|name| {
        let end = name.rsplit_once('.').map(|(_, end)| end);
        let is_source = matches!(end, Some("rs" | "py" | "pyi" | "js" | "toml" | "md"));
        is_source && !name.contains([' ', '*']) && !name.contains(ANY)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_files_in_backticks_are_found() {
        let text = "`store` has `sqlite/mod.rs`, `spaces/NAME.rs` and `a b.rs`\nno.rs `page.js`";
        assert_eq!(named(text).collect::<Vec<_>>(), ["sqlite/mod.rs", "page.js"]);
    }

    #[test]
    fn a_name_that_no_file_has_is_a_problem() {
        let problems = check(&["crates/ganas/src/workers.rs".into()]).unwrap();
        let of = |name: &str| problems.iter().any(|problem| problem.contains(&format!("`{name}`")));
        assert!(of("learner.rs") && !of("workers.rs"), "{problems:?}");
    }
}
