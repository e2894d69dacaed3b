//! Architectures of known value, from CSV files.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail, ensure};

use crate::plan::Known;

/// Columns that `ganas trials --csv` writes, in its order, before those of other metrics.
pub(crate) const COLUMNS: [&str; 12] = [
    "trial",
    "round",
    "state",
    "arch",
    "source",
    "seed",
    "attempts",
    "value",
    "train_seconds",
    "started",
    "ended",
    "reason",
];

/// Begins the name of a column of another metric.
pub(crate) const METRIC: &str = "metrics.";

/// Reads the columns `arch` and `value`, and where they are there `train_seconds`, `metrics.NAME` and
/// `state`, which leaves out all but what is measured or known.
///
/// # Errors
/// With file and line, if a column is missing or unknown, or a value is not a number.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Known>> {
    let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().with_context(|| path.display().to_string())?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    for (at, name) in header.iter().enumerate() {
        let twice = column(name) != Some(at);
        ensure!(!twice, "{}: expected one column `{name}`, found two", path.display());
        ensure!(
            COLUMNS.contains(&name) || name.starts_with(METRIC),
            "{}: unknown column `{name}`; expected arch, value, train_seconds, metrics.NAME or what `ganas trials --csv` writes",
            path.display()
        );
    }
    let (Some(arch), Some(value)) = (column("arch"), column("value")) else {
        bail!("{}: expected the columns arch and value in the first line", path.display());
    };
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| path.display().to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = || format!("{}, line {line}", path.display());
        let state = column("state").and_then(|at| record.get(at)).unwrap_or("measured");
        if !["measured", "known"].contains(&state) {
            continue;
        }
        let number = |at: usize| number(&record, &header, at).with_context(place);
        let metric = |at: usize| {
            let name = header[at].strip_prefix(METRIC)?;
            Some(number(at).transpose()?.map(|number| (name.to_owned(), number)))
        };
        all.push(Known {
            arch: record[arch].to_owned(),
            value: number(value)?.with_context(|| format!("{}: expected a value", place()))?,
            train_seconds: column("train_seconds").map_or(Ok(None), number)?,
            metrics: (0..header.len()).filter_map(metric).collect::<Result<_, _>>()?,
        });
    }
    Ok(all)
}

/// The number in a column; `None` where nothing stands there.
fn number(
    record: &csv::StringRecord,
    header: &csv::StringRecord,
    at: usize,
) -> anyhow::Result<Option<f64>> {
    let text = record[at].trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    let name = &header[at];
    number.map(Some).with_context(|| format!("column {name}: expected a number, found `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> anyhow::Result<Vec<Known>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("known.csv");
        std::fs::write(&path, text)?;
        read(&path)
    }

    #[test]
    fn values_and_metrics_are_read() {
        let known = read_text("arch,value,metrics.size,train_seconds\na,1.5,,3\n\"b,c\",2,7,\n");
        let known = known.unwrap();
        assert_eq!(known[0].train_seconds, Some(3.0));
        assert!(known[0].metrics.is_empty() && known[1].arch == "b,c");
        assert_eq!(known[1].metrics.get("size"), Some(&7.0));
    }

    #[test]
    fn what_has_no_value_is_left_out_by_its_state() {
        let known = read_text("trial,state,arch,value\n0,measured,a,1\n1,failed,b,\n2,known,c,3\n");
        let archs: Vec<_> = known.unwrap().into_iter().map(|known| known.arch).collect();
        assert_eq!(archs, ["a", "c"]);
    }

    #[test]
    fn mistakes_name_line_and_column() {
        let error = |text| format!("{:#}", read_text(text).unwrap_err());
        assert!(
            error("arch,value\na,much\n")
                .ends_with("known.csv, line 2: column value: expected a number, found `much`")
        );
        assert!(error("arch,value\na,NaN\n").contains("found `NaN`"));
        assert!(error("arch,value\na,\n").contains("line 2: expected a value"));
        assert!(error("arch,accuracy\na,1\n").contains("unknown column `accuracy`"));
        assert!(
            error("arch,value,value\na,1,2\n").ends_with("expected one column `value`, found two")
        );
        assert!(error("value\n1\n").contains("expected the columns arch and value"));
        assert!(error("arch,value\na\n").contains("line: 2"), "a line that is too short");
    }
}
