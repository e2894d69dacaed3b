//! Chains as search spaces.

use super::description::ChainDescription;
use super::drawing::Labels;
use super::network::Network;
use super::notation::Text;
use super::outline::outline;
use super::plan::Plan;
use super::questions::{Fixed, Question};
use super::subnet;
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostMetric, Decision, DecisionKind,
    DescriptionError, NetworkCost, OutlinePart, Progress, SearchSpace, Subject, export,
};

/// The search space of a [`ChainDescription`].
///
/// Properties with several values are decisions. The resolution and the stem's width are decided
/// first, and the head's width is decided last. In between, the stages are decided one after the
/// other. Within a stage, the operation is decided first. If the stage has no list of operations,
/// the heads, the expansion or MLP ratio, and the kernel are decided instead. The width, the depth
/// and squeeze-and-excitation follow, in this order. The properties that are chosen separately for
/// each layer come last. There is one exception: a depth that can be 0 is decided before everything
/// else in its stage. No decisions are made for stages and layers that the architecture lacks.
/// There is one kind of decision for each property of whole stages and for each property of
/// individual layers. The choices of a kind are all values that the property can have anywhere in
/// the space.
///
/// The graph of an architecture is a chain that leads from the input to the output. In between, it
/// has one node for each stage or, if the layers of a stage are decided separately, one node for
/// each layer that the stage can have. Two architectures are isomorphic if their networks have the
/// same resolution and equal layers.
#[derive(Debug, Clone)]
pub struct Chain {
    description: ChainDescription,
    plan: Plan,
    kinds: Vec<DecisionKind>,
    labels: Labels,
    metrics: Vec<CostMetric>,
}

impl Chain {
    /// Creates the space that `description` describes.
    ///
    /// # Errors
    /// [`DescriptionError`] with the key of the first mistake. Examples of mistakes are a value out
    /// of range, a width that is not a multiple of the divisor, an operation that is not described,
    /// too many graph nodes or decisions, and a named architecture that does not belong to the
    /// space.
    pub fn new(description: &ChainDescription) -> Result<Self, DescriptionError> {
        let plan = Plan::new(description)?;
        let kinds = plan.kinds.iter().map(|kind| {
            let values = 0..kind.values.len();
            let choices = values.map(|choice| kind.value(choice, description)).collect();
            DecisionKind::choice(kind.name(), choices)
        });
        let space = Self {
            kinds: kinds.collect(),
            labels: Labels::new(description, &plan),
            metrics: vec![CostMetric::millions("params"), CostMetric::millions("macs")],
            description: description.clone(),
            plan,
        };
        for (name, text) in &description.named {
            space.parse(text).map_err(|error| DescriptionError {
                space: description.name.clone(),
                key: format!("named.{name}"),
                within: None,
                expected: "an architecture of the space".into(),
                found: error.to_string(),
            })?;
        }
        Ok(space)
    }

    /// Returns the description of the space.
    pub const fn description(&self) -> &ChainDescription {
        &self.description
    }

    /// Returns the network of an architecture.
    pub fn network(&self, arch: &Arch) -> Network {
        Network::new(&self.description, &self.plan, &self.plan.answers(arch.choices()))
    }

    /// Returns the number of parameters and the operation counts of the architecture's network.
    /// [`SearchSpace::cost`] returns only the numbers of parameters and multiply–adds, both in
    /// millions.
    pub fn network_cost(&self, arch: &Arch) -> NetworkCost {
        self.network(arch).cost()
    }

    /// Returns the parts of the architecture. Each entry holds the name of a part, such as `input`,
    /// `stage 3` or `head`, and the choices of the part as text, such as `e6 k3`.
    pub fn parts(&self, arch: &Arch) -> Vec<(String, String)> {
        self.text().parts(arch.choices())
    }

    /// Returns the names of all decisions that an architecture can have, each with its choices.
    pub(in crate::spaces) fn decidable(&self) -> Vec<(String, Vec<String>)> {
        let of = |question: &Question| {
            let names = &self.kinds[question.kind].choices;
            let choices = question.allowed.iter().map(|choice| names[usize::from(choice)].clone());
            (question.name(), choices.collect())
        };
        self.plan.questions.iter().map(of).collect()
    }

    /// Returns the name of the decision after `prefix`.
    pub(in crate::spaces) fn name_after(&self, prefix: &[u8]) -> Option<String> {
        Some(self.plan.questions[self.plan.answers(prefix).next?].name())
    }

    /// Returns the length of the complete word at the start of `prefix`; `None` if `prefix` has too
    /// few choices for a word.
    pub(in crate::spaces) fn word_length(&self, prefix: &[u8]) -> Option<usize> {
        let answers = self.plan.answers(prefix);
        answers.next.is_none().then(|| answers.count())
    }

    const fn text(&self) -> Text<'_> {
        Text { description: &self.description, plan: &self.plan }
    }

    /// Returns the state on which the continuations of `prefix` depend, and the layers that
    /// `prefix` has settled.
    pub(in crate::spaces) fn settled(&self, prefix: &[u8]) -> (Vec<u64>, Network) {
        self.plan.settled(&self.description, prefix)
    }
}

impl SearchSpace for Chain {
    fn name(&self) -> &str {
        &self.description.name
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let question = &self.plan.questions[self.plan.answers(prefix).next?];
        Some(Decision {
            kind: question.kind,
            subject: Subject::Node(question.node),
            allowed: question.allowed,
        })
    }

    fn labels(&self) -> &[String] {
        &self.labels.names
    }

    fn most_nodes(&self) -> usize {
        self.plan.nodes
    }

    /// Returns the chosen value of each decision, followed by the properties with a single value.
    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        let answers = self.plan.answers(arch.choices());
        let asked = self.plan.questions.iter().enumerate().filter_map(|(place, question)| {
            let value = self.plan.kinds[question.kind].values[usize::from(answers.choice(place)?)];
            Some((question.name(), question.dimension.choice_value(value, &self.description)))
        });
        let fixed = self.plan.fixed.iter();
        let there = fixed.filter(|it| answers.is_there(it.place, it.dimension));
        let value = |it: &Fixed| it.dimension.choice_value(it.value, &self.description);
        asked.chain(there.map(|it| (it.name(), value(it)))).collect()
    }

    fn outline(&self) -> Vec<OutlinePart> {
        outline(&self.description, &self.plan)
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        self.plan.graph(&self.labels, &self.plan.answers(prefix))
    }

    /// Returns the graph without the nodes of absent layers and of identities. If a stage's first
    /// layer is an identity that may become a projection, its node is kept.
    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        let answers = self.plan.answers(arch.choices());
        self.plan.canonical_graph(&self.description, &self.labels, &answers)
    }

    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        self.plan.texts(&self.description, &self.plan.answers(arch.choices()))
    }

    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        self.plan.roles(&self.description, &self.plan.answers(arch.choices()))
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        self.network(arch).hash()
    }

    /// Parses the format of [`SearchSpace::display`]. If, as in once-for-all, the only decisions
    /// are depths, the resolution, and each layer's kernel and expansion, also parses lists:
    /// `{"ks": [7, …], "e": [3, …], "d": [2, …], "r": [224]}`.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        subnet::read(&self.plan, self, text).unwrap_or_else(|| self.text().read(self, text))
    }

    fn display(&self, arch: &Arch) -> String {
        self.text().write(arch.choices())
    }

    fn notation(&self) -> String {
        self.text().describe()
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// Returns the number of parameters and the number of multiply–adds, both in millions, as
    /// [`Network::cost`] counts them.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let cost = self.network_cost(arch);
        vec![cost.parameters as f64 / 1e6, cost.multiply_adds as f64 / 1e6]
    }

    fn named_archs(&self) -> Vec<&str> {
        self.description.named.keys().map(String::as_str).collect()
    }

    fn named(&self, name: &str) -> Option<Arch> {
        self.parse(self.description.named.get(name)?).ok()
    }

    fn pytorch(&self, arch: &Arch) -> Option<String> {
        Some(export::pytorch(self, arch))
    }

    /// Both costs are sums over layers, so each layer that `prefix` determines adds to the settled
    /// parts.
    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        let (state, settled) = self.settled(prefix);
        let cost = settled.cost();
        Some(Progress { state, settled: vec![Some(cost.parameters), Some(cost.multiply_adds)] })
    }

    /// Returns `None` if [`SearchSpace::classes`] does.
    fn representations(&self, arch: &Arch) -> Option<u64> {
        self.plan.representations(&self.description, arch.choices())
    }

    fn size(&self) -> Option<u128> {
        self.plan.size()
    }

    /// Returns `None` if a stage can be empty, if a stage can begin with an identity that keeps the
    /// shape, if a stage has both several depths and identities, or if different choices might
    /// yield the same network for another reason.
    fn classes(&self) -> Option<u128> {
        self.plan.classes(&self.description)
    }
}
