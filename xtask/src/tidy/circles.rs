//! Circles of imports: files of a crate each of which needs the others to be understood.
//!
//! A name is followed through re-exports to the file that defines it, so that `mod.rs` takes part only
//! with code of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Names, Path};
use super::sources::Source;

/// Files that may need each other: a module and what it is made of.
const FILES: usize = 3;

/// Re-exports that a name is followed through.
const RE_EXPORTS: usize = 10;

/// Circles of more files than may be.
pub(super) fn check(package: &str, sources: &[Source]) -> Vec<String> {
    let edges = Modules::new(sources).edges();
    let name = |file: usize| sources[file].path.display().to_string();
    let mut problems = Vec::new();
    for circle in circles(&edges).into_iter().filter(|circle| circle.len() > FILES) {
        let imports = |&file: &usize| {
            let imported = edges[file].iter().filter(|other| circle.contains(other));
            let imported: Vec<_> = imported.map(|&other| name(other)).collect();
            format!("\n  {} imports {}", name(file), imported.join(", "))
        };
        let imports: Vec<_> = circle.iter().map(imports).collect();
        let (count, imports) = (circle.len(), imports.concat());
        problems.push(format!("{package}: {count} files import each other in a circle{imports}"));
    }
    problems
}

/// The modules of a crate, each a file.
struct Modules<'s> {
    files: BTreeMap<&'s [String], usize>,
    modules: Vec<(&'s [String], Names)>,
}

impl<'s> Modules<'s> {
    fn new(sources: &'s [Source]) -> Self {
        let module = |source: &'s Source| &source.module[..];
        let files = sources.iter().map(module).zip(0..).collect();
        let names = |source: &'s Source| (module(source), Names::read(&source.text));
        Self { files, modules: sources.iter().map(names).collect() }
    }

    /// The files that each file imports.
    fn edges(&self) -> Vec<BTreeSet<usize>> {
        let imported = |file: usize| {
            let used = self.modules[file].1.used.iter();
            let found = used.filter_map(|path| self.defining(file, path, RE_EXPORTS));
            found.filter(|&other| other != file).collect()
        };
        (0..self.modules.len()).map(imported).collect()
    }

    /// The file that defines what a path in `file` means; nothing for a whole module and for what is
    /// not of this crate.
    fn defining(&self, file: usize, path: &[String], steps: usize) -> Option<usize> {
        let (module, names) = &self.modules[file];
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.below(0, rest, steps),
            "self" => self.below(file, rest, steps),
            "super" => {
                let (_, parent) = module.split_last()?;
                let parent = *self.files.get(parent)?;
                if rest.first().is_some_and(|word| word == "super") {
                    self.defining(parent, rest, steps)
                } else {
                    self.below(parent, rest, steps)
                }
            }
            _ => {
                let child = [module, &path[..1]].concat();
                if self.files.contains_key(&child[..]) {
                    return self.below(file, path, steps);
                }
                let import = names.imported.get(first).filter(|import| import[..] != path[..1])?;
                self.defining(file, &[&import[..], rest].concat(), steps.checked_sub(1)?)
            }
        }
    }

    /// The file that defines a path that begins in the module of `file`.
    fn below(&self, file: usize, path: &[String], steps: usize) -> Option<usize> {
        let (module, names) = &self.modules[file];
        let (first, rest) = path.split_first()?;
        if let Some(&child) = self.files.get(&[module, &path[..1]].concat()[..]) {
            return self.below(child, rest, steps).or_else(|| self.same_name(file, path));
        }
        let fewer = steps.checked_sub(1)?;
        if let Some(import) = names.imported.get(first) {
            return self.defining(file, &[&import[..], rest].concat(), fewer);
        }
        if names.defined.contains(first) {
            return Some(file);
        }
        let behind_glob = |glob: &Path| self.defining(file, &[&glob[..], path].concat(), fewer);
        names.globs.iter().find_map(behind_glob)
    }

    /// A module and an item may have the same name.
    fn same_name(&self, file: usize, path: &[String]) -> Option<usize> {
        let (_, names) = &self.modules[file];
        (path.len() == 1 && names.defined.contains(&path[0])).then_some(file)
    }
}

/// Files that reach each other, of each circle in their order.
fn circles(edges: &[BTreeSet<usize>]) -> BTreeSet<Vec<usize>> {
    let reached: Vec<_> = (0..edges.len()).map(|file| reached(edges, file)).collect();
    let circle = |file: usize| {
        let both = reached[file].iter().filter(|&&other| reached[other].contains(&file));
        both.copied().collect::<Vec<_>>()
    };
    (0..edges.len()).map(circle).filter(|circle| circle.len() > 1).collect()
}

fn reached(edges: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        open.extend(edges[file].iter().filter(|&&next| found.insert(next)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(module: &str, text: &str) -> Source {
        let module: Vec<_> = module.split_terminator("::").map(str::to_owned).collect();
        Source { path: module.join("/").into(), module, text: text.into() }
    }

    /// The paths of the files that each file imports.
    fn edges(sources: &[Source]) -> Vec<String> {
        let name = |file: usize| sources[file].path.display().to_string();
        let edges = Modules::new(sources).edges().into_iter().enumerate();
        edges
            .flat_map(|(a, all)| all.into_iter().map(move |b| (a, b)))
            .map(|(a, b)| format!("{} > {}", name(a), name(b)))
            .collect()
    }

    #[test]
    fn names_are_followed_to_their_files() {
        let sources = [
            source("", "mod a;\nmod b;\npub use a::c::{C, other as D};\npub use std::fmt;\n"),
            source("a", "pub mod c;\npub use self::c::*;\nfn own() {}\n"),
            source("a::c", "pub struct C;\npub fn other() {}\nuse super::own;\n"),
            source("b", "use crate::{D, fmt};\nuse crate::a;\nfn f() { a::C; super::Missing }\n"),
        ];
        assert_eq!(edges(&sources), ["a/c > a", "b > a/c"]);
    }

    #[test]
    fn a_whole_module_counts_where_it_is_used() {
        let sources = [
            source("", "mod a;\nmod b;\n"),
            source("a", "use crate::b;\nfn f() { b::g(); }\n"),
            source("b", "use super::a;\nfn g() {}\n"),
        ];
        assert_eq!(edges(&sources), ["a > b"]);
    }

    #[test]
    fn only_large_circles_are_problems() {
        let of = |count: usize| {
            let mut sources = vec![source("", "mod m;\n")];
            for place in 0..count {
                let text = format!("fn f() {{ crate::m{}::f() }}\n", (place + 1) % count);
                sources.push(source(&format!("m{place}"), &text));
            }
            check("a", &sources)
        };
        assert!(of(FILES).is_empty());
        let expected = "a: 4 files import each other in a circle\n  m0 imports m1\n  m1 imports m2\n  m2 imports m3\n  m3 imports m0";
        assert_eq!(of(4), [expected]);
    }

    #[test]
    fn circles_are_found_among_other_imports() {
        let edges = [[1].into(), [2, 3].into(), [1].into(), [].into(), [0].into()];
        assert_eq!(circles(&edges), [vec![1, 2]].into());
    }
}
