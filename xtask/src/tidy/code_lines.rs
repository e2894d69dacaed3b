//! The crates' lines of code.

use std::fmt::Write as _;

use super::sources::Source;

/// Lines that are neither blank nor comments.
pub(super) fn count(sources: &[Source]) -> usize {
    let lines = sources.iter().flat_map(|source| source.text.lines()).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// A row a crate, and the sum.
pub(super) fn table(crates: &[(String, usize)]) -> String {
    let mut text = String::from("lines of code without tests\n");
    let total = ("total".to_owned(), crates.iter().map(|(_, lines)| lines).sum());
    for (name, lines) in crates.iter().chain([&total]) {
        writeln!(text, "  {name:15}{lines:7}").expect("texts take all that is written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_are_no_code() {
        let source =
            |text: &str| Source { path: "a.rs".into(), module: Vec::new(), text: text.into() };
        let sources = [source("//! A.\n\n/// F.\nfn f() {\n    // Why.\n}\n"), source("mod a;\n")];
        assert_eq!(count(&sources), 3);
        let table = table(&[("a".into(), 3), ("b".into(), 40)]);
        assert!(table.ends_with("  b                   40\n  total               43\n"), "{table}");
    }
}
