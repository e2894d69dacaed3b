//! The strategies and benchmarks that the command lists.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Ganas;

/// A strategy.
#[derive(Debug)]
pub(crate) struct Strategy {
    pub(crate) name: String,
    /// Whether settings may follow its name: true for all forms of GA-NAS, false for the baselines.
    pub(crate) has_settings: bool,
}

/// A benchmark with its data sets and the budgets at which strategies are usually compared.
#[derive(Debug)]
pub(crate) struct Benchmark {
    pub(crate) name: String,
    pub(crate) datasets: Vec<String>,
    pub(crate) budgets: Vec<u64>,
}

impl Strategy {
    /// Reads all strategies from `ganas strategies`.
    pub(crate) fn all(ganas: &Ganas) -> Result<Vec<Self>> {
        let list = ganas.json("strategies")?;
        read(&list["strategies"], Self::read).context("unexpected JSON of ganas strategies")
    }

    fn read(record: &Value) -> Option<Self> {
        Some(Self { name: text(&record["name"])?, has_settings: record["has_settings"].as_bool()? })
    }
}

impl Benchmark {
    /// Reads all benchmarks from `ganas bench list`.
    pub(crate) fn all(ganas: &Ganas) -> Result<Vec<Self>> {
        let list = ganas.json("bench list")?;
        read(&list["benchmarks"], Self::read).context("unexpected JSON of ganas bench list")
    }

    pub(crate) fn read(record: &Value) -> Option<Self> {
        Some(Self {
            name: text(&record["name"])?,
            datasets: read(&record["datasets"], text)?,
            budgets: read(&record["budgets"], Value::as_u64)?,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Reads each entry of a list.
fn read<T>(list: &Value, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.as_array()?.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_read_whole_or_not_at_all() {
        let list = json!([{ "name": "a", "has_settings": true, "description": "A" }]);
        let strategies = read(&list, Strategy::read).unwrap();
        assert!(strategies[0].name == "a" && strategies[0].has_settings);
        assert!(read(&list, Benchmark::read).is_none());
        let list = json!([{ "name": "b", "datasets": ["c", "d"], "budgets": [50, 100] }]);
        let benchmarks = read(&list, Benchmark::read).unwrap();
        assert_eq!(
            (&benchmarks[0].datasets[..], &benchmarks[0].budgets[..]),
            (&["c".into(), "d".into()][..], &[50, 100][..])
        );
    }
}
