//! Tests of the examples, run as a user runs them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where it fails, and says what it skips"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder with the examples.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Can this Python import the module? Where it cannot, a test says so and passes.
fn python_has(module: &str) -> bool {
    let found = Command::new("python3").args(["-c", &format!("import {module}")]).output();
    let has = found.is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("skipped: python3 with {module} is not here");
    }
    has
}

/// The stdout of a command that finds `ganas` in its `PATH` and ends well.
fn stdout(command: &mut Command) -> String {
    let ganas = Path::new(env!("CARGO_BIN_EXE_ganas")).parent().unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([ganas.into()].into_iter().chain(env::split_paths(&path))).unwrap();
    let output = command.env("PATH", path).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The summary of a short study of the folder `digits`.
fn digits(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = examples().join("digits").join(file);
    let mut ganas = Command::new(env!("CARGO_BIN_EXE_ganas"));
    ganas.arg("search").arg(file).arg("--dir").arg(folder.path().join("study"));
    stdout(ganas.args(["--strategy", "random", "--budget", "3", "--json"]))
}

#[test]
fn a_program_asks_and_tells() {
    if python_has("json") {
        let found = stdout(Command::new("python3").arg(examples().join("ask_tell.py")));
        let (greeting, best) = found.trim().split_once('\n').unwrap();
        assert!(greeting.contains("\"protocol\":1"), "{greeting}");
        assert!(best.starts_with('|') && best.contains("nor_conv_3x3"), "{best}");
    }
}

#[test]
fn a_study_trains_in_python() {
    if python_has("sklearn") {
        assert!(digits("study.toml").contains("\"value\""));
    }
}

#[test]
fn a_study_trains_in_rust() {
    let built = Path::new(env!("CARGO_BIN_EXE_ganas")).with_file_name("examples").join("digits");
    let named = examples().join("digits/../../../../target/release/examples/digits");
    if built.canonicalize().ok() == named.canonicalize().ok() && built.exists() {
        assert!(digits("study-rust.toml").contains("\"value\""));
    } else {
        eprintln!("skipped: the example is not built in target/release");
    }
}

/// The files that `ganas init` writes for `what`, in a folder of their own.
fn begun(what: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ganas = Command::new(env!("CARGO_BIN_EXE_ganas"));
    let found = stdout(ganas.arg("init").arg(folder.path()).args(["--for", what]));
    assert!(found.contains("ganas try study.toml"), "{found}");
    let space = folder.path().join("space.toml");
    stdout(Command::new(env!("CARGO_BIN_EXE_ganas")).args(["space", "check"]).arg(space));
    folder
}

/// The summary of three training runs of such a study.
fn trained(what: &str) -> String {
    let folder = begun(what);
    let mut ganas = Command::new(env!("CARGO_BIN_EXE_ganas"));
    ganas.current_dir(&folder).args(["search", "study.toml", "--budget", "3", "--json"]);
    let found = stdout(&mut ganas);
    assert!(found.contains("learning_rate=") && found.contains("\"validation\""), "{found}");
    found
}

#[test]
fn what_init_writes_runs_as_it_is() {
    let found: Value = serde_json::from_str(&trained("shell")).unwrap();
    assert_eq!(found["failed"], 0, "{found}");
    for (what, module) in [("scikit-learn", "sklearn"), ("pytorch", "torch")] {
        begun(what);
        if python_has(module) && python_has("sklearn") {
            trained(what);
        }
    }
}

#[test]
fn init_never_writes_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("train.sh");
    std::fs::write(&script, "mine").unwrap();
    let mut ganas = Command::new(env!("CARGO_BIN_EXE_ganas"));
    let output = ganas.arg("init").arg(folder.path()).args(["--for", "shell"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("train.sh already exists; choose another folder"), "{said}");
    assert_eq!(std::fs::read_to_string(script).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else was written");
}
