//! Limits that few architectures satisfy, in spaces too large to list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ganas_graph::spaces::{DescribedSpace, NasBench101, NasBench201, described};
use ganas_graph::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, SearchSpace, moves,
};
use ganas_search::baselines::{Evolution, EvolutionSettings, RandomDecisions, RandomSearch};
use ganas_search::{
    Bound, Constraint, Context, KnownMetrics, Proposal, StopReason, Strategy, StrategyError, Study,
    StudyError, StudySettings,
};

use super::fixture::{baselines, measured, sum};

/// 24 decisions between zero and one. The costs say nothing of prefixes: `ones` is how many, and
/// `undefined` no number.
#[derive(Debug)]
struct Bits {
    words: DescribedSpace,
    metrics: Vec<CostMetric>,
    /// How often a cost was asked for.
    asked: AtomicU64,
}

impl Default for Bits {
    fn default() -> Self {
        let bit = |at| format!("[[parameters]]\nname = \"x{at}\"\nvalues = [0, 1]\n");
        let text = format!("name = \"bits\"\n{}", (0..24).map(bit).collect::<String>());
        let metric = |name: &str| CostMetric { name: name.into(), unit: String::new(), scale: 1.0 };
        Self {
            words: described::parse(&text).unwrap(),
            metrics: vec![metric("ones"), metric("undefined")],
            asked: AtomicU64::new(0),
        }
    }
}

impl SearchSpace for Bits {
    fn name(&self) -> &str {
        self.words.name()
    }

    fn kinds(&self) -> &[DecisionKind] {
        self.words.kinds()
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        self.words.next(prefix)
    }

    fn labels(&self) -> &[String] {
        self.words.labels()
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        self.words.graph(prefix)
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        self.words.canonical(arch)
    }

    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        self.words.parse(text)
    }

    fn display(&self, arch: &Arch) -> String {
        self.words.display(arch)
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    fn cost(&self, arch: &Arch) -> Vec<f64> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        vec![sum(arch), f64::NAN]
    }

    fn size(&self) -> Option<u128> {
        self.words.size()
    }

    fn classes(&self) -> Option<u128> {
        self.words.classes()
    }
}

/// A study with values, until it ends; and how it ended.
fn search(
    space: &Arc<Bits>,
    strategy: Box<dyn Strategy>,
    limit: &str,
    budget: usize,
) -> Result<(Vec<Arch>, StopReason), StudyError> {
    let limit = Constraint::parse(&**space, KnownMetrics::Nothing, Bound::Max, limit).unwrap();
    let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(budget, 1) };
    let mut study = Study::new(space.clone(), strategy, settings).unwrap();
    while let Some(open) = study.ask(1)?.pop() {
        study.tell(open.trial, measured(sum(&open.arch))).unwrap();
    }
    let archs = study.history().trials().iter().map(|trial| trial.arch.clone());
    Ok((archs.collect(), study.stop_reason().unwrap()))
}

/// One architecture in 671,089 keeps to the limit.
#[test]
fn feasible_ones_are_found_down_the_violation() {
    for make in baselines() {
        let (found, stop) = search(&Arc::default(), make(), "ones=1", 15).unwrap();
        assert_eq!((found.len(), stop), (15, StopReason::Budget), "{}", make().name());
        assert!(found.iter().all(|arch| sum(arch) <= 1.0));
    }
}

/// Where all neighbours of what they know break the limit, strategies still find ones of their own.
#[test]
fn strategies_go_on_at_a_limit() {
    for make in &baselines()[1..] {
        let space = Arc::new(Bits::default());
        let limits = [Bound::Max, Bound::Min];
        let limit =
            |bound| Constraint::parse(&*space, KnownMetrics::Nothing, bound, "ones=1").unwrap();
        let constraints = limits.map(limit).to_vec();
        let settings = StudySettings { constraints, ..StudySettings::new(12, 2) };
        let mut study = Study::new(space, make(), settings).unwrap();
        while let Some(open) = study.ask(1).unwrap().pop() {
            study.tell(open.trial, measured(open.arch.choices()[0].into())).unwrap();
        }
        let own = study.history().trials().iter().filter(|trial| trial.source != "random");
        assert!(own.count() > 2, "{}", make().name());
    }
}

/// All 25 are found, but that they are all is not proved.
#[test]
fn what_is_not_proved_is_not_claimed() {
    let (found, stop) = search(&Arc::default(), Box::new(RandomDecisions), "ones=1", 100).unwrap();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>().len(), 25);
    assert!(matches!(stop, StopReason::NoneFound(draws) if draws >= 30_000), "{stop}");
    assert_eq!(stop.to_string().parse::<StopReason>().unwrap(), stop);
}

#[test]
fn nothing_found_is_said_with_the_number_of_draws() {
    let space = Arc::new(Bits::default());
    let error = search(&space, Box::new(RandomDecisions), "ones=-1", 10).unwrap_err();
    let draws = space.asked.load(Ordering::Relaxed);
    let text = error.to_string();
    let start = format!(
        "no architecture that satisfies the constraints was found in {draws} draws, though there"
    );
    assert!(text.starts_with(&start), "{text}");
    let end = format!(
        ". Rejections: ones <= -1 rejected {draws} of {draws} candidates (repeats included), the nearest with 0"
    );
    assert!(text.ends_with(&end), "{text}");
}

/// Draws, and notes in each ask the round and how often a cost was asked for before.
#[derive(Debug, Default)]
struct Drawing {
    space: Arc<Bits>,
    noted: Arc<Mutex<Vec<(u64, u64)>>>,
}

impl Strategy for Drawing {
    fn name(&self) -> &'static str {
        "drawing"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let asked = self.space.asked.load(Ordering::Relaxed);
        self.noted.lock().unwrap().push((context.round, asked));
        RandomDecisions.ask(context)
    }
}

#[test]
fn a_strategy_that_finds_nothing_is_asked_in_three_rounds() {
    let drawing = Drawing::default();
    let noted = Arc::clone(&drawing.noted);
    search(&drawing.space.clone(), Box::new(drawing), "ones=-1", 10).unwrap_err();
    let rounds: Vec<_> = noted.lock().unwrap().iter().map(|(round, _)| *round).collect();
    assert_eq!(rounds, [0, 1, 2]);
}

#[test]
fn only_draws_since_the_last_find_count_as_made_in_vain() {
    let drawing = Drawing::default();
    let (space, noted) = (drawing.space.clone(), Arc::clone(&drawing.noted));
    let (_, stop) = search(&space, Box::new(drawing), "ones=1", 100).unwrap();
    let StopReason::NoneFound(draws) = stop else { panic!("{stop}") };
    let noted = noted.lock().unwrap();
    let first_in_vain = noted[noted.len() - 3].1;
    assert_eq!(draws, space.asked.load(Ordering::Relaxed) - first_in_vain);
}

#[test]
fn a_cost_that_is_no_number_keeps_to_no_limit() {
    for make in baselines() {
        let error = search(&Arc::default(), make(), "undefined=1", 10).unwrap_err();
        let StudyError::NoneFound { rejections, .. } = &error else { panic!("{error}") };
        assert!(rejections[0].ends_with("of them without a value for this metric"), "{error}");
    }
}

#[test]
fn equal_seeds_find_the_same() {
    let evolution =
        || Box::new(Evolution::new(EvolutionSettings { population: 5, sample: 3 }).unwrap());
    let [one, other] = [1, 2].map(|_| search(&Arc::default(), evolution(), "ones=2", 30).unwrap());
    assert_eq!(one, other);
}

/// Asks chance for nothing, and has nothing to ask.
#[derive(Debug)]
struct Silent;

impl Strategy for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let many = Arch::from_choices(context.space, &[1; 24]).unwrap();
        assert!(context.open_proposal(many, "silent").is_none());
        Ok(Vec::new())
    }
}

#[test]
fn a_strategy_of_ones_own_proves_nothing_about_constraints() {
    let error = search(&Arc::default(), Box::new(Silent), "ones=2", 10).unwrap_err();
    assert!(matches!(error, StudyError::NoneFound { draws: 1, .. }), "{error}");
}

/// Cells of two nodes: of 40 words, some are of one class.
const SMALL: &str = "name = \"small\"\n[[cells]]\nname = \"cell\"\ninputs = [\"x\"]\nnodes = 2\n\
    operators = [\"a\", \"b\"]\noperators_on = \"nodes\"\noutput = \"chosen\"\nmax_edges = 6";

/// χ² of how often each class is the first query, and the value that it exceeds once in 10,000 times.
#[test]
fn the_first_query_of_random_search_is_uniform_over_classes() {
    let space = Arc::new(described::parse(SMALL).unwrap());
    let mut counts: BTreeMap<_, (u32, u32)> = BTreeMap::new();
    for arch in moves::enumerate(&*space) {
        counts.entry(space.canonical(&arch)).or_default().0 += 1;
    }
    assert!(counts.values().any(|(words, _)| *words > 1), "a class of several words");
    for seed in 0..2_000 {
        let settings = StudySettings::new(1, seed);
        let mut study = Study::new(space.clone(), Box::new(RandomSearch), settings).unwrap();
        let open = study.ask(1).unwrap().remove(0);
        counts.get_mut(&space.canonical(&open.arch)).unwrap().1 += 1;
    }
    let expected = 2_000.0 / counts.len() as f64;
    let square: f64 =
        counts.values().map(|(_, it)| (f64::from(*it) - expected).powi(2) / expected).sum();
    // Wilson and Hilferty's approximation.
    let freedom = counts.len() as f64 - 1.0;
    let ninth = 2.0 / (9.0 * freedom);
    assert!(square < freedom * (1.0 - ninth + 3.72 * ninth.sqrt()).powi(3), "{square}");
}

/// The share of cells with seven vertices among 600 queries, and what it is of all classes.
#[test]
fn random_search_is_uniform_over_classes_and_random_decisions_are_not() {
    let share = |strategy: Box<dyn Strategy>| {
        let space = Arc::new(NasBench101::default());
        let mut study = Study::new(space.clone(), strategy, StudySettings::new(600, 0)).unwrap();
        let mut sevens = 0;
        while let Some(open) = study.ask(1).unwrap().pop() {
            sevens += u32::from(space.decode(&open.arch).vertices() == 7);
            study.tell(open.trial, measured(0.0)).unwrap();
        }
        f64::from(sevens) / 600.0
    };
    let expected = 359_082.0 / 423_624.0;
    let found = share(Box::new(RandomSearch));
    let error = (expected * (1.0_f64 - expected) / 600.0).sqrt();
    assert!((found - expected).abs() < 4.0 * error, "{found}, {expected} ± {error}");
    let found = share(Box::new(RandomDecisions));
    assert!(found < 0.5, "{found}");
}

/// Cells of 12 nodes with one of four operators each: of 16,777,216 words 30 keep to the limit of a cost
/// that is a sum of formulas.
const WEIGHED: &str = r#"
name = "weighed"
[[costs]]
name = "weight"
formula = "3 * count('b') + 5 * (count('c') + count('d'))"
[[cells]]
name = "cell"
nodes = 12
operators = ["a", "b", "c", "d"]
operators_on = "nodes"
edges = [EDGES]
output = "last"
[cells.costs.weight]
b = "position"
d = "0 * inputs"
"#;

fn weighed() -> described::DescribedSpace {
    let edge = |to: usize| {
        let from = if to == 1 { "input".into() } else { (to - 1).to_string() };
        format!("['{from}', '{to}']")
    };
    let edges: Vec<_> = (1..=12).map(edge).collect();
    described::parse(&WEIGHED.replace("EDGES", &edges.join(", "))).unwrap()
}

#[test]
fn the_few_within_a_limit_on_a_sum_of_formulas_are_all_found() {
    let space = Arc::new(weighed());
    assert_eq!(space.size(), Some(1 << 24));
    for make in &baselines()[..2] {
        let limit =
            Constraint::parse(&*space, KnownMetrics::Nothing, Bound::Max, "weight=8").unwrap();
        let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(60, 1) };
        let mut study = Study::new(space.clone(), make(), settings).unwrap();
        while let Some(open) = study.ask(1).unwrap().pop() {
            study.tell(open.trial, measured(sum(&open.arch))).unwrap();
        }
        let found: BTreeSet<_> = study.history().trials().iter().map(|it| &it.arch).collect();
        assert_eq!(found.len(), 30, "{}", make().name());
        assert_eq!(study.stop_reason(), Some(StopReason::Exhausted), "{}", make().name());
    }
}

#[test]
fn numbers_within_a_part_are_not_taken_for_exhausted() {
    let text =
        "name = \"number\"\n[[parameters]]\nname = \"x\"\nlow = 0\nhigh = 99\ninteger = true\n";
    let space: Arc<dyn SearchSpace> = Arc::new(described::parse(text).unwrap());
    assert_eq!(space.size(), Some(100));
    let strategies: [Box<dyn Strategy>; 2] =
        [Box::new(RandomSearch), Box::new(Evolution::new(EvolutionSettings::ying_2019()).unwrap())];
    for strategy in strategies {
        let settings = StudySettings::new(100, 1);
        let mut study = Study::new(Arc::clone(&space), strategy, settings).unwrap();
        let mut found = BTreeSet::new();
        while study.stop_reason().is_none() {
            for open in study.ask(10).unwrap() {
                found.insert(space.display(&open.arch));
                study.tell(open.trial, measured(open.arch.numbers()[0].get())).unwrap();
            }
        }
        assert_eq!(found.len(), 100, "all numbers, each once");
        assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    }
}

#[test]
fn a_condition_makes_no_branch_likelier() {
    let text = "name = \"branches\"\n[[parameters]]\nname = \"how\"\nvalues = [\"plain\", \"tuned\"]\n\
                [[parameters]]\nname = \"rate\"\nlow = 0.0\nhigh = 1.0\nwhen = \"how == 'tuned'\"\n\
                [[parameters]]\nname = \"size\"\nlow = 0.0\nhigh = 1.0\n";
    let space: Arc<dyn SearchSpace> = Arc::new(described::parse(text).unwrap());
    let strategy = Box::new(RandomSearch);
    let mut study = Study::new(Arc::clone(&space), strategy, StudySettings::new(400, 1)).unwrap();
    while study.stop_reason().is_none() {
        for open in study.ask(50).unwrap() {
            study.tell(open.trial, measured(0.0)).unwrap();
        }
    }
    let trials = study.history().trials();
    let plain = trials.iter().filter(|trial| trial.arch.choices()[0] == 0).count();
    assert!((160..=240).contains(&plain), "{plain} of 400");
}

#[test]
fn a_limit_that_nothing_in_a_small_space_satisfies_is_proved() {
    let space = Arc::new(NasBench201::default());
    let limit = Constraint::parse(&*space, KnownMetrics::Nothing, Bound::Max, "params=0").unwrap();
    let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(3, 0) };
    let mut study = Study::new(space, Box::new(RandomSearch), settings).unwrap();
    let error = study.ask(1).unwrap_err();
    assert!(matches!(error, StudyError::NothingFeasible { .. }), "{error}");
}
