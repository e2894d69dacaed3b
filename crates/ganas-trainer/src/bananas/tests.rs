//! Tests of the strategy.

use std::collections::HashSet;

use ganas_graph::{moves, spaces::Chain};

use super::*;
use crate::fixture::{Fixture, cell};

/// Returns a cheap configuration.
fn small() -> BananasConfig {
    BananasConfig {
        initial: 5,
        per_round: 4,
        ensemble: 2,
        epochs: 3,
        ..BananasConfig::white_2021()
    }
}

fn strategy() -> Bananas {
    Bananas::new(small()).unwrap()
}

fn first(fixture: Fixture) -> (Vec<Proposal>, Vec<Diagnostic>) {
    fixture.with_context(|context| {
        let mut strategy = strategy();
        (strategy.ask(context).unwrap(), strategy.diagnostics())
    })
}

fn sources(proposals: &[Proposal]) -> Vec<&'static str> {
    proposals.iter().map(Proposal::source).collect()
}

#[test]
fn chance_begins_with_what_is_missing() {
    for (known, at_most, missing) in [(0, 100, 5), (3, 100, 2), (1, 2, 2)] {
        let (proposals, diagnostics) = first(Fixture::new().at_most(at_most).knowing_random(known));
        assert_eq!(sources(&proposals), vec!["random"; missing]);
        assert!(diagnostics.is_empty(), "nothing is trained yet");
    }
}

#[test]
fn mutations_of_the_best_follow() {
    let (proposals, diagnostics) = first(Fixture::new().knowing_random(8));
    assert_eq!(sources(&proposals), ["mutation"; 4]);
    let names = |told: &[Diagnostic]| told.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(names(&diagnostics), ["ensemble_loss", "paths"]);
    assert!(diagnostics.iter().all(|(_, value)| value.is_finite() && *value > 0.0));
    assert!(proposals.iter().all(|it| names(it.predictions()) == ["ensemble", "deviation"]));
    let keys: HashSet<_> = proposals.iter().map(Proposal::key).collect();
    assert_eq!(keys.len(), 4);
}

/// Returns, for each of many candidates, the number of choices in which it differs from the nearest
/// of the `parents` best measured architectures.
fn distances(parents: usize) -> Vec<usize> {
    Fixture::new().knowing_random(30).with_context(move |context| {
        let mut strategy = Bananas::new(BananasConfig { parents, ..small() }).unwrap();
        strategy.update(context);
        let mut rng = context.streams.rng("test", 0, 0);
        let best: Vec<_> = strategy.measured.best(parents);
        let nearest = |candidate: &Proposal| {
            let distances = best.iter().map(|&place| {
                let pairs = candidate.arch().choices().iter();
                let pairs = pairs.zip(strategy.measured.archs[place].choices());
                pairs.filter(|(a, b)| a != b).count()
            });
            distances.min().unwrap()
        };
        strategy.candidates(context, &mut rng).iter().map(nearest).collect()
    })
}

#[test]
fn candidates_are_near_the_best() {
    for parents in [1, 5] {
        let found = distances(parents);
        let near = |most: usize| found.iter().filter(|distance| **distance <= most).count();
        assert_eq!(found.len(), 100, "{parents} parents");
        assert!(near(1) > 10 && near(2) > 40 && near(2) < 100, "{found:?}");
    }
}

#[test]
fn no_more_are_proposed_than_wanted() {
    for (at_most, count) in [(1, 1), (3, 3), (50, 4)] {
        assert_eq!(first(Fixture::new().at_most(at_most).knowing_random(8)).0.len(), count);
    }
}

#[test]
fn all_are_new_and_keep_the_constraints() {
    let open = Fixture::new().limited("params=0.4").knowing_random(30).with_context(|context| {
        let config = BananasConfig { per_round: 30, ..small() };
        let proposals = Bananas::new(config).unwrap().ask(context).unwrap();
        proposals.iter().filter(|proposal| context.is_open(proposal)).count()
    });
    assert_eq!(open, 30);
}

#[test]
fn a_small_space_is_proposed_to_its_end() {
    let all: Vec<_> = moves::enumerate(&*Fixture::tiny().space).collect();
    for known in [5, 6, 8] {
        let (proposals, _) = first(Fixture::tiny().knowing(all[..known].to_vec()));
        let proposed: HashSet<_> = proposals.iter().map(Proposal::arch).collect();
        assert_eq!(proposed, all[known..].iter().collect());
    }
}

#[test]
fn equal_seeds_propose_alike() {
    let of = |seed, known| first(Fixture::new().seeded(seed).knowing_random(known));
    for known in [0, 8] {
        assert_eq!(of(3, known), of(3, known));
        assert_ne!(of(3, known).0, of(4, known).0);
    }
}

#[test]
fn a_restored_strategy_goes_on_alike() {
    Fixture::new().knowing_random(8).with_context(|context| {
        let mut whole = strategy();
        whole.ask(context).unwrap();
        let mut restored = strategy();
        restored.restore(context.space, &whole.checkpoint().unwrap()).unwrap();
        let context = Context { round: 1, ..*context };
        let expected = whole.ask(&context).unwrap();
        assert_eq!(restored.ask(&context).unwrap(), expected);
        assert_eq!(restored.diagnostics(), whole.diagnostics());
    });
}

#[test]
fn values_of_any_size_are_no_error() {
    let mut fixture = Fixture::new().knowing_random(6);
    for (at, value) in [f64::MAX, f64::MIN, 0.0, 1e-300, -1.0, 1e30].into_iter().enumerate() {
        fixture.known[at].1.value = value;
    }
    assert_eq!(sources(&first(fixture).0), ["mutation"; 4]);
    let equal = [[1; 6], [2; 6], [3; 6], [4; 6], [1, 2, 3, 4, 1, 2]].map(cell);
    let mut fixture = Fixture::new().knowing(equal);
    fixture.known.iter_mut().for_each(|known| known.1.value = 7.0);
    assert_eq!(sources(&first(fixture).0), ["mutation"; 4]);
}

#[test]
fn a_diverging_network_is_an_error_that_names_the_strategy() {
    let error = Fixture::new().knowing_random(8).with_context(|context| {
        let config = BananasConfig { learning_rate: 1e30, ..small() };
        Bananas::new(config).unwrap().ask(context).unwrap_err().to_string()
    });
    assert!(error.contains("bananas"), "{error}");
}

#[test]
fn stages_are_searched_too() {
    let mut fixture = Fixture::new();
    fixture.space = std::sync::Arc::new(Chain::built_in("nasbench-macro").unwrap());
    let (proposals, diagnostics) = first(fixture.knowing_random(8));
    assert_eq!(sources(&proposals), ["mutation"; 4]);
    assert!(diagnostics[1].1 > 16.0, "properties of stages are told apart");
}

#[test]
fn numbers_drawn_are_normal() {
    let mut rng = ganas_search::Streams::new(0).rng("test", 0, 0);
    let drawn: Vec<_> = (0..20_000).map(|_| normal(&mut rng)).collect();
    let mean = |power: i32| drawn.iter().map(|it| it.powi(power)).sum::<f64>() / 20_000.0;
    assert!(mean(1).abs() < 0.03 && (mean(2) - 1.0).abs() < 0.05 && (mean(4) - 3.0).abs() < 0.3);
}

#[test]
fn the_entry_builds_with_settings() {
    let build = |setting: &str| (Bananas::ENTRY.build)(&[setting.to_owned()]);
    assert_eq!(build("per_round=3").unwrap().name(), Bananas::ENTRY.name);
    let error = build("per_round=0").unwrap_err().to_string();
    assert_eq!(error, "per_round: expected at least 1, found 0");
}
