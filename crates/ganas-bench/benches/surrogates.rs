//! Predictions of gradient-boosted ensembles of made-up trees, as large as published ones: five
//! members of 1,600 trees.

use divan::{Bencher, black_box, counter::ItemsCount};
use ganas_bench::gbdt::{Forest, Model, read_lightgbm, read_xgboost};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FEATURES: usize = 56;
const MEMBERS: u64 = 5;
const TREES: usize = 1_600;
const ROWS: usize = 1_024;

fn main() {
    divan::main();
}

/// A perfect tree in the columns of a JSON model.
fn tree(depth: u32, rng: &mut ChaCha8Rng) -> serde_json::Value {
    let splits = (1_i64 << depth) - 1;
    let count = 2 * splits + 1;
    let child = |node: i64, side: i64| if node < splits { 2 * node + side } else { -1 };
    serde_json::json!({
        "left_children": (0..count).map(|node| child(node, 1)).collect::<Vec<_>>(),
        "right_children": (0..count).map(|node| child(node, 2)).collect::<Vec<_>>(),
        "split_indices": (0..count).map(|_| rng.random_range(0..FEATURES)).collect::<Vec<_>>(),
        "split_conditions": (0..count).map(|_| rng.random_range(0.0..6.0_f32)).collect::<Vec<_>>(),
    })
}

fn model(depth: u32, seed: u64) -> Model<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let trees: Vec<_> = (0..TREES).map(|_| tree(depth, &mut rng)).collect();
    let text = serde_json::json!({ "version": [1, 1, 1], "learner": {
        "gradient_booster": { "name": "gbtree", "model": { "tree_info": [], "trees": trees } },
        "learner_model_param": { "base_score": "0.5", "num_class": "0", "num_feature": "56" },
        "objective": { "name": "reg:squarederror" },
    }});
    read_xgboost(text.to_string().as_bytes()).expect("a sound model")
}

fn ensemble(depth: u32) -> Vec<Forest<f32>> {
    (0..MEMBERS).map(|seed| Forest::new(&model(depth, seed))).collect()
}

fn rows() -> Vec<[f32; FEATURES]> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut row = || std::array::from_fn(|_| f32::from(rng.random_range(0..7_u8)));
    (0..ROWS).map(|_| row()).collect()
}

#[divan::bench(args = [2, 3, 4, 6, 10])]
fn predict_one(bencher: Bencher<'_, '_>, depth: u32) {
    let (ensemble, rows) = (ensemble(depth), rows());
    let mut next = rows.iter().cycle();
    bencher.bench_local(|| {
        let row = black_box(next.next().expect("a cycle"));
        ensemble.iter().map(|forest| forest.predict(row)).sum::<f32>()
    });
}

/// Time is for all 1,024 rows.
#[divan::bench(args = [2, 3, 4, 6, 10])]
fn predict_1024(bencher: Bencher<'_, '_>, depth: u32) {
    let (ensemble, rows) = (ensemble(depth), rows());
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        ensemble.iter().map(|forest| forest.predict_many(black_box(&rows))).collect::<Vec<_>>()
    });
}

/// One model of 1,000 trees of 15 leaves, as those of Accel-NASBench's records are, with `LightGBM`'s
/// double precision.
#[divan::bench]
fn predict_one_lightgbm(bencher: Bencher<'_, '_>) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let forest = Forest::new(&lightgbm(1_000, 15, &mut rng));
    let row: [f64; 28] = std::array::from_fn(|_| f64::from(rng.random_range(0..7_u8)));
    bencher.bench_local(|| forest.predict(black_box(&row)));
}

/// Trees that split a random leaf until there are enough.
fn lightgbm(trees: usize, leaves: usize, rng: &mut ChaCha8Rng) -> Model<f64> {
    let mut text = String::from(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=27\n\
         objective=regression\n\n",
    );
    for tree in 0..trees {
        let (mut left, mut right) = (vec![-1_i64], vec![-2_i64]);
        for leaf in 2..leaves {
            let node = i64::try_from(left.len()).expect("a small tree");
            let old = -1 - rng.random_range(0..i64::try_from(leaf).expect("a small tree"));
            let place = left.iter_mut().chain(&mut right).find(|child| **child == old);
            *place.expect("every leaf has a parent") = node;
            left.push(old);
            right.push(-1 - node - 1);
        }
        let line = |name: &str, values: Vec<String>| format!("{name}={}\n", values.join(" "));
        let texts = |values: &[i64]| values.iter().map(ToString::to_string).collect();
        text.extend([format!("Tree={tree}\n"), format!("num_leaves={leaves}\n")]);
        let splits = 0..leaves - 1;
        text += &line(
            "split_feature",
            splits.clone().map(|_| rng.random_range(0..28).to_string()).collect(),
        );
        text += &line(
            "threshold",
            splits.clone().map(|_| format!("{}.5", rng.random_range(0..6))).collect(),
        );
        text += &line("decision_type", splits.map(|_| "2".into()).collect());
        text += &line("left_child", texts(&left));
        text += &line("right_child", texts(&right));
        text += &line("leaf_value", (0..leaves).map(|_| rng.random::<f64>().to_string()).collect());
        text += "\n";
    }
    read_lightgbm((text + "end of trees\n").as_bytes()).expect("a sound model")
}
