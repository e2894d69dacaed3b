//! A pruned cell (a cell without unused vertices) in a compact form.

use crate::{ArchError, NODES_PER_WORD};

/// Maximum number of vertices of a cell, including the input and the output.
pub const MAX_VERTICES: usize = 7;

/// Maximum number of edges of a cell.
pub const MAX_EDGES: usize = 9;

/// The operators that inner vertices can have, in the same order as in the published API. Cells
/// store each operator as its index in this list.
pub const OPERATORS: [&str; 3] = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];

/// Names of the first and the last vertex in the published API.
pub(super) const INPUT: &str = "input";
pub(super) const OUTPUT: &str = "output";

/// Name of the search space in error messages.
pub(super) const NAME: &str = "nasbench101";

/// Maximum number of inner vertices.
const MAX_INNER: usize = MAX_VERTICES - 2;

/// One valid, pruned cell. Every vertex lies on a path from the input (vertex 0) to the output (the
/// last vertex), and the cell is within the limits of the space.
///
/// Two cells are equal if their matrices and labels are equal. Isomorphic cells have the same
/// [`ModelSpec::hash`].
///
/// ```
/// use ganas_graph::spaces::nasbench101::ModelSpec;
/// let matrix = [[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0; 4]];
/// let labels = ["input", "conv1x1-bn-relu", "maxpool3x3", "output"];
/// let spec = ModelSpec::from_matrix(&matrix, &labels)?;
/// assert_eq!(spec.vertices(), 3, "vertex 2 leads nowhere and is pruned");
/// assert_eq!(spec.operators(), [1]);
/// # Ok::<(), ganas_graph::ArchError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelSpec {
    vertices: u8,
    edges: u32,
    operators: [u8; MAX_INNER],
}

impl ModelSpec {
    /// Creates a cell from the form that the published API uses: a square matrix of zeros and ones,
    /// and a label for each vertex. The cell is pruned and checked. It may have up to
    /// [`NODES_PER_WORD`] vertices before pruning.
    ///
    /// # Errors
    /// [`ArchError::Cell`] if the matrix is not square or not strictly upper triangular, if it has
    /// entries other than 0 and 1, if the number of labels differs from the number of vertices, if
    /// a label is unknown, if the output cannot be reached from the input, or if more than
    /// [`MAX_VERTICES`] vertices or [`MAX_EDGES`] edges are left after pruning.
    pub fn from_matrix<R: AsRef<[u8]>, L: AsRef<str>>(
        matrix: &[R],
        labels: &[L],
    ) -> Result<Self, ArchError> {
        let rows = upper_triangular(matrix)?;
        if labels.len() != rows.len() {
            let expected = format!("{} labels, one for each vertex", rows.len());
            return Err(wrong(expected, format!("{} labels", labels.len())));
        }
        let last = rows.len() - 1;
        let mut operators = [0; NODES_PER_WORD];
        for (vertex, label) in labels.iter().enumerate() {
            let label = label.as_ref();
            let found = match vertex {
                0 => (label == INPUT).then_some(0),
                _ if vertex == last => (label == OUTPUT).then_some(0),
                _ => operator(label),
            };
            operators[vertex] = found.ok_or_else(|| {
                wrong(
                    format!("{} at vertex {vertex} (counted from 0)", role(vertex, last)),
                    format!("`{label}`"),
                )
            })?;
        }
        Self::pruned(&rows, &operators[..rows.len()])
    }

    /// Creates a cell from its edges, which are given as bits, and its operators. The cell is
    /// pruned and checked. The edge from vertex `x` to vertex `y` is bit y(y−1)/2 + x of `edges`.
    /// For each inner vertex, `operators` holds an index into [`OPERATORS`].
    ///
    /// # Errors
    /// [`ArchError::Cell`] if there are more than [`MAX_VERTICES`] vertices, if a bit or an
    /// operator is out of range, if the output cannot be reached from the input, or if more than
    /// [`MAX_EDGES`] edges are left after pruning.
    pub fn from_bits(edges: u32, operators: &[u8]) -> Result<Self, ArchError> {
        let vertices = operators.len() + 2;
        if vertices > MAX_VERTICES {
            return Err(wrong(at_most(MAX_VERTICES, "vertices"), vertices.to_string()));
        }
        if edges >> bit(0, vertices) != 0 {
            let expected = format!("at most {} bits for the edges", bit(0, vertices));
            return Err(wrong(expected, format!("{edges:#b}")));
        }
        let mut labels = [0; MAX_VERTICES];
        for (vertex, &operator) in operators.iter().enumerate() {
            if usize::from(operator) >= OPERATORS.len() {
                let expected = format!("an operator number below {}", OPERATORS.len());
                return Err(wrong(
                    expected,
                    format!("{operator} at vertex {} (counted from 0)", vertex + 1),
                ));
            }
            labels[vertex + 1] = operator;
        }
        let mut rows = [0; MAX_VERTICES];
        for to in 1..vertices {
            for from in (0..to).filter(|&from| edges >> bit(from, to) & 1 == 1) {
                rows[from] |= 1 << to;
            }
        }
        Self::pruned(&rows[..vertices], &labels[..vertices])
    }

    /// Creates the cell of a complete word, which is valid by construction.
    pub(super) fn unchecked(vertices: usize, edges: u32, operators: [u8; MAX_INNER]) -> Self {
        let vertices = u8::try_from(vertices).expect("at most seven");
        Self { vertices, edges, operators }
    }

    /// Removes all vertices that are not on a path from the first to the last, and checks what
    /// remains. `rows` holds the successors of each vertex as bits; `operators` has an entry for
    /// each vertex.
    fn pruned(rows: &[u64], operators: &[u8]) -> Result<Self, ArchError> {
        let keep = on_paths(rows);
        if keep == 0 {
            return Err(wrong("a path from input to output".into(), "none".into()));
        }
        let vertices = keep.count_ones() as usize;
        if vertices > MAX_VERTICES {
            let found = format!("{vertices} after pruning");
            return Err(wrong(at_most(MAX_VERTICES, "vertices"), found));
        }
        let kept = |row: u64| (0..rows.len()).filter(move |vertex| (row & keep) >> vertex & 1 == 1);
        let rank = |vertex: usize| (keep & ((1 << vertex) - 1)).count_ones() as usize;
        let mut spec = Self::unchecked(vertices, 0, [0; MAX_INNER]);
        for from in kept(u64::MAX) {
            if (1..=vertices - 2).contains(&rank(from)) {
                spec.operators[rank(from) - 1] = operators[from];
            }
            for to in kept(rows[from]) {
                spec.edges |= 1 << bit(rank(from), rank(to));
            }
        }
        if spec.edge_count() > MAX_EDGES {
            let found = format!("{} after pruning", spec.edge_count());
            return Err(wrong(at_most(MAX_EDGES, "edges"), found));
        }
        Ok(spec)
    }

    /// Returns the number of vertices, including the input and the output. It is at least 2 and at
    /// most [`MAX_VERTICES`].
    pub fn vertices(&self) -> usize {
        usize::from(self.vertices)
    }

    /// Returns true if there is an edge from vertex `from` to the later vertex `to`.
    pub fn has_edge(&self, from: usize, to: usize) -> bool {
        from < to && to < self.vertices() && self.edges >> bit(from, to) & 1 == 1
    }

    /// Returns the number of edges, which is at most [`MAX_EDGES`].
    pub fn edge_count(&self) -> usize {
        self.edges.count_ones() as usize
    }

    /// Returns all edges as bits, in the form that [`ModelSpec::from_bits`] expects.
    pub fn edge_bits(&self) -> u32 {
        self.edges
    }

    /// Returns the operators of the inner vertices, as indices into [`OPERATORS`].
    pub fn operators(&self) -> &[u8] {
        &self.operators[..self.vertices() - 2]
    }

    /// Returns the predecessors of `vertex` as bits.
    pub(super) fn predecessors(&self, vertex: usize) -> u32 {
        self.edges >> bit(0, vertex) & ((1 << vertex) - 1)
    }
}

/// Returns the index of an edge's bit. `bit(0, v)` is also the number of bits needed for v
/// vertices.
pub(super) const fn bit(from: usize, to: usize) -> usize {
    to * to.saturating_sub(1) / 2 + from
}

/// Returns the operator with the given name; `None` if there is none.
pub(super) fn operator(name: &str) -> Option<u8> {
    (0..).zip(OPERATORS).find_map(|(choice, operator)| (operator == name).then_some(choice))
}

/// Describes the labels that are valid for a vertex.
pub(super) fn role(vertex: usize, last: usize) -> String {
    match vertex {
        0 => format!("`{INPUT}`"),
        _ if vertex == last => format!("`{OUTPUT}`"),
        _ => format!("an operator ({})", OPERATORS.join(", ")),
    }
}

pub(super) fn wrong(expected: String, found: String) -> ArchError {
    ArchError::Cell { space: NAME.into(), expected, found }
}

fn at_most(limit: usize, what: &str) -> String {
    format!("at most {limit} {what}")
}

/// Returns the successors of each vertex as bits, after checking the matrix.
fn upper_triangular<R: AsRef<[u8]>>(matrix: &[R]) -> Result<Vec<u64>, ArchError> {
    let size = matrix.len();
    if !(2..=NODES_PER_WORD).contains(&size) {
        return Err(wrong(
            format!("a matrix with 2 to {NODES_PER_WORD} rows"),
            format!("{size} rows"),
        ));
    }
    let mut rows = vec![0; size];
    for (from, entries) in matrix.iter().enumerate() {
        let entries = entries.as_ref();
        if entries.len() != size {
            let found = format!(
                "{} entries in row {from} (counted from 0), although there are {size} rows",
                entries.len()
            );
            return Err(wrong("a square matrix".into(), found));
        }
        for (to, &entry) in entries.iter().enumerate() {
            match entry {
                0 => {}
                1 if from < to => rows[from] |= 1 << to,
                1 => {
                    let found = format!("a 1 at row {from}, column {to} (counted from 0)");
                    return Err(wrong("a strictly upper triangular matrix".into(), found));
                }
                _ => {
                    let found = format!("{entry} at row {from}, column {to} (counted from 0)");
                    return Err(wrong("zeros and ones in the matrix".into(), found));
                }
            }
        }
    }
    Ok(rows)
}

/// Returns, as bits, the vertices on a path from the first vertex to the last; 0 if there is no
/// path.
fn on_paths(rows: &[u64]) -> u64 {
    let last = rows.len() - 1;
    let (mut forward, mut backward) = (1, 1 << last);
    for (vertex, row) in rows.iter().enumerate() {
        if forward >> vertex & 1 == 1 {
            forward |= row;
        }
    }
    for (vertex, row) in rows.iter().enumerate().rev() {
        if row & backward != 0 {
            backward |= 1 << vertex;
        }
    }
    if forward >> last & 1 == 1 { forward & backward } else { 0 }
}
