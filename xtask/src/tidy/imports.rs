//! The names that a Rust file takes from other modules: its `use` items, and paths in its code.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, tokens};

/// A path as it is written.
pub(super) type Path = Vec<String>;

/// The names that matter for who imports whom.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What `use` gives a name in this file.
    pub(super) imported: BTreeMap<String, Path>,
    /// Modules of which everything is imported.
    pub(super) globs: Vec<Path>,
    /// Paths that the file uses: its own imports that it does not only hand on, and paths in its code.
    pub(super) used: Vec<Path>,
    /// Names of its items.
    pub(super) defined: BTreeSet<String>,
}

/// Words before the name of an item.
const ITEMS: [&str; 9] =
    ["fn", "struct", "enum", "trait", "const", "static", "type", "union", "macro_rules"];

impl Names {
    pub(super) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut names = Self::default();
        let mut handed_on = Vec::new();
        let mut words = BTreeSet::new();
        let mut place = 0;
        while place < tokens.len() {
            match (tokens[place], tokens.get(place + 1)) {
                // `use<'a>` lists lifetimes.
                (Token::Word("use"), Some(next)) if *next != Token::Sign('<') => {
                    let public = place > 0
                        && matches!(tokens[place - 1], Token::Word("pub") | Token::Sign(')'));
                    place += 1;
                    for (path, alias) in tree(&tokens, &mut place, &Vec::new()) {
                        names.import(path, alias, public, &mut handed_on);
                    }
                }
                (Token::Word(word), Some(Token::Path))
                    if place == 0 || starts(tokens[place - 1]) =>
                {
                    words.insert(word);
                    names.used.push(path(&tokens, &mut place));
                }
                (Token::Word(word), next) => {
                    if let (true, Some(Token::Word(item))) = (ITEMS.contains(&word), next) {
                        names.defined.insert((*item).into());
                    }
                    if place == 0 || starts(tokens[place - 1]) {
                        words.insert(word);
                    }
                    place += if word == "mod" { 2 } else { 1 };
                }
                _ => place += 1,
            }
        }
        handed_on.retain(|(name, _)| words.contains(name.as_str()));
        names.used.extend(handed_on.into_iter().map(|(_, path)| path));
        names
    }

    /// Notes one name of a `use`. What is public is used only if the code says its name, too.
    fn import(
        &mut self,
        path: Path,
        alias: Option<String>,
        public: bool,
        handed_on: &mut Vec<(String, Path)>,
    ) {
        let Some(name) = alias.or_else(|| path.last().cloned()) else { return };
        if name == "*" {
            self.globs.push(path[..path.len() - 1].to_vec());
            return;
        }
        if public {
            handed_on.push((name.clone(), path.clone()));
        } else {
            self.used.push(path.clone());
        }
        self.imported.insert(name, path);
    }
}

/// May a path begin after this token?
fn starts(before: Token<'_>) -> bool {
    before != Token::Path && before != Token::Sign('.')
}

/// The words of a path.
fn path(tokens: &[Token<'_>], place: &mut usize) -> Path {
    let mut path = Path::new();
    while let Some(Token::Word(word)) = tokens.get(*place) {
        path.push((*word).into());
        *place += 1;
        if tokens.get(*place) != Some(&Token::Path) {
            break;
        }
        *place += 1;
    }
    path
}

/// The names of a `use`: with nested braces, each with what is before it, and with its alias.
fn tree(tokens: &[Token<'_>], place: &mut usize, before: &Path) -> Vec<(Path, Option<String>)> {
    let mut whole = before.clone();
    whole.extend(path(tokens, place));
    match tokens.get(*place) {
        Some(Token::Sign('*')) => {
            *place += 1;
            whole.push("*".into());
        }
        Some(Token::Sign('{')) => {
            let mut all = Vec::new();
            while matches!(tokens.get(*place), Some(Token::Sign('{' | ','))) {
                *place += 1;
                if tokens.get(*place) != Some(&Token::Sign('}')) {
                    all.extend(tree(tokens, place, &whole));
                }
            }
            *place += 1;
            return all;
        }
        _ => {}
    }
    let alias = match tokens.get(*place..*place + 2) {
        Some(&[Token::Word("as"), Token::Word(alias)]) => {
            *place += 2;
            Some(alias.to_owned())
        }
        _ => None,
    };
    if whole.len() > before.len().max(1) && whole.last().is_some_and(|last| last == "self") {
        whole.pop();
    }
    vec![(whole, alias)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(paths: &[Path]) -> Vec<String> {
        paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn nested_braces_are_spread() {
        let names = Names::read("use a::{self, b::{C, D as E, *}, f};\nuse super::g as h;\n");
        assert_eq!(written(&names.used), ["a", "a::b::C", "a::b::D", "a::f", "super::g"]);
        assert_eq!(written(&names.globs), ["a::b"]);
        assert_eq!(names.imported.keys().collect::<Vec<_>>(), ["C", "E", "a", "f", "h"]);
        assert_eq!(names.imported["E"].join("::"), "a::b::D");
    }

    #[test]
    fn what_is_only_handed_on_is_not_used() {
        let names = Names::read("mod c;\npub use a::B;\npub(crate) use c::c;\nuse d::E;\n");
        assert_eq!(written(&names.used), ["d::E"]);
        let used = Names::read("pub use a::B;\nfn f(b: B) {}\n");
        assert_eq!(written(&used.used), ["a::B"]);
    }

    #[test]
    fn paths_in_code_are_found() {
        let names = Names::read("fn f() -> impl Sized + use<> { super::a::g::<u8>(x.b, c::D) }");
        assert_eq!(written(&names.used), ["super::a::g", "c::D"]);
        assert!(names.defined.contains("f"));
    }
}
