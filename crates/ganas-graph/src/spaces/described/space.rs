use super::cell::{About, Draft, Question};
use super::costs::{Costs, duplicate};
use super::description::{Classes, OperatorsOn, SpaceDescription};
use super::draw::Labels;
use super::error;
use super::notation::{self, Wrong};
use super::structure::{Edges, Structure, check_name, quoted};
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, DescriptionError,
    Label, MAX_LABELS, MAX_NODES, SearchSpace,
};

/// A search space made of a user's description.
///
/// Decisions are, cell by cell and node by node: how many nodes there are; the operator of a node, or of
/// each of its edges; and its edges. Each cell has its own kinds of decision. Masks leave no way into a
/// dead end, and all that they allow is a word.
///
/// ```
/// use ganas_graph::{SearchSpace, spaces::described};
/// let space = described::parse(
///     r#"
///     name = "two-convolutions"
///     [[cells]]
///     name = "cell"
///     nodes = 2
///     operators = ["conv", "pool"]
///     operators_on = "nodes"
///     max_edges = 3
///     output = "last"
///     "#,
/// )?;
/// // Node 2 may or may not take the input as well.
/// assert_eq!(space.size(), Some(2 * 4));
/// let arch = space.parse("cell{1 = conv(input); 2 = pool(input, 1)}")?;
/// assert_eq!(space.display(&arch), "cell{1 = conv(input); 2 = pool(input, 1)}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DescribedSpace {
    description: SpaceDescription,
    cells: Vec<Structure>,
    drawn: Vec<Labels>,
    /// The first kind of each cell.
    first_kinds: Vec<usize>,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
    costs: Costs,
}

impl DescribedSpace {
    /// Checks a description.
    ///
    /// # Errors
    /// [`DescriptionError`] names the key that is wrong.
    pub fn new(description: SpaceDescription) -> Result<Self, DescriptionError> {
        check_space_name(&description.name)?;
        let cells = cells(&description)?;
        let costs = Costs::new(&description, &cells)?;
        let (labels, drawn) = labels(&cells)?;
        let mut kinds = Vec::new();
        let mut first_kinds = Vec::new();
        for cell in &cells {
            first_kinds.push(kinds.len());
            let prefix = if cells.len() > 1 { format!("{}.", cell.name) } else { String::new() };
            kinds.extend(
                cell.kinds().into_iter().map(|(name, choices)| DecisionKind {
                    name: format!("{prefix}{name}"),
                    choices,
                }),
            );
        }
        let metrics = costs.all.iter().map(|cost| cost.metric.clone()).collect();
        Ok(Self { description, cells, drawn, first_kinds, kinds, labels, metrics, costs })
    }

    /// What the space was made of.
    pub fn description(&self) -> &SpaceDescription {
        &self.description
    }

    /// The cells that a prefix has decided on, the last of them perhaps in part.
    fn drafts(&self, prefix: &[u8]) -> Vec<(Draft, Option<Question>)> {
        let mut choices = prefix.iter().copied();
        let mut drafts = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let (draft, open) = cell.walk(&mut |_| choices.next());
            let is_open = open.is_some();
            drafts.push((draft, open));
            if is_open {
                break;
            }
        }
        drafts
    }

    fn complete(&self, arch: &Arch) -> Vec<Draft> {
        self.drafts(arch.choices()).into_iter().map(|(draft, _)| draft).collect()
    }

    /// Bytes that are equal for cells of one class.
    fn class(&self, cell: usize, draft: &Draft) -> Vec<u8> {
        let structure = &self.cells[cell];
        if structure.classes == Classes::Expressions {
            return structure.expression(draft).into_bytes();
        }
        let mut graph = ArchGraph::new();
        let drawn = structure.draw(&mut graph, draft, None, &self.drawn[cell]);
        graph.subgraph(drawn.effective(&graph)).canonical_bytes()
    }

    fn wrong(&self, text: &str, wrong: Wrong) -> ArchError {
        let Wrong { position, expected, found } = wrong;
        let (space, text) = (self.name().to_owned(), text.to_owned());
        ArchError::Parse { space, text, position, expected, found }
    }
}

impl SearchSpace for DescribedSpace {
    fn name(&self) -> &str {
        &self.description.name
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let drafts = self.drafts(prefix);
        let (_, open) = drafts.last()?;
        let (open, cell) = ((*open)?, drafts.len() - 1);
        let before = self.cells.iter().zip(&drafts[..cell]);
        let start = before.map(|(structure, (draft, _))| structure.drawn_nodes(draft)).sum();
        let structure = &self.cells[cell];
        Some(Decision {
            kind: self.first_kinds[cell] + structure.kind(open.about),
            subject: structure.subject(open.about, start),
            allowed: open.allowed,
        })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        for (cell, (draft, open)) in self.drafts(prefix).iter().enumerate() {
            self.cells[cell].draw(&mut graph, draft, open.as_ref(), &self.drawn[cell]);
        }
        graph
    }

    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        let mut graph = ArchGraph::new();
        let cells = self.cells.iter().zip(self.complete(arch)).zip(&self.drawn);
        let drawn: Vec<_> = cells
            .map(|((structure, draft), labels)| structure.draw(&mut graph, &draft, None, labels))
            .collect();
        let keep = drawn.iter().fold(0, |keep, cell| keep | cell.effective(&graph));
        graph.subgraph(keep)
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        let drafts = self.complete(arch);
        let classes: Vec<_> =
            drafts.iter().enumerate().map(|(cell, draft)| self.class(cell, draft)).collect();
        match classes.as_slice() {
            [class] => ArchHash::of(class),
            classes => {
                let with_length =
                    |class: &Vec<u8>| [&class.len().to_le_bytes(), &class[..]].concat();
                ArchHash::of(&classes.iter().flat_map(with_length).collect::<Vec<_>>())
            }
        }
    }

    /// Reads the cells' notation, such as `cell{1 = conv(input) + skip(input); 2 = pool(1)}`.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let written = notation::read(text).map_err(|wrong| self.wrong(text, wrong))?;
        if written.len() != self.cells.len() {
            let names: Vec<_> = self.cells.iter().map(|cell| cell.name.as_str()).collect();
            return Err(self.wrong(
                text,
                Wrong {
                    position: if written.len() < self.cells.len() { text.len() } else { 0 },
                    expected: format!("one cell of each kind ({})", names.join(", ")),
                    found: format!("{} cells", written.len()),
                },
            ));
        }
        let cells = self.cells.iter().zip(&written);
        let choices: Result<Vec<_>, _> =
            cells.map(|(cell, written)| cell.choices(written)).collect();
        Arch::from_choices(self, &choices.map_err(|wrong| self.wrong(text, wrong))?.concat())
    }

    fn display(&self, arch: &Arch) -> String {
        let cells = self.cells.iter().zip(self.complete(arch));
        cells.map(|(cell, draft)| cell.display(&draft)).collect::<Vec<_>>().join(" ")
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// What the description's formulas give. One that has no value, as 1 / 0 has none, gives infinity or
    /// NaN, which keeps to no limit.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        self.costs.values(&self.cells, &self.complete(arch))
    }

    fn size(&self) -> Option<u128> {
        self.cells.iter().try_fold(1_u128, |size, cell| size.checked_mul(cell.size()?))
    }

    fn classes(&self) -> Option<u128> {
        None
    }
}

impl Structure {
    /// Kinds of decision and their choices.
    fn kinds(&self) -> Vec<(String, Vec<String>)> {
        let mut kinds = Vec::new();
        let (least, most) = self.inner;
        if least < most {
            kinds.push(("nodes".into(), (least..=most).map(|count| count.to_string()).collect()));
        }
        kinds.push(("operator".into(), self.operators.clone()));
        let earlier = || self.nodes[..self.nodes.len() - 1].to_vec();
        match (&self.edges, self.operators_on) {
            (Edges::Fixed { .. }, _) => {}
            (Edges::Free { .. }, _) => {
                kinds.push(("edge".into(), vec!["absent".into(), "present".into()]));
            }
            (Edges::PerNode(_), OperatorsOn::Edges) => kinds.push(("input".into(), earlier())),
            (Edges::PerNode(count), OperatorsOn::Nodes) => {
                kinds.extend((1..=*count).map(|slot| (format!("input_{slot}"), earlier())));
            }
        }
        kinds
    }

    /// Index into [`Structure::kinds`].
    fn kind(&self, about: About) -> usize {
        let operator = usize::from(self.inner.0 < self.inner.1);
        match about {
            About::Nodes => 0,
            About::NodeOperator { .. } | About::EdgeOperator { .. } => operator,
            About::Edge { .. } => operator + 1,
            About::Input { slot, .. } => match self.operators_on {
                OperatorsOn::Edges => operator + 1,
                OperatorsOn::Nodes => operator + 1 + slot,
            },
        }
    }
}

fn check_space_name(name: &str) -> Result<(), DescriptionError> {
    check_name(name, "name", "space")?;
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(error::wrong("name", "a lower-case name", quoted(name)));
    }
    Ok(())
}

fn cells(description: &SpaceDescription) -> Result<Vec<Structure>, DescriptionError> {
    let given = &description.cells;
    if given.is_empty() {
        return Err(error::wrong("cells", "at least one cell", "none"));
    }
    for (place, cell) in given.iter().enumerate() {
        check_name(&cell.name, &format!("cells[{place}].name"), "cell")?;
    }
    if let Some((place, name)) = duplicate(given.iter().map(|cell| cell.name.as_str())) {
        let (path, found) = (format!("cells[{place}].name"), format!("{} again", quoted(name)));
        return Err(error::wrong(path, "each cell once", found));
    }
    let mut cells = Vec::with_capacity(given.len());
    let mut nodes = 0;
    for (place, cell) in given.iter().enumerate() {
        let path = format!("cells[{place}]");
        let structure = Structure::new(cell, &path)?;
        nodes += structure.graph_nodes();
        if nodes > MAX_NODES {
            let expected = format!(
                "at most {MAX_NODES} nodes in the graph of all cells, where an operator on an edge is a node"
            );
            return Err(error::wrong(format!("{path}.nodes"), expected, nodes.to_string()));
        }
        cells.push(structure);
    }
    Ok(cells)
}

/// Names of all labels, and which of them each cell uses.
fn labels(cells: &[Structure]) -> Result<(Vec<String>, Vec<Labels>), DescriptionError> {
    let mut known: Vec<(&str, String)> = Vec::new();
    let mut label = |role: &'static str, name: &str| -> Label {
        let entry = (role, name.to_owned());
        let place = known.iter().position(|other| *other == entry).unwrap_or(known.len());
        if place == known.len() {
            known.push(entry);
        }
        Label::try_from(place).unwrap_or(Label::MAX)
    };
    let operators: Vec<Vec<Label>> = cells
        .iter()
        .map(|cell| cell.operators.iter().map(|name| label("operator", name)).collect())
        .collect();
    let inputs: Vec<Vec<Label>> = cells
        .iter()
        .map(|cell| cell.nodes[..cell.inputs].iter().map(|name| label("input", name)).collect())
        .collect();
    let has_sums = cells.iter().any(|cell| cell.sum_nodes);
    let sum = if has_sums { label("sum", "sum") } else { 0 };
    let (output, undecided) = (label("output", "output"), label("undecided", "undecided"));
    let drawn = cells.iter().zip(operators).zip(inputs).map(|((cell, operators), inputs)| Labels {
        operators,
        inputs,
        sum,
        output,
        undecided,
        cell: (cells.len() > 1).then(|| label("cell", &cell.name)),
    });
    let drawn = drawn.collect();
    if known.len() > MAX_LABELS {
        let expected = format!("at most {MAX_LABELS} names of operators, inputs and cells");
        return Err(error::wrong("cells", expected, known.len().to_string()));
    }
    let is_shared = |name: &str| known.iter().filter(|(_, other)| other == name).count() > 1;
    let names = known
        .iter()
        .map(|(role, name)| if is_shared(name) { format!("{role}:{name}") } else { name.clone() });
    Ok((names.collect(), drawn))
}
