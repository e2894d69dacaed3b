//! The notation of a chain's architectures.

use super::description::{ChainDescription, Notation};
use super::plan::Plan;
use super::questions::{Dimension, Place, Question};
use crate::{Arch, ArchError, Builder, Mask, SearchSpace};

/// Separators between tokens.
const SEPARATORS: [char; 3] = [',', '/', ';'];

/// The notation of a chain's architectures, with one token per answered question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'s> {
    pub(super) description: &'s ChainDescription,
    pub(super) plan: &'s Plan,
}

impl Text<'_> {
    /// Returns the notation of a complete architecture.
    pub(super) fn write(self, choices: &[u8]) -> String {
        let answers = self.plan.answers(choices);
        let (mut text, mut before) = (String::new(), None);
        for (number, question) in self.plan.questions.iter().enumerate() {
            if let Some(choice) = answers.choice(number) {
                text.push_str(self.separator(before, question));
                text.push_str(&self.token(question, choice));
                before = Some(question);
            }
        }
        text
    }

    /// Explains the format that [`Text::write`] writes.
    pub(super) fn describe(self) -> String {
        let mut kinds: Vec<(&str, String)> = Vec::new();
        for question in &self.plan.questions {
            let name = self.plan.kinds[question.kind].name();
            if !kinds.iter().any(|(_, other)| *other == name) {
                kinds.push((question.dimension.prefix(), name));
            }
        }
        if self.description.notation == Notation::Named {
            // Stages and layers share their letters.
            for (prefix, name) in &mut kinds {
                if !prefix.is_empty() {
                    let short = ["stage ", "layer "].iter().find_map(|it| name.strip_prefix(it));
                    *name = short.unwrap_or(name).to_owned();
                }
            }
            kinds.dedup();
            let mut seen = Vec::new();
            kinds.retain(|kind| {
                let is_new = !seen.contains(kind);
                seen.push(kind.clone());
                is_new
            });
        }
        let order = "stages from first to last, where `;` separates stages, `/` separates layers and `,` separates choices";
        let names: Vec<_> = kinds.iter().map(|(_, name)| name.as_str()).collect();
        match self.description.notation {
            Notation::Named => {
                let of = |(prefix, name): &(&str, String)| match *prefix {
                    "" => format!("a word without a prefix gives the {name}"),
                    prefix => format!("`{prefix}` precedes the {name}"),
                };
                let all: Vec<_> = kinds.iter().map(of).collect();
                format!("{order}: {}", all.join(", "))
            }
            Notation::Values => format!(
                "{order}; values that the space fixes are left out, so these remain: {}",
                names.join(", ")
            ),
            Notation::Digits => {
                format!(
                    "one digit for each decision: the number of the chosen option, counted from 0; the decisions are in this order: {}",
                    names.join(", ")
                )
            }
        }
    }

    /// Parses the format that [`Text::write`] writes.
    pub(super) fn read(self, space: &dyn SearchSpace, text: &str) -> Result<Arch, ArchError> {
        let mut builder = Builder::new(space);
        let (mut position, mut before) = (0, None);
        while let Some(number) = self.plan.answers(builder.choices()).next {
            let question = &self.plan.questions[number];
            let separator = self.separator(before, question);
            if !text[position..].starts_with(separator) {
                return Err(wrong(space, text, position, format!("`{separator}`")));
            }
            position += separator.len();
            let token = self.first_token(&text[position..]);
            let allowed = question.allowed;
            let choice = allowed.iter().find(|choice| self.token(question, *choice) == token);
            let Some(choice) = choice else {
                return Err(wrong(space, text, position, self.expected(question, token)));
            };
            builder.choose(choice)?;
            position += token.len();
            before = Some(question);
        }
        if position < text.len() {
            return Err(wrong(space, text, position, "the end".into()));
        }
        builder.finish()
    }

    fn separator(self, before: Option<&Question>, question: &Question) -> &'static str {
        let Some(before) = before else { return "" };
        let section = |place| match place {
            Place::Network => (0, None),
            Place::Stage(stage) => (stage + 1, None),
            Place::Layer(stage, layer) => (stage + 1, Some(layer)),
            Place::Head => (usize::MAX, None),
        };
        let (one, other) = (section(before.place), section(question.place));
        match self.description.notation {
            Notation::Digits => "",
            _ if one.0 != other.0 => ";",
            _ if one.1 != other.1 => "/",
            _ => ",",
        }
    }

    /// Returns the name of each part of the network, with the part's tokens.
    pub(super) fn parts(self, choices: &[u8]) -> Vec<(String, String)> {
        let answers = self.plan.answers(choices);
        let mut parts: Vec<(String, String)> = Vec::new();
        let mut before: Option<&Question> = None;
        for (number, question) in self.plan.questions.iter().enumerate() {
            let Some(choice) = answers.choice(number) else { continue };
            let name = match question.place {
                Place::Network => "input".into(),
                Place::Stage(stage) | Place::Layer(stage, _) => format!("stage {}", stage + 1),
                Place::Head => "head".into(),
            };
            let token = self.named_token(question, choice);
            match parts.last_mut().filter(|(last, _)| *last == name) {
                Some((_, text)) => {
                    let is_same = before.is_some_and(|before| before.place == question.place);
                    text.push_str(if is_same { " " } else { " / " });
                    text.push_str(&token);
                }
                None => parts.push((name, token)),
            }
            before = Some(question);
        }
        parts
    }

    fn named_token(self, question: &Question, choice: u8) -> String {
        let value = self.plan.kinds[question.kind].value(usize::from(choice), self.description);
        format!("{}{value}", question.dimension.prefix())
    }

    fn token(self, question: &Question, choice: u8) -> String {
        match self.description.notation {
            Notation::Named => self.named_token(question, choice),
            Notation::Values => {
                self.plan.kinds[question.kind].value(usize::from(choice), self.description)
            }
            Notation::Digits => choice.to_string(),
        }
    }

    fn first_token(self, text: &str) -> &str {
        let end = match self.description.notation {
            Notation::Digits => text.chars().next().map_or(0, char::len_utf8),
            _ => text.find(SEPARATORS).unwrap_or(text.len()),
        };
        &text[..end]
    }

    /// Describes the text tokens that answer a question. Adds the divisor if `token` is a width but
    /// not a multiple of it.
    fn expected(self, question: &Question, token: &str) -> String {
        let tokens = |allowed: Mask| -> Vec<_> {
            allowed.iter().map(|choice| format!("`{}`", self.token(question, choice))).collect()
        };
        let one_of = format!(
            "the {} ({})",
            self.plan.kinds[question.kind].name(),
            tokens(question.allowed).join(", ")
        );
        let divisor = self.description.divisor;
        let widths = [Dimension::Width, Dimension::StemWidth, Dimension::HeadWidth];
        let width = token.trim_start_matches(question.dimension.prefix()).parse::<u32>();
        match width {
            Ok(width) if widths.contains(&question.dimension) && !width.is_multiple_of(divisor) => {
                format!("a multiple of {divisor} for {one_of}")
            }
            _ => one_of,
        }
    }
}

fn wrong(space: &dyn SearchSpace, text: &str, position: usize, expected: String) -> ArchError {
    let rest = &text[position..];
    let end = rest.find(SEPARATORS).unwrap_or(rest.len());
    let end = end.max(rest.chars().next().map_or(0, char::len_utf8));
    ArchError::Parse {
        space: space.name().into(),
        text: text.into(),
        position,
        expected,
        found: match &rest[..end] {
            "" => "the end".into(),
            found => format!("`{found}`"),
        },
    }
}
