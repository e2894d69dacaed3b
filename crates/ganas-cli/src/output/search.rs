//! What a search found, as text for people.

use std::fmt;

use ganas::report::{Best, Cost, FrontRecord, Improvement, SearchReport};

use super::{Table, unit};

/// A report as text.
pub(crate) struct Summary<'r>(pub(crate) &'r SearchReport);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let SearchReport { space, strategy, seed, queries, best, .. } = report;
        let dataset = report.dataset.as_ref().map_or(String::new(), |name| format!(", {name}"));
        writeln!(formatter, "{strategy} on {space}{dataset}, seed {seed}\n")?;
        writeln!(formatter, "  best        {}", best.arch)?;
        let kind = match (&report.predictor, &report.dataset) {
            (Some(_), _) => "predicted",
            (None, Some(_)) => "validation",
            (None, None) => "value",
        };
        writeln!(formatter, "  {kind:10}  {}", validation_line(report))?;
        if report.dataset.is_some() {
            writeln!(formatter, "  test        {}", test_line(report))?;
        }
        writeln!(formatter, "  costs       {}", cost_line(report))?;
        let query = report.queries_to_best;
        writeln!(
            formatter,
            "  found       query {query}, trial {}, by {}",
            best.trial, best.source
        )?;
        if !report.constraints.is_empty() {
            writeln!(formatter, "  limits      {}", report.constraints.join(", "))?;
        }
        if report.failed + report.infeasible > 0 {
            let SearchReport { failed, infeasible, .. } = report;
            writeln!(formatter, "  in vain     {failed} failed, {infeasible} infeasible")?;
        }
        for point in report.pareto.iter().flatten() {
            writeln!(formatter, "  front       {}", front_line(point))?;
        }
        if let Some(last) = report.hypervolume.as_ref().and_then(|found| found.curve.last()) {
            writeln!(
                formatter,
                "  hypervolume {:.1} % of the box between the worst and the best of each objective, since query {}",
                100.0 * last.hypervolume,
                last.query
            )?;
        }
        if !best.notation.is_empty() {
            writeln!(formatter, "  notation    {}", best.notation)?;
        }
        let by = report.predictor.as_ref().map(|predictor| format!("predicted by {predictor}"));
        let mut table = Table::new(&["source", "query", by.as_deref().unwrap_or(kind)]);
        for Improvement { query, source, validation } in &report.improvements {
            table.push(vec![source.clone(), query.to_string(), format!("{validation:.3}")]);
        }
        writeln!(formatter, "\n{table}")?;
        let SearchReport { stop_reason, seconds, seconds_in_strategy, .. } = report;
        writeln!(
            formatter,
            "  stopped     {stop_reason}, after {queries} queries in {seconds:.1} s ({seconds_in_strategy:.1} s in the strategy)"
        )
    }
}

fn validation_line(report: &SearchReport) -> String {
    let Best { validation, rank, regret, .. } = &report.best;
    let rank = rank.map_or(String::new(), |rank| format!(", rank {rank}"));
    let unit = unit(report.dataset.as_deref());
    let regret = match (report.optimum.validation, regret) {
        (Some(optimum), Some(regret)) => {
            let side = if *validation > optimum { "above" } else { "below" };
            format!(", {regret:.3} {side} the optimum of {optimum:.3}{unit}")
        }
        _ => String::new(),
    };
    let by = report.predictor.as_ref().map_or(String::new(), |name| format!(", by {name}"));
    format!("{validation:.3}{unit}{by}{rank}{regret}")
}

fn test_line(report: &SearchReport) -> String {
    match report.best.test {
        Some(test) => format!("{test:.3}{}", unit(report.dataset.as_deref())),
        None if report.space == "nasbench201" => {
            "not known; `ganas bench import nasbench201 FILE` adds it".into()
        }
        None => "not known".into(),
    }
}

fn cost_line(report: &SearchReport) -> String {
    let cost = |cost: &Cost| format!("{:.3} {} {}", cost.value, cost.unit, cost.metric);
    report.best.costs.iter().map(cost).collect::<Vec<_>>().join(", ")
}

/// Four digits, or all that stand before the point.
pub(super) fn significant(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 12")]
    let digits = (3.0 - number.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{number:.digits$}")
}

fn front_line(point: &FrontRecord) -> String {
    let numbers =
        point.objectives.iter().map(|(name, number)| format!(", {name} {}", significant(*number)));
    format!("{:.3}{}  {}", point.validation, numbers.collect::<String>(), point.arch)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ganas::report::{Optimum, RoundRecord, TableRecord};
    use ganas::search::StopReason;
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
            history: None,
        }
    }

    #[test]
    fn people_read_a_summary() {
        assert_snapshot!(Summary(&report()));
    }

    #[test]
    fn what_is_predicted_is_said_so() {
        let report = SearchReport { predictor: Some("a model".into()), ..report() };
        let text = Summary(&report).to_string();
        assert!(text.contains("  predicted   91.500 %, by a model, rank 3"), "{text}");
        assert!(text.contains("query  predicted by a model"), "{text}");
        assert!(!text.contains("validation"), "{text}");
    }

    #[test]
    fn programs_read_the_contract() {
        assert_snapshot!(serde_json::to_string_pretty(&report()).unwrap());
    }
}
