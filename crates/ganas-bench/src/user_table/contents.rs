//! The contents of the table that stores a user's benchmark.

use std::collections::HashSet;

use ganas_graph::spaces::described::{self, DescribedSpace};
use ganas_graph::{ArchHash, SearchSpace, moves};
use ganas_search::Direction;
use serde::{Deserialize, Serialize};

use super::columns::keeps_limits;
use super::rows::{Rows, base_at};
use crate::BenchError;
use crate::formats::table::{Provenance, Section, Table, TableWriter};

const ABOUT: &str = "about";
const SPACE: &str = "space";
const HASHES: &str = "hashes";
const VALUES: &str = "values";
const EXTRAS: &str = "extras";
const WORDS: &str = "words";
const ENDS: &str = "ends";
/// Bytes per hash.
const HASH: usize = 16;
/// Size of the largest space whose architectures are enumerated to check that all have results.
const MAX_LISTED: u128 = 1 << 20;

/// The description stored with a table's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// The name of the space file.
    pub(super) space_file: String,
    /// Whether lower values are better.
    pub(super) minimise: bool,
    /// Names of the values known besides the main one.
    pub(super) extras: Vec<String>,
    /// Whether every architecture of the space has a value.
    pub(super) complete: bool,
    /// The known fidelities, in ascending order; empty if there is only one.
    #[serde(default)]
    pub(super) fidelities: Vec<f64>,
}

impl About {
    /// Returns the fidelities below the highest.
    pub(super) fn lower_fidelities(&self) -> &[f64] {
        self.fidelities.split_last().map_or(&[], |(_, lower)| lower)
    }

    /// Returns the names of the values known at the highest fidelity besides the main one.
    pub(super) fn top_extras(&self) -> impl Iterator<Item = &str> {
        let is_lower =
            |name: &str| self.lower_fidelities().iter().any(|it| base_at(name, *it).is_some());
        self.extras.iter().map(String::as_str).filter(move |name| !is_lower(name))
    }
}

/// A table that was read.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) table: Table,
    pub(super) about: About,
    pub(super) space: DescribedSpace,
    rows: usize,
    hashes: Section<u8>,
    values: Section<f64>,
    extras: Option<Section<f64>>,
    words: Section<u8>,
    ends: Section<u32>,
}

/// Returns the bytes of a table.
pub(super) fn write(provenance: Provenance, about: &About, space: &str, rows: &Rows) -> Vec<u8> {
    let mut writer = TableWriter::new(provenance);
    let about = serde_json::to_vec(about).unwrap_or_default();
    writer.section(ABOUT, 1, about);
    writer.section(SPACE, 1, space.bytes());
    writer.section(HASHES, HASH, rows.hashes.iter().flat_map(|hash| *hash.as_bytes()));
    writer.section(VALUES, 1, rows.values.iter().copied());
    if !rows.extras.is_empty() {
        writer.section(EXTRAS, rows.extras.len(), rows.extra_values.iter().copied());
    }
    writer.section(WORDS, 1, rows.words.bytes());
    // The notations in a file of at most 1 GiB have a length that fits 32 bits.
    let end = |end: &usize| u32::try_from(*end).unwrap_or(u32::MAX);
    writer.section(ENDS, 1, rows.ends.iter().map(end));
    writer.finish()
}

impl Contents {
    /// Checks that all parts exist and are consistent.
    pub(super) fn new(table: Table) -> Result<Self, BenchError> {
        let text = |name: &str| -> Result<&[u8], BenchError> {
            let section = table.section(name, table.rows(name).unwrap_or(0), 1)?;
            Ok(table.section_bytes(section))
        };
        let about: About = serde_json::from_slice(text(ABOUT)?).map_err(|error| {
            table.other("a description of its columns".into(), error.to_string())
        })?;
        let description = String::from_utf8_lossy(text(SPACE)?).into_owned();
        let space = described::read(&description, &about.space_file)
            .map_err(|error| BenchError::Space(Box::new(error)))?;
        let rows = table.rows(VALUES).unwrap_or(0);
        let words = table.rows(WORDS).unwrap_or(0);
        let extras = match about.extras.len() {
            0 => None,
            width => Some(table.section(EXTRAS, rows, width)?),
        };
        let contents = Self {
            about,
            space,
            rows,
            hashes: table.section(HASHES, rows, HASH)?,
            values: table.section(VALUES, rows, 1)?,
            extras,
            words: table.section(WORDS, words, 1)?,
            ends: table.section(ENDS, rows, 1)?,
            table,
        };
        let is_sorted = (1..rows).all(|row| contents.hash(row - 1) < contents.hash(row));
        let are_numbers = (0..rows).all(|row| contents.value(row).is_finite());
        if rows == 0 || !is_sorted || !are_numbers {
            let found = match (rows, is_sorted) {
                (0, _) => "no rows".into(),
                (_, false) => "another order".into(),
                _ => "a value that is not finite".into(),
            };
            return Err(contents.table.other(
                "finite values, and architectures in ascending order of their hashes".into(),
                found,
            ));
        }
        Ok(contents)
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the row of a class of architectures.
    pub(super) fn find(&self, hash: ArchHash) -> Option<usize> {
        let (mut from, mut to) = (0, self.rows);
        while from < to {
            let middle = from.midpoint(to);
            match self.hash(middle).cmp(&hash) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    pub(super) fn hash(&self, row: usize) -> ArchHash {
        ArchHash::from_bytes(std::array::from_fn(|at| self.table.get(self.hashes, row, at)))
    }

    pub(super) fn value(&self, row: usize) -> f64 {
        self.table.get(self.values, row, 0)
    }

    /// Returns the values of a row besides the main one, by name.
    pub(super) fn extras(&self, row: usize) -> impl Iterator<Item = (&str, f64)> {
        let names = self.about.extras.iter().enumerate();
        names.filter_map(move |(column, name)| {
            let number = self.table.get(self.extras?, row, column);
            number.is_finite().then_some((name.as_str(), number))
        })
    }

    pub(super) fn extra(&self, row: usize, name: &str) -> Option<f64> {
        self.extras(row).find(|(other, _)| *other == name).map(|(_, number)| number)
    }

    /// Returns the notation of a row's architecture.
    pub(super) fn word(&self, row: usize) -> &str {
        let end = |row: usize| self.table.get(self.ends, row, 0) as usize;
        let start = row.checked_sub(1).map_or(0, end);
        let words = self.table.section_bytes(self.words);
        let word = words.get(start..end(row)).unwrap_or_default();
        std::str::from_utf8(word).unwrap_or_default()
    }

    pub(super) const fn direction(&self) -> Direction {
        if self.about.minimise { Direction::Minimise } else { Direction::Maximise }
    }
}

/// Returns true if these classes are all that a study of the space could evaluate. If the space
/// cannot be enumerated, compares only the numbers of classes, and returns false if the space has
/// limits or an unknown number of classes.
pub(super) fn is_complete(space: &DescribedSpace, classes: &[ArchHash]) -> bool {
    let is_short = space.size().is_some_and(|size| size <= MAX_LISTED);
    if !is_short || !moves::enumerates_all(space) {
        return space.limits().is_empty() && space.classes() == Some(classes.len() as u128);
    }
    let classes: HashSet<_> = classes.iter().collect();
    moves::enumerate(space)
        .filter(|arch| keeps_limits(space, arch))
        .all(|arch| classes.contains(&space.canonical(&arch)))
}
