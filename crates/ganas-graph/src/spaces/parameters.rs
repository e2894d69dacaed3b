//! Lists of independent parameters as a search space.

use crate::{
    Arch, ArchError, ArchGraph, ArchHash, Builder, CostMetric, Decision, DecisionKind, LabelSet,
    MAX_LABELS, MAX_NODES, Mask, SearchSpace, Subject,
};

/// Independent parameters, each with a few values: the graph is a chain with one node a parameter.
///
/// The labels of a node are the parameter and the number of its value, so parameters share the labels
/// of their values.
#[derive(Debug)]
pub struct Parameters {
    name: String,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
}

impl Parameters {
    /// A space of named parameters and the names of their values, at most 64 of each.
    ///
    /// `None` if there are none, or more than fit.
    pub fn new(name: &str, kinds: Vec<DecisionKind>) -> Option<Self> {
        let most = kinds.iter().map(|kind| kind.choices.len()).max()?;
        let fit = kinds.len() <= MAX_NODES && most <= 64 && kinds.len() + most <= MAX_LABELS;
        if !fit || kinds.iter().any(|kind| kind.choices.is_empty()) {
            return None;
        }
        let parameters = kinds.iter().map(|kind| kind.name.clone());
        let labels = parameters.chain((0..most).map(|value| format!("value {value}"))).collect();
        Some(Self { name: name.into(), kinds, labels })
    }

    fn error(&self, text: &str, position: usize, expected: String, found: &str) -> ArchError {
        let (space, text, found) = (self.name.clone(), text.into(), format!("`{found}`"));
        ArchError::Parse { space, text, position, expected, found }
    }
}

impl SearchSpace for Parameters {
    fn name(&self) -> &str {
        &self.name
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let kind = prefix.len();
        let allowed = Mask::all(self.kinds.get(kind)?.choices.len());
        Some(Decision { kind, subject: Subject::Node(kind), allowed })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        for node in 0..self.kinds.len() {
            let parameter = LabelSet::one(label(node));
            let value = prefix.get(node).map(|&value| label(self.kinds.len()) + value);
            graph.add_node(value.map_or(parameter, |value| parameter.with(value)));
            if node > 0 {
                graph.add_edge(node - 1, node);
            }
        }
        graph
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        ArchHash::of(arch.choices())
    }

    /// Reads `name=value` for each parameter, in order, with commas between.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let mut builder = Builder::new(self);
        let mut rest = text;
        for (at, kind) in self.kinds.iter().enumerate() {
            let position = text.len() - rest.len();
            let start = format!("{}{}=", if at == 0 { "" } else { "," }, kind.name);
            let Some(after) = rest.strip_prefix(&start) else {
                return Err(self.error(text, position, format!("`{start}`"), rest));
            };
            // A value may be another's beginning: the longest that fits is meant.
            let fits = |(_, choice): &(u8, &String)| after.starts_with(choice.as_str());
            let choices = (0..64).zip(&kind.choices).filter(fits);
            let Some((value, choice)) = choices.max_by_key(|(_, choice)| choice.len()) else {
                let expected = format!("one of {}", kind.choices.join(", "));
                return Err(self.error(text, position + start.len(), expected, after));
            };
            builder.choose(value)?;
            rest = &after[choice.len()..];
        }
        if !rest.is_empty() {
            return Err(self.error(text, text.len() - rest.len(), "the end".into(), rest));
        }
        builder.finish()
    }

    fn display(&self, arch: &Arch) -> String {
        let choice = |(kind, &value): (&DecisionKind, &u8)| {
            format!("{}={}", kind.name, kind.choices[usize::from(value)])
        };
        self.kinds.iter().zip(arch.choices()).map(choice).collect::<Vec<_>>().join(",")
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &[]
    }

    fn cost(&self, _: &Arch) -> Vec<f64> {
        Vec::new()
    }

    fn size(&self) -> Option<u128> {
        let counts = self.kinds.iter().map(|kind| kind.choices.len() as u128);
        counts.into_iter().try_fold(1_u128, u128::checked_mul)
    }

    fn classes(&self) -> Option<u128> {
        self.size()
    }
}

/// Labels and parameters are fewer than 128 together.
fn label(index: usize) -> u8 {
    u8::try_from(index).expect("the space has few labels")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Parameters {
        let kind = |name: &str, choices: &[&str]| {
            let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
            DecisionKind::choice(name, choices)
        };
        Parameters::new("test", vec![kind("x", &["1", "12", "3"]), kind("how", &["a,b", "c"])])
            .unwrap()
    }

    #[test]
    fn notation_round_trips() {
        let space = space();
        let all: Vec<_> = crate::moves::enumerate(&space).collect();
        assert_eq!(all.len() as u128, space.size().unwrap());
        for arch in all {
            assert_eq!(space.parse(&space.display(&arch)), Ok(arch));
        }
        let error = |text| space.parse(text).unwrap_err().to_string();
        assert!(error("x=2,how=c").contains("at byte 2 of `x=2,how=c`: expected one of 1, 12, 3"));
        assert!(error("x=12;how=c").contains("expected `,how=`"));
        assert!(error("x=12,how=cc").contains("expected the end"));
    }

    #[test]
    fn nodes_tell_parameter_and_value() {
        let space = space();
        let arch = space.parse("x=12,how=c").unwrap();
        let graph = space.graph(arch.choices());
        assert_eq!(graph.labels(0).iter().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(graph.labels(1).iter().collect::<Vec<_>>(), [1, 3]);
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(0, 1)]);
    }

    #[test]
    fn what_does_not_fit_is_no_space() {
        let kind = |count| DecisionKind::choice("x", vec!["v".into(); count]);
        assert!(Parameters::new("t", vec![]).is_none());
        assert!(Parameters::new("t", vec![kind(0)]).is_none());
        assert!(Parameters::new("t", vec![kind(65)]).is_none());
        assert!(Parameters::new("t", vec![kind(64); 65]).is_none());
        assert!(Parameters::new("t", vec![kind(64); 64]).is_some());
    }
}
