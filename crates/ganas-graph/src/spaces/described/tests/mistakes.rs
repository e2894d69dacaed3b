//! Errors in a file are reported at their location.

use proptest::prelude::*;
use serde_json::Value;

use crate::SearchSpace;
use crate::spaces::described::{MAX_BYTES, parse, schema};

const GOOD: &str = r#"name = "mine"
[constants]
width = 16
[[costs]]
name = "params"
formula = "width * count('conv')"
[[cells]]
name = "cell"
inputs = ["in"]
nodes = 3
node_names = ["a", "b", "c"]
operators = ["conv", "pool"]
operators_on = "edges"
edges = [["in", "a"], ["a", "b"], ["in", "c"], ["b", "c"]]
output = "last"
[cells.costs.params]
pool = "width + position"
"#;

/// Returns the error for [`GOOD`] with `from` replaced by `to`: its line, column, bytes and
/// message.
fn mistake(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replacen(from, to, 1);
    let error = parse(&text).unwrap_err();
    let bytes = text[error.range.clone()].lines().next().unwrap_or_default();
    format!("{}:{} `{bytes}` {}", error.line, error.column, error.message)
}

#[test]
fn the_good_one_is_good() {
    let space = parse(GOOD).unwrap();
    assert_eq!(space.size(), Some(16));
    let arch = space.parse("cell{a = pool(in); b = conv(a); c = conv(in) + pool(b)}").unwrap();
    assert_eq!(space.cost(&arch), [2.0 * 16.0 + (16.0 + 1.0) + (16.0 + 3.0)]);
    let empty = parse("name = \"x\"\n").unwrap_err().to_string();
    assert_eq!(
        empty,
        "space description: line 1, column 1: expected one or more cells, or a chain, or parameters, found none"
    );
}

#[test]
fn an_unknown_source_is_named() {
    let text = "name = \"free\"\n[[cells]]\nname = \"cell\"\nnodes = 2\noutput = \"last\"\n\
        operators = [\"conv\", \"pool\"]\noperators_on = \"nodes\"\nmax_edges = 3\n";
    let error = parse(text).unwrap().parse("cell{1 = conv(input); 2 = pool(x)}").unwrap_err();
    assert!(error.to_string().ends_with("expected one of input, 1, found `x`"), "{error}");
}

#[test]
fn every_mistake_has_its_place() {
    let unknown = mistake("nodes = 3", "nodez = 3");
    assert!(
        unknown.starts_with(
            "10:1 `nodez` unknown key `nodez` (did you mean `nodes`?); expected one of"
        ),
        "{unknown}"
    );
    assert_eq!(mistake("[\"conv\", \"pool\"]", "[]"), "12:13 `[]` expected 1 to 64 names, found 0");
    assert_eq!(
        mistake("[\"conv\", \"pool\"]", "[\"conv\", \"conv\"]"),
        "12:22 `\"conv\"` expected each operator once, found `conv` again"
    );
    assert_eq!(
        mistake("[\"conv\", \"pool\"]", "[\"conv\", \"po ol\"]"),
        "12:22 `\"po ol\"` expected a name of 1 to 64 letters, digits, `_`, `-` and `.`, \
         found `po ol`"
    );
    assert_eq!(
        mistake("[\"a\", \"b\"]", "[\"a\", \"d\"]"),
        "14:29 `\"d\"` expected one of a, b, c, found `d`"
    );
    assert_eq!(
        mistake("[\"in\", \"a\"]", "[\"c\", \"a\"]"),
        "14:22 `[\"a\", \"b\"]` expected no cycle, found a to b to c to a"
    );
    assert_eq!(
        mistake("[\"in\", \"c\"], ", "[\"a\", \"b\"], "),
        "14:35 `[\"a\", \"b\"]` expected each edge once, found a to b again"
    );
    assert_eq!(
        mistake("[\"b\", \"c\"]", "[\"a\", \"c\"]"),
        "14:9 `[[\"in\", \"a\"], [\"a\", \"b\"], [\"in\", \"c\"], [\"a\", \"c\"]]` \
         expected an edge from node `b`, found none"
    );
    assert_eq!(
        mistake("output = \"last\"", "inputs_per_node = 2"),
        "14:9 `[[\"in\", \"a\"], [\"a\", \"b\"], [\"in\", \"c\"], [\"b\", \"c\"]]` \
         expected this key to be omitted when `inputs_per_node` is given, found `edges`"
    );
    assert_eq!(mistake("width * count", "width * (count"), "6:34 `` expected `)`, found the end");
    assert_eq!(
        mistake("count('conv')", "count('con')"),
        "6:20 `count('con')` expected an operator (conv, pool), found `count('con')`"
    );
    assert_eq!(
        mistake("width + position", "width + depth"),
        "17:17 `depth` expected one of width, inputs, from_inputs, position, found `depth`"
    );
    assert_eq!(
        mistake("pool = \"width", "poll = \"width"),
        "17:8 `\"width + position\"` expected one of conv, pool, found `poll`"
    );
    assert_eq!(
        mistake("costs.params", "costs.parms"),
        "16:1 `[cells.costs.parms]` expected one of the declared costs (params), found `parms`"
    );
    let type_error = mistake("nodes = 3", "nodes = \"3\"");
    assert!(type_error.starts_with("10:9 `\"3\"` expected a whole number"), "{type_error}");
    assert!(mistake("[[cells]]", "[[cells]").starts_with("7:"), "a mistake in TOML");
    assert_eq!(
        mistake("\"mine\"", "\"Mine\""),
        "1:8 `\"Mine\"` expected a lower-case name, found `Mine`"
    );
}

/// Returns the error for a cell with these lines.
fn cell_mistake(lines: &str) -> String {
    let text =
        format!("name = \"x\"\n[[cells]]\nname = \"cell\"\noperators = [\"a\", \"b\"]\n{lines}");
    let error = parse(&text).unwrap_err();
    format!("`{}` {}", &text[error.range], error.message)
}

#[test]
fn what_cannot_be_is_said() {
    assert_eq!(
        cell_mistake("nodes = 3\noperators_on = \"nodes\"\noutput = \"chosen\"\nmax_edges = 3"),
        "`3` expected at least 4, the number of edges of a path through all 3 inner nodes, found 3"
    );
    assert_eq!(
        cell_mistake("nodes = 3\noperators_on = \"edges\"\ninputs_per_node = 2"),
        "`2` expected at most 1, because the first inner node has only the inputs before it, found 2"
    );
    assert_eq!(
        cell_mistake("nodes = 3\noperators_on = \"edges\"\nmax_edges = 2"),
        "`2` expected `nothing` as well, which names the operator of the edges that `max_edges` leaves out, found `max_edges` alone"
    );
    assert_eq!(
        cell_mistake("nodes = 3\noperators_on = \"edges\"\noutput = \"chosen\""),
        "`\"chosen\"` expected an output other than `chosen`, which requires `max_edges` and operators on nodes, \
         found chosen"
    );
    assert!(cell_mistake("nodes = 40\noperators_on = \"edges\"").contains("at most 512 nodes"));
    assert!(cell_mistake("nodes = 999999999\noperators_on = \"edges\"").contains("1 to 512"));
    assert!(
        cell_mistake("nodes = 2\nmin_nodes = 3\nmax_edges = 9\noperators_on = \"nodes\"")
            .contains("at most 2, found 3")
    );
    assert!(
        cell_mistake("nodes = 2\nnothing = \"none\"\noperators_on = \"edges\"").contains("a, b")
    );
    let wide = "[1,".repeat(2_000);
    assert!(parse(&wide).is_err());
    assert!(parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err().message.contains("at most 262144"));
}

#[test]
fn the_schema_knows_every_key_of_the_examples() {
    let schema = schema();
    for text in super::EXAMPLES.into_iter().chain([GOOD]) {
        let value: Value = toml::from_str(text).unwrap();
        assert_eq!(check(&schema, &schema, &value), Ok(()), "{text}");
        let unknown: Value = toml::from_str(&text.replacen("name =", "nam =", 1)).unwrap();
        assert!(check(&schema, &schema, &unknown).is_err());
    }
}

/// Validates `value` against the parts of JSON Schema that our schema uses.
fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).ok_or("no such definition")?;
        return check(root, target, value);
    }
    for alternatives in ["anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()) {
        if !alternatives.iter().any(|one| check(root, one, value).is_ok()) {
            return Err(format!("{value} is none of {alternatives:?}"));
        }
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        return Err(format!("{value} is not {constant}"));
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    let kinds =
        schema["type"].as_array().cloned().or(schema["type"].as_str().map(|t| vec![t.into()]));
    if !kinds.is_none_or(|kinds| kinds.iter().filter_map(Value::as_str).any(is)) {
        return Err(format!("{value} is not of type {}", schema["type"]));
    }
    if let Some(items) = value.as_array().filter(|_| schema["items"].is_object()) {
        items.iter().try_for_each(|item| check(root, &schema["items"], item))?;
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(required) {
            return Err(format!("{required} is missing"));
        }
    }
    fields.iter().try_for_each(|(name, field)| match schema["properties"].get(name) {
        Some(property) => check(root, property, field),
        None if schema["additionalProperties"].is_object() => {
            check(root, &schema["additionalProperties"], field)
        }
        None if schema["additionalProperties"] == false => Err(format!("unknown {name}")),
        None => Ok(()),
    })
}

proptest! {
    #[test]
    fn any_text_is_no_panic(place in any::<prop::sample::Index>(), text in "\\PC{0,12}", length in 0..40_usize) {
        let start = place.index(GOOD.len());
        let end = (start + length).min(GOOD.len());
        if let Err(error) = parse(&[&GOOD[..start], &text, &GOOD[end..]].concat()) {
            prop_assert!(error.text.get(error.range).is_some());
        }
    }
}
