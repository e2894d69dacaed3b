//! Tests of chain benchmarks, from made-up files to query results.

use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

use crate::{BenchError, Benchmark, QuerySettings, import};

/// A tree with one split, on the first block's kernel size at 3.5.
const MODEL: &str = "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\n\
    max_feature_idx=27\nobjective=regression\n\nTree=0\nnum_leaves=2\nsplit_feature=1\n\
    threshold=3.5\ndecision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=60 61.5\n\n\
    end of trees\n";

const B0: &str = "1,3,1,1;6,3,2,1;6,5,2,1;6,3,3,1;6,5,3,1;6,5,4,1;6,3,1,1";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn imported(name: &str, files: &[(&str, &[u8])]) -> Result<Benchmark, BenchError> {
    let folder = folder(files);
    let to = folder.path().join("to");
    let report = import(name, folder.path(), Some(&to), &mut |_, _| {})?;
    assert_eq!(report.benchmark, name);
    Benchmark::open_with(name, None, QuerySettings::default(), Some(&to))
}

fn error(name: &str, files: &[(&str, &[u8])]) -> String {
    imported(name, files).unwrap_err().to_string()
}

#[test]
fn accel_nasbench_predicts_and_shows_trainings() {
    let csv = format!("arch,val_top1,macs_m,params_m\n\"{B0}\",66.123,415.145024,5.288548\n");
    let files: [(&str, &[u8]); 3] = [
        ("lgb_val_top1.txt", MODEL.as_bytes()),
        ("lgb_latency_zcu102.txt", MODEL.as_bytes()),
        ("accel_nb_imagenet.csv", csv.as_bytes()),
    ];
    let benchmark = imported("accel-nasbench", &files).unwrap();
    assert_eq!(benchmark.predictor(), Some("accel-nasbench (LightGBM)"));
    let space = &benchmark.space;
    let arch = space.named("efficientnet-b0").unwrap();
    let record = benchmark.record(&arch).unwrap().unwrap();
    assert!((record.validation.percent() - 60.0).abs() < 1e-9, "kernel 3 is left of 3.5");
    assert!((record.validation_runs[0].percent() - 66.123).abs() < 1e-9);
    let names: Vec<_> = space.cost_metrics().iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["params", "macs", "profiled_macs", "latency_zcu102_ms"]);
    let costs = space.cost(&arch);
    assert!((costs[2] - 415.145_024).abs() < 1e-9 && (costs[3] - 60.0).abs() < 1e-9, "{costs:?}");
    for (metric, cost) in costs.iter().enumerate() {
        assert!((space.cost_of(&arch, metric) - cost).abs() < 1e-12);
    }
}

#[test]
fn wrong_files_are_explained() {
    let missing = error("accel-nasbench", &[("lgb_latency_zcu102.txt", MODEL.as_bytes())]);
    assert!(missing.contains("lgb_val_top1.txt"), "{missing}");
    let fewer = MODEL.replace("max_feature_idx=27", "max_feature_idx=3");
    let features = error("accel-nasbench", &[("lgb_val_top1.txt", fewer.as_bytes())]);
    assert!(features.ends_with("expected a model of 28 features, found one of 4"), "{features}");
    let csv = format!("arch,val_top1,macs_m,params_m\n\"{B0}\",66.1,415.145024,5.3\n");
    let other = error(
        "accel-nasbench",
        &[("lgb_val_top1.txt", MODEL.as_bytes()), ("accel_nb_imagenet.csv", csv.as_bytes())],
    );
    assert!(other.ends_with("line 2, params_m: expected 5.288548, found `5.3`"), "{other}");
    let folder = folder(&[("table.csv", b"arch,test_acc_s0\n")]);
    let columns = import("nasbench-macro", &folder.path().join("table.csv"), None, &mut |_, _| {});
    assert!(columns.unwrap_err().to_string().contains("found no column test_acc_s1"));
}

#[test]
fn models_of_no_numbers_are_refused_by_file_and_place() {
    for file in ["lgb_val_top1.txt", "lgb_latency_zcu102.txt"] {
        for wrong in ["nan", "inf"] {
            let text = MODEL.replace("leaf_value=60", &format!("leaf_value={wrong}"));
            assert_ne!(text, MODEL);
            // Of two files with the same name, the later one is used.
            let files = [("lgb_val_top1.txt", MODEL.as_bytes()), (file, text.as_bytes())];
            let found = error("accel-nasbench", &files);
            assert!(found.contains(file), "{found}");
            assert!(
                found.contains("tree 0, node 1 (both counted from 0): expected a leaf"),
                "{found}"
            );
        }
    }
}

#[test]
fn a_predictor_of_other_shapes_is_refused() {
    let tensors = |inputs: usize| {
        let sizes = [inputs, 400, 400, 400, 1];
        let mut data = Vec::new();
        for (number, pair) in sizes.windows(2).enumerate() {
            data.push((format!("{}.weight", 2 * number), vec![pair[1], pair[0]]));
            data.push((format!("{}.bias", 2 * number), vec![pair[1]]));
        }
        let zeros = vec![0; 4 * 400 * 400];
        let views = data.into_iter().map(|(name, shape)| {
            let bytes = &zeros[..4 * shape.iter().product::<usize>()];
            (name, TensorView::new(Dtype::F32, shape, bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    };
    let name = "acc_predictor.safetensors";
    let benchmark = imported("ofa-mbv3", &[(name, &tensors(128))]).unwrap();
    assert_eq!(benchmark.space.cost_metrics().len(), 2, "no latency table, no latency");
    let other = error("ofa-mbv3", &[(name, &tensors(132))]);
    assert!(
        other.ends_with("shape [400, 128], found one of F32 numbers and shape [400, 132]"),
        "{other}"
    );
    assert!(error("ofa-mbv3", &[(name, b"{}")]).contains("expected a file of safetensors"));
    let csv = "resolution,key,mean_ms\n224,Conv-input:224x224x3-output:112x112x24,0.5\n";
    let files: [(&str, &[u8]); 2] = [(name, &tensors(128)), ("latency_note10.csv", csv.as_bytes())];
    let few = error("ofa-mbv3", &files);
    assert!(
        few.contains("expected a table with latencies of all layers for at least one resolution"),
        "{few}"
    );
}

#[test]
fn what_is_not_imported_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    for (name, dataset) in [("nasbench-macro", "cifar10"), ("accel-nasbench", "imagenet")] {
        let open = |dataset| {
            let settings = QuerySettings::default();
            let opened = Benchmark::open_with(name, dataset, settings, Some(folder.path()));
            opened.unwrap_err().to_string()
        };
        assert!(open(None).contains(&format!("`ganas bench import {name} FILE`")));
        assert!(open(Some("mnist")).contains(&format!("expected `{dataset}`")));
    }
}
