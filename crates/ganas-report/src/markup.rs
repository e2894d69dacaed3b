//! Construction of HTML and SVG markup. Untrusted text enters a page or a picture only through this
//! module.

use std::fmt::Write as _;

/// Markup under construction. Text, attribute values and JSON are escaped here; nothing else may
/// come from users.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    text: String,
}

impl Markup {
    /// Appends our own markup unchanged.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.text += markup;
        self
    }

    /// Appends any text, escaped.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.escaped(text);
        self
    }

    /// Opens an element; its attributes may have any values.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.begin(name, attributes);
        self.text.push('>');
        self
    }

    /// Appends an element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.begin(name, attributes);
        self.text += "/>";
        self
    }

    /// Closes an element.
    pub(crate) fn close(&mut self, name: &str) -> &mut Self {
        let _ = write!(self.text, "</{name}>");
        self
    }

    /// Appends an element that contains text.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> &mut Self {
        self.open(name, attributes).text(text).close(name)
    }

    /// Appends JSON for a script element, escaped so that it cannot end the element or begin a
    /// comment.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> &mut Self {
        for character in value.to_string().chars() {
            match character {
                '<' => self.text += "\\u003c",
                '>' => self.text += "\\u003e",
                '&' => self.text += "\\u0026",
                '\u{2028}' => self.text += "\\u2028",
                '\u{2029}' => self.text += "\\u2029",
                other => self.text.push(other),
            }
        }
        self
    }

    /// Returns the markup.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.text, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.text, " {attribute}=\"");
            self.escaped(value);
            self.text.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.text += "&amp;",
                '<' => self.text += "&lt;",
                '>' => self.text += "&gt;",
                '"' => self.text += "&quot;",
                '\'' => self.text += "&#39;",
                // XML allows no other characters below a space.
                '\n' | '\t' => self.text.push(character),
                control if control.is_control() => self.text.push('\u{fffd}'),
                other => self.text.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let mut markup = Markup::default();
        markup.element("p", &[("title", "\"'><script>")], "</p><script>&\u{1}");
        markup.json(&serde_json::json!("</script><!--\u{2028}"));
        assert_eq!(
            markup.finish(),
            "<p title=\"&quot;&#39;&gt;&lt;script&gt;\">&lt;/p&gt;&lt;script&gt;&amp;\u{fffd}</p>\
             \"\\u003c/script\\u003e\\u003c!--\\u2028\""
        );
    }
}
