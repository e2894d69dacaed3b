//! Requirements on the files of the workspace: place, size and first line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::files::read;
use crate::process::root;

/// All that may stand at the top level.
const TOP_LEVEL: [&str; 19] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "crates",
    "docs",
    "xtask",
    "benchmarks-data",
    "tests",
    ".ci",
    ".cargo",
    ".gitignore",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
];

/// Lines that a source file may have without saying why it is so long.
const LINES: usize = 400;

/// What a longer file's head must say, with the reason after it.
const LONG: &str = "Long because";

/// Bytes that a tracked file may have.
const BYTES: u64 = 1_000_000;

/// What is wrong with the tracked files; a long one gets a word only.
pub(super) fn check(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut problems: Vec<_> = strays(files).into_iter().chain(folders_of_tests(files)).collect();
    for file in files {
        let path = root().join(file);
        // A deletion that is not committed yet.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.len() > BYTES {
            problems.push(format!("{}: {} bytes, above {BYTES}", file.display(), metadata.len()));
        }
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = read(&path)?;
        if is_long(&text) {
            let lines = text.lines().count();
            println!(
                "tidy: {}: {lines} lines, above {LINES}, and its head does not say `{LONG} …`",
                file.display()
            );
        }
        if needs_head(file) && !text.starts_with("//!") {
            problems.push(format!("{}: expected a `//!` line at its beginning", file.display()));
        }
    }
    Ok(problems)
}

/// Entries that do not belong at the top level.
fn strays(files: &[PathBuf]) -> Vec<String> {
    let entries: BTreeSet<_> = files.iter().filter_map(|file| part(file, 0)).collect();
    let strays = entries.into_iter().filter(|entry| !TOP_LEVEL.contains(entry));
    strays.map(|entry| format!("{entry}: not an entry of the top level")).collect()
}

/// Folders that hold nothing but `tests.rs`, which belongs at the end of the file that it tests, or beside it.
fn folders_of_tests(files: &[PathBuf]) -> Vec<String> {
    let mut entries: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for file in files.iter().filter(|file| is_source(file)) {
        for entry in file.ancestors() {
            if let Some(folder) = entry.parent() {
                entries.entry(folder).or_default().insert(entry);
            }
        }
    }
    let only_tests = |(folder, entries): (&Path, BTreeSet<&Path>)| {
        let found =
            entries.len() == 1 && entries.first().is_some_and(|it| it.ends_with("tests.rs"));
        found.then(|| format!("{}: holds nothing but `tests.rs`", folder.display()))
    };
    entries.into_iter().filter_map(only_tests).collect()
}

/// Must the file say what it is for?
fn needs_head(file: &Path) -> bool {
    file.starts_with("xtask/src") || file.starts_with("tests/it") || part(file, 2) == Some("src")
}

/// Is it below a crate's `src` or `tests`?
fn is_source(file: &Path) -> bool {
    needs_head(file) || part(file, 2) == Some("tests")
}

fn part(file: &Path, place: usize) -> Option<&str> {
    file.components().nth(place)?.as_os_str().to_str()
}

fn is_long(text: &str) -> bool {
    text.lines().count() > LINES && !text.lines().take(20).any(|line| line.contains(LONG))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_gives_its_reason() {
        let long = "line\n".repeat(LINES + 1);
        assert!(is_long(&long));
        assert!(!is_long(&format!("//! Long because it is a table.\n{long}")));
        assert!(!is_long(&"line\n".repeat(LINES)));
    }

    #[test]
    fn strays_at_the_top_level_are_found() {
        let files = ["crates/a/b.rs".into(), "docs/a.md".into(), "notes.txt".into()];
        assert_eq!(strays(&files), ["notes.txt: not an entry of the top level"]);
    }

    #[test]
    fn folders_with_tests_alone_are_found() {
        let files = [
            "crates/a/src/lib.rs",
            "crates/a/src/b/tests.rs",
            "crates/a/src/c/mod.rs",
            "crates/a/src/c/tests.rs",
            "crates/a/src/d/tests.rs",
            "crates/a/src/d/e/f.rs",
            "crates/a/tests/g/tests.rs",
            "crates/a/benches/h/tests.rs",
        ];
        assert_eq!(
            folders_of_tests(&files.map(PathBuf::from)),
            [
                "crates/a/src/b: holds nothing but `tests.rs`",
                "crates/a/tests/g: holds nothing but `tests.rs`"
            ]
        );
    }

    #[test]
    fn sources_need_heads() {
        let needs = |file: &str| needs_head(Path::new(file));
        assert!(needs("crates/a/src/b/c.rs") && needs("xtask/src/a.rs") && needs("tests/it/a.rs"));
        assert!(!needs("crates/a/tests/b.rs") && !needs("crates/a/benches/b.rs"));
        assert!(!needs("crates/a/fuzz/fuzz_targets/b.rs"));
    }
}
