//! Comparisons of strategies, as readable tables.

use std::fmt;

use ganas::SearchRecord;
use ganas::report::{
    Comparison, HypervolumeRow, Hypervolumes, Paired, QueriesToOptimum, Row, Span, standard_error,
};

use super::number::{counted, rounded};
use super::{Table, beside, unit};

/// A comparison, displayed as tables.
pub(crate) struct ComparisonTables<'c>(pub(crate) &'c Comparison);

impl fmt::Display for ComparisonTables<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comparison = self.0;
        let Comparison { space, dataset, seeds, .. } = comparison;
        let known = comparison.optimum.validation;
        let optimum = known
            .map_or(String::new(), |value| format!(", optimum {value:.3}{}", unit(Some(dataset))));
        let subject = [format!("{space}, {dataset}{optimum}")];
        let subject = [&subject[..], &comparison.constraints].concat().join(", ");
        writeln!(
            formatter,
            "{subject}; mean ± standard error over {}\n",
            counted(*seeds, "seed", "seeds")
        )?;
        let by = comparison.predictor.as_ref().map(|predictor| format!("predicted by {predictor}"));
        let value = by.as_deref().unwrap_or("validation");
        let mut table =
            Table::new(&["strategy", "queries", value, "regret", "test", "at optimum", "seconds"]);
        for row in &comparison.rows {
            table.push(row_cells(row));
        }
        writeln!(formatter, "{table}")?;
        let mut table = Table::new(&[
            "queries to the optimum",
            "median",
            "slowest that reached it",
            "seeds that missed it",
        ]);
        for (strategy, queries) in &comparison.queries_to_optimum {
            table.push(queries_cells(queries, strategy));
        }
        write!(formatter, "{table}")?;
        let difference = by.as_ref().map_or("difference".into(), |by| format!("difference, {by}"));
        write_paired(formatter, &comparison.paired, &difference)?;
        if let Some(hypervolumes) = &comparison.hypervolume {
            write_hypervolumes(formatter, hypervolumes, value)?;
        }
        if comparison.paired.is_empty() { Ok(()) } else { write_test(formatter, *seeds) }
    }
}

/// Writes a table that compares the first strategy with each of the others. `difference` is the
/// heading of the column of differences.
fn write_paired(
    formatter: &mut fmt::Formatter<'_>,
    all: &[Paired],
    difference: &str,
) -> fmt::Result {
    let Some(Paired { strategy, .. }) = all.first() else { return Ok(()) };
    let mut table = Table::new(&[&format!("{strategy} compared with"), "queries", difference, "p"]);
    for paired in all {
        table.push(paired_cells(paired));
    }
    write!(formatter, "\n{table}")
}

/// Writes the name of the test that the p-values are from and, if there are few seeds, the smallest
/// possible p-value.
fn write_test(formatter: &mut fmt::Formatter<'_>, seeds: usize) -> fmt::Result {
    let least = match seeds {
        2..=5 => {
            format!("; with {seeds} seeds, it is at least {}", 2.0 / f64::from(1 << seeds))
        }
        _ => String::new(),
    };
    let text = format!("two-sided sign-flip test of the differences between paired seeds{least}");
    write!(formatter, "\n{}", beside("  p      ", &text))
}

/// Writes the hypervolumes of the Pareto fronts as fractions of a box, and the bounds of that box.
/// `value` is the name of the first objective.
fn write_hypervolumes(
    formatter: &mut fmt::Formatter<'_>,
    hypervolumes: &Hypervolumes,
    value: &str,
) -> fmt::Result {
    let mut table = Table::new(&["strategy", "queries", "hypervolume"]);
    for HypervolumeRow { strategy, budget, mean, standard_error, .. } in &hypervolumes.rows {
        let spread = standard_error.map_or(String::new(), |error| format!(" ± {error:.3}"));
        let covered = cell(*mean, |mean| format!("{mean:.3}{spread}"));
        table.push(vec![strategy.clone(), budget.to_string(), covered]);
    }
    write!(formatter, "\n{table}")?;
    write_paired(formatter, &hypervolumes.paired, "difference, hypervolume")?;
    let of = match hypervolumes.span {
        Span::Table => "among all architectures of the table",
        Span::Found => "among all architectures that these searches measured",
    };
    writeln!(formatter, "\n  box    from the worst to the best value of each objective {of}")?;
    let names = std::iter::once(value).chain(hypervolumes.further.iter().map(String::as_str));
    let ends = hypervolumes.worst.iter().zip(&hypervolumes.best);
    for (name, (worst, best)) in names.zip(ends) {
        writeln!(formatter, "         {name} {} to {}", rounded(*worst), rounded(*best))?;
    }
    Ok(())
}

/// The completed searches of a comparison, displayed as a table.
pub(crate) struct SearchesTable<'s>(pub(crate) &'s [SearchRecord]);

impl fmt::Display for SearchesTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        let budgets = first.best.iter().map(|(budget, _)| format!("best of {budget}"));
        let head: Vec<_> = ["strategy".into(), "seed".into()].into_iter().chain(budgets).collect();
        let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
        for SearchRecord { strategy, seed, best } in self.0 {
            let best = best.iter().map(|(_, value)| cell(*value, |value| format!("{value:.3}")));
            table.push([strategy.clone(), seed.to_string()].into_iter().chain(best).collect());
        }
        write!(formatter, "{table}")
    }
}

/// The placeholder for a missing value in a table.
const NOTHING: &str = "–";

fn cell<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or(NOTHING.into(), text)
}

fn paired_cells(paired: &Paired) -> Vec<String> {
    let by = (paired.difference_mean, paired.difference_standard_error);
    let spread = by.1.map_or(String::new(), |error| format!(" ± {error:.3}"));
    let p = if paired.p < 0.001 { "< 0.001".into() } else { format!("{:.3}", paired.p) };
    vec![paired.than.clone(), paired.budget.to_string(), format!("{:+.3}{spread}", by.0), p]
}

fn row_cells(row: &Row) -> Vec<String> {
    let accuracy = |mean, deviation: Option<f64>| {
        let spread = deviation.map_or(String::new(), |deviation| {
            format!(" ± {:.3}", standard_error(deviation, row.found))
        });
        let seeds = if row.found < row.seeds {
            format!(" ({} of {} seeds)", row.found, row.seeds)
        } else {
            String::new()
        };
        // A regret may be -0 or, after rounding, look like it.
        let rounded = |mean: f64| if mean.abs() < 0.000_5 { 0.0 } else { mean };
        cell(mean, |mean| format!("{:.3}{spread}{seeds}", rounded(mean)))
    };
    vec![
        row.strategy.clone(),
        row.budget.to_string(),
        accuracy(row.validation_mean, row.validation_std),
        accuracy(row.regret_mean, row.validation_std),
        accuracy(row.test_mean, row.test_std),
        cell(row.optimum_share, |share| format!("{:.0} %", share * 100.0)),
        cell(row.seconds_median, |seconds| format!("{seconds:.2}")),
    ]
}

fn queries_cells(queries: &QueriesToOptimum, strategy: &str) -> Vec<String> {
    vec![
        strategy.into(),
        cell(queries.median, |median| median.to_string()),
        cell(queries.max, |max| max.to_string()),
        cell(queries.missed, |missed| missed.to_string()),
    ]
}
