//! Environments of chores: Python virtual environments and Debian packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::run;

/// Debian packages for training networks.
const TORCH: [&str; 3] = ["python3-torch", "python3-sklearn", "python3-venv"];

const IMPORTS: &str = "import sklearn, torch";

/// The numpy version that Debian's packages are compiled for.
const NUMPY: &str = "numpy<2";

/// Returns the Python of a virtual environment with these packages, creating it if missing.
pub(crate) fn environment(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    made("python3", &[], folder, packages)
}

/// Returns such a Python that also has PyTorch and scikit-learn.
pub(crate) fn environment_with_torch(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let packages = [&[NUMPY], packages].concat();
    let python = made(&python_with_torch()?, &["--system-site-packages"], folder, &packages)?;
    // Without PyTorch its tests would be skipped unnoticed.
    let mut imports = Command::new(&python);
    imports.args(["-c", IMPORTS]);
    run(imports)?;
    Ok(python)
}

/// Returns a Python with PyTorch and scikit-learn; installs them for Debian's if there is none.
pub(crate) fn python_with_torch() -> Result<String> {
    let has_all = |name: &str| {
        let mut python = Command::new(name);
        python.args(["-c", IMPORTS]);
        python.output().is_ok_and(|said| said.status.success())
    };
    let all = ["python3", "/usr/bin/python3"];
    if let Some(python) = all.into_iter().find(|name| has_all(name)) {
        return Ok(python.into());
    }
    install(&TORCH)?;
    Ok(all[1].into())
}

/// Installs Debian packages.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let mut update = Command::new("apt-get");
    update.args(["update", "--quiet"]);
    run(update)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install)
}

fn made(python: &str, options: &[&str], folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let own = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !own.exists() {
        let mut make = Command::new(python);
        make.args(["-m", "venv"]).args(options).arg(folder);
        run(make)?;
    }
    if !packages.is_empty() {
        let mut install = Command::new(&own);
        install.args(["-m", "pip", "install", "--quiet"]).args(packages);
        run(install)?;
    }
    Ok(own)
}
