//! Counts a chain's architectures and its distinct networks.

use std::collections::BTreeSet;

use super::assembly::expanded;
use super::block_kind::BlockKind;
use super::checks::hundredths;
use super::description::{ChainDescription, StageDescription};
use super::plan::{Change, Plan, StagePlan};
use super::questions::{Body, Dimension, Place, Question, Setting};

impl Plan {
    /// Returns the number of choice vectors; `None` above [`u128::MAX`].
    pub(super) fn size(&self) -> Option<u128> {
        let stages = self.stages.iter().enumerate().map(|(number, stage)| {
            let shared = self.shared(number)?;
            let mut sum = 0_u128;
            for &depth in &stage.depths {
                let words = match depth {
                    0 => Some(1),
                    _ => product((0..depth as usize).map(|layer| self.of_layer(number, layer)))?
                        .checked_mul(shared),
                };
                sum = sum.checked_add(words?)?;
            }
            Some(sum)
        });
        product([self.outside()].into_iter().chain(stages))
    }

    /// Returns the number of distinct networks. Identities that keep the shape leave no layer in
    /// the network, so only the sequence of a stage's other layers counts. Returns `None` if a
    /// stage can be empty, if a stage can begin with an identity that keeps the shape, if a stage
    /// has both several depths and identities, or if different choices might yield the same network
    /// for another reason.
    pub(super) fn classes(&self, description: &ChainDescription) -> Option<u128> {
        let stages = self.stages.iter().enumerate().map(|(number, stage)| {
            let identities = self.identities(stage, description);
            if stage.depths[0] == 0
                || (identities[0] && stage.change != Change::Always)
                || !is_distinguishable(description, number, &identities)
            {
                return None;
            }
            let mut sum = 0_u128;
            for &depth in &stage.depths {
                sum = sum.checked_add(self.sequences(number, &identities[..depth as usize])?)?;
            }
            // Depths differ in their layers only if no layer can be the identity.
            (stage.depths.len() == 1 || !identities.contains(&true)).then_some(sum)
        });
        product([self.outside()].into_iter().chain(stages))
    }

    /// Returns the number of distinct sequences of a stage's layers; `identities` tells for each
    /// layer whether it can be the identity.
    fn sequences(&self, stage: usize, identities: &[bool]) -> Option<u128> {
        let shared = self.shared(stage)?;
        let mut count = product([Some(shared), self.of_layer(stage, 0)].into_iter())?;
        // All layers after the first have equal choices.
        let later = identities.len() - 1;
        if later > 0 {
            let choices = self.of_layer(stage, 1)?;
            let after = if identities[1] {
                let powers = (0..=later)
                    .map(|length| (choices - 1).checked_pow(u32::try_from(length).ok()?));
                powers.sum::<Option<u128>>()?
            } else {
                choices.checked_pow(u32::try_from(later).ok()?)?
            };
            count = count.checked_mul(after)?;
        }
        Some(count)
    }

    /// Returns the number of ways to decide everything outside the stages.
    fn outside(&self) -> Option<u128> {
        self.choices(|question| matches!(question.place, Place::Network | Place::Head))
    }

    /// Returns the number of ways to decide everything that all layers of a stage share, except the
    /// depth.
    fn shared(&self, stage: usize) -> Option<u128> {
        self.choices(|question| {
            question.place == Place::Stage(stage) && question.dimension != Dimension::Depth
        })
    }

    /// Returns the number of ways to decide everything about one layer alone.
    fn of_layer(&self, stage: usize, layer: usize) -> Option<u128> {
        self.choices(|question| question.place == Place::Layer(stage, layer))
    }

    /// Returns the number of ways to answer the questions that `which` selects.
    fn choices(&self, which: impl Fn(&Question) -> bool) -> Option<u128> {
        let own = self.questions.iter().filter(|question| which(question));
        product(own.map(|question| Some(question.allowed.count() as u128)))
    }

    /// Returns, for each layer of a stage, whether it can be the identity.
    fn identities(&self, stage: &StagePlan, description: &ChainDescription) -> Vec<bool> {
        let is_identity =
            |operation: u32| description.operations[operation as usize].kernel.is_none();
        let can_be = |body: &Body| match *body {
            Body::Block { .. } => false,
            Body::Operation(Setting::Fixed(operation)) => is_identity(operation),
            Body::Operation(Setting::Asked(question)) => {
                let question = &self.questions[question];
                let values = &self.kinds[question.kind].values;
                question.allowed.iter().any(|choice| is_identity(values[usize::from(choice)]))
            }
        };
        stage.bodies.iter().map(can_be).collect()
    }
}

fn product(mut factors: impl Iterator<Item = Option<u128>>) -> Option<u128> {
    factors.try_fold(1_u128, |product, factor| product.checked_mul(factor?))
}

/// Returns true if different choices for a stage's layers yield different layers, and if the
/// stage's end is recognisable in the network.
fn is_distinguishable(description: &ChainDescription, number: usize, identities: &[bool]) -> bool {
    let stage = &description.stages[number];
    let widths = description.widths(stage);
    let before = match number.checked_sub(1) {
        Some(before) => description.widths(&description.stages[before]).to_vec(),
        None => description.first_widths(),
    };
    let has_one_length = stage.depth.len() == 1 && !identities.contains(&true);
    let ends = description.stages.get(number + 1).is_none_or(|next| {
        has_one_length
            || next.stride > 1
            || description.widths(next).iter().all(|width| !widths.contains(width))
    });
    let mut channels = before.iter().chain(widths);
    ends && channels.all(|channels| has_different_layers(description, stage, *channels))
}

/// Returns true if no two of a stage's ratios, and no two of its operations, yield the same layer
/// for `channels` input or output channels.
fn has_different_layers(
    description: &ChainDescription,
    stage: &StageDescription,
    channels: u32,
) -> bool {
    let expanded = |ratio| expanded(channels, hundredths(ratio), description.divisor);
    let ratios = match stage.block {
        BlockKind::Transformer => &stage.mlp_ratio,
        _ => &stage.expansion,
    };
    let mut inner = BTreeSet::new();
    let mut operations = BTreeSet::new();
    ratios.iter().all(|ratio| inner.insert(expanded(*ratio)))
        && description.operations.iter().filter(|it| stage.operation.contains(&it.name)).all(|it| {
            operations.insert((
                it.block.name(),
                it.kernel,
                it.expansion.map(expanded),
                it.squeeze_excitation,
            ))
        })
}
