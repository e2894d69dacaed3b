//! The interface of search spaces: grammars whose words are architectures.

use std::collections::HashMap;
use std::fmt::Debug;

use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostLimit, CostMetric, Mask, NODES_PER_WORD,
    NumberRange, OutlinePart, Progress,
};

/// A search space: a grammar whose words are architectures.
///
/// Given a prefix of choices, a space determines the next decision. Sampling, mutation, crossover,
/// enumeration and the autoregressive generator follow from that alone, so a new space is one
/// implementation of this trait.
///
/// Methods that take a `prefix` expect choices that the space allowed, as kept by a
/// [`Builder`](crate::Builder); they may panic on anything else.
pub trait SearchSpace: Debug + Send + Sync {
    /// Returns its short lower-case name, such as `nasbench201`.
    fn name(&self) -> &str;

    /// Returns the kinds of decision; a generator has one output head for each.
    fn kinds(&self) -> &[DecisionKind];

    /// Returns the decision after `prefix`; `None` when the architecture is complete. Its mask is never
    /// empty: every allowed prefix can be completed.
    fn next(&self, prefix: &[u8]) -> Option<Decision>;

    /// Returns the names of the node labels in [`SearchSpace::graph`], at most [`crate::MAX_LABELS`].
    fn labels(&self) -> &[String];

    /// Returns the maximum number of nodes of a [`SearchSpace::graph`], at most [`crate::MAX_NODES`]. A
    /// space whose graphs can exceed [`NODES_PER_WORD`] must override this.
    fn most_nodes(&self) -> usize {
        NODES_PER_WORD
    }

    /// Returns the graph of a prefix, including the node under decision. The choices of a complete
    /// architecture are also a prefix.
    fn graph(&self, prefix: &[u8]) -> ArchGraph;

    /// Returns the graph without operators that have no effect. Discriminators see this graph.
    /// Architectures of one class may have different graphs here, but reordering equal parts changes
    /// only the order of nodes.
    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        self.graph(arch.choices())
    }

    /// Returns the identity of the isomorphism class.
    fn canonical(&self, arch: &Arch) -> ArchHash;

    /// Parses the space's own notation, and others used by publications.
    ///
    /// # Errors
    /// [`ArchError::Parse`] with the byte position and what was expected there.
    fn parse(&self, text: &str) -> Result<Arch, ArchError>;

    /// Returns the architecture in the space's own notation, which [`SearchSpace::parse`] reads.
    fn display(&self, arch: &Arch) -> String;

    /// Returns a one-line explanation of that notation for readers; empty if it needs none.
    fn notation(&self) -> String {
        String::new()
    }

    /// Returns the costs known without an evaluation.
    fn cost_metrics(&self) -> &[CostMetric];

    /// Returns the costs of `arch`, one value per metric, in the metrics' units.
    fn cost(&self, arch: &Arch) -> Vec<f64>;

    /// Returns the cost of `arch` by the metric with index `metric`.
    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        self.cost(arch)[metric]
    }

    /// Returns the network of `arch` as a self-contained `PyTorch` file that defines the module
    /// `Network`. The file states the number of parameters, which equals that of
    /// [`SearchSpace::cost`]; when run as a program, it checks that number. Returns `None` if the space
    /// does not define what its operators compute.
    fn pytorch(&self, _arch: &Arch) -> Option<String> {
        None
    }

    /// Returns the names of well-known architectures, for [`SearchSpace::named`].
    fn named_archs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the architecture with that name.
    fn named(&self, _name: &str) -> Option<Arch> {
        None
    }

    /// Returns everything about `prefix` that affects its continuations and, for each cost that is a
    /// sum, the part that `prefix` already determines. [`Words`](crate::Words) uses it to count words
    /// and to draw them uniformly, even within exact limits on such costs. Returns `None` if the space
    /// does not support it; draws are then uniform decision by decision
    /// ([`moves::sample`](crate::moves::sample)).
    fn progress(&self, _prefix: &[u8]) -> Option<Progress> {
        None
    }

    /// Returns the number of words in the isomorphism class of `arch`, at least 1, possibly divided by
    /// a factor common to all classes. To draw uniformly over classes, draw words uniformly and keep
    /// each with probability 1 over this number. `None` if the space does not support it; then only
    /// words can be drawn uniformly.
    fn representations(&self, _arch: &Arch) -> Option<u64> {
        None
    }

    /// Returns cost limits that belong to the space: an architecture that violates one is a word of the
    /// space, but no study evaluates it.
    fn limits(&self) -> Vec<CostLimit> {
        Vec::new()
    }

    /// Returns the lines of text that a drawing shows for each node of
    /// [`SearchSpace::canonical_graph`]. A drawing omits nodes without text.
    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        self.canonical_graph(arch).label_names(self.labels())
    }

    /// Returns the role of each node of [`SearchSpace::canonical_graph`]: `input`, `output`, a kind of
    /// block, or an operator. The role determines the node's colour in a drawing.
    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        let names = self.canonical_graph(arch).label_names(self.labels());
        names.into_iter().map(|names| names.into_iter().next().unwrap_or_default()).collect()
    }

    /// Returns the choices of `arch`, each under a name that is unique to its decision within the
    /// space. Names stay the same when parts, layers or parameters are added after the decision.
    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        by_subject(self, arch)
    }

    /// Returns the decisions, named as in [`SearchSpace::named_choices`], and what is fixed, part by
    /// part; empty if the kinds of decision already say everything.
    fn outline(&self) -> Vec<OutlinePart> {
        Vec::new()
    }

    /// Returns the number of architectures (choice vectors), if known; `None` also if a decision can be
    /// any of infinitely many numbers.
    fn size(&self) -> Option<u128>;

    /// Returns the number of isomorphism classes, if known.
    fn classes(&self) -> Option<u128>;
}

/// Maximum number of choices of a kind of decision.
pub(crate) const MAX_CHOICES: usize = 64;

/// A kind of decision, with the names of its choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionKind {
    /// Name, such as `operator` or `edge`.
    pub name: String,
    /// Names of the choices, at most 64.
    pub choices: Vec<String>,
    /// The range of a numeric decision. The choices are then equal parts of the range, and the number
    /// itself is stored beside the choice ([`Arch::numbers`]).
    pub range: Option<NumberRange>,
    /// Whether adjacent choices are similar, like those of a depth. Mutation then prefers adjacent
    /// choices.
    pub ordered: bool,
}

impl DecisionKind {
    /// Creates a plain choice between names.
    pub fn choice(name: impl Into<String>, choices: Vec<String>) -> Self {
        Self { name: name.into(), choices, range: None, ordered: false }
    }
}

/// One decision: its kind, the node or edge it concerns, and the choices allowed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Index into [`SearchSpace::kinds`].
    pub kind: usize,
    /// The subject, in the graph of the prefix.
    pub subject: Subject,
    /// The choices that lead to a valid architecture.
    pub allowed: Mask,
}

/// The subject of a decision. Node numbers refer to the graph of the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A property of a node.
    Node(usize),
    /// Whether, or how, an earlier node feeds a later one.
    Edge {
        /// The earlier node.
        from: usize,
        /// The node under construction.
        to: usize,
    },
}

/// Returns an architecture's choices, named by the kind of decision and the node or edge it concerns,
/// such as `operator.3` and `edge.1-3`. Repeated decisions about a node get the suffix `#2` and so on.
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
