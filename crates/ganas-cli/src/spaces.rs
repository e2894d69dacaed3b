//! Search spaces by name or from a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anyhow::Context;
use ganas_graph::SearchSpace;
use ganas_graph::spaces::darts::Network;
use ganas_graph::spaces::described::{self, MAX_BYTES, SpaceFileError};
use ganas_graph::spaces::{Chain, Darts, NasBench101, NasBench201, chain};
use ganas_search::UnknownName;

/// Names of the built-in spaces.
pub(crate) fn names() -> Vec<&'static str> {
    [&["nasbench201", "nasbench101", "darts", "darts-none"], &chain::BUILT_IN[..]].concat()
}

/// The space of that name, or the one that the file describes.
///
/// # Errors
/// [`UnknownName`], a file that cannot be read, or [`SpaceFileError`] with the place in it.
pub(crate) fn open(name_or_file: &str) -> anyhow::Result<Box<dyn SearchSpace>> {
    if let Some(space) = built_in(name_or_file) {
        return Ok(space);
    }
    let path = Path::new(name_or_file);
    let is_path = path.extension().is_some() || path.components().count() > 1 || path.exists();
    if !is_path {
        let valid = names().into_iter().map(str::to_owned).collect();
        let found = name_or_file.to_owned();
        let unknown = UnknownName { what: "search space or file", found, valid };
        return Err(unknown.into());
    }
    Ok(Box::new(described::read(&read(path)?, name_or_file)?))
}

fn built_in(name: &str) -> Option<Box<dyn SearchSpace>> {
    match name {
        "nasbench201" => Some(Box::new(NasBench201::default())),
        "nasbench101" => Some(Box::new(NasBench101::default())),
        "darts" => Some(Box::new(Darts::default())),
        "darts-none" => Some(Box::new(Darts::with_none(Network::darts_cifar10()))),
        name => Some(Box::new(Chain::built_in(name)?)),
    }
}

/// The text of a file; one byte more than a description may have shows that it is too long.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = |file: File| file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text);
    File::open(path).and_then(read).with_context(|| format!("reading {}", path.display()))?;
    Ok(text)
}

/// The error with the lines of the file that it is about.
pub(crate) fn render(error: &SpaceFileError) -> String {
    let text = &error.text;
    let start = text.floor_char_boundary(error.range.start);
    let end = text.ceil_char_boundary(error.range.end.max(start + 1));
    let span = start.min(end)..end;
    let annotation = AnnotationKind::Primary.span(span);
    let source = Snippet::source(text).path(&error.source_name).annotation(annotation);
    let report = [Level::ERROR.primary_title(&error.message).element(source)];
    Renderer::plain().render(&report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_opens_a_space() {
        for name in names() {
            assert_eq!(open(name).unwrap().name(), name);
        }
        let error = open("nasbench21").unwrap_err().to_string();
        assert!(error.contains("did you mean `nasbench201`?"), "{error}");
        let error = open("none/such.toml").unwrap_err().to_string();
        assert_eq!(error, "reading none/such.toml");
    }

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        let error = described::read("name = \"x\"\ncels = []\n", "mine.toml").unwrap_err();
        let text = render(&error);
        assert!(text.starts_with("error: unknown field `cels`, expected one of"), "{text}");
        assert!(text.contains("--> mine.toml:2:1"), "{text}");
        assert!(text.contains("2 | cels = []") && text.contains("^^^^"), "{text}");
        let marked = described::read("\u{feff}name = \"x\"\n", "marked.toml").unwrap_err();
        assert!(render(&marked).contains("marked.toml"), "{}", render(&marked));
        let empty = described::read("", "empty.toml").unwrap_err();
        assert!(render(&empty).contains("empty.toml"), "{}", render(&empty));
    }
}
