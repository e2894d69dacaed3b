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
    /// must be defined here. If it is not given, no operator may be defined.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operators: BTreeMap<String, OperatorDescription>,
    /// The network that is built from the space's only cell. If a network is given, the costs
    /// `params` and `macs` need no formulas, and architectures can be exported to `PyTorch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkDescription>,
    /// A chain of stages, which every architecture contains. If the space also has cells, every
    /// architecture contains both, and the decisions of the chain follow those of the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainDescription>,
    /// Parameters to tune, in a space with or without a network. They are decided after everything
    /// else, in the order of this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDescription>,
    /// Combinations of choices that no study evaluates. The cost `forbidden` of an architecture is
    /// the number of these combinations that the architecture contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<ForbiddenDescription>,
    /// Costs that can be computed without an evaluation. The constraints of a study can limit them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostDescription>,
    /// Named numbers that formulas can use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, f64>,
    /// Architectures that have names. The keys are the names, and the values are the architectures
    /// in the space's notation.
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

/// The description of a kind of cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellDescription {
    /// Name of the cell.
    pub name: String,
    /// Names of the cell's inputs.
    #[serde(default = "default_inputs")]
    pub inputs: Vec<String>,
    /// Number of inner nodes. If `min_nodes` is given, the number of inner nodes is a choice, and
    /// `nodes` is the maximum. The nodes are named 1, 2, … unless `node_names` is given. The graph
    /// of an architecture of the space may have at most 512 nodes, including one for each operator
    /// on an edge and one for each parameter. A cell whose edges are chosen may have at most 64
    /// nodes, including its inputs and its output.
    pub nodes: usize,
    /// Minimum number of inner nodes, if the number of inner nodes is a choice. This key requires
    /// `max_edges` and operators on nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nodes: Option<usize>,
    /// Names of the inner nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_names: Option<Vec<String>>,
    /// Names of the operators to choose from.
    pub operators: Vec<String>,
    /// Whether an operator is chosen for each node or for each edge.
    pub operators_on: OperatorsOn,
    /// List of the cell's edges, if the cell does not have all edges from earlier to later nodes.
    /// Each edge is a pair of node names: first the source, then the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<[String; 2]>>,
    /// Number of inputs of each inner node. If this number is given, the inputs of each node are
    /// chosen from the earlier nodes and are all different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_per_node: Option<usize>,
    /// Maximum number of edges. If this key is given in a cell with operators on nodes, the edges
    /// are chosen, and every node is used. In a cell with operators on edges, an edge is not
    /// counted if its operator is the one that `nothing` names.
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
    /// The operator that passes its input on unchanged. This key is used only with `classes =
    /// "expressions"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The rule that decides which architectures count as the same network.
    #[serde(default)]
    pub classes: Classes,
    /// Whether the graph of an architecture has a node for each inner node of the cell. An inner
    /// node adds the values of its incoming edges. If the graph has no nodes for these sums, the
    /// operators are connected directly to one another. This key can be used only if the operators
    /// are on edges.
    #[serde(default)]
    pub sum_nodes: bool,
    /// Formulas for the amounts that operators contribute to costs. An operator contributes its
    /// amount in every place where it is chosen. The outer keys are names of costs, and the inner
    /// keys are names of operators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<String, BTreeMap<String, String>>,
}

fn default_inputs() -> Vec<String> {
    vec!["input".into()]
}

/// Whether a cell has its operators on its nodes or on its edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorsOn {
    /// The operators are on the inner nodes.
    Nodes,
    /// The operators are on the edges.
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
    /// All nodes for which an edge to the output was chosen. This value requires `max_edges` and
    /// operators on nodes.
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
    /// Architectures count as the same network if their graphs are isomorphic after the removal of
    /// all nodes that have no effect. A node has an effect if it lies on a path from an input to
    /// the output, and no operator on that path blocks its input.
    #[default]
    Graphs,
    /// Architectures count as the same network if their outputs, written as expressions of the
    /// input, are equal. The expressions follow the rules of `to_unique_str` in NAS-Bench-201: an
    /// edge with the operator that `identity` names has the same expression as its source. This
    /// value requires operators on edges, one input, `output = "last"` and at most 8 inner nodes.
    Expressions,
}

/// A cost that can be computed without an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostDescription {
    /// Name of the cost, used in constraints and reports. It consists of letters, digits and `_`.
    pub name: String,
    /// Unit of the cost, shown in reports. If the unit is `k`, `M` or `G`, the values of the
    /// formulas are divided by 10³, 10⁶ or 10⁹, respectively. Any other unit is only shown and
    /// changes no value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// A formula for the part of the cost that depends on the architecture as a whole. It is
    /// combined with the costs of operators and layers (see `combine`). It may use constants and
    /// parameters. A parameter that does not exist in an architecture counts as 0. It may also use
    /// the functions `choice` and `count`. `choice('DECISION')` is the value chosen in a decision
    /// of the network. `count('OPERATOR')` is the number of times that an operator was chosen in
    /// all cells together, and `count('CELL', 'OPERATOR')` is the number of times that it was
    /// chosen in one cell. If the space has a chain, `chain_params` and `chain_macs` are the
    /// numbers of the chain's parameters and multiply–adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Formulas for the cost of each layer of the chain's stages: one formula for all stages, or
    /// one for each stage. They may use `stage` and `layer` (numbered from 1), `depth` (number of
    /// layers in the stage), `input` and `width` (input and output channels), `side` (side of the
    /// input in pixels or tokens, or 1 for tables), `stride`, `kernel` (0 if the layer has none)
    /// and `heads` (0 without attention). They may also use `expanded` and `squeezed`. `expanded`
    /// is the number of channels inside the block or, for a transformer, the number of hidden
    /// channels of the MLP. If the layer has no such channels, `expanded` is the number of input
    /// channels. `squeezed` is the number of channels between the two convolutions of
    /// squeeze-and-excitation, or 0 without squeeze-and-excitation. Identities do not count as
    /// layers.
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
    /// The cost is the largest part, as for memory that the layers use one after the other.
    Max,
}

impl Combine {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for")]
    fn is_sum(&self) -> bool {
        *self == Self::Sum
    }
}
