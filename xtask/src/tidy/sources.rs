//! The files of a crate without its tests, found as the compiler finds them: from the root along `mod x;`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files::read;
use crate::process::root;

/// A file of a crate.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the workspace's root.
    pub(super) path: PathBuf,
    /// Names of the modules from the crate's root to this one.
    pub(super) module: Vec<String>,
    /// Its text without what only tests compile.
    pub(super) text: String,
}

/// The files below a folder `src`, the root first; none if it holds no crate.
pub(super) fn read_sources(src: &Path) -> Result<Vec<Source>> {
    let roots = ["lib.rs", "main.rs"].map(|name| src.join(name));
    let mut sources = Vec::new();
    for path in roots.iter().filter(|path| path.exists()) {
        add(path, src, &[], &mut sources)?;
    }
    Ok(sources)
}

/// Adds a module's file and those of the modules that it declares, which stand in `folder`.
fn add(file: &Path, folder: &Path, module: &[String], sources: &mut Vec<Source>) -> Result<()> {
    let text = without_tests(&read(file)?);
    let declared: Vec<_> = text.lines().filter_map(declared_module).map(str::to_owned).collect();
    let path = file.strip_prefix(root()).unwrap_or(file).to_owned();
    sources.push(Source { path, module: module.to_owned(), text });
    for name in declared {
        let below = folder.join(&name);
        let files = [folder.join(format!("{name}.rs")), below.join("mod.rs")];
        let found = files.iter().find(|file| file.exists());
        let found = found.with_context(|| format!("{}: no file of {name}", file.display()))?;
        add(found, &below, &[module, &[name]].concat(), sources)?;
    }
    Ok(())
}

/// The name in a line such as `pub(crate) mod name;`.
fn declared_module(line: &str) -> Option<&str> {
    let (visibility, name) = line.trim().strip_suffix(';')?.split_once("mod ")?;
    let visible = visibility.is_empty() || visibility.starts_with("pub");
    (visible && !name.contains(' ')).then_some(name)
}

/// Without modules under `#[cfg(test)]`: a declared one, or one that stands at the end of the file.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.extend([line, "\n"]);
            continue;
        }
        let item = lines.find(|line| !line.trim().starts_with("#[")).unwrap_or_default().trim();
        if declared_module(item).is_some() {
            continue;
        }
        if item.starts_with("mod ") {
            break;
        }
        kept.extend([line, "\n", item, "\n"]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn tests_are_left_out() {
        let text = "mod a;\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod x;\nfn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
        assert_eq!(without_tests(text), "mod a;\nfn f() {}\n");
        let helper = "#[cfg(test)]\nfn helper() {}\nfn f() {}\n";
        assert_eq!(without_tests(helper), helper);
    }

    #[test]
    fn modules_are_followed_to_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("lib.rs", "pub mod a;\nmod b;\n#[cfg(test)]\nmod fixture;\n// mod c;\n");
        write("a.rs", "pub(crate) mod d;\n");
        write("a/d.rs", "");
        write("b/mod.rs", "");
        let modules = read_sources(folder.path()).unwrap();
        let modules: Vec<_> = modules.iter().map(|source| source.module.join("::")).collect();
        assert_eq!(modules, ["", "a", "a::d", "b"]);
        assert!(read_sources(&folder.path().join("a")).unwrap().is_empty());
    }
}
