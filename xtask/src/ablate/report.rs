//! The report of an experiment, in Markdown.

use std::fmt::Write;

use anyhow::Result;

use super::experiment::{Measure, Space, Variant};
use super::found::Found;
use crate::statistics::{holm, interval, mean, median, sign_flip, standard_error, wilson};

const NOTHING: &str = "–";

/// The results in one space: a list per variant, in order, with an entry per seed.
#[derive(Debug)]
pub(super) struct SpaceResults<'a> {
    pub(super) space: &'a Space,
    pub(super) variants: &'a [Variant],
    pub(super) found: Vec<Vec<Option<&'a Found>>>,
}

/// The number of a search by which variants are compared.
#[derive(Debug, Clone, Copy)]
enum Number {
    Value {
        budget: u64,
    },
    /// The difference from the best value.
    Regret {
        budget: u64,
    },
    /// Counts a search that missed the optimum as if it had found it with its last query.
    QueriesToOptimum {
        budget: u64,
    },
}

/// Explanation of the tables.
pub(super) const EXPLANATION: &str = "\
Means are over the seeds, ± standard error; seconds are per search.
Differences from the first variant are paired by seed and positive where the other variant is better.
The interval is Student's 95 % interval, p is that of a permutation test that flips the signs of the differences, and \"corrected\" is p after Holm's correction over all rows of the table.
";

/// Explanation of the table of shares.
const SHARES: &str = "\
Share of the seeds that found a value of at least α within each number of queries, in percent, with Wilson's 95 % interval; for the median, a seed that found none ranks last.";

impl SpaceResults<'_> {
    /// Returns the space's part of the report.
    ///
    /// # Errors
    /// Never: writing to a string does not fail.
    pub(super) fn markdown(&self) -> Result<String> {
        let command = self.space.command("VARIANT", "SEED");
        let mut text = format!("\n## {}\n\n`ganas {command}`\n\n", self.space.title());
        match self.space.measure {
            Measure::Value => self.values(&mut text)?,
            Measure::QueriesToOptimum => self.queries(&mut text)?,
        }
        self.differences(&mut text)?;
        self.shares(&mut text)?;
        Ok(text)
    }

    fn values(&self, text: &mut String) -> Result<()> {
        let numbers = self.numbers();
        write!(text, "| variant | n |")?;
        for number in &numbers {
            write!(text, " {} |", number.title())?;
        }
        writeln!(text, " seconds |\n|---|--:|{}--:|", "--:|".repeat(numbers.len()))?;
        for (variant, found) in self.variants.iter().zip(&self.found) {
            let searches = found.iter().flatten().count();
            write!(text, "| `{}` | {searches} |", variant.name)?;
            for number in &numbers {
                let values: Vec<_> = found.iter().filter_map(|it| number.of((*it)?)).collect();
                let few = values.len() < searches;
                let few = if few { format!(", n = {}", values.len()) } else { String::new() };
                write!(text, " {}{few} |", with_error(&values, 3))?;
            }
            writeln!(text, " {} |", seconds(found))?;
        }
        Ok(())
    }

    fn queries(&self, text: &mut String) -> Result<()> {
        let budget = self.space.largest_budget();
        let number = Number::QueriesToOptimum { budget };
        writeln!(
            text,
            "| variant | n | median | mean, {budget} if missed | missed | most | seconds |\n|---|--:|--:|--:|--:|--:|--:|"
        )?;
        for (variant, found) in self.variants.iter().zip(&self.found) {
            let queries: Vec<_> =
                found.iter().flatten().map(|it| it.queries_to_optimum()).collect();
            let values: Vec<_> = found.iter().filter_map(|it| number.of((*it)?)).collect();
            let missed = queries.iter().filter(|queries| queries.is_none()).count();
            let most = queries.iter().flatten().max();
            writeln!(
                text,
                "| `{}` | {} | {} | {} | {missed} | {} | {} |",
                variant.name,
                queries.len(),
                or_nothing(median(queries.clone())),
                with_error(&values, 1),
                or_nothing(most),
                seconds(found),
            )?;
        }
        Ok(())
    }

    /// Writes the comparison of the first variant with each of the others, for each number.
    fn differences(&self, text: &mut String) -> Result<()> {
        let Some((first, others)) = self.found.split_first() else { return Ok(()) };
        let mut rows = Vec::new();
        for number in self.numbers() {
            for (variant, other) in self.variants[1..].iter().zip(others) {
                rows.push((number, variant, number.differences(first, other)));
            }
        }
        rows.retain(|(_, _, differences)| !differences.is_empty());
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(
            text,
            "\n| variant | by | n | better than `{}` by | 95 % interval | p | corrected |\n|---|---|--:|--:|--:|--:|--:|",
            self.variants[0].name
        )?;
        let p: Vec<_> = rows.iter().map(|(_, _, differences)| sign_flip(differences)).collect();
        for ((number, variant, differences), (p, corrected)) in
            rows.iter().zip(p.iter().zip(holm(&p)))
        {
            let digits = number.digits();
            let interval = interval(differences).map(|(low, high)| {
                format!("{:+.digits$} … {:+.digits$}", positive_zero(low), positive_zero(high))
            });
            let by = with_error(differences, digits);
            let sign = if by.starts_with('-') { "" } else { "+" };
            writeln!(
                text,
                "| `{}` | {} | {} | {sign}{by} | {} | {p:.4} | {corrected:.4} |",
                variant.name,
                number.title(),
                differences.len(),
                or_nothing(interval),
            )?;
        }
        Ok(())
    }

    /// Writes the share of the seeds that reached each α, by queries.
    fn shares(&self, text: &mut String) -> Result<()> {
        let Space { alphas, budgets, .. } = self.space;
        if alphas.is_empty() {
            return Ok(());
        }
        let titles: Vec<_> = budgets.iter().map(|budget| format!(" {budget} queries |")).collect();
        writeln!(
            text,
            "\n{SHARES}\n\n| α | variant | n |{} median queries |\n|--:|---|--:|{}--:|",
            titles.concat(),
            "--:|".repeat(budgets.len())
        )?;
        for &alpha in alphas {
            for (variant, found) in self.variants.iter().zip(&self.found) {
                let queries: Vec<_> =
                    found.iter().flatten().map(|it| it.queries_to(alpha)).collect();
                write!(text, "| {alpha} | `{}` | {} |", variant.name, queries.len())?;
                for &budget in budgets {
                    let reached = queries.iter().flatten().filter(|it| **it <= budget).count();
                    write!(text, " {} |", share(reached, queries.len()))?;
                }
                writeln!(text, " {} |", or_nothing(median(queries)))?;
            }
        }
        Ok(())
    }

    /// Returns the numbers to compare. Values are shown as regrets if the best value is known and
    /// allowed.
    fn numbers(&self) -> Vec<Number> {
        let mut all = self.found.iter().flatten().flatten();
        let regret = !self.space.is_limited() && all.all(|found| found.optimum.is_some());
        match self.space.measure {
            Measure::QueriesToOptimum => {
                vec![Number::QueriesToOptimum { budget: self.space.largest_budget() }]
            }
            Measure::Value => {
                let budgets = self.space.budgets.iter();
                let number = |&budget| {
                    if regret { Number::Regret { budget } } else { Number::Value { budget } }
                };
                budgets.map(number).collect()
            }
        }
    }
}

impl Number {
    fn title(self) -> String {
        match self {
            Self::Value { budget } => format!("value of {budget} queries"),
            Self::Regret { budget } => format!("regret of {budget} queries"),
            Self::QueriesToOptimum { .. } => "queries to the optimum".into(),
        }
    }

    const fn digits(self) -> usize {
        match self {
            Self::Value { .. } | Self::Regret { .. } => 3,
            Self::QueriesToOptimum { .. } => 1,
        }
    }

    fn of(self, found: &Found) -> Option<f64> {
        match self {
            Self::Value { budget } => found.best_within(budget),
            Self::Regret { budget } => Some(found.optimum? - found.best_within(budget)?),
            Self::QueriesToOptimum { budget } => {
                Some(found.queries_to_optimum().unwrap_or(budget) as f64)
            }
        }
    }

    /// Returns the advantage of the other variant, for each seed that both were run with.
    fn differences(self, first: &[Option<&Found>], other: &[Option<&Found>]) -> Vec<f64> {
        let pair = |(first, other): (Option<&Found>, Option<&Found>)| {
            let more = self.of(other?)? - self.of(first?)?;
            Some(if matches!(self, Self::Value { .. }) { more } else { -more })
        };
        first.iter().copied().zip(other.iter().copied()).filter_map(pair).collect()
    }
}

/// Formats a share in percent with its interval.
fn share(count: usize, of: usize) -> String {
    let Some((low, high)) = wilson(count, of) else { return NOTHING.into() };
    let [share, low, high] = [count as f64 / of as f64, low, high].map(|it| it * 100.0);
    format!("{share:.0} ({low:.0} … {high:.0})")
}

/// Formats a mean with its standard error.
fn with_error(values: &[f64], digits: usize) -> String {
    let Some(mean) = mean(values) else { return NOTHING.into() };
    let mean = positive_zero(mean);
    let error = standard_error(values).map(|error| format!(" ± {error:.digits$}"));
    format!("{mean:.digits$}{}", error.unwrap_or_default())
}

/// Adds zero to turn −0 into 0.
fn positive_zero(value: f64) -> f64 {
    value + 0.0
}

fn seconds(found: &[Option<&Found>]) -> String {
    let seconds: Vec<_> = found.iter().flatten().map(|found| found.seconds).collect();
    or_nothing(mean(&seconds).map(|mean| format!("{mean:.2}")))
}

fn or_nothing<T: ToString>(value: Option<T>) -> String {
    value.map_or(NOTHING.into(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::experiment::tests::experiment;
    use super::super::found::tests::found;
    use super::*;

    /// Returns the report of two variants on a space of the example, from the results of each seed.
    fn report(space: usize, all: &[Vec<Option<Found>>; 2]) -> String {
        let experiment = experiment();
        let results = SpaceResults {
            space: &experiment.spaces[space],
            variants: &experiment.variants[..2],
            found: all.iter().map(|seeds| seeds.iter().map(Option::as_ref).collect()).collect(),
        };
        results.markdown().unwrap()
    }

    fn values(values: [f64; 3], optimum: Option<f64>) -> Vec<Option<Found>> {
        values.map(|value| Some(found("k", &[(1, value - 1.0), (100, value)], optimum))).into()
    }

    const OTHER: &str = "`ganas:generator.novelty=free:truth_size=20`";

    #[test]
    fn values_are_paired_by_seed_and_corrected_together() {
        let report =
            report(0, &[values([90.0, 91.0, 92.0], None), values([90.5, 91.5, 92.5], None)]);
        let has = |line: &str| assert!(report.contains(line), "{line}\n{report}");
        has("## nasbench201 cifar10, max params=0.5\n");
        has("| `default` | 3 | 90.000 ± 0.577 | 91.000 ± 0.577 | 0.50 |\n");
        has(&format!(
            "| {OTHER} | value of 150 queries | 3 | +0.500 ± 0.000 | +0.500 … +0.500 | 0.2500 | 0.5000 |\n"
        ));
    }

    #[test]
    fn less_regret_is_better_where_the_best_is_known() {
        let all = [values([90.0, 91.0, 92.0], Some(94.0)), values([89.0, 90.0, 91.0], Some(94.0))];
        let limited = report(0, &all);
        assert!(limited.contains("value of 150 queries") && !limited.contains("regret"));
        let open = report(2, &all);
        assert!(open.contains("| `default` | 3 | 3.000 ± 0.577 | 0.50 |"), "{open}");
        assert!(open.contains("regret of 150 queries | 3 | -1.000 ± 0.000 |"), "{open}");
    }

    #[test]
    fn a_search_that_missed_counts_with_its_budget() {
        let at = |query| Some(found("k", &[(1, 90.0), (query, 94.0)], Some(94.0)));
        let missed = Some(found("k", &[(1, 90.0)], Some(94.0)));
        let report = report(1, &[vec![at(100), at(200), missed], vec![at(90), at(190), at(290)]]);
        assert!(report.contains("| `default` | 3 | 200 | 200.0 ± 57.7 | 1 | 200 |"), "{report}");
        assert!(report.contains("queries to the optimum | 3 | +10.0 ± 0.0 |"), "{report}");
    }

    #[test]
    fn shares_of_seeds_are_those_that_reached_each_alpha_in_time() {
        let at = |query| Some(found("k", &[(1, 90.0), (query, 91.5)], Some(94.0)));
        let never = Some(found("k", &[(30, 89.0)], None));
        let report = report(0, &[vec![at(40), at(60), at(140)], vec![at(50), never, None]]);
        let has = |line: &str| assert!(report.contains(line), "{line}\n{report}");
        has(
            "| α | variant | n | 50 queries | 150 queries | median queries |\n|--:|---|--:|--:|--:|--:|\n",
        );
        has("| 90 | `default` | 3 | 100 (44 … 100) | 100 (44 … 100) | 1 |\n");
        has("| 91.5 | `default` | 3 | 33 (6 … 79) | 100 (44 … 100) | 60 |\n");
        has(&format!("| 91.5 | {OTHER} | 2 | 50 (9 … 91) | 50 (9 … 91) | – |\n"));
    }

    #[test]
    fn without_alphas_there_are_no_shares() {
        let report = report(2, &[values([90.0; 3], None), values([91.0; 3], None)]);
        assert!(!report.contains('α'), "{report}");
    }

    #[test]
    fn a_seed_that_one_lacks_is_in_no_pair() {
        let mut first = values([90.0, 91.0, 92.0], None);
        first[1] = None;
        let report = report(0, &[first, values([89.0, 95.0, 91.0], None)]);
        assert!(report.contains("| `default` | 2 | 90.000 ± 1.000 |"), "{report}");
        assert!(report.contains("value of 150 queries | 2 | -1.000 ± 0.000 |"), "{report}");
    }
}
