//! Checks the descriptions of costs, and builds the costs from them.

use std::collections::BTreeMap;

use super::checks::check_name;
use super::costs::{CHAIN_VARIABLES, Cost, Costs, Count, LAYER_VARIABLES, OPERATOR_VARIABLES};
use super::description::{Combine, SpaceDescription};
use super::error;
use super::network::CellNetwork;
use super::parameters::{Decidable, FORBIDDEN, Parameters, check_is_word};
use super::structure::Structure;
use crate::error::quoted;
use crate::formula::{Formula, FormulaError, Name};
use crate::spaces::chain::Chain;
use crate::{CostMetric, DescriptionError, SearchSpace};

/// Maximum number of costs of a space.
const MAX_COSTS: usize = 16;

/// Maximum number of constants of a space.
const MAX_CONSTANTS: usize = 256;

impl Costs {
    /// Checks a description's costs and parses their formulas.
    pub(super) fn new(
        space: &SpaceDescription,
        cells: &[Structure],
        chain: Option<&Chain>,
        built: Option<&CellNetwork>,
        parameters: &mut Parameters,
        network: &[Decidable],
    ) -> Result<Self, DescriptionError> {
        if space.costs.len() > MAX_COSTS {
            let expected = format!("at most {MAX_COSTS} costs");
            return Err(error::wrong("costs", expected, space.costs.len().to_string()));
        }
        if space.constants.len() > MAX_CONSTANTS {
            let expected = format!("at most {MAX_CONSTANTS} constants");
            return Err(error::wrong("constants", expected, space.constants.len().to_string()));
        }
        for name in space.constants.keys() {
            let path = format!("constants.{name}");
            check_variable(name, &path)?;
            check_is_word(name, &path)?;
            check_is_free(name, &path, chain.is_some())?;
        }
        let names: Vec<&str> = space.constants.keys().map(String::as_str).collect();
        check_references(space)?;
        let stages = chain.map_or(0, |chain| chain.description().stages.len());
        let checker = Checker { space, cells, stages, network, constants: &names };
        let costs = (0..space.costs.len()).map(|at| checker.cost(at, parameters));
        let all = costs.collect::<Result<Vec<_>, _>>()?;
        if let Some((at, name)) = duplicate(space.costs.iter().map(|cost| cost.name.as_str())) {
            let found = format!("{} again", quoted(name));
            return Err(error::wrong(format!("costs[{at}].name"), "each cost once", found));
        }
        let mut costs = Self { constants: space.constants.values().copied().collect(), all };
        costs.all.extend(chain.into_iter().flat_map(|chain| checker.chain_costs(chain)));
        costs.all.extend(built.into_iter().flat_map(|built| checker.network_costs(built)));
        for cost in &mut costs.all {
            cost.is_sum = cost.is_settled_by_decisions(cells, &costs.constants);
        }
        Ok(costs)
    }
}

struct Checker<'d> {
    space: &'d SpaceDescription,
    cells: &'d [Structure],
    /// Number of stages of the chain; 0 without a chain.
    stages: usize,
    network: &'d [Decidable],
    constants: &'d [&'d str],
}

impl Checker<'_> {
    fn cost(&self, at_cost: usize, parameters: &mut Parameters) -> Result<Cost, DescriptionError> {
        let path = format!("costs[{at_cost}]");
        let description = &self.space.costs[at_cost];
        let name = description.name.as_str();
        check_variable(name, &format!("{path}.name"))?;
        if name == FORBIDDEN {
            let expected = "another name, because this one is reserved for the count of forbidden combinations";
            return Err(error::wrong(format!("{path}.name"), expected, quoted(name)));
        }
        let mut counts = Vec::new();
        let whole = match &description.formula {
            Some(text) => {
                let whole = self.whole(text, &mut counts, parameters);
                Some(whole.map_err(|error| at(error, format!("{path}.formula")))?)
            }
            None => None,
        };
        let operators = (0..self.cells.len())
            .map(|cell| self.operators(cell, name))
            .collect::<Result<_, _>>()?;
        let layers = self.layers(at_cost)?;
        let unit = description.unit.clone();
        let scale = match unit.as_str() {
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            _ => 1.0,
        };
        Ok(Cost {
            metric: CostMetric { name: name.into(), unit, scale },
            whole,
            counts,
            operators,
            layers,
            combine: description.combine,
            is_sum: false,
        })
    }

    fn whole(
        &self,
        text: &str,
        counts: &mut Vec<Count>,
        parameters: &mut Parameters,
    ) -> Result<Formula, FormulaError> {
        let mut known = vec!["count('OPERATOR')"];
        known.extend(CHAIN_VARIABLES.iter().filter(|_| self.stages > 0));
        Formula::parse(text, &mut |name| {
            let count = match name {
                Name::Variable(name) => {
                    let place = CHAIN_VARIABLES.iter().position(|known| *known == name);
                    match place.filter(|_| self.stages > 0) {
                        Some(place) => Count::Chain(place),
                        None if self.constants.contains(&name) => {
                            return self.constant(name, &known);
                        }
                        None => {
                            let found = parameters.resolve(Name::Variable(name), self.network);
                            let known = [self.constants, &known[..]].concat().join(", ");
                            let others = |others: String| match others.as_str() {
                                "" => format!("one of {known}"),
                                others => format!("one of {known}, {others}"),
                            };
                            Count::Variable(found.map_err(others)?)
                        }
                    }
                }
                Name::Call("count", [operator]) => self.count(None, operator)?,
                Name::Call("count", [cell, operator]) => {
                    self.count(Some(self.cell(cell)?), operator)?
                }
                name @ (Name::Call("choice", _) | Name::Is(..)) => {
                    Count::Variable(parameters.resolve(name, self.network)?)
                }
                Name::Call(..) => {
                    return Err("`count('OPERATOR')` or `count('CELL', 'OPERATOR')`".into());
                }
            };
            let place = counts.iter().position(|known| *known == count).unwrap_or(counts.len());
            if place == counts.len() {
                counts.push(count);
            }
            Ok(self.constants.len() + place)
        })
    }

    /// Parses the formulas for a cost's layers: one for all stages of the chain, one for each
    /// stage, or none.
    fn layers(&self, cost: usize) -> Result<Vec<Formula>, DescriptionError> {
        let texts = &self.space.costs[cost].layers;
        let path = format!("costs[{cost}].layers");
        if ![0, 1, self.stages].contains(&texts.len()) || (self.stages == 0 && !texts.is_empty()) {
            let expected = match self.stages {
                0 => "no formula, because there is no chain".into(),
                stages => {
                    format!("one formula for all stages, or one for each of the {stages} stages")
                }
            };
            return Err(error::wrong(path, expected, texts.len().to_string()));
        }
        let formula = |(place, text): (usize, &String)| {
            self.with_variables(text, &LAYER_VARIABLES)
                .map_err(|error| at(error, format!("{path}[{place}]")))
        };
        texts.iter().enumerate().map(formula).collect()
    }

    /// Returns the chain's own costs, except those that the file redefines.
    fn chain_costs(&self, chain: &Chain) -> Vec<Cost> {
        let own = chain.cost_metrics().iter().enumerate();
        let is_free = |name: &str| self.space.costs.iter().all(|cost| cost.name != name);
        own.filter(|(_, metric)| is_free(&metric.name))
            .map(|(place, metric)| Cost {
                metric: metric.clone(),
                whole: Some(Formula::variable(self.constants.len())),
                counts: vec![Count::Chain(place)],
                operators: vec![Vec::new(); self.cells.len()],
                layers: Vec::new(),
                combine: Combine::Sum,
                is_sum: false,
            })
            .collect()
    }

    /// Returns the costs of the network around a cell, except those that the file redefines.
    fn network_costs(&self, network: &CellNetwork) -> Vec<Cost> {
        let own = ["params", "macs"].into_iter().zip(network.costs());
        let is_free = |name: &str| self.space.costs.iter().all(|cost| cost.name != name);
        let cost = |(name, (fixed, operators)): (&str, (f64, Vec<f64>))| Cost {
            metric: CostMetric::millions(name),
            whole: Some(Formula::number(fixed)),
            counts: Vec::new(),
            operators: vec![operators.into_iter().map(|it| Some(Formula::number(it))).collect()],
            layers: Vec::new(),
            combine: Combine::Sum,
            is_sum: false,
        };
        own.filter(|(name, _)| is_free(name)).map(cost).collect()
    }

    fn with_variables(&self, text: &str, variables: &[&str]) -> Result<Formula, FormulaError> {
        Formula::parse(text, &mut |name| match name {
            Name::Variable(name) => match variables.iter().position(|known| *known == name) {
                Some(place) => Ok(self.constants.len() + place),
                None => self.constant(name, variables),
            },
            Name::Call(..) | Name::Is(..) => Err("a constant, a number or a function".into()),
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
            let formula = self.with_variables(text, &OPERATOR_VARIABLES);
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

    fn count(&self, cell: Option<usize>, operator: &str) -> Result<Count, String> {
        let is_meant = |(place, _): &(usize, &Structure)| cell.is_none_or(|cell| cell == *place);
        let mut names: Vec<_> = self
            .cells
            .iter()
            .enumerate()
            .filter(is_meant)
            .flat_map(|(_, c)| &c.operators)
            .collect();
        if names.iter().any(|name| *name == operator) {
            return Ok(Count::Operator { cell, operator: operator.into() });
        }
        names.sort_unstable();
        names.dedup();
        let names: Vec<_> = names.into_iter().map(String::as_str).collect();
        Err(format!("an operator ({})", names.join(", ")))
    }
}

/// Checks that every cost that a cell names is declared in `[[costs]]`.
fn check_references(space: &SpaceDescription) -> Result<(), DescriptionError> {
    let is_declared = |name: &str| space.costs.iter().any(|cost| cost.name == name);
    for (place, cell) in space.cells.iter().enumerate() {
        if let Some(name) = cell.costs.keys().find(|name| !is_declared(name)) {
            let known: Vec<_> = space.costs.iter().map(|cost| cost.name.as_str()).collect();
            let expected = match known.as_slice() {
                [] => format!("no cost `{name}`, because `[[costs]]` does not declare it"),
                known => format!("one of the declared costs ({})", known.join(", ")),
            };
            let path = format!("cells[{place}].costs.{name}");
            return Err(error::wrong(path, expected, quoted(name)));
        }
    }
    Ok(())
}

/// Checks that a name is valid in formulas and constraints.
pub(super) fn check_variable(name: &str, path: &str) -> Result<(), DescriptionError> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || name.len() > 64 || !name.chars().all(good) {
        let expected =
            "a name of 1 to 64 letters, digits and `_` that does not begin with a digit".to_owned();
        let mended: String = name.chars().map(|c| if good(c) { c } else { '_' }).collect();
        let is_mended = begins_well && name.len() <= 64;
        let such_as = if is_mended { format!(", such as `{mended}`") } else { String::new() };
        return Err(error::wrong(path, expected + &such_as, quoted(name)));
    }
    check_name(name, path)
}

/// Returns the names of the variables that formulas can use besides constants and parameters.
pub(super) fn known_names(has_chain: bool) -> Vec<&'static str> {
    let of_chain: &[&[&str]] = if has_chain { &[&LAYER_VARIABLES, &CHAIN_VARIABLES] } else { &[] };
    [&OPERATOR_VARIABLES[..], &of_chain.concat()].concat()
}

/// Checks that the name of a constant is not also that of a variable in formulas.
fn check_is_free(name: &str, path: &str, has_chain: bool) -> Result<(), DescriptionError> {
    let known = known_names(has_chain);
    if known.contains(&name) {
        let expected = format!("a name other than {}", known.join(", "));
        return Err(error::wrong(path, expected, quoted(name)));
    }
    Ok(())
}

pub(super) fn at(formula: FormulaError, path: String) -> DescriptionError {
    let FormulaError { range, expected, found } = formula;
    DescriptionError { within: Some(range), ..error::wrong(path, expected, found) }
}

/// Returns the first repeated name, with the index of its second occurrence.
pub(super) fn duplicate<'n>(names: impl Iterator<Item = &'n str>) -> Option<(usize, &'n str)> {
    let mut seen = BTreeMap::new();
    names.enumerate().find(|(place, name)| seen.insert(*name, *place).is_some())
}
