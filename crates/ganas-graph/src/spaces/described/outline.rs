//! The outline of a described space: its cells, stages, parameters and forbidden combinations.

use super::cell::QuestionSubject;
use super::description::{OperatorsOn, SpaceDescription};
use super::structure::{Edges, OUTPUT, Structure};
use crate::outline::{OutlineEntry, OutlinePart};

impl Structure {
    /// Returns the outline of the cell, which lists its decisions by name.
    pub(super) fn outline(&self) -> OutlinePart {
        let (least, most) = self.inner;
        let nodes = match (least, most) {
            (1, 1) => "1 node".into(),
            (least, most) if least == most => format!("{most} nodes"),
            (least, most) => format!("{least} to {most} nodes"),
        };
        let on = match self.operators_on {
            OperatorsOn::Nodes => "nodes",
            OperatorsOn::Edges => "edges",
        };
        let edges = match &self.edges {
            Edges::Fixed { list, most } if *most < list.len() => {
                format!(", at most {most} edges that carry data")
            }
            Edges::Fixed { .. } => ", with fixed edges".into(),
            Edges::PerNode(count) => format!(", {count} inputs per node"),
            Edges::Free { most } => format!(", at most {most} edges"),
        };
        let title = format!("{}: {nodes}, operators on {on}{edges}", self.name);
        let kinds = self.kinds();
        let decided = self.abouts().into_iter().map(|about| {
            let mut values = kinds[self.kind(about)].1.clone();
            if let QuestionSubject::Input { to, .. } = about {
                // Only earlier nodes can feed it.
                values.truncate(to);
            }
            OutlineEntry::of_values(self.name_of(about, most), values)
        });
        let mut entries: Vec<_> = decided.collect();
        if let Edges::Fixed { list, .. } = &self.edges {
            let node = |node: usize| self.nodes.get(node).map_or(OUTPUT, String::as_str);
            let edges = list.iter().map(|(from, to)| format!("{}-{}", node(*from), node(*to)));
            let edges = edges.collect::<Vec<_>>().join(", ");
            entries.push(OutlineEntry::of_words(format!("{}.edges", self.name), edges));
        }
        OutlinePart { title, entries }
    }
}

/// Returns the outline of the forbidden combinations; `None` if there are none.
pub(super) fn forbidden(description: &SpaceDescription) -> Option<OutlinePart> {
    let rules = description.forbidden.iter();
    let entries: Vec<_> = rules.map(|rule| OutlineEntry::of_words("when", &rule.when)).collect();
    (!entries.is_empty()).then(|| OutlinePart { title: "forbidden".into(), entries })
}
