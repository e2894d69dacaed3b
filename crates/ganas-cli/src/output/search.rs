//! The results of a search, as text for people.

use std::collections::BTreeMap;
use std::fmt;

use ganas::report::{Best, Cost, FrontRecord, Improvement, SearchReport};
use ganas::search::StopReason;

use super::{Table, beside, number, unit};

/// Maximum number of characters of the architectures that the table of the Pareto front shows.
const SHORT: usize = 40;

/// A report on a search, displayed as text.
#[derive(Debug)]
pub(crate) struct Summary<'r> {
    pub(crate) report: &'r SearchReport,
    /// Number of queries made before this session.
    pub(crate) earlier: usize,
    /// The folder with the files of the best trial's evaluation, if there is one.
    pub(crate) files: Option<String>,
    /// Suggestions for what to do next, each a sentence.
    pub(crate) next: Vec<String>,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        let SearchReport { space, strategy, seed, best, .. } = report;
        let dataset = report.dataset.as_ref().map_or(String::new(), |name| format!(", {name}"));
        writeln!(formatter, "{strategy} on {space}{dataset}, seed {seed}\n")?;
        writeln!(formatter, "  best        {}", best.arch)?;
        let kind = match (&report.predictor, &report.dataset) {
            (Some(_), _) => "predicted",
            (None, Some(_)) => "validation",
            (None, None) => "value",
        };
        write!(formatter, "{}", beside(&format!("  {kind:10}  "), &validation_line(report)))?;
        if report.dataset.is_some() {
            write!(formatter, "{}", beside("  test        ", &test_line(report)))?;
        }
        if !best.costs.is_empty() {
            write!(formatter, "{}", beside("  costs       ", &cost_line(report)))?;
        }
        let found = match report.queries_to_best {
            0 => "known before the first query".into(),
            query => format!("at query {query}"),
        };
        writeln!(
            formatter,
            "  found       {found} (trial {}); source of the proposal: {}",
            best.trial, best.source
        )?;
        if let Some(files) = &self.files {
            write!(formatter, "{}", beside("  files       ", files))?;
        }
        if !report.constraints.is_empty() {
            write!(formatter, "{}", beside("  limits      ", &report.constraints.join(", ")))?;
        }
        if report.failed + report.infeasible > 0 {
            let SearchReport { failed, infeasible, .. } = report;
            writeln!(formatter, "  excluded    {failed} failed, {infeasible} infeasible")?;
        }
        if !best.notation.is_empty() {
            write!(formatter, "{}", beside("  notation    ", &best.notation))?;
        }
        if let Some(front) = &report.pareto {
            writeln!(formatter, "\n{}", front_table(report, front, kind))?;
        }
        if let Some(last) = report.hypervolume.as_ref().and_then(|found| found.curve.last()) {
            let (percent, query) = (100.0 * last.hypervolume, last.query);
            let text = format!(
                "{percent:.1} % of the box from the worst to the best measured value of each goal; last increased at query {query}"
            );
            write!(formatter, "{}", beside("  hypervolume ", &text))?;
        }
        let by = report.predictor.as_ref().map(|predictor| format!("predicted by {predictor}"));
        let mut table = Table::new(&["new best by", "query", by.as_deref().unwrap_or(kind)]);
        for Improvement { query, source, validation } in &report.improvements {
            table.push(vec![source.clone(), query.to_string(), format!("{validation:.3}")]);
        }
        writeln!(formatter, "\n{table}")?;
        for (label, text) in self.ended() {
            write!(formatter, "{}", beside(label, &text))?;
        }
        for (at, next) in self.next.iter().enumerate() {
            let label = format!("  {:<10}  ", if at == 0 { "next" } else { "" });
            write!(formatter, "{}", beside(&label, next))?;
        }
        Ok(())
    }
}

impl Summary<'_> {
    /// Returns why the search ended, and the time that it took, as labels with texts.
    fn ended(&self) -> Vec<(&'static str, String)> {
        let SearchReport { stop_reason, queries, seconds, seconds_in_strategy, .. } = self.report;
        let spent = self.report.spent.map(|spent| (spent, self.report.budget));
        let why = StopReason::describe(stop_reason, spent);
        let made = number::counted(*queries, "query", "queries");
        let cost = self
            .report
            .spent
            .map_or_else(String::new, |spent| format!(", which cost {spent:.1} full evaluations"));
        let (new, time) = match (self.earlier, queries - self.earlier) {
            // The strategy's time includes earlier runs, whose evaluations may all have failed.
            (0, _) if seconds_in_strategy <= seconds => {
                let took = format!(
                    "{seconds:.1} s, of which the strategy took {seconds_in_strategy:.1} s"
                );
                (String::new(), Some(took))
            }
            (_, 0) => (" (none of them in this run)".into(), None),
            (_, new) => (
                format!(" ({new} of them in this run)"),
                Some(format!("{seconds:.1} s in this run")),
            ),
        };
        let mut lines = vec![("  ended       ", format!("after {made}{new}{cost}: {why}"))];
        lines.extend(time.map(|time| ("  time        ", time)));
        lines
    }
}

fn validation_line(report: &SearchReport) -> String {
    let Best { validation, rank, regret, .. } = &report.best;
    let rank = rank.map_or(String::new(), |rank| format!(", rank {rank}"));
    let unit = unit(report.dataset.as_deref());
    let regret = match (report.optimum.validation, regret) {
        (Some(_), Some(0.0)) => ", the optimum".into(),
        (Some(optimum), Some(regret)) => {
            let side = if *validation > optimum { "above" } else { "below" };
            let regret =
                if *regret < 0.001 { number::rounded(*regret) } else { format!("{regret:.3}") };
            format!(", {regret} {side} the optimum of {optimum:.3}{unit}")
        }
        _ => String::new(),
    };
    let by = report.predictor.as_ref().map_or(String::new(), |name| format!(", by {name}"));
    let is_compared = !rank.is_empty() || !regret.is_empty();
    let note = if is_compared && !report.constraints.is_empty() {
        "; rank and optimum ignore the limits"
    } else {
        ""
    };
    format!("{validation:.3}{unit}{by}{rank}{regret}{note}")
}

fn test_line(report: &SearchReport) -> String {
    match report.best.test {
        Some(test) => format!("{test:.3}{}", unit(report.dataset.as_deref())),
        None if report.space == "nasbench201" => {
            "not imported; `ganas bench import --help` names the file that adds it".into()
        }
        None => "not in the benchmark".into(),
    }
}

fn cost_line(report: &SearchReport) -> String {
    let cost = |Cost { metric, value, unit }: &Cost| {
        let unit = if unit.is_empty() { "" } else { &format!(" {unit}") };
        format!("{}{unit} {metric}", number::rounded(*value))
    };
    report.best.costs.iter().map(cost).collect::<Vec<_>>().join(", ")
}

/// Returns the Pareto front as a table with one line per trial, which shows the architectures only
/// if all of them are short enough. `kind` says what the values are, such as `validation`.
fn front_table(report: &SearchReport, front: &[FrontRecord], kind: &str) -> String {
    let units: BTreeMap<_, _> =
        report.best.costs.iter().map(|cost| (cost.metric.as_str(), cost.unit.as_str())).collect();
    let metrics: Vec<_> = front.first().map_or_else(Vec::new, |it| it.objectives.keys().collect());
    let titled = |metric: &&String| match units.get(metric.as_str()) {
        Some(unit) if !unit.is_empty() => format!("{metric} [{unit}]"),
        _ => (*metric).clone(),
    };
    let value = format!("{kind}{}", unit(report.dataset.as_deref()));
    let titles: Vec<_> = metrics.iter().map(titled).collect();
    let mut head = vec!["front", value.as_str()];
    head.extend(titles.iter().map(String::as_str));
    let has_room = front.iter().all(|point| point.arch.chars().count() <= SHORT);
    head.extend(has_room.then_some("architecture"));
    let mut table = Table::new(&head).with_words(head.len() - usize::from(has_room)..head.len());
    for point in front {
        let mut row = vec![format!("trial {}", point.trial), format!("{:.3}", point.validation)];
        let found = |metric: &&String| point.objectives.get(*metric).copied();
        row.extend(metrics.iter().map(|it| found(it).map_or_else(String::new, number::rounded)));
        row.extend(has_room.then(|| point.arch.clone()));
        table.push(row);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use ganas::report::{Optimum, RoundRecord, TableRecord};
    use insta::assert_snapshot;

    use super::*;

    fn report() -> SearchReport {
        SearchReport {
            space: "nasbench201".into(),
            dataset: Some("cifar10".into()),
            strategy: "ganas".into(),
            seed: 0,
            queries: 150,
            stop_reason: StopReason::Budget.to_string(),
            queries_to_best: 72,
            best: Best {
                arch: "|none~0|+…".into(),
                notation: "read from left to right".into(),
                hash: "00".into(),
                validation: 91.5,
                test: None,
                rank: Some(3),
                regret: Some(0.125),
                trial: 71,
                source: "mutation".into(),
                costs: vec![Cost { metric: "params".into(), value: 0.5, unit: "M".into() }],
            },
            optimum: Optimum { validation: Some(91.625) },
            seconds: 1.25,
            seconds_in_strategy: 1.0,
            distinct: "isomorphism".into(),
            query: "mean".into(),
            budget: 150,
            constraints: vec!["params <= 0.5 M".into()],
            tables: vec![TableRecord { part: "validation".into(), sha256: "ab".into() }],
            predictor: None,
            improvements: vec![
                Improvement { query: 1, source: "random".into(), validation: 80.25 },
                Improvement { query: 72, source: "mutation".into(), validation: 91.5 },
            ],
            rounds: vec![RoundRecord {
                queries: 0,
                proposed: 2,
                repeats: 1,
                diagnostics: BTreeMap::from([
                    ("entropy".into(), 1.5),
                    ("novelty".into(), f64::NAN),
                ]),
            }],
            failed: 0,
            infeasible: 0,
            pareto: None,
            hypervolume: None,
            rejected: None,
            spent: None,
            history: None,
        }
    }

    #[test]
    fn people_read_a_summary() {
        assert_snapshot!(Summary {
            report: &report(),
            earlier: 0,
            files: Some("s/trials/000071/attempt-1".into()),
            next: vec!["ganas export s".into()]
        });
    }

    #[test]
    fn what_is_predicted_is_said_so() {
        let report = SearchReport { predictor: Some("a model".into()), ..report() };
        let text =
            Summary { report: &report, earlier: 100, files: None, next: Vec::new() }.to_string();
        assert!(text.contains("  predicted   91.500 %, by a model, rank 3"), "{text}");
        assert!(text.contains("query  predicted by a model"), "{text}");
        assert!(!text.contains("validation"), "{text}");
    }

    #[test]
    fn programs_read_the_contract() {
        assert_snapshot!(serde_json::to_string_pretty(&report()).unwrap());
    }
}
