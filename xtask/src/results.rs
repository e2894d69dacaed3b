//! Documents of experiments' results.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::root;

const NOTHING: &str = "–";

/// Returns the whole record as a document: the summary, followed by one table per data set.
pub(crate) fn markdown(record: &Value) -> Result<String> {
    let mut text = format!("# Results: {}\n\n{}", word(record, "experiment")?, summary(record)?);
    for (dataset, result) in datasets(record)? {
        write!(text, "\n## {dataset}\n\n`{}`\n\n{}", word(result, "command")?, details(result)?)?;
    }
    Ok(text)
}

/// Writes the summary between the README's markers.
pub(crate) fn update_readme(record: &Value) -> Result<()> {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).context("reading README.md")?;
    let updated = between_marks(&readme, word(record, "experiment")?, &summary(record)?)?;
    fs::write(&path, updated).context("writing README.md")
}

fn between_marks(document: &str, name: &str, text: &str) -> Result<String> {
    let (open, close) = (format!("<!-- results: {name} -->\n"), format!("<!-- end: {name} -->"));
    let missing = |mark: &str| format!("README.md: expected the mark `{}`", mark.trim());
    let (before, rest) = document.split_once(&open).with_context(|| missing(&open))?;
    let (_, after) = rest.split_once(&close).with_context(|| missing(&close))?;
    Ok(format!("{before}{open}\n{text}\n{close}{after}"))
}

/// Returns the summary: one row per strategy, two columns per data set.
fn summary(record: &Value) -> Result<String> {
    let datasets = datasets(record)?;
    let budget = record["summary_budget"].as_u64().context("no `summary_budget` in the record")?;
    let mut text = String::from("| strategy |");
    for (dataset, result) in datasets {
        let measure = measure(&result["comparison"]);
        write!(text, " {dataset}: {measure} | queries to optimum |")?;
    }
    writeln!(text, "\n|---|{}", "--:|--:|".repeat(datasets.len()))?;
    for strategy in strategies(record)? {
        write!(text, "| `{strategy}` |")?;
        for (_, result) in datasets {
            let comparison = &result["comparison"];
            let row = rows(comparison)?
                .iter()
                .find(|row| row["strategy"] == *strategy && row["budget"].as_u64() == Some(budget));
            let validation = row.map_or(NOTHING.into(), |row| accuracy(row, "validation"));
            let queries = to_optimum(&comparison["queries_to_optimum"][strategy]);
            write!(text, " {validation} | {queries} |")?;
        }
        text.push('\n');
    }
    writeln!(
        text,
        "\nAccuracy (%) of the best architecture found in {budget} queries: mean ± standard error over {} seeds.\n\
         Queries to the optimum: median over all seeds, and how many seeds missed it within the largest budget; a seed that missed ranks last.\n\
         Commit `{}`{}.",
        record["seeds"],
        word(record, "commit")?,
        checksums(record)?
    )?;
    Ok(text)
}

/// Returns all rows of one data set.
fn details(result: &Value) -> Result<String> {
    let measure = measure(&result["comparison"]);
    let mut text = format!(
        "| strategy | queries | {measure} | test | at optimum | seconds |\n|---|--:|--:|--:|--:|--:|\n"
    );
    for row in rows(&result["comparison"])? {
        let share = row["optimum_share"].as_f64().map(|share| format!("{:.0} %", share * 100.0));
        let seconds = row["seconds_median"].as_f64().map(|seconds| format!("{seconds:.1}"));
        writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} |",
            word(row, "strategy")?,
            row["budget"],
            accuracy(row, "validation"),
            accuracy(row, "test"),
            share.as_deref().unwrap_or(NOTHING),
            seconds.as_deref().unwrap_or(NOTHING),
        )?;
    }
    text.push_str(&paired(&result["comparison"])?);
    Ok(text)
}

/// Returns the comparison of the first strategy with the others, seed by seed.
fn paired(comparison: &Value) -> Result<String> {
    let Some([first, ..]) = comparison["paired"].as_array().map(Vec::as_slice) else {
        return Ok(String::new());
    };
    let name = word(first, "strategy")?;
    let measure = measure(comparison);
    let mut text = format!(
        "\n| `{name}` compared with | queries | difference, {measure} | p |\n|---|--:|--:|--:|\n"
    );
    for row in comparison["paired"].as_array().into_iter().flatten() {
        let number =
            |name| row[name].as_f64().with_context(|| format!("no `{name}` in the record"));
        let (by, p) = (number("difference_mean")?, number("p")?);
        let error = row["difference_standard_error"].as_f64();
        let error = error.map_or(String::new(), |error| format!(" ± {error:.3}"));
        writeln!(
            text,
            "| `{}` | {} | {by:+.3}{error} | {p:.4} |",
            word(row, "than")?,
            row["budget"]
        )?;
    }
    Ok(text)
}

/// Returns the name of the accuracies: predicted ones are always labelled as such.
fn measure(comparison: &Value) -> String {
    comparison["predictor"]
        .as_str()
        .map_or("validation".into(), |predictor| format!("predicted by {predictor}"))
}

/// Returns the mean and standard error of a row's accuracy.
pub(crate) fn accuracy(row: &Value, which: &str) -> String {
    let number = |name: String| row[name].as_f64();
    let Some(mean) = number(format!("{which}_mean")) else { return NOTHING.into() };
    match (number(format!("{which}_std")), row["seeds"].as_f64()) {
        (Some(deviation), Some(seeds)) => format!("{mean:.3} ± {:.3}", deviation / seeds.sqrt()),
        _ => format!("{mean:.3}"),
    }
}

fn to_optimum(queries: &Value) -> String {
    let median = queries["median"].as_f64().map_or(NOTHING.into(), |median| median.to_string());
    match queries["missed"].as_u64() {
        Some(missed) => format!("{median}, {missed} missed"),
        None => NOTHING.into(),
    }
}

/// Returns the checksums of the tables that the numbers were read from.
fn checksums(record: &Value) -> Result<String> {
    let (_, first) = datasets(record)?.iter().next().context("no data set in the record")?;
    let mut text = String::new();
    for table in first["comparison"]["tables"].as_array().into_iter().flatten() {
        write!(text, ", {} table SHA-256 `{}`", word(table, "part")?, word(table, "sha256")?)?;
    }
    Ok(text)
}

fn datasets(record: &Value) -> Result<&serde_json::Map<String, Value>> {
    record["datasets"].as_object().context("no data sets in the record")
}

fn rows(comparison: &Value) -> Result<&Vec<Value>> {
    comparison["rows"].as_array().context("no rows in the comparison")
}

/// Returns the strategies in the order of the rows.
fn strategies(record: &Value) -> Result<Vec<&str>> {
    let (_, first) = datasets(record)?.iter().next().context("no data set in the record")?;
    let mut strategies = Vec::new();
    for row in rows(&first["comparison"])? {
        let strategy = word(row, "strategy")?;
        if !strategies.contains(&strategy) {
            strategies.push(strategy);
        }
    }
    Ok(strategies)
}

fn word<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().with_context(|| format!("no `{name}` in the record"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Value {
        let row = |budget: u64, test: Option<f64>| {
            json!({
                "strategy": "random", "budget": budget, "seeds": 4,
                "validation_mean": 90.5, "validation_std": 0.5,
                "test_mean": test, "test_std": null,
                "optimum_share": 0.25, "seconds_median": 1.25,
            })
        };
        let comparison = json!({
            "rows": [row(50, None), row(150, Some(93.0))],
            "tables": [{ "part": "validation", "sha256": "ab12" }],
            "paired": [{
                "strategy": "random", "than": "evolution", "budget": 50, "difference_mean": -0.25,
                "difference_standard_error": 0.125, "p": 0.0234,
            }],
            "queries_to_optimum": { "random": { "median": null, "max": 120, "missed": 3 } },
        });
        let result = json!({ "command": "ganas compare", "comparison": comparison });
        json!({ "experiment": "x", "commit": "abc", "seeds": 4, "summary_budget": 150, "datasets": { "cifar10": result } })
    }

    #[test]
    fn tables_show_means_and_errors() {
        let text = markdown(&record()).unwrap();
        assert!(text.contains("| `random` | 90.500 ± 0.250 | –, 3 missed |\n"), "{text}");
        assert!(text.contains("Commit `abc`, validation table SHA-256 `ab12`."), "{text}");
        assert!(text.contains("| `random` | 50 | 90.500 ± 0.250 | – | 25 % | 1.2 |\n"), "{text}");
        assert!(text.contains("| `random` | 150 | 90.500 ± 0.250 | 93.000 | 25 % |"), "{text}");
        assert!(text.contains("| `evolution` | 50 | -0.250 ± 0.125 | 0.0234 |"), "{text}");
    }

    #[test]
    fn what_is_predicted_is_called_so_in_every_table() {
        let mut record = record();
        record["datasets"]["cifar10"]["comparison"]["predictor"] = "a model".into();
        let text = markdown(&record).unwrap();
        assert_eq!(text.matches("predicted by a model").count(), 3, "{text}");
        assert!(!text.contains("| validation |") && !text.contains(": validation"), "{text}");
    }

    #[test]
    fn the_readme_says_what_was_measured() {
        let record = root().join("benchmarks-data/results/nasbench201.json");
        let record = serde_json::from_str(&fs::read_to_string(record).unwrap()).unwrap();
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        let summary = summary(&record).unwrap();
        assert!(readme.contains(&summary), "`cargo xtask reproduce` would write:\n{summary}");
    }

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let document = "a\n<!-- results: x -->\nold\n<!-- end: x -->\nb\n";
        let updated = between_marks(document, "x", "new").unwrap();
        assert_eq!(updated, "a\n<!-- results: x -->\n\nnew\n<!-- end: x -->\nb\n");
        assert!(between_marks(document, "y", "new").is_err());
    }
}
