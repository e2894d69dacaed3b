//! The DARTS space and the surrogates of its benchmark, against published and golden numbers.

use ganas_graph::SearchSpace;
use ganas_graph::spaces::Darts;
use ganas_graph::spaces::darts::Network;

use crate::shared_data;

/// Networks trained by OnceNAS-Bench, with their costs. Its genotypes may have `none`.
const TRAINED: &str = "nb301/darts_trained_545_oncenas.csv";

/// The records' costs are of the CIFAR-10 network with 36 channels and 20 cells, its auxiliary
/// classifier left out; their FLOPs are counted by the rule of `thop`.
#[test]
fn costs_are_the_recorded_ones() {
    let Some(path) = shared_data::path(TRAINED) else { return };
    let space = Darts::with_none(Network::darts_cifar10());
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut count = 0;
    for row in reader.records().map(Result::unwrap) {
        let arch = space.parse(&row[0]).unwrap();
        assert_eq!(space.parse(&row[1]).unwrap(), arch, "both notations");
        let millionths = |text: &str| (text.parse::<f64>().unwrap() * 1e6).round();
        let cost = space.network_cost(&arch);
        assert!((cost.thop_flops() as f64 - millionths(&row[2])).abs() < 0.5, "{row:?}: {cost:?}");
        assert!((cost.parameters as f64 - millionths(&row[3])).abs() < 0.5, "{row:?}: {cost:?}");
        count += 1;
    }
    assert_eq!(count, 545);
}
