//! The rows of a user's table, one for each architecture in the end.

use ganas_graph::ArchHash;

/// What was read of a table, column by column.
#[derive(Debug)]
pub(super) struct Rows {
    /// What is known besides values.
    pub(super) extras: Vec<String>,
    /// How many rows were read.
    pub(super) read: usize,
    /// How many of them are at a lower fidelity than others.
    lower: usize,
    /// The fidelity of those that are kept.
    fidelity: Option<f64>,
    lines: Vec<u64>,
    pub(super) hashes: Vec<ArchHash>,
    pub(super) values: Vec<f64>,
    /// Extras of each row; NaN for what is not known.
    pub(super) extra_values: Vec<f64>,
    /// The architectures, one after the other.
    pub(super) words: String,
    /// Where each of them ends.
    pub(super) ends: Vec<usize>,
}

/// How values of one architecture differ at most, and where.
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
            lower: 0,
            fidelity: None,
            lines: Vec::new(),
            hashes: Vec::new(),
            values: Vec::new(),
            extra_values: Vec::new(),
            words: String::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a row, if it is at the highest fidelity so far; what was at a lower one goes.
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
        if fidelity < self.fidelity {
            self.lower += 1;
            return;
        }
        if fidelity > self.fidelity && self.fidelity.is_some() {
            *self = Self {
                read: self.read,
                lower: self.read - 1,
                ..Self::new(std::mem::take(&mut self.extras))
            };
        }
        self.fidelity = fidelity;
        self.lines.push(line);
        self.hashes.push(hash);
        self.values.push(value);
        self.extra_values.extend(extras.iter().map(|extra| extra.unwrap_or(f64::NAN)));
        self.words.push_str(word);
        self.ends.push(self.words.len());
    }

    /// The notation of a row's architecture.
    pub(super) fn word(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[row]]
    }

    /// One row for each architecture, in the order of their hashes, with the means where there are several;
    /// and what is to be said of that.
    pub(super) fn merged(&self) -> (Self, Vec<String>) {
        let mut order: Vec<usize> = (0..self.hashes.len()).collect();
        order.sort_by_key(|&row| self.hashes[row]);
        let mut merged = Self::new(self.extras.clone());
        let mut spread = Spread::default();
        for group in order.chunk_by(|one, other| self.hashes[*one] == self.hashes[*other]) {
            let first = group[0];
            let value = mean(group.iter().map(|row| self.values[*row]));
            let width = self.extras.len();
            let extra = |column: usize| {
                let known = group.iter().map(|row| self.extra_values[row * width + column]);
                mean(known.filter(|value| !value.is_nan()))
            };
            let extras: Vec<_> = (0..width).map(extra).collect();
            let word = self.word(first);
            let value = value.unwrap_or(self.values[first]);
            merged.add(self.lines[first], None, self.hashes[first], value, &extras, word);
            spread.hear(group, &self.values, &self.lines);
        }
        let mut notes = Vec::new();
        if let (Some(fidelity), 1..) = (self.fidelity, self.lower) {
            let (lower, read) = (self.lower, self.read);
            notes.push(format!(
                "{lower} of {read} rows left out, at a lower fidelity than {fidelity}"
            ));
        }
        notes.extend(spread.note());
        (merged, notes)
    }
}

/// The mean, which of equal numbers is that number.
fn mean(numbers: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let first = numbers.clone().next()?;
    let count = numbers.clone().count() as f64;
    Some(first + numbers.map(|number| number - first).sum::<f64>() / count)
}

impl Spread {
    fn hear(&mut self, group: &[usize], values: &[f64], lines: &[u64]) {
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
            format!(", at most {most} apart (lines {one} and {other})")
        } else {
            ", which are equal".into()
        };
        Some(several + &apart)
    }
}
