//! A space with numeric decisions, for tests of builders, moves and records.

use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ArchRecord, Builder, CostMetric, Decision, DecisionKind,
    LabelSet, SearchSpace, Subject, export, moves,
};

const OPTIMIZER: usize = 0;
const MOMENTUM: usize = 1;
const RATE: usize = 2;
const LAYERS: usize = 3;

/// A space of training settings: an optimizer, a momentum if the optimizer is `sgd`, a learning
/// rate and a number of layers.
#[derive(Debug)]
struct Training {
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
}

impl Default for Training {
    fn default() -> Self {
        let names = |count: usize| (0..count).map(|part| part.to_string()).collect();
        let number = |name: &str, parts, (low, high), log, step| DecisionKind {
            range: Some(NumberRange::new(low, high, log, step).unwrap()),
            ..DecisionKind::choice(name, names(parts))
        };
        let kinds = vec![
            DecisionKind::choice("optimizer", vec!["sgd".into(), "adam".into()]),
            number("momentum", 4, (0.0, 1.0), false, None),
            number("rate", 10, (1e-5, 1.0), true, None),
            number("layers", 8, (1.0, 12.0), false, Some(1.0)),
        ];
        let labels = kinds.iter().map(|kind| kind.name.clone()).collect();
        Self { kinds, labels }
    }
}

impl Training {
    fn asked(prefix: &[u8]) -> &'static [usize] {
        match prefix.first() {
            None => &[OPTIMIZER],
            Some(0) => &[OPTIMIZER, MOMENTUM, RATE, LAYERS],
            Some(_) => &[OPTIMIZER, RATE, LAYERS],
        }
    }
}

impl SearchSpace for Training {
    fn name(&self) -> &'static str {
        "training"
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let &kind = Self::asked(prefix).get(prefix.len())?;
        let parts = self.kinds[kind].choices.len();
        let allowed = self.kinds[kind].range.map_or(Mask::all(parts), |range| range.filled(parts));
        Some(Decision { kind, subject: Subject::Node(kind), allowed })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        for label in 0..=u8::try_from(prefix.len()).unwrap().min(3) {
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
                Err(_) => builder.choose(u8::from(word == "adam"))?,
            }
        }
        builder.finish()
    }

    fn display(&self, arch: &Arch) -> String {
        let mut text = self.kinds[OPTIMIZER].choices[usize::from(arch.choices()[0])].clone();
        arch.numbers().iter().for_each(|number| write!(text, " {number}").unwrap());
        text
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

/// Checks that each numeric decision has one number, which lies in the chosen part.
fn check(space: &Training, arch: &Arch) {
    let numbers: Vec<_> = arch.numbers().iter().map(|number| number.get()).collect();
    assert_eq!(numbers.len(), arch.choices().len() - 1);
    assert_eq!(Arch::from_parts(space, arch.choices(), &numbers).as_ref(), Ok(arch));
    assert_eq!(space.parse(&space.display(arch)).as_ref(), Ok(arch));
    let layers = numbers.last().unwrap();
    assert!((1..=12).any(|whole| (layers - f64::from(whole)).abs() < 1e-12));
    let text = serde_json::to_string(&ArchRecord::from(arch)).unwrap();
    let record: ArchRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(record.read(space).as_ref(), Ok(arch), "{text}");
}

/// Returns the kind, the choice and the number of each decision.
fn answers(arch: &Arch) -> Vec<(usize, u8, Option<Number>)> {
    let asked = Training::asked(arch.choices());
    let numbers = [None].into_iter().chain(arch.numbers().iter().copied().map(Some));
    let answer = |((&kind, &choice), number)| (kind, choice, number);
    asked.iter().zip(arch.choices()).zip(numbers).map(answer).collect()
}

proptest! {
    #[test]
    fn moves_stay_in_the_space(seed in any::<u64>()) {
        let (space, mut rng) = (Training::default(), ChaCha8Rng::seed_from_u64(seed));
        let (one, two) = (moves::sample(&space, &mut rng), moves::sample(&space, &mut rng));
        check(&space, &one);
        let mutant = moves::mutate(&space, &one, &mut rng).unwrap();
        check(&space, &mutant);
        let (old, new) = (answers(&one), answers(&mutant));
        let is_changed = |answer: &&(usize, u8, Option<Number>)| {
            old.iter().any(|(kind, ..)| *kind == answer.0) && !old.contains(answer)
        };
        prop_assert_eq!(new.iter().filter(is_changed).count(), 1, "{:?} to {:?}", one, mutant);
        let child = moves::crossover(&space, &one, &two, &mut rng);
        check(&space, &child);
        let parents = [answers(&one), answers(&two)].concat();
        prop_assert!(answers(&child).iter().all(|answer| parents.contains(answer)));
        for neighbour in moves::neighbours(&space, &one, &mut rng) {
            check(&space, &neighbour);
            prop_assert_ne!(&neighbour, &one);
        }
    }
}

#[test]
fn numbers_are_drawn_in_full_resolution() {
    let (space, mut rng) = (Training::default(), ChaCha8Rng::seed_from_u64(1));
    let rate = |arch: &Arch| answers(arch).iter().find(|(kind, ..)| *kind == RATE)?.2;
    let all: HashSet<_> = (0..200).map(|_| rate(&moves::sample(&space, &mut rng))).collect();
    assert_eq!(all.len(), 200);
}

#[test]
fn mutations_go_near_and_far() {
    let (space, mut rng) = (Training::default(), ChaCha8Rng::seed_from_u64(2));
    let arch = space.parse("adam 0.01 4").unwrap();
    let mutants: Vec<_> =
        (0..300).map(|_| moves::mutate(&space, &arch, &mut rng).unwrap()).collect();
    let rates = |accept: fn(&u8) -> bool| {
        let changed = mutants.iter().filter(|mutant| mutant.numbers()[0] != arch.numbers()[0]);
        changed.filter(|mutant| accept(&mutant.choices()[1])).count()
    };
    let here = arch.choices()[1];
    assert_eq!(here, 6);
    assert!(rates(|part| *part == 6) > 10, "in the same part");
    assert!(rates(|part| [5, 7].contains(part)) > 10, "in the next one");
    assert!(rates(|part| *part < 5) > 10, "further away");
}

#[test]
fn enumeration_takes_middles_of_parts() {
    let space = Training::default();
    let all: Vec<_> = moves::enumerate(&space).collect();
    let layers = space.kinds[LAYERS].range.unwrap().filled(8).count();
    assert_eq!(all.len(), (4 + 1) * 10 * layers);
    for arch in &all {
        check(&space, arch);
        assert_eq!(Arch::from_choices(&space, arch.choices()).as_ref(), Ok(arch));
    }
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn numbers_are_checked() {
    let space = Training::default();
    let error = |choices: &[u8], numbers: &[f64]| {
        Arch::from_parts(&space, choices, numbers).unwrap_err().to_string()
    };
    assert_eq!(
        error(&[1, 6], &[0.01]),
        "training: expected a choice for decision 2, counted from 0 (layers), found only 2 choices"
    );
    assert_eq!(error(&[1, 6, 2], &[0.01]), "training: expected 2 numbers, found 1");
    assert_eq!(error(&[1, 6, 2], &[]), "training: expected 2 numbers, found 0");
    assert_eq!(error(&[1, 6, 2], &[0.01, 4.0, 1.0]), "training: expected 2 numbers, found 3");
    assert_eq!(
        error(&[1, 6, 2], &[0.01, 4.5]),
        "training: decision 2, counted from 0 (layers): expected a number from 1 to 12 in steps of 1, found 4.5"
    );
    assert_eq!(
        error(&[1, 6, 2], &[2.0, 4.0]),
        "training: decision 1, counted from 0 (rate): expected a number from 0.00001 to 1 on a logarithmic scale, found 2"
    );
    assert!(error(&[1, 6, 2], &[f64::NAN, 4.0]).ends_with("found NaN"));
    assert!(
        error(&[1, 6, 2], &[0.9, 4.0])
            .ends_with("(the range of choice 6, counted from 0), found 0.9")
    );
    let mut builder = Builder::new(&space);
    assert_eq!(
        builder.choose_number(0.5).unwrap_err().to_string(),
        "training: decision 0, counted from 0 (optimizer): expected a choice, because this decision takes no number, found 0.5"
    );
    assert!(builder.choices().is_empty());
}

#[test]
fn numbers_are_part_of_what_an_architecture_is() {
    let space = Training::default();
    let [one, other] = ["adam 0.01 4", "adam 0.0100001 4"].map(|text| space.parse(text).unwrap());
    assert_eq!(one.choices(), other.choices());
    assert_ne!(one, other);
    assert!(one < other);
    assert_eq!(format!("{one:?}"), "Arch[1, 6, 2][0.01, 4.0]");
    let fields = export::describe(&space, &one);
    assert_eq!(fields["decisions"][1]["value"], 0.01);
    assert!(fields["decisions"][0].get("value").is_none());
}

#[test]
fn records_of_numbers_are_objects() {
    let space = Training::default();
    let arch = space.parse("sgd 0.9 0.01 4").unwrap();
    let text = serde_json::to_string(&ArchRecord::from(&arch)).unwrap();
    assert_eq!(text, r#"{"choices":[0,3,6,2],"numbers":[0.9,0.01,4.0]}"#);
    let bare: ArchRecord = serde_json::from_str("[0,3,6,2]").unwrap();
    assert!(matches!(bare.read(&space), Err(ArchError::Numbers { expected: 3, found: 0, .. })));
}
