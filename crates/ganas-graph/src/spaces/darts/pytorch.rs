//! Exports pairs of cells as `PyTorch` files.

use super::{Cell, Darts, Network};
use crate::export::CellFile;
use crate::{Arch, SearchSpace};

/// Returns the `PyTorch` file of the network built from two DARTS cells. The space's costs refer to
/// the same network.
pub(super) fn pytorch(space: &Darts, arch: &Arch) -> String {
    let operators = &space.kinds()[0].choices;
    let list = |name: &str, cell: &Cell| {
        let edges = cell.iter().map(|edge| {
            format!("    (\"{}\", {}),\n", operators[usize::from(edge.operator)], edge.input)
        });
        format!("{name} = [\n{}]\n", edges.collect::<String>())
    };
    let [normal, reduction] = space.cells(arch);
    let Network { init_channels, layers } = space.network();
    CellFile {
        space,
        arch,
        cell: format!(
            "# Operator and source of each edge, two edges per node.\n\
             # Nodes 0 and 1 are the two previous cells.\n\
             {}{}CHANNELS = {init_channels}\nLAYERS = {layers}",
            list("NORMAL", &normal),
            list("REDUCTION", &reduction),
        ),
        layers: include_str!("../../export/darts.py"),
        image: (3, 32),
        classes: 10,
        parameters: space.network_cost(arch).parameters,
        multiply_adds: Some(space.network_cost(arch).multiply_adds),
    }
    .text()
}
