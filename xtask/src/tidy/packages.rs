//! Requirements on published packages: a README, the licences, and the metadata of registries.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::sources::Source;
use crate::files::read;
use crate::process::root;

/// The licences' files at the root, which packages have as links to them or as copies.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Files that are published otherwise than by cargo, and what they are copies of.
const COPIES: [(&str, &str); 3] = [
    ("crates/ganas-python/LICENSE-MIT", "LICENSE-MIT"),
    ("crates/ganas-python/LICENSE-APACHE", "LICENSE-APACHE"),
    // A folder that is copied as it is into a registry that wants the file under this name.
    ("crates/ganas-python/optunahub/samplers/ganas/LICENSE", "LICENSE-MIT"),
];

/// What crates.io takes of keywords, and of categories: so many, and of so many letters.
const MAX_LISTED: usize = 5;
const LETTERS: usize = 20;

/// What is wrong with the files that are published beside crates.
pub(super) fn check_copies() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (copy, original) in COPIES {
        problems.extend(differs(&root().join(copy), original)?);
    }
    Ok(problems)
}

/// What is wrong with a package of `cargo metadata`, if it is published.
pub(super) fn check(package: &Value) -> Result<Vec<String>> {
    if !is_published(package) {
        return Ok(Vec::new());
    }
    let manifest = package["manifest_path"]
        .as_str()
        .context("cargo metadata: a package without a manifest path")?;
    let folder = Path::new(manifest).parent().context("a manifest without a folder")?;
    let mut problems = listed(package);
    for licence in LICENCES {
        problems.extend(differs(&folder.join(licence), licence)?);
    }
    Ok(problems)
}

/// Files that a published crate compiles in and that its package would not have.
pub(super) fn check_included(package: &Value, sources: &[Source]) -> Vec<String> {
    let sources = sources.iter().filter(|_| is_published(package));
    let problem = |source: &Source| {
        format!("{}: includes a file from outside the package", source.path.display())
    };
    sources.filter(|source| includes_others(source)).map(problem).collect()
}

/// Does an `include_…!` lead out of a crate's folder, which is two below the workspace's root?
fn includes_others(source: &Source) -> bool {
    let folders = source.path.components().count().saturating_sub(3);
    let mut arguments = source.text.split("include_").skip(1);
    arguments.any(|rest| {
        let argument = rest.split(';').next().unwrap_or_default();
        let is_from_root = argument.contains("CARGO_MANIFEST_DIR");
        let upwards = argument.split_once("../").map_or(0, |(_, path)| {
            1 + path.split('/').take_while(|folder| *folder == "..").count()
        });
        upwards > if is_from_root { 0 } else { folders }
    })
}

/// `publish = false` is an empty list of registries.
fn is_published(package: &Value) -> bool {
    package["publish"].as_array().is_none_or(|registries| !registries.is_empty())
}

/// What is missing for the registry's page of a package.
fn listed(package: &Value) -> Vec<String> {
    let texts = ["readme", "description", "license", "repository"];
    let missing = texts.into_iter().filter(|key| package[*key].as_str().is_none());
    let lists = ["keywords", "categories"].into_iter().filter(|key| {
        let words: Vec<_> = package[*key].as_array().into_iter().flatten().collect();
        let is_long = |word: &&Value| word.as_str().is_none_or(|word| word.len() > LETTERS);
        words.is_empty()
            || words.len() > MAX_LISTED
            || (*key == "keywords" && words.iter().any(is_long))
    });
    let name = package["name"].as_str().unwrap_or_default();
    let missing = missing.map(|key| format!("{name}: expected a {key}"));
    let lists = lists.map(|key| format!("{name}: expected 1 to {MAX_LISTED} short {key}"));
    missing.chain(lists).collect()
}

fn differs(copy: &Path, original: &str) -> Result<Option<String>> {
    let is_equal = copy.is_file() && read(copy)? == read(&root().join(original))?;
    Ok((!is_equal).then(|| format!("{}: expected the text of {original}", copy.display())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn included_files_are_in_the_package() {
        let includes = |path: &str, text: &str| {
            includes_others(&Source { path: path.into(), module: Vec::new(), text: text.into() })
        };
        assert!(!includes("crates/a/src/lib.rs", "include_str!(\"../README.md\");"));
        assert!(includes("crates/a/src/lib.rs", "include_str!(\"../../README.md\");"));
        assert!(!includes("crates/a/src/b/c.rs", "include_bytes!(\"../../d/e\");"));
        let from_root =
            |path| format!("include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path}));");
        assert!(!includes("crates/a/src/b/c.rs", &from_root("\"/d\"")));
        assert!(includes("crates/a/src/b/c.rs", &from_root("\"/../../d\"")));
    }

    #[test]
    fn what_registries_list_is_demanded_of_published_packages() {
        let mut package = json!({
            "name": "a", "manifest_path": "/none/Cargo.toml", "publish": [], "readme": "README.md",
            "description": "An a", "license": "MIT", "repository": "https://example.org",
            "keywords": ["short"], "categories": ["science"],
        });
        assert_eq!(listed(&package), [""; 0]);
        assert!(check(&package).unwrap().is_empty(), "it is not published");
        package["publish"] = Value::Null;
        assert_eq!(check(&package).unwrap().len(), 2, "two licences are missing");
        package["readme"] = Value::Null;
        package["keywords"] = json!(["neural-architecture-search"]);
        package["categories"] = json!([]);
        assert_eq!(listed(&package).len(), 3);
    }
}
