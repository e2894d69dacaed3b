//! Checks that the descriptions of operators, and of the network around a cell, make sense.

use std::ops::RangeInclusive;

use super::{NetworkDescription, OperatorDescription, OperatorKind};
use crate::DescriptionError;
use crate::error::quoted;
use crate::spaces::described::description::{Join, Output, SpaceDescription};
use crate::spaces::described::error::wrong;
use crate::spaces::described::structure::Structure;

/// Maximum count that formulas represent exactly.
const MAX_EXACT_COUNT: u128 = 1 << 53;

/// A checked network around a space's only cell.
#[derive(Debug, Clone)]
pub(in crate::spaces::described) struct CellNetwork {
    pub(super) shape: NetworkDescription,
    /// The definitions of the cell's operators.
    pub(super) operators: Vec<OperatorDescription>,
}

impl CellNetwork {
    /// Creates the network of a description; `None` if the description has no network.
    ///
    /// # Errors
    /// The key of the first mistake.
    pub(in crate::spaces::described) fn new(
        space: &SpaceDescription,
        cells: &[Structure],
    ) -> Result<Option<Self>, DescriptionError> {
        for (name, operator) in &space.operators {
            check_operator(name, operator)?;
            if !cells.iter().any(|cell| cell.operator(name).is_some()) {
                let known: Vec<_> =
                    cells.iter().flat_map(|cell| &cell.operators).map(String::as_str).collect();
                let expected = format!("the name of a cell's operator ({})", known.join(", "));
                return Err(wrong(format!("operators.{name}"), expected, quoted(name)));
            }
        }
        let Some(shape) = space.network else {
            return match space.operators.keys().next() {
                Some(name) => {
                    let expected =
                        "`network` as well, which defines the network built from the cell";
                    Err(wrong(format!("operators.{name}"), expected, "none"))
                }
                None => Ok(None),
            };
        };
        check_shape(&shape)?;
        check_cells(space, cells)?;
        let operators = operators(space, &cells[0])?;
        let network = Self { shape, operators };
        network.check_counts(&cells[0])?;
        Ok(Some(network))
    }

    /// Rejects networks whose counts are too large for formulas to represent exactly.
    fn check_counts(&self, cell: &Structure) -> Result<(), DescriptionError> {
        let places = cell.graph_nodes() as u128;
        let most = |cost: usize| {
            let own = self.operators.iter().map(|operator| self.operator_costs(operator)[cost]);
            self.fixed_costs()[cost] + places * own.max().unwrap_or(0)
        };
        let count = most(0).max(most(1));
        if count > MAX_EXACT_COUNT {
            let expected = "at most 2^53 parameters and multiply-adds (reduce the width, \
                            the resolution or the number of cells)";
            return Err(wrong("network", expected, count.to_string()));
        }
        Ok(())
    }
}

fn check_operator(name: &str, operator: &OperatorDescription) -> Result<(), DescriptionError> {
    use OperatorKind::{AveragePool, Convolution, Depthwise, Identity, MaxPool, None, Separable};
    let path = |key: &str| format!("operators.{name}.{key}");
    let (has_kernel, has_dilation) = match operator.kind {
        Convolution | Depthwise | Separable => (true, true),
        MaxPool | AveragePool => (true, false),
        Identity | None => (false, false),
    };
    match operator.kernel {
        Some(kernel) if has_kernel && (kernel % 2 == 0 || kernel > 31) => {
            return Err(wrong(path("kernel"), "an odd number up to 31", kernel.to_string()));
        }
        Option::None if has_kernel => {
            return Err(wrong(path("kernel"), "the side of the kernel, an odd number", "none"));
        }
        Some(_) if !has_kernel => {
            return Err(wrong(path("kernel"), "no kernel for this kind of operator", "one"));
        }
        _ => {}
    }
    match operator.dilation {
        Some(_) if !has_dilation => {
            Err(wrong(path("dilation"), "no dilation for this kind of operator", "one"))
        }
        Some(dilation) if !(1..=8).contains(&dilation) => {
            Err(wrong(path("dilation"), "1 to 8", dilation.to_string()))
        }
        _ => Ok(()),
    }
}

fn check_shape(shape: &NetworkDescription) -> Result<(), DescriptionError> {
    let in_range = |key: &str, value: u32, range: RangeInclusive<u32>| {
        if range.contains(&value) {
            return Ok(());
        }
        let expected = format!("{} to {}", range.start(), range.end());
        Err(wrong(format!("network.{key}"), expected, value.to_string()))
    };
    in_range("resolution", shape.resolution, 8..=4096)?;
    in_range("channels", shape.channels, 1..=8192)?;
    in_range("classes", shape.classes, 1..=1 << 16)?;
    in_range("width", shape.width, 1..=2048)?;
    in_range("stages", shape.stages, 1..=6)?;
    in_range("cells", shape.cells, 1..=64)?;
    let halves = 1 << (shape.stages - 1);
    if !shape.resolution.is_multiple_of(halves) {
        let expected = format!(
            "a multiple of {halves}, because each stage but the first halves the resolution"
        );
        return Err(wrong("network.resolution", expected, shape.resolution.to_string()));
    }
    Ok(())
}

fn check_cells(space: &SpaceDescription, cells: &[Structure]) -> Result<(), DescriptionError> {
    if space.chain.is_some() {
        return Err(wrong(
            "network",
            "no `network` together with a chain, which is already a network",
            "both",
        ));
    }
    let [cell] = cells else {
        let expected = "one cell, because all cells of the network are identical";
        return Err(wrong("network", expected, cells.len().to_string()));
    };
    if cell.inputs != 1 {
        let (expected, found) = ("one input, the previous cell", cell.inputs.to_string());
        return Err(wrong("cells[0].inputs", expected, found));
    }
    if cell.output != Output::Last && cell.join != Join::Sum {
        let expected = "`sum`, because the network adds the parts of the output";
        return Err(wrong("cells[0].join", expected, "`concatenation`"));
    }
    let kinds = [
        ("nothing", &space.cells[0].nothing, OperatorKind::None, "none"),
        ("identity", &space.cells[0].identity, OperatorKind::Identity, "identity"),
    ];
    for (key, name, kind, kind_name) in kinds {
        let Some(name) = name else { continue };
        if space.operators.get(name).is_some_and(|operator| operator.kind != kind) {
            let expected = format!("an operator of the kind `{kind_name}`");
            return Err(wrong(format!("cells[0].{key}"), expected, quoted(name)));
        }
    }
    Ok(())
}

/// Returns the definition of each of the cell's operators.
fn operators(
    space: &SpaceDescription,
    cell: &Structure,
) -> Result<Vec<OperatorDescription>, DescriptionError> {
    let of = |name: &String| {
        space.operators.get(name).copied().ok_or_else(|| {
            let expected =
                "the definition of each operator, as in `operators.conv = { kind = \"convolution\", kernel = 3 }`";
            wrong("network", expected, format!("none for {}", quoted(name)))
        })
    };
    cell.operators.iter().map(of).collect()
}
