//! Exports networks built from cells as `PyTorch` files.

use std::fmt::Write as _;

use super::NasBench101;
use crate::export::CellFile;
use crate::{Arch, SearchSpace};

/// Returns the published NAS-Bench-101 network of an architecture as a `PyTorch` file.
pub(super) fn pytorch(space: &NasBench101, arch: &Arch) -> String {
    let spec = space.decode(arch);
    let vertices = 0..spec.vertices();
    let mut cell = String::from(
        "# 1: an edge from the vertex of the row to the vertex of the column.\nMATRIX = [\n",
    );
    for from in vertices.clone() {
        let row = vertices.clone().map(|to| if spec.has_edge(from, to) { "1" } else { "0" });
        let _ = writeln!(cell, "    [{}],", row.collect::<Vec<_>>().join(", "));
    }
    let operators = &space.kinds()[1].choices;
    let labels = spec.operators().iter().map(|&operator| operators[usize::from(operator)].as_str());
    let labels: Vec<_> = std::iter::once("input").chain(labels).chain(["output"]).collect();
    let _ = write!(cell, "]\nLABELS = [\"{}\"]", labels.join("\", \""));
    CellFile {
        space,
        arch,
        cell,
        layers: include_str!("../../export/nasbench101.py"),
        image: (3, 32),
        classes: 10,
        parameters: spec.params(),
        multiply_adds: None,
    }
    .text()
}
