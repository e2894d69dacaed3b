//! The notation `adjacency:labels`: V² zeros and ones, row by row, and V labels with commas between,
//! as the published files hold them. A cell may be written unpruned.

use super::spec::{INPUT, ModelSpec, NAME, OPERATORS, OUTPUT, operator, role};
use crate::{ArchError, FEW_NODES};

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
    Notation { text }.read()
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

    /// The entries before `:`, and the side of the square that they fill.
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
        if side * side != entries.len() || !(2..=FEW_NODES).contains(&side) {
            let expected = format!("a square number of digits from 4 to {}", FEW_NODES * FEW_NODES);
            return Err(self.wrong(0, expected, entries.len().to_string()));
        }
        let below =
            |(position, entry): &(usize, &u8)| **entry == 1 && position / side >= position % side;
        if let Some((position, _)) = entries.iter().enumerate().find(below) {
            let expected = format!(
                "`0`, no edge from vertex {} to vertex {}",
                position / side,
                position % side
            );
            return Err(self.wrong(position, expected, "`1`".into()));
        }
        Ok((entries, side))
    }

    /// The labels from byte `position` on.
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

    /// An error about the character or label at `position`.
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
            "0: expected a square number of digits from 4 to 4096, found 5"
        );
        assert_eq!(
            error("0110:input,output"),
            "2: expected `0`, no edge from vertex 1 to vertex 0, found `1`"
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
    fn a_cell_outside_the_space_is_refused() {
        assert_eq!(
            error("0000:input,output"),
            "0: expected a path from input to output, found none"
        );
    }
}
