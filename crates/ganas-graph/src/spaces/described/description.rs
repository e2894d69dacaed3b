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
    /// Name of the space: lower-case letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// A human-readable description of the space.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The kinds of cell; an architecture has one cell of each kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellDescription>,
    /// Definitions of the cell's operators, by name. With `network`, every operator must be
    /// defined; without it, none may be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operators: BTreeMap<String, OperatorDescription>,
    /// The network that is built from the space's only cell. With it, the costs `params` and `macs`
    /// are known without formulas, and architectures can be exported to `PyTorch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkDescription>,
    /// A chain of stages, which every architecture has in addition to any cells. Its decisions
    /// follow those of the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainDescription>,
    /// Parameters to tune, with or without a network. They are decided last, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDescription>,
    /// Combinations of choices that no study evaluates. The cost `forbidden` is the number of them
    /// that an architecture contains.
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
    /// Number of inner nodes, or its maximum if `min_nodes` makes the number a choice. The nodes
    /// are named 1, 2, … unless `node_names` is given. The graph of the whole space has at most 512
    /// nodes, including one for each operator on an edge and for each parameter. A cell whose edges
    /// are chosen has at most 64 nodes, including inputs and output.
    pub nodes: usize,
    /// Minimum number of inner nodes, if their number is a choice. Needs `max_edges` and operators
    /// on nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nodes: Option<usize>,
    /// Names of the inner nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_names: Option<Vec<String>>,
    /// Names of the operators to choose from.
    pub operators: Vec<String>,
    /// Whether an operator is chosen for each node or for each edge.
    pub operators_on: OperatorsOn,
    /// The cell's only edges, each as a pair of nodes, from and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<[String; 2]>>,
    /// Number of different earlier nodes that are chosen as the inputs of each inner node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_per_node: Option<usize>,
    /// With operators on nodes, the edges are chosen, at most this many, such that every node is
    /// used. With operators on edges, at most this many edges have an operator other than
    /// `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_edges: Option<usize>,
    /// The nodes that form the cell's output.
    #[serde(default)]
    pub output: Output,
    /// How several nodes form the output.
    #[serde(default)]
    pub join: Join,
    /// The operator that passes nothing on; an edge with this operator counts as no edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The operator that passes its input on unchanged; used only with `classes = "expressions"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The rule that decides which architectures count as the same network.
    #[serde(default)]
    pub classes: Classes,
    /// Whether the graph has a node for the sum of each node's incoming edges; otherwise operators
    /// are connected directly. Needs operators on edges.
    #[serde(default)]
    pub sum_nodes: bool,
    /// Formulas, by cost and operator, for what the operator contributes to the cost wherever it is
    /// chosen.
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
    /// The inner nodes that feed no other node.
    Unused,
    /// All nodes with a chosen edge to the output; needs `max_edges` and operators on nodes.
    Chosen,
}

/// How several nodes form the output.
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
    /// without effect. A node has an effect if it lies on a path from an input to the output that
    /// contains no operator that passes nothing on.
    #[default]
    Graphs,
    /// Architectures are the same if their outputs are equal expressions of the input, by the rules
    /// of NAS-Bench-201's `to_unique_str`; an edge with the operator `identity` has the expression
    /// of its source. Needs operators on edges, one input, `output = "last"` and at most 8 inner
    /// nodes.
    Expressions,
}

/// A cost that is known before an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostDescription {
    /// Name in constraints and reports: letters, digits and `_`.
    pub name: String,
    /// Unit in reports. `k`, `M` and `G` mean that the formulas' values are divided by 10³, 10⁶ or
    /// 10⁹; any other unit is only a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// A formula for the cost of the whole architecture, in addition to the costs of its parts. It
    /// may use constants, parameters (0 if absent), `choice('DECISION')` for a decision of the
    /// network, and `count('OPERATOR')` or `count('CELL', 'OPERATOR')` for the number of times that
    /// an operator was chosen. If the space has a chain, `chain_params` and `chain_macs` are the
    /// chain's parameters and multiply–adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Formulas for the cost of each layer of the chain's stages: one for all stages, or one for
    /// each stage. They may use `stage` and `layer` (numbers from 1), `depth` (number of layers in
    /// the stage), `input` and `width` (input and output channels), `side` (of the input, in pixels
    /// or tokens; 1 for tables), `stride`, `kernel` (0 if the layer has none), `expanded` (inner
    /// channels, or hidden channels of an MLP; otherwise the input channels), `squeezed` (squeezed
    /// channels; 0 without squeeze-and-excitation) and `heads` (0 without attention). Identities
    /// are not layers.
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
    /// Their sum, as for parameters.
    #[default]
    Sum,
    /// Their maximum, as for memory that layers use one after the other.
    Max,
}

impl Combine {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for")]
    fn is_sum(&self) -> bool {
        *self == Self::Sum
    }
}
