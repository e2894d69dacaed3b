//! The questions of a chain: its possible decisions, in the order in which they are made.

use super::block_kind::BlockKind;
use super::checks::{ErrorContext, hundredths};
use super::description::{ChainDescription, Choose, StageDescription};
use crate::space::MAX_CHOICES;
use crate::{ChoiceValue, DescriptionError, Mask};

/// Maximum number of questions.
const MAX_QUESTIONS: usize = 1_024;

/// The property that a question decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Resolution,
    StemWidth,
    Depth,
    Operation,
    Expansion,
    Kernel,
    Width,
    Squeeze,
    HeadWidth,
    Heads,
    MlpRatio,
}

/// The part of the network that a question concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The input and the stem.
    Network,
    /// All layers of the stage with this index.
    Stage(usize),
    /// One layer of a stage. The fields are the index of the stage and the index of the layer
    /// within the stage.
    Layer(usize, usize),
    /// Everything after the stages.
    Head,
}

/// A decision that the space may ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) kind: usize,
    pub(super) dimension: Dimension,
    pub(super) place: Place,
    /// The graph node that the question concerns.
    pub(super) node: usize,
    pub(super) allowed: Mask,
}

/// A kind of decision. Its choices are numbers: a ratio is in hundredths, squeeze-and-excitation is
/// 0 or 1, and an operation is its index in the description.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) dimension: Dimension,
    pub(super) of_layers: bool,
    pub(super) values: Vec<u32>,
}

/// A fixed value, or the answer to a question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Setting {
    Fixed(u32),
    Asked(usize),
}

/// Collects questions. A kind of decision has as its choices all values that any question of this
/// kind allows.
#[derive(Debug, Default)]
pub(super) struct Questions {
    pub(super) kinds: Vec<Kind>,
    pub(super) asked: Vec<Question>,
    /// The values that each question allows.
    values: Vec<Vec<u32>>,
    /// The properties with a single value.
    pub(super) fixed: Vec<Fixed>,
}

/// A property that would be a decision if it had more than one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    pub(super) dimension: Dimension,
    pub(super) place: Place,
    /// The graph node that the property concerns.
    pub(super) node: usize,
    pub(super) value: u32,
}

impl Questions {
    /// Returns the setting of a property with these values: a question if there are several, else
    /// the only value. Without values, the setting is fixed at 0 and is not used.
    pub(super) fn setting(
        &mut self,
        dimension: Dimension,
        place: Place,
        node: usize,
        values: &[u32],
    ) -> Setting {
        match *values {
            [] => return Setting::Fixed(0),
            [value] => {
                self.fixed.push(Fixed { dimension, place, node, value });
                return Setting::Fixed(value);
            }
            _ => {}
        }
        let of_layers = matches!(place, Place::Layer(..));
        let same = |kind: &Kind| kind.dimension == dimension && kind.of_layers == of_layers;
        let kind = self.kinds.iter().position(same).unwrap_or_else(|| {
            self.kinds.push(Kind { dimension, of_layers, values: Vec::new() });
            self.kinds.len() - 1
        });
        self.kinds[kind].values.extend(values);
        let allowed = Mask::from_bits(0);
        self.asked.push(Question { kind, dimension, place, node, allowed });
        self.values.push(values.to_vec());
        Setting::Asked(self.asked.len() - 1)
    }

    /// Sorts the values of each kind, and sets the mask of each question.
    pub(super) fn finish(&mut self, space: &str) -> Result<(), DescriptionError> {
        let at = ErrorContext { space };
        for kind in &mut self.kinds {
            kind.values.sort_unstable();
            kind.values.dedup();
            let count = kind.values.len();
            if count > MAX_CHOICES {
                let expected = format!("at most {MAX_CHOICES} values per kind of decision");
                at.wrong("stages", &expected, &format!("{count} values of {}", kind.name()))?;
            }
        }
        if self.asked.len() > MAX_QUESTIONS {
            let expected = format!(
                "at most {MAX_QUESTIONS} decisions (`choose = \"stage\"` makes one decision for all layers of a stage)"
            );
            at.wrong("stages", &expected, &self.asked.len())?;
        }
        for (question, values) in self.asked.iter_mut().zip(&self.values) {
            let known = self.kinds[question.kind].values.iter().enumerate();
            let bits = known.filter(|(_, value)| values.contains(value));
            question.allowed = Mask::from_bits(bits.fold(0, |bits, (at, _)| bits | 1 << at));
        }
        Ok(())
    }
}

impl Kind {
    /// Returns the name of the kind, such as `stage kernel`.
    pub(super) fn name(&self) -> String {
        let of = if self.of_layers { "layer" } else { "stage" };
        match self.dimension {
            Dimension::Resolution => "resolution".into(),
            Dimension::StemWidth => "stem width".into(),
            Dimension::HeadWidth => "head width".into(),
            Dimension::Depth => "stage depth".into(),
            Dimension::Width => "stage width".into(),
            Dimension::Operation => format!("{of} operation"),
            Dimension::Expansion => format!("{of} expansion"),
            Dimension::Kernel => format!("{of} kernel"),
            Dimension::Squeeze => format!("{of} squeeze-excitation"),
            Dimension::Heads => format!("{of} heads"),
            Dimension::MlpRatio => format!("{of} MLP ratio"),
        }
    }

    /// Returns the text of a choice: the value, or the operation's name.
    pub(super) fn value(&self, choice: usize, description: &ChainDescription) -> String {
        self.dimension.value(self.values[choice], description)
    }
}

impl Question {
    /// Returns the question's name, such as `stage2.layer1.kernel`.
    pub(super) fn name(&self) -> String {
        self.place.name(self.dimension)
    }
}

impl Fixed {
    /// Returns the property's name, in the same form as the names of questions.
    pub(super) fn name(&self) -> String {
        self.place.name(self.dimension)
    }
}

impl Place {
    /// Returns the name of a dimension at this place, such as `stage2.layer1.kernel`.
    fn name(self, dimension: Dimension) -> String {
        let dimension = match dimension {
            Dimension::Resolution => "resolution",
            Dimension::StemWidth => "stem.width",
            Dimension::HeadWidth => "head.width",
            Dimension::Depth => "depth",
            Dimension::Width => "width",
            Dimension::Operation => "operation",
            Dimension::Expansion => "expansion",
            Dimension::Kernel => "kernel",
            Dimension::Squeeze => "squeeze_excitation",
            Dimension::Heads => "heads",
            Dimension::MlpRatio => "mlp_ratio",
        };
        match self {
            Self::Network | Self::Head => dimension.into(),
            Self::Stage(stage) => format!("stage{}.{dimension}", stage + 1),
            Self::Layer(stage, layer) => {
                format!("stage{}.layer{}.{dimension}", stage + 1, layer + 1)
            }
        }
    }
}

impl Dimension {
    /// Returns the text of one of the dimension's numbers: the value, or the operation's name.
    pub(super) fn value(self, value: u32, description: &ChainDescription) -> String {
        match self {
            Self::Operation => description.operations[value as usize].name.clone(),
            Self::Expansion | Self::MlpRatio => (f64::from(value) / 100.0).to_string(),
            _ => value.to_string(),
        }
    }

    /// Returns one of the dimension's numbers in the type that other programs get.
    pub(super) fn choice_value(self, value: u32, description: &ChainDescription) -> ChoiceValue {
        let written = self.value(value, description);
        match self {
            Self::Squeeze => ChoiceValue::Boolean(value == 1),
            Self::Operation => ChoiceValue::Text(written),
            _ => ChoiceValue::named(&written),
        }
    }

    /// Returns the prefix of a value in the notation.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Resolution => "r",
            Self::StemWidth => "stem",
            Self::Depth => "d",
            Self::Operation => "",
            Self::Expansion => "e",
            Self::Kernel => "k",
            Self::Width => "w",
            Self::Squeeze => "se",
            Self::HeadWidth => "head",
            Self::Heads => "h",
            Self::MlpRatio => "mlp",
        }
    }
}

/// The settings of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    Operation(Setting),
    /// The settings of the stage's block. The setting of a property that the block does not have is
    /// fixed at 0.
    Block {
        heads: Setting,
        ratio: Setting,
        kernel: Setting,
        squeeze: Setting,
    },
}

impl Questions {
    /// Adds the questions about the layers of a stage, or about one layer, except
    /// squeeze-and-excitation.
    pub(super) fn body(
        &mut self,
        stage: &StageDescription,
        operations: &[u32],
        place: Place,
        node: usize,
    ) -> Body {
        if !operations.is_empty() {
            return Body::Operation(self.setting(Dimension::Operation, place, node, operations));
        }
        let (dimension, ratios) = match stage.block {
            BlockKind::Transformer => (Dimension::MlpRatio, &stage.mlp_ratio),
            _ => (Dimension::Expansion, &stage.expansion),
        };
        let hundredths: Vec<_> = ratios.iter().map(|value| hundredths(*value)).collect();
        Body::Block {
            heads: self.setting(Dimension::Heads, place, node, &stage.heads),
            ratio: self.setting(dimension, place, node, &hundredths),
            kernel: self.setting(Dimension::Kernel, place, node, &stage.kernel),
            squeeze: Setting::Fixed(0),
        }
    }

    /// Adds the question about squeeze-and-excitation, which comes last.
    pub(super) fn squeeze(
        &mut self,
        stage: &StageDescription,
        place: Place,
        node: usize,
        body: &mut Body,
    ) {
        if let Body::Block { squeeze, .. } = body {
            let flags: Vec<_> =
                stage.squeeze_excitation.iter().map(|flag| u32::from(*flag)).collect();
            *squeeze = self.setting(Dimension::Squeeze, place, node, &flags);
        }
    }
}

impl StageDescription {
    /// Returns the maximum number of layers of the stage.
    pub(super) fn most_layers(&self) -> usize {
        self.depth.iter().max().map_or(0, |depth| *depth as usize)
    }

    /// Returns the number of the stage's graph nodes: one per possible layer if layers are decided
    /// separately, else one.
    pub(super) fn nodes(&self) -> usize {
        match self.choose {
            Choose::Stage => 1,
            Choose::Layer => self.most_layers().max(1),
        }
    }
}
