//! The state of an unfinished architecture of a chain, for which only the first choices have been
//! made. This module also counts the architectures that have the same network as a given one.

use super::assembly::{Assembly, Open};
use super::description::ChainDescription;
use super::network::Network;
use super::plan::{Plan, StagePlan};
use super::questions::{Body, Place, Setting};

impl Plan {
    /// Returns the state of `prefix`, and the layers that `prefix` has settled. The continuations
    /// of `prefix` depend only on the state, which consists of the shape after the settled layers,
    /// the next question, and the answers about layers that are not settled yet.
    pub(super) fn settled(
        &self,
        description: &ChainDescription,
        prefix: &[u8],
    ) -> (Vec<u64>, Network) {
        let answers = self.answers(prefix);
        let mut build = Assembly::new(description);
        let open = build.push_known(self, &answers);
        let (channels, side) = (build.channels.into(), build.side.into());
        let mut state = Vec::new();
        if let Some(question) = answers.next {
            let (stage, layer) = open.map_or((0, 0), place);
            state.extend([question as u64, channels, side, stage as u64, layer as u64]);
        }
        if let Some(open) = open {
            let numbers = (0_u64..).zip(&self.questions).enumerate();
            for (at, (number, question)) in numbers {
                if matters(question.place, open)
                    && let Some(choice) = answers.choice(at)
                {
                    state.extend([number, choice.into()]);
                }
            }
        }
        let settled = Network {
            resolution: build.side,
            layers: build.layers,
            gate: description.squeeze.gate,
        };
        (state, settled)
    }

    /// Returns the number of words that build the same network as `choices`; `None` if
    /// [`Plan::classes`] is `None`. Such words differ only in the positions of identities among the
    /// layers after a stage's first.
    pub(super) fn representations(
        &self,
        description: &ChainDescription,
        choices: &[u8],
    ) -> Option<u64> {
        self.classes(description)?;
        let answers = self.answers(choices);
        let is_identity = |stage: &StagePlan, layer: usize| match stage.bodies[layer] {
            Body::Block { .. } => false,
            Body::Operation(operation) => answers
                .value(operation)
                .is_some_and(|it| description.operations[it as usize].kernel.is_none()),
        };
        let of_stage = |(number, stage): (usize, &StagePlan)| {
            // Layers that are alike have only one order.
            let is_asked = matches!(stage.bodies.get(1), Some(Body::Operation(Setting::Asked(it)))
                if matches!(self.questions[*it].place, Place::Layer(..)));
            let layers = if is_asked { answers.depth(number)? as usize } else { 1 };
            let identities = (1..layers).filter(|layer| is_identity(stage, *layer)).count() as u64;
            let later = layers as u64 - 1;
            Some((0..identities).fold(1_u64, |ways, at| ways * (later - at) / (at + 1)))
        };
        self.stages.iter().enumerate().map(of_stage).product()
    }
}

/// Returns true if an answer about `place` affects the open part or anything after it.
fn matters(place: Place, open: Open) -> bool {
    match (place, open) {
        (Place::Network, _) => open == Open::Stem,
        (Place::Head, _) | (_, Open::Stem) => true,
        (Place::Stage(stage), Open::Layer(number, _)) => stage >= number,
        (Place::Layer(stage, layer), Open::Layer(number, first)) => {
            (stage, layer) >= (number, first)
        }
        (_, Open::Head) => false,
    }
}

/// Returns the position of the open part as numbers for the state.
const fn place(open: Open) -> (usize, usize) {
    match open {
        Open::Stem => (0, 0),
        Open::Layer(stage, layer) => (stage + 1, layer),
        Open::Head => (usize::MAX, 0),
    }
}
