//! Determines the meaning of each column of a user's table.

use std::collections::{HashMap, HashSet};

use ganas_graph::spaces::described::DescribedSpace;
use ganas_graph::{Arch, ArchError, ChoiceValue, SearchSpace};

use super::cells::{Head, Row, short, shown};
use crate::BenchError;

/// Columns with a special meaning.
const ARCH: &str = "arch";
pub(super) const VALUE: &str = "value";
const FIDELITY: &str = "fidelity";
pub(super) const TEST: &str = "test";
pub(super) const TRAIN_SECONDS: &str = "train_seconds";
const OWN: [&str; 5] = [ARCH, VALUE, TEST, TRAIN_SECONDS, FIDELITY];
/// Maximum number of columns of a table.
const MAX_COLUMNS: usize = 1024;

/// The positions of the columns.
#[derive(Debug)]
pub(super) struct Columns {
    archs: Archs,
    pub(super) value: usize,
    pub(super) fidelity: Option<usize>,
    /// Names and positions of further columns with values: test value, seconds and metrics.
    pub(super) extras: Vec<(String, usize)>,
}

/// The columns that identify architectures.
#[derive(Debug)]
enum Archs {
    /// One column, which contains each architecture in the notation of the search space.
    Notation(usize),
    /// One column for each decision, and optional columns for constants of the search space.
    Decisions { places: HashMap<String, usize>, constants: Vec<(usize, ChoiceValue)> },
}

impl Columns {
    /// Interprets the first line.
    pub(super) fn of(head: Head<'_>, space: &DescribedSpace) -> Result<Self, BenchError> {
        let names: Vec<_> = head.names.iter().map(str::trim).collect();
        check_names(head, &names)?;
        let column = |name: &str| names.iter().position(|it| *it == name);
        let decisions = space.decision_names();
        let known: HashSet<_> = decisions.iter().map(String::as_str).collect();
        let is_decision = |name: &str| known.contains(name) && !OWN.contains(&name);
        let constants = constants(space);
        let of_decision = names.iter().position(|name| is_decision(name));
        let archs = match (column(ARCH), of_decision) {
            (Some(_), Some(other)) => {
                let expected = "either the column `arch` or one column per decision";
                return Err(head.wrong(1, head.column(other), expected, "both"));
            }
            (Some(place), None) => Archs::Notation(place),
            (None, _) => Archs::Decisions {
                places: decision_places(head, &decisions, &names)?,
                constants: constants
                    .iter()
                    .filter_map(|(name, value)| Some((column(name)?, value.clone())))
                    .collect(),
            },
        };
        let value = column(VALUE).ok_or_else(|| {
            let found = format!("the columns {}", some(&names));
            head.wrong(1, "the column names", "a column `value` with the objective", found)
        })?;
        let is_constant = |name: &str| constants.iter().any(|(known, _)| known == name);
        let is_extra = |name: &str| match name {
            TEST | TRAIN_SECONDS => true,
            name => !OWN.contains(&name) && !is_decision(name) && !is_constant(name),
        };
        let extras: Vec<_> = names.iter().enumerate().filter(|(_, name)| is_extra(name)).collect();
        for (place, name) in &extras {
            if space.cost_metrics().iter().any(|cost| cost.name == **name) {
                let expected = "a metric whose name differs from the names of the space's costs";
                return Err(head.wrong(1, head.column(*place), expected, shown(name)));
            }
        }
        let extras = extras.into_iter().map(|(place, name)| ((*name).to_owned(), place)).collect();
        Ok(Self { archs, value, fidelity: column(FIDELITY), extras })
    }

    /// Reads the architecture of a row.
    pub(super) fn arch(&self, row: Row<'_>, space: &DescribedSpace) -> Result<Arch, BenchError> {
        let (place, arch) = match &self.archs {
            Archs::Notation(place) => (Some(*place), by_notation(row, *place, space)?),
            Archs::Decisions { places, constants } => {
                check_constants(row, constants)?;
                (None, by_decisions(row, places, space)?)
            }
        };
        if keeps_limits(space, &arch) {
            return Ok(arch);
        }
        let field = place.map_or_else(|| "its decisions".into(), |place| row.head.column(place));
        let expected = "an architecture that the `[[forbidden]]` rules of the space allow";
        let found = format!("{}, which is forbidden", shown(&space.display(&arch)));
        Err(row.head.wrong(row.line, field, expected, found))
    }
}

/// Returns true if a study of the space may evaluate the architecture.
pub(super) fn keeps_limits(space: &DescribedSpace, arch: &Arch) -> bool {
    space
        .limits()
        .iter()
        .all(|limit| (limit.least..=limit.most).contains(&space.cost_of(arch, limit.metric)))
}

/// Rejects empty and duplicate names, too many columns, and separators other than commas.
fn check_names(head: Head<'_>, names: &[&str]) -> Result<(), BenchError> {
    if names.len() > MAX_COLUMNS {
        let expected = format!("at most {MAX_COLUMNS} columns");
        return Err(head.wrong(1, "the column names", expected, names.len().to_string()));
    }
    if let [name] = names
        && let Some(sign) = name.chars().find(|c| ";\t|".contains(*c))
    {
        let found = shown(&sign.to_string());
        return Err(head.wrong(1, "the column names", "commas between columns", found));
    }
    let mut seen = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() {
            let expected = "a name in the first line (pandas writes its index as a column without a name; leave the index out with `to_csv(…, index=False)`)";
            return Err(head.wrong(1, head.column(place), expected, "nothing"));
        }
        if let Some(first) = seen.insert(*name, place) {
            let found = format!("the same name as column {}", first + 1);
            return Err(head.wrong(1, head.column(place), "a unique name", found));
        }
    }
    Ok(())
}

/// Returns the positions of the decisions' columns.
fn decision_places(
    head: Head<'_>,
    decisions: &[String],
    names: &[&str],
) -> Result<HashMap<String, usize>, BenchError> {
    let field = "the column names";
    if let Some(name) = decisions.iter().find(|name| OWN.contains(&name.as_str())) {
        let expected = format!(
            "a column `arch` instead of one column per decision, because a decision has the reserved name `{name}`"
        );
        return Err(head.wrong(1, field, expected, "none"));
    }
    let places: HashMap<_, _> = decisions
        .iter()
        .filter_map(|name| Some((name.clone(), names.iter().position(|it| it == name)?)))
        .collect();
    let missing = decisions.iter().filter(|name| !places.contains_key(*name));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(places);
    }
    let found = format!("the columns {}", some(names));
    let all: Vec<_> = decisions.iter().map(String::as_str).collect();
    if places.is_empty() {
        let expected = format!("a column `arch`, or one column for each decision ({})", some(&all));
        return Err(head.wrong(1, field, expected, found));
    }
    let are = if missing.len() == 1 { "is" } else { "are" };
    let expected = format!("a column for each decision, of which {} {are} missing", some(&missing));
    Err(head.wrong(1, field, expected, found))
}

/// Lists the names, but only the first eight of many.
fn some(names: &[&str]) -> String {
    let first: Vec<String> = names.iter().take(8).map(|name| shown(name)).collect();
    first.join(", ") + if names.len() > 8 { ", …" } else { "" }
}

/// Returns the constants of the space, by name.
fn constants(space: &DescribedSpace) -> Vec<(String, ChoiceValue)> {
    let all = space.description().parameters.iter();
    all.filter_map(|it| Some((it.name.clone(), it.value.clone()?))).collect()
}

fn check_constants(row: Row<'_>, constants: &[(usize, ChoiceValue)]) -> Result<(), BenchError> {
    for (place, value) in constants {
        let text = row.text(*place);
        let is_same = match value {
            ChoiceValue::Text(value) => text == value,
            ChoiceValue::Boolean(value) => text.eq_ignore_ascii_case(&value.to_string()),
            value => text.parse().ok().is_some_and(|it: f64| Some(it) == value.number()),
        };
        if !is_same && !text.is_empty() {
            let expected = format!("{value} (a constant of the space) or an empty cell");
            return Err(row.wrong(*place, expected, shown(text)));
        }
    }
    Ok(())
}

fn by_notation(row: Row<'_>, place: usize, space: &DescribedSpace) -> Result<Arch, BenchError> {
    let text = row.text(place);
    if text.is_empty() {
        return Err(row.wrong(place, "an architecture in the space's notation", "nothing"));
    }
    if let Some(name) = text.strip_prefix('@') {
        let expected = "one of the space's named architectures";
        return space.named(name).ok_or_else(|| row.wrong(place, expected, shown(text)));
    }
    space.parse(text).map_err(|error| match error {
        ArchError::Parse { position, expected, found, .. } => row.wrong(
            place,
            expected,
            format!("{} at byte {position} of {}", short(&found), shown(text)),
        ),
        error => row.wrong(place, "an architecture of the space", error.to_string()),
    })
}

fn by_decisions(
    row: Row<'_>,
    places: &HashMap<String, usize>,
    space: &DescribedSpace,
) -> Result<Arch, BenchError> {
    let mut asked = HashSet::new();
    let arch = space.arch_by_name(|name| {
        let place = places.get(name).copied();
        asked.extend(place);
        place.map_or("", |place| row.text(place))
    });
    let arch = arch.map_err(|error| match error {
        ArchError::Choice { name, expected, found, .. } => match places.get(&name) {
            Some(place) => row.wrong(*place, expected, found),
            None => row.head.wrong(row.line, name, expected, found),
        },
        error => row.head.wrong(row.line, "its decisions", "an architecture", error.to_string()),
    })?;
    let superfluous = |place: &&usize| !asked.contains(*place) && !row.text(**place).is_empty();
    match places.values().filter(superfluous).min() {
        None => Ok(arch),
        Some(place) => {
            let expected =
                "an empty cell, because the row's other choices leave nothing to decide here";
            Err(row.wrong(*place, expected, shown(row.text(*place))))
        }
    }
}
