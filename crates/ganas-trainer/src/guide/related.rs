//! Transfer from related tasks. A related task is a finished study of the same space. With several
//! levels of fidelity, the results given to the current study beforehand count as one more such
//! study. For each such study, a separate Gaussian process learns the ranks of the study's results.
//! The mean that it predicts for an architecture becomes an additional feature of the architecture.
//!
//! The Gaussian process of the current task treats these features in the same way as the
//! architecture's costs, which are also features. It therefore learns whether each related task
//! agrees with the current one, contradicts it, or is unrelated to it.

use ganas_graph::SearchSpace;
use ganas_search::{Context, RelatedTask};

use super::features::{Features, Vocabulary};
use super::gaussian_process::GaussianProcess;
use super::hyperparameters::Hyperparameters;
use super::targets::logit_ranks;

/// The Gaussian processes of all related tasks.
#[derive(Debug)]
pub(crate) struct Related {
    processes: Vec<GaussianProcess>,
}

/// Maximum number of trials used per task: its best and its worst trials, in equal parts.
const MAX_TRIALS: usize = 300;

/// Tasks with fewer trials than this are not used.
const MIN_TRIALS: usize = 4;

impl Related {
    pub(crate) fn new(
        space: &dyn SearchSpace,
        tasks: &[RelatedTask],
        vocabulary: &mut Vocabulary,
    ) -> Self {
        let processes = tasks.iter().filter_map(|task| learn(space, task, vocabulary)).collect();
        Self { processes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// Appends each task's predicted mean to the numbers of each architecture.
    pub(crate) fn tell(&self, all: &mut [Features]) {
        let means: Vec<_> = self
            .processes
            .iter()
            .map(|process| process.posterior(all.iter().collect()).means)
            .collect();
        for mean in means {
            for (features, mean) in all.iter_mut().zip(mean) {
                features.numbers.push(mean as f32);
            }
        }
    }

    /// Returns the tasks' average prediction for each architecture.
    pub(crate) fn means(&self, all: &[&Features]) -> Vec<f64> {
        let mut sums = vec![0.0; all.len()];
        for process in &self.processes {
            for (sum, mean) in sums.iter_mut().zip(process.posterior(all.to_vec()).means) {
                *sum += mean / self.processes.len() as f64;
            }
        }
        sums
    }
}

/// Returns the results of other studies. With several fidelities, the results known beforehand form
/// one more task, since they belong to no rung.
pub(crate) fn tasks(context: &Context<'_>) -> Vec<RelatedTask> {
    let known = context.history.trials().iter().take_while(|it| it.query == 0);
    let known = known.map(|it| (it.arch.clone(), it.score)).collect();
    let known = RelatedTask { name: "known".into(), trials: known };
    let known = context.fidelity.map(|_| known);
    context.related.iter().cloned().chain(known).collect()
}

fn learn(
    space: &dyn SearchSpace,
    task: &RelatedTask,
    vocabulary: &mut Vocabulary,
) -> Option<GaussianProcess> {
    let mut trials: Vec<_> = task.trials.iter().collect();
    trials.sort_by_key(|trial| std::cmp::Reverse(trial.1));
    if trials.len() > MAX_TRIALS {
        let half = MAX_TRIALS / 2;
        trials.drain(half..trials.len() - half);
    }
    if trials.len() < MIN_TRIALS {
        return None;
    }
    let values: Vec<_> = trials.iter().map(|trial| trial.1.get()).collect();
    let features: Vec<_> = trials
        .iter()
        .map(|(arch, _)| Features::of(space, arch, &space.canonical_graph(arch), vocabulary))
        .collect();
    let features: Vec<_> = features.iter().collect();
    let targets = logit_ranks(&values);
    let chosen = Hyperparameters::likeliest(&super::FAMILIES, &features, &targets, vocabulary);
    let mut process = GaussianProcess::fit(&features, &chosen, vocabulary)?;
    process.set_targets(&targets);
    Some(process)
}

#[cfg(test)]
mod tests {
    use ganas_graph::{moves, spaces::NasBench201};
    use ganas_search::{Direction, Streams};

    use super::*;

    /// Fits a task in which convolutions are good if `sign` is positive, and bad otherwise. Also
    /// returns the features of some other cells and the number of convolutions in each.
    fn fixture(sign: f64, count: usize) -> (Related, Vec<Features>, Vec<f64>) {
        let (space, mut rng) = (NasBench201::default(), Streams::new(1).rng("test", 0, 0));
        let value =
            |arch: &ganas_graph::Arch| arch.choices().iter().filter(|it| **it == 3).count() as f64;
        let mut cells = || (0..count).map(|_| moves::sample(&space, &mut rng)).collect::<Vec<_>>();
        let (known, new) = (cells(), cells());
        let score = |arch: &ganas_graph::Arch| Direction::Maximise.score(sign * value(arch));
        let trials = known.iter().map(|arch| (arch.clone(), score(arch))).collect();
        let task = RelatedTask { name: "other".into(), trials };
        let mut vocabulary = Vocabulary::default();
        let related = Related::new(&space, &[task], &mut vocabulary);
        let features = new
            .iter()
            .map(|arch| Features::of(&space, arch, &space.canonical_graph(arch), &mut vocabulary))
            .collect();
        (related, features, new.iter().map(value).collect())
    }

    #[test]
    fn a_task_orders_what_it_has_not_seen() {
        for sign in [1.0, -1.0] {
            let (related, features, values) = fixture(sign, 50);
            let means = related.means(&features.iter().collect::<Vec<_>>());
            let (mut right, mut all) = (0, 0);
            for i in 0..values.len() {
                for j in (0..values.len()).filter(|&j| values[i] < values[j]) {
                    all += 1;
                    right += usize::from((means[j] > means[i]) == (sign > 0.0));
                }
            }
            assert!(right * 10 > all * 8, "{right} of {all}");
        }
    }

    #[test]
    fn the_best_and_the_worst_of_many_trials_are_learnt() {
        let (related, features, values) = fixture(1.0, MAX_TRIALS + 20);
        let means = related.means(&features.iter().collect::<Vec<_>>());
        let mean_of = |count: f64| {
            let of_count =
                || means.iter().zip(&values).filter(|(_, value)| (*value - count).abs() < 0.5);
            of_count().map(|(mean, _)| mean).sum::<f64>() / of_count().count() as f64
        };
        assert!(mean_of(3.0) > mean_of(1.0) + 0.5 && mean_of(1.0) > mean_of(0.0) + 0.5);
    }

    #[test]
    fn each_task_is_one_more_number() {
        let (related, mut features, _) = fixture(1.0, 10);
        let before = features[0].numbers.len();
        related.tell(&mut features);
        assert!(features.iter().all(|features| features.numbers.len() == before + 1));
        let (nothing, mut features, _) = fixture(1.0, MIN_TRIALS - 1);
        assert!(nothing.is_empty());
        nothing.tell(&mut features);
        assert_eq!(features[0].numbers.len(), before);
    }
}
