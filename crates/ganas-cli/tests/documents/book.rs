//! Runs the commands of each page of the book, and of the crate's README, in a separate folder with the
//! files that the page shows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::snippets::{blocks, commands, run};

fn pages() -> Vec<PathBuf> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src");
    let mut folders = vec![book];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { pages.push(path) }
        }
    }
    pages.sort();
    pages
}

/// Writes the files that a page shows: blocks whose first line names them, in a comment.
fn write_files(page: &str, folder: &Path) {
    for block in ["toml", "python", "csv"].into_iter().flat_map(|language| blocks(page, language)) {
        let (first, rest) = block.split_once('\n').unwrap();
        let name = first.strip_prefix("# ").unwrap_or_else(|| panic!("{first}: names no file"));
        fs::write(folder.join(name), rest).unwrap();
    }
}

#[test]
fn every_command_of_the_book_and_of_the_crate_runs() {
    let mut count = 0;
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    for page in pages().into_iter().chain([readme]) {
        let text = fs::read_to_string(&page).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write_files(&text, folder.path());
        for command in commands(&text) {
            let output = run(folder.path(), command);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {command}: {stderr}", page.display());
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

#[test]
fn every_page_is_in_the_summary_and_links_lead_somewhere() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src");
    let summary = fs::read_to_string(book.join("SUMMARY.md")).unwrap();
    for page in pages() {
        let name = page.strip_prefix(&book).unwrap().display().to_string();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let target = page.parent().unwrap().join(file);
            assert!(link.contains("://") || target.is_file(), "{name}: {link}");
        }
    }
}
