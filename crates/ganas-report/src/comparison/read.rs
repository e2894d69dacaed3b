//! Reads the output of `ganas compare --json`. The files that `cargo xtask reproduce` writes can be
//! read too, because they contain such output.

use std::collections::{BTreeMap, HashMap};

use ganas_search::Direction;
use serde::Deserialize;

use super::{Comparison, Difference, Mean, Run, Strategy};
use crate::Error;
use crate::statistics::{standard_error, student};

/// The parts of a file that are read; everything else is ignored.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum File {
    Kept { datasets: BTreeMap<String, Dataset> },
    Comparison(Box<Printed>),
}

#[derive(Debug, Deserialize)]
struct Dataset {
    comparison: Printed,
}

#[derive(Debug, Deserialize)]
struct Printed {
    rows: Vec<Row>,
    space: String,
    dataset: String,
    optimum: Optimum,
    paired: Vec<Pair>,
    #[serde(default)]
    minimise: bool,
    #[serde(default)]
    searches: Vec<Search>,
}

#[derive(Debug, Deserialize)]
struct Optimum {
    validation: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Row {
    strategy: String,
    budget: usize,
    seeds: usize,
    /// Number of searches that the means are taken over; absent in files of earlier versions.
    found: Option<usize>,
    validation_mean: Option<f64>,
    validation_std: Option<f64>,
    optimum_share: Option<f64>,
    #[serde(default)]
    seconds_median: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    strategy: String,
    than: String,
    budget: usize,
    difference_mean: f64,
    difference_standard_error: Option<f64>,
    p: f64,
}

#[derive(Debug, Deserialize)]
struct Search {
    strategy: String,
    seed: u64,
    improvements: Vec<(usize, f64)>,
}

/// Returns the comparisons in `text`, which is the contents of a file. Error messages name `file`
/// as the source of the text.
///
/// # Errors
/// [`Error::Foreign`] if the file contains an interrupted comparison, or no comparison at all.
pub fn read(file: &str, text: &str) -> Result<Vec<Comparison>, Error> {
    let foreign = |found: String| Error::Foreign { file: file.into(), found };
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| foreign(format!("text that is not JSON ({error})")))?;
    if value.get("interrupted").is_some() {
        return Err(foreign(
            "an interrupted comparison; if it was run with `--dir`, repeat the `ganas compare` command to complete it"
                .into(),
        ));
    }
    let keys =
        value.as_object().map(|it| it.keys().take(5).cloned().collect::<Vec<_>>().join(", "));
    let what = keys.map_or("JSON that is not an object".into(), |keys| {
        format!("an object with the keys {keys}")
    });
    let file = serde_json::from_value(value).map_err(|_| foreign(what))?;
    Ok(match file {
        File::Kept { datasets } => datasets.into_values().map(|it| it.comparison.into()).collect(),
        File::Comparison(printed) => vec![(*printed).into()],
    })
}

impl From<Printed> for Comparison {
    fn from(printed: Printed) -> Self {
        let mut budgets: Vec<usize> = printed.rows.iter().map(|row| row.budget).collect();
        budgets.sort_unstable();
        budgets.dedup();
        let found = printed.rows.iter();
        let found = found.map(|row| ((row.strategy.clone(), row.budget), row.found()));
        let found: HashMap<_, _> = found.collect();
        let mut strategies: Vec<Strategy> = Vec::new();
        for row in printed.rows {
            let place = strategies.iter().position(|it| it.name == row.strategy);
            let place = place.unwrap_or_else(|| {
                let name = row.strategy.clone();
                strategies.push(Strategy {
                    name,
                    runs: Vec::new(),
                    means: Vec::new(),
                    seconds: None,
                });
                strategies.len() - 1
            });
            strategies[place].seconds = row.seconds_median.or(strategies[place].seconds);
            strategies[place].means.extend(row.mean());
        }
        for search in printed.searches {
            if let Some(strategy) = strategies.iter_mut().find(|it| it.name == search.strategy) {
                strategy.runs.push(Run { seed: search.seed, improvements: search.improvements });
            }
        }
        Self {
            name: format!("{}, {}", printed.space, printed.dataset),
            unit: unit(&printed.dataset).into(),
            direction: if printed.minimise { Direction::Minimise } else { Direction::Maximise },
            budgets,
            optimum: printed.optimum.validation,
            strategies,
            paired: printed.paired.into_iter().map(|it| it.difference(&found)).collect(),
        }
    }
}

/// Returns the unit of a data set's values: those of published data sets are percentages; those of
/// the user's own tables have no unit.
fn unit(dataset: &str) -> &'static str {
    if dataset == "table" { "" } else { "%" }
}

impl Row {
    /// Returns the number of searches that the means are taken over.
    fn found(&self) -> usize {
        self.found.unwrap_or(self.seeds)
    }

    fn mean(&self) -> Option<Mean> {
        let found = self.found();
        let half = self.validation_std.filter(|_| found > 1);
        let half = half.map(|it| student(found - 1) * standard_error(it, found));
        let (mean, reached) = (self.validation_mean?, self.optimum_share);
        Some(Mean { budget: self.budget, mean, half, reached })
    }
}

impl Pair {
    /// Converts a difference. The file lacks the number of pairs, so this uses the smaller of the
    /// two strategies' numbers of searches.
    fn difference(self, found: &HashMap<(String, usize), usize>) -> Difference {
        let of = |name: &str| found.get(&(name.to_owned(), self.budget)).copied().unwrap_or(0);
        let pairs = of(&self.strategy).min(of(&self.than));
        let half = self.difference_standard_error.filter(|_| pairs > 1);
        let half = half.map(|it| student(pairs - 1) * it);
        let Self { strategy, than, budget, difference_mean: mean, p, .. } = self;
        Difference { strategy, than, budget, mean, half, p }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn something_else_is_told() {
        let told = |text: &str| read("x.json", text).unwrap_err().to_string();
        assert!(told("[]").contains("JSON that is not an object"), "{}", told("[]"));
        assert!(told("{\"a\": 1}").contains("an object with the keys a"), "{}", told("{\"a\": 1}"));
        assert!(told("nothing").contains("text that is not JSON"));
        assert!(told("{\"interrupted\": true}").contains("interrupted"));
    }

    #[test]
    fn intervals_of_differences_count_the_seeds() {
        let row = |strategy: &str, found: usize| {
            json!({
                "strategy": strategy, "budget": 20, "seeds": 6, "found": found,
                "validation_mean": 90.0, "validation_std": 0.5, "optimum_share": null,
            })
        };
        let pair = |than: &str| {
            json!({
                "strategy": "ganas", "than": than, "budget": 20, "p": 0.5,
                "difference_mean": 0.25, "difference_standard_error": 0.125,
            })
        };
        let text = json!({
            "space": "nasbench201", "dataset": "cifar10", "optimum": { "validation": 91.0 },
            "rows": [row("ganas", 6), row("random", 4), row("evolution", 1)],
            "paired": [pair("random"), pair("evolution")],
        });
        let all = read("x.json", &text.to_string()).unwrap().remove(0).paired;
        assert_eq!(all[0].half, Some(3.182 * 0.125), "three degrees of freedom");
        assert_eq!(all[1].half, None, "one pair has no interval");
    }
}
