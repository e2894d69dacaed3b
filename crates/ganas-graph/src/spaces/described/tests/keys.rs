//! Tests that the reference of keys, which people read, matches the schema, which programs read.

use std::collections::{BTreeMap, BTreeSet};

use crate::SearchSpace;
use crate::spaces::described::{KEYS, read, schema};

/// The heading of each table in the schema.
const HEADINGS: [(&str, &str); 13] = [
    ("", "The file itself"),
    ("ChainDescription", "A chain of stages: `[chain]`"),
    ("StemDescription", "`stem`"),
    ("HeadDescription", "`head`"),
    ("MixDescription", "`mix`"),
    ("SqueezeDescription", "`squeeze`"),
    ("StageDescription", "A stage: `[[chain.stages]]`"),
    ("OperationDescription", "A named operation: `[[chain.operations]]`"),
    ("CellDescription", "A cell: `[[cells]]`"),
    ("OperatorDescription", "An operator with a meaning: `[operators]`"),
    ("NetworkDescription", "The network around a cell: `[network]`"),
    ("ParameterDescription", "A parameter: `[[parameters]]`"),
    ("CostDescription", "A cost: `[[costs]]`"),
];

/// Returns the text below a heading.
fn section(heading: &str) -> &'static str {
    let start = KEYS.find(&format!("# {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let below = &KEYS[start + heading.len() + 2..];
    &below[..below.find("\n#").unwrap_or(below.len())]
}

/// Returns the keys below a heading, with their descriptions.
fn keys(heading: &str) -> BTreeMap<&'static str, &'static str> {
    let items = section(heading).split("\n- ").skip(1);
    let keys = items.flat_map(|item| {
        let (names, what) = item.split_once(": ").unwrap();
        names.split(", ").map(move |name| (name.trim_matches('`'), what))
    });
    keys.collect()
}

#[test]
fn it_has_every_key_of_the_schema_and_no_other() {
    let schema = schema();
    let tables = schema["$defs"].as_object().unwrap();
    let described: Vec<_> =
        tables.keys().filter(|it| tables[*it]["properties"].is_object()).collect();
    let with_heading: BTreeSet<_> =
        HEADINGS.iter().map(|it| it.0).chain(["ForbiddenDescription"]).collect();
    assert!(described.iter().all(|it| with_heading.contains(it.as_str())), "{described:?}");
    let forbidden = ("ForbiddenDescription", "A forbidden combination: `[[forbidden]]`");
    for (name, heading) in HEADINGS.into_iter().chain([forbidden]) {
        let table = if name.is_empty() { &schema } else { &tables[name] };
        let expected: BTreeSet<_> =
            table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let keys = keys(heading);
        assert_eq!(keys.keys().copied().collect::<BTreeSet<_>>(), expected, "{heading}");
        for needed in table["required"].as_array().into_iter().flatten() {
            let what = keys[needed.as_str().unwrap()];
            assert!(what.contains("required"), "{heading}: {needed}: {what}");
        }
    }
}

#[test]
fn it_has_every_word_that_a_key_may_be() {
    for (name, table) in schema()["$defs"].as_object().unwrap() {
        for word in table["oneOf"].as_array().into_iter().flatten() {
            let word = word["const"].as_str().unwrap();
            assert!(KEYS.contains(&format!("`{word}`")), "{name}: {word}");
        }
    }
}

#[test]
fn its_examples_are_spaces_and_its_lines_fit_a_terminal() {
    let examples: Vec<_> = KEYS.split("```toml\n").skip(1).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let space = read(example.split("```").next().unwrap(), "example.toml").unwrap();
        assert!(!space.outline().is_empty());
    }
    for table in ["[chain]", "[[chain.stages]]", "[[cells]]", "[[parameters]]", "[[forbidden]]"] {
        assert!(KEYS.contains(&format!("\n{table}")), "{table} is in an example");
    }
    assert!(KEYS.lines().all(|line| line.chars().count() <= 80), "lines are short");
}
