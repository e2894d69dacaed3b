//! The grammar of cells: the order of the decisions, and the choices that each decision allows.
//!
//! The number of vertices is decided first. Then the inner vertices are decided one by one. For
//! each of them, the operator comes first. It is followed by one decision for each earlier vertex:
//! whether an edge leads from that vertex to the current one. The edges into the output come last.
//! The allowed choices guarantee two properties. First, every vertex has the incoming and outgoing
//! edges that it needs, so there is nothing to prune. Second, there are at most [`MAX_EDGES`]
//! edges.
//!
//! Call a vertex *open* while it has no outgoing edge. Let the *current* vertex be the one whose
//! edges are being decided. Let `o` be the number of open vertices before it, and `l` the number of
//! vertices after it. Then at least `o + l` more edges are needed. Each of these open vertices, the
//! current vertex and each later vertex except the output needs one outgoing edge. `o + l` edges
//! are also enough. The first edge out of an open vertex is among these `o + l`, so it is always
//! allowed. Any other edge uses up a spare edge. The number of spare edges is `MAX_EDGES - edges -
//! (o + l)`, where `edges` is the number of edges so far.

use super::spec::{MAX_EDGES, MAX_VERTICES, ModelSpec, bit};
use crate::{Decision, Mask, Subject};

/// The kinds of decision, as indices into the space's list of kinds.
pub(super) const VERTICES: usize = 0;
pub(super) const OPERATOR: usize = 1;
pub(super) const EDGE: usize = 2;

const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// The state of the grammar after a prefix of choices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Prefix {
    /// Number of vertices of the finished cell; 0 while it is undecided.
    pub(super) vertices: usize,
    /// The operators decided so far, for vertices 1, 2, …
    pub(super) operators: [u8; MAX_VERTICES - 2],
    /// Number of operators decided.
    pub(super) decided: usize,
    /// The edges decided to be present, as bits.
    pub(super) edges: u32,
    /// The vertex whose edges are being decided. `from` is the earlier vertex whose edge to it is
    /// decided next.
    to: usize,
    from: usize,
    /// The vertices before `to` that have no outgoing edge yet, as bits.
    open: u32,
}

impl Prefix {
    /// Returns the state after `choices`, which must be allowed.
    pub(super) fn read(choices: &[u8]) -> Self {
        let mut prefix = Self { to: 1, open: 1, ..Self::default() };
        for &choice in choices {
            prefix.push(choice);
        }
        prefix
    }

    fn push(&mut self, choice: u8) {
        if self.vertices == 0 {
            self.vertices = usize::from(choice) + 2;
        } else if self.operator_is_next() {
            self.operators[self.decided] = choice;
            self.decided += 1;
        } else {
            if choice == PRESENT {
                self.edges |= 1 << bit(self.from, self.to);
                self.open &= !(1 << self.from);
            }
            self.from += 1;
            if self.from == self.to {
                self.open |= 1 << self.to;
                (self.to, self.from) = (self.to + 1, 0);
            }
        }
    }

    fn operator_is_next(&self) -> bool {
        self.to < self.vertices - 1 && self.decided < self.to
    }

    /// Returns the next decision; `None` if the cell is complete.
    pub(super) fn next(&self) -> Option<Decision> {
        let (kind, subject, allowed) = if self.vertices == 0 {
            (VERTICES, Subject::Node(0), Mask::all(MAX_VERTICES - 1))
        } else if self.to == self.vertices {
            return None;
        } else if self.operator_is_next() {
            (OPERATOR, Subject::Node(self.to), Mask::all(super::OPERATORS.len()))
        } else {
            (EDGE, Subject::Edge { from: self.from, to: self.to }, self.edge_choices())
        };
        Some(Decision { kind, subject, allowed })
    }

    fn edge_choices(&self) -> Mask {
        let open = self.open >> self.from & 1 == 1;
        let is_output = self.to == self.vertices - 1;
        let has_edge_in = self.edges >> bit(0, self.to) & ((1 << self.to) - 1) != 0;
        let last_chance = self.from == self.to - 1 && !has_edge_in;
        let mut allowed = Mask::all(2);
        if (open && is_output) || last_chance {
            allowed = allowed.without(ABSENT);
        }
        if !open && self.spare_edges() == 0 {
            allowed = allowed.without(PRESENT);
        }
        allowed
    }

    /// Returns the numbers on which later decisions depend.
    pub(super) fn state(&self) -> Vec<u64> {
        if self.vertices > 0 && self.to == self.vertices {
            return Vec::new();
        }
        let into = self.edges >> bit(0, self.to) & ((1 << self.to) - 1);
        let numbers = [self.vertices, self.to, self.from, self.decided];
        let numbers = numbers.map(|number| number as u64);
        let rows = [self.open, self.edges.count_ones(), u32::from(into != 0)].map(u64::from);
        [&numbers[..], &rows].concat()
    }

    /// Returns how many edges may still be added beyond those that every completion needs.
    fn spare_edges(&self) -> usize {
        let to_come = self.vertices - 1 - self.to;
        let needed = self.open.count_ones() as usize + to_come;
        MAX_EDGES - self.edges.count_ones() as usize - needed
    }

    /// Returns the cell that a complete sequence of choices describes.
    pub(super) fn spec(&self) -> ModelSpec {
        debug_assert!(self.next().is_none(), "expected a complete word");
        ModelSpec::unchecked(self.vertices, self.edges, self.operators)
    }
}

/// Returns the sequence of choices that describes a cell.
pub(super) fn choices(spec: &ModelSpec) -> Vec<u8> {
    let vertices = spec.vertices();
    let mut choices = vec![u8::try_from(vertices - 2).expect("at most five")];
    for to in 1..vertices {
        choices.extend(spec.operators().get(to - 1));
        choices.extend((0..to).map(|from| if spec.has_edge(from, to) { PRESENT } else { ABSENT }));
    }
    choices
}
