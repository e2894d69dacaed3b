//! Checks the figures in the README's section "Results" against the committed results.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::root;
use crate::results::accuracy;
use crate::statistics::{mean, standard_error};

/// Reads a file of committed results.
fn results(name: &str) -> Result<String> {
    let path = root().join("benchmarks-data/results").join(name);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// Reads the rows of a table of results; fields that contain commas are quoted.
fn rows(text: &str) -> Vec<Vec<String>> {
    let fields = |line: &str| {
        let (mut fields, mut is_quoted) = (vec![String::new()], false);
        for character in line.chars() {
            match character {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => fields.push(String::new()),
                other => fields.last_mut().expect("one at least").push(other),
            }
        }
        fields
    };
    text.lines().skip(1).map(fields).collect()
}

/// Returns the numbers of a column in rows that begin with some fields; `from` is the first column
/// compared.
fn column(rows: &[Vec<String>], from: usize, begin: &[&str], column: usize) -> Result<Vec<f64>> {
    let is_of = |row: &&Vec<String>| row[from..].iter().zip(begin).all(|(own, it)| own == it);
    let all = rows.iter().filter(is_of).map(|row| row[column].parse::<f64>());
    let all: Vec<f64> = all.collect::<Result<_, _>>().context("expected numbers in a column")?;
    anyhow::ensure!(!all.is_empty(), "no rows of {begin:?}");
    Ok(all)
}

fn with_error(values: &[f64], digits: usize) -> Result<String> {
    let mean = mean(values).context("expected at least one value")?;
    let error = standard_error(values).context("expected at least two values")?;
    Ok(format!("{mean:.digits$} ± {error:.digits$}"))
}

/// The strategies in the table of other spaces, in order.
const STRATEGIES: [&str; 4] = ["ganas", "random", "evolution", "local-search"];

/// The rows of the table of other spaces: the first column and the file.
const SPACES: [(&str, &str); 6] = [
    ("`nasbench101-surrogate` (predicted by the surrogate)", "nasbench101-surrogate"),
    ("`nasbench301-standin` (predicted by the stand-in)", "nasbench301-standin"),
    ("`nasbench-macro` (read from its table)", "nasbench-macro"),
    ("`accel-nasbench` (predicted by its LightGBM models)", "accel-nasbench"),
    ("the same within EfficientNet-B0's costs", "accel-nasbench-limited"),
    ("`ofa-mbv3` (predicted by its multilayer perceptron)", "ofa-mbv3"),
];

fn comparison(name: &str) -> Result<(Value, Value)> {
    let record: Value = serde_json::from_str(&results(&format!("{name}.json"))?)?;
    let (_, first) = record["datasets"]
        .as_object()
        .and_then(|all| all.iter().next())
        .context("no data set in the record")?;
    Ok((record["seeds"].clone(), first["comparison"].clone()))
}

/// Returns the table of other spaces, row by row.
fn spaces() -> Result<Vec<String>> {
    let line = |(title, name): (&str, &str)| {
        let (seeds, comparison) = comparison(name)?;
        let of = |strategy: &str| {
            let rows = comparison["rows"].as_array().into_iter().flatten();
            let mut rows = rows.filter(|row| row["strategy"] == strategy && row["budget"] == 100);
            rows.next().map(|row| accuracy(row, "validation"))
        };
        let of = |strategy: &&str| of(strategy).with_context(|| format!("{name}: {strategy}"));
        let cells: Vec<String> = STRATEGIES.iter().map(of).collect::<Result<_>>()?;
        Ok(format!("| {title} | {seeds} | {} |\n", cells.join(" | ")))
    };
    SPACES.into_iter().map(line).collect()
}

/// Returns the leads of `ganas` over `local-search` at the largest budgets.
fn leads() -> Result<Vec<String>> {
    let lead = |(name, budget, text): (&str, u64, &str)| {
        let (_, comparison) = comparison(name)?;
        let mut pairs = comparison["paired"].as_array().into_iter().flatten();
        let pair = pairs.find(|it| it["than"] == "local-search" && it["budget"] == budget);
        let number = |field: &str| {
            pair.and_then(|it| it[field].as_f64()).with_context(|| format!("{name}: {field}"))
        };
        let by = number("difference_mean")?;
        let error = number("difference_standard_error")?;
        Ok(text.replace("{}", &format!("{by:.3} ± {error:.3}")))
    };
    [
        (
            "accel-nasbench",
            300,
            "Its lead over `local-search` is {} percentage points on `accel-nasbench`",
        ),
        ("nasbench301-standin", 300, "and {} on `nasbench301-standin` after 300 queries"),
        ("ofa-mbv3", 400, "and {} on `ofa-mbv3` after 400"),
    ]
    .into_iter()
    .map(lead)
    .collect()
}

/// Returns the table of `improve`, row by row: for each strategy the runs of the last commit that
/// has some.
fn improvements() -> Result<Vec<String>> {
    let rows = rows(&results("improve.csv")?);
    let line = |(title, from, goal): (&str, &str, &str)| {
        let (column_of_goal, digits) = if goal == "accuracy" { (6, 3) } else { (7, 1) };
        let evaluator = if from == "efficientnet-b0" { "accel-nasbench" } else { "ofa-mbv3" };
        let unchanged = rows.iter().find(|row| row[1] == from && row[7] == "0.0000");
        let baseline = match goal {
            "accuracy" => {
                unchanged.context("no run that found nothing better")?[6].parse::<f64>()?
            }
            _ => 0.0,
        };
        let of = |strategy: &&str| {
            let begin = [from, evaluator, goal, strategy];
            let is_of = |row: &&Vec<String>| row[1..5].iter().zip(begin).all(|(own, it)| own == it);
            let commit = &rows.iter().rfind(is_of).context("no run of the strategy")?[0];
            let begin = [&[commit.as_str()], &begin[..]].concat();
            with_error(&column(&rows, 0, &begin, column_of_goal)?, digits)
        };
        let cells: Vec<String> =
            ["ganas", "evolution", "local-search"].iter().map(of).collect::<Result<_>>()?;
        let baseline =
            if goal == "accuracy" { format!("{baseline:.3}") } else { baseline.to_string() };
        Ok(format!("| {title} | {baseline} | {} |\n", cells.join(" | ")))
    };
    [
        ("EfficientNet-B0, `accel-nasbench` | accuracy, %", "efficientnet-b0", "accuracy"),
        ("ProxylessNAS-Mobile, `ofa-mbv3` | accuracy, %", "proxylessnas-mobile", "accuracy"),
        ("EfficientNet-B0, `accel-nasbench` | cost, mean saving in %", "efficientnet-b0", "cost"),
        ("ProxylessNAS-Mobile, `ofa-mbv3` | cost, mean saving in %", "proxylessnas-mobile", "cost"),
    ]
    .into_iter()
    .map(line)
    .collect()
}

/// Returns the table of hypervolumes, row by row, and the number of its seeds.
fn fronts() -> Result<Vec<String>> {
    let rows = rows(&results("fronts.csv")?);
    let values = |problem: &str, method: &str| column(&rows, 0, &[problem, method], 5);
    let line = |title: &str, problem: &str| -> Result<String> {
        let cell = |method: &str| with_error(&values(problem, method)?, 3);
        let cells: Vec<String> = ["ganas", "nsga2", "optuna-nsga2", "optuna-tpe"]
            .into_iter()
            .map(cell)
            .collect::<Result<_>>()?;
        Ok(format!("| {title} | {} |\n", cells.join(" | ")))
    };
    let (table, model) = ("NAS-Bench-201, CIFAR-10, latency", "Accel-NASBench, throughput on A100");
    let seeds = values(table, "ganas")?.len();
    Ok(vec![
        line("`nasbench201`, CIFAR-10, latency", table)?,
        line("`accel-nasbench`, throughput on A100", model)?,
        format!(
            "after 100 queries (mean ± standard error over {seeds} seeds; `cargo xtask fronts`"
        ),
    ])
}

/// The searches in the table of cheap training runs, as named in the document of results.
const SEARCHES: [&str; 7] = [
    "`ganas`",
    "`ganas@guided/8`",
    "`random@asha/4`",
    "`random@hyperband/4`",
    "`optuna-tpe@none`",
    "`optuna-tpe@hyperband`",
    "`optuna-tpe@halving`",
];

/// Returns the statements on cheap training runs, from the tables in a document.
fn cheap_training_runs() -> Result<Vec<String>> {
    let document = results("peers/fidelities.md")?;
    let part = |name: &str| {
        let begin = format!("## {name}\n");
        let (_, rest) =
            document.split_once(&begin).with_context(|| format!("no section `{name}`"))?;
        Ok::<_, anyhow::Error>(rest.split("\n## ").next().unwrap_or(rest))
    };
    let cells = |part: &str, first: &str| -> Result<Vec<String>> {
        let begin = format!("| {first} |");
        let line = part.lines().find(|line| line.starts_with(&begin));
        let line = line.with_context(|| format!("no row `{first}`"))?;
        Ok(line.split('|').map(|cell| cell.trim().to_owned()).collect())
    };
    let (mut said, mut shares) = (Vec::new(), Vec::new());
    for (title, name) in
        [("CIFAR-10", "cifar10"), ("CIFAR-100", "cifar100"), ("ImageNet16-120", "imagenet16-120")]
    {
        let part = part(name)?;
        let regret = |search: &&str| -> Result<String> {
            let cells = cells(part, search)?;
            // The value after a quarter of the seconds, without the test.
            Ok(cells
                .get(3)
                .context("expected five shares in a row")?
                .split(',')
                .next()
                .unwrap_or("")
                .to_owned())
        };
        let regrets: Vec<String> = SEARCHES.iter().map(regret).collect::<Result<_>>()?;
        said.push(format!("| {title} | {} |\n", regrets.join(" | ")));
        let cells = cells(part, "100")?;
        let share = cells
            .get(5)
            .and_then(|cell| cell.split(' ').next())
            .context("expected a share in a row")?;
        shares.push(format!("{:.0} %", 100.0 * share.parse::<f64>()?));
    }
    let part = part("nb101-surrogate, 12 epochs at first, 20 seeds")?;
    let half = |search: &str| -> Result<String> {
        let cells = cells(part, search)?;
        Ok(cells
            .get(4)
            .context("expected five shares in a row")?
            .split(',')
            .next()
            .unwrap_or("")
            .to_owned())
    };
    said.push(format!(
        "its regret after the training time of 50 full runs is {}, compared with {} without the short runs (20 seeds)",
        half(SEARCHES[1])?,
        half(SEARCHES[0])?
    ));
    let [one, two, three] = &shares[..] else {
        anyhow::bail!("expected three data sets, found {}", shares.len())
    };
    said.push(format!(
        "To reach the regret that `ganas` has after 100 full training runs, it then needs only {one} (CIFAR-10), {two} (CIFAR-100) and {three} (ImageNet16-120) of their training time"
    ));
    Ok(said)
}

/// Returns all statements of the README on committed results, except for the table that
/// `cargo xtask reproduce` writes.
fn said() -> Result<Vec<String>> {
    Ok([spaces()?, leads()?, improvements()?, fronts()?, cheap_training_runs()?].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_readme_is_that_of_the_results() {
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        let said = said().unwrap();
        assert_eq!(said.len(), 6 + 3 + 4 + 3 + 5);
        let missing: Vec<_> = said.iter().filter(|it| !readme.contains(it.as_str())).collect();
        assert!(
            missing.is_empty(),
            "README.md: by the committed results it is to say\n{missing:#?}"
        );
    }

    #[test]
    fn fields_may_hold_commas() {
        assert_eq!(rows("head\n\"a, b\",c,1\n"), [["a, b", "c", "1"]]);
    }
}
