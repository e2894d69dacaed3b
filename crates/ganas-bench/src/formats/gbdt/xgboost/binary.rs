//! Reads `XGBoost` models in binary form.

use super::{check_booster, check_objective, model, wrong, wrong_tree};
use crate::formats::gbdt::{Model, ModelError, Node, Tree};

/// Reads the whole binary form.
pub(super) fn read(bytes: &[u8]) -> Result<Model<f32>, ModelError> {
    let mut reader = Reader { bytes, position: 0 };
    if bytes.starts_with(b"binf") {
        reader.position = 4;
    }
    let learner = reader.learner()?;
    let at = reader.place();
    let objective = reader.text("the name of an objective")?;
    check_objective(at, &objective)?;
    let at = reader.place();
    check_booster(at, &reader.text("the name of a booster")?)?;
    let trees = reader.trees(learner.features)?;
    for _ in 0..if learner.has_attributes { reader.length("attributes")? } else { 0 } {
        reader.text("the name of an attribute")?;
        reader.text("the value of an attribute")?;
    }
    // Since 1.0, the metrics are one of the attributes.
    if learner.has_metrics && reader.position < bytes.len() {
        for _ in 0..reader.length("metrics")? {
            reader.text("the name of a metric")?;
        }
    }
    match bytes.len() - reader.position {
        0 => model(learner.features, learner.base, trees),
        left => Err(reader.wrong("the end of the model", format!("{left} more bytes"))),
    }
}

struct Learner {
    base: f32,
    features: usize,
    has_attributes: bool,
    has_metrics: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Reads the learner: 136 bytes.
    fn learner(&mut self) -> Result<Learner, ModelError> {
        let base = f32::from_bits(self.number("the base score")?);
        let at = self.place();
        let features = self.count("the number of features")?;
        if features > usize::from(u16::MAX) {
            return Err(wrong(at, "at most 65535 features", features.to_string()));
        }
        let at = self.place();
        let classes = self.number("the number of classes")?;
        if classes > 1 {
            return Err(wrong(at, "a model with one output", format!("{classes} classes")));
        }
        let has_attributes = self.number("a flag")? != 0;
        let has_metrics = self.number("a flag")? != 0;
        let at = self.place();
        let major = self.number("a version")?;
        if major > 1 {
            return Err(wrong(
                at,
                "a model written by XGBoost 0.x or 1.x",
                format!("version {major}"),
            ));
        }
        self.take(28 * 4, "the learner's parameters")?;
        Ok(Learner { base, features, has_attributes, has_metrics })
    }

    /// Reads 160 bytes of parameters, the trees, and the output to which each tree belongs.
    fn trees(&mut self, features: usize) -> Result<Vec<Tree<f32>>, ModelError> {
        let count = self.count("the number of trees")?;
        self.take(39 * 4, "the parameters of the trees")?;
        let mut trees = Vec::new();
        for number in 0..count {
            let nodes = self.tree()?;
            trees.push(Tree::new(&nodes, features).map_err(|fault| wrong_tree(number, fault))?);
        }
        for _ in 0..count {
            let at = self.place();
            match self.number("the output of a tree")? {
                0 => {}
                output => return Err(wrong(at, "output 0", output.to_string())),
            }
        }
        Ok(trees)
    }

    /// Reads 148 bytes of parameters, 20 bytes for each node, and 16 bytes for each node's
    /// statistics.
    fn tree(&mut self) -> Result<Vec<Node<f32>>, ModelError> {
        self.take(4, "the number of roots")?;
        let count = self.count("the number of nodes")?;
        self.take(3 * 4, "the parameters of a tree")?;
        let at = self.place();
        match self.number("the size of leaf vectors")? {
            0 => {}
            size => {
                return Err(wrong(at, "leaves with one number each", format!("vectors of {size}")));
            }
        }
        self.take(31 * 4, "the parameters of a tree")?;
        let length = count.saturating_mul(20);
        let nodes = self.take(length, "the nodes of a tree")?.as_chunks::<20>().0;
        self.take(count * 16, "the statistics of a tree's nodes")?;
        Ok(nodes.iter().map(node).collect())
    }

    /// Reads a count of items that each take at least four bytes.
    fn count(&mut self, what: &str) -> Result<usize, ModelError> {
        let at = self.place();
        let count = self.number(what)? as usize;
        if count <= self.bytes.len() / 4 {
            return Ok(count);
        }
        Err(wrong(at, what, format!("{count} in {} bytes", self.bytes.len())))
    }

    fn number(&mut self, what: &str) -> Result<u32, ModelError> {
        let bytes = self.take(4, what)?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }

    fn length(&mut self, what: &str) -> Result<usize, ModelError> {
        let bytes = self.take(8, what)?;
        let length = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Ok(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn text(&mut self, what: &str) -> Result<String, ModelError> {
        let length = self.length(what)?;
        Ok(String::from_utf8_lossy(self.take(length, what)?).into_owned())
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], ModelError> {
        let left = &self.bytes[self.position..];
        let Some(bytes) = left.get(..length) else {
            let expected = format!("{what}, {length} bytes");
            return Err(
                self.wrong(&expected, format!("the end of the model after {} bytes", left.len()))
            );
        };
        self.position += length;
        Ok(bytes)
    }

    fn place(&self) -> String {
        format!("byte {}", self.position)
    }

    fn wrong(&self, expected: &str, found: String) -> ModelError {
        wrong(self.place(), expected, found)
    }
}

/// Reads parent, left, right, feature (31 bits; the highest bit is the direction of missing values)
/// and value.
fn node(bytes: &[u8; 20]) -> Node<f32> {
    let word =
        |at: usize| bytes[4 * at..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
    let value = f32::from_bits(word(4));
    if word(1) == u32::MAX {
        return Node::Leaf(value);
    }
    // A feature that does not fit exceeds any model's number of features.
    let feature = u16::try_from(word(3) & 0x7fff_ffff).unwrap_or(u16::MAX);
    Node::Split { feature, below: value, left: word(1), right: word(2) }
}
