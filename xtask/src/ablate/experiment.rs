//! Experiments as described in a file: variants × spaces × seeds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::files::read;

/// An experiment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Experiment {
    /// The question that it decides, in a sentence.
    pub(super) about: String,
    pub(super) seeds: Seeds,
    /// The variants, the first of which is the reference; named ones first, followed by those of
    /// the grids.
    #[serde(default, rename = "variant")]
    pub(super) variants: Vec<Variant>,
    #[serde(default, rename = "grid")]
    grids: Vec<Grid>,
    #[serde(rename = "space")]
    pub(super) spaces: Vec<Space>,
}

/// The seeds, starting at `first`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seeds {
    pub(super) first: u64,
    pub(super) count: u64,
}

impl Seeds {
    pub(super) fn all(self) -> std::ops::Range<u64> {
        self.first..self.first + self.count
    }
}

/// A strategy with its settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    /// Its name in the report; the strategy by default.
    #[serde(default)]
    pub(super) name: String,
    /// The strategy, in the form of `ganas search --strategy`.
    pub(super) strategy: String,
}

/// A strategy with every combination of some settings' values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grid {
    base: String,
    settings: BTreeMap<String, Vec<Setting>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Setting {
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
}

/// A benchmark, and the measurements on it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Space {
    benchmark: String,
    dataset: Option<String>,
    pub(super) measure: Measure,
    /// Budgets in queries; a search makes as many as the largest.
    pub(super) budgets: Vec<u64>,
    /// Values α, for which the report gives the share of the seeds that reached them, by queries.
    #[serde(default)]
    pub(super) alphas: Vec<f64>,
    query: Option<String>,
    distinct: Option<String>,
    #[serde(default)]
    max: Vec<String>,
    #[serde(default)]
    min: Vec<String>,
}

/// The quantity measured in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Measure {
    /// The best value within each budget.
    Value,
    /// The number of queries until the optimum was found.
    QueriesToOptimum,
}

impl Experiment {
    /// # Errors
    /// If the file cannot be read or does not describe an experiment.
    pub(super) fn read(path: &Path) -> Result<Self> {
        Self::parse(&read(path)?).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut experiment: Self = toml_edit::de::from_str(text)?;
        let grids = experiment.grids.iter().flat_map(Grid::variants);
        experiment.variants.extend(grids.collect::<Vec<_>>());
        for variant in &mut experiment.variants {
            if variant.name.is_empty() {
                variant.name.clone_from(&variant.strategy);
            }
        }
        experiment.check()?;
        Ok(experiment)
    }

    fn check(&self) -> Result<()> {
        ensure!(!self.variants.is_empty(), "expected a `[[variant]]` or a `[[grid]]`");
        ensure!(!self.spaces.is_empty(), "expected a `[[space]]`");
        ensure!(self.seeds.count > 0, "expected at least one seed");
        ensure!(
            self.seeds.first.checked_add(self.seeds.count).is_some(),
            "expected seeds below 2⁶⁴"
        );
        for (place, variant) in self.variants.iter().enumerate() {
            word(&variant.strategy)?;
            let before = &self.variants[..place];
            let again = |it: &Variant| it.name == variant.name || it.strategy == variant.strategy;
            ensure!(!before.iter().any(again), "variant `{}` is given twice", variant.name);
        }
        self.spaces.iter().try_for_each(Space::check)
    }

    /// Removes the variants whose names contain none of `parts`, except for the reference.
    pub(super) fn keep_only(&mut self, parts: &[String]) -> Result<()> {
        if parts.is_empty() {
            return Ok(());
        }
        let mut variants = std::mem::take(&mut self.variants).into_iter();
        self.variants.extend(variants.next());
        let kept = |variant: &Variant| parts.iter().any(|part| variant.name.contains(part));
        self.variants.extend(variants.filter(kept));
        ensure!(self.variants.len() > 1, "no variant's name contains `{}`", parts.join("` or `"));
        Ok(())
    }
}

impl Grid {
    /// Returns the variants; the last setting changes fastest.
    fn variants(&self) -> Vec<Variant> {
        let mut strategies = vec![self.base.clone()];
        for (path, values) in &self.settings {
            let with = |strategy: &String| {
                let set = |value: &Setting| format!("{strategy}:{path}={}", value.text());
                values.iter().map(set).collect::<Vec<_>>()
            };
            strategies = strategies.iter().flat_map(with).collect();
        }
        let variant = |strategy| Variant { name: String::new(), strategy };
        strategies.into_iter().map(variant).collect()
    }
}

impl Setting {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Whole(whole) => whole.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

impl Space {
    fn check(&self) -> Result<()> {
        let Self { benchmark, dataset, query, distinct, max, min, budgets, alphas, .. } = self;
        word(benchmark)?;
        let options = [dataset, query, distinct].into_iter().flatten();
        options.chain(max).chain(min).try_for_each(|text| word(text))?;
        let rising = budgets.is_sorted_by(|one, next| one < next);
        ensure!(
            rising && budgets.first() > Some(&0),
            "{benchmark}: expected increasing budgets of at least 1"
        );
        let rising = alphas.is_sorted_by(|one, next| one < next);
        let finite = alphas.iter().all(|alpha| alpha.is_finite());
        ensure!(rising && finite, "{benchmark}: expected increasing alphas");
        Ok(())
    }

    pub(super) fn largest_budget(&self) -> u64 {
        self.budgets.last().copied().unwrap_or(0)
    }

    /// Returns true if there are limits, so that the benchmark's best may be excluded.
    pub(super) const fn is_limited(&self) -> bool {
        !self.max.is_empty() || !self.min.is_empty()
    }

    /// Returns the benchmark with all its options.
    pub(super) fn title(&self) -> String {
        let options = self.options().replace(" --", ", ");
        format!("{}{}", self.benchmark, options.replace(", dataset ", " "))
    }

    /// Returns the arguments of `ganas` for a search here.
    pub(super) fn command(&self, strategy: &str, seed: &str) -> String {
        let Self { benchmark, measure, .. } = self;
        let (options, budget) = (self.options(), self.largest_budget());
        let end = if *measure == Measure::Value { "" } else { " --until-optimum" };
        format!(
            "search {benchmark}{options} --budget {budget}{end} --strategy {strategy} --seed {seed}"
        )
    }

    fn options(&self) -> String {
        let Self { dataset, query, distinct, max, min, .. } = self;
        let single = [("dataset", dataset), ("query", query), ("distinct", distinct)];
        let single = single.into_iter().flat_map(|(name, it)| it.iter().map(move |it| (name, it)));
        let limits = max.iter().map(|it| ("max", it)).chain(min.iter().map(|it| ("min", it)));
        let all = single.chain(limits).map(|(name, text)| format!(" --{name} {text}"));
        all.collect::<Vec<_>>().concat()
    }
}

/// Checks that a text is one word, since commands are split at spaces.
fn word(text: &str) -> Result<()> {
    let is_word = !text.is_empty() && !text.contains(char::is_whitespace);
    ensure!(is_word && !text.starts_with('-'), "expected a word, found `{text}`");
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::process::root;

    const TEXT: &str = r#"
        about = "Which share is best?"
        seeds = { first = 1000, count = 3 }

        [[variant]]
        name = "default"
        strategy = "ganas"

        [[grid]]
        base = "ganas"
        settings = { truth_size = [20, 40], "generator.novelty" = ["free", 0.5] }

        [[space]]
        benchmark = "nasbench201"
        dataset = "cifar10"
        measure = "value"
        budgets = [50, 150]
        alphas = [90.0, 91.5]
        max = ["params=0.5"]

        [[space]]
        benchmark = "nasbench101"
        measure = "queries-to-optimum"
        budgets = [300]

        [[space]]
        benchmark = "nasbench201"
        measure = "value"
        budgets = [150]
    "#;

    /// Returns an experiment with a limited space, one for the queries to the optimum, and an open one.
    pub(in crate::ablate) fn experiment() -> Experiment {
        Experiment::parse(TEXT).unwrap()
    }

    fn error(text: &str) -> String {
        format!("{:#}", Experiment::parse(text).unwrap_err())
    }

    #[test]
    fn a_grid_is_every_combination_after_the_named_variants() {
        let experiment = Experiment::parse(TEXT).unwrap();
        let names: Vec<_> = experiment.variants.iter().map(|it| it.name.as_str()).collect();
        let expected = [
            "default",
            "ganas:generator.novelty=free:truth_size=20",
            "ganas:generator.novelty=free:truth_size=40",
            "ganas:generator.novelty=0.5:truth_size=20",
            "ganas:generator.novelty=0.5:truth_size=40",
        ];
        assert_eq!(names, expected);
        assert_eq!(experiment.variants[0].strategy, "ganas");
        assert_eq!(experiment.seeds.all(), 1000..1003);
    }

    #[test]
    fn commands_say_all_that_the_file_says() {
        let spaces = Experiment::parse(TEXT).unwrap().spaces;
        assert_eq!(
            spaces[0].command("ganas", "7"),
            "search nasbench201 --dataset cifar10 --max params=0.5 --budget 150 --strategy ganas --seed 7"
        );
        assert_eq!(
            spaces[1].command("random", "8"),
            "search nasbench101 --budget 300 --until-optimum --strategy random --seed 8"
        );
        assert_eq!(spaces[0].title(), "nasbench201 cifar10, max params=0.5");
    }

    #[test]
    fn the_reference_is_always_kept() {
        let mut experiment = Experiment::parse(TEXT).unwrap();
        experiment.keep_only(&["free:truth_size=4".into()]).unwrap();
        let names: Vec<_> = experiment.variants.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["default", "ganas:generator.novelty=free:truth_size=40"]);
        assert!(experiment.keep_only(&["nothing".into()]).is_err());
    }

    #[test]
    fn mistakes_are_refused() {
        assert!(error(&TEXT.replace("dataset", "data_set")).contains("data_set"));
        assert!(error(&TEXT.replace("[50, 150]", "[150, 50]")).contains("increasing budgets"));
        assert!(error(&TEXT.replace("[50, 150]", "[]")).contains("increasing budgets"));
        for alphas in ["[91.5, 90.0]", "[90.0, 90.0]", "[nan]", "[90.0, inf]"] {
            assert!(error(&TEXT.replace("[90.0, 91.5]", alphas)).contains("increasing alphas"));
        }
        assert!(error(&TEXT.replace("count = 3", "count = 0")).contains("one seed"));
        assert!(error(&TEXT.replace("[20, 40]", "[20, 20]")).contains("is given twice"));
        assert!(error(&TEXT.replace("params=0.5", "params = 0.5")).contains("expected a word"));
        assert!(error(&TEXT.replace("queries-to", "queries to")).contains("queries to"));
    }

    #[test]
    fn committed_experiments_can_be_read() {
        let folder = root().join("benchmarks-data/ablate");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read: Vec<_> = files.map(|file| Experiment::read(&file).unwrap()).collect();
        assert!(!read.is_empty());
    }
}
