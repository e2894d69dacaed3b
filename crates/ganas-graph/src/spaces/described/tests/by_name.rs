//! Architectures built from choices by name.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::spaces::described::parse;
use crate::{ArchError, ChoiceValue, SearchSpace, moves};

/// Formats a value as a Python program would write it into a table.
fn in_python(value: ChoiceValue) -> String {
    match value {
        ChoiceValue::Boolean(true) => "True".into(),
        ChoiceValue::Boolean(false) => "False".into(),
        ChoiceValue::Integer(value) => format!("{value}.0"),
        ChoiceValue::Number(value) => format!("{value:e}"),
        ChoiceValue::Text(text) => format!(" {text} "),
    }
}

#[test]
fn what_was_chosen_by_name_is_the_architecture() {
    for text in super::EXAMPLES {
        let space = parse(text).unwrap();
        let names = space.decision_names();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..40 {
            let arch = moves::sample(&space, &mut rng);
            let chosen = space.named_choices(&arch).into_iter();
            let chosen: BTreeMap<_, _> =
                chosen.map(|(name, value)| (name, in_python(value))).collect();
            let mut asked = Vec::new();
            let same = space.arch_by_name(|name| {
                asked.push(name.to_owned());
                &chosen[name]
            });
            assert_eq!(same, Ok(arch.clone()), "{}", space.display(&arch));
            let mut places = asked.iter().map(|name| names.iter().position(|it| it == name));
            assert!(places.all(|place| place.is_some()), "{asked:?} of {names:?}");
            assert_eq!(asked.len(), arch.choices().len());
        }
    }
}

#[test]
fn a_wrong_choice_names_its_decision() {
    let space = parse(include_str!("../../../../examples/spaces/training.toml")).unwrap();
    let error = |name: &'static str, text: &'static str| {
        let written = move |asked: &str| match asked {
            _ if asked == name => text,
            "learning_rate" => "0.01",
            "optimiser" => "sgd",
            "batch_size" => "32",
            "momentum" => "0.9",
            _ => "100",
        };
        let error = space.arch_by_name(written).unwrap_err();
        assert!(matches!(&error, ArchError::Choice { name: found, .. } if found == name));
        error.to_string()
    };
    let found = error("optimiser", "Sgd");
    assert_eq!(found, "training: `optimiser`: expected one of sgd, adam, found `Sgd`");
    assert!(
        error("learning_rate", "1")
            .contains("expected a number from 0.0001 to 0.1 on a logarithmic scale, found `1`")
    );
    assert!(error("learning_rate", "nan").ends_with("found `nan`"));
    assert!(error("batch_size", "").ends_with("one of 32, 64, 128, 256, found nothing"));
    assert!(error("warm_up_steps", "50").ends_with("1900, 2000, found `50`"));
}
