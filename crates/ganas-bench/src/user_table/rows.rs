//! The rows of a user's table, and how they are merged into one row per architecture.

use csv::StringRecord;
use ganas_graph::ArchHash;

use super::cells::{Head, shown};
use super::columns::{TEST, VALUE};
use crate::BenchError;

/// The data read from a table, column by column.
#[derive(Debug)]
pub(super) struct Rows {
    /// Names of the values known besides the main one.
    pub(super) extras: Vec<String>,
    /// Number of rows read.
    pub(super) read: usize,
    /// The known fidelities, in ascending order, if rows have any.
    pub(super) fidelities: Vec<f64>,
    /// The fidelity of each row.
    row_fidelities: Vec<Option<f64>>,
    lines: Vec<u64>,
    pub(super) hashes: Vec<ArchHash>,
    pub(super) values: Vec<f64>,
    /// Extra values of each row; NaN if unknown.
    pub(super) extra_values: Vec<f64>,
    /// The notations of the architectures, concatenated.
    pub(super) words: String,
    /// The end of each notation in `words`.
    pub(super) ends: Vec<usize>,
}

/// The number of architectures with several rows, and the largest difference between the values of
/// one of them, with the lines of these values.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    archs: usize,
    most: f64,
    lines: [u64; 2],
}

impl Rows {
    pub(super) fn new(extras: Vec<String>) -> Self {
        Self {
            extras,
            read: 0,
            fidelities: Vec::new(),
            row_fidelities: Vec::new(),
            lines: Vec::new(),
            hashes: Vec::new(),
            values: Vec::new(),
            extra_values: Vec::new(),
            words: String::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn add(
        &mut self,
        line: u64,
        fidelity: Option<f64>,
        hash: ArchHash,
        value: f64,
        extras: &[Option<f64>],
        word: &str,
    ) {
        self.read += 1;
        if let Some(fidelity) = fidelity
            && let Err(place) = self.fidelities.binary_search_by(|it| it.total_cmp(&fidelity))
        {
            self.fidelities.insert(place, fidelity);
        }
        self.row_fidelities.push(fidelity);
        self.lines.push(line);
        self.hashes.push(hash);
        self.values.push(value);
        self.extra_values.extend(extras.iter().map(|extra| extra.unwrap_or(f64::NAN)));
        self.words.push_str(word);
        self.ends.push(self.words.len());
    }

    /// Returns the notation of a row's architecture.
    pub(super) fn word(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[row]]
    }

    /// Returns one row for each architecture, sorted by hash, and notes about merged and omitted
    /// rows. A row contains the values at the highest fidelity and, beside them, those at lower
    /// integer fidelities; several values at a fidelity become their mean. Architectures without a
    /// value at the highest fidelity are omitted.
    pub(super) fn merged(&self) -> (Self, Vec<String>) {
        let top = self.fidelities.last().copied();
        let lower = self.lower_fidelities();
        let width = self.extras.len();
        let kept: Vec<_> = (0..width).filter(|column| self.extras[*column] != TEST).collect();
        let mut names = self.extras.clone();
        for fidelity in &lower {
            names.push(name_at(VALUE, *fidelity));
            names.extend(kept.iter().map(|column| name_at(&self.extras[*column], *fidelity)));
        }
        let mut order: Vec<usize> = (0..self.hashes.len()).collect();
        order.sort_by_key(|&row| self.hashes[row]);
        let mut merged = Self::new(names);
        let (mut spread, mut without) = (Spread::default(), 0);
        for group in order.chunk_by(|one, other| self.hashes[*one] == self.hashes[*other]) {
            let at = |fidelity: Option<f64>| -> Vec<usize> {
                group.iter().copied().filter(|row| self.row_fidelities[*row] == fidelity).collect()
            };
            let rows = at(top);
            let Some(&first) = rows.first() else {
                without += 1;
                continue;
            };
            let extra = |rows: &[usize], column: usize| {
                let known = rows.iter().map(|row| self.extra_values[row * width + column]);
                mean(known.filter(|value| !value.is_nan()))
            };
            let mut extras: Vec<_> = (0..width).map(|column| extra(&rows, column)).collect();
            for fidelity in &lower {
                let rows = at(Some(*fidelity));
                extras.push(mean(rows.iter().map(|row| self.values[*row])));
                extras.extend(kept.iter().map(|column| extra(&rows, *column)));
            }
            let value = mean(rows.iter().map(|row| self.values[*row]));
            let value = value.unwrap_or(self.values[first]);
            let word = self.word(first);
            merged.add(self.lines[first], None, self.hashes[first], value, &extras, word);
            spread.add(&rows, &self.values, &self.lines);
        }
        merged.fidelities = lower.into_iter().chain(top).collect();
        let mut notes = Vec::new();
        if let (Some(top), 1..) = (top, without) {
            let several = if without == 1 { "architecture" } else { "architectures" };
            notes.push(format!("{without} {several} left out (known only below fidelity {top})"));
        }
        notes.extend(spread.note());
        (merged, notes)
    }

    /// Returns the lower fidelities that a query can request. These are the whole numbers below 2³²
    /// among all fidelities except the highest, or the [`MAX_LOWER_FIDELITIES`] highest of them if
    /// there are more. There are fewer if the merged table would otherwise contain more than
    /// [`MAX_NUMBERS`] numbers for them.
    fn lower_fidelities(&self) -> Vec<f64> {
        let below = self.fidelities.len().saturating_sub(1);
        let lower = self.fidelities[..below].iter().copied();
        let whole: Vec<_> = lower.filter(|it| epochs(*it).is_some()).collect();
        let fits = MAX_NUMBERS / ((self.extras.len() + 1) * self.hashes.len().max(1));
        whole[whole.len().saturating_sub(fits.min(MAX_LOWER_FIDELITIES))..].to_vec()
    }

    /// Checks that no column has a name with which the merged table marks a lower fidelity.
    ///
    /// # Errors
    /// [`BenchError::Record`] if a name ends with `@` and a lower fidelity.
    pub(super) fn check_names(&self, file: &str) -> Result<(), BenchError> {
        let lower = self.lower_fidelities();
        let is_marked = |name: &&String| lower.iter().any(|it| base_at(name, *it).is_some());
        let Some(name) = self.extras.iter().find(is_marked) else { return Ok(()) };
        let head = Head { file, names: &StringRecord::new() };
        Err(head.wrong(
            1,
            "the column names",
            "names that do not end with `@` and a fidelity",
            shown(name),
        ))
    }
}

/// Returns a fidelity as a number of epochs; `None` if it is not a whole number below 2³².
pub(super) fn epochs(fidelity: f64) -> Option<u32> {
    let is_whole = fidelity.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&fidelity);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
    is_whole.then_some(fidelity as u32)
}

/// Maximum number of fidelities, below the highest, that a table stores.
const MAX_LOWER_FIDELITIES: usize = 31;

/// Maximum number of values that a merged table stores for lower fidelities.
const MAX_NUMBERS: usize = 1 << 27;

/// Returns the name of the column with the values of column `name` at a lower fidelity.
pub(super) fn name_at(name: &str, fidelity: f64) -> String {
    format!("{name}@{fidelity}")
}

/// Returns the name of the column whose values at a lower fidelity are in column `name`; `None` if
/// `name` belongs to another fidelity.
pub(super) fn base_at(name: &str, fidelity: f64) -> Option<&str> {
    name.strip_suffix(&format!("@{fidelity}"))
}

/// Returns the mean; if all numbers are equal, exactly that number.
fn mean(numbers: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let first = numbers.clone().next()?;
    let count = numbers.clone().count() as f64;
    Some(first + numbers.map(|number| number - first).sum::<f64>() / count)
}

impl Spread {
    fn add(&mut self, group: &[usize], values: &[f64], lines: &[u64]) {
        if group.len() < 2 {
            return;
        }
        self.archs += 1;
        let by_value = |one: &&usize, other: &&usize| values[**one].total_cmp(&values[**other]);
        let ends = group.iter().min_by(by_value).zip(group.iter().rev().max_by(by_value));
        if let Some((&low, &high)) = ends
            && values[high] - values[low] > self.most
        {
            self.most = values[high] - values[low];
            self.lines = [lines[low].min(lines[high]), lines[low].max(lines[high])];
        }
    }

    fn note(self) -> Option<String> {
        let Self { archs, most, lines: [one, other] } = self;
        let several = match archs {
            0 => return None,
            1 => "the mean of several rows for 1 architecture".to_owned(),
            archs => format!("the means of several rows for each of {archs} architectures"),
        };
        let apart = if most > 0.0 {
            format!(
                ", whose rows have values that differ by at most {most} (lines {one} and {other})"
            )
        } else {
            ", whose rows have equal values".into()
        };
        Some(several + &apart)
    }
}
