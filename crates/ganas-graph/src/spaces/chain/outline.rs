//! The outline of a chain: decisions and fixed properties, stage by stage.

use super::description::{ChainDescription, OperationDescription};
use super::plan::{Plan, StagePlan};
use super::questions::{Dimension, Place};
use crate::outline::{OutlineEntry, OutlinePart};

/// Returns the outline of a chain's parts in order: input and stem, operations, stages, head.
pub(super) fn outline(description: &ChainDescription, plan: &Plan) -> Vec<OutlinePart> {
    let mut entries = entries(description, plan);
    let mut take = |is_there: &dyn Fn(Place) -> bool| {
        let (taken, left) = entries.drain(..).partition(|entry: &Placed| is_there(entry.place));
        entries = left;
        let taken: Vec<Placed> = taken;
        taken.into_iter().map(|placed| placed.entry).collect::<Vec<_>>()
    };
    let network = take(&|place| place == Place::Network);
    let mut parts = vec![OutlinePart { title: network_title(description), entries: network }];
    if !description.operations.is_empty() {
        let entries = description.operations.iter().map(operation).collect();
        parts.push(OutlinePart { title: "operations".into(), entries });
    }
    for (number, stage) in plan.stages.iter().enumerate() {
        let is_there = |place| match place {
            Place::Stage(stage) | Place::Layer(stage, _) => stage == number,
            Place::Network | Place::Head => false,
        };
        let has_operations = !description.stages[number].operation.is_empty();
        let title = stage_title(stage, number, has_operations);
        parts.push(OutlinePart { title, entries: take(&is_there) });
    }
    let head = take(&|place| place == Place::Head);
    if let Some(of_head) = &description.head {
        let mix = of_head.mix.as_ref().map(|mix| {
            let bias = if mix.bias { "with" } else { "without" };
            format!(": {} channels after pooling, {bias} bias", mix.width)
        });
        let title = format!("head{}", mix.unwrap_or_default());
        parts.push(OutlinePart { title, entries: head });
    }
    parts
}

struct Placed {
    place: Place,
    dimension: Dimension,
    entry: OutlineEntry,
}

/// Returns an entry for each decision and each fixed property, sorted by dimension.
fn entries(description: &ChainDescription, plan: &Plan) -> Vec<Placed> {
    let shown =
        |dimension: Dimension, value| dimension.choice_value(value, description).to_string();
    let asked = plan.questions.iter().map(|question| {
        let dimension = question.dimension;
        let values = &plan.kinds[question.kind].values;
        let allowed = question.allowed.iter().map(|it| shown(dimension, values[usize::from(it)]));
        let entry = OutlineEntry::of_values(question.name(), allowed.collect());
        Placed { place: question.place, dimension, entry }
    });
    let fixed = plan.fixed.iter().map(|fixed| {
        let value = shown(fixed.dimension, fixed.value);
        let entry = OutlineEntry::of_values(fixed.name(), vec![value]);
        Placed { place: fixed.place, dimension: fixed.dimension, entry }
    });
    let mut all: Vec<_> = asked.chain(fixed).collect();
    all.sort_by_key(|placed| placed.dimension as usize);
    all
}

fn network_title(description: &ChainDescription) -> String {
    let ChainDescription { classes, channels, features, stem, .. } = description;
    let input = match features {
        Some(features) => format!("tables of {features} columns"),
        None if *channels == Some(1) => "images of 1 channel".into(),
        None => format!("images of {} channels", channels.unwrap_or(3)),
    };
    let stem = stem.as_ref().map(|stem| {
        if let Some(patch) = stem.patch {
            return format!(", stem with patches of {patch} × {patch}");
        }
        let (kernel, stride) = (stem.kernel.unwrap_or(3), stem.stride.unwrap_or(2));
        format!(", stem with kernel {kernel} and stride {stride}")
    });
    format!("network: {input}, {classes} classes{}", stem.unwrap_or_default())
}

fn stage_title(stage: &StagePlan, number: usize, has_operations: bool) -> String {
    let block = if has_operations { "operations" } else { stage.block.name() };
    format!("stage{}: {block}, stride {}", number + 1, stage.stride)
}

fn operation(operation: &OperationDescription) -> OutlineEntry {
    let OperationDescription { name, block, kernel, expansion, squeeze_excitation } = operation;
    let words = match kernel {
        None => "identity".into(),
        Some(kernel) => {
            let expansion = expansion.map(|it| format!(", expansion {it}")).unwrap_or_default();
            let squeeze = if *squeeze_excitation { ", squeeze-and-excitation" } else { "" };
            format!("{}, kernel {kernel}{expansion}{squeeze}", block.name())
        }
    };
    OutlineEntry::of_words(name, words)
}
