//! Figures reported in the paper, shown beside those measured here.

use std::fmt::Write;

use serde_json::Value;

/// A figure of "Generative Adversarial Neural Architecture Search" (IJCAI 2021): test accuracy in percent.
struct Published {
    experiment: &'static str,
    dataset: &'static str,
    queries: u64,
    test: &'static str,
}

/// All figures are from memory: the paper's tables were not accessible when they were written down.
const PUBLISHED: [Published; 5] = [
    Published { experiment: "nasbench101", dataset: "cifar10", queries: 150, test: "≈94.22" },
    Published { experiment: "nasbench101", dataset: "cifar10", queries: 378, test: "≈94.23" },
    Published {
        experiment: "nasbench201", dataset: "cifar10", queries: 444, test: "94.34 ± 0.05"
    },
    Published {
        experiment: "nasbench201",
        dataset: "cifar100",
        queries: 444,
        test: "73.28 ± 0.17",
    },
    Published {
        experiment: "nasbench201",
        dataset: "imagenet16-120",
        queries: 444,
        test: "46.80 ± 0.29",
    },
];

/// The strategies shown beside the paper's figure.
const BESIDE: [&str; 2] = ["ganas-paper", "ganas"];

/// Returns a section with a row for each figure of the paper; empty if there is none for the
/// experiment.
pub(crate) fn section(record: &Value) -> String {
    let is_here = |published: &&Published| record["experiment"] == published.experiment;
    let mut rows = PUBLISHED.iter().filter(is_here).peekable();
    if rows.peek().is_none() {
        return String::new();
    }
    let mut text = String::from(
        "\n## Comparison with the paper\n\n| | queries | the paper, test (recalled) | `ganas-paper`, validation, test | `ganas`, validation, test |\n|---|--:|--:|--:|--:|\n",
    );
    for Published { dataset, queries, test, .. } in rows {
        let measured = BESIDE.map(|strategy| measured(record, dataset, strategy, *queries));
        let _ = writeln!(text, "| {dataset} | {queries} | {test} | {} |", measured.join(" | "));
    }
    text.push_str(
        "\nThe paper's figures are recalled from memory, not checked against the paper. Validation and test accuracies are not comparable; – marks a value that the table lacks or that was not measured at this budget.\n",
    );
    text
}

fn measured(record: &Value, dataset: &str, strategy: &str, queries: u64) -> String {
    let rows = record["datasets"][dataset]["comparison"]["rows"].as_array();
    let is_it = |row: &&Value| row["strategy"] == strategy && row["budget"] == queries;
    let row = rows.into_iter().flatten().find(is_it);
    let accuracy = |which| row.map_or("–".into(), |row| crate::results::accuracy(row, which));
    format!("{}, {}", accuracy("validation"), accuracy("test"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::section;

    #[test]
    fn the_papers_figures_are_marked_as_recalled() {
        let row = json!({ "strategy": "ganas", "budget": 444, "seeds": 4, "validation_mean": 91.6, "validation_std": 0.2 });
        let record = json!({
            "experiment": "nasbench201",
            "datasets": { "cifar10": { "comparison": { "rows": [row] } } },
        });
        let text = section(&record);
        assert!(
            text.contains("| cifar10 | 444 | 94.34 ± 0.05 | –, – | 91.600 ± 0.100, – |"),
            "{text}"
        );
        assert!(text.contains("test (recalled)"), "{text}");
        assert_eq!(section(&json!({ "experiment": "nasbench-macro" })), "");
    }
}
