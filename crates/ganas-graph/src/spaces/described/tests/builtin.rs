//! Tests that descriptions of built-in spaces reproduce these spaces.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::arbitrary::architectures;
use crate::spaces::described::parse;
use crate::spaces::{Darts, DescribedSpace, NasBench101, NasBench201};
use crate::{Arch, SearchSpace, moves};

const NASBENCH201: &str = include_str!("../../../../examples/spaces/nasbench201.toml");
const NASBENCH101: &str = include_str!("../../../../examples/spaces/nasbench101.toml");
const DARTS: &str = include_str!("../../../../examples/spaces/darts.toml");

/// Returns the same word in the described space, after comparing the decisions and graphs of both
/// spaces at every prefix.
fn same(described: &DescribedSpace, builtin: &dyn SearchSpace, arch: &Arch) -> Arch {
    let choices = arch.choices();
    for end in 0..=choices.len() {
        let prefix = &choices[..end];
        let (one, other) = (described.next(prefix), builtin.next(prefix));
        let place = |decision: crate::Decision| (decision.subject, decision.allowed);
        assert_eq!(one.map(place), other.map(place), "{prefix:?}");
        assert_eq!(described.graph(prefix), builtin.graph(prefix), "{prefix:?}");
    }
    Arch::from_choices(described, choices).unwrap()
}

/// Checks that both spaces have the same classes.
fn assert_same_classes<'a>(
    described: &DescribedSpace,
    builtin: &dyn SearchSpace,
    archs: impl Iterator<Item = &'a Arch>,
) -> usize {
    let mut seen = BTreeMap::new();
    let mut seen_back = BTreeMap::new();
    for arch in archs {
        let (one, other) = (described.canonical(arch), builtin.canonical(arch));
        assert_eq!(*seen.entry(one).or_insert(other), other, "{}", builtin.display(arch));
        assert_eq!(*seen_back.entry(other).or_insert(one), one, "{}", builtin.display(arch));
    }
    seen.len()
}

#[test]
fn nasbench201_is_the_built_in_one() {
    let (described, builtin) = (parse(NASBENCH201).unwrap(), NasBench201::default());
    assert_eq!(described.kinds(), builtin.kinds());
    assert_eq!(described.labels()[..5], builtin.labels()[..5]);
    assert_eq!(described.size(), builtin.size());
    let archs: Vec<_> = moves::enumerate(&builtin).collect();
    assert!(moves::enumerate(&described).eq(archs.iter().cloned()));
    assert_eq!(assert_same_classes(&described, &builtin, archs.iter()), 6_466);
    for arch in &archs {
        assert_eq!(described.graph(arch.choices()), builtin.graph(arch.choices()));
        assert_eq!(described.canonical_graph(arch), builtin.canonical_graph(arch));
        assert_eq!(described.canonical(arch), builtin.canonical(arch));
        let costs = described.cost(arch).into_iter().zip(builtin.cost(arch));
        assert!(costs.into_iter().all(|(one, other)| (one - other).abs() < 1e-9));
    }
    for arch in archs.iter().step_by(97) {
        same(&described, &builtin, arch);
    }
}

#[test]
fn nasbench101_has_the_built_in_sizes() {
    let (described, builtin) = (parse(NASBENCH101).unwrap(), NasBench101::default());
    assert_eq!(described.size(), Some(1_293_208));
    let listed: Vec<_> = moves::enumerate(&builtin).take(3_000).collect();
    assert!(moves::enumerate(&described).take(3_000).eq(listed.iter().cloned()));
    assert_same_classes(&described, &builtin, listed.iter());
}

#[test]
fn darts_has_the_built_in_size() {
    let (described, builtin) = (parse(DARTS).unwrap(), Darts::default());
    assert_eq!(described.size(), builtin.size());
}

proptest! {
    #[test]
    fn nasbench101_asks_and_draws_the_same(arch in architectures(&NasBench101::default())) {
        let (described, builtin) = (parse(NASBENCH101).unwrap(), NasBench101::default());
        let arch = same(&described, &builtin, &arch);
        prop_assert_eq!(described.canonical_graph(&arch), builtin.canonical_graph(&arch));
    }

    #[test]
    fn darts_asks_and_draws_the_same(arch in architectures(&Darts::default())) {
        let (described, builtin) = (parse(DARTS).unwrap(), Darts::default());
        let same_arch = same(&described, &builtin, &arch);
        let costs = [described.cost(&same_arch)[0], builtin.cost(&arch)[0]];
        prop_assert!((costs[0] - costs[1]).abs() < 1e-9, "{:?}", costs);
    }

    #[test]
    fn darts_has_the_built_in_classes(
        arch in architectures(&Darts::default()),
        swaps in any::<u8>(),
    ) {
        let (described, builtin) = (parse(DARTS).unwrap(), Darts::default());
        // Another order of edges, and a change that may yield another network.
        let mut cells = builtin.cells(&arch);
        for node in (1..4).filter(|node| swaps >> node & 1 == 1) {
            cells[0].swap(2 * node, 2 * node + 1);
        }
        cells[1].swap(usize::from(swaps >> 4) % 8, 2);
        let Ok(other) = builtin.arch(&cells) else { return Ok(()) };
        assert_same_classes(&described, &builtin, [&arch, &other].into_iter());
    }
}
