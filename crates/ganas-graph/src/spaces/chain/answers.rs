//! The answers to a chain's questions, which are the choices made in its decisions.

use super::plan::{Plan, StagePlan};
use super::questions::{Body, Dimension, Place, Question, Setting};

/// Marks a missing answer.
const NONE: u8 = u8::MAX;

/// The choices of a prefix as answers to questions.
#[derive(Debug)]
pub(super) struct Answers<'p> {
    plan: &'p Plan,
    choices: Vec<u8>,
    /// Index of the next question; `None` if all questions are answered.
    pub(super) next: Option<usize>,
}

/// The decided properties of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) enum LayerAnswer {
    /// An operation, by its index in the description's list of operations.
    Operation(u32),
    /// The properties that the stage's block has in this layer. `ratio` is the expansion or MLP
    /// ratio in hundredths, such as 150 for a ratio of 1.5.
    Block { heads: u32, ratio: u32, kernel: u32, has_squeeze: bool },
}

impl Plan {
    pub(super) fn answers(&self, prefix: &[u8]) -> Answers<'_> {
        let choices = vec![NONE; self.questions.len()];
        let mut answers = Answers { plan: self, choices, next: None };
        let mut choices = prefix.iter();
        for (number, question) in self.questions.iter().enumerate() {
            if !answers.is_asked(question) {
                continue;
            }
            let Some(&choice) = choices.next() else {
                answers.next = Some(number);
                break;
            };
            answers.choices[number] = choice;
        }
        answers
    }
}

impl Answers<'_> {
    /// Returns true if a question is asked. A stage of depth 0 has no questions besides the depth,
    /// and an absent layer has no questions at all. While a stage's depth is open, all its
    /// questions count as asked.
    pub(super) fn is_asked(&self, question: &Question) -> bool {
        self.is_there(question.place, question.dimension)
    }

    /// Returns true unless the answers show that `place` is absent; a stage's depth is never
    /// absent.
    pub(super) fn is_there(&self, place: Place, dimension: Dimension) -> bool {
        match place {
            Place::Network | Place::Head => true,
            Place::Stage(_) if dimension == Dimension::Depth => true,
            Place::Stage(stage) => self.depth(stage).is_none_or(|depth| depth > 0),
            Place::Layer(stage, layer) => {
                self.depth(stage).is_none_or(|depth| depth as usize > layer)
            }
        }
    }

    /// Returns the choice that answers a question; `None` while the question is open.
    pub(super) fn choice(&self, question: usize) -> Option<u8> {
        Some(self.choices[question]).filter(|choice| *choice != NONE)
    }

    /// Returns the number of answered questions.
    pub(super) fn count(&self) -> usize {
        self.choices.iter().filter(|choice| **choice != NONE).count()
    }

    /// Returns the value of a setting; `None` while it is open.
    pub(super) fn value(&self, setting: Setting) -> Option<u32> {
        match setting {
            Setting::Fixed(value) => Some(value),
            Setting::Asked(question) => {
                let kind = &self.plan.kinds[self.plan.questions[question].kind];
                Some(kind.values[usize::from(self.choice(question)?)])
            }
        }
    }

    /// Returns the number of layers of a stage; `None` while it is open.
    pub(super) fn depth(&self, stage: usize) -> Option<u32> {
        self.value(self.plan.stages[stage].depth)
    }

    /// Returns the decided properties of a stage's layer; `None` while any of them is open.
    pub(super) fn layer(&self, stage: &StagePlan, layer: usize) -> Option<LayerAnswer> {
        Some(match stage.bodies[layer] {
            Body::Operation(operation) => LayerAnswer::Operation(self.value(operation)?),
            Body::Block { heads, ratio, kernel, squeeze } => LayerAnswer::Block {
                heads: self.value(heads)?,
                ratio: self.value(ratio)?,
                kernel: self.value(kernel)?,
                has_squeeze: self.value(squeeze)? == 1,
            },
        })
    }
}
