//! The notation that Once-for-All uses for networks. It consists of three lists (the kernels, the
//! expansions and the depths) and the resolution.

use super::plan::Plan;
use super::questions::{Dimension, Place, Question};
use crate::spaces::literal::{Literal, Source, Value};
use crate::{Arch, ArchError, Builder, SearchSpace};

/// Names of the lists in the notation.
const NAMES: [&str; 4] = ["ks", "e", "d", "r"];

/// Parses `{"ks": [7, …], "e": [3, …], "d": [2, …], "r": [224]}`. The lists of kernels and
/// expansions have an entry for every possible layer; entries of absent layers are ignored.
///
/// Returns `None` if the text does not begin with `{`, or if the space has other decisions.
///
/// Source: `OFAMobileNetV3.set_active_subnet` of mit-han-lab/once-for-all.
pub(super) fn read(
    plan: &Plan,
    space: &dyn SearchSpace,
    text: &str,
) -> Option<Result<Arch, ArchError>> {
    let is_asked = plan.questions.iter().all(|question| list_of(question).is_some());
    let is_text = text.trim_start().starts_with('{');
    (is_asked && is_text)
        .then(|| Subnet { plan, source: Source { space: space.name(), text } }.read(space))
}

/// Returns the index in [`NAMES`] of the list that answers a question.
fn list_of(question: &Question) -> Option<usize> {
    match (question.dimension, question.place) {
        (Dimension::Kernel, Place::Layer(..)) => Some(0),
        (Dimension::Expansion, Place::Layer(..)) => Some(1),
        (Dimension::Depth, _) => Some(2),
        (Dimension::Resolution, _) => Some(3),
        _ => None,
    }
}

struct Subnet<'a> {
    plan: &'a Plan,
    source: Source<'a>,
}

impl Subnet<'_> {
    fn read(self, space: &dyn SearchSpace) -> Result<Arch, ArchError> {
        let literal = self.source.read(None)?;
        let lists = self.lists(&literal)?;
        let mut builder = Builder::new(space);
        while let Some(number) = self.plan.answers(builder.choices()).next {
            let question = &self.plan.questions[number];
            let answer = list_of(question).and_then(|list| lists[list].get(self.slot(number)));
            let answer = answer.ok_or_else(|| self.source.wrong(&literal, "a longer list"))?;
            builder.choose(self.choice(question, answer)?)?;
        }
        builder.finish()
    }

    /// Returns the lists, after checking that each has one entry for every question that it
    /// answers.
    fn lists<'l>(&self, literal: &'l Literal) -> Result<[&'l [Literal]; 4], ArchError> {
        let Value::Fields(fields) = &literal.value else {
            return Err(self.source.wrong(literal, "named lists"));
        };
        let [kernels, expansions, depths, resolution, width] =
            self.source.fields(fields, [NAMES[0], NAMES[1], NAMES[2], NAMES[3], "wid"])?;
        if let Some(width) = width.filter(|width| width.value != Value::Nothing) {
            return Err(self.source.wrong(width, "`None`, because the space has only one width"));
        }
        let mut lists: [&[Literal]; 4] = [&[]; 4];
        for (list, found) in [kernels, expansions, depths, resolution].into_iter().enumerate() {
            let places = self.places(list);
            lists[list] = match found.map(|found| (found, &found.value)) {
                Some((_, Value::Sequence(items))) if items.len() == places => items,
                Some((found, Value::Number(_))) if places == 1 => std::slice::from_ref(found),
                None if places == 0 => &[],
                Some((found, _)) => {
                    return Err(self.source.wrong(found, &format!("a list of {places} numbers")));
                }
                None => {
                    let expected = format!("`{}`, a list of {places} numbers", NAMES[list]);
                    return Err(self.source.error(literal.end, &expected, "none".into()));
                }
            };
        }
        Ok(lists)
    }

    /// Returns the number of questions that a list answers if no layer is absent.
    fn places(&self, list: usize) -> usize {
        let questions = self.plan.questions.iter();
        questions.filter(|question| list_of(question) == Some(list)).count()
    }

    /// Returns the index of a question's answer in its list.
    fn slot(&self, number: usize) -> usize {
        let list = list_of(&self.plan.questions[number]);
        let before = self.plan.questions[..number].iter();
        before.filter(|question| list_of(question) == list).count()
    }

    fn choice(&self, question: &Question, answer: &Literal) -> Result<u8, ArchError> {
        let kind = &self.plan.kinds[question.kind];
        let scale = if question.dimension == Dimension::Expansion { 100 } else { 1 };
        let of = |choice: u8| i64::from(kind.values[usize::from(choice)]);
        let wanted = match answer.value {
            Value::Number(number) => number.checked_mul(scale),
            _ => None,
        };
        let mut choices = question.allowed.iter();
        choices.find(|choice| Some(of(*choice)) == wanted).ok_or_else(|| {
            let values = question.allowed.iter().map(|choice| (of(choice) / scale).to_string());
            let values: Vec<_> = values.collect();
            self.source.wrong(answer, &format!("the {} ({})", kind.name(), values.join(", ")))
        })
    }
}
