//! What chores are given to run: virtual environments of Python, and packages of Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::run;

/// Debian's packages of what networks are trained with.
const TORCH: [&str; 2] = ["python3-torch", "python3-sklearn"];

const IMPORTS: &str = "import sklearn, torch";

/// What Debian's packages are compiled for.
const NUMPY: &str = "numpy<2";

/// The Python of a virtual environment with these packages, made if it is not there.
pub(crate) fn environment(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    made("python3", &[], folder, packages)
}

/// The same, which has PyTorch and scikit-learn, too.
pub(crate) fn environment_with_torch(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let packages = [&[NUMPY], packages].concat();
    let python = made(&python_with_torch()?, &["--system-site-packages"], folder, &packages)?;
    // Tests that find no PyTorch are skipped, which nobody would notice.
    let mut imports = Command::new(&python);
    imports.args(["-c", IMPORTS]);
    run(imports)?;
    Ok(python)
}

/// A Python that has PyTorch and scikit-learn; Debian's is given them where none has.
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

/// Installs packages of Debian.
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
