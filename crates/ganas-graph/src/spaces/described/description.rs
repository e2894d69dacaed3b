//! The TOML description of a space.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::network::{NetworkDescription, OperatorDescription};
use super::parameters::{ForbiddenDescription, ParameterDescription};
use crate::spaces::chain::ChainDescription;

/// A search space described by a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpaceDescription {
    /// Name of the space: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// A human-readable description of the space.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Cells, each of its own kind; an architecture has one of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellDescription>,
    /// Definitions of a cell's operators, by name; required for all of them with `network`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operators: BTreeMap<String, OperatorDescription>,
    /// The network that the space's only cell is built into: then the costs `params` and `macs` are known,
    /// and architectures can be exported to `PyTorch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkDescription>,
    /// A chain of stages; an architecture has it in addition to any cells, and its stages are decided
    /// after them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainDescription>,
    /// Parameters to tune, alone or with the network; decided last, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDescription>,
    /// Combinations that no study evaluates. The cost `forbidden` is their number in an architecture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<ForbiddenDescription>,
    /// Costs known before an evaluation, which constraints can limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostDescription>,
    /// Numbers for use in formulas, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, f64>,
    /// Named architectures, in the space's notation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, String>,
}

impl SpaceDescription {
    /// Returns the number of graph nodes for parameters: one for each, and one for all of them.
    pub(super) fn parameter_nodes(&self) -> usize {
        self.parameters.len() + usize::from(!self.parameters.is_empty())
    }
}

/// A kind of cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellDescription {
    /// Name of the cell.
    pub name: String,
    /// Names of the cell's inputs.
    #[serde(default = "default_inputs")]
    pub inputs: Vec<String>,
    /// Number of inner nodes, or the maximum if `min_nodes` makes it a choice. They are named 1, 2, …
    /// unless `node_names` names them. The graph of all cells and the chain has at most 512 nodes,
    /// including those for operators on edges; a cell whose edges are chosen has at most 64 nodes,
    /// including inputs and output.
    pub nodes: usize,
    /// Minimum number of inner nodes, if their number is a choice; operators must be on nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nodes: Option<usize>,
    /// Names of the inner nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_names: Option<Vec<String>>,
    /// Names of the operators to choose from.
    pub operators: Vec<String>,
    /// Whether an operator is chosen for each node or for each edge.
    pub operators_on: OperatorsOn,
    /// Pairs of nodes, from and to: the cell has these edges and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<[String; 2]>>,
    /// Each inner node is fed by this many different earlier nodes, to be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_per_node: Option<usize>,
    /// With operators on nodes: edges are chosen, up to this many, and no node is left unused. With
    /// operators on edges: at most this many edges may carry something other than `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_edges: Option<usize>,
    /// The nodes that form the cell's output.
    #[serde(default)]
    pub output: Output,
    /// The way several nodes form the output.
    #[serde(default)]
    pub join: Join,
    /// The zero operator, which passes nothing along its edge, if operators are on edges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The operator that changes nothing; for `classes = "expressions"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The rule for when architectures are the same network.
    #[serde(default)]
    pub classes: Classes,
    /// Draw the sum of a node's edges as a node, instead of connecting operators directly.
    #[serde(default)]
    pub sum_nodes: bool,
    /// For a cost: the contribution of each operator wherever it is chosen, as a formula.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<String, BTreeMap<String, String>>,
}

fn default_inputs() -> Vec<String> {
    vec!["input".into()]
}

/// The location of a cell's operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorsOn {
    /// On inner nodes.
    Nodes,
    /// On edges.
    Edges,
}

/// The nodes that form a cell's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// All inner nodes.
    #[default]
    All,
    /// The last inner node.
    Last,
    /// The inner nodes that feed no other.
    Unused,
    /// All nodes with an edge to it; needs `max_edges` and operators on nodes.
    Chosen,
}

/// The way several nodes form the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// Side by side.
    #[default]
    Concatenation,
    /// Added.
    Sum,
}

/// The rule for when architectures are the same network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Classes {
    /// Architectures are the same if their graphs are isomorphic, after removing operators that carry
    /// nothing and nodes connected only through them.
    #[default]
    Graphs,
    /// Architectures are the same if their output is the same expression of the input, where `identity`
    /// stands for its own input, by the rules of NAS-Bench-201's `to_unique_str`. Needs operators on
    /// edges, one input and `output = "last"`.
    Expressions,
}

/// A cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostDescription {
    /// Name in constraints and reports: letters, digits and `_`.
    pub name: String,
    /// Unit in reports: `k`, `M` and `G` are 10³, 10⁶ and 10⁹ times the formulas' counts; any other is
    /// just a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// A formula for the cost of the whole architecture in addition to its parts. It may use
    /// `count('OPERATOR')` and `count('CELL', 'OPERATOR')`, the number of times that an operator
    /// was chosen; if the space has a chain, `chain_params` and `chain_macs`, the chain's
    /// parameters and multiply–adds; and the parameters that the space tunes, which are 0 where
    /// they are absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The cost of each layer of the chain's stages: one formula for all stages, or one for each. It
    /// may use `stage`, `layer` and `depth` (numbers from 1, and layers of the stage), `input` and
    /// `width` (channels), `side` (of the input, in pixels or tokens; 1 of tables), `stride`, `kernel`
    /// (0 without one), `expanded` (inner channels; hidden ones of an MLP; the input's where there are
    /// none), `squeezed` (channels; 0 without squeeze-and-excitation) and `heads` (0 without
    /// attention).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The way to combine the values of the whole's formula, of operators and of layers.
    #[serde(default, skip_serializing_if = "Combine::is_sum")]
    pub combine: Combine,
}

/// The way to combine the parts of a cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// Their sum, as for parameters.
    #[default]
    Sum,
    /// The largest of them, as for memory that layers use in turn.
    Max,
}

impl Combine {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for")]
    fn is_sum(&self) -> bool {
        *self == Self::Sum
    }
}
