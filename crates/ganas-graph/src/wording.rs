//! The wording of error messages and of suggestions for users.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

/// Returns the valid name that the user probably meant by `found`. Returns `None` if no valid name
/// is similar.
///
/// ```
/// let valid = ["cells".to_owned(), "chain".to_owned()];
/// assert_eq!(ganas_graph::wording::nearest("cels", &valid), Some("cells"));
/// assert_eq!(ganas_graph::wording::nearest("operators", &valid), None);
/// ```
pub fn nearest<'v>(found: &str, valid: &'v [impl AsRef<str>]) -> Option<&'v str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(found, name);
    let name = valid.iter().map(AsRef::as_ref).min_by_key(distance)?;
    // At most half of the given name is wrong.
    if distance(&name) <= found.chars().count().max(3) / 2 {
        return Some(name);
    }
    let holds = |whole: &str, part: &str| part.len() >= MIN_PARTIAL_LENGTH && whole.contains(part);
    let within = |name: &&str| holds(name, found) || holds(found, name);
    let begins = |name: &&str| !found.is_empty() && name.starts_with(found);
    let names = valid.iter().map(AsRef::as_ref).filter(|name| begins(name) || within(name));
    names.min_by_key(distance)
}

/// Returns the valid name of which `found` is almost certainly a misspelling. Returns `None` if
/// there is no such name. At most a quarter of the letters of `found` may be wrong.
///
/// ```
/// assert_eq!(ganas_graph::wording::misspelt("parms", &["params"]), Some("params"));
/// assert_eq!(ganas_graph::wording::misspelt("latency_ms", &["latency"]), None);
/// ```
pub fn misspelt<'v>(found: &str, valid: &'v [impl AsRef<str>]) -> Option<&'v str> {
    let most = found.chars().count() / 4;
    let is_it = |name: &&str| (1..=most).contains(&strsim::damerau_levenshtein(found, name));
    valid.iter().map(AsRef::as_ref).find(is_it)
}

/// Minimum length of a name that may match as a part of a longer name.
const MIN_PARTIAL_LENGTH: usize = 4;

/// Keys whose values are lists of tables (each written below `[[…]]`) or lists of pairs. A
/// description of the required form follows each key.
const FORMS: [(&str, &str); 8] = [
    ("cells", "tables that start with `[[cells]]`"),
    ("stages", "tables that start with `[[chain.stages]]`"),
    ("operations", "tables that start with `[[chain.operations]]`"),
    ("parameters", "tables that start with `[[parameters]]`"),
    ("forbidden", "tables that start with `[[forbidden]]` and contain a condition `when`"),
    ("costs", "tables that start with `[[costs]]`"),
    ("objectives", "tables that start with `[[objectives]]` and contain `metric` and `direction`"),
    ("edges", "a list of pairs, such as [[\"input\", \"1\"]]"),
];

/// Returns serde's error `message` about a part of a file's `text`, reworded as in
/// [`reword_serde_error`]. `place` is the range of bytes of that part. Some keys, such as
/// `objectives`, require a list of tables or of pairs. If the part is the value of such a key but
/// not a list, the new message describes the list that the key requires.
///
/// ```
/// use ganas_graph::wording::reword_serde_error_at;
/// let text = "objectives = \"params\"";
/// assert_eq!(
///     reword_serde_error_at("invalid type: string \"params\", expected a sequence", text, 13..21),
///     "expected tables that start with `[[objectives]]` and contain `metric` and `direction`, found \"params\""
/// );
/// ```
pub fn reword_serde_error_at(message: &str, text: &str, place: Range<usize>) -> String {
    let key = text.get(..place.start).and_then(|before| before.trim_end().strip_suffix('='));
    let key = key.map(|before| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let before = before.trim_end();
        &before[before.trim_end_matches(is_part).len()..]
    });
    let form = FORMS.iter().find(|(name, _)| key == Some(name)).map(|(_, form)| form);
    let found = message.trim_end().strip_prefix("invalid type: ");
    match (form, found.and_then(|found| found.strip_suffix(", expected a sequence"))) {
        (Some(form), Some(found)) => format!("expected {form}, found {}", value(found)),
        _ => reword_serde_error(message),
    }
}

/// Returns true if a file is not valid TOML and its name does not have the extension `toml`. Such a
/// file is probably in another format, so a message about the first error in its TOML syntax would
/// not help the user.
pub fn is_of_another_kind(text: &str, name: &str) -> bool {
    let is_called_so = Path::new(name).extension().is_some_and(|it| it == "toml");
    !is_called_so && toml::de::DeTable::parse(text).is_err()
}

/// Returns serde's error `message` about a file, reworded for the person who wrote the file. The
/// new message says what was expected and what was found, without names of Rust types.
///
/// ```
/// use ganas_graph::wording::reword_serde_error;
/// assert_eq!(reword_serde_error("invalid type: integer `8`, expected a sequence"), "expected a list, such as [8], found 8");
/// assert_eq!(reword_serde_error("unknown field `cels`, expected `cells` or `chain`"),
///            "unknown key `cels` (did you mean `cells`?); expected `cells` or `chain`");
/// ```
pub fn reword_serde_error(message: &str) -> String {
    let message = message.trim_end();
    if let Some((found, expected)) = parts(message, "unknown field `", "`, ") {
        let expected = expected.strip_prefix("expected ").unwrap_or(expected);
        return match nearest(found, &in_backticks(expected)) {
            Some(name) => {
                format!("unknown key `{found}` (did you mean `{name}`?); expected {expected}")
            }
            None => format!("unknown key `{found}`; expected {expected}"),
        };
    }
    if let Some((found, expected)) = parts(message, "unknown variant `", "`, expected ") {
        return match nearest(found, &in_backticks(expected)) {
            Some(name) => format!("expected {expected}, found `{found}` (did you mean `{name}`?)"),
            None => format!("expected {expected}, found `{found}`"),
        };
    }
    for start in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) = parts(message, start, ", expected ") {
            let found = value(found);
            return match expected {
                "a sequence" if found.starts_with("a ") => {
                    format!("expected a list, found {found}")
                }
                "a sequence" => format!("expected a list, such as [{found}], found {found}"),
                _ => format!("expected {}, found {found}", kind(expected)),
            };
        }
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("expected the key {name}, found none");
    }
    match message {
        "wanted string or table" => "expected a string, found a value of another type".into(),
        _ => message.into(),
    }
}

/// Returns the text between `start` and the first `middle`, and the text after that `middle`.
fn parts<'m>(message: &'m str, start: &str, middle: &str) -> Option<(&'m str, &'m str)> {
    message.strip_prefix(start)?.split_once(middle)
}

/// Returns the names that `text` encloses in backticks.
fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Converts serde's description of a value to the form that the value has in the file.
fn value(found: &str) -> Cow<'_, str> {
    let words = ["integer ", "floating point ", "boolean ", "string "];
    let plain = words.iter().find_map(|word| found.strip_prefix(word));
    match found {
        "map" => "a table".into(),
        "sequence" => "a list".into(),
        _ => plain.map_or(found, |plain| plain.trim_matches('`')).into(),
    }
}

/// Converts serde's description of what it expected to words without names of types.
fn kind(expected: &str) -> Cow<'_, str> {
    match expected {
        "f64" | "f32" => "a number".into(),
        "a map" => "a table".into(),
        "a boolean" => "true or false".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "a nonzero usize" | "a nonzero u32" | "a nonzero u64" => "a whole number above 0".into(),
        _ if expected.starts_with("struct ") => "a table".into(),
        _ => expected.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_as_values() {
        let told = [
            ("invalid type: string \"a\", expected f64", "expected a number, found \"a\""),
            (
                "invalid value: integer `-1`, expected u32",
                "expected a whole number of at least 0, found -1",
            ),
            ("invalid type: map, expected a sequence", "expected a list, found a table"),
            ("invalid type: integer `3`, expected struct Stem", "expected a table, found 3"),
            ("missing field `name`", "expected the key `name`, found none"),
            (
                "invalid type: floating point `1.5`, expected a boolean",
                "expected true or false, found 1.5",
            ),
            ("anything else", "anything else"),
        ];
        for (message, expected) in told {
            assert_eq!(reword_serde_error(message), expected);
        }
    }

    #[test]
    fn what_is_probably_meant_is_asked() {
        let found =
            reword_serde_error("unknown variant `residul`, expected one of `residual`, `linear`");
        assert_eq!(
            found,
            "expected one of `residual`, `linear`, found `residul` (did you mean `residual`?)"
        );
        let far =
            reword_serde_error("unknown field `zzzzzzzz`, expected one of `residual`, `linear`");
        assert_eq!(far, "unknown key `zzzzzzzz`; expected one of `residual`, `linear`");
        assert_eq!(nearest("x", &[] as &[&str]), None);
        let keys =
            ["retries", "timeout_seconds", "inherit", "final_grace_seconds", "grace_seconds"];
        assert_eq!(nearest("timeout", &keys), Some("timeout_seconds"));
        assert_eq!(nearest("grace", &keys), Some("grace_seconds"));
        assert_eq!(nearest("max_retries", &keys), Some("retries"));
        assert_eq!(nearest("seconds_of_grace", &keys), None);
    }

    #[test]
    fn elements_of_another_form_are_no_example() {
        let message = "invalid type: string \"3\", expected a sequence";
        let of =
            |text: &str| reword_serde_error_at(message, text, text.find('"').unwrap()..text.len());
        assert_eq!(of("depth = \"3\""), "expected a list, such as [\"3\"], found \"3\"");
        assert!(
            of("[chain]\nstages=\"3\"")
                .starts_with("expected tables that start with `[[chain.stages]]`")
        );
        assert!(of("chain = { stages = \"3\" }").contains("`[[chain.stages]]`"));
        assert!(of("edges = \"3\"").starts_with("expected a list of pairs"));
        assert!(of("\"3\"").starts_with("expected a list, such as"));
    }
}
