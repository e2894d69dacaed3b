//! The results of a search for an improvement, as tables for people.

use std::fmt;

use ganas::report::{Change, ImprovementReport};

use super::Table;

/// A report on a search for an improvement, displayed as tables.
pub(crate) struct ImprovementTables<'r>(pub(crate) &'r ImprovementReport);

impl fmt::Display for ImprovementTables<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let ImprovementReport { space, strategy, predictor, seed, name, baseline, best, .. } =
            report;
        let by = if report.is_predicted { "predicted by" } else { "from the table" };
        writeln!(
            formatter,
            "{name} in search space {space}; strategy {strategy}, seed {seed}; accuracy {by} {predictor}\n"
        )?;
        if !report.better {
            writeln!(formatter, "  nothing better was found\n")?;
        }
        let mut table = Table::new(&[&format!("{by} {predictor}"), "baseline", "best", "change"]);
        let label = if report.is_predicted { "predicted accuracy, %" } else { "accuracy, %" };
        table.push(vec![
            label.into(),
            format!("{:.3}", baseline.predicted),
            format!("{:.3}", best.predicted),
            format!("{:+.3}", best.predicted - baseline.predicted),
        ]);
        for (old, new) in baseline.costs.iter().zip(&best.costs) {
            table.push(vec![
                format!("{}, {}", old.metric, old.unit),
                format!("{:.3}", old.value),
                format!("{:.3}", new.value),
                format!("{:+.1} %", 100.0 * (new.value / old.value - 1.0)),
            ]);
        }
        writeln!(formatter, "{table}")?;
        let mut table = Table::new(&["choices", "baseline", "best", ""]);
        for Change { part, baseline, best, changed } in &report.changes {
            let mark = if *changed { "changed" } else { "" };
            table.push(vec![part.clone(), baseline.clone(), best.clone(), mark.into()]);
        }
        writeln!(formatter, "{table}")?;
        let front = format!("better networks, {by} {predictor}");
        let mut table = Table::new(&[&front, "accuracy, %", "params, M", "macs, M"]);
        for network in report.front.iter().take(10) {
            let millions = |count: u64| format!("{:.3}", count as f64 / 1e6);
            table.push(vec![
                network.arch.clone(),
                format!("{:.3}", network.predicted),
                millions(network.params),
                millions(network.macs),
            ]);
        }
        writeln!(formatter, "{table}")?;
        writeln!(formatter, "  limits      {}", report.constraints.join(", "))?;
        writeln!(formatter, "  searched    {} queries in {:.1} s", report.queries, report.seconds)
    }
}
