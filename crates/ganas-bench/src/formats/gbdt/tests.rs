//! Tests of models in all supported forms, of forests against their models, and of errors.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Returns an `XGBoost` model in JSON form with these trees.
fn xgboost_json(trees: &[serde_json::Value]) -> serde_json::Value {
    json!({ "version": [1, 1, 1], "learner": {
        "gradient_booster": { "name": "gbtree", "model": { "tree_info": [], "trees": trees } },
        "learner_model_param": { "base_score": "0.5", "num_class": "0", "num_feature": "3" },
        "objective": { "name": "reg:squarederror" },
    }})
}

fn stump() -> serde_json::Value {
    json!({
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_indices": [2, 0, 0],
        "split_conditions": [1.5, 10.0, 20.0],
    })
}

/// Returns the binary form of one stump like [`stump`], with attributes.
fn xgboost_binary() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>();
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let node = |parent: u32, left: u32, right: u32, feature: u32, value: f32| {
        words(&[parent, left, right, feature, value.to_bits()])
    };
    let (none, learner) = (u32::MAX, [0.5_f32.to_bits(), 3, 0, 1, 1, 1, 1]);
    [
        b"binf".to_vec(),
        words(&learner),
        vec![0; 27 * 4],
        text("reg:squarederror"),
        text("gbtree"),
        words(&[1]),
        vec![0; 39 * 4],
        words(&[1, 3, 0, 1, 3, 0]),
        vec![0; 31 * 4],
        node(none, 1, 2, 2 | 1 << 31, 1.5),
        node(0, none, none, 0, 10.0),
        node(0, none, none, 0, 20.0),
        vec![0; 3 * 16],
        words(&[0]),
        1_u64.to_le_bytes().to_vec(),
        text("best_iteration"),
        text("0"),
    ]
    .concat()
}

const LIGHTGBM: &str = "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\n\
    max_feature_idx=2\nobjective=regression\n\n\
    Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=2 0\nthreshold=1.5 -1.0000000180025095e-35\n\
    decision_type=2 2\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=1 2 4\nshrinkage=1\n\n\
    Tree=1\nnum_leaves=1\nnum_cat=0\nleaf_value=8\n\nend of trees\n\nparameters:\n[x: 1]\n";

fn xgboost_error(bytes: &[u8]) -> String {
    read_xgboost(bytes).unwrap_err().to_string()
}

fn lightgbm_error(from: &str, to: &str) -> String {
    assert!(LIGHTGBM.contains(from), "{from}");
    read_lightgbm(LIGHTGBM.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
}

#[test]
fn both_forms_of_xgboost_are_one_model() {
    let file = xgboost_json(&[stump()]);
    let model = read_xgboost(file.to_string().as_bytes()).unwrap();
    assert_eq!(read_xgboost(&xgboost_binary()).unwrap(), model);
    assert_eq!(read_xgboost(&xgboost_binary()[4..]).unwrap(), model, "without `binf`");
    let handle = json!({ "Model": file, "Config": {} }).to_string();
    assert_eq!(read_xgboost(handle.as_bytes()).unwrap(), model);
    let length = (xgboost_binary().len() as u64).to_le_bytes();
    let handle = [b"CONFIG-offset:", &length[..], &xgboost_binary(), b"{}"].concat();
    assert_eq!(read_xgboost(&handle).unwrap(), model);

    let forest = Forest::new(&model);
    assert_eq!(forest.predict_many(&[[0.0, 0.0, 1.0], [0.0, 0.0, 1.5]]), [10.5, 20.5]);
}

#[test]
fn lightgbm_goes_left_up_to_the_threshold() {
    let forest = Forest::new(&read_lightgbm(LIGHTGBM.as_bytes()).unwrap());
    let rows = [[-1.0, 0.0, 1.5], [0.0, 0.0, 1.5], [0.0, 0.0, 1.500_000_1]];
    assert_eq!(forest.predict_many(&rows), [9.0, 12.0, 10.0]);
    let pickled = |best: u8| {
        let text =
            [&u32::try_from(LIGHTGBM.len()).unwrap().to_le_bytes(), LIGHTGBM.as_bytes()].concat();
        let class = &b"\x80\x03clightgbm.basic\nBooster\n)\x81}(X\x06\0\0\0handleX"[..];
        [class, &text, b"X\x0e\0\0\0best_iterationK", &[best], b"ub."].concat()
    };
    let trees = |best| read_lightgbm(&pickled(best)).unwrap().trees.len();
    assert_eq!([trees(0), trees(1), trees(2)], [2, 1, 2], "only the best trees");
    let error = read_lightgbm(&pickled(3)).unwrap_err().to_string();
    assert!(
        error.contains("expected at least 3 trees, as `best_iteration` requires, found 2"),
        "{error}"
    );
    let error = xgboost_error(&pickled(0));
    assert_eq!(
        error,
        "pickle: expected an XGBoost `Booster`, found an object of the type LightgbmBooster"
    );
}

#[test]
fn other_xgboost_models_are_refused_by_name() {
    let error = |path: &[&str], value: serde_json::Value| {
        let mut model = xgboost_json(&[stump()]);
        let place = path.iter().fold(&mut model, |place, name| &mut place[*name]);
        *place = value;
        xgboost_error(model.to_string().as_bytes())
    };
    assert_eq!(
        error(&["version"], json!([2, 0, 0])),
        "XGBoost model: field `version`: expected a model written by XGBoost 0.x or 1.x, found [2, 0, 0]"
    );
    let objective = error(&["learner", "objective", "name"], json!("binary:logistic"));
    assert!(objective.contains("expected one of the objectives reg:squarederror"), "{objective}");
    let booster = error(&["learner", "gradient_booster", "name"], json!("dart"));
    assert!(booster.contains("expected a model of trees (`gbtree`), found `dart`"), "{booster}");
    let classes = error(&["learner", "learner_model_param", "num_class"], json!("3"));
    assert!(classes.contains("expected a model with one output, found 3 classes"), "{classes}");
    let few = error(&["learner", "learner_model_param", "num_feature"], json!("2"));
    assert!(
        few.contains(
            "tree 0, node 0 (both counted from 0): expected a feature number below 2, found 2"
        ),
        "{few}"
    );
    let many = error(&["learner", "learner_model_param", "num_feature"], json!("65536"));
    assert!(many.contains("expected at most 65535 features, found `65536`"), "{many}");
    assert!(xgboost_error(b"{}").contains("XGBoost model: JSON: expected a model"));
    assert!(xgboost_error(b"\x80\x03cos\nsystem\n.").contains("found `os.system`"));
    assert!(xgboost_error(b"\x80\x03}.").contains("expected an XGBoost `Booster`"));
    assert!(xgboost_error(b"\x80\x03cxgboost.core\nBooster\n)\x81}b.").contains("no such field"));
    for (handle, found) in [
        (&b"X\x02\0\0\0ab"[..], "a string"),
        (b"}", "a dictionary"),
        (b"]", "a list"),
        (b"N", "nothing"),
        (b"K\x01", "another value"),
    ] {
        let start = b"\x80\x03cxgboost.core\nBooster\n)\x81}X\x06\0\0\0handle";
        let error = xgboost_error(&[start, handle, b"sb."].concat());
        assert!(error.ends_with(&format!("found {found}")), "{error}");
    }
}

#[test]
fn broken_trees_are_refused() {
    let error = |column: &str, values: serde_json::Value| {
        let mut tree = stump();
        tree[column] = values;
        xgboost_error(xgboost_json(&[stump(), tree]).to_string().as_bytes())
    };
    let cycle = error("left_children", json!([0, -1, -1]));
    assert!(
        cycle.contains("tree 1, node 0 (both counted from 0): expected only one parent"),
        "{cycle}"
    );
    let twice = error("right_children", json!([1, -1, -1]));
    assert!(twice.contains("node 1 (both counted from 0): expected only one parent"), "{twice}");
    let beyond = error("right_children", json!([3, -1, -1]));
    assert!(
        beyond.contains("node 3 (both counted from 0): expected a node number below 3"),
        "{beyond}"
    );
    let categorical = error("split_type", json!([1, 0, 0]));
    let expected = "tree 1, node 0 (both counted from 0): expected a numeric split";
    assert!(categorical.contains(expected), "{categorical}");
    let short = error("split_conditions", json!([1.5]));
    assert!(short.contains("tree 1 (counted from 0): expected 3 nodes in every column"), "{short}");
}

#[test]
fn a_cut_binary_model_is_noticed_everywhere() {
    let whole = xgboost_binary();
    for length in 4..whole.len() {
        let error = xgboost_error(&whole[..length]);
        assert!(error.starts_with("XGBoost model: byte "), "{length} bytes: {error}");
    }
    let longer = [whole.clone(), vec![0]].concat();
    assert!(xgboost_error(&longer).contains("the end"), "{}", xgboost_error(&longer));
    let with_features = |features: u32, length: usize| {
        let mut bytes = xgboost_binary();
        bytes[8..12].copy_from_slice(&features.to_le_bytes());
        bytes.resize(bytes.len().max(length), 0);
        xgboost_error(&bytes)
    };
    let more = u32::try_from(whole.len()).unwrap() / 4 + 1;
    let expected = format!("found {more} in {} bytes", whole.len());
    assert!(with_features(more, 0).ends_with(&expected), "{}", with_features(more, 0));
    assert!(with_features(65_535, 300_000).contains("the end"), "as many as are allowed");
    assert!(with_features(65_536, 300_000).contains("at most 65535 features"));
    let mut huge = whole;
    huge[8..12].fill(0xff);
    assert!(xgboost_error(&huge).contains("expected the number of features, found 4294967295"));
    assert!(
        xgboost_error(b"CONFIG-offset:\xff\0\0\0\0\0\0\0ab")
            .contains("found 255, although only 2 bytes are left")
    );
}

#[test]
fn other_lightgbm_models_are_refused_by_line() {
    assert_eq!(
        lightgbm_error("version=v3", "version=v9"),
        "LightGBM model: line 2: expected version v2, v3 or v4, found `v9`"
    );
    assert!(
        lightgbm_error("num_class=1", "num_class=3").contains("line 3: expected `num_class=1`")
    );
    let many = lightgbm_error("max_feature_idx=2", "max_feature_idx=65536");
    assert!(many.contains("expected a number for `max_feature_idx`, found `65536`"), "{many}");
    assert!(lightgbm_error("=regression", "=binary sigmoid:1").contains("one of the objectives"));
    assert!(lightgbm_error("=regression", "=regression sqrt").contains("one of the objectives"));
    assert!(lightgbm_error("decision_type=2 2", "decision_type=2 1").contains("numeric splits"));
    assert!(lightgbm_error("num_cat=0", "num_cat=1").contains("expected `num_cat=0`, found `1`"));
    assert!(lightgbm_error("threshold=1.5 ", "threshold=").contains("2 numbers for `threshold`"));
    assert!(lightgbm_error("left_child=1", "left_child=0").contains("only one parent"));
    assert!(lightgbm_error("feature=2 0", "feature=3 0").contains("a feature number below 3"));
    assert!(lightgbm_error("Tree=1", "Tree=2").contains("expected `Tree=1`, found `Tree=2`"));
    assert!(lightgbm_error("\nend of trees", "").contains("expected `end of trees`"));
    assert!(lightgbm_error("num_leaves=3", "num_leaves=0").contains("0 numbers for `leaf_value`"));
    assert!(lightgbm_error("objective", "average_output\nobjective").contains("a sum of trees"));
    assert!(lightgbm_error("tree\n", "forest\n").contains("line 1: expected `tree`"));
}

#[test]
fn what_could_give_no_number_is_refused() {
    let leaf = |text: &str| lightgbm_error("leaf_value=1 2 4", &format!("leaf_value=1 {text} 4"));
    for wrong in ["nan", "inf", "-inf", "1e16"] {
        let error = leaf(wrong);
        assert!(
            error.starts_with(
                "LightGBM model: tree 0, node 3 (both counted from 0): expected a leaf"
            ),
            "{error}"
        );
    }
    let threshold = lightgbm_error("threshold=1.5", "threshold=nan");
    assert!(
        threshold.contains("tree 0, node 0 (both counted from 0): expected a threshold"),
        "{threshold}"
    );
    let sum = lightgbm_error("leaf_value=8", "leaf_value=1e15");
    assert!(
        sum.contains("the trees: expected a base score and leaf values that add up to"),
        "{sum}"
    );

    let error = |value: f32| {
        let mut binary = xgboost_binary();
        let place = binary.windows(4).rposition(|word| word == 20_f32.to_le_bytes()).unwrap();
        binary[place..place + 4].copy_from_slice(&value.to_le_bytes());
        xgboost_error(&binary)
    };
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        assert!(
            error(wrong).contains("tree 0, node 2 (both counted from 0): expected a leaf"),
            "{}",
            error(wrong)
        );
    }
    let mut tree = stump();
    tree["split_conditions"] = json!([1.5, 1e39, 20.0]);
    let error = xgboost_error(xgboost_json(&[stump(), tree]).to_string().as_bytes());
    assert!(error.contains("tree 1, node 1 (both counted from 0): expected a leaf"), "{error}");
    for base in ["nan", "inf", "1e30"] {
        let mut model = xgboost_json(&[stump()]);
        model["learner"]["learner_model_param"]["base_score"] = json!(base);
        let error = xgboost_error(model.to_string().as_bytes());
        assert!(error.contains("the trees: expected a base score and leaf values"), "{error}");
    }
}

/// Generates features and thresholds that are often equal.
fn halves() -> impl Strategy<Value = f32> {
    (-6..6_i8).prop_map(|half| f32::from(half) / 2.0)
}

/// Generates features, some of them infinite.
fn features() -> impl Strategy<Value = f32> {
    prop_oneof![8 => halves(), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)]
}

/// Generates a tree of at most this depth, with branches cut off at random.
fn random_tree(depth: u32) -> impl Strategy<Value = serde_json::Value> {
    let nodes = 2_usize.pow(depth + 1) - 1;
    prop::collection::vec((any::<bool>(), 0..3, halves()), nodes).prop_map(move |drawn| {
        let last = nodes / 2;
        let child = |at: usize, side: usize| {
            let splits = at < last && (drawn[at].0 || at == 0);
            if splits { i64::try_from(2 * at + side).unwrap() } else { -1 }
        };
        json!({
            "left_children": (0..nodes).map(|at| child(at, 1)).collect::<Vec<_>>(),
            "right_children": (0..nodes).map(|at| child(at, 2)).collect::<Vec<_>>(),
            "split_indices": drawn.iter().map(|node| node.1).collect::<Vec<_>>(),
            "split_conditions": drawn.iter().map(|node| node.2).collect::<Vec<_>>(),
        })
    })
}

/// Evaluates a model node by node.
fn walked(model: &Model<f32>, row: &[f32]) -> f32 {
    let leaf = |tree: &Tree<f32>| {
        let mut at = 0;
        loop {
            match tree.nodes()[at] {
                Node::Leaf(value) => return value,
                Node::Split { feature, below, left, right } => {
                    at = if row[usize::from(feature)] < below { left } else { right } as usize;
                }
            }
        }
    };
    model.trees.iter().map(leaf).fold(0.0, |sum, leaf| sum + leaf) + model.base
}

proptest! {
    #[test]
    fn a_forest_gives_what_its_trees_say(
        trees in prop::collection::vec((0..8_u32).prop_flat_map(random_tree), 0..12),
        rows in prop::collection::vec(prop::array::uniform3(features()), 0..40),
    ) {
        let model = read_xgboost(xgboost_json(&trees).to_string().as_bytes()).unwrap();
        let forest = Forest::new(&model);
        let expected: Vec<_> = rows.iter().map(|row| walked(&model, row).to_bits()).collect();
        let one: Vec<_> = rows.iter().map(|row| forest.predict(row).to_bits()).collect();
        let many: Vec<_> = forest.predict_many(&rows).into_iter().map(f32::to_bits).collect();
        prop_assert_eq!(&one, &expected);
        prop_assert_eq!(&many, &expected);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_xgboost(&bytes);
        let _ = read_xgboost(&[b"CONFIG-offset:", &bytes[..]].concat());
        let _ = read_lightgbm(&bytes);
        let _ = read_lightgbm(&[LIGHTGBM.as_bytes(), &bytes].concat());
    }

    #[test]
    fn damaged_models_never_panic(at in 0..800_usize, byte: u8, cut in 0..800_usize) {
        let mut binary = xgboost_binary();
        let mut text = LIGHTGBM.as_bytes().to_vec();
        let mut json = xgboost_json(&[stump()]).to_string().into_bytes();
        for bytes in [&mut binary, &mut text, &mut json] {
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(length - cut % 3 * (cut % length) / 3);
        }
        let _ = read_xgboost(&binary);
        let _ = read_lightgbm(&text);
        let _ = read_xgboost(&json);
    }
}
