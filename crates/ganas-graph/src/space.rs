//! What a search space is: the grammar in which architectures are words.

use std::collections::HashMap;
use std::fmt::Debug;

use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostLimit, CostMetric, FEW_NODES, Mask,
    NumberRange, OutlinePart, Progress,
};

/// The grammar in which architectures are words.
///
/// A space says, given a prefix of choices, what the next decision is. Sampling, mutation,
/// crossover, enumeration and the autoregressive generator follow from that alone, so a new space is
/// one implementation of this trait.
///
/// Methods that take a `prefix` expect choices that the space itself allowed, as a
/// [`Builder`](crate::Builder) keeps them; they may panic on anything else.
pub trait SearchSpace: Debug + Send + Sync {
    /// Short lower-case name, such as `nasbench201`.
    fn name(&self) -> &str;

    /// The kinds of decision; a generator has one output head for each.
    fn kinds(&self) -> &[DecisionKind];

    /// The decision after `prefix`; `None` when the architecture is complete. Its mask is never
    /// empty: a prefix that was allowed can always be completed.
    fn next(&self, prefix: &[u8]) -> Option<Decision>;

    /// Names of the node labels that [`SearchSpace::graph`] uses, at most [`crate::MAX_LABELS`].
    fn labels(&self) -> &[String];

    /// Most nodes of a [`SearchSpace::graph`], at most [`crate::MAX_NODES`]. A space whose graphs can
    /// have more than [`FEW_NODES`] says so here.
    fn most_nodes(&self) -> usize {
        FEW_NODES
    }

    /// The graph of a prefix, the node under decision included. A complete architecture's choices
    /// are a prefix too.
    fn graph(&self, prefix: &[u8]) -> ArchGraph;

    /// The graph without what has no effect (operators that are never used), which is what a
    /// discriminator sees. Architectures of one class need not have one graph here, but a change of
    /// the order of equal parts changes nothing but the order of nodes.
    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        self.graph(arch.choices())
    }

    /// Identity of the isomorphism class.
    fn canonical(&self, arch: &Arch) -> ArchHash;

    /// Reads the space's own notation, and others in which its architectures are published.
    ///
    /// # Errors
    /// [`ArchError::Parse`] with the byte position and what was expected there.
    fn parse(&self, text: &str) -> Result<Arch, ArchError>;

    /// Writes the space's own notation, which [`SearchSpace::parse`] reads.
    fn display(&self, arch: &Arch) -> String;

    /// How to read that notation, in one line for people; empty where nothing is to be said.
    fn notation(&self) -> String {
        String::new()
    }

    /// The costs known without an evaluation.
    fn cost_metrics(&self) -> &[CostMetric];

    /// The cost of `arch`, one value a metric, in the metrics' units.
    fn cost(&self, arch: &Arch) -> Vec<f64>;

    /// The cost of `arch` by one of the metrics, given by its place among them.
    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        self.cost(arch)[metric]
    }

    /// The network of `arch` as a self-contained `PyTorch` file: `Network` is a module with as many
    /// parameters as the file states, which are those of [`SearchSpace::cost`]. Run as a program, the
    /// file checks that. `None` where the space does not say what its operators compute.
    fn pytorch(&self, _arch: &Arch) -> Option<String> {
        None
    }

    /// Names of architectures that the field knows by name; [`SearchSpace::named`] has each.
    fn named_archs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The architecture of that name.
    fn named(&self, _name: &str) -> Option<Arch> {
        None
    }

    /// What of `prefix` matters to all that can follow it, and what it has settled of the costs that
    /// are sums. It is what [`Words`](crate::Words) counts and draws words by: with it, words are drawn
    /// uniformly, and exactly within limits on such costs. `None` where the space does not say; then a
    /// draw is uniform decision by decision ([`moves::sample`](crate::moves::sample)).
    fn progress(&self, _prefix: &[u8]) -> Option<Progress> {
        None
    }

    /// Number of words in the isomorphism class of `arch`, at least 1, or that number divided by one
    /// that all classes share. A word drawn uniformly and kept with odds of 1 in this many is uniform
    /// over classes. `None` where the space does not say; then only words can be drawn uniformly.
    fn representations(&self, _arch: &Arch) -> Option<u64> {
        None
    }

    /// Limits on costs that belong to the space: an architecture that breaks one is a word of the space, but
    /// no study evaluates it.
    fn limits(&self) -> Vec<CostLimit> {
        Vec::new()
    }

    /// What a drawing writes in each node of [`SearchSpace::canonical_graph`], line by line; it leaves out
    /// a node without any.
    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        self.canonical_graph(arch).label_names(self.labels())
    }

    /// What each of those nodes is, by which drawings colour it: `input`, `output`, a kind of block, an
    /// operator.
    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        let names = self.canonical_graph(arch).label_names(self.labels());
        names.into_iter().map(|names| names.into_iter().next().unwrap_or_default()).collect()
    }

    /// What `arch` chose, by a name for each decision that no other decision of the space has. The names
    /// stay when parts, layers or parameters are added after the decision.
    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        by_subject(self, arch)
    }

    /// What may be decided, by the names that [`SearchSpace::named_choices`] has, and what is fixed, part by
    /// part; empty where the kinds of decision say it all.
    fn outline(&self) -> Vec<OutlinePart> {
        Vec::new()
    }

    /// Number of architectures (choice vectors), if known; `None` too where a decision is answered by one of
    /// endlessly many numbers.
    fn size(&self) -> Option<u128>;

    /// Number of isomorphism classes, if known.
    fn classes(&self) -> Option<u128>;
}

/// Most choices of a kind of decision.
pub(crate) const MOST_CHOICES: usize = 64;

/// A kind of decision: what is being chosen, and the names of the choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionKind {
    /// Name, such as `operator` or `edge`.
    pub name: String,
    /// Names of the choices, at most 64.
    pub choices: Vec<String>,
    /// For decisions that are answered by a number: where it lies. The choices are equal parts of the
    /// range then, and the number itself stands beside the choice ([`Arch::numbers`]).
    pub range: Option<NumberRange>,
    /// Are neighbouring choices alike, as those of a depth are? Mutation then takes a neighbour more often.
    pub ordered: bool,
}

impl DecisionKind {
    /// A plain choice between names.
    pub fn choice(name: impl Into<String>, choices: Vec<String>) -> Self {
        Self { name: name.into(), choices, range: None, ordered: false }
    }
}

/// One decision: its kind, which node or edge it is about, and the choices allowed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Index into [`SearchSpace::kinds`].
    pub kind: usize,
    /// What the decision is about, in the graph of the prefix.
    pub subject: Subject,
    /// The choices that lead to a valid architecture.
    pub allowed: Mask,
}

/// What a decision is about. Node numbers are those of the graph of the prefix.
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

/// What an architecture chose, by the kind of each decision and the node or edge that it is about, such as
/// `operator.3` and `edge.1-3`. Where a node is asked the same thing again, `#2` is added.
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
