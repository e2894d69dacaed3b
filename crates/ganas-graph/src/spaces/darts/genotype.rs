//! The three notations (Python, numeric and JSON) of a genotype, which is a pair of cells.

use std::fmt::Write as _;

use super::cell::{CELL_NAMES, Cell, EDGES, Edge, NODES, NONE};
use crate::ArchError;
use crate::spaces::literal::{Literal, Name, Source, Value};

/// Parses a genotype in any of the three notations. `operators` holds the names of the space's
/// operators.
pub(super) fn parse(space: &str, operators: &[String], text: &str) -> Result<[Cell; 2], ArchError> {
    let source = Source { space, text };
    let literal = source.read(Some("Genotype"))?;
    let notation = Notation { source, operators };
    match &literal.value {
        Value::Fields(fields) => notation.named_cells(fields, literal.end),
        Value::Sequence(cells) => match &cells[..] {
            [normal, reduce] => Ok([notation.cell(normal)?, notation.cell(reduce)?]),
            _ => Err(source.wrong(&literal, "a normal and a reduction cell")),
        },
        _ => Err(source.wrong(&literal, "a genotype")),
    }
}

struct Notation<'a> {
    source: Source<'a>,
    operators: &'a [String],
}

impl Notation<'_> {
    fn named_cells(&self, fields: &[(Name, Literal)], end: usize) -> Result<[Cell; 2], ArchError> {
        let [normal, reduce] = CELL_NAMES;
        let concats = CELL_NAMES.map(|cell| format!("{cell}_concat"));
        let names = [normal, reduce, &concats[0], &concats[1]];
        let [normal, reduce, concats @ ..] = self.source.fields(fields, names)?;
        for literal in concats.into_iter().flatten() {
            self.concat(literal)?;
        }
        let cell = |found: Option<&Literal>, name| {
            let none = || self.source.error(end, &format!("a `{name}` cell"), "none".into());
            self.cell(found.ok_or_else(none)?)
        };
        Ok([cell(normal, CELL_NAMES[0])?, cell(reduce, CELL_NAMES[1])?])
    }

    /// Checks that a cell's output consists of all its inner nodes.
    fn concat(&self, literal: &Literal) -> Result<(), ArchError> {
        let mut numbers = literal.value.numbers().unwrap_or_default();
        numbers.sort_unstable();
        match numbers[..] {
            [2, 3, 4, 5] => Ok(()),
            _ => Err(self.source.wrong(literal, "the numbers of all inner nodes, 2 to 5")),
        }
    }

    fn cell(&self, literal: &Literal) -> Result<Cell, ArchError> {
        let expected = "a list of 8 edges, two for each of the four inner nodes";
        let Value::Sequence(edges) = &literal.value else {
            return Err(self.source.wrong(literal, expected));
        };
        if edges.len() != EDGES {
            let found = format!("{} edges", edges.len());
            return Err(self.source.error(literal.position, expected, found));
        }
        let mut cell = [Edge::default(); EDGES];
        for (at, edge) in edges.iter().enumerate() {
            let node = u8::try_from(at / 2 + 2).unwrap_or(u8::MAX);
            cell[at] = self.edge(edge, node)?;
            if at % 2 == 1 && cell[at].input == cell[at - 1].input {
                let expected = format!("two different inputs for node {node}");
                let found = format!("input {} again", cell[at].input);
                return Err(self.source.error(edge.position, &expected, found));
            }
        }
        Ok(cell)
    }

    /// Parses an edge, written `('operator', input)` or `(input, number of the operator)`.
    fn edge(&self, literal: &Literal, node: u8) -> Result<Edge, ArchError> {
        let expected = "an operator and an input";
        let Value::Sequence(pair) = &literal.value else {
            return Err(self.source.wrong(literal, expected));
        };
        let [first, second] = &pair[..] else {
            return Err(self.source.wrong(literal, expected));
        };
        let (input, operator) = match first.value {
            Value::Text(_) => (second, first),
            _ => (first, second),
        };
        Ok(Edge { input: self.input(input, node)?, operator: self.operator(operator)? })
    }

    fn input(&self, literal: &Literal, node: u8) -> Result<u8, ArchError> {
        match literal.value {
            Value::Number(number) => u8::try_from(number).ok().filter(|input| *input < node),
            _ => None,
        }
        .ok_or_else(|| {
            self.source.wrong(
                literal,
                &format!("the number of an input for node {node}, from 0 to {}", node - 1),
            )
        })
    }

    fn operator(&self, literal: &Literal) -> Result<u8, ArchError> {
        let count = self.operators.len();
        let has_none = count > usize::from(NONE);
        let found = match &literal.value {
            Value::Text(name) => self.operators.iter().position(|operator| operator == name),
            Value::Number(-1) if has_none => Some(usize::from(NONE)),
            Value::Number(number) => usize::try_from(*number).ok().filter(|number| *number < count),
            _ => None,
        };
        found.and_then(|operator| u8::try_from(operator).ok()).ok_or_else(|| {
            let names = self.operators.join(", ");
            let mut expected = format!("an operator ({names}) or its number, counted from 0");
            if matches!(&literal.value, Value::Text(name) if name == "none") {
                expected += "; this space has no operator `none`";
            }
            self.source.wrong(literal, &expected)
        })
    }
}

/// Returns `Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3, 4, 5], reduce=…)`.
pub(super) fn python(operators: &[String], cells: &[Cell; 2]) -> String {
    let edge =
        |edge: &Edge| format!("('{}', {})", operators[usize::from(edge.operator)], edge.input);
    let field = |(name, cell): (&&str, &Cell)| {
        let edges: Vec<_> = cell.iter().map(edge).collect();
        format!("{name}=[{}], {name}_concat={:?}", edges.join(", "), concat())
    };
    let fields: Vec<_> = CELL_NAMES.iter().zip(cells).map(field).collect();
    format!("Genotype({})", fields.join(", "))
}

/// Returns `(((0, 3), …), ((0, 0), …))`: the input and the number of the operator of each edge.
pub(super) fn numeric(cells: &[Cell; 2]) -> String {
    let edge = |edge: &Edge| format!("({}, {})", edge.input, edge.operator);
    let cell = |cell: &Cell| format!("({})", cell.each_ref().map(edge).join(", "));
    format!("({})", cells.each_ref().map(cell).join(", "))
}

/// Returns `{"normal":[["sep_conv_3x3",0],…],"normal_concat":[2,3,4,5],"reduce":…}`.
pub(super) fn json(operators: &[String], cells: &[Cell; 2]) -> String {
    let edge =
        |edge: &Edge| format!("[\"{}\",{}]", operators[usize::from(edge.operator)], edge.input);
    let mut text = String::from("{");
    for (at, (name, cell)) in CELL_NAMES.iter().zip(cells).enumerate() {
        let edges = cell.each_ref().map(edge).join(",");
        let concat = format!("{:?}", concat()).replace(' ', "");
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}\"{name}\":[{edges}],\"{name}_concat\":{concat}");
    }
    text + "}"
}

/// Returns the numbers of the inner nodes, all of which form a cell's output.
fn concat() -> [usize; NODES] {
    std::array::from_fn(|node| node + 2)
}
