//! Deep spaces: a chain of 200 decisions, and stages with 480.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use ganas_graph::spaces::described::{self, DescribedSpace};
use ganas_graph::{Arch, MAX_NODES, NODES_PER_WORD, SearchSpace, moves};
use ganas_search::{Cancel, SqliteStore, Strategy, Study, StudyRecord, StudySettings};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::conformance::evaluators::Made;
use crate::evaluating;

/// So many nodes in a row, each fed by the one before.
fn row(nodes: usize, on: &str) -> DescribedSpace {
    let mut edges = "[\"input\", \"1\"]".to_owned();
    (1..nodes).for_each(|node| _ = write!(edges, ", [\"{node}\", \"{}\"]", node + 1));
    let text = format!(
        "name = \"row\"\n[[cells]]\nname = \"c\"\nnodes = {nodes}\noutput = \"last\"\n\
         operators = [\"a\", \"b\", \"c\", \"d\"]\noperators_on = \"{on}\"\nedges = [{edges}]\n\
         [[costs]]\nname = \"b\"\nformula = \"count('b')\"\n"
    );
    described::parse(&text).unwrap()
}

/// So many stages of up to five layers.
fn stages(count: usize) -> String {
    let head = "name = \"stages\"\n[chain]\nresolution = [32]\nclasses = 10\n\
                stem = { width = [16] }\nhead = { width = [64] }\n";
    let stage = "[[chain.stages]]\nwidth = [16, 24]\ndepth = [0, 1, 2, 3, 4, 5]\n\
                 choose = \"layer\"\nkernel = [3, 5, 7]\nexpansion = [3, 6]\n";
    head.to_owned() + &stage.repeat(count)
}

fn deep() -> [DescribedSpace; 3] {
    [row(200, "edges"), row(500, "nodes"), described::parse(&stages(40)).unwrap()]
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

#[test]
fn deep_architectures_are_drawn_written_and_told_apart() {
    for (space, (decisions, nodes)) in deep().iter().zip([(200, 202), (500, 502), (480, 202)]) {
        assert_eq!((space.size(), space.most_nodes()), (None, nodes));
        let mut keys = BTreeSet::new();
        for seed in 0..5 {
            let arch = moves::sample(space, &mut rng(seed));
            assert!(arch.choices().len() <= decisions && arch.choices().len() > decisions / 4);
            assert_eq!(space.parse(&space.display(&arch)).as_ref(), Ok(&arch));
            assert_eq!(space.graph(arch.choices()).len(), nodes);
            let child = moves::mutate(space, &arch, &mut rng(seed)).unwrap();
            let child = moves::crossover(space, &child, &arch, &mut rng(seed));
            assert_eq!(Arch::from_choices(space, child.choices()).as_ref(), Ok(&child));
            assert_eq!(space.canonical(&arch) == space.canonical(&child), arch == child);
            keys.insert(space.canonical(&arch));
        }
        assert_eq!(keys.len(), 5);
    }
    let full = "d5,w24/e6,k7/e3,k3/e6,k5/e3,k7/e6,k3;".repeat(40);
    let space = &deep()[2];
    let arch = space.parse(full.trim_end_matches(';')).unwrap();
    assert_eq!(arch.choices().len(), 480);
    assert_eq!(space.pytorch(&arch).unwrap().matches(" = InvertedBottleneck(").count(), 200);
}

#[test]
fn what_is_too_deep_is_refused_with_the_limit() {
    let refused = |text: &str| described::parse(text).unwrap_err().to_string();
    let cell = |rest: &str| {
        let cell = "name = \"x\"\n[[cells]]\nname = \"c\"\noperators = [\"a\", \"b\"]\n\
                    operators_on = \"nodes\"\noutput = \"all\"\n";
        refused(&format!("{cell}{rest}"))
    };
    assert!(cell("nodes = 1000000000").ends_with("expected 1 to 512, found 1000000000"));
    assert!(cell("nodes = 512").contains("at most 512 nodes in the graph"));
    for edges in ["max_edges = 200", "inputs_per_node = 1"] {
        let error = cell(&format!("nodes = 63\n{edges}"));
        assert!(
            error.ends_with("(more nodes are possible if `edges` lists the edges), found 65"),
            "{error}"
        );
    }
    assert!(refused(&stages(86)).contains(
        "at most 1024 decisions (`choose = \"stage\"` makes one decision for all layers of a stage), found 1032"
    ));
    let depth = stages(1).replace("0, 1, 2, 3, 4, 5", "1000000000");
    assert!(refused(&depth).contains("expected 0 to 16, found 1000000000"));
    const { assert!(NODES_PER_WORD < MAX_NODES) };
}

/// A study of every strategy, in one go and taken up again after the half.
#[test]
fn every_strategy_searches_deep_spaces() {
    let settings = StudySettings::new(12, 1);
    for space in [row(70, "nodes"), described::parse(&stages(16)).unwrap()] {
        let space: Arc<dyn SearchSpace> = Arc::new(space);
        assert!(space.most_nodes() > NODES_PER_WORD);
        for entry in ::ganas::strategies() {
            let make = || -> Box<dyn Strategy> { (entry.build)(&[]).unwrap() };
            let whole =
                evaluating::search(&space, make(), &Made, settings.clone()).unwrap().history;
            assert_eq!(whole.queries(), 12, "{}", entry.name);
            let (folder, never) = (tempfile::tempdir().unwrap(), Cancel::default());
            let record = StudyRecord::new(&*space, "any", String::new());
            drop(SqliteStore::create(folder.path(), &record).unwrap());
            for stop in [6, 12] {
                let store = Box::new(SqliteStore::open(folder.path()).unwrap());
                let mut study =
                    Study::open(space.clone(), make(), settings.clone(), store).unwrap();
                while study.history().queries() < stop
                    && study.step(&Made, &never).unwrap().is_some()
                {}
                assert_eq!(study.history().trials(), &whole.trials()[..stop], "{}", entry.name);
            }
        }
    }
}
