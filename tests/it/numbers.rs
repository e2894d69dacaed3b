//! A space with numbers goes through study and store at full resolution.

use std::collections::BTreeSet;
use std::sync::Arc;

use ganas_graph::{
    Arch, ArchError, ArchGraph, ArchHash, Builder, CostMetric, Decision, DecisionKind, LabelSet,
    Mask, NumberRange, SearchSpace, Subject,
};
use ganas_search::baselines::{Evolution, EvolutionSettings, RandomSearch};
use ganas_search::{
    Cancel, Distinct, Evaluation, EvaluationError, Evaluator, Job, Measurement, SqliteStore,
    Strategy, Study, StudyReader, StudyRecord, StudySettings,
};

/// A learning rate, in powers of ten, and momentum or none.
#[derive(Debug)]
struct Rates {
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
}

const RATE: usize = 0;
const MOMENTUM: usize = 1;
const AMOUNT: usize = 2;

impl Default for Rates {
    fn default() -> Self {
        let parts = |count: usize| (0..count).map(|part| part.to_string()).collect();
        let number = |name: &str, count, low, high, log| DecisionKind {
            range: Some(NumberRange::new(low, high, log, None).unwrap()),
            ..DecisionKind::choice(name, parts(count))
        };
        let kinds = vec![
            number("rate", 5, 1e-5, 1.0, true),
            DecisionKind::choice("momentum", vec!["no".into(), "yes".into()]),
            number("amount", 3, 0.0, 1.0, false),
        ];
        let labels = kinds.iter().map(|kind| kind.name.clone()).collect();
        Self { kinds, labels }
    }
}

impl SearchSpace for Rates {
    fn name(&self) -> &'static str {
        "rates"
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let kind = match prefix {
            [] => RATE,
            [_] => MOMENTUM,
            [_, 1] => AMOUNT,
            _ => return None,
        };
        let parts = self.kinds[kind].choices.len();
        let allowed = self.kinds[kind].range.map_or(Mask::all(parts), |range| range.filled(parts));
        Some(Decision { kind, subject: Subject::Node(kind), allowed })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        for label in 0..=u8::try_from(prefix.len()).unwrap().min(2) {
            graph.add_node(LabelSet::one(label));
        }
        graph
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        ArchHash::of(self.display(arch).as_bytes())
    }

    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let mut builder = Builder::new(self);
        for word in text.split(' ') {
            match word.parse() {
                Ok(number) => builder.choose_number(number)?,
                Err(_) => builder.choose(u8::from(word == "yes"))?,
            }
        }
        builder.finish()
    }

    fn display(&self, arch: &Arch) -> String {
        let momentum = &self.kinds[MOMENTUM].choices[usize::from(arch.choices()[1])];
        let rate = arch.numbers()[0];
        arch.numbers()
            .get(1)
            .map_or(format!("{rate} {momentum}"), |amount| format!("{rate} {momentum} {amount}"))
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &[]
    }

    fn cost(&self, _: &Arch) -> Vec<f64> {
        Vec::new()
    }

    fn size(&self) -> Option<u128> {
        None
    }

    fn classes(&self) -> Option<u128> {
        None
    }
}

/// Likes a rate of about 0.01 and much momentum.
#[derive(Debug)]
struct Taste;

impl Evaluator for Taste {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let numbers: Vec<_> = job.arch.numbers().iter().map(|number| number.get()).collect();
        let value = numbers.get(1).unwrap_or(&0.0) - (numbers[0].log10() + 2.0).abs();
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

fn bits(arch: &Arch) -> (Vec<u8>, Vec<u64>) {
    let bits = arch.numbers().iter().map(|number| number.get().to_bits());
    (arch.choices().to_vec(), bits.collect())
}

fn archs(study: &Study) -> Vec<(Vec<u8>, Vec<u64>)> {
    study.history().trials().iter().map(|trial| bits(&trial.arch)).collect()
}

#[test]
fn numbers_survive_the_store_and_kills_bit_by_bit() {
    let strategies: [fn() -> Box<dyn Strategy>; 2] = [
        || Box::new(RandomSearch),
        || Box::new(Evolution::new(EvolutionSettings { population: 6, sample: 3 }).unwrap()),
    ];
    for (make, distinct) in
        strategies.into_iter().flat_map(|it| [(it, Distinct::Isomorphism), (it, Distinct::String)])
    {
        let space = Arc::new(Rates::default());
        let settings = StudySettings { distinct, ..StudySettings::new(40, 8) };
        let mut undisturbed = Study::new(space.clone(), make(), settings.clone()).unwrap();
        undisturbed.optimize(&Taste).unwrap();

        let (folder, never) = (tempfile::tempdir().unwrap(), Cancel::default());
        let record = StudyRecord::new(&*space, "any", String::new());
        drop(SqliteStore::create(folder.path(), &record).unwrap());
        let known =
            [(space.parse("0.012345678901234567 yes 0.1").unwrap(), Measurement::new(-9.0))];
        let study = loop {
            let store = Box::new(SqliteStore::open(folder.path()).unwrap());
            let mut study = Study::open(space.clone(), make(), settings.clone(), store).unwrap();
            for _ in 0..7 {
                study.step(&Taste, &never).unwrap();
            }
            // An evaluation is under way when the process is killed.
            let open = study.ask(1).unwrap();
            for trial in open.iter().map(|open| open.trial) {
                study.begin(trial).unwrap();
            }
            if study.stop_reason().is_some() {
                break study;
            }
        };
        assert_eq!(archs(&study), archs(&undisturbed));
        assert_eq!(study.history().trials(), undisturbed.history().trials());
        let numbers: BTreeSet<_> = archs(&study).into_iter().flat_map(|(_, bits)| bits).collect();
        assert!(numbers.len() > 20, "they are not rounded to parts: {}", numbers.len());

        let reader = StudyReader::open(folder.path()).unwrap();
        let read = reader.outcome(&*space, &settings).unwrap();
        assert_eq!(read.history.trials(), undisturbed.history().trials());
        for trial in reader.trials().unwrap() {
            let arch = trial.record.read(&*space).unwrap();
            assert_eq!(bits(&space.parse(&trial.arch).unwrap()), bits(&arch));
        }
        drop(study);

        let store = Box::new(SqliteStore::open(folder.path()).unwrap());
        let mut again = Study::open(space, make(), settings, store).unwrap();
        assert_eq!(again.add_known(&known).unwrap(), 1);
        assert_eq!(bits(&again.history().trials()[0].arch), bits(&known[0].0));
    }
}
