//! The trait that all search spaces implement. A space is a grammar. Each word of the grammar,
//! which is a complete sequence of choices, is an architecture.

use std::collections::HashMap;
use std::fmt::Debug;

use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostLimit, CostMetric, Mask, NODES_PER_WORD,
    NumberRange, OutlinePart, Progress,
};

/// A search space. It is a grammar. An architecture is a word of the grammar (a complete sequence
/// of choices) with a number for each numeric decision.
///
/// For each prefix (the sequence of choices made so far), the space determines the next decision.
/// Sampling, mutation, crossover, enumeration and the autoregressive generator need nothing else,
/// so implementing this trait is all that a new space requires.
///
/// The parameter `prefix` of a method must consist of choices that the space allows, such as those
/// made with a [`Builder`](crate::Builder). With any other choices, the method may panic.
pub trait SearchSpace: Debug + Send + Sync {
    /// Returns the space's short lower-case name, such as `nasbench201`.
    fn name(&self) -> &str;

    /// Returns the kinds of decision. A generator has one output head for each kind.
    fn kinds(&self) -> &[DecisionKind];

    /// Returns the decision after `prefix`; `None` if the architecture is complete. The decision
    /// always allows at least one choice, so every allowed prefix can be completed.
    fn next(&self, prefix: &[u8]) -> Option<Decision>;

    /// Returns the names of the labels that nodes of [`SearchSpace::graph`] may have, at most
    /// [`crate::MAX_LABELS`] names.
    fn labels(&self) -> &[String];

    /// Returns the maximum number of nodes in any [`SearchSpace::graph`], at most
    /// [`crate::MAX_NODES`]. A space whose graphs can have more than [`NODES_PER_WORD`] nodes must
    /// override this.
    fn most_nodes(&self) -> usize {
        NODES_PER_WORD
    }

    /// Returns the graph of a prefix, including the node that the next decision concerns. `prefix`
    /// may also hold all choices of a complete architecture.
    fn graph(&self, prefix: &[u8]) -> ArchGraph;

    /// Returns the graph of `arch` without operators that have no effect. Models that predict the
    /// quality of architectures see this graph. Two architectures that describe the same network
    /// may have different canonical graphs. However, if two architectures differ only in the order
    /// of interchangeable parts, their canonical graphs differ only in the order of the nodes.
    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        self.graph(arch.choices())
    }

    /// Returns the hash that identifies the isomorphism class of `arch` (the architectures that
    /// describe the same network).
    fn canonical(&self, arch: &Arch) -> ArchHash;

    /// Parses an architecture in the space's own notation, or in another one that publications use.
    ///
    /// # Errors
    /// [`ArchError::Parse`] with the byte position of the first mistake and the notation expected
    /// there.
    fn parse(&self, text: &str) -> Result<Arch, ArchError>;

    /// Returns the architecture in the space's own notation, which [`SearchSpace::parse`] reads.
    fn display(&self, arch: &Arch) -> String;

    /// Returns a human-readable explanation of the notation in one line. The text is empty if the
    /// notation needs no explanation.
    fn notation(&self) -> String {
        String::new()
    }

    /// Returns the metrics of the costs that are known without an evaluation.
    fn cost_metrics(&self) -> &[CostMetric];

    /// Returns the costs of `arch`: one value per metric, in the unit of that metric.
    fn cost(&self, arch: &Arch) -> Vec<f64>;

    /// Returns the cost of `arch` in the metric with index `metric`.
    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        self.cost(arch)[metric]
    }

    /// Returns the network of `arch` as a self-contained `PyTorch` file that defines the module
    /// `Network`. The file states the number of parameters that [`SearchSpace::cost`] returns, and
    /// checks it against the network when run as a program. Returns `None` if the space does not
    /// define what its operators compute.
    fn pytorch(&self, _arch: &Arch) -> Option<String> {
        None
    }

    /// Returns the names of well-known architectures, which [`SearchSpace::named`] accepts.
    fn named_archs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the architecture with the given name. Returns `None` if no architecture has this
    /// name.
    fn named(&self, _name: &str) -> Option<Arch> {
        None
    }

    /// Returns a summary of `prefix`. It holds everything that affects which choices can follow
    /// and, for each cost that is a sum of whole numbers, the part of the sum that `prefix` already
    /// determines. [`Words`](crate::Words) uses the summaries to count the words of the space
    /// (complete sequences of choices) and to draw them uniformly, even within exact limits on such
    /// costs. Returns `None` if the space does not support this. Random architectures then come
    /// from [`moves::sample`](crate::moves::sample), which is uniform only over each decision's
    /// choices.
    fn progress(&self, _prefix: &[u8]) -> Option<Progress> {
        None
    }

    /// Returns the number of words (complete sequences of choices) in the isomorphism class of
    /// `arch`. The number may have been divided by a factor common to all classes, but it is at
    /// least 1. To draw uniformly over classes, draw words uniformly and keep each with probability
    /// 1/n, where n is the number returned for it. Returns `None` if the space does not support
    /// this. In that case, only words can be drawn uniformly, not classes.
    fn representations(&self, _arch: &Arch) -> Option<u64> {
        None
    }

    /// Returns the cost limits that belong to the space's definition. An architecture that violates
    /// such a limit still belongs to the space, but no study evaluates it.
    fn limits(&self) -> Vec<CostLimit> {
        Vec::new()
    }

    /// Returns the lines of text that a drawing shows for each node of
    /// [`SearchSpace::canonical_graph`]. A drawing omits nodes without text.
    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        self.canonical_graph(arch).label_names(self.labels())
    }

    /// Returns the role of each node of [`SearchSpace::canonical_graph`], such as `input`,
    /// `output`, `parameter`, a kind of block, or an operator. The role determines the node's
    /// colour in a drawing.
    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        let names = self.canonical_graph(arch).label_names(self.labels());
        names.into_iter().map(|names| names.into_iter().next().unwrap_or_default()).collect()
    }

    /// Returns the value chosen in each decision of `arch`, with the name of the decision. Some
    /// spaces also return their fixed properties in this form. The name is unique within the space.
    /// It does not change if the space is extended by parts, layers or parameters that come after
    /// the decision.
    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        by_subject(self, arch)
    }

    /// Returns the space's decisions, named as in [`SearchSpace::named_choices`], and its fixed
    /// properties, grouped by part of the space. The list is empty if [`SearchSpace::kinds`]
    /// already contains all this information.
    fn outline(&self) -> Vec<OutlinePart> {
        Vec::new()
    }

    /// Returns the number of architectures. Architectures that differ in a choice, or in the number
    /// chosen in a numeric decision, count separately even if they describe the same network.
    /// Returns `None` if the count is unknown or if a decision can take infinitely many numbers.
    fn size(&self) -> Option<u128>;

    /// Returns the number of isomorphism classes (sets of architectures that describe the same
    /// network). Returns `None` if the number is unknown.
    fn classes(&self) -> Option<u128>;
}

/// Maximum number of choices of a kind of decision.
pub(crate) const MAX_CHOICES: usize = 64;

/// A kind of decision, with the names of the choices that it offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionKind {
    /// Name of the kind, such as `operator` or `edge`.
    pub name: String,
    /// Names of the choices. There are at most 64 choices.
    pub choices: Vec<String>,
    /// The range from which a number is chosen, if the decision is numeric. The range is divided
    /// into parts that are equal on its scale (linear or logarithmic), and each choice stands for
    /// one part. The number itself is stored beside the choice ([`Arch::numbers`]).
    pub range: Option<NumberRange>,
    /// Whether the choices are in a natural order, such as depths from low to high, so that
    /// adjacent choices are similar. If so, mutation prefers adjacent choices.
    pub ordered: bool,
}

impl DecisionKind {
    /// Creates a kind of decision from its name and the names of its choices. It is neither numeric
    /// nor ordered.
    pub fn choice(name: impl Into<String>, choices: Vec<String>) -> Self {
        Self { name: name.into(), choices, range: None, ordered: false }
    }
}

/// One decision: its kind, the node or edge that it concerns, and the choices that it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Index into [`SearchSpace::kinds`].
    pub kind: usize,
    /// The node or edge that the decision concerns. Node numbers refer to the graph that the
    /// choices made so far have built.
    pub subject: Subject,
    /// The choices that the space allows, given the choices made so far.
    pub allowed: Mask,
}

/// The node or edge that a decision concerns. Node numbers refer to the graph of the choices made
/// so far ([`SearchSpace::graph`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The decision concerns a property of the node with this number.
    Node(usize),
    /// The decision concerns the edge from an earlier node to a later one. It may decide, for
    /// example, whether this edge exists.
    Edge {
        /// The earlier node.
        from: usize,
        /// The later node.
        to: usize,
    },
}

/// Returns the choices of `arch`, named by the kind of decision and the node or edge that it
/// concerns, such as `operator.3` and `edge.1-3`. If a name occurs again, it gets the suffix `#2`,
/// then `#3` and so on.
fn by_subject<S: SearchSpace + ?Sized>(space: &S, arch: &Arch) -> Vec<(String, ChoiceValue)> {
    let mut numbers = arch.numbers().iter();
    let mut times = HashMap::new();
    let mut found = Vec::with_capacity(arch.choices().len());
    for (place, &choice) in arch.choices().iter().enumerate() {
        let Some(Decision { kind, subject, .. }) = space.next(&arch.choices()[..place]) else {
            break;
        };
        let kind = &space.kinds()[kind];
        let name = kind.name.replace(' ', "_");
        let name = match subject {
            Subject::Node(node) => format!("{name}.{node}"),
            Subject::Edge { from, to } => format!("{name}.{from}-{to}"),
        };
        let time = times.entry(name.clone()).or_insert(0);
        *time += 1;
        let name = if *time > 1 { format!("{name}#{time}") } else { name };
        let number = kind.range.and_then(|_| numbers.next());
        let value = match number {
            Some(number) => ChoiceValue::Number(number.get()),
            None => ChoiceValue::named(kind.choices.get(usize::from(choice)).map_or("", |it| it)),
        };
        found.push((name, value));
    }
    found
}
