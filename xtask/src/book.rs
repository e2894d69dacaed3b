//! `cargo xtask book`: builds the book in `docs` as pages.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{root, tool};

/// The version of mdBook, built without its server, which would double the compile time.
const MDBOOK: &str = "0.5.4";

/// Builds `target/book` with mdBook in `target/mdbook`, which is compiled if missing.
pub(crate) fn run() -> Result<()> {
    let target = root().join("target");
    let mut mdbook = Command::new(tool("mdbook", MDBOOK, &["--no-default-features"])?);
    mdbook.args(["build", "docs"]).current_dir(root());
    let done = mdbook.output().context("mdbook")?;
    let said = String::from_utf8_lossy(&done.stderr);
    let is_whole = done.status.success() && !said.contains("WARN") && !said.contains("ERROR");
    ensure!(is_whole, "mdbook: {said}");
    let book = target.join("book");
    let pages = fs::read_to_string(root().join("docs/src/SUMMARY.md"))?;
    for page in pages.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let html = page.replace("README.md", "index.md").replace(".md", ".html");
        let text = fs::read_to_string(book.join(&html)).with_context(|| html.clone())?;
        ensure!(!text.contains("{{#"), "{html}: expected included text, found the include itself");
    }
    println!("book: {}", book.join("index.html").display());
    Ok(())
}
