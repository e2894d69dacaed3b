//! The plan of a chain: the questions (possible decisions) that follow from its description.

use super::block_kind::BlockKind;
use super::checks::{self, ErrorContext};
use super::description::{Activation, ChainDescription, Choose, Notation, StageDescription};
use super::drawing::PARTS;
use super::questions::{Body, Dimension, Fixed, Kind, Place, Question, Questions, Setting};
use crate::{DescriptionError, MAX_LABELS, MAX_NODES};

/// The questions that a checked description asks, and the structure of the network that their
/// answers determine.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) kinds: Vec<Kind>,
    /// The questions, in the order asked.
    pub(super) questions: Vec<Question>,
    /// The properties with a single value.
    pub(super) fixed: Vec<Fixed>,
    pub(super) resolution: Setting,
    /// `None` without a stem.
    pub(super) stem_width: Option<Setting>,
    /// `None` without a head.
    pub(super) head_width: Option<Setting>,
    pub(super) stages: Vec<StagePlan>,
    /// Number of nodes of the graph.
    pub(super) nodes: usize,
}

/// A stage: its fixed properties and its questions.
#[derive(Debug, Clone)]
pub(super) struct StagePlan {
    pub(super) block: BlockKind,
    pub(super) stride: u32,
    pub(super) activation: Activation,
    pub(super) depth: Setting,
    pub(super) width: Setting,
    /// One body per layer, up to the maximum depth.
    pub(super) bodies: Vec<Body>,
    /// The stage's graph nodes: one per layer, or one for all layers.
    pub(super) nodes: std::ops::Range<usize>,
    /// The possible depths, in ascending order.
    pub(super) depths: Vec<u32>,
    /// Whether the stage's first layer changes the shape.
    pub(super) change: Change,
}

/// Whether a stage's first layer changes the shape: never, depending on the chosen input and output
/// widths, or always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Never,
    Sometimes,
    Always,
}

impl Plan {
    /// Creates the plan of a description.
    ///
    /// # Errors
    /// If the description violates a rule, or exceeds the limits on graphs or decisions.
    pub(super) fn new(description: &ChainDescription) -> Result<Self, DescriptionError> {
        checks::check(description)?;
        let mut questions = Questions::default();
        let (first, last) =
            (0, 1 + description.stages.iter().map(StageDescription::nodes).sum::<usize>());
        let mut ask =
            |dimension, values: &[u32]| questions.setting(dimension, Place::Network, first, values);
        let resolution = match description.features {
            None => ask(Dimension::Resolution, &description.resolution),
            // A row is an image of one pixel.
            Some(_) => Setting::Fixed(1),
        };
        let stem = description.stem.as_ref();
        let stem_width = stem.map(|stem| ask(Dimension::StemWidth, &stem.width));
        let mut stages = Vec::with_capacity(description.stages.len());
        let (mut node, mut inputs) = (first + 1, description.first_widths());
        for (number, stage) in description.stages.iter().enumerate() {
            let operations = Operations::new(description, number, &inputs)?;
            let plan = plan_stage(&mut questions, description, number, node, &operations);
            let width = match stage.block {
                BlockKind::Transformer => stem_width.unwrap_or(plan.width),
                _ => plan.width,
            };
            stages.push(StagePlan { width, ..plan });
            node += stage.nodes();
            if !stage.depth.contains(&0) {
                inputs.clear();
            }
            inputs.extend(description.widths(stage));
            inputs.sort_unstable();
            inputs.dedup();
        }
        let head = description.head.as_ref();
        let head_width = head
            .map(|head| questions.setting(Dimension::HeadWidth, Place::Head, last, &head.width));
        questions.finish(&description.name)?;
        let Questions { kinds, asked: questions, fixed, .. } = questions;
        let nodes = last + 1;
        let plan =
            Self { kinds, questions, fixed, resolution, stem_width, head_width, stages, nodes };
        plan.check_graph(description)?;
        Ok(plan)
    }

    fn check_graph(&self, description: &ChainDescription) -> Result<(), DescriptionError> {
        let at = ErrorContext { space: &description.name };
        let long = self.kinds.iter().find(|kind| kind.values.len() > 10);
        if let Some(kind) = long.filter(|_| description.notation == Notation::Digits) {
            let expected = "`named` or `values`, because a digit can encode only 10 choices";
            at.wrong(
                "notation",
                expected,
                &format!("`digits` for {} values of {}", kind.values.len(), kind.name()),
            )?;
        }
        if self.nodes > MAX_NODES {
            let expected = format!(
                "at most {} nodes: one per layer with a decision, or one per stage with `choose = \"stage\"`",
                MAX_NODES - 2
            );
            at.wrong("stages", &expected, &(self.nodes - 2))?;
        }
        let labels = self.label_count();
        if labels > MAX_LABELS {
            let expected = format!(
                "at most {MAX_LABELS} labels: one per value of each kind of decision, one per stage, \
                 and {} others",
                PARTS.len()
            );
            at.wrong("stages", &expected, &labels)?;
        }
        if self.questions.is_empty() {
            at.wrong("stages", "at least one decision", &"a single architecture")?;
        }
        Ok(())
    }
}

/// Adds all questions about a stage. The depth comes first if it can be 0, because no other
/// questions follow a depth of 0; otherwise it follows the width.
fn plan_stage(
    questions: &mut Questions,
    description: &ChainDescription,
    number: usize,
    node: usize,
    operations: &Operations,
) -> StagePlan {
    let stage = &description.stages[number];
    let place = Place::Stage(number);
    let may_be_empty = stage.depth.contains(&0);
    let early =
        may_be_empty.then(|| questions.setting(Dimension::Depth, place, node, &stage.depth));
    let mut shared = match stage.choose {
        Choose::Stage => Some(questions.body(stage, &operations.first, place, node)),
        Choose::Layer => None,
    };
    let width = questions.setting(Dimension::Width, place, node, &stage.width);
    let depth =
        early.unwrap_or_else(|| questions.setting(Dimension::Depth, place, node, &stage.depth));
    if let Some(body) = &mut shared {
        questions.squeeze(stage, place, node, body);
    }
    let layers = stage.most_layers();
    let bodies = (0..layers).map(|layer| {
        shared.unwrap_or_else(|| {
            let names = if layer == 0 { &operations.first } else { &operations.later };
            let (place, node) = (Place::Layer(number, layer), node + layer);
            let mut body = questions.body(stage, names, place, node);
            questions.squeeze(stage, place, node, &mut body);
            body
        })
    });
    let bodies = bodies.collect();
    let mut depths = stage.depth.clone();
    depths.sort_unstable();
    StagePlan {
        block: stage.block,
        stride: stage.stride,
        activation: stage.activation.unwrap_or(description.activation),
        depth,
        width,
        bodies,
        nodes: node..node + stage.nodes(),
        depths,
        change: operations.change,
    }
}

/// The operations that a stage's first layer and its later layers choose from.
struct Operations {
    first: Vec<u32>,
    later: Vec<u32>,
    change: Change,
}

impl Operations {
    /// Collects a stage's operations. A layer that changes the shape can choose the identity only
    /// if the identity becomes a projection there.
    fn new(
        description: &ChainDescription,
        number: usize,
        inputs: &[u32],
    ) -> Result<Self, DescriptionError> {
        let stage = &description.stages[number];
        let change = Change::of(stage.stride, description.widths(stage), inputs);
        let place = |name: &String| {
            let names = description.operations.iter();
            let place = names.take_while(|operation| operation.name != *name).count();
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let later: Vec<_> = stage.operation.iter().map(place).collect();
        let is_identity = |place: &u32| description.operations[*place as usize].kernel.is_none();
        let has_identity = later.iter().any(is_identity);
        if !has_identity || description.projection || change == Change::Never {
            return Ok(Self { first: later.clone(), later, change });
        }
        let first: Vec<_> = later.iter().copied().filter(|place| !is_identity(place)).collect();
        let fault = if change == Change::Sometimes {
            "no identity, because the chosen widths decide whether the first layer changes the shape"
        } else if first.is_empty() {
            "at least one operation other than the identity, because the first layer changes the shape"
        } else if stage.choose == Choose::Stage {
            "no identity, because the stage changes the shape (to make the stage optional, allow a depth of 0)"
        } else {
            return Ok(Self { first, later, change });
        };
        let at = ErrorContext { space: &description.name };
        let key = format!("stages[{number}].operation");
        at.wrong(&key, fault, &"an identity")?;
        Ok(Self { first, later, change })
    }
}

impl Change {
    /// Compares the output widths `widths` with the possible input widths `inputs`.
    fn of(stride: u32, widths: &[u32], inputs: &[u32]) -> Self {
        let stays = inputs.iter().any(|input| widths.contains(input));
        match (stride, inputs, widths) {
            (2.., _, _) => Self::Always,
            _ if !stays => Self::Always,
            (_, [_], [_]) => Self::Never,
            _ => Self::Sometimes,
        }
    }
}
