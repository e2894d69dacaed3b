//! The best architectures, each with its differences from the one listed before it.

use super::stored::Study;
use super::trial_rows::{Row, TrialRows};

/// Number of architectures drawn.
const MAX_DRAWN: usize = 5;

/// One of the best architectures.
#[derive(Debug)]
pub(crate) struct Best<'a> {
    pub(crate) row: &'a Row<'a>,
    /// Its differences from the previous architecture: the decision, the choice of the previous
    /// architecture and the choice of this one.
    pub(crate) differs: Vec<(String, String, String)>,
}

/// Returns the best full evaluations, each with its differences from the previous one.
pub(crate) fn best<'a>(study: &Study, seen: &'a TrialRows<'a>) -> Vec<Best<'a>> {
    let mut found: Vec<Best<'a>> = Vec::new();
    for row in seen.best_first().into_iter().filter(|row| row.arch.is_some()).take(MAX_DRAWN) {
        let differs = found.last().map(|before| differences(study, before.row, row));
        found.push(Best { row, differs: differs.unwrap_or_default() });
    }
    found
}

fn differences(study: &Study, before: &Row<'_>, here: &Row<'_>) -> Vec<(String, String, String)> {
    let choices = |row: &Row<'_>| -> Vec<(String, String)> {
        let named = row.arch.as_ref().map(|arch| study.space.named_choices(arch));
        let named = named.unwrap_or_default().into_iter();
        named.map(|(name, value)| (name, value.to_string())).collect()
    };
    let (there, here) = (choices(before), choices(here));
    let value = |all: &[(String, String)], name: &str| {
        all.iter().find(|it| it.0 == name).map_or_else(|| "–".to_owned(), |it| it.1.clone())
    };
    let mut names: Vec<&String> = there.iter().map(|it| &it.0).collect();
    names.extend(here.iter().map(|it| &it.0).filter(|name| !there.iter().any(|it| it.0 == **name)));
    let all = names.into_iter().map(|name| (name.clone(), value(&there, name), value(&here, name)));
    all.filter(|(_, there, here)| there != here).collect()
}

/// Returns the command that exports a trial's architecture for other tools, with `{trial}` in place
/// of the trial's number.
pub(crate) fn export_line(study: &Study, writes_pytorch: bool) -> String {
    let (format, end) = if writes_pytorch { ("pytorch", "py") } else { ("svg", "svg") };
    let folder = in_shell(&study.folder);
    format!("ganas export {folder} --trial {{trial}} --format {format} --out trial-{{trial}}.{end}")
}

/// Quotes a word for a shell if needed.
fn in_shell(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./+:,=@%".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_any_name_are_one_word() {
        assert_eq!(in_shell("runs/a-1"), "runs/a-1");
        assert_eq!(in_shell("it's $(here)"), "'it'\\''s $(here)'");
    }
}
