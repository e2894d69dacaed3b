//! Names and punctuation of a Rust file, without its comments, strings and characters.

/// A piece of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a keyword or a number.
    Word(&'t str),
    /// `::`
    Path,
    Sign(char),
}

/// The tokens of a file.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(first, rest);
        tokens.extend(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The token at the beginning, if any, and the bytes of it or of what is passed over.
fn next(first: char, rest: &str) -> (Option<Token<'_>>, usize) {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (None, block_comment(rest));
    }
    if let Some(length) = raw_string(rest) {
        return (None, length);
    }
    if rest.starts_with("::") {
        return (Some(Token::Path), 2);
    }
    match first {
        '"' => (None, quoted(rest, '"')),
        // A character, or else a lifetime.
        '\'' if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') => {
            (None, quoted(rest, '\''))
        }
        _ if word(first) => {
            let length = rest.find(|letter| !word(letter)).unwrap_or(rest.len());
            (Some(Token::Word(&rest[..length])), length)
        }
        _ => (Some(Token::Sign(first)), first.len_utf8()),
    }
}

/// Bytes up to the quotation mark that is not escaped.
fn quoted(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (place, letter) in rest.char_indices().skip(1) {
        if !escaped && letter == mark {
            return place + 1;
        }
        escaped = !escaped && letter == '\\';
    }
    rest.len()
}

/// Bytes of a raw string, if one begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let inside = &rest[prefix.len()..];
    let hashes = inside.find('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = prefix.len() + hashes + 1;
    Some(rest[start..].find(&end).map_or(rest.len(), |length| start + length + end.len()))
}

/// Bytes of a block comment, in which others may stand.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut place = 0;
    while place < rest.len() {
        let here = &rest.as_bytes()[place..];
        let step = match here {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        place += step;
        if depth == 0 {
            return place;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let word = |token| if let Token::Word(word) = token { Some(word) } else { None };
        tokens(text).into_iter().filter_map(word).collect()
    }

    #[test]
    fn comments_are_passed_over() {
        assert_eq!(words("a // b\n/* c /* d */ e ü */ f"), ["a", "f"]);
    }

    #[test]
    fn strings_and_characters_are_passed_over() {
        assert_eq!(words(r##"a "b \" c" r#"d " e"# br"f" g"##), ["a", "g"]);
        assert_eq!(words(r"a 'b' '\'' '\u{e9}' '´' c"), ["a", "c"]);
        assert_eq!(words("fn f<'a>(x: &'a str)"), ["fn", "f", "a", "x", "a", "str"]);
    }

    #[test]
    fn paths_are_kept_together() {
        let expected =
            [Token::Word("a"), Token::Path, Token::Word("b"), Token::Sign(':'), Token::Word("c")];
        assert_eq!(tokens("a::b: c"), expected);
    }
}
