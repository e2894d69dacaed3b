//! A search space of 22 architectures with the features of real ones: a conditional decision, a mask that
//! depends on earlier choices, and different words for one network.

use ganas_graph::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, LabelSet, Mask,
    SearchSpace, Subject,
};

/// A trunk operator; whether there is a branch; the branch's operator, if there is one (not `c` if
/// the trunk is `c`); the width. Written `a+b/wide`, or `a/wide` without a branch.
///
/// The branch runs beside the trunk, so `a+b` and `b+a` are one network: 16 classes.
#[derive(Debug)]
pub(crate) struct Toy {
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
}

const OPERATORS: [&str; 3] = ["a", "b", "c"];
const WIDTHS: [&str; 2] = ["narrow", "wide"];

/// Labels after the operators, which are their own labels.
const INPUT: [u8; 2] = [3, 4];
const OUTPUT: u8 = 5;
const UNDECIDED: u8 = 6;

impl Default for Toy {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let kind = |name: &str, choices| DecisionKind::choice(name, names(choices));
        Self {
            kinds: vec![
                kind("operator", &OPERATORS),
                kind("branch", &["no", "yes"]),
                kind("width", &WIDTHS),
            ],
            labels: [names(&OPERATORS), names(&["narrow", "wide", "output", "undecided"])].concat(),
            metrics: vec![CostMetric::millions("params")],
        }
    }
}

/// What the choices of a prefix say.
struct Parts {
    trunk: Option<u8>,
    branch: Option<bool>,
    operator: Option<u8>,
    width: Option<u8>,
}

impl Parts {
    fn of(prefix: &[u8]) -> Self {
        let branch = prefix.get(1).map(|&choice| choice == 1);
        let has_branch = branch == Some(true);
        Self {
            trunk: prefix.first().copied(),
            branch,
            operator: prefix.get(2).copied().filter(|_| has_branch),
            width: prefix.get(if has_branch { 3 } else { 2 }).copied(),
        }
    }
}

impl SearchSpace for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let decision = |kind, subject, allowed| Some(Decision { kind, subject, allowed });
        match Parts::of(prefix) {
            Parts { trunk: None, .. } => decision(0, Subject::Node(1), Mask::all(3)),
            Parts { branch: None, .. } => {
                decision(1, Subject::Edge { from: 0, to: 2 }, Mask::all(2))
            }
            Parts { trunk: Some(trunk), branch: Some(true), operator: None, .. } => {
                let allowed = if trunk == 2 { Mask::all(3).without(2) } else { Mask::all(3) };
                decision(0, Subject::Node(2), allowed)
            }
            Parts { width: None, .. } => decision(2, Subject::Node(0), Mask::all(2)),
            _ => None,
        }
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let parts = Parts::of(prefix);
        let mut graph = ArchGraph::new();
        let width = parts.width.map_or(UNDECIDED, |width| INPUT[usize::from(width)]);
        let input = graph.add_node(LabelSet::one(width));
        let trunk = graph.add_node(LabelSet::one(parts.trunk.unwrap_or(UNDECIDED)));
        let mut between = vec![trunk];
        if parts.branch != Some(false) {
            between.push(graph.add_node(LabelSet::one(parts.operator.unwrap_or(UNDECIDED))));
        }
        let output = graph.add_node(LabelSet::one(OUTPUT));
        for node in between {
            graph.add_edge(input, node);
            graph.add_edge(node, output);
        }
        graph
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        let parts = Parts::of(arch.choices());
        let mut operators = [parts.trunk, parts.operator];
        operators.sort_unstable();
        ArchHash::of(format!("{operators:?} {:?}", parts.width).as_bytes())
    }

    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let wrong = |position: usize, expected: &str| ArchError::Parse {
            space: "toy".into(),
            text: text.into(),
            position,
            expected: expected.into(),
            found: format!("`{}`", text.get(position..).unwrap_or_default()),
        };
        let find = |names: &[&str], name: &str, position| {
            let found =
                (0..).zip(names).find_map(|(choice, known)| (*known == name).then_some(choice));
            found.ok_or_else(|| wrong(position, &names.join(" or ")))
        };
        let (operators, width) = text.split_once('/').ok_or_else(|| wrong(text.len(), "`/`"))?;
        let mut choices = Vec::new();
        if let Some((trunk, branch)) = operators.split_once('+') {
            let branch = find(&OPERATORS, branch, trunk.len() + 1)?;
            choices.extend([find(&OPERATORS, trunk, 0)?, 1, branch]);
        } else {
            choices.extend([find(&OPERATORS, operators, 0)?, 0]);
        }
        choices.push(find(&WIDTHS, width, operators.len() + 1)?);
        Arch::from_choices(self, &choices)
    }

    fn display(&self, arch: &Arch) -> String {
        let parts = Parts::of(arch.choices());
        let name = |names: &[&str], choice: Option<u8>| {
            choice.map_or_else(String::new, |choice| names[usize::from(choice)].to_owned())
        };
        let plus = if parts.operator.is_some() { "+" } else { "" };
        let (trunk, operator) = (name(&OPERATORS, parts.trunk), name(&OPERATORS, parts.operator));
        format!("{trunk}{plus}{operator}/{}", name(&WIDTHS, parts.width))
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// The sum of the choices.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        vec![arch.choices().iter().map(|&choice| f64::from(choice)).sum()]
    }

    fn size(&self) -> Option<u128> {
        Some(22)
    }

    fn classes(&self) -> Option<u128> {
        Some(16)
    }
}
