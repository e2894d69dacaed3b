//! Drawings of architectures. They are so compact that a page can contain thousands of them.

use std::collections::HashMap;

use ganas_graph::{Arch, SearchSpace, export};
use serde_json::{Value, json};

use crate::study::TrialRows;

/// Maximum number of bytes of drawings in a page.
const MAX_BYTES: usize = 1_500_000;

/// Maximum number of architectures that are drawn.
const DRAWN: usize = 4_000;

/// The arrow head shared by all drawings.
pub(super) const ARROW: &str = "<svg class=\"unseen\" aria-hidden=\"true\"><defs><marker id=\"arrow\" \
    viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
    <path d=\"M0,0 L8,4 L0,8 z\" fill=\"#444444\"/></marker></defs></svg>";

/// Returns the drawing of an architecture for a page: without the parts that only a file needs, and
/// without the arrow head, which a page contains only once ([`ARROW`]).
pub(super) fn whole(space: &dyn SearchSpace, arch: &Arch) -> String {
    let svg = export::svg(space, arch);
    let of_files = ["<?xml", "<defs>"];
    let lines = svg.lines().filter(|line| !of_files.iter().any(|it| line.starts_with(it)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns as many drawings of trials as fit, the best first: a list of lines and, for each trial,
/// the indices of its lines. The drawings of a space share most of their lines.
pub(super) fn of(space: &dyn SearchSpace, seen: &TrialRows<'_>) -> Value {
    let (mut lines, mut places): (Vec<String>, HashMap<String, usize>) = Default::default();
    let (mut drawn, mut size) = (serde_json::Map::new(), 0);
    let whole = seen.best_first();
    let others =
        seen.rows.iter().filter(|row| !whole.iter().take(1).any(|it| std::ptr::eq(*it, *row)));
    for row in whole.iter().copied().chain(others) {
        if size > MAX_BYTES || drawn.len() == DRAWN {
            break;
        }
        let name = row.trial.trial.to_string();
        let Some(arch) = row.arch.as_ref().filter(|_| !drawn.contains_key(&name)) else { continue };
        let mut of = Vec::new();
        for line in self::whole(space, arch).lines() {
            let place = *places.entry(line.to_owned()).or_insert_with_key(|line| {
                size += line.len() + 3;
                lines.push(line.clone());
                lines.len() - 1
            });
            of.push(place);
        }
        size += 5 * of.len() + 10;
        drawn.insert(name, json!(of));
    }
    json!({ "lines": lines, "of": drawn })
}
