//! The hash by which NAS-Bench-101 identifies a cell, called the module hash in its code.

use std::sync::LazyLock;

use super::md5_lanes::{Message, digests};
use super::spec::{MAX_VERTICES, ModelSpec};
use crate::ArchHash;

/// Number of labels in the module hash. They are −2 (output), −1 (input), and 0 to 2 (operators).
const LABELS: usize = 5;
const INPUT: usize = 1;
const OUTPUT: usize = 0;

/// A digest as 32 lower-case hexadecimal digits, the form used by the module hash.
type Hex = [u8; 32];

/// The digests of a cell's vertices.
type Digests = [Hex; MAX_VERTICES];

/// A cell's vertices in ascending order of their digests.
type Order = [usize; MAX_VERTICES];

/// Number of cells that are hashed together. Sixteen cells of seven vertices keep all lanes in use.
const BATCH: usize = 16;

impl ModelSpec {
    /// Returns the module hash that the benchmark's authors published. Isomorphic cells have the
    /// same hash. Cells of the space that are not isomorphic have different hashes, as the authors
    /// verified.
    ///
    /// Each vertex starts with the MD5 digest of `(edges out, edges in, label)`, where the first
    /// two are the numbers of its outgoing and incoming edges. The number of rounds that follow
    /// equals the number of vertices of the cell. Each round replaces the digest of each vertex
    /// with the MD5 digest of three parts, separated by `|`: the sorted digests of its
    /// predecessors, the sorted digests of its successors, and its own digest. The hash is the MD5
    /// digest of the sorted list of all digests, where the list is written as Python prints it.
    ///
    /// # Complexity
    /// V rounds of MD5 for V vertices. Each round hashes all vertices at once, without allocation.
    ///
    /// # Source
    /// `hash_module` in `nasbench/lib/graph_util.py`.
    pub fn hash(&self) -> ArchHash {
        Batch::new(std::slice::from_ref(self)).hash(0)
    }

    /// Returns the [`ModelSpec::hash`] of each cell, in half the time that separate calls would
    /// take. Sixteen cells are hashed together. Their vertices are grouped by the length of the
    /// messages to hash, so that all SIMD lanes are in use.
    pub fn hashes(specs: &[Self]) -> Vec<ArchHash> {
        let mut hashes = Vec::with_capacity(specs.len());
        for chunk in specs.chunks(BATCH) {
            let mut batch = Batch::new(chunk);
            hashes.extend((0..chunk.len()).map(|cell| batch.hash(cell)));
        }
        hashes
    }

    /// Returns the successors of `vertex` as bits.
    fn successors(&self, vertex: usize) -> u32 {
        (vertex + 1..self.vertices())
            .filter(|&to| self.has_edge(vertex, to))
            .fold(0, |row, to| row | 1 << to)
    }

    fn first_digest(&self, vertex: usize) -> &'static Hex {
        let label = match vertex {
            0 => INPUT,
            _ if vertex == self.vertices() - 1 => OUTPUT,
            _ => usize::from(self.operators()[vertex - 1]) + 2,
        };
        let edges_out = self.successors(vertex).count_ones() as usize;
        let edges_in = self.predecessors(vertex).count_ones() as usize;
        &FIRST_DIGESTS[edges_out][edges_in][label]
    }

    /// Writes the message whose MD5 digest is the next digest of `vertex`. `order` lists the
    /// vertices in ascending order of their digests.
    fn write_message(&self, vertex: usize, digests: &Digests, order: &Order, into: &mut Message) {
        for neighbours in [self.predecessors(vertex), self.successors(vertex)] {
            for &other in &order[..self.vertices()] {
                if neighbours >> other & 1 == 1 {
                    into.push(&digests[other]);
                }
            }
            into.push(b"|");
        }
        into.push(&digests[vertex]);
    }
}

/// Up to [`BATCH`] cells that are hashed together, so that no lane is idle.
struct Batch<'s> {
    specs: &'s [ModelSpec],
    digests: [Digests; BATCH],
    /// All vertices of all cells, grouped by message length.
    places: [Place; BATCH * MAX_VERTICES],
    /// Number of entries of `places` in use.
    vertices: usize,
}

/// A vertex of one of the cells in the batch.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    cell: usize,
    vertex: usize,
    edges: u32,
}

impl<'s> Batch<'s> {
    /// Computes the final digests of all vertices of up to [`BATCH`] cells.
    fn new(specs: &'s [ModelSpec]) -> Self {
        let digests = [[[0; 32]; MAX_VERTICES]; BATCH];
        let places = [Place::default(); BATCH * MAX_VERTICES];
        let mut batch = Self { specs, digests, places, vertices: 0 };
        for (cell, spec) in specs.iter().enumerate() {
            for vertex in 0..spec.vertices() {
                let neighbours = [spec.predecessors(vertex), spec.successors(vertex)];
                let edges = neighbours.iter().map(|row| row.count_ones()).sum();
                batch.digests[cell][vertex] = *spec.first_digest(vertex);
                batch.places[batch.vertices] = Place { cell, vertex, edges };
                batch.vertices += 1;
            }
        }
        batch.places[..batch.vertices].sort_unstable_by_key(|place| place.edges);
        for round in 0..MAX_VERTICES {
            match specs {
                [_] => batch.refine::<8>(round),
                _ => batch.refine::<BATCH>(round),
            }
        }
        batch
    }

    /// Performs one round, `LANES` messages at a time, for the cells that have more than `round`
    /// vertices.
    fn refine<const LANES: usize>(&mut self, round: usize) {
        let before = self.digests;
        let mut order = [Order::default(); BATCH];
        for ((order, spec), digests) in order.iter_mut().zip(self.specs).zip(&before) {
            *order = sorted_order(&digests[..spec.vertices()]);
        }
        let unfinished = |place: &&Place| self.specs[place.cell].vertices() > round;
        let mut places = self.places[..self.vertices].iter().filter(unfinished).peekable();
        while places.peek().is_some() {
            let mut messages = [Message::EMPTY; LANES];
            let mut lanes = [None; LANES];
            let in_lanes = messages.iter_mut().zip(&mut lanes).zip(places.by_ref());
            for ((message, lane), &Place { cell, vertex, .. }) in in_lanes {
                self.specs[cell].write_message(vertex, &before[cell], &order[cell], message);
                *lane = Some((cell, vertex));
            }
            let digests = digests(&mut messages);
            for (digest, (cell, vertex)) in digests.into_iter().zip(lanes.into_iter().flatten()) {
                self.digests[cell][vertex] = hexadecimal(digest);
            }
        }
    }

    fn hash(&mut self, cell: usize) -> ArchHash {
        let sorted = &mut self.digests[cell][..self.specs[cell].vertices()];
        sorted.sort_unstable();
        fingerprint(sorted)
    }
}

/// The first digest of a vertex, `FIRST_DIGESTS[edges out][edges in][label]`, for all possible
/// values.
static FIRST_DIGESTS: LazyLock<[[[Hex; LABELS]; MAX_VERTICES]; MAX_VERTICES]> =
    LazyLock::new(|| {
        std::array::from_fn(|edges_out| {
            std::array::from_fn(|edges_in| {
                std::array::from_fn(|label| {
                    let label = i32::try_from(label).expect("five labels") - 2;
                    let text = format!("({edges_out}, {edges_in}, {label})");
                    hexadecimal(*ArchHash::of(text.as_bytes()).as_bytes())
                })
            })
        })
    });

/// Returns the vertices in ascending order of their digests. Entries beyond the last vertex are
/// unused.
fn sorted_order(digests: &[Hex]) -> Order {
    let mut order = [0; MAX_VERTICES];
    order.iter_mut().enumerate().for_each(|(vertex, place)| *place = vertex);
    order[..digests.len()].sort_unstable_by_key(|&vertex| &digests[vertex]);
    order
}

/// Returns the MD5 digest of `['…', '…']`, the sorted digests as a Python list.
fn fingerprint(sorted: &[Hex]) -> ArchHash {
    const QUOTED: usize = 32 + "'', ".len();
    let mut text = [b'\''; MAX_VERTICES * QUOTED + 1];
    let length = sorted.len() * QUOTED;
    text[0] = b'[';
    for (place, digest) in sorted.iter().enumerate() {
        let start = place * QUOTED + 2;
        text[start..start + 32].copy_from_slice(digest);
        text[start + 33..start + 35].copy_from_slice(b", ");
    }
    text[length - 1] = b']';
    ArchHash::of(&text[..length])
}

fn hexadecimal(digest: [u8; 16]) -> Hex {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [0; 32];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spaces::nasbench101::{OPERATORS, notation};

    fn hash(edges: &[(usize, usize)], operators: &[u8]) -> String {
        let vertices = operators.len() + 2;
        let mut matrix = vec![vec![0; vertices]; vertices];
        for &(from, to) in edges {
            matrix[from][to] = 1;
        }
        let mut labels = vec!["input"];
        labels.extend(operators.iter().map(|&operator| OPERATORS[usize::from(operator)]));
        labels.push("output");
        ModelSpec::from_matrix(&matrix, &labels).unwrap().hash().to_string()
    }

    #[test]
    fn hashes_are_the_published_ones() {
        let inception = [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)];
        assert_eq!(hash(&inception, &[1, 0, 0, 0, 2]), "28cfc7874f6d200472e1a9dcd8650aa0");
        let first_record = "0100110001000000010010000010000001000000010000000:input,\
             conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output";
        let spec = notation::read(first_record).unwrap();
        assert_eq!(spec.hash().to_string(), "00005c142e6f48ac74fdcf73e3439874");
        assert_eq!(hash(&[(0, 1)], &[]), "043721b9c7fe8c5fad811d47d83132ec");
    }

    #[test]
    fn unused_vertices_do_not_count() {
        let pruned = hash(&[(0, 1), (1, 2)], &[2]);
        assert_eq!(hash(&[(0, 1), (0, 2), (1, 3)], &[2, 0]), pruned, "vertex 2 leads nowhere");
        assert_eq!(hash(&[(0, 2), (1, 2), (2, 3)], &[0, 2]), pruned, "vertex 1 comes from nowhere");
    }
}
