//! Draws the networks of a chain as graphs.

use super::answers::{Answers, LayerAnswer};
use super::description::ChainDescription;
use super::plan::{Change, Plan, StagePlan};
use crate::{ArchGraph, Label, LabelSet};

/// Names of the labels between those of choices and those of stages.
pub(super) const PARTS: [&str; 4] = ["input", "output", "undecided", "absent"];
const INPUT: usize = 0;
const OUTPUT: usize = 1;
const UNDECIDED: usize = 2;
const ABSENT: usize = 3;

/// The labels of a chain's nodes: those of each kind's choices, then [`PARTS`], then those of
/// stages.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    starts: Vec<usize>,
    parts: usize,
    pub(super) names: Vec<String>,
}

impl Plan {
    /// Returns the number of labels.
    pub(super) fn label_count(&self) -> usize {
        let choices: usize = self.kinds.iter().map(|kind| kind.values.len()).sum();
        choices + PARTS.len() + self.stages.len()
    }
}

impl Labels {
    pub(super) fn new(description: &ChainDescription, plan: &Plan) -> Self {
        let (mut names, mut starts) = (Vec::new(), Vec::new());
        for kind in &plan.kinds {
            starts.push(names.len());
            // Kinds of one dimension need distinct names for stages and layers.
            let suffix = if kind.of_layers { "" } else { " all" };
            let twins = plan.kinds.iter().filter(|other| other.dimension == kind.dimension);
            let suffix = if twins.count() > 1 { suffix } else { "" };
            names.extend((0..kind.values.len()).map(|choice| {
                format!("{}{}{suffix}", kind.dimension.prefix(), kind.value(choice, description))
            }));
        }
        let parts = names.len();
        names.extend(PARTS.map(str::to_owned));
        names.extend((1..=plan.stages.len()).map(|stage| format!("stage {stage}")));
        Self { starts, parts, names }
    }

    fn label(place: usize) -> Label {
        Label::try_from(place).expect("a plan has at most 128 labels")
    }

    fn part(&self, part: usize) -> Label {
        Self::label(self.parts + part)
    }

    fn stage(&self, stage: usize) -> Label {
        Self::label(self.parts + PARTS.len() + stage)
    }
}

impl Plan {
    /// Returns the graph of a prefix: a chain of the input, a node for each stage or for each of
    /// its layers, and the output. Node numbers do not depend on the prefix.
    pub(super) fn graph(&self, labels: &Labels, answers: &Answers<'_>) -> ArchGraph {
        let mut sets = vec![LabelSet::default(); self.nodes];
        sets[0] = sets[0].with(labels.part(INPUT));
        sets[self.nodes - 1] = sets[self.nodes - 1].with(labels.part(OUTPUT));
        for (number, stage) in self.stages.iter().enumerate() {
            let depth = answers.depth(number).map(|depth| depth as usize);
            for (layer, node) in stage.nodes.clone().enumerate() {
                sets[node] = sets[node].with(labels.stage(number));
                if depth.is_some_and(|depth| layer >= depth) {
                    sets[node] = sets[node].with(labels.part(ABSENT));
                }
            }
        }
        for (number, question) in self.questions.iter().enumerate() {
            let label = match answers.choice(number) {
                Some(choice) => Labels::label(labels.starts[question.kind] + usize::from(choice)),
                None if answers.is_asked(question) => labels.part(UNDECIDED),
                None => continue,
            };
            sets[question.node] = sets[question.node].with(label);
        }
        let mut graph = ArchGraph::new();
        for (node, set) in sets.into_iter().enumerate() {
            graph.add_node(set);
            if node > 0 {
                graph.add_edge(node - 1, node);
            }
        }
        graph
    }

    /// Returns the graph of an architecture without the nodes of absent layers and of identities.
    /// The identity as a stage's first layer keeps its node if it may change the shape.
    pub(super) fn canonical_graph(
        &self,
        description: &ChainDescription,
        labels: &Labels,
        answers: &Answers<'_>,
    ) -> ArchGraph {
        let whole = self.graph(labels, answers);
        let mut graph = ArchGraph::new();
        for node in self.effective(description, answers) {
            let node = graph.add_node(whole.labels(node));
            if node > 0 {
                graph.add_edge(node - 1, node);
            }
        }
        graph
    }

    /// Returns the texts of each node of [`Plan::canonical_graph`]: the part of the network, its
    /// kind of block unless the chain has named operations, and its choices, including fixed ones.
    pub(super) fn texts(
        &self,
        description: &ChainDescription,
        answers: &Answers<'_>,
    ) -> Vec<Vec<String>> {
        let text = |node: usize| {
            let stage = self.stages.iter().position(|stage| stage.nodes.contains(&node));
            let part = match stage {
                Some(stage) => format!("stage {}", stage + 1),
                None if node == 0 => PARTS[INPUT].into(),
                None => PARTS[OUTPUT].into(),
            };
            let operations = &description.operations;
            let block = stage.filter(|_| operations.is_empty());
            let block = block.map(|stage| self.stages[stage].block.name().to_owned());
            let chosen = self.questions.iter().enumerate().filter_map(|(number, question)| {
                let choice = answers.choice(number).filter(|_| question.node == node)?;
                let value = self.kinds[question.kind].values[usize::from(choice)];
                Some((question.dimension, value))
            });
            let fixed = self.fixed.iter().filter(|fixed| fixed.node == node);
            let is = chosen.chain(fixed.map(|fixed| (fixed.dimension, fixed.value)));
            let is = is.map(|(dimension, value)| {
                format!("{}{}", dimension.prefix(), dimension.value(value, description))
            });
            [part].into_iter().chain(block).chain(is).collect()
        };
        self.effective(description, answers).into_iter().map(text).collect()
    }

    /// Returns the role of each node of [`Plan::canonical_graph`]: `input`, `output`, the block of
    /// the node's layers, or the chosen operation.
    pub(super) fn roles(
        &self,
        description: &ChainDescription,
        answers: &Answers<'_>,
    ) -> Vec<String> {
        let role = |node: usize| {
            let stages = self.stages.iter().enumerate();
            let mut of_node = stages.filter(|(_, stage)| stage.nodes.contains(&node));
            let Some((number, stage)) = of_node.next() else {
                return PARTS[if node == 0 { INPUT } else { OUTPUT }].into();
            };
            let depth = answers.depth(number).unwrap_or(0) as usize;
            let layer = node - stage.nodes.start;
            match (layer < depth).then(|| answers.layer(stage, layer)).flatten() {
                Some(LayerAnswer::Operation(it)) => {
                    description.operations[it as usize].name.clone()
                }
                _ => stage.block.name().to_owned(),
            }
        };
        self.effective(description, answers).into_iter().map(role).collect()
    }

    /// Returns the input, the output, and the nodes of layers that exist and have an effect.
    fn effective(&self, description: &ChainDescription, answers: &Answers<'_>) -> Vec<usize> {
        (0..self.nodes).filter(|node| self.has_effect(description, answers, *node)).collect()
    }

    fn has_effect(
        &self,
        description: &ChainDescription,
        answers: &Answers<'_>,
        node: usize,
    ) -> bool {
        let of_node = |(_, stage): &(_, &StagePlan)| stage.nodes.contains(&node);
        let Some((number, stage)) = self.stages.iter().enumerate().find(of_node) else {
            return true;
        };
        let layer = node - stage.nodes.start;
        if answers.depth(number).is_some_and(|depth| layer >= depth as usize) {
            return false;
        }
        let LayerAnswer::Operation(operation) =
            answers.layer(stage, layer).expect("a layer that is there is known")
        else {
            return true;
        };
        let is_identity = description.operations[operation as usize].kernel.is_none();
        !is_identity || (layer == 0 && stage.change != Change::Never)
    }
}
