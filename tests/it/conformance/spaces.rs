//! Properties of every search space.

use std::collections::BTreeSet;

use ganas_graph::{
    Arch, ArchError, ArchGraph, MAX_LABELS, SearchSpace, Subject, arbitrary::architectures, moves,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Larger spaces are not listed.
const MAX_LISTED: u128 = 20_000;

/// Runs `check` on many pairs of random architectures, each with a stream of randomness; the same
/// ones every time.
fn for_pairs(space: &dyn SearchSpace, check: impl Fn(&Arch, &Arch, ChaCha8Rng)) {
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let pairs = (architectures(space), architectures(space), any::<u64>());
    let checked = TestRunner::new_with_rng(config, rng).run(&pairs, |(one, other, seed)| {
        check(&one, &other, ChaCha8Rng::seed_from_u64(seed));
        Ok(())
    });
    checked.unwrap();
}

fn assert_valid(space: &dyn SearchSpace, arch: &Arch) {
    let numbers: Vec<_> = arch.numbers().iter().map(|number| number.get()).collect();
    assert_eq!(Arch::from_parts(space, arch.choices(), &numbers).as_ref(), Ok(arch));
}

pub(super) fn moves_stay_in_the_space(space: &dyn SearchSpace) {
    for_pairs(space, |one, other, mut rng| {
        assert_valid(space, one);
        assert_valid(space, &moves::crossover(space, one, other, &mut rng));
        if let Some(child) = moves::mutate(space, one, &mut rng) {
            assert_valid(space, &child);
        }
        for neighbour in moves::neighbours(space, one, &mut rng) {
            assert_valid(space, &neighbour);
        }
    });
}

pub(super) fn moves_change_one_decision(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, mut rng| {
        assert_ne!(moves::mutate(space, one, &mut rng).as_ref(), Some(one));
        assert_eq!(&moves::crossover(space, one, one, &mut rng), one);
        let neighbours = moves::neighbours(space, one, &mut rng);
        assert!(!neighbours.contains(one));
        let distinct: BTreeSet<_> = neighbours.iter().collect();
        assert_eq!(distinct.len(), neighbours.len(), "a neighbour is listed twice");
    });
}

pub(super) fn notation_round_trips(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let text = space.display(one);
        assert_eq!(space.parse(&text).as_ref(), Ok(one), "{text}");
    });
}

/// Every part of a text and every text with one letter changed is an architecture or an error that
/// quotes it.
pub(super) fn cut_notation_is_no_panic(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let text = space.display(one);
        for (at, letter) in text.char_indices() {
            let rest = &text[at + letter.len_utf8()..];
            let (cut, changed) = (text[..at].to_owned(), format!("{}é{rest}", &text[..at]));
            for wrong in [cut, changed] {
                match space.parse(&wrong) {
                    Ok(arch) => assert_valid(space, &arch),
                    Err(ArchError::Parse { position, .. }) => assert!(position <= wrong.len()),
                    Err(_) => {}
                }
            }
        }
    });
}

pub(super) fn only_allowed_choices_are_accepted(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let choices = one.choices();
        let longer = [choices, &[0]].concat();
        let error = Arch::from_choices(space, &longer);
        assert!(matches!(error, Err(ArchError::TooLong { .. })), "{error:?}");
        for position in 0..choices.len() {
            let error = Arch::from_choices(space, &choices[..position]);
            assert!(matches!(error, Err(ArchError::TooShort { .. })), "{error:?}");
            let allowed = space.next(&choices[..position]).unwrap().allowed;
            for wrong in (0..=u8::MAX).filter(|choice| !allowed.contains(*choice)) {
                let mut choices = choices.to_vec();
                choices[position] = wrong;
                let error = Arch::from_choices(space, &choices);
                assert!(matches!(error, Err(ArchError::Forbidden { .. })), "{error:?}");
            }
        }
    });
}

pub(super) fn every_prefix_has_a_decision_and_a_graph(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let choices = one.choices();
        assert_eq!(space.next(choices), None);
        assert_labels_known(space, &space.graph(choices));
        assert_labels_known(space, &space.canonical_graph(one));
        let mut asked = BTreeSet::new();
        for position in 0..choices.len() {
            let graph = space.graph(&choices[..position]);
            assert_labels_known(space, &graph);
            let decision = space.next(&choices[..position]).unwrap();
            assert!(asked.insert((decision.kind, decision.subject)), "{decision:?} is asked twice");
            let names = space.kinds()[decision.kind].choices.len();
            assert!(decision.allowed.count() > 0, "{decision:?} allows nothing");
            assert!(decision.allowed.iter().all(|choice| usize::from(choice) < names));
            match decision.subject {
                Subject::Node(node) => assert!(node < graph.len(), "{decision:?}"),
                Subject::Edge { from, to } => {
                    assert!(from < to && to < graph.len(), "{decision:?}");
                }
            }
        }
    });
}

fn assert_labels_known(space: &dyn SearchSpace, graph: &ArchGraph) {
    for node in 0..graph.len() {
        assert!(graph.labels(node).iter().all(|label| usize::from(label) < space.labels().len()));
    }
}

pub(super) fn equal_architectures_are_of_one_class(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let again = space.parse(&space.display(one)).unwrap();
        assert_eq!(space.canonical(one), space.canonical(&again));
        assert_eq!(space.canonical_graph(one), space.canonical_graph(&again));
        assert_eq!(space.graph(one.choices()), space.graph(again.choices()));
    });
}

pub(super) fn costs_belong_to_metrics(space: &dyn SearchSpace) {
    for_pairs(space, |one, _, _| {
        let costs = space.cost(one);
        assert_eq!(costs.len(), space.cost_metrics().len());
        assert!(costs.iter().all(|cost| cost.is_finite() && *cost >= 0.0), "{costs:?}");
    });
}

pub(super) fn names_are_usable(space: &dyn SearchSpace) {
    let distinct = |names: Vec<&str>| {
        assert!(names.iter().all(|name| !name.is_empty()));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    };
    assert_eq!(space.name(), space.name().to_lowercase());
    assert!(!space.kinds().is_empty());
    distinct(space.kinds().iter().map(|kind| kind.name.as_str()).collect());
    for kind in space.kinds() {
        assert!((1..=64).contains(&kind.choices.len()), "{kind:?}");
        distinct(kind.choices.iter().map(String::as_str).collect());
    }
    assert!(space.labels().len() <= MAX_LABELS);
    distinct(space.labels().iter().map(String::as_str).collect());
    distinct(space.cost_metrics().iter().map(|metric| metric.name.as_str()).collect());
    distinct(space.named_archs());
    assert!(space.named_archs().iter().all(|name| space.named(name).is_some()));
    assert_eq!(space.named("no such architecture"), None);
}

pub(super) fn enumeration_agrees_with_the_counts(space: &dyn SearchSpace) {
    if space.size().is_none_or(|size| size > MAX_LISTED) {
        return;
    }
    let all: Vec<_> = moves::enumerate(space).collect();
    assert_eq!(Some(all.len() as u128), space.size());
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "ascending, so each once");
    let classes: BTreeSet<_> = all.iter().map(|arch| space.canonical(arch)).collect();
    if let Some(known) = space.classes() {
        assert_eq!(classes.len() as u128, known);
    }
}
