//! Stores boosted-tree models as sections of benchmark tables, and reads them back.

use std::iter;

use crate::BenchError;
use crate::formats::gbdt::{Model, Node, Real, Tree};
use crate::formats::table::{Section, Table, TableWriter};

/// The code that leaves have in place of a feature.
const LEAF: u16 = u16::MAX;

/// A number stored as one or two words of 32 bits, the lower first.
pub(crate) trait Stored: Real {
    const WORDS: usize;
    fn words(self) -> [u32; 2];
    fn from_words(words: [u32; 2]) -> Self;
}

impl Stored for f32 {
    const WORDS: usize = 1;

    fn words(self) -> [u32; 2] {
        [self.to_bits(), 0]
    }

    fn from_words([low, _]: [u32; 2]) -> Self {
        Self::from_bits(low)
    }
}

impl Stored for f64 {
    const WORDS: usize = 2;

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    fn words(self) -> [u32; 2] {
        [self.to_bits() as u32, (self.to_bits() >> 32) as u32]
    }

    fn from_words([low, high]: [u32; 2]) -> Self {
        Self::from_bits(u64::from(low) | u64::from(high) << 32)
    }
}

/// Writes models as six sections whose names begin with `part`. For each model: its number of trees
/// and its base. For each tree: its number of nodes. For each node: its feature, its threshold or
/// value, and its left child's position within the tree (the right child follows).
pub(crate) fn write<F: Stored>(writer: &mut TableWriter, part: &str, models: &[Model<F>]) {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let trees = || models.iter().flat_map(|model| &model.trees);
    let nodes = || trees().flat_map(Tree::nodes);
    writer.section(
        &format!("{part}.trees"),
        1,
        models.iter().map(|model| count(model.trees.len())),
    );
    let bases = models.iter().flat_map(|model| model.base.words().into_iter().take(F::WORDS));
    writer.section(&format!("{part}.base"), F::WORDS, bases);
    writer.section(&format!("{part}.nodes"), 1, trees().map(|tree| count(tree.nodes().len())));
    let features = nodes().map(|node| match node {
        Node::Split { feature, .. } => *feature,
        Node::Leaf(_) => LEAF,
    });
    writer.section(&format!("{part}.feature"), 1, features);
    let values = nodes().flat_map(|node| {
        let (Node::Split { below: value, .. } | Node::Leaf(value)) = *node;
        value.words().into_iter().take(F::WORDS)
    });
    writer.section(&format!("{part}.value"), F::WORDS, values);
    let lefts = nodes().map(|node| if let Node::Split { left, .. } = *node { left } else { 0 });
    writer.section(&format!("{part}.left"), 1, lefts);
}

/// Reads the models of a part, which must have `features` features; returns none if the table has
/// no such part.
pub(crate) fn read<F: Stored>(
    table: &Table,
    part: &str,
    features: usize,
) -> Result<Vec<Model<F>>, BenchError> {
    let rows = |name: &str| {
        let name = format!("{part}.{name}");
        let section = table.header().sections.iter().find(|section| section.name == name);
        section.map_or(0, |section| usize::try_from(section.rows).unwrap_or(usize::MAX))
    };
    let name = |name: &str| format!("{part}.{name}");
    let count = rows("trees");
    if count == 0 {
        return Ok(Vec::new());
    }
    let trees: Section<u32> = table.section(&name("trees"), count, 1)?;
    let bases: Section<u32> = table.section(&name("base"), count, F::WORDS)?;
    let mut reader = NodeReader {
        table,
        sizes: table.section(&name("nodes"), rows("nodes"), 1)?,
        features: table.section(&name("feature"), rows("feature"), 1)?,
        values: table.section(&name("value"), rows("feature"), F::WORDS)?,
        lefts: table.section(&name("left"), rows("feature"), 1)?,
        left: [rows("nodes"), rows("feature")],
        next: [0, 0],
    };
    let mut models = Vec::with_capacity(count);
    for model in 0..count {
        let size = table.get(trees, model, 0) as usize;
        let trees = iter::repeat_with(|| reader.tree(features)).take(size);
        let trees = trees.collect::<Result<_, _>>()?;
        let read = Model::new(features, number(table, bases, model), trees);
        models.push(read.map_err(|fault| {
            table.other(
                format!("model {model} (counted from 0) of {part} with {}", fault.expected),
                fault.found,
            )
        })?);
    }
    match reader.left {
        [0, 0] => Ok(models),
        left => Err(table
            .other(format!("no trees or nodes after the {part} models"), format!("{left:?} more"))),
    }
}

fn number<F: Stored>(table: &Table, section: Section<u32>, row: usize) -> F {
    let word = |column| if column < F::WORDS { table.get(section, row, column) } else { 0 };
    F::from_words([word(0), word(1)])
}

/// Reads trees one after the other.
struct NodeReader<'t> {
    table: &'t Table,
    sizes: Section<u32>,
    features: Section<u16>,
    values: Section<u32>,
    lefts: Section<u32>,
    /// The numbers of remaining trees and nodes, and the positions of the next tree and node.
    left: [usize; 2],
    next: [usize; 2],
}

impl NodeReader<'_> {
    fn tree<F: Stored>(&mut self, features: usize) -> Result<Tree<F>, BenchError> {
        let [tree, first] = self.next;
        let wrong = |expected: String, found: String| {
            Err(self.table.other(format!("tree {tree} (counted from 0) with {expected}"), found))
        };
        if self.left[0] == 0 {
            return wrong("its nodes".into(), "no more trees".into());
        }
        let size = self.table.get(self.sizes, tree, 0) as usize;
        if size > self.left[1] {
            return wrong(format!("{size} nodes"), format!("only {} nodes", self.left[1]));
        }
        let nodes: Vec<_> = (first..first + size).map(|row| self.node(row)).collect();
        let tree = match Tree::new(&nodes, features) {
            Ok(tree) if tree.nodes().len() == size => tree,
            Ok(_) => return wrong("no unused nodes".into(), "unused nodes".into()),
            Err(fault) => {
                return wrong(
                    format!("{} at node {} (counted from 0)", fault.expected, fault.node),
                    fault.found,
                );
            }
        };
        self.left = [self.left[0] - 1, self.left[1] - size];
        self.next = [self.next[0] + 1, first + size];
        Ok(tree)
    }

    fn node<F: Stored>(&self, row: usize) -> Node<F> {
        let value = number(self.table, self.values, row);
        match self.table.get(self.features, row, 0) {
            LEAF => Node::Leaf(value),
            feature => {
                let left = self.table.get(self.lefts, row, 0);
                Node::Split { feature, below: value, left, right: left.saturating_add(1) }
            }
        }
    }
}
