//! Runs the PyTorch examples, with reports, promotions and checkpoints, as jobs of an engine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::lab::Lab;
use crate::environments::python_with_torch;
use crate::process::{output, root, run};

/// Runs both studies, with a smaller budget, and looks at what they leave.
pub(super) fn run_all(lab: &Lab) -> Result<()> {
    let python = python_with_torch()?;
    let stopping = study(lab, &python, "study-stopping.toml")?;
    let count = |trials: &[Value], holds: &dyn Fn(&Value) -> bool| {
        trials.iter().filter(|trial| holds(trial)).count()
    };
    let reported = count(&stopping, &|trial| trial["reports"].is_array());
    ensure!(reported == stopping.len(), "expected reports of all trials");
    let stopped = count(&stopping, &|trial| trial["state"] == "stopped");
    println!("study-stopping.toml: {} trials, {stopped} of them stopped", stopping.len());

    let rungs = study(lab, &python, "study-rungs.toml")?;
    let is_above = |trial: &Value| trial["rung"] != 0;
    let above = count(&rungs, &is_above);
    ensure!(above > 0, "expected promotions");
    // A promoted training that resumes first reports a step after those of the lowest rung.
    let resumed = |trial: &Value| is_above(trial) && trial["reports"][0]["step"].as_u64() > Some(3);
    let resumed = count(&rungs, &resumed);
    ensure!(resumed == above, "expected {above} resumed training runs, found {resumed}");
    println!("study-rungs.toml: {} trials, {above} promoted from their checkpoints", rungs.len());
    Ok(())
}

/// Runs a study of the examples on the engine and returns its trials.
fn study(lab: &Lab, python: &str, name: &str) -> Result<Vec<Value>> {
    let folder = lab.place(name.trim_end_matches(".toml"))?;
    let examples = root().join("crates/ganas-cli/examples/digits");
    for file in ["space.toml", "train_torch.py", name] {
        fs::copy(examples.join(file), folder.join(file))
            .with_context(|| format!("copying {file}"))?;
    }
    let path = folder.join(name);
    let text = fs::read_to_string(&path).context("reading an example")?;
    let text = text.replace("\"python3\"", &format!("{python:?}"));
    let text = format!("{text}\n{}poll_seconds = 1\n", lab.table);
    fs::write(&path, text).context("writing an example")?;
    let program = lab.ganas.path().to_string_lossy();
    let words = ["search", name, "--budget", "8", "--dir", "study", "--quiet"];
    let mut search = lab.program(&program, &words);
    search.current_dir(&folder);
    run(search).with_context(|| name.to_owned())?;
    trials(lab, &folder.join("study"))
}

fn trials(lab: &Lab, study: &Path) -> Result<Vec<Value>> {
    let program = lab.ganas.path().to_string_lossy();
    let said = output(lab.program(&program, &["trials", &study.to_string_lossy(), "--json"]))?;
    let said: Value = serde_json::from_str(&said).context("reading the trials of a study")?;
    Ok(said["trials"].as_array().context("no trials in the JSON")?.clone())
}
