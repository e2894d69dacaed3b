//! Networks of cells as self-contained `PyTorch` files.

use std::fmt::Write as _;

use super::chain::grouped;
use crate::spaces::darts::{Cell, Network};
use crate::spaces::{Darts, Head, NasBench101, NasBench201};
use crate::{Arch, SearchSpace};

/// The function that holds a network against what its file states.
const CHECK: &str = include_str!("check.py");

/// What differs between the files of two spaces.
struct File<'a> {
    space: &'a dyn SearchSpace,
    arch: &'a Arch,
    /// The cell, as Python constants.
    cell: String,
    /// The classes that make a network of it.
    layers: &'a str,
    resolution: usize,
    classes: usize,
    parameters: u64,
}

impl File<'_> {
    fn text(&self) -> String {
        let Self { space, arch, cell, layers, resolution, classes, parameters } = self;
        // Python wants imports first.
        let (imports, layers) = layers.split_at(layers.find("\n\n").unwrap_or(0));
        format!(
            "\"\"\"A network of the space {}, written by ganas.\n\n{}\n\"\"\"\n\n{imports}\n\n\
             {cell}\nRESOLUTION = {resolution}\nCLASSES = {classes}\nPARAMETERS = {}\n{layers}\n\n\
             {CHECK}\n\nif __name__ == \"__main__\":\n    \
             check(Network(), RESOLUTION, CLASSES, PARAMETERS)\n",
            space.name(),
            space.display(arch),
            grouped(*parameters),
        )
    }
}

/// The published NAS-Bench-201 network for the space's data set.
pub(crate) fn nasbench201(space: &NasBench201, arch: &Arch) -> String {
    let mut cell = String::from("# From node, to node, operator.\nEDGES = [\n");
    for (from, to, operator) in space.edges(arch) {
        let _ = writeln!(cell, "    ({from}, {to}, \"{operator}\"),");
    }
    let (classes, resolution) = match space.head() {
        Head::Cifar10 => (10, 32),
        Head::Cifar100 => (100, 32),
        Head::ImageNet16 => (120, 16),
    };
    File {
        space,
        arch,
        cell: cell + "]",
        layers: include_str!("nasbench201.py"),
        resolution,
        classes,
        parameters: space.parameters(arch),
    }
    .text()
}

/// The published NAS-Bench-101 network.
pub(crate) fn nasbench101(space: &NasBench101, arch: &Arch) -> String {
    let spec = space.decode(arch);
    let vertices = 0..spec.vertices();
    let mut cell = String::from("# Edges from a row's vertex to a column's.\nMATRIX = [\n");
    for from in vertices.clone() {
        let row = vertices.clone().map(|to| if spec.has_edge(from, to) { "1" } else { "0" });
        let _ = writeln!(cell, "    [{}],", row.collect::<Vec<_>>().join(", "));
    }
    let operators = &space.kinds()[1].choices;
    let labels = spec.operators().iter().map(|&operator| operators[usize::from(operator)].as_str());
    let labels: Vec<_> = std::iter::once("input").chain(labels).chain(["output"]).collect();
    let _ = write!(cell, "]\nLABELS = [\"{}\"]", labels.join("\", \""));
    File {
        space,
        arch,
        cell,
        layers: include_str!("nasbench101.py"),
        resolution: 32,
        classes: 10,
        parameters: spec.params(),
    }
    .text()
}

/// The network of two DARTS cells that the space's costs are of.
pub(crate) fn darts(space: &Darts, arch: &Arch) -> String {
    let operators = &space.kinds()[0].choices;
    let list = |name: &str, cell: &Cell| {
        let edges = cell.iter().map(|edge| {
            format!("    (\"{}\", {}),\n", operators[usize::from(edge.operator)], edge.input)
        });
        format!("{name} = [\n{}]\n", edges.collect::<String>())
    };
    let [normal, reduction] = space.cells(arch);
    let Network { init_channels, layers } = space.network();
    File {
        space,
        arch,
        cell: format!(
            "# Operator and source of two edges a node; nodes 0 and 1 are the two cells before.\n\
             {}{}CHANNELS = {init_channels}\nLAYERS = {layers}",
            list("NORMAL", &normal),
            list("REDUCTION", &reduction),
        ),
        layers: include_str!("darts.py"),
        resolution: 32,
        classes: 10,
        parameters: space.network_cost(arch).parameters,
    }
    .text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_state_the_cell_and_its_parameters() {
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[3, 3, 3, 1, 3, 2]).unwrap();
        let code = space.pytorch(&arch).unwrap();
        assert!(code.starts_with("\"\"\"A network of the space nasbench201, written by ganas.\n"));
        assert!(code.contains("\n    (2, 3, \"nor_conv_1x1\"),\n]\n"), "{code}");
        assert!(code.contains("PARAMETERS = 1_073_466\n"), "{code}");
        let other = NasBench201::new(Head::ImageNet16).pytorch(&arch).unwrap();
        assert!(other.contains("RESOLUTION = 16\nCLASSES = 120\nPARAMETERS = 1_080_616\n"));

        let space = NasBench101::default();
        let code = space.pytorch(&space.inception()).unwrap();
        assert!(code.contains("\n    [0, 1, 1, 1, 0, 1, 0],\n"), "{code}");
        assert!(code.contains("PARAMETERS = 2_694_282\n"));

        let space = Darts::default();
        let code = space.pytorch(&space.named("darts-v2").unwrap()).unwrap();
        assert!(code.contains("REDUCTION = [\n    (\"max_pool_3x3\", 0),\n"), "{code}");
        assert!(code.contains("CHANNELS = 36\nLAYERS = 20\n"));
        assert!(code.contains("PARAMETERS = 3_349_342\n"));
    }
}
