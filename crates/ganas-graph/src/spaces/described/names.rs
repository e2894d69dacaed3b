//! The names of a cell's decisions, such as `cell.2.operator` and `cell.1-2.edge`.

use super::cell::{Draft, Question, QuestionSubject};
use super::description::OperatorsOn;
use super::structure::{Edges, OUTPUT, Structure};
use crate::ChoiceValue;

impl Structure {
    /// Returns the names of all decisions that the cell can have, each with its choices.
    pub(super) fn decidable(&self) -> Vec<(String, Vec<String>)> {
        let kinds = self.kinds();
        let choices = |about: QuestionSubject| kinds[self.kind(about)].1.clone();
        let inner = self.inner.1;
        self.abouts()
            .into_iter()
            .map(|about| (self.name_of(about, inner), choices(about)))
            .collect()
    }

    /// Returns the choices of a complete cell, by the names of its decisions.
    pub(super) fn named_choices(&self, choices: &[u8]) -> Vec<(String, ChoiceValue)> {
        let (mut rest, mut answered) = (choices.iter(), Vec::new());
        let (draft, _) = self.walk(&mut |question| {
            let choice = *rest.next()?;
            answered.push((question.about, choice));
            Some(choice)
        });
        let kinds = self.kinds();
        let inner = draft.inner.unwrap_or(self.inner.1);
        let value = |about: QuestionSubject, choice: u8| {
            let name = &kinds[self.kind(about)].1[usize::from(choice)];
            match about {
                QuestionSubject::Nodes => ChoiceValue::named(name),
                _ => ChoiceValue::Text(name.clone()),
            }
        };
        let named = answered.into_iter();
        named.map(|(about, choice)| (self.name_of(about, inner), value(about, choice))).collect()
    }

    /// Returns the name of the next decision.
    pub(super) fn name_of_open(&self, draft: &Draft, open: &Question) -> String {
        self.name_of(open.about, draft.inner.unwrap_or(self.inner.1))
    }

    pub(super) fn name_of(&self, about: QuestionSubject, inner: usize) -> String {
        let node = |node: usize| {
            let is_inner = node < self.inputs + inner;
            self.nodes.get(node).filter(|_| is_inner).map_or(OUTPUT, String::as_str)
        };
        let of = match about {
            QuestionSubject::Nodes => "nodes".into(),
            QuestionSubject::NodeOperator { node: to } => format!("{}.operator", node(to)),
            QuestionSubject::Edge { from, to } => format!("{}-{}.edge", node(from), node(to)),
            QuestionSubject::Input { to, slot, .. } => format!("{}.input{}", node(to), slot + 1),
            QuestionSubject::EdgeOperator { edge, from, to } => match self.edges {
                Edges::PerNode(count) => format!("{}.operator{}", node(to), edge % count + 1),
                Edges::Fixed { .. } | Edges::Free { .. } => {
                    format!("{}-{}.operator", node(from), node(to))
                }
            },
        };
        format!("{}.{of}", self.name)
    }

    /// Returns the subjects of all decisions that the cell can have.
    pub(super) fn abouts(&self) -> Vec<QuestionSubject> {
        let (least, most) = self.inner;
        let inner = || self.inputs..self.inputs + most;
        let mut abouts = Vec::new();
        if least < most {
            abouts.push(QuestionSubject::Nodes);
        }
        if self.operators_on == OperatorsOn::Nodes {
            abouts.extend(inner().map(|node| QuestionSubject::NodeOperator { node }));
        }
        match &self.edges {
            Edges::Fixed { list, .. } if self.operators_on == OperatorsOn::Edges => {
                let edges = list.iter().enumerate();
                abouts.extend(edges.map(|(edge, &(from, to))| QuestionSubject::EdgeOperator {
                    edge,
                    from,
                    to,
                }));
            }
            Edges::Fixed { .. } => {}
            Edges::PerNode(count) => {
                for (place, to) in inner().enumerate() {
                    for slot in 0..*count {
                        let edge = place * count + slot;
                        if to != *count {
                            abouts.push(QuestionSubject::Input { edge, to, slot });
                        }
                        if self.operators_on == OperatorsOn::Edges {
                            abouts.push(QuestionSubject::EdgeOperator { edge, from: 0, to });
                        }
                    }
                }
            }
            Edges::Free { .. } => {
                // The output comes right after the inner nodes.
                for to in self.inputs..=self.inputs + most {
                    abouts.extend((0..to).map(|from| QuestionSubject::Edge { from, to }));
                }
            }
        }
        abouts
    }
}
