//! Tortured studies, and undisturbed ones for comparison.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Ganas;

/// The environment in which studies are tortured.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) ganas: Ganas,
}

/// A folder that contains a study file.
#[derive(Debug)]
pub(super) struct Place<'l> {
    pub(super) folder: TempDir,
    ganas: &'l Ganas,
}

impl Lab {
    /// Creates a folder with these files; `study.toml` is the study.
    pub(super) fn place(&self, files: &[(&str, &str)]) -> Result<Place<'_>> {
        let folder = tempfile::tempdir().context("making a temporary folder")?;
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Place { folder, ganas: &self.ganas })
    }

    /// Creates a folder with a copy of a subfolder of another.
    pub(super) fn place_with(&self, other: &Place<'_>, name: &str) -> Result<Place<'_>> {
        let place = self.place(&[])?;
        let (from, to) = (other.path(name), place.path(name));
        fs::create_dir(&to).with_context(|| format!("making {}", to.display()))?;
        for entry in fs::read_dir(&from).with_context(|| format!("listing {}", from.display()))? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, to.join(name))
                    .with_context(|| format!("copying {}", path.display()))?;
            }
        }
        Ok(place)
    }
}

impl Place<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command of `ganas` in the folder, prefixed by `words` if there are any.
    pub(super) fn run(&self, words: &[&str], arguments: &[&str]) -> Result<Output> {
        let program = self.ganas.path();
        let mut command = match words.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("GANAS_DATA", self.path("data"));
        command.output().with_context(|| format!("starting {command:?}"))
    }

    /// Returns the JSON output of a command; an error if it fails.
    pub(super) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(&[], arguments)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {}\n{said}", output.status);
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("reading the JSON output of {arguments:?}"))
    }

    /// Returns the JSON output of a command; `None` if it is rejected, with an error that gives the
    /// reason.
    pub(super) fn json_or_refusal(&self, arguments: &[&str]) -> Result<Option<Value>> {
        let output = self.run(&[], arguments)?;
        if output.status.success() {
            let read = serde_json::from_slice(&output.stdout);
            return read
                .map(Some)
                .with_context(|| format!("reading the JSON output of {arguments:?}"));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(1) && said.contains("error: "),
            "{arguments:?}: expected exit status 1 and an error, found {}: {said}",
            output.status
        );
        ensure!(!said.contains("panicked"), "{arguments:?}: {said}");
        Ok(None)
    }

    /// Returns the study's history, completing the study if needed: a second run must add nothing.
    pub(super) fn history(&self) -> Result<Value> {
        let command: &[&str] = if self.path("study/study.db").exists() {
            &["resume", "study", "--json", "--history"]
        } else {
            &["search", "study.toml", "--json", "--history"]
        };
        let report = self.json(command)?;
        ensure!(report["failed"] == 0, "{} trials failed", report["failed"]);
        Ok(report["history"].clone())
    }
}

/// Returns the JSON output of a command, without times; `None` if it is rejected.
pub(super) fn answer(place: &Place<'_>, question: &[&str]) -> Result<Option<Value>> {
    let mut answer = place.json_or_refusal(question)?;
    if let Some(Value::Object(fields)) = &mut answer {
        fields.retain(|name, _| !name.starts_with("seconds"));
    }
    Ok(answer)
}

/// Returns an error unless the result is correct or was rejected; it names the fields that differ.
pub(super) fn ensure_right(found: Option<&Value>, right: Option<&Value>) -> Result<()> {
    if found.is_none() || found == right {
        return Ok(());
    }
    let (found, right) = (found.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
    let names = right.as_object().into_iter().flat_map(|fields| fields.keys());
    let differing: Vec<_> = names.filter(|name| found[*name] != right[*name]).collect();
    let text = |value: &Value| value.to_string().chars().take(300).collect::<String>();
    let shown = differing.iter().map(|name| (name, text(&found[*name]), text(&right[*name])));
    bail!("wrong answer: {:?} (field, found, expected)", shown.collect::<Vec<_>>())
}

/// Returns a pseudo-random number for a case and a position in it.
pub(super) fn random(case: u64, place: u64) -> u64 {
    // SplitMix64.
    let mut it =
        case.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ place.wrapping_mul(0xd1b5_4a32_d192_ed03);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

/// Flips the bit of a file that the case selects, and returns its number.
pub(super) fn flip(path: &Path, case: u64) -> Result<u64> {
    let mut bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if bytes.is_empty() {
        bail!("expected bytes in {}, found none", path.display());
    }
    let bit = random(case, 0) % (8 * bytes.len() as u64);
    let byte = usize::try_from(bit / 8).context("the file is too large")?;
    bytes[byte] ^= 1 << (bit % 8);
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    Ok(bit)
}
