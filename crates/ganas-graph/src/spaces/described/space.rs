//! Described spaces as search spaces.

use std::ops::Range;

use super::building::{CHAIN, cells, chain, check_space_name, kinds, labels};
use super::cell::{Draft, Question};
use super::costs::{ChainValues, Costs};
use super::description::{Classes, SpaceDescription};
use super::draw::Labels;
use super::error;
use super::notation::{self, Wrong};
use super::structure::Structure;
use crate::spaces::chain::Chain;
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, CostMetric, Decision, DecisionKind, DescriptionError,
    MAX_LABELS, NodeSet, Progress, SearchSpace, Subject,
};

/// What has been decided of a cell, and the question that is open.
pub(super) type Asked = (Draft, Option<Question>);

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
    pub(super) cells: Vec<Structure>,
    pub(super) chain: Option<Chain>,
    drawn: Vec<Labels>,
    /// Labels of cells, which those of the chain come after.
    cell_labels: usize,
    /// The first kind of each cell.
    first_kinds: Vec<usize>,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
    pub(super) costs: Costs,
}

impl DescribedSpace {
    /// Checks a description.
    ///
    /// # Errors
    /// [`DescriptionError`] names the key that is wrong.
    pub fn new(description: SpaceDescription) -> Result<Self, DescriptionError> {
        let name = description.name.clone();
        Self::checked(description).map_err(|error| DescriptionError { space: name, ..error })
    }

    fn checked(description: SpaceDescription) -> Result<Self, DescriptionError> {
        check_space_name(&description.name)?;
        let chain = chain(&description)?;
        let cells = cells(&description, chain.as_ref())?;
        let costs = Costs::new(&description, &cells, chain.as_ref())?;
        let (mut labels, drawn) = labels(&cells);
        let cell_labels = labels.len();
        let (mut kinds, first_kinds) = kinds(&cells);
        if let Some(chain) = &chain {
            let prefix = |names: &[String], name: &String| {
                if names.contains(name) { format!("{CHAIN}:{name}") } else { name.clone() }
            };
            let own: Vec<_> = chain.labels().iter().map(|name| prefix(&labels, name)).collect();
            labels.extend(own);
            kinds.extend(chain.kinds().iter().cloned().map(|kind| DecisionKind {
                name: if cells.is_empty() { kind.name } else { format!("{CHAIN}.{}", kind.name) },
                ..kind
            }));
        }
        if labels.len() > MAX_LABELS {
            let expected =
                format!("at most {MAX_LABELS} labels of operators, inputs, cells and stages");
            return Err(error::wrong("cells", expected, labels.len().to_string()));
        }
        let metrics = costs.all.iter().map(|cost| cost.metric.clone()).collect();
        let space = Self {
            description,
            cells,
            chain,
            drawn,
            cell_labels,
            first_kinds,
            kinds,
            labels,
            metrics,
            costs,
        };
        for (name, text) in &space.description.named {
            space.parse(text).map_err(|error| {
                let path = format!("named.{name}");
                error::wrong(path, "an architecture of the space", error.to_string())
            })?;
        }
        Ok(space)
    }

    /// What the space was made of.
    pub fn description(&self) -> &SpaceDescription {
        &self.description
    }

    /// The chain where there are no cells.
    fn stages_alone(&self) -> Option<&Chain> {
        self.chain.as_ref().filter(|_| self.cells.is_empty())
    }

    /// What a complete architecture chose of the chain, as a word of the chain.
    pub fn chain_arch(&self, arch: &Arch) -> Option<Arch> {
        let (_, rest) = self.read(arch.choices());
        Arch::from_choices(self.chain.as_ref()?, rest?).ok()
    }

    /// The cells that a prefix has decided on, the last of them perhaps in part; and once all are
    /// complete, the choices after theirs.
    pub(super) fn read<'p>(&self, prefix: &'p [u8]) -> (Vec<Asked>, Option<&'p [u8]>) {
        let mut choices = prefix.iter();
        let mut drafts = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let (draft, open) = cell.walk(&mut |_| choices.next().copied());
            let is_open = open.is_some();
            drafts.push((draft, open));
            if is_open {
                return (drafts, None);
            }
        }
        (drafts, Some(choices.as_slice()))
    }

    fn chain_values(&self, arch: &Arch) -> ChainValues {
        match (&self.chain, self.chain_arch(arch)) {
            (Some(chain), Some(arch)) => ChainValues::new(&chain.network(&arch)),
            _ => ChainValues::default(),
        }
    }

    fn complete(&self, arch: &Arch) -> Vec<Draft> {
        self.read(arch.choices()).0.into_iter().map(|(draft, _)| draft).collect()
    }

    /// Number of nodes of the first complete cells in the graph.
    fn nodes(&self, drafts: &[Asked]) -> usize {
        let cells = self.cells.iter().zip(drafts);
        cells.map(|(structure, (draft, _))| structure.drawn_nodes(draft)).sum()
    }

    /// Bytes that are equal for cells of one class.
    fn class(&self, cell: usize, draft: &Draft) -> Vec<u8> {
        let structure = &self.cells[cell];
        if structure.classes == Classes::Expressions {
            return structure.expression(draft).into_bytes();
        }
        let mut graph = ArchGraph::new();
        let drawn = structure.draw(&mut graph, draft, None, &self.drawn[cell]);
        graph.subgraph(&drawn.effective(&graph)).canonical_bytes()
    }

    /// The part of `text` that is of cells, and where in it the chain's notation stands.
    fn split<'t>(&self, text: &'t str) -> Result<(&'t str, Range<usize>), ArchError> {
        if self.chain.is_none() {
            return Ok((text, 0..0));
        }
        if self.cells.is_empty() {
            return Ok(("", 0..text.len()));
        }
        let wrong = |position: usize, expected: String, found: String| {
            self.wrong(text, Wrong { position, expected, found })
        };
        let opening = format!("{CHAIN}{{");
        let start = text
            .rfind(&opening)
            .ok_or_else(|| wrong(text.len(), format!("`{opening}`"), "the end".into()))?;
        let end = text.trim_end().len();
        if !text[..end].ends_with('}') {
            return Err(wrong(end, "`}`".into(), "the end".into()));
        }
        Ok((&text[..start], start + opening.len()..end - 1))
    }

    /// An error about a part of `text` that begins at `start`.
    fn within(&self, text: &str, start: usize, error: ArchError) -> ArchError {
        match error {
            ArchError::Parse { position, expected, found, .. } => {
                self.wrong(text, Wrong { position: start + position, expected, found })
            }
            error => error,
        }
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
        let (drafts, rest) = self.read(prefix);
        if let Some(rest) = rest {
            let decision = self.chain.as_ref()?.next(rest)?;
            let start = self.nodes(&drafts);
            let first_kind = self.kinds.len() - self.chain.as_ref()?.kinds().len();
            let subject = match decision.subject {
                Subject::Node(node) => Subject::Node(start + node),
                Subject::Edge { from, to } => Subject::Edge { from: start + from, to: start + to },
            };
            return Some(Decision { kind: first_kind + decision.kind, subject, ..decision });
        }
        let cell = drafts.len() - 1;
        let (open, structure) = (drafts[cell].1?, &self.cells[cell]);
        Some(Decision {
            kind: self.first_kinds[cell] + structure.kind(open.about),
            subject: structure.subject(open.about, self.nodes(&drafts[..cell])),
            allowed: open.allowed,
        })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn most_nodes(&self) -> usize {
        let cells = self.cells.iter().map(Structure::graph_nodes).sum::<usize>();
        cells + self.chain.as_ref().map_or(0, Chain::most_nodes)
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        let (drafts, rest) = self.read(prefix);
        for (cell, (draft, open)) in drafts.iter().enumerate() {
            self.cells[cell].draw(&mut graph, draft, open.as_ref(), &self.drawn[cell]);
        }
        if let (Some(chain), Some(rest)) = (&self.chain, rest) {
            graph.append(&chain.graph(rest), self.cell_labels);
        }
        graph
    }

    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        let mut graph = ArchGraph::new();
        let cells = self.cells.iter().zip(self.complete(arch)).zip(&self.drawn);
        let drawn: Vec<_> = cells
            .map(|((structure, draft), labels)| structure.draw(&mut graph, &draft, None, labels))
            .collect();
        let keep =
            drawn.iter().fold(NodeSet::new(), |keep, cell| keep.union(&cell.effective(&graph)));
        let mut graph = graph.subgraph(&keep);
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            graph.append(&chain.canonical_graph(&arch), self.cell_labels);
        }
        graph
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        let drafts = self.complete(arch);
        let mut classes: Vec<_> =
            drafts.iter().enumerate().map(|(cell, draft)| self.class(cell, draft)).collect();
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            if classes.is_empty() {
                return chain.canonical(&arch);
            }
            classes.push(chain.canonical(&arch).as_bytes().to_vec());
        }
        match classes.as_slice() {
            [class] => ArchHash::of(class),
            classes => {
                let with_length =
                    |class: &Vec<u8>| [&class.len().to_le_bytes(), &class[..]].concat();
                ArchHash::of(&classes.iter().flat_map(with_length).collect::<Vec<_>>())
            }
        }
    }

    /// Reads the cells' notation, such as `cell{1 = conv(input) + skip(input); 2 = pool(1)}`, and after
    /// it `chain{…}` around the notation of the chain, which stands alone where there are no cells.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let (cells, stages) = self.split(text)?;
        let written = notation::read(cells).map_err(|wrong| self.wrong(text, wrong))?;
        if written.len() != self.cells.len() {
            let names: Vec<_> = self.cells.iter().map(|cell| cell.name.as_str()).collect();
            return Err(self.wrong(
                text,
                Wrong {
                    position: if written.len() < self.cells.len() { cells.len() } else { 0 },
                    expected: format!("one cell of each kind ({})", names.join(", ")),
                    found: format!("{} cells", written.len()),
                },
            ));
        }
        let cells = self.cells.iter().zip(&written);
        let choices: Result<Vec<_>, _> =
            cells.map(|(cell, written)| cell.choices(written)).collect();
        let mut choices = choices.map_err(|wrong| self.wrong(text, wrong))?.concat();
        if let Some(chain) = &self.chain {
            let start = stages.start;
            let arch =
                chain.parse(&text[stages]).map_err(|error| self.within(text, start, error))?;
            choices.extend(arch.choices());
        }
        Arch::from_choices(self, &choices)
    }

    fn display(&self, arch: &Arch) -> String {
        let cells = self.cells.iter().zip(self.complete(arch));
        let mut parts: Vec<_> = cells.map(|(cell, draft)| cell.display(&draft)).collect();
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            let text = chain.display(&arch);
            parts.push(if parts.is_empty() { text } else { format!("{CHAIN}{{{text}}}") });
        }
        parts.join(" ")
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// What the description's formulas give. One that has no value, as 1 / 0 has none, gives infinity or
    /// NaN, which keeps to no limit.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        self.costs.values(&self.cells, &self.complete(arch), &self.chain_values(arch))
    }

    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        self.costs.value_of(metric, &self.cells, &self.complete(arch), &self.chain_values(arch))
    }

    /// Of a chain without cells: what operators of cells compute, a description does not say.
    fn pytorch(&self, arch: &Arch) -> Option<String> {
        self.stages_alone()?.pytorch(&self.chain_arch(arch)?)
    }

    /// A cost is a sum where its formulas say so: that of the whole adds up what it names, times whole
    /// numbers; those of operators and layers give whole numbers, and name nothing that later decisions
    /// settle. All are counted in their unit's prefix, so 0.2 M is whole and 0.2 ms is not.
    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        Some(self.progress_of(prefix))
    }

    /// Known of a chain without cells.
    fn representations(&self, arch: &Arch) -> Option<u64> {
        self.stages_alone()?.representations(&self.chain_arch(arch)?)
    }

    fn size(&self) -> Option<u128> {
        let stages = self.chain.as_ref().map_or(Some(1), Chain::size)?;
        self.cells.iter().try_fold(stages, |size, cell| size.checked_mul(cell.size()?))
    }

    fn classes(&self) -> Option<u128> {
        self.stages_alone()?.classes()
    }

    /// Those of the description, and where there are no cells those of its chain.
    fn named_archs(&self) -> Vec<&str> {
        let own = &self.description.named;
        let of_chain = self.stages_alone().map_or_else(Vec::new, Chain::named_archs);
        let others = of_chain.into_iter().filter(|name| !own.contains_key(*name));
        own.keys().map(String::as_str).chain(others).collect()
    }

    fn named(&self, name: &str) -> Option<Arch> {
        match self.description.named.get(name) {
            Some(text) => self.parse(text).ok(),
            None => Arch::from_choices(self, self.stages_alone()?.named(name)?.choices()).ok(),
        }
    }
}
