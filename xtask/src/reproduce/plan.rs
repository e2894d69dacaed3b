//! Plans of experiments: a listed benchmark, or one of a few special cases.

use anyhow::{Context, Result};

use crate::listed::{Benchmark, Strategy};

/// The plan of an experiment.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    benchmark: String,
    pub(super) datasets: Vec<String>,
    strategies: String,
    budgets: Vec<u64>,
    /// The budget used in the summary.
    pub(super) summary_budget: u64,
    /// Arguments that limit costs.
    limits: &'static str,
    /// Whether the README shows the summary.
    pub(super) in_readme: bool,
}

/// An experiment that deviates from its benchmark; empty fields mean the benchmark's own values.
#[derive(Debug)]
struct Special {
    name: &'static str,
    benchmark: &'static str,
    datasets: &'static [&'static str],
    strategies: &'static str,
    budgets: &'static [u64],
    limits: &'static str,
    in_readme: bool,
}

impl Special {
    /// Creates an experiment on a benchmark at these budgets, with the default strategy and its rivals.
    const fn at(benchmark: &'static str, budgets: &'static [u64]) -> Self {
        Self {
            name: benchmark,
            benchmark,
            datasets: &[],
            strategies: RIVALS,
            budgets,
            limits: "",
            in_readme: false,
        }
    }
}

const SPECIAL: [Special; 7] = [
    Special {
        strategies: "ganas,ganas-paper,random,evolution,local-search,reinforce",
        in_readme: true,
        ..Special::at("nasbench201", &[])
    },
    Special::at("nasbench101-surrogate", &[30, 50, 100, 150]),
    Special::at("nasbench301-standin", &[25, 50, 100, 150, 300]),
    Special::at("nasbench-macro", &[25, 50, 100, 150]),
    Special::at("accel-nasbench", &[25, 50, 100, 200, 300]),
    Special {
        name: "accel-nasbench-limited",
        limits: " --max params=@efficientnet-b0 --max macs=@efficientnet-b0",
        ..Special::at("accel-nasbench", &[25, 50, 100, 200, 300])
    },
    Special::at("ofa-mbv3", &[25, 50, 100, 200, 400]),
];

/// The default strategy and those that every strategy must beat.
const RIVALS: &str = "ganas,random,evolution,local-search";

impl Plan {
    /// Returns the named experiment, or that of the named benchmark with GA-NAS and all baselines.
    pub(super) fn new(name: &str, listed: &[Benchmark], strategies: &[Strategy]) -> Result<Self> {
        let special = SPECIAL.iter().find(|special| special.name == name);
        let usual = Special { strategies: "", ..Special::at("", &[]) };
        let Special { datasets, strategies: own, budgets, limits, in_readme, .. } =
            special.unwrap_or(&usual);
        let benchmark = special.map_or(name, |special| special.benchmark);
        let benchmark = listed.iter().find(|listed| listed.name == benchmark);
        let benchmark = benchmark.with_context(|| unknown(name, listed))?;
        let budgets = if budgets.is_empty() { &benchmark.budgets } else { &budgets.to_vec() };
        // The third budget is the most informative: earlier ones favour fast learners, later ones
        // all others.
        let summary_budget = *budgets.get(2).or(budgets.last()).context("no budgets listed")?;
        Ok(Self {
            name: name.into(),
            benchmark: benchmark.name.clone(),
            datasets: if datasets.is_empty() {
                benchmark.datasets.clone()
            } else {
                datasets.iter().map(ToString::to_string).collect()
            },
            strategies: if own.is_empty() { with_baselines(strategies) } else { (*own).into() },
            budgets: budgets.clone(),
            summary_budget,
            limits,
            in_readme: *in_readme,
        })
    }

    pub(super) fn command(&self, dataset: &str, seeds: usize) -> String {
        let Self { benchmark, strategies, budgets, limits, .. } = self;
        let budgets: Vec<_> = budgets.iter().map(ToString::to_string).collect();
        let budgets = budgets.join(",");
        format!(
            "compare {benchmark} --dataset {dataset} --strategies {strategies} --seeds {seeds} --budgets {budgets}{limits}"
        )
    }
}

/// Returns GA-NAS and the baselines.
fn with_baselines(strategies: &[Strategy]) -> String {
    let compared = |strategy: &&Strategy| strategy.name == "ganas" || !strategy.has_settings;
    let names = strategies.iter().filter(compared).map(|strategy| strategy.name.as_str());
    names.collect::<Vec<_>>().join(",")
}

fn unknown(name: &str, listed: &[Benchmark]) -> String {
    let special = SPECIAL.iter().map(|special| special.name);
    let mut names: Vec<_> = listed.iter().map(|it| it.name.as_str()).chain(special).collect();
    names.sort_unstable();
    names.dedup();
    format!("no experiment `{name}`: expected one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::files::read;
    use crate::process::root;

    fn listed() -> Vec<Benchmark> {
        let list = json!([
            {"name": "nasbench201", "datasets": ["cifar10", "cifar100", "imagenet16-120"], "budgets": [50, 100, 150, 300, 444]},
            {"name": "nasbench101", "datasets": ["cifar10"], "budgets": [50, 100, 150]},
            {"name": "nasbench101-surrogate", "datasets": ["cifar10"], "budgets": [50, 100, 150]},
            {"name": "nasbench301-standin", "datasets": ["cifar10"], "budgets": [50, 100, 150, 300]},
            {"name": "nasbench-macro", "datasets": ["cifar10"], "budgets": [100, 192, 200, 300, 400]},
            {"name": "accel-nasbench", "datasets": ["imagenet"], "budgets": [100, 192, 200, 300, 400]},
            {"name": "ofa-mbv3", "datasets": ["imagenet"], "budgets": [100, 192, 200, 300, 400]},
        ]);
        list.as_array().unwrap().iter().map(|record| Benchmark::read(record).unwrap()).collect()
    }

    fn strategies() -> Vec<Strategy> {
        let all = [("ganas", true), ("ganas-paper", true), ("random", false), ("evolution", false)];
        all.map(|(name, has_settings)| Strategy { name: name.into(), has_settings }).into()
    }

    /// Returns the command lines in a committed document of results.
    fn committed(document: &str) -> Vec<&str> {
        let line = |line: &'_ str| line.starts_with("`ganas compare");
        document.lines().filter(|it| line(it)).map(|line| line.trim_matches('`')).collect()
    }

    #[test]
    fn committed_results_are_by_the_same_commands() {
        let folder = root().join("benchmarks-data/results");
        let mut documents = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let name = path.file_stem().unwrap().to_str().unwrap();
            let text = read(&path).unwrap();
            let first = committed(&text).first().copied();
            let first = first.unwrap_or_else(|| panic!("{name}.md names no `ganas compare`"));
            let seeds = first.split_once("--seeds ").unwrap().1;
            let seeds = seeds.split(' ').next().unwrap().parse().unwrap();
            let plan = Plan::new(name, &listed(), &strategies()).unwrap();
            let commands =
                plan.datasets.iter().map(|it| format!("ganas {}", plan.command(it, seeds)));
            assert_eq!(commands.collect::<Vec<_>>(), committed(&text), "{name}");
            documents += 1;
        }
        assert_eq!(documents, SPECIAL.len());
    }

    #[test]
    fn summaries_compare_where_they_did() {
        let budget = |name| Plan::new(name, &listed(), &strategies()).unwrap().summary_budget;
        assert_eq!(budget("nasbench201"), 150);
        for it in SPECIAL.iter().filter(|it| it.name != "nasbench201") {
            assert_eq!(budget(it.name), 100, "{}", it.name);
        }
    }

    #[test]
    fn a_listed_benchmark_is_an_experiment() {
        let plan = Plan::new("nasbench101", &listed(), &strategies()).unwrap();
        assert_eq!(
            plan.command("cifar10", 2),
            "compare nasbench101 --dataset cifar10 --strategies ganas,random,evolution --seeds 2 --budgets 50,100,150"
        );
        let error = Plan::new("nasbench102", &listed(), &strategies()).unwrap_err().to_string();
        assert!(error.contains("nasbench101, nasbench101-surrogate"), "{error}");
        assert!(error.contains("accel-nasbench-limited"), "{error}");
    }
}
