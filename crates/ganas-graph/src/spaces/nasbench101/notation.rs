//! The notations of a cell. The published files use `adjacency:labels`. For a cell of V vertices,
//! the adjacency matrix is written row by row as V² zeros and ones, and the labels are V names
//! separated by commas. The published API uses two Python literals, one for the matrix and one for
//! the labels. In either notation, the cell need not be pruned.

use super::spec::{INPUT, ModelSpec, NAME, OPERATORS, OUTPUT, operator, role};
use crate::spaces::literal::{Literal, Source, Value};
use crate::{ArchError, NODES_PER_WORD};

pub(super) fn write(spec: &ModelSpec) -> String {
    let vertices = 0..spec.vertices();
    let bits = vertices.clone().flat_map(|from| vertices.clone().map(move |to| (from, to)));
    let mut text: String =
        bits.map(|(from, to)| if spec.has_edge(from, to) { '1' } else { '0' }).collect();
    text.extend([":", INPUT, ","]);
    for &operator in spec.operators() {
        text.extend([OPERATORS[usize::from(operator)], ","]);
    }
    text + OUTPUT
}

pub(super) fn read(text: &str) -> Result<ModelSpec, ArchError> {
    if text.trim_start().starts_with(['(', '[', '{', 'M']) {
        return read_literal(Source { space: NAME, text });
    }
    Notation { text }.read()
}

/// Parses `([[0, 1], [0, 0]], ['input', 'output'])`, `ModelSpec(matrix=…, ops=…)`, or a JSON object
/// with the same field names or those of the published files.
fn read_literal(source: Source<'_>) -> Result<ModelSpec, ArchError> {
    let literal = source.read(Some("ModelSpec"))?;
    let parts = match &literal.value {
        Value::Sequence(parts) => parts.iter().map(Some).collect(),
        Value::Fields(fields) => {
            let names = ["matrix", "ops", "module_adjacency", "module_operations"];
            let [matrix, operators, adjacency, operations] = source.fields(fields, names)?;
            vec![matrix.or(adjacency), operators.or(operations)]
        }
        _ => Vec::new(),
    };
    let [Some(matrix), Some(labels)] = parts[..] else {
        return Err(source.wrong(&literal, "a matrix and the operators of its vertices"));
    };
    let rows = numbers(source, matrix)?;
    let labels = texts(source, labels)?;
    ModelSpec::from_matrix(&rows, &labels).map_err(|error| match error {
        ArchError::Cell { expected, found, .. } => source.error(literal.position, &expected, found),
        error => error,
    })
}

fn numbers(source: Source<'_>, matrix: &Literal) -> Result<Vec<Vec<u8>>, ArchError> {
    let row = |row: &Literal| -> Option<Vec<u8>> {
        let numbers = row.value.numbers()?.into_iter();
        numbers.map(|number| u8::try_from(number).ok().filter(|number| *number <= 1)).collect()
    };
    let Value::Sequence(rows) = &matrix.value else {
        return Err(source.wrong(matrix, "a list of rows of `0` and `1`"));
    };
    let rows =
        rows.iter().map(|it| row(it).ok_or_else(|| source.wrong(it, "a row of `0` and `1`")));
    rows.collect()
}

fn texts<'l>(source: Source<'_>, labels: &'l Literal) -> Result<Vec<&'l str>, ArchError> {
    let text = |label: &'l Literal| match &label.value {
        Value::Text(text) => Ok(&**text),
        _ => Err(source.wrong(label, "an operator in quotes")),
    };
    match &labels.value {
        Value::Sequence(labels) => labels.iter().map(text).collect(),
        _ => Err(source.wrong(labels, "a list of operators")),
    }
}

struct Notation<'t> {
    text: &'t str,
}

impl<'t> Notation<'t> {
    fn read(&self) -> Result<ModelSpec, ArchError> {
        let (matrix, vertices) = self.matrix()?;
        let labels = self.labels(matrix.len() + 1, vertices)?;
        let rows: Vec<_> = matrix.chunks_exact(vertices).collect();
        ModelSpec::from_matrix(&rows, &labels).map_err(|error| match error {
            ArchError::Cell { expected, found, .. } => self.wrong(0, expected, found),
            error => error,
        })
    }

    /// Returns the matrix entries before `:`, and the side of the square matrix that they form.
    fn matrix(&self) -> Result<(Vec<u8>, usize), ArchError> {
        let mut entries = Vec::new();
        for (position, digit) in self.text.char_indices().take_while(|(_, c)| *c != ':') {
            match digit {
                '0' => entries.push(0),
                '1' => entries.push(1),
                _ => return Err(self.wrong_here(position, "`0`, `1` or `:`")),
            }
        }
        if entries.len() == self.text.len() {
            return Err(self.wrong_here(entries.len(), "`0`, `1` or `:`"));
        }
        let side = entries.len().isqrt();
        if side * side != entries.len() || !(2..=NODES_PER_WORD).contains(&side) {
            let expected = format!(
                "a square number of digits (4, 9, 16 and so on, up to {})",
                NODES_PER_WORD * NODES_PER_WORD
            );
            return Err(self.wrong(0, expected, entries.len().to_string()));
        }
        let below =
            |(position, entry): &(usize, &u8)| **entry == 1 && position / side >= position % side;
        if let Some((position, _)) = entries.iter().enumerate().find(below) {
            let expected = format!(
                "`0`, because there can be no edge from vertex {} to vertex {} (counted from 0)",
                position / side,
                position % side
            );
            return Err(self.wrong(position, expected, "`1`".into()));
        }
        Ok((entries, side))
    }

    /// Returns the labels, which start at byte `position`.
    fn labels(&self, mut position: usize, vertices: usize) -> Result<Vec<&'t str>, ArchError> {
        let mut labels = Vec::new();
        for label in self.text[position..].split(',') {
            let vertex = labels.len();
            let known = match vertex {
                0 => label == INPUT,
                _ if vertex == vertices - 1 => label == OUTPUT,
                _ if vertex == vertices => {
                    return Err(self.wrong(position - 1, "the end".into(), "`,`".into()));
                }
                _ => operator(label).is_some(),
            };
            if !known {
                return Err(self.wrong_here(position, &role(vertex, vertices - 1)));
            }
            labels.push(label);
            position += label.len() + 1;
        }
        if labels.len() < vertices {
            let expected = format!("`,` and {}", role(labels.len(), vertices - 1));
            return Err(self.wrong(self.text.len(), expected, "the end".into()));
        }
        Ok(labels)
    }

    /// Creates an error about the character or label at `position`.
    fn wrong_here(&self, position: usize, expected: &str) -> ArchError {
        let rest = &self.text[position..];
        let label = rest.find([',', ':']).unwrap_or(rest.len());
        let found = match rest.chars().next() {
            None => "the end".into(),
            Some(digit) if self.text[..position].find(':').is_none() => format!("`{digit}`"),
            Some(_) => format!("`{}`", &rest[..label]),
        };
        self.wrong(position, expected.into(), found)
    }

    fn wrong(&self, position: usize, expected: String, found: String) -> ArchError {
        let (space, text) = (NAME.into(), self.text.into());
        ArchError::Parse { space, text, position, expected, found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let space_and_text = format!("{NAME}: at byte ");
        let error = read(text).unwrap_err().to_string();
        error
            .strip_prefix(&space_and_text)
            .expect("a parse error")
            .replace(&format!(" of `{text}`"), "")
    }

    #[test]
    fn wrong_text_names_its_place() {
        assert_eq!(error(""), "0: expected `0`, `1` or `:`, found the end");
        assert_eq!(error("01x0:"), "2: expected `0`, `1` or `:`, found `x`");
        assert_eq!(error("0é"), "1: expected `0`, `1` or `:`, found `é`");
        assert_eq!(error("0100"), "4: expected `0`, `1` or `:`, found the end");
        assert_eq!(
            error("01000:input,output"),
            "0: expected a square number of digits (4, 9, 16 and so on, up to 4096), found 5"
        );
        assert_eq!(
            error("0110:input,output"),
            "2: expected `0`, because there can be no edge from vertex 1 to vertex 0 (counted from 0), found `1`"
        );
        assert_eq!(error("0100:"), "5: expected `input`, found the end");
        assert_eq!(error("0100:in,output"), "5: expected `input`, found `in`");
        assert_eq!(error("0100:input"), "10: expected `,` and `output`, found the end");
        assert_eq!(error("0100:input,output,"), "17: expected the end, found `,`");
        assert_eq!(
            error("010001000:input,conv5x5-bn-relu,output"),
            "16: expected an operator (conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3), \
             found `conv5x5-bn-relu`"
        );
    }

    #[test]
    fn matrix_and_operators_are_read() {
        let spec = read("010001000:input,maxpool3x3,output").unwrap();
        let (matrix, operators) =
            ("[[0, 1, 0], [0, 0, 1], [0, 0, 0]]", "['input', 'maxpool3x3', 'output']");
        for text in [
            format!("({matrix}, {operators})"),
            format!("ModelSpec({matrix}, {operators})"),
            format!(" ModelSpec( ops={operators}, matrix={matrix} )"),
            format!(r#"{{"matrix": {matrix}, "ops": {}}}"#, operators.replace('\'', "\"")),
            format!("{{'module_adjacency': {matrix}, 'module_operations': {operators}}}"),
        ] {
            assert_eq!(read(&text).as_ref(), Ok(&spec), "{text}");
        }
        assert_eq!(
            error("([[0, 2], [0, 0]], ['input', 'output'])"),
            "2: expected a row of `0` and `1`, found `[0, 2]`"
        );
        assert_eq!(
            error("([[0, 1], [0, 0]], ['input', 'end'])"),
            "0: expected `output` at vertex 1 (counted from 0), found `end`"
        );
        assert_eq!(
            error("([[0, 1]], ['input', 7])"),
            "21: expected an operator in quotes, found `7`"
        );
        assert!(error("([[0, 1], [0, 0]])").contains("a matrix and the operators"));
        assert!(error("ModelSpec(matrix=[[0]])").contains("a matrix and the operators"));
    }

    #[test]
    fn a_cell_outside_the_space_is_refused() {
        assert_eq!(
            error("0000:input,output"),
            "0: expected a path from input to output, found none"
        );
    }
}
