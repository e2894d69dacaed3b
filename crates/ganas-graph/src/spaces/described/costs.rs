use std::collections::BTreeMap;

use super::cell::Draft;
use super::description::{OperatorsOn, SpaceDescription};
use super::error;
use super::structure::{Structure, check_name, quoted};
use crate::formula::{Formula, FormulaError, Name};
use crate::{CostMetric, DescriptionError};

/// Most costs of a space.
const MAX_COSTS: usize = 16;

/// What a formula of one operator can name besides constants.
const OPERATOR_VARIABLES: [&str; 3] = ["inputs", "from_inputs", "position"];

/// The formulas of one cost.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    pub(super) metric: CostMetric,
    whole: Option<Formula>,
    /// What is counted for `whole`, in the order of its variables after the constants.
    counts: Vec<Count>,
    /// For each cell, what each operator adds.
    operators: Vec<Vec<Option<Formula>>>,
}

/// An operator that is counted, in one cell or in all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Count {
    cell: Option<usize>,
    operator: String,
}

/// An operator where it was chosen.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    cell: usize,
    operator: u8,
    /// Edges that feed it, and how many of them come from the cell's inputs.
    inputs: u32,
    from_inputs: u32,
    /// Number of its node, or of the node that its edge leads to, from 1.
    position: usize,
}

/// All costs of a space.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    constants: Vec<f64>,
    pub(super) all: Vec<Cost>,
}

impl Costs {
    pub(super) fn new(
        space: &SpaceDescription,
        cells: &[Structure],
    ) -> Result<Self, DescriptionError> {
        if space.costs.len() > MAX_COSTS {
            let expected = format!("at most {MAX_COSTS} costs");
            return Err(error::wrong("costs", expected, space.costs.len().to_string()));
        }
        for name in space.constants.keys() {
            check_variable(name, &format!("constants.{name}"))?;
        }
        let names: Vec<&str> = space.constants.keys().map(String::as_str).collect();
        check_references(space)?;
        let checker = Checker { space, cells, constants: &names };
        let all = (0..space.costs.len()).map(|at| checker.cost(at)).collect::<Result<_, _>>()?;
        if let Some((at, name)) = duplicate(space.costs.iter().map(|cost| cost.name.as_str())) {
            let found = format!("{} again", quoted(name));
            return Err(error::wrong(format!("costs[{at}].name"), "each cost once", found));
        }
        Ok(Self { constants: space.constants.values().copied().collect(), all })
    }

    /// One value a cost, in its unit.
    pub(super) fn values(&self, cells: &[Structure], drafts: &[Draft]) -> Vec<f64> {
        let chosen: Vec<_> = (0..)
            .zip(cells.iter().zip(drafts))
            .flat_map(|(cell, (structure, draft))| structure.chosen(cell, draft))
            .collect();
        self.all.iter().map(|cost| self.value(cost, cells, &chosen)).collect()
    }

    fn value(&self, cost: &Cost, cells: &[Structure], chosen: &[Chosen]) -> f64 {
        let counted = |count: &Count| {
            let is_it = |chosen: &&Chosen| {
                count.cell.is_none_or(|cell| cell == chosen.cell)
                    && cells[chosen.cell].operators[usize::from(chosen.operator)] == count.operator
            };
            chosen.iter().filter(is_it).count() as f64
        };
        let mut variables = self.constants.clone();
        variables.extend(cost.counts.iter().map(counted));
        let mut sum = cost.whole.as_ref().map_or(0.0, |whole| whole.value(&variables));
        for chosen in chosen {
            let formulas = &cost.operators[chosen.cell];
            let Some(Some(formula)) = formulas.get(usize::from(chosen.operator)) else { continue };
            variables.truncate(self.constants.len());
            variables.extend([
                chosen.inputs.into(),
                chosen.from_inputs.into(),
                chosen.position as f64,
            ]);
            sum += formula.value(&variables);
        }
        sum / cost.metric.scale
    }
}

struct Checker<'d> {
    space: &'d SpaceDescription,
    cells: &'d [Structure],
    constants: &'d [&'d str],
}

impl Checker<'_> {
    fn cost(&self, at_cost: usize) -> Result<Cost, DescriptionError> {
        let path = format!("costs[{at_cost}]");
        let description = &self.space.costs[at_cost];
        let name = description.name.as_str();
        check_variable(name, &format!("{path}.name"))?;
        let mut counts = Vec::new();
        let whole = match &description.formula {
            Some(text) => {
                Some(self.whole(text, &mut counts).map_err(|e| at(e, format!("{path}.formula")))?)
            }
            None => None,
        };
        let operators = (0..self.cells.len())
            .map(|cell| self.operators(cell, name))
            .collect::<Result<_, _>>()?;
        let unit = description.unit.clone();
        let scale = match unit.as_str() {
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            _ => 1.0,
        };
        Ok(Cost { metric: CostMetric { name: name.into(), unit, scale }, whole, counts, operators })
    }

    fn whole(&self, text: &str, counts: &mut Vec<Count>) -> Result<Formula, FormulaError> {
        Formula::parse(text, &mut |name| {
            let count = match name {
                Name::Variable(name) => return self.constant(name, &["count('OPERATOR')"]),
                Name::Call("count", [operator]) => {
                    Count { cell: None, operator: (*operator).into() }
                }
                Name::Call("count", [cell, operator]) => {
                    Count { cell: Some(self.cell(cell)?), operator: (*operator).into() }
                }
                Name::Call(..) => {
                    return Err("`count('OPERATOR')` or `count('CELL', 'OPERATOR')`".into());
                }
            };
            self.check_operator(&count)?;
            let place = counts.iter().position(|known| *known == count).unwrap_or(counts.len());
            if place == counts.len() {
                counts.push(count);
            }
            Ok(self.constants.len() + place)
        })
    }

    fn operators(&self, cell: usize, cost: &str) -> Result<Vec<Option<Formula>>, DescriptionError> {
        let Some(texts) = self.space.cells[cell].costs.get(cost) else { return Ok(Vec::new()) };
        let structure = &self.cells[cell];
        let mut formulas = vec![None; structure.operators.len()];
        for (operator, text) in texts {
            let path = format!("cells[{cell}].costs.{cost}.{operator}");
            let place = structure.operator(operator).ok_or_else(|| {
                let expected = format!("one of {}", structure.operators.join(", "));
                error::wrong(&path, expected, quoted(operator))
            })?;
            let formula = Formula::parse(text, &mut |name| match name {
                Name::Variable(name) => {
                    match OPERATOR_VARIABLES.iter().position(|known| *known == name) {
                        Some(place) => Ok(self.constants.len() + place),
                        None => self.constant(name, &OPERATOR_VARIABLES),
                    }
                }
                Name::Call(..) => Err("a constant, a number or a function".into()),
            });
            formulas[usize::from(place)] = Some(formula.map_err(|error| at(error, path))?);
        }
        Ok(formulas)
    }

    fn constant(&self, name: &str, others: &[&str]) -> Result<usize, String> {
        let place = self.constants.iter().position(|constant| *constant == name);
        place.ok_or_else(|| format!("one of {}", [self.constants, others].concat().join(", ")))
    }

    fn cell(&self, name: &str) -> Result<usize, String> {
        let names =
            || self.cells.iter().map(|cell| cell.name.as_str()).collect::<Vec<_>>().join(", ");
        let place = self.cells.iter().position(|cell| cell.name == name);
        place.ok_or_else(|| format!("a cell ({})", names()))
    }

    fn check_operator(&self, count: &Count) -> Result<(), String> {
        let mut searched = self.cells.iter().enumerate();
        let mut searched: Vec<_> =
            searched.by_ref().filter(|(at, _)| count.cell.is_none_or(|cell| cell == *at)).collect();
        if searched.iter().any(|(_, cell)| cell.operator(&count.operator).is_some()) {
            return Ok(());
        }
        let mut names: Vec<_> =
            searched.drain(..).flat_map(|(_, cell)| &cell.operators).cloned().collect();
        names.dedup();
        Err(format!("an operator ({})", names.join(", ")))
    }
}

/// Costs that cells speak of must be declared.
fn check_references(space: &SpaceDescription) -> Result<(), DescriptionError> {
    let is_declared = |name: &str| space.costs.iter().any(|cost| cost.name == name);
    for (place, cell) in space.cells.iter().enumerate() {
        if let Some(name) = cell.costs.keys().find(|name| !is_declared(name)) {
            let known: Vec<_> = space.costs.iter().map(|cost| cost.name.as_str()).collect();
            let expected = match known.as_slice() {
                [] => format!("a cost `{name}` among `[[costs]]`"),
                known => format!("one of the costs {}", known.join(", ")),
            };
            let path = format!("cells[{place}].costs.{name}");
            return Err(error::wrong(path, expected, quoted(name)));
        }
    }
    Ok(())
}

impl Structure {
    fn chosen(&self, cell: usize, draft: &Draft) -> Vec<Chosen> {
        let into = |to: usize| draft.edges.iter().filter(move |edge| edge.to == to);
        let is_input = |from: usize| from < self.inputs;
        let on_node = |(node, &operator): (usize, &u8)| Chosen {
            cell,
            operator,
            inputs: u32::try_from(into(node).count()).unwrap_or(u32::MAX),
            from_inputs: u32::try_from(into(node).filter(|edge| is_input(edge.from())).count())
                .unwrap_or(u32::MAX),
            position: node + 1 - self.inputs,
        };
        match self.operators_on {
            OperatorsOn::Nodes => (self.inputs..).zip(&draft.operators).map(on_node).collect(),
            OperatorsOn::Edges => {
                let on_edge = |edge: &super::cell::DraftEdge| {
                    Some(Chosen {
                        cell,
                        operator: edge.operator?,
                        inputs: 1,
                        from_inputs: is_input(edge.from()).into(),
                        position: edge.to + 1 - self.inputs,
                    })
                };
                draft.edges.iter().filter_map(on_edge).collect()
            }
        }
    }
}

/// Checks that a name can stand in a formula and in a constraint.
fn check_variable(name: &str, path: &str) -> Result<(), DescriptionError> {
    check_name(name, path, "number")?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_variable = name.chars().all(good) && !name.starts_with(|c: char| c.is_ascii_digit());
    if !is_variable || OPERATOR_VARIABLES.contains(&name) {
        let expected = format!(
            "a name of letters, digits and `_` that does not begin with a digit, other than {}",
            OPERATOR_VARIABLES.join(", ")
        );
        return Err(error::wrong(path, expected, quoted(name)));
    }
    Ok(())
}

fn at(formula: FormulaError, path: String) -> DescriptionError {
    let FormulaError { range, expected, found } = formula;
    DescriptionError { within: Some(range), ..error::wrong(path, expected, found) }
}

/// Is a name used for two things?
pub(super) fn duplicate<'n>(names: impl Iterator<Item = &'n str>) -> Option<(usize, &'n str)> {
    let mut seen = BTreeMap::new();
    names.enumerate().find(|(place, name)| seen.insert(*name, *place).is_some())
}
