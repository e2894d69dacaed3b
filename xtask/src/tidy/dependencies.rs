//! The allowed dependencies between crates; ARCHITECTURE.md gives the reasons.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Member;
use crate::process::{cargo, output, root};

/// What a crate may depend on.
#[derive(Debug)]
struct Rule {
    package: &'static str,
    /// Packages of this workspace that its manifest may name.
    may_name: &'static [&'static str],
    /// Tensors, in its whole tree: candle costs a minute of build.
    may_use_candle: bool,
}

/// Libraries below `ganas`, which re-exports them.
const PARTS: &[&str] = &[
    "ganas-graph",
    "ganas-search",
    "ganas-bench",
    "ganas-gnn",
    "ganas-trainer",
    "ganas-exec",
    "ganas-report",
];

const RULES: [Rule; 12] = [
    Rule { package: "ganas-graph", may_name: &[], may_use_candle: false },
    Rule { package: "ganas-search", may_name: &["ganas-graph"], may_use_candle: false },
    Rule {
        package: "ganas-bench",
        may_name: &["ganas-graph", "ganas-search"],
        may_use_candle: false,
    },
    Rule { package: "ganas-gnn", may_name: &["ganas-graph"], may_use_candle: true },
    Rule {
        package: "ganas-trainer",
        may_name: &["ganas-graph", "ganas-search", "ganas-gnn"],
        may_use_candle: true,
    },
    Rule {
        package: "ganas-exec",
        may_name: &["ganas-graph", "ganas-search"],
        may_use_candle: false,
    },
    Rule {
        package: "ganas-report",
        may_name: &["ganas-graph", "ganas-search"],
        may_use_candle: false,
    },
    Rule { package: "ganas", may_name: PARTS, may_use_candle: true },
    Rule { package: "ganas-cli", may_name: &["ganas"], may_use_candle: true },
    Rule { package: "ganas-python", may_name: &["ganas"], may_use_candle: true },
    Rule { package: "xtask", may_name: &[], may_use_candle: false },
    Rule {
        package: "ganas-tests",
        may_name: &[
            "ganas-graph",
            "ganas-search",
            "ganas-bench",
            "ganas-gnn",
            "ganas-trainer",
            "ganas-exec",
            "ganas-report",
            "ganas",
        ],
        may_use_candle: true,
    },
];

/// What ganas-search must do without when its features are off.
const SQLITE: [&str; 2] = ["rusqlite", "libsqlite3-sys"];

/// What a package depends on and must not.
pub(super) fn check_dependencies(member: &Member) -> Result<Vec<String>> {
    let package = &member.name;
    let Some(rule) = RULES.iter().find(|rule| rule.package == package) else {
        let problem =
            format!("{package}: expected a rule for its dependencies in {}, found none", file!());
        return Ok(vec![problem]);
    };
    let mut problems = forbidden(rule, &member.dependencies);
    if !rule.may_use_candle {
        let tree = tree(&["--package", package, "--edges", "normal,build,dev"])?;
        problems.extend(candle(rule, &tree));
    }
    Ok(problems)
}

/// Does ganas-search need SQLite although its features are off?
pub(super) fn check_without_sqlite() -> Result<Vec<String>> {
    let arguments =
        ["--package", "ganas-search", "--no-default-features", "--edges", "normal,build"];
    let tree = tree(&arguments)?;
    let found = names(&tree).into_iter().filter(|name| SQLITE.contains(name));
    let problem = |name| format!("ganas-search without its features must not depend on {name}");
    Ok(found.map(problem).collect())
}

/// What `cargo tree` prints, without its branches.
fn tree(arguments: &[&str]) -> Result<String> {
    output(cargo(&root(), &[&["tree", "--locked", "--prefix", "none"], arguments].concat()))
}

/// Names of the packages in the lines of `cargo tree`.
fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split(' ').next()).collect()
}

/// Packages of ours that a manifest names against its rule; a package may name itself, with features
/// for its tests.
fn forbidden(rule: &Rule, named: &[String]) -> Vec<String> {
    let named: BTreeSet<_> = named.iter().map(String::as_str).collect();
    let ours = |name: &str| RULES.iter().any(|rule| rule.package == name);
    let allowed = |name: &str| name == rule.package || rule.may_name.contains(&name);
    let wrong = named.into_iter().filter(|name| ours(name) && !allowed(name));
    wrong.map(|name| problem(rule, name)).collect()
}

fn candle(rule: &Rule, tree: &str) -> Vec<String> {
    let found = names(tree).into_iter().filter(|name| name.starts_with("candle-"));
    found.map(|name| problem(rule, name)).collect()
}

fn problem(rule: &Rule, name: &str) -> String {
    format!("{} must not depend on {name}", rule.package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(package: &str) -> &'static Rule {
        RULES.iter().find(|rule| rule.package == package).unwrap()
    }

    #[test]
    fn forbidden_dependencies_are_found() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let named = names(&["serde", "ganas-search", "ganas-graph", "ganas-bench"]);
        assert!(forbidden(rule("ganas-bench"), &named).is_empty());
        assert_eq!(
            forbidden(rule("ganas-search"), &named),
            ["ganas-search must not depend on ganas-bench"]
        );
        assert_eq!(
            forbidden(rule("ganas-cli"), &names(&["ganas", "ganas-graph"])),
            ["ganas-cli must not depend on ganas-graph"]
        );
        assert_eq!(
            forbidden(rule("ganas"), &names(&["ganas-cli", "ganas-exec"])),
            ["ganas must not depend on ganas-cli"]
        );
    }

    #[test]
    fn candle_is_found_in_the_tree() {
        let tree = "ganas-bench v0.1.0 (/x)\ncandle-core v0.11.1\nserde v1.0.0 (*)";
        assert_eq!(
            candle(rule("ganas-bench"), tree),
            ["ganas-bench must not depend on candle-core"]
        );
    }

    #[test]
    fn trees_are_read_by_name() {
        let tree = "ganas-search v0.1.0 (/x)\nrusqlite v0.43.0\n\nserde v1.0.0 (*)";
        assert!(names(tree).contains("rusqlite") && !names(tree).contains("v0.43.0"));
    }
}
