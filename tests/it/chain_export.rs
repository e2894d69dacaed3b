//! Exported networks under PyTorch.

use std::process::Command;

use ganas_graph::spaces::{Chain, chain::BUILT_IN};
use ganas_graph::{SearchSpace, export};

/// Needs a Python with torch and timm, named by `GANAS_PYTHON`.
#[test]
fn exports_have_their_parameters_and_run() {
    let Some(python) = std::env::var_os("GANAS_PYTHON") else {
        println!("skipped: set GANAS_PYTHON to a Python with torch and timm");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for space in BUILT_IN.map(|name| Chain::built_in(name).unwrap()) {
        for name in space.named_archs() {
            // `efficientnet-b0` is of two spaces, and the same in both.
            let code = export::pytorch(&space, &space.named(name).unwrap());
            std::fs::write(folder.path().join(format!("{name}.py")), code).unwrap();
            count += 1;
        }
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/it/chain_export.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    let (said, wrong) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{wrong}");
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("tensors as timm has them") && said.lines().count() > count / 2,
        "{said}"
    );
}
