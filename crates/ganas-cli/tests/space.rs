//! Tests of `ganas space` and `ganas export`.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy knows only the tests themselves"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use insta::assert_snapshot;
use serde_json::Value;

fn ganas(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ganas")).args(arguments).output().unwrap()
}

fn text(arguments: &[&str]) -> String {
    let output = ganas(arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(arguments)).unwrap()
}

/// A space file that is shipped.
fn example(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ganas-graph/examples/spaces");
    folder.join(name).to_str().unwrap().into()
}

#[test]
fn shipped_files_are_right() {
    let checked = json(&["space", "check", &example("nasbench201.toml"), "--json"]);
    assert_eq!(checked["space"]["architectures"], "15625");
    assert_eq!(checked["counted_classes"], 6_466);
    for name in [
        "nasbench101.toml",
        "darts.toml",
        "mobile.toml",
        "cells_and_stages.toml",
        "training.toml",
        "digits.toml",
        "vit.toml",
        "tabular.toml",
        "built_cells.toml",
    ] {
        let arguments = ["space", "check", &example(name), "--samples", "20", "--json"];
        let checked = json(&arguments);
        assert_eq!(checked, json(&arguments), "equal seeds, equal samples");
        assert!(!checked["costs"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_mistake_is_shown_in_the_file() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("spaces");
    fs::create_dir_all(&folder).unwrap();
    let cell = "name = \"x\"\n\n[[cells]]\nname = \"cell\"\nnodes = 3\noperators_on = \"nodes\"\n";
    fs::write(folder.join("empty.toml"), format!("{cell}operators = []\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ganas"))
        .args(["space", "check", "empty.toml"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
    error: expected 1 to 64 names, found 0
     --> ./empty.toml:7:13
      |
    7 | operators = []
      |             ^^
    ");
}

#[test]
fn a_space_is_shown_by_name_and_from_a_file() {
    let named = json(&["space", "show", "nasbench201", "--json"]);
    let described = json(&["space", "show", &example("nasbench201.toml"), "--json"]);
    assert_eq!(named["kinds"], described["kinds"]);
    assert_eq!(named["classes"], "6466");
    assert!(text(&["space", "show", "efficientnet"]).contains("efficientnet-b0"));
    assert!(text(&["space", "list"]).contains("nasbench201\n"));
    assert_eq!(text(&["space", "keys"]), ganas::graph::spaces::described::KEYS);
    let schema = json(&["space", "schema"]);
    assert!(schema["properties"]["cells"].is_object());
    let unknown = ganas(&["space", "show", "nasbench21"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("did you mean `nasbench201`?"));
}

#[test]
fn an_architecture_is_exported() {
    let export = |format: &str| {
        text(&["export", "--space", "nasbench101", "--named", "resnet", "--format", format])
    };
    let described: Value = serde_json::from_str(&export("json")).unwrap();
    let native = export("native");
    assert_eq!(described["arch"], native.trim_end());
    assert_eq!(described["decisions"][0]["choice"], "4");
    assert!(export("dot").starts_with("digraph"));
    assert!(export("svg").contains("</svg>"));
    assert!(export("pytorch").contains("class Network(nn.Sequential):"));
    let arch =
        ["export", "--space", "nasbench101", "--arch", native.trim_end(), "--format", "json"];
    assert_eq!(json(&arch), described);
}

#[test]
fn what_cannot_be_exported_is_explained() {
    let file = example("nasbench201.toml");
    let sampled = text(&["space", "sample", &file, "--count", "1"]);
    let arguments =
        ["export", "--space", &file, "--arch", sampled.trim_end(), "--format", "pytorch"];
    let output = ganas(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("only the training script knows the network"), "{error}");
    let output = ganas(&["export", "--space", "darts", "--named", "darts-v3", "--format", "json"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("did you mean `darts-v2`?"), "{error}");
}

/// Whatever an architecture chose is told of, with what else it may be.
#[test]
fn every_decision_is_shown_by_its_name() {
    for name in
        ["mobile", "vit", "tabular", "digits", "cells_and_stages", "built_cells", "training"]
    {
        let file = example(&format!("{name}.toml"));
        let shown = json(&["space", "show", &file, "--json"]);
        let parts = shown["parts"].as_array().unwrap().iter();
        let entries: Vec<_> = parts.flat_map(|part| part["entries"].as_array().unwrap()).collect();
        let space = ganas::open_space(&file).unwrap();
        for arch in ["1", "2", "3"] {
            let sampled = text(&["space", "sample", &file, "--count", "1", "--seed", arch]);
            let arch = space.parse(sampled.trim_end()).unwrap();
            for (name, value) in space.named_choices(&arch) {
                let entry = entries.iter().find(|entry| entry["name"] == name.as_str());
                let entry = entry.unwrap_or_else(|| panic!("{file}: {name} is not shown"));
                let value = Value::from(value.to_string());
                let is_listed = entry["values"].as_array().is_some_and(|it| it.contains(&value));
                assert!(is_listed || entry["words"].is_string(), "{file}: {name} {value}: {entry}");
            }
        }
        for line in text(&["space", "show", &file]).lines() {
            assert!(line.chars().count() <= 80, "{file}: {line}");
        }
    }
}

#[test]
fn stages_are_shown_one_by_one() {
    let stages = text(&["space", "show", &example("digits.toml")]);
    let shown = stages.split("\n\n").filter(|part| part.trim_start().starts_with("stage"));
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n\n"), @r"
    stage1: convolution, stride 1
      stage1.depth   0, 1, 2
      stage1.kernel  3, 5
      stage1.width   16, fixed

    stage2: residual, stride 2
      stage2.depth   1, 2
      stage2.kernel  3, fixed
      stage2.width   16, 32

    stage3: separable, stride 2
      stage3.depth  1, 2
      stage3.layer1.kernel, stage3.layer2.kernel
                    3, 5
      stage3.width  32, 64
    ");
    let training = text(&["space", "show", &example("training.toml")]);
    let training = training.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(training.contains("default 0.9; when optimiser == 'sgd'"), "{training}");
    let darts = text(&["space", "show", &example("darts.toml")]);
    assert!(darts.contains("    normal.2.input1"), "{darts}");
    assert!(darts.contains("    normal.4.input1  input_0, input_1, 1, 2, 3"), "{darts}");
    assert!(training.contains("images 50000, fixed"), "{training}");
}
