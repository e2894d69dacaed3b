//! Builds architectures from choices that are looked up by the names of decisions.

use super::parts::Parts;
use super::space::DescribedSpace;
use super::structure::Structure;
use crate::error::quoted;
use crate::spaces::chain::Chain;
use crate::{Arch, ArchError, Builder, DecisionKind, Mask, SearchSpace};

impl DescribedSpace {
    /// Returns the names of all decisions that an architecture can have. They are the names that
    /// [`SearchSpace::named_choices`] returns, without the names of constants and other fixed
    /// properties.
    pub fn decision_names(&self) -> Vec<String> {
        let cells = self.cells.iter().flat_map(Structure::decidable);
        let network = cells.chain(self.chain.iter().flat_map(Chain::decidable));
        let own = self.parameters.kinds().into_iter().map(|kind| kind.name);
        network.map(|(name, _)| name).chain(own).collect()
    }

    /// Returns the architecture whose choices the function `written` supplies. `written` is called
    /// once for each decision of the architecture, in order. It takes the name of the decision and
    /// must return the choice as text. Choices are written as in [`SearchSpace::named_choices`],
    /// but strings need no quotes.
    ///
    /// ```
    /// use ganas_graph::{SearchSpace, spaces::described};
    /// let text = "name = 'two'\n[[parameters]]\nname = 'a'\nvalues = [1, 2]\n\
    ///             [[parameters]]\nname = 'b'\nvalues = ['x', 'y']\nwhen = 'a == 2'\n";
    /// let space = described::parse(text)?;
    /// let arch = space.arch_by_name(|name| if name == "a" { "2.0" } else { "y" })?;
    /// assert_eq!(space.display(&arch), "a=2,b=y");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArchError::Choice`] if `written` returns text that is not an allowed choice. The error
    /// names the first decision for which this happens.
    pub fn arch_by_name<'t>(
        &self,
        mut written: impl FnMut(&str) -> &'t str,
    ) -> Result<Arch, ArchError> {
        let mut builder = Builder::new(self);
        while let (Some(&decision), Some(kind)) = (builder.decision(), builder.kind()) {
            let name = self.name_after(builder.choices()).unwrap_or_else(|| kind.name.clone());
            let text = written(&name).trim();
            let wrong = |expected: String| ArchError::Choice {
                space: self.name().into(),
                name: name.clone(),
                expected,
                found: if text.is_empty() { "nothing".into() } else { quoted(text) },
            };
            if let Some(range) = kind.range {
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                let chosen = number.map(|number| builder.choose_number(number));
                if !matches!(chosen, Some(Ok(()))) {
                    return Err(wrong(range.describe()));
                }
            } else {
                let choice = choice(kind, decision.allowed, text).ok_or_else(|| {
                    let names =
                        decision.allowed.iter().map(|it| kind.choices[usize::from(it)].as_str());
                    wrong(format!("one of {}", names.collect::<Vec<_>>().join(", ")))
                })?;
                builder.choose(choice)?;
            }
        }
        builder.finish()
    }

    /// Returns the name of the decision after `prefix`.
    fn name_after(&self, prefix: &[u8]) -> Option<String> {
        let Parts { cells, chain, parameters } = self.parts(prefix);
        let Some(of_chain) = chain else {
            let (draft, open) = cells.last()?;
            return Some(self.cells[cells.len() - 1].name_of_open(draft, open.as_ref()?));
        };
        if let Some(chosen) = parameters {
            let network = self.named_network(prefix);
            let place = self.parameters.settings(chosen, &[], &network).open?;
            return Some(self.parameters.name(place)?.to_owned());
        }
        self.chain.as_ref()?.name_after(of_chain)
    }
}

/// Returns the choice that `text` names. The text can be that of the choice, a number of the same
/// value (some programs write 32 as 32.0), or a boolean in upper or lower case (True), which can
/// also stand for 1 or 0.
fn choice(kind: &DecisionKind, allowed: Mask, text: &str) -> Option<u8> {
    let in_quotes = serde_json::Value::from(text).to_string();
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    let is_boolean = is("true") || is("false");
    let value = if is_boolean { Some(f64::from(u8::from(is("true")))) } else { number(text) };
    let find = |is_it: &dyn Fn(&str) -> bool| {
        allowed.iter().find(|choice| is_it(&kind.choices[usize::from(*choice)]))
    };
    find(&|name| name == text || name == in_quotes)
        .or_else(|| find(&|name| is_boolean && is(name)))
        .or_else(|| find(&|name| value.is_some() && number(name) == value))
}
