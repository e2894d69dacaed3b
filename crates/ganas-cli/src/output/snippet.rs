//! Shows errors in files, together with the lines that contain the errors.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use ganas::graph::spaces::described::SpaceFileError;

/// Returns the text of an error, together with the lines of the file that contain the error.
pub(super) fn render(error: &SpaceFileError) -> String {
    let text = &error.text;
    if error.range == (0..0) || error.range == (0..text.len()) {
        // It concerns the file as a whole, such as a missing key.
        return format!("error: {}: {}", error.source_name, error.message);
    }
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
    use ganas::graph::spaces::described;

    use super::*;

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        let error = described::read("name = \"x\"\ncels = []\n", "mine.toml").unwrap_err();
        let text = render(&error);
        assert!(
            text.starts_with("error: unknown key `cels` (did you mean `cells`?); expected one of"),
            "{text}"
        );
        assert!(text.contains("--> mine.toml:2:1"), "{text}");
        assert!(text.contains("2 | cels = []") && text.contains("^^^^"), "{text}");
        let marked = described::read("\u{feff}name = \"x\"\n", "marked.toml").unwrap_err();
        assert!(render(&marked).contains("marked.toml"), "{}", render(&marked));
        let empty = described::read("", "empty.toml").unwrap_err();
        assert!(render(&empty).contains("empty.toml"), "{}", render(&empty));
        let nameless = described::read("description = \"x\"\n", "x.toml");
        let text = render(&nameless.unwrap_err());
        assert!(
            text.starts_with("error: x.toml: expected the key `") && !text.contains('|'),
            "{text}"
        );
    }
}
