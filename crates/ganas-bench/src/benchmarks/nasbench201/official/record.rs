//! Reads the record of one architecture, as published by NATS-Bench or by NAS-Bench-201.

use ganas_graph::{Arch, SearchSpace, spaces::NasBench201};

use super::node::Node;
use crate::benchmarks::nasbench201::NasBench201Table;
use crate::{Accuracy, BenchError};

/// Numbers of training epochs for which there are results.
pub const EPOCHS: [u32; 2] = [12, 200];

/// A training set, together with the validation and test sets of the networks trained on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrainingSet {
    /// One half of CIFAR-10's training set. Networks are validated on the other half and tested on
    /// CIFAR-10's test set.
    Cifar10Half,
    /// CIFAR-10's whole training set. Networks are tested on CIFAR-10's test set and not validated.
    Cifar10,
    /// CIFAR-100's training set. Networks are validated on one half of CIFAR-100's test set and
    /// tested on the other.
    Cifar100,
    /// The training set of ImageNet, reduced to 16 × 16 pixels and 120 classes. Networks are
    /// validated on one half of ImageNet's validation set and tested on the other.
    ImageNet16_120,
}

/// The results of one training run, measured after its last epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Random seed of the run.
    pub seed: u16,
    /// Accuracy on the validation set, if the network was evaluated on one.
    pub validation: Option<Accuracy>,
    /// Accuracy on the test set.
    pub test: Option<Accuracy>,
    /// Total training time of all epochs, in seconds.
    pub train_seconds: Option<f64>,
    /// Time for one pass over the validation set, in seconds.
    pub validation_seconds: Option<f64>,
    /// Time in seconds to process one batch, averaged over all measurements.
    pub latency_seconds: Option<f64>,
    /// Parameters, in millions.
    pub params_millions: f64,
    /// Multiply-adds, in millions.
    pub flops_millions: f64,
}

/// Everything that is read from the record of one architecture.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchRecord {
    /// The architecture's number in the published files.
    pub index: usize,
    /// The architecture.
    pub arch: Arch,
    trials: [[Vec<Trial>; EPOCHS.len()]; TrainingSet::ALL.len()],
}

/// Field names for each of [`EPOCHS`], in NATS-Bench and in NAS-Bench-201.
const BUDGETS: [[&str; 2]; EPOCHS.len()] = [["12", "less"], ["200", "full"]];
/// Maximum number of runs of an architecture on one training set.
pub(crate) const MAX_TRIALS: usize = 3;

impl TrainingSet {
    /// All training sets.
    pub const ALL: [Self; 4] =
        [Self::Cifar10Half, Self::Cifar10, Self::Cifar100, Self::ImageNet16_120];

    /// Returns the training set's name in the published files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cifar10Half => "cifar10-valid",
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::ImageNet16_120 => "ImageNet16-120",
        }
    }

    /// Returns the number of images in the validation set, or `None` if there is no such set.
    pub const fn validation_images(self) -> Option<u16> {
        match self {
            Self::Cifar10Half => Some(25_000),
            Self::Cifar10 => None,
            Self::Cifar100 => Some(5_000),
            Self::ImageNet16_120 => Some(3_000),
        }
    }

    /// Returns the number of images in the test set.
    pub const fn test_images(self) -> u16 {
        match self {
            Self::Cifar10Half | Self::Cifar10 => 10_000,
            Self::Cifar100 => 5_000,
            Self::ImageNet16_120 => 3_000,
        }
    }

    /// Returns the name of the test set in the published files. (For CIFAR-100 and ImageNet,
    /// `ori-test` is the validation and the test set together.)
    const fn test_name(self) -> &'static str {
        match self {
            Self::Cifar10Half | Self::Cifar10 => "ori-test",
            Self::Cifar100 | Self::ImageNet16_120 => "x-test",
        }
    }
}

impl ArchRecord {
    /// Returns the training runs on a training set, in order of their seeds. The result is empty if
    /// there are no such runs, or if `epochs` is not in [`EPOCHS`].
    pub fn trials(&self, set: TrainingSet, epochs: u32) -> &[Trial] {
        let budget = EPOCHS.iter().position(|known| *known == epochs);
        budget.map_or(&[], |budget| &self.trials[set as usize][budget])
    }

    /// Reads a record, which must belong to the architecture with the number `index` in `order`.
    pub(super) fn read(
        node: &Node<'_>,
        index: usize,
        order: &NasBench201Table,
    ) -> Result<Self, BenchError> {
        let mut trials = [const { [const { Vec::new() }; EPOCHS.len()] }; 4];
        let mut arch = None;
        for (budget, names) in BUDGETS.into_iter().enumerate() {
            let results = node.either(names)?;
            arch = Some(read_arch(&results, index, order)?);
            for (key, trial) in results.field("all_results")?.entries()? {
                let (set, trial) = Trial::read(&key, trial, EPOCHS[budget])?;
                trials[set as usize][budget].push(trial);
            }
        }
        for runs in trials.iter_mut().flatten() {
            runs.sort_by_key(|trial| trial.seed);
            if runs.windows(2).any(|pair| pair[0].seed == pair[1].seed) || runs.len() > MAX_TRIALS {
                let expected =
                    format!("at most {MAX_TRIALS} runs per data set, each with a different seed");
                let found = format!("{} runs", runs.len());
                return Err(node.wrong(&expected, found));
            }
        }
        let Some(arch) = arch else { return Err(node.wrong("results", "none".into())) };
        Ok(Self { index, arch, trials })
    }
}

/// Reads the architecture that results belong to, which must be the one with the number `index`.
fn read_arch(
    results: &Node<'_>,
    index: usize,
    order: &NasBench201Table,
) -> Result<Arch, BenchError> {
    let number = results.field("arch_index")?;
    // NAS-Bench-201 stores it as text.
    let found = match number.text() {
        Ok(text) => text.parse().ok(),
        Err(_) => number.integer()?.try_into().ok(),
    };
    if found != Some(index) {
        let found = found.map_or_else(|| "no index".into(), |found: usize| found.to_string());
        return Err(number.wrong(&index.to_string(), found));
    }
    let field = results.field("arch_str")?;
    let text = field.text()?;
    let arch = NasBench201::default()
        .parse(text)
        .map_err(|error| field.wrong("an architecture", error.to_string()))?;
    match order.row(&arch).map(|row| order.official_index(row)) {
        Some(found) if found == index => Ok(arch),
        found => {
            let number = found.map_or_else(|| "unknown".into(), |found| found.to_string());
            let expected = format!("the architecture with index {index}");
            Err(field.wrong(&expected, format!("`{text}` (index {number})")))
        }
    }
}

impl Trial {
    /// Reads a run from its fields and its key, which is a tuple of a data set and a seed.
    fn read(
        key: &Node<'_>,
        node: Node<'_>,
        epochs: u32,
    ) -> Result<(TrainingSet, Self), BenchError> {
        let mut parts = key.items()?;
        let (Some(set), Some(seed)) = (parts.next(), parts.next()) else {
            return Err(key.wrong("a data set and a seed", "fewer values".into()));
        };
        let name = set.text()?;
        let Some(set) = TrainingSet::ALL.into_iter().find(|set| set.name() == name) else {
            return Err(key.wrong("one of the four data sets", format!("`{name}`")));
        };
        let seed = seed.integer()?;
        let node = node.named(format!("{epochs} epochs, {name}, seed {seed}"));
        let Some(seed) = u16::try_from(seed).ok().filter(|seed| *seed != u16::MAX) else {
            return Err(node.wrong("a seed of at most 65534", seed.to_string()));
        };
        let trained = node.field("epochs")?;
        if trained.integer()? != i64::from(epochs) {
            return Err(trained.wrong(&epochs.to_string(), trained.integer()?.to_string()));
        }
        let last = |evaluated: &str| format!("{evaluated}@{}", epochs - 1);
        let accuracies = node.field("eval_acc1es")?;
        let accuracy = |evaluated: &str| -> Result<Option<Accuracy>, BenchError> {
            accuracies.find(&last(evaluated))?.as_ref().map(percent).transpose()
        };
        let validated = set.validation_images().is_some();
        let seconds = node.field("eval_times")?.find(&last("x-valid"))?;
        let trial = Self {
            seed,
            validation: if validated { accuracy("x-valid")? } else { None },
            test: accuracy(set.test_name())?,
            train_seconds: train_seconds(&node.field("train_times")?, epochs)?,
            validation_seconds: seconds.as_ref().map(positive).transpose()?,
            latency_seconds: latency(&node.field("latency")?)?,
            params_millions: positive(&node.field("params")?)?,
            flops_millions: positive(&node.field("flop")?)?,
        };
        Ok((set, trial))
    }

    /// Returns the number of parameters and the number of multiply-adds, both in millions and
    /// averaged over the runs. Returns `None` if there are no runs. In the published files, these
    /// numbers mistakenly differ between the runs of some architectures, by more than rounding. For
    /// such an architecture, the numbers of the run with seed 888 are returned instead of averages.
    /// If there is no such run, the numbers of the first run are returned.
    pub fn costs(trials: &[Self]) -> Option<(f64, f64)> {
        let first = trials.first()?;
        let same = |trial: &Self| {
            (trial.params_millions - first.params_millions).abs() < 5e-6
                && (trial.flops_millions - first.flops_millions).abs() < 5e-6
        };
        if trials.iter().all(same) {
            let mean =
                |cost: fn(&Self) -> f64| trials.iter().map(cost).sum::<f64>() / trials.len() as f64;
            return Some((mean(|trial| trial.params_millions), mean(|trial| trial.flops_millions)));
        }
        let chosen = trials.iter().find(|trial| trial.seed == 888).unwrap_or(first);
        Some((chosen.params_millions, chosen.flops_millions))
    }
}

fn percent(node: &Node<'_>) -> Result<Accuracy, BenchError> {
    let percent = node.number()?;
    if (0.0..=100.0).contains(&percent) {
        return Ok(Accuracy::from_percent(percent));
    }
    Err(node.wrong("a percentage", percent.to_string()))
}

fn positive(node: &Node<'_>) -> Result<f64, BenchError> {
    let number = node.number()?;
    if number >= 0.0 {
        return Ok(number);
    }
    Err(node.wrong("a number of at least 0", number.to_string()))
}

/// Returns the duration of all epochs in seconds; `None` for the oldest records, which do not state
/// it.
fn train_seconds(times: &Node<'_>, epochs: u32) -> Result<Option<f64>, BenchError> {
    if times.is_none() {
        return Ok(None);
    }
    let (mut sum, mut count) = (0.0, 0);
    for (_, time) in times.entries()? {
        sum += positive(&time)?;
        count += 1;
    }
    match count {
        0 => Ok(None),
        count if count == epochs => Ok(Some(sum)),
        count => {
            Err(times.wrong(&format!("a time for each of {epochs} epochs"), format!("{count}")))
        }
    }
}

/// Returns the mean of the measurements, if it is above 0.
fn latency(node: &Node<'_>) -> Result<Option<f64>, BenchError> {
    if node.is_none() {
        return Ok(None);
    }
    let (mut sum, mut count) = (0.0, 0_u32);
    for seconds in node.items()? {
        sum += seconds.number()?;
        count += 1;
    }
    Ok((sum > 0.0).then(|| sum / f64::from(count)))
}
