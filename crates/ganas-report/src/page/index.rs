//! Small pages: a list of studies, and error messages.

use crate::markup::Markup;

/// An entry in a list of studies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its page's address.
    pub address: String,
    /// Its name.
    pub name: String,
    /// A human-readable description of the study's progress.
    pub state: String,
}

/// Returns a page that lists studies.
pub fn list_page(studies: &[Listed]) -> String {
    small("Studies", |markup| {
        if studies.is_empty() {
            markup.element(
                "p",
                &[],
                "There are no studies yet. Each study appears here once it has begun.",
            );
        }
        markup.raw("<table><thead><tr><th scope=\"col\">study</th><th scope=\"col\">state</th></tr></thead><tbody>");
        for Listed { address, name, state } in studies {
            markup.raw("<tr><td>").element("a", &[("href", address)], name).raw("</td>");
            markup.element("td", &[], state).raw("</tr>");
        }
        markup.raw("</tbody></table>");
    })
}

/// Returns a page with an error message.
pub fn message_page(title: &str, message: &str) -> String {
    small(title, |markup| {
        markup.element("pre", &[], message);
    })
}

fn small(title: &str, content: impl FnOnce(&mut Markup)) -> String {
    let mut markup = Markup::default();
    markup.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    markup.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", super::POLICY)]);
    markup.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    markup.element("title", &[], title);
    markup.raw("<style>").raw(include_str!("page.css")).raw("</style></head><body><header>");
    markup.element("h1", &[], title).raw("</header><main>");
    content(&mut markup);
    markup.raw("</main></body></html>\n");
    markup.finish()
}
