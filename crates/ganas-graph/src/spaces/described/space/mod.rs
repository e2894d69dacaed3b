//! Creates described spaces from their descriptions. The module `search_space` implements
//! [`SearchSpace`] for them.

mod search_space;

use super::building::{append_chain, cells, chain, check_labels, check_space_name, kinds, labels};
use super::cell::Draft;
use super::cost_checks::known_names;
use super::costs::Costs;
use super::description::{Classes, SpaceDescription};
use super::drawing::Labels;
use super::error;
use super::network::CellNetwork;
use super::parameters::{FORBIDDEN, Parameters};
use super::parts::Asked;
use super::structure::Structure;
use crate::spaces::chain::Chain;
use crate::{Arch, ArchGraph, CostMetric, DecisionKind, DescriptionError, NodeSet, SearchSpace};

/// A search space created from a user's description.
///
/// Cells are decided first, one after the other. In each cell, the first decision is the number of
/// nodes. For each node in turn, the node's operator, its incoming edges and their operators are
/// then decided. No decision is made for a property that the description fixes. If the description
/// has a chain of stages, its decisions come next. The decisions of the parameters come last. Each
/// cell has its own kinds of decision, and each parameter has a kind of its own. No allowed choice
/// leads to a dead end, so every sequence of allowed choices can be extended to a complete
/// architecture.
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
    pub(super) built: Option<CellNetwork>,
    pub(super) parameters: Parameters,
    drawn: Vec<Labels>,
    /// Number of labels of the cells; the chain's labels follow these.
    cell_labels: usize,
    /// Number of labels of the network, which comprises cells and chain; the parameters' labels
    /// follow these.
    network_labels: usize,
    /// Index of each cell's first kind of decision.
    first_kinds: Vec<usize>,
    /// Number of kinds of decision of the network; the parameters' kinds follow these.
    network_kinds: usize,
    kinds: Vec<DecisionKind>,
    labels: Vec<String>,
    metrics: Vec<CostMetric>,
    pub(super) costs: Costs,
    size: Option<u128>,
}

impl DescribedSpace {
    /// Creates the space that `description` describes, after checking the description.
    ///
    /// # Errors
    /// [`DescriptionError`] with the key of the first mistake.
    pub fn new(description: SpaceDescription) -> Result<Self, DescriptionError> {
        let name = description.name.clone();
        Self::checked(description).map_err(|error| DescriptionError { space: name, ..error })
    }

    fn checked(description: SpaceDescription) -> Result<Self, DescriptionError> {
        check_space_name(&description.name)?;
        let chain = chain(&description)?;
        let cells = cells(&description, chain.as_ref())?;
        let network: Vec<_> = cells.iter().flat_map(Structure::decidable).collect();
        let network = [network, chain.iter().flat_map(Chain::decidable).collect()].concat();
        let constants = description.constants.keys().map(String::as_str);
        let taken: Vec<_> = known_names(chain.is_some()).into_iter().chain(constants).collect();
        let (given, forbidden) = (&description.parameters, &description.forbidden);
        let mut parameters = Parameters::new(given, forbidden, &network, &taken)?;
        let built = CellNetwork::new(&description, &cells)?;
        let (of_chain, of_cells) = (chain.as_ref(), built.as_ref());
        let costs =
            Costs::new(&description, &cells, of_chain, of_cells, &mut parameters, &network)?;
        let (mut labels, drawn) = labels(&cells);
        let cell_labels = labels.len();
        let (mut kinds, first_kinds) = kinds(&cells);
        if let Some(chain) = &chain {
            append_chain(chain, &mut labels, &mut kinds);
        }
        let (network_labels, network_kinds) = (labels.len(), kinds.len());
        labels.extend(parameters.labels());
        kinds.extend(parameters.kinds());
        check_labels(network_labels, labels.len())?;
        let mut metrics: Vec<_> = costs.all.iter().map(|cost| cost.metric.clone()).collect();
        if parameters.forbids() {
            metrics.push(CostMetric { name: FORBIDDEN.into(), unit: String::new(), scale: 1.0 });
        }
        let parts = [chain.as_ref().map_or(Some(1), Chain::size), parameters.size()];
        let sizes = cells.iter().map(Structure::size).chain(parts);
        let size = sizes.into_iter().try_fold(1_u128, |size, part| size.checked_mul(part?));
        let space = Self {
            description,
            cells,
            chain,
            built,
            parameters,
            drawn,
            cell_labels,
            network_labels,
            first_kinds,
            network_kinds,
            kinds,
            labels,
            metrics,
            costs,
            size,
        };
        for (name, text) in &space.description.named {
            space.parse(text).map_err(|error| {
                let path = format!("named.{name}");
                error::wrong(path, "an architecture of the space", error.to_string())
            })?;
        }
        Ok(space)
    }

    /// Returns the description of the space.
    pub fn description(&self) -> &SpaceDescription {
        &self.description
    }

    /// Returns the chain if the space has neither cells nor parameters.
    fn stages_alone(&self) -> Option<&Chain> {
        self.chain.as_ref().filter(|_| self.cells.is_empty() && self.parameters.is_empty())
    }

    /// Returns the number of graph nodes of the cells in `drafts`, which must be complete.
    fn nodes(&self, drafts: &[Asked]) -> usize {
        let cells = self.cells.iter().zip(drafts);
        cells.map(|(structure, (draft, _))| structure.drawn_nodes(draft)).sum()
    }

    /// Returns the graph of an architecture's cells without the nodes that have no effect.
    fn canonical_cells(&self, arch: &Arch) -> ArchGraph {
        let mut graph = ArchGraph::new();
        let cells = self.cells.iter().zip(self.complete(arch)).zip(&self.drawn);
        let drawn: Vec<_> = cells
            .map(|((structure, draft), labels)| structure.draw(&mut graph, &draft, None, labels))
            .collect();
        let keep =
            drawn.iter().fold(NodeSet::new(), |keep, cell| keep.union(&cell.effective(&graph)));
        graph.subgraph(&keep)
    }

    /// Returns bytes that are equal for two drafts of a cell if and only if both belong to the same
    /// class.
    fn class(&self, cell: usize, draft: &Draft) -> Vec<u8> {
        let structure = &self.cells[cell];
        if structure.classes == Classes::Expressions {
            return structure.expression(draft).into_bytes();
        }
        let mut graph = ArchGraph::new();
        let drawn = structure.draw(&mut graph, draft, None, &self.drawn[cell]);
        graph.subgraph(&drawn.effective(&graph)).canonical_bytes()
    }
}
