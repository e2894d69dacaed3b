//! The description of a space, read from TOML.

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
    /// Name of the space. It consists of lower-case letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// A human-readable description of the space.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The kinds of cell. An architecture has one cell of each kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellDescription>,
    /// Definitions of the cell's operators, by name. If the key `network` is given, every operator
    /// must be defined here. Otherwise, none may be defined.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operators: BTreeMap<String, OperatorDescription>,
    /// The network that is built from the space's only cell. If it is given, the costs `params` and
    /// `macs` are known without formulas, and architectures can be exported to `PyTorch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkDescription>,
    /// A chain of stages. Every architecture has it in addition to the cells, if there are any. The
    /// decisions of the chain follow those of the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainDescription>,
    /// Parameters to tune, with or without a network. They are decided last, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDescription>,
    /// Combinations of choices that no study evaluates. The cost `forbidden` of an architecture is
    /// the number of such combinations that it contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<ForbiddenDescription>,
    /// Costs that are known before an evaluation. Constraints can limit them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostDescription>,
    /// Numbers for use in formulas, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, f64>,
    /// Architectures with names of their own, written in the space's notation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, String>,
}

impl SpaceDescription {
    /// Returns the number of graph nodes for parameters: one for each parameter, and one to which
    /// all of them lead.
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
    /// Number of inner nodes or, if `min_nodes` makes this number a choice, its maximum. The nodes
    /// are named 1, 2, … unless `node_names` is given. The graph of the whole space has at most 512
    /// nodes, including one for each operator on an edge and for each parameter. A cell whose edges
    /// are chosen has at most 64 nodes, including inputs and output.
    pub nodes: usize,
    /// Minimum number of inner nodes, if their number is a choice. Requires `max_edges` and
    /// operators on nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nodes: Option<usize>,
    /// Names of the inner nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_names: Option<Vec<String>>,
    /// Names of the operators to choose from.
    pub operators: Vec<String>,
    /// Whether an operator is chosen for each node or for each edge.
    pub operators_on: OperatorsOn,
    /// The cell's edges, if only some are possible. Each is a pair of node names: the source, then
    /// the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<[String; 2]>>,
    /// Number of inputs of each inner node. If it is given, the inputs are chosen from the earlier
    /// nodes, each at most once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_per_node: Option<usize>,
    /// Maximum number of edges. With operators on nodes, the edges are chosen such that every node
    /// is used. With operators on edges, only edges with an operator other than `nothing` count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_edges: Option<usize>,
    /// The nodes that form the cell's output.
    #[serde(default)]
    pub output: Output,
    /// How the values of several nodes are combined into the cell's output.
    #[serde(default)]
    pub join: Join,
    /// The operator that passes nothing on. An edge with this operator is treated as if it did not
    /// exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The operator that passes its input on unchanged. Used only with `classes = "expressions"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The rule that decides which architectures count as the same network.
    #[serde(default)]
    pub classes: Classes,
    /// Whether the graph has a node for the sum of the edges into each inner node. If not,
    /// operators are connected directly to one another. Requires operators on edges.
    #[serde(default)]
    pub sum_nodes: bool,
    /// Formulas for what an operator contributes to a cost wherever it is chosen. The outer keys
    /// are names of costs, and the inner keys are names of operators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<String, BTreeMap<String, String>>,
}

fn default_inputs() -> Vec<String> {
    vec!["input".into()]
}

/// Where a cell has its operators.
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
    /// The inner nodes that feed no other node.
    Unused,
    /// All nodes with a chosen edge to the output. Requires `max_edges` and operators on nodes.
    Chosen,
}

/// How the values of several nodes are combined into the cell's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// The nodes' values are concatenated.
    #[default]
    Concatenation,
    /// The nodes' values are added.
    Sum,
}

/// The rule that decides which architectures count as the same network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Classes {
    /// Architectures are the same if their graphs are isomorphic after the removal of all nodes
    /// without effect. A node has an effect if it lies on a path from an input to the output and
    /// every operator on that path passes something on.
    #[default]
    Graphs,
    /// Architectures are the same if their outputs, written as expressions of the input, are equal.
    /// The expressions follow the rules of `to_unique_str` in NAS-Bench-201: an edge with the
    /// operator `identity` has the same expression as its source. Requires operators on edges, one
    /// input, `output = "last"` and at most 8 inner nodes.
    Expressions,
}

/// A cost that is known before an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostDescription {
    /// Name used in constraints and reports. It consists of letters, digits and `_`.
    pub name: String,
    /// Unit used in reports. With `k`, `M` or `G`, the formulas' values are divided by 10³, 10⁶ or
    /// 10⁹. Any other unit is only a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// A formula for the part of the cost that depends on the architecture as a whole. It is
    /// combined with the costs of operators and layers (see `combine`). It may use constants,
    /// parameters (0 if absent), `choice('DECISION')` for the value chosen in a decision of the
    /// network, and `count('OPERATOR')` or `count('CELL', 'OPERATOR')` for the number of times that
    /// an operator was chosen. If the space has a chain, `chain_params` and `chain_macs` are the
    /// chain's parameters and multiply–adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Formulas for the cost of each layer of the chain's stages: one for all stages, or one for
    /// each stage. They may use `stage` and `layer` (numbered from 1), `depth` (number of layers in
    /// the stage), `input` and `width` (input and output channels), `side` (side of the input in
    /// pixels or tokens, or 1 for tables), `stride`, `kernel` (0 if the layer has none), `expanded`
    /// (channels inside the block or hidden channels of an MLP; the input channels if the layer has
    /// neither), `squeezed` (squeezed channels, or 0 without squeeze-and-excitation) and `heads` (0
    /// without attention). Identities are not layers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// How the value of `formula` is combined with the costs of operators and layers.
    #[serde(default, skip_serializing_if = "Combine::is_sum")]
    pub combine: Combine,
}

/// How the parts of a cost are combined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The parts are added, as for a number of parameters.
    #[default]
    Sum,
    /// The largest part is the cost, as for memory that layers use one after the other.
    Max,
}

impl Combine {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for")]
    fn is_sum(&self) -> bool {
        *self == Self::Sum
    }
}
