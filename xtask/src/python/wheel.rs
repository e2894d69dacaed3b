//! Makes the wheel: the module by maturin, with the command in it.

use std::env::consts::{ARCH, EXE_SUFFIX};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{in_python, notices};
use crate::environments::environment;
use crate::process::{Ganas, output, root, run as run_command};

/// What makes wheels.
const MAKES: [&str; 1] = ["maturin>=1.9,<2"];

/// What links with the C library of an older Linux, and what tells which one a wheel needs.
const LINKS: [&str; 2] = ["auditwheel", "ziglang"];

/// What installers call wheels for glibc 2.17, the oldest that Rust's own library runs with.
const MANYLINUX: &str = "manylinux_2_17";

/// The wheel in `folder`, for Linux with the C library of this machine, or with that of 2012 and later ones.
pub(super) fn make(folder: &Path, manylinux: bool) -> Result<PathBuf> {
    let packages = [&MAKES[..], if manylinux { &LINKS } else { &[] }].concat();
    let python = environment(&folder.join("tools"), &packages)?;
    let target = root().join("target");
    let package = root().join("crates/ganas-python");
    let scripts = package.join("ganas.data/scripts");
    fs::create_dir_all(&scripts).with_context(|| format!("making {}", scripts.display()))?;
    notices::write(&package.join("THIRD-PARTY-LICENSES"))?;
    let ganas = if manylinux {
        // By maturin too: it would use nothing that another wrapper around zig has compiled.
        let mut build = maturin(&python, "ganas-cli", &folder.join("command"), manylinux)?;
        build.args(["--features", "figures"]);
        run_command(build)?;
        Ganas::at(&target.join(format!("{ARCH}-unknown-linux-gnu/release/ganas")))
    } else {
        Ganas::build(&root(), &target)?
    };
    strip(&ganas.copy_to(&scripts.join(format!("ganas{EXE_SUFFIX}")))?)?;
    let wheels = folder.join("wheels");
    // One of another version would be found beside it.
    fs::remove_dir_all(&wheels).ok();
    run_command(maturin(&python, "ganas-python", &wheels, manylinux)?)?;
    let wheel = made(&wheels)?;
    if manylinux {
        audit(&python, &wheel)?;
    }
    Ok(wheel)
}

/// Maturin's build of a crate, as a wheel in `wheels`.
fn maturin(python: &Path, name: &str, wheels: &Path, manylinux: bool) -> Result<Command> {
    let mut build = in_python(python, &["-m", "maturin", "build", "--release", "--locked"]);
    let manifest = root().join("crates").join(name).join("Cargo.toml");
    build.arg("--manifest-path").arg(manifest).arg("--out").arg(wheels);
    build.arg("--target-dir").arg(root().join("target"));
    if manylinux {
        build.args(["--zig", "--compatibility", MANYLINUX]).env("PATH", path(python)?);
    }
    Ok(build)
}

/// Where programs are found, with those of Python's environment before all others.
fn path(python: &Path) -> Result<OsString> {
    let programs = python.parent().context("a Python program without a folder")?;
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(all).context("PATH")
}

/// Leaves out of the command what only debuggers read, which is most of it.
fn strip(ganas: &Ganas) -> Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let mut strip = Command::new("strip");
    strip.arg(ganas.path());
    run_command(strip)
}

fn made(wheels: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(wheels).with_context(|| format!("reading {}", wheels.display()))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths
        .find(|path| path.extension().is_some_and(|it| it == "whl"))
        .context("maturin made no wheel")
}

/// Looks at all that is compiled in a wheel, the command too, for what an older C library has not.
fn audit(python: &Path, wheel: &Path) -> Result<()> {
    let mut audit = in_python(python, &["-m", "auditwheel", "show"]);
    audit.arg(wheel);
    let said = output(audit)?;
    let tag = format!("{MANYLINUX}_{ARCH}");
    ensure!(said.contains(&tag), "expected a wheel for {tag}, found {said}");
    Ok(())
}
