//! Describes architectures as JSON for other programs, and draws architectures.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::drawing::Drawing;
use crate::{Arch, ArchGraph, Builder, CostMetric, SearchSpace};

/// Returns a description of an architecture as JSON fields, for other programs.
///
/// | field | content |
/// |---|---|
/// | `space` | name of the space |
/// | `arch` | the architecture in its notation |
/// | `choices` | the index of each choice |
/// | `decisions` | per decision: the names of its `kind` and `choice`, and its `value` if numeric |
/// | `choices_by_name` | the value of each decision and fixed property, by name: `{"rate": 0.01,
/// "stage2.depth": 3}` |
/// | `graph` | `nodes` (each node's label names) and `edges` (pairs of a node and a later node) |
/// | `costs` | for each of the [`shown_costs`], under its name, an object with `value` and `unit` |
///
/// ```
/// use ganas_graph::{SearchSpace, export, spaces::NasBench201};
/// let space = NasBench201::default();
/// let arch = space.parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|")?;
/// let fields = export::describe(&space, &arch);
/// assert_eq!(fields["decisions"][0]["choice"], "nor_conv_3x3");
/// assert_eq!(fields["graph"]["nodes"][1][0], "nor_conv_3x3");
/// assert_eq!(fields["costs"]["params"]["unit"], "M");
/// # Ok::<(), ganas_graph::ArchError>(())
/// ```
pub fn describe(space: &dyn SearchSpace, arch: &Arch) -> Map<String, Value> {
    let fields = [
        ("space", json!(space.name())),
        ("arch", json!(space.display(arch))),
        ("choices", json!(arch.choices())),
        ("decisions", json!(decisions(space, arch))),
        ("choices_by_name", choices_by_name(space, arch)),
        ("graph", json!(Graph::new(space, &space.graph(arch.choices())))),
        ("costs", json!(costs(space, arch))),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns an architecture's [`SearchSpace::canonical_graph`] in DOT, the language of Graphviz.
/// Nodes without text are omitted.
pub fn dot(space: &dyn SearchSpace, arch: &Arch) -> String {
    Drawing::new(space, arch).to_dot()
}

/// Returns an architecture's [`SearchSpace::canonical_graph`] as an SVG picture, at most 1,100
/// pixels wide. Nodes without text are omitted. The graph runs from top to bottom. Its connected
/// components, such as cells, are placed one below the other, but single nodes share rows.
pub fn svg(space: &dyn SearchSpace, arch: &Arch) -> String {
    Drawing::new(space, arch).to_svg()
}

/// A graph with labels given by name.
#[derive(Debug, Serialize)]
struct Graph<'s> {
    nodes: Vec<Vec<&'s str>>,
    edges: Vec<(usize, usize)>,
}

impl<'s> Graph<'s> {
    fn new(space: &'s dyn SearchSpace, graph: &ArchGraph) -> Self {
        let names = |node| {
            let labels = graph.labels(node).iter();
            labels.map(|label| space.labels()[usize::from(label)].as_str()).collect()
        };
        Self { nodes: (0..graph.len()).map(names).collect(), edges: graph.edges().collect() }
    }
}

/// A decision and its answer, given by name.
#[derive(Debug, Serialize)]
struct Decided<'s> {
    kind: &'s str,
    choice: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

fn decisions<'s>(space: &'s dyn SearchSpace, arch: &Arch) -> Vec<Decided<'s>> {
    let mut builder = Builder::new(space);
    let mut numbers = arch.numbers().iter();
    let mut decided = Vec::with_capacity(arch.choices().len());
    for &choice in arch.choices() {
        if let Some(kind) = builder.kind() {
            let value = kind.range.and_then(|_| numbers.next()).map(|number| number.get());
            let choice = kind.choices.get(usize::from(choice)).map_or("", String::as_str);
            decided.push(Decided { kind: &kind.name, choice, value });
        }
        builder.choose(choice).expect("an architecture's choices are valid in its space");
    }
    decided
}

fn choices_by_name(space: &dyn SearchSpace, arch: &Arch) -> Value {
    let named = space.named_choices(arch).into_iter();
    Value::Object(named.map(|(name, value)| (name, value.into())).collect())
}

/// Returns an architecture's costs, except those for which the space's definition sets a limit
/// ([`SearchSpace::limits`]). A cost with such a limit only indicates whether the space forbids the
/// architecture. Its value is therefore the same for all architectures that a study evaluates.
pub fn shown_costs<'s>(
    space: &'s dyn SearchSpace,
    arch: &Arch,
) -> impl Iterator<Item = (&'s CostMetric, f64)> {
    let limits = space.limits();
    let costs = space.cost_metrics().iter().zip(space.cost(arch)).enumerate();
    let is_shown = move |metric: usize| limits.iter().all(|limit| limit.metric != metric);
    costs.filter(move |(metric, _)| is_shown(*metric)).map(|(_, cost)| cost)
}

fn costs(space: &dyn SearchSpace, arch: &Arch) -> Map<String, Value> {
    let cost = |(metric, value): (&CostMetric, f64)| {
        (metric.name.clone(), json!({ "value": value, "unit": metric.unit }))
    };
    shown_costs(space, arch).map(cost).collect()
}
