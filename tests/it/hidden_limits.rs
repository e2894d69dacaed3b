//! Limits that only an evaluation reveals, which a search must learn.

use std::collections::HashSet;
use std::sync::Arc;

use ganas_bench::{Benchmark, QuerySettings};
use ganas_graph::spaces::NasBench201;
use ganas_graph::{Arch, moves};
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, Reinforce, ReinforceSettings,
};
use ganas_search::{
    Bound, Cancel, Constraint, Evaluation, EvaluationError, Evaluator, Job, KnownMetrics,
    Measurement, Strategy, Study, StudySettings,
};
use ganas_trainer::{Bananas, BananasConfig, GaNas, TrainerConfig};

/// NAS-Bench-201, in which what has more parameters than a limit is refused after its evaluation.
#[derive(Debug)]
struct Limited {
    benchmark: Benchmark,
    limit: f64,
    reveals: Reveals,
}

/// How the limit shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reveals {
    /// It is a constraint on a cost, known before any evaluation.
    Before,
    /// The evaluator says that the architecture is infeasible, and no more.
    Refusal,
    /// The evaluator measures a metric, on which there is a constraint.
    Metric,
    /// The evaluator says that the evaluation failed, which teaches strategies other than `ganas` nothing.
    Failure,
}

impl Limited {
    fn is_within(&self, arch: &Arch) -> bool {
        self.benchmark.space.cost_of(arch, 0) <= self.limit
    }
}

impl Evaluator for Limited {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let found = self.benchmark.measure(job.arch).unwrap();
        let measurement = found.unwrap();
        Ok(match self.reveals {
            Reveals::Refusal if !self.is_within(job.arch) => {
                Evaluation::Infeasible { reason: "too large".into(), train_seconds: None }
            }
            Reveals::Metric => {
                let size = self.benchmark.space.cost_of(job.arch, 0);
                let metrics = [("memory".to_owned(), size)].into();
                Evaluation::Measured(Measurement { metrics, ..measurement })
            }
            Reveals::Before | Reveals::Refusal | Reveals::Failure => {
                Evaluation::Measured(measurement)
            }
        })
    }
}

/// Makes so many evaluations, be they queries or failures.
fn evaluate(study: &mut Study, evaluator: &dyn Evaluator, count: usize) {
    let never = Cancel::default();
    while study.history().evaluations() < count && study.step(evaluator, &never).unwrap().is_some()
    {
    }
}

/// How a search ended.
#[derive(Debug)]
struct Found {
    infeasible: usize,
    is_optimum: bool,
}

fn search(reveals: Reveals, settings: &[&str], budget: usize, seed: u64) -> Found {
    let benchmark = Benchmark::open("nasbench201", None, QuerySettings::default()).unwrap();
    let space = Arc::clone(&benchmark.space);
    let (limit, optimum) = limit_and_optimum(&benchmark);
    let limited = Limited { benchmark, limit, reveals };
    let constraint = |name: &str| {
        let text = format!("{name}={limit}");
        Constraint::parse(&*space, KnownMetrics::Anything, Bound::Max, &text).unwrap()
    };
    let constraints = match reveals {
        Reveals::Before => vec![constraint("params")],
        Reveals::Refusal | Reveals::Failure => Vec::new(),
        Reveals::Metric => vec![constraint("memory")],
    };
    let config = settings
        .iter()
        .fold(TrainerConfig::ranked(), |config, setting| config.with(setting).unwrap());
    let strategy = Box::new(GaNas::new("ganas", config).unwrap());
    let study_settings = StudySettings { constraints, ..StudySettings::new(budget, seed) };
    let mut study = Study::new(space, strategy, study_settings).unwrap();
    evaluate(&mut study, &limited, budget);
    let history = study.history();
    let best = history.best().map_or(f64::NEG_INFINITY, |best| best.measurement.value);
    Found { infeasible: history.infeasible(), is_optimum: best >= optimum }
}

/// The limit that 70 of 100 classes keep, and the best value within it.
fn limit_and_optimum(benchmark: &Benchmark) -> (f64, f64) {
    let space = &*benchmark.space;
    let mut classes = HashSet::new();
    let all: Vec<_> =
        moves::enumerate(space).filter(|arch| classes.insert(space.canonical(arch))).collect();
    let mut sizes: Vec<_> = all.iter().map(|arch| space.cost_of(arch, 0)).collect();
    sizes.sort_by(f64::total_cmp);
    let limit = sizes[sizes.len() * 7 / 10];
    let value = |arch: &Arch| benchmark.measure(arch).unwrap().unwrap().value;
    let within = all.iter().filter(|arch| space.cost_of(arch, 0) <= limit);
    (limit, within.map(value).fold(f64::NEG_INFINITY, f64::max))
}

/// Seeds: a few, or as many as the variable says.
fn seeds() -> std::ops::Range<u64> {
    let given = std::env::var("GANAS_SEEDS").ok();
    0..given.map_or(2, |count| count.parse().unwrap())
}

#[test]
fn what_only_an_evaluation_reveals_is_learnt() {
    let budget = if seeds().end > 2 { 150 } else { 40 };
    let measure = |name: &str, reveals, settings: &[&str]| {
        let found: Vec<_> = seeds().map(|seed| search(reveals, settings, budget, seed)).collect();
        let infeasible: usize = found.iter().map(|found| found.infeasible).sum();
        let optimum = found.iter().filter(|found| found.is_optimum).count();
        let share = infeasible as f64 / (found.len() * budget) as f64;
        println!("{name}: {:.1} % infeasible, optimum in {optimum}", share * 100.0);
        share
    };
    assert!(measure("known before", Reveals::Before, &[]) <= 0.0);
    let refused = measure("refused", Reveals::Refusal, &[]);
    let measured = measure("measured", Reveals::Metric, &[]);
    assert!(refused <= 0.25 && measured <= 0.25, "{refused} {measured}");
    let unlearnt = ["guide.feasibility_weight=0.0"];
    let unlearnt = measure("refused, not learnt", Reveals::Refusal, &unlearnt);
    assert!(unlearnt > refused + 0.2, "{unlearnt} {refused}");
}

/// NAS-Bench-201 by its parameters, the fewer the better; accuracy is measured beside.
#[derive(Debug)]
struct Lean(Benchmark);

impl Evaluator for Lean {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let accuracy = self.0.measure(job.arch).unwrap().unwrap().value;
        let metrics = [("accuracy".to_owned(), accuracy)].into();
        let value = -self.0.space.cost_of(job.arch, 0);
        Ok(Evaluation::Measured(Measurement { metrics, ..Measurement::new(value) }))
    }
}

#[test]
fn what_almost_nothing_keeps_to_is_found_step_by_step() {
    let mut all = 0;
    for seed in seeds() {
        let benchmark = Benchmark::open("nasbench201", None, QuerySettings::default()).unwrap();
        let space = Arc::clone(&benchmark.space);
        // One in 250 classes has as much, none of the first ten drawn.
        let limit = Constraint::parse(&*space, KnownMetrics::Anything, Bound::Min, "accuracy=91");
        let constraints = vec![limit.unwrap()];
        let settings = StudySettings { constraints, ..StudySettings::new(60, seed) };
        let strategy = Box::new(GaNas::new("ganas", TrainerConfig::ranked()).unwrap());
        let mut study = Study::new(space, strategy, settings).unwrap();
        study.optimize(&Lean(benchmark)).unwrap();
        let found = study.history().trials().len();
        println!("seed {seed}: {found} of 60 keep to the limit, one in 250 by chance");
        all += found;
    }
    assert!(all > seeds().count(), "{all}");
}

/// The more a word's choices sum up to, the better, and the heavier; what is too heavy is infeasible.
#[derive(Debug)]
struct Heavy(Reveals);

/// One class in 40 is as light.
const LIGHT: f64 = 7.0;

impl Evaluator for Heavy {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let load: f64 = job.arch.choices().iter().copied().map(f64::from).sum();
        let reason = || "too heavy".to_owned();
        match self.0 {
            Reveals::Refusal if load > LIGHT => {
                return Ok(Evaluation::Infeasible { reason: reason(), train_seconds: None });
            }
            Reveals::Failure if load > LIGHT => {
                return Ok(Evaluation::Failed {
                    reason: reason(),
                    attempts: 1,
                    train_seconds: None,
                });
            }
            _ => {}
        }
        let metrics = [("load".to_owned(), load)].into();
        Ok(Evaluation::Measured(Measurement { metrics, ..Measurement::new(load) }))
    }
}

type Make<'a> = &'a dyn Fn() -> Box<dyn Strategy>;

/// How many of 4 × 200 evaluations keep to the limit.
fn kept(make: Make<'_>, reveals: Reveals) -> usize {
    let of_seed = |seed| {
        let space = Arc::new(NasBench201::default());
        let limit = format!("load={LIGHT}");
        let limit = Constraint::parse(&*space, KnownMetrics::Anything, Bound::Max, &limit).unwrap();
        let constraints = if reveals == Reveals::Metric { vec![limit] } else { Vec::new() };
        let settings = StudySettings { constraints, ..StudySettings::new(200, seed) };
        let mut study = Study::new(space, make(), settings).unwrap();
        evaluate(&mut study, &Heavy(reveals), 200);
        study.history().trials().len()
    };
    (0..4).map(of_seed).sum()
}

/// Asserts that a strategy keeps to a limit half as often again as one that learns nothing of it.
fn assert_learns(make: Make<'_>, unlearnt: usize) {
    let name = make().name();
    for reveals in [Reveals::Metric, Reveals::Refusal] {
        let own = kept(make, reveals);
        assert!(own * 2 > unlearnt * 3, "{name}, {reveals:?}: {own}, unlearnt {unlearnt}");
    }
}

/// The same, where the strategy learns nothing of failures.
fn assert_learns_more_than_of_failures(make: Make<'_>) {
    assert_learns(make, kept(make, Reveals::Failure));
}

#[test]
fn evolution_learns_limits() {
    assert_learns_more_than_of_failures(&|| {
        Box::new(Evolution::new(EvolutionSettings::ying_2019()).unwrap())
    });
}

#[test]
fn local_search_learns_limits() {
    assert_learns_more_than_of_failures(&|| {
        Box::new(LocalSearch::new(LocalSearchSettings::naszilla()).unwrap())
    });
}

#[test]
fn reinforce_learns_limits() {
    assert_learns_more_than_of_failures(&|| {
        Box::new(Reinforce::new(ReinforceSettings::fast()).unwrap())
    });
}

#[test]
fn bananas_learns_limits() {
    let paper = BananasConfig::white_2021();
    let quick = BananasConfig { ensemble: 2, epochs: 10, per_round: 20, ..paper };
    assert_learns_more_than_of_failures(&|| Box::new(Bananas::new(quick.clone()).unwrap()));
}

#[test]
fn the_gaussian_process_learns_limits() {
    let make = |settings: &[&str]| -> Box<dyn Strategy> {
        let config = TrainerConfig { per_round: 20, ..TrainerConfig::gaussian_process() };
        let config = settings.iter().fold(config, |config, set| config.with(set).unwrap());
        Box::new(GaNas::new("gaussian-process", config).unwrap())
    };
    let unlearnt = kept(&|| make(&["guide.feasibility_weight=0.0"]), Reveals::Refusal);
    assert_learns(&|| make(&[]), unlearnt);
}
