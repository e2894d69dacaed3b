//! The parts of an architecture of a described space: cells, then the chain, then parameters.

use std::ops::Range;

use super::building::CHAIN;
use super::cell::{Draft, Question};
use super::costs::{ChainValues, Rest};
use super::notation::Wrong;
use super::parameters::{Network, PARAMETERS, Settings};
use super::space::DescribedSpace;
use crate::{Arch, ArchError, Number, SearchSpace};

/// The decided part of a cell, and its open question.
pub(super) type Asked = (Draft, Option<Question>);

/// A prefix, split into the choices of its parts.
pub(super) struct Parts<'p> {
    /// The cells begun so far; only the last can be incomplete.
    pub(super) cells: Vec<Asked>,
    /// The chain's choices, once all cells are complete.
    pub(super) chain: Option<&'p [u8]>,
    /// The parameters' choices, once the network is complete.
    pub(super) parameters: Option<&'p [u8]>,
}

impl DescribedSpace {
    pub(super) fn parts<'p>(&self, prefix: &'p [u8]) -> Parts<'p> {
        let mut choices = prefix.iter();
        let mut cells = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let (draft, open) = cell.walk(&mut |_| choices.next().copied());
            let is_open = open.is_some();
            cells.push((draft, open));
            if is_open {
                return Parts { cells, chain: None, parameters: None };
            }
        }
        let rest = choices.as_slice();
        let length = match &self.chain {
            // Nothing else follows a chain without parameters.
            Some(_) if self.parameters.is_empty() => None,
            Some(chain) => chain.word_length(rest),
            None => Some(0),
        };
        let (chain, parameters) = match length {
            Some(length) => (&rest[..length], Some(&rest[length..])),
            None => (rest, None),
        };
        Parts { cells, chain: Some(chain), parameters }
    }

    /// Returns the part of `arch` that belongs to the chain of stages, as an architecture of the
    /// chain alone. Returns `None` if the space has no chain.
    pub fn chain_arch(&self, arch: &Arch) -> Option<Arch> {
        Arch::from_choices(self.chain.as_ref()?, self.parts(arch.choices()).chain?).ok()
    }

    /// Returns the settings of the parameters in `prefix`; no parameter is decided before the whole
    /// network is.
    pub(super) fn settings(&self, prefix: &[u8], numbers: &[Number]) -> Settings {
        let choices = self.parts(prefix).parameters.unwrap_or_default();
        self.parameters.settings(choices, numbers, &self.named_network(prefix))
    }

    /// Returns the network's choices by name if a formula uses any of them, else an empty list.
    pub(super) fn named_network(&self, prefix: &[u8]) -> Network {
        if self.parameters.variables.need_network() { self.network(prefix) } else { Vec::new() }
    }

    /// Returns the network's choices by name.
    pub(super) fn network(&self, prefix: &[u8]) -> Network {
        let mut named = Vec::new();
        let mut rest = prefix;
        for cell in &self.cells {
            let own = cell.named_choices(rest);
            rest = &rest[own.len()..];
            named.extend(own);
        }
        if let (Some(chain), Some(choices)) = (&self.chain, self.parts(prefix).chain)
            && let Ok(arch) = Arch::from_choices(chain, choices)
        {
            named.extend(chain.named_choices(&arch));
        }
        named
    }

    pub(super) fn complete(&self, arch: &Arch) -> Vec<Draft> {
        self.parts(arch.choices()).cells.into_iter().map(|(draft, _)| draft).collect()
    }

    /// Returns the values outside the architecture's cells that formulas can use.
    pub(super) fn rest(&self, arch: &Arch) -> Rest {
        let chain = match (&self.chain, self.chain_arch(arch)) {
            (Some(chain), Some(arch)) => ChainValues::new(&chain.network(&arch)),
            _ => ChainValues::default(),
        };
        if self.parameters.is_empty() {
            return Rest { chain, variables: Vec::new() };
        }
        let network = self.named_network(arch.choices());
        let settings = self.settings(arch.choices(), arch.numbers());
        Rest { chain, variables: self.parameters.values(&settings, &network, 0.0) }
    }

    /// Returns the number of forbidden combinations in an architecture.
    pub(super) fn broken(&self, arch: &Arch) -> usize {
        let settings = self.settings(arch.choices(), arch.numbers());
        self.parameters.broken(&settings, &self.named_network(arch.choices()))
    }

    /// Returns the locations in `text` of the network's notation and of the parameters' notation.
    /// If there is no network, the parameters need no name and braces around them.
    pub(super) fn split_parameters(&self, text: &str) -> (Range<usize>, Range<usize>) {
        let none = text.len()..text.len();
        if self.parameters.is_empty() {
            return (0..text.len(), none);
        }
        let opening = format!("{PARAMETERS}{{");
        let end = text.trim_end().len();
        match text.rfind(&opening).filter(|_| text[..end].ends_with('}')) {
            Some(start) => (0..start, start + opening.len()..end - 1),
            None if self.has_network() => (0..text.len(), none),
            None => (0..0, 0..text.len()),
        }
    }

    /// Splits `text`, the notation of the network. Returns the part with the cells as text, and the
    /// location of the part with the chain.
    pub(super) fn split_chain<'t>(
        &self,
        text: &'t str,
    ) -> Result<(&'t str, Range<usize>), ArchError> {
        if self.chain.is_none() {
            return Ok((text, 0..0));
        }
        let opening = format!("{CHAIN}{{");
        if self.cells.is_empty() && !text.trim_start().starts_with(&opening) {
            return Ok(("", 0..text.len()));
        }
        let wrong = |position: usize, expected: String, found: String| {
            self.wrong(text, Wrong { position, expected, found })
        };
        let start = text
            .rfind(&opening)
            .ok_or_else(|| wrong(text.len(), format!("`{opening}`"), "the end".into()))?;
        let end = text.trim_end().len();
        if !text[..end].ends_with('}') {
            return Err(wrong(end, "`}`".into(), "the end".into()));
        }
        Ok((&text[..start], start + opening.len()..end - 1))
    }

    pub(super) fn has_network(&self) -> bool {
        !self.cells.is_empty() || self.chain.is_some()
    }

    /// Returns the choices that the network's notation `text` stands for.
    pub(super) fn read_network(&self, text: &str) -> Result<Vec<u8>, ArchError> {
        let (cells, stages) = self.split_chain(text)?;
        let written = super::notation::read(cells).map_err(|wrong| self.wrong(text, wrong))?;
        if written.len() != self.cells.len() {
            let names: Vec<_> = self.cells.iter().map(|cell| cell.name.as_str()).collect();
            return Err(self.wrong(
                text,
                Wrong {
                    position: if written.len() < self.cells.len() { cells.len() } else { 0 },
                    expected: format!("one cell of each kind ({})", names.join(", ")),
                    found: format!("{} cells", written.len()),
                },
            ));
        }
        let cells = self.cells.iter().zip(&written);
        let choices: Result<Vec<_>, _> =
            cells.map(|(cell, written)| cell.choices(written)).collect();
        let mut choices = choices.map_err(|wrong| self.wrong(text, wrong))?.concat();
        if let Some(chain) = &self.chain {
            let start = stages.start;
            let arch =
                chain.parse(&text[stages]).map_err(|error| self.within(text, start, error))?;
            choices.extend(arch.choices());
        }
        Ok(choices)
    }

    /// Converts an error about the part of `text` that starts at byte `start` into an error about
    /// the whole of `text`.
    pub(super) fn within(&self, text: &str, start: usize, error: ArchError) -> ArchError {
        match error {
            ArchError::Parse { position, expected, found, .. } => {
                self.wrong(text, Wrong { position: start + position, expected, found })
            }
            error => error,
        }
    }

    pub(super) fn wrong(&self, text: &str, wrong: Wrong) -> ArchError {
        let Wrong { position, expected, found } = wrong;
        let (space, text) = (self.name().to_owned(), text.to_owned());
        ArchError::Parse { space, text, position, expected, found }
    }
}
