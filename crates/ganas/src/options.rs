//! The options of a study, as given on a command line, in a study file or by a program.

use std::path::Path;

use ganas_bench::QuerySettings;
use ganas_exec::CommandSettings;
use ganas_search::{Direction, Distinct, Fidelity, Objective, Stopping, StoredTrial};
use serde::{Deserialize, Serialize};

use crate::error::About;
use crate::option_part::Part;
#[cfg(feature = "clap")]
use crate::strategy_help;
use crate::{Error, StrategySpec};

/// The options of a study, as the user writes them. Each field is a key of study files and, where
/// that makes sense, an option of `ganas search`; options that are not given have their defaults.
///
/// ```
/// use ganas::StudyOptions;
/// let options: StudyOptions = toml::from_str("space = 'nasbench201'\nbudget = 60\nmax = ['params=0.5']")?;
/// assert_eq!(options.budget, Some(60));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields, default)]
pub struct StudyOptions {
    /// Search space: the name of a built-in one, or a file that describes one; or the name of a
    /// benchmark, if no evaluator is given
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Benchmark that evaluates architectures
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<String>,
    /// Data set that the benchmark's architectures were trained on, such as cifar10
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The recorded result that a query returns: mean (of all training runs), repeat=N (run N) or
    /// random=SEED (a run drawn at random); add epochs=E, as in repeat=0,epochs=12, if the
    /// benchmark has results for E epochs [default: mean]
    #[cfg_attr(feature = "clap", arg(long, value_name = "WHAT"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<QuerySettings>,
    /// Search strategy: its name, followed by settings if it takes any
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", help = strategy_help() + " [default: ganas]"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategySpec>,
    /// Number of queries: distinct architectures measured [default: 150]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = whole_number::<usize>))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<usize>,
    /// Random seed [default: 0]
    #[cfg_attr(feature = "clap", arg(long, value_parser = whole_number::<u64>))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Which architectures count as the same query: isomorphism (those with the same graph) or
    /// string (those with the same notation) [default: isomorphism]
    #[cfg_attr(feature = "clap", arg(long, value_name = "HOW"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Distinct>,
    /// Lower values are better
    #[cfg_attr(feature = "clap", arg(long, alias = "minimize"))]
    #[serde(skip_serializing_if = "std::ops::Not::not", alias = "minimize")]
    pub minimise: bool,
    /// Largest allowed value of a cost or of a measured metric, such as params=0.5M; without a
    /// suffix, the number is in the metric's unit; METRIC=@NAME is the value of a named
    /// architecture; may be repeated
    #[cfg_attr(feature = "clap", arg(long, value_name = "METRIC=LIMIT"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub max: Vec<String>,
    /// Smallest allowed value; may be repeated
    #[cfg_attr(feature = "clap", arg(long, value_name = "METRIC=LIMIT"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub min: Vec<String>,
    /// Search for the Pareto front of the value and this metric, as in latency=minimise; may be
    /// repeated
    #[cfg_attr(feature = "clap", arg(long = "objective", value_name = "METRIC=DIRECTION"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
    /// Stop as soon as a value at least this good is found
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "VALUE",
            conflicts_with = "until_optimum",
            allow_negative_numbers = true
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Stop as soon as the benchmark's best value is found
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub until_optimum: bool,
    /// Stop when the total training time of all evaluations reaches SECONDS
    #[cfg_attr(feature = "clap", arg(long, value_name = "SECONDS"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_train_seconds: Option<f64>,
    /// Evaluate architectures cheaply first and promote the best. Takes the fidelities and the rule
    /// for promotion, as in epochs=12,200/guided/8, which promotes one in 8 (rules: guided, asha,
    /// successive-halving, hyperband or median). The budget then counts full evaluations; a cheaper
    /// one counts as a fraction
    #[cfg_attr(feature = "clap", arg(long, value_name = "RUNGS[/RULE]"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fidelity: Option<Fidelity>,
    /// Stop training runs early, based on their reports. Takes the number of steps of a full run and
    /// the rule, as in 50/median, or 81/asha/3, where one in 3 continues (rules: median, asha or
    /// hyperband). The budget then counts full training runs; a stopped one counts as a fraction
    #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS[/RULE]"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// Stop when N evaluations have failed in total [default: stop after ten failures in a row; no
    /// limit if a benchmark supplies the results]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = whole_number::<usize>))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<usize>,
    /// Number of concurrent evaluations; changes no results unless `asynchronous` is set [default:
    /// 1]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    /// Tell the strategy each result as it arrives, which keeps all workers busy but trades
    /// reproducibility for throughput
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asynchronous: bool,
    /// What the search starts from: an architecture, or @NAME for a named one, to be measured first;
    /// a CSV file of known values (columns arch and value), which use no queries; or the folder of a
    /// study of another task in the same space, to guide the search; may be repeated
    #[cfg_attr(feature = "clap", arg(long, value_name = "ARCH|FILE|DIR"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Evaluator: a table with a command or a benchmark, or `elsewhere` if another program evaluates
    /// the architectures; excludes the key `benchmark`
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluator: Option<EvaluatorOptions>,
}

/// The evaluator of a study, as set by the key `evaluator` of a study file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EvaluatorOptions {
    /// A user's command.
    Command(CommandSettings),
    /// A benchmark.
    Benchmark(BenchmarkOptions),
    /// Another program, which asks for trials and reports their results, for example through `ganas
    /// serve`.
    Elsewhere(Elsewhere),
}

/// A benchmark as the evaluator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkOptions {
    /// The name of the benchmark.
    pub benchmark: String,
    /// The name of the data set; `None` for the benchmark's default data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The setting that determines which of an architecture's recorded results a query of the
    /// benchmark returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QuerySettings>,
}

/// The value of the key `evaluator` that declares that another program evaluates the study's
/// architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Elsewhere {
    /// `elsewhere`
    Elsewhere,
}

impl StudyOptions {
    /// Returns the part of a study's budget that `trials` have used, as a number of full
    /// evaluations. `None` if every query of the study is a full evaluation.
    pub fn spent(&self, trials: &[StoredTrial]) -> Option<f64> {
        let of_rungs = self.fidelity.as_ref().map(|fidelity| fidelity.spent(trials));
        of_rungs.or_else(|| self.stopping.as_ref().map(|stopping| stopping.spent(trials)))
    }

    /// Returns these options, with missing options taken from `others`. `target` and
    /// `until_optimum` count as one option: if either is set here, neither is taken from `others`.
    /// Lists (the limits, the objectives and `from`) are joined, with the entries of `others`
    /// first.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let join = |mut first: Vec<String>, second: Vec<String>| {
            first.extend(second);
            first
        };
        Self {
            space: self.space.or(others.space),
            benchmark: self.benchmark.or(others.benchmark),
            dataset: self.dataset.or(others.dataset),
            query: self.query.or(others.query),
            strategy: self.strategy.or(others.strategy),
            budget: self.budget.or(others.budget),
            seed: self.seed.or(others.seed),
            distinct: self.distinct.or(others.distinct),
            minimise: self.minimise || others.minimise,
            max: join(others.max, self.max),
            min: join(others.min, self.min),
            objectives: others.objectives.into_iter().chain(self.objectives).collect(),
            // A target overrides the other's optimum.
            until_optimum: self.until_optimum || (others.until_optimum && self.target.is_none()),
            target: self.target.or(others.target.filter(|_| !self.until_optimum)),
            max_train_seconds: self.max_train_seconds.or(others.max_train_seconds),
            fidelity: self.fidelity.or(others.fidelity),
            stopping: self.stopping.or(others.stopping),
            max_failures: self.max_failures.or(others.max_failures),
            workers: self.workers.or(others.workers),
            asynchronous: self.asynchronous || others.asynchronous,
            from: join(others.from, self.from),
            evaluator: self.evaluator.or(others.evaluator),
        }
    }

    /// Returns these options, with the paths in `from` made absolute. The options can then be
    /// combined with those from a study file in another folder.
    #[must_use]
    pub fn from_here(mut self) -> Self {
        for text in &mut self.from {
            let path = Path::new(&*text);
            let is_csv = path.extension().is_some_and(|extension| extension == "csv");
            if (is_csv || path.exists())
                && let Ok(path) = std::path::absolute(path)
            {
                *text = path.display().to_string();
            }
        }
        self
    }

    /// Returns the strategy; `ganas` with its default settings if none is set.
    pub fn strategy(&self) -> StrategySpec {
        self.strategy.clone().unwrap_or_default()
    }

    /// Returns the budget in queries; 150 if none is set.
    pub fn budget(&self) -> usize {
        self.budget.unwrap_or(150)
    }

    /// Returns the direction in which values improve.
    pub fn direction(&self) -> Direction {
        if self.minimise { Direction::Minimise } else { Direction::Maximise }
    }

    /// Returns an error if the study leaves the evaluation of its architectures to another program,
    /// as with `ganas serve`.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) in that case.
    pub fn check_runs_here(&self) -> Result<(), Error> {
        match self.evaluator {
            Some(EvaluatorOptions::Elsewhere(_)) => {
                Err(Error::made_elsewhere(None)).about(|| Part::of("evaluator"))
            }
            _ => Ok(()),
        }
    }

    /// Returns true if these options set `key`, which is a key of study files. For a key in the
    /// table `evaluator`, such as `evaluator.query`, this is whether they set the top-level key of
    /// the same name. Returns false for a key whose value is a list, because [`StudyOptions::or`]
    /// joins lists: the value does not replace that of the study file.
    pub fn gives(&self, key: &str) -> bool {
        let key = key.strip_prefix("evaluator.").unwrap_or(key);
        let given = serde_json::to_value(self).unwrap_or_default();
        given.get(key).is_some_and(|value| !value.is_array())
    }
}

/// Parses a command-line option's value, which must be a whole number of at least 0. `N` is an
/// unsigned integer.
///
/// # Errors
/// A message that states what was expected and found.
#[cfg(feature = "clap")]
pub fn whole_number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| no_whole_number(text, 0, u128::MAX >> (128 - 8 * size_of::<N>())))
}

/// Parses a command-line option's value, which must be a whole number of at least 1.
///
/// # Errors
/// A message that states what was expected and found.
#[cfg(feature = "clap")]
pub fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse::<std::num::NonZeroUsize>();
    number.map(Into::into).map_err(|_| no_whole_number(text, 1, usize::MAX as u128))
}

#[cfg(feature = "clap")]
fn no_whole_number(text: &str, least: u128, most: u128) -> String {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_too_large = is_digits && text.parse().map_or(true, |found: u128| found > most);
    let range = if is_too_large {
        format!("from {least} to {most}")
    } else {
        format!("of at least {least}")
    };
    format!("expected a whole number {range}, found `{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> StudyOptions {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn paths_become_absolute_and_architectures_stay() {
        let given = read("from = ['src', 'Cargo.toml', 'missing.csv', 'depth=2', '@resnet']");
        let from = given.from_here().from;
        let here = std::env::current_dir().unwrap();
        let path = |name: &str| here.join(name).display().to_string();
        let paths = ["src", "Cargo.toml", "missing.csv"].map(path);
        assert_eq!(
            (&from[..3], &from[3..]),
            (&paths[..], &["depth=2".to_owned(), "@resnet".into()][..])
        );
    }

    #[test]
    fn what_is_given_first_takes_the_place_of_the_others() {
        let file = read("budget = 5\nmax = ['a=1']\nuntil_optimum = true\nseed = 3");
        let given = read("budget = 9\nmax = ['b=2']\ntarget = 1.5");
        let both = given.or(file);
        assert_eq!((both.budget, both.seed, both.until_optimum), (Some(9), Some(3), false));
        assert_eq!(both.max, ["a=1", "b=2"]);
        let file = read("target = 2.0");
        assert_eq!(read("until_optimum = true").or(file).target, None);
    }

    #[test]
    fn a_store_gives_options_back() {
        let options = read(
            "space = 'darts'\nstrategy = 'ganas:initial=5'\nquery = 'repeat=1'\ndistinct = 'string'\n\
             [[objectives]]\nmetric = 'params'\ndirection = 'minimise'\n[evaluator]\ncommand = ['a']",
        );
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<StudyOptions>(&text).unwrap(), options);
        assert!(!text.contains("budget"), "{text}");
        let elsewhere = read("evaluator = 'elsewhere'").evaluator;
        assert_eq!(elsewhere, Some(EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere)));
        assert!(options.gives("space") && options.gives("evaluator.query"));
        assert!(!options.gives("budget") && !options.gives("objectives"));
    }
}
