//! Implements the trait `SearchSpace` for the spaces that users describe. Such a space may have
//! cells, a chain of stages and parameters.

use super::DescribedSpace;
use crate::drawing::PARAMETER_ROLE;
use crate::spaces::chain::Chain;
use crate::spaces::described::building::CHAIN;
use crate::spaces::described::notation::Wrong;
use crate::spaces::described::outline::forbidden;
use crate::spaces::described::parameters::PARAMETERS;
use crate::spaces::described::parts::Parts;
use crate::spaces::described::structure::Structure;
use crate::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostLimit, CostMetric, Decision,
    DecisionKind, OutlinePart, Progress, SearchSpace, Subject,
};

impl SearchSpace for DescribedSpace {
    fn name(&self) -> &str {
        &self.description.name
    }

    fn kinds(&self) -> &[DecisionKind] {
        &self.kinds
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        let Parts { cells: drafts, chain, parameters } = self.parts(prefix);
        let Some(of_chain) = chain else {
            let cell = drafts.len() - 1;
            let (open, structure) = (drafts[cell].1?, &self.cells[cell]);
            return Some(Decision {
                kind: self.first_kinds[cell] + structure.kind(open.about),
                subject: structure.subject(open.about, self.nodes(&drafts[..cell])),
                allowed: open.allowed,
            });
        };
        let start = self.nodes(&drafts);
        if let Some(chosen) = parameters {
            let network = self.named_network(prefix);
            let place = self.parameters.settings(chosen, &[], &network).open?;
            let (kind, allowed) = self.parameters.decision(place)?;
            let start = start + self.chain.as_ref().map_or(0, Chain::most_nodes);
            let kind = self.network_kinds + kind;
            return Some(Decision { kind, subject: Subject::Node(start + place), allowed });
        }
        let chain = self.chain.as_ref()?;
        let decision = chain.next(of_chain)?;
        let subject = match decision.subject {
            Subject::Node(node) => Subject::Node(start + node),
            Subject::Edge { from, to } => Subject::Edge { from: start + from, to: start + to },
        };
        let kind = self.network_kinds - chain.kinds().len() + decision.kind;
        Some(Decision { kind, subject, ..decision })
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn most_nodes(&self) -> usize {
        let cells = self.cells.iter().map(Structure::graph_nodes).sum::<usize>();
        cells
            + self.chain.as_ref().map_or(0, Chain::most_nodes)
            + self.description.parameter_nodes()
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        let mut graph = ArchGraph::new();
        let parts = self.parts(prefix);
        for (cell, (draft, open)) in parts.cells.iter().enumerate() {
            self.cells[cell].draw(&mut graph, draft, open.as_ref(), &self.drawn[cell]);
        }
        if let (Some(chain), Some(choices)) = (&self.chain, parts.chain) {
            graph.append(&chain.graph(choices), self.cell_labels);
        }
        if parts.parameters.is_some() && !self.parameters.is_empty() {
            self.parameters.draw(&mut graph, &self.settings(prefix, &[]), self.network_labels);
        }
        graph
    }

    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        let mut graph = self.canonical_cells(arch);
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            graph.append(&chain.canonical_graph(&arch), self.cell_labels);
        }
        if !self.parameters.is_empty() {
            let settings = self.settings(arch.choices(), arch.numbers());
            self.parameters.draw(&mut graph, &settings, self.network_labels);
        }
        graph
    }

    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        let mut texts = self.canonical_cells(arch).label_names(&self.labels);
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            texts.extend(chain.node_texts(&arch));
        }
        texts.extend(self.parameters.texts(&self.settings(arch.choices(), arch.numbers())));
        texts
    }

    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        let names = self.canonical_cells(arch).label_names(&self.labels).into_iter();
        let mut roles: Vec<_> =
            names.map(|names| names.into_iter().next().unwrap_or_default()).collect();
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            roles.extend(chain.node_roles(&arch));
        }
        let count = self.description.parameter_nodes();
        roles.extend(std::iter::repeat_n(PARAMETER_ROLE.to_owned(), count));
        roles
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        let drafts = self.complete(arch);
        let mut classes: Vec<_> =
            drafts.iter().enumerate().map(|(cell, draft)| self.class(cell, draft)).collect();
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            if classes.is_empty() && self.parameters.is_empty() {
                return chain.canonical(&arch);
            }
            classes.push(chain.canonical(&arch).as_bytes().to_vec());
        }
        if !self.parameters.is_empty() {
            let settings = self.settings(arch.choices(), arch.numbers());
            classes.push(settings.identity());
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

    /// Parses the notation of the cells, such as `cell{1 = conv(input) + skip(input); 2 =
    /// pool(1)}`, then `chain{…}` with the notation of the chain, then `parameters{…}` with
    /// `name=value` for each parameter, in any order and separated by commas. Parameters with a
    /// default may be left out. If the space consists of a chain alone or of parameters alone,
    /// their name and braces may be left out.
    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        let (network, own) = self.split_parameters(text);
        let of_network = self.read_network(&text[network]);
        let mut choices = of_network.map_err(|error| self.within(text, 0, error))?;
        let named = self.named_network(&choices);
        let start = own.start;
        let answers = self.parameters.read(&text[own], &named).map_err(|wrong| {
            self.wrong(text, Wrong { position: start + wrong.position, ..wrong })
        })?;
        choices.extend(answers.iter().map(|answer| answer.0));
        let numbers: Vec<_> = answers.iter().filter_map(|answer| answer.1).collect();
        Arch::from_parts(self, &choices, &numbers)
    }

    fn display(&self, arch: &Arch) -> String {
        let cells = self.cells.iter().zip(self.complete(arch));
        let mut parts: Vec<_> = cells.map(|(cell, draft)| cell.display(&draft)).collect();
        if let (Some(chain), Some(arch)) = (&self.chain, self.chain_arch(arch)) {
            let text = chain.display(&arch);
            let alone = self.stages_alone().is_some();
            parts.push(if alone { text } else { format!("{CHAIN}{{{text}}}") });
        }
        if !self.parameters.is_empty() {
            let text = self.parameters.display(&self.settings(arch.choices(), arch.numbers()));
            parts.push(if self.has_network() { format!("{PARAMETERS}{{{text}}}") } else { text });
        }
        parts.join(" ")
    }

    fn notation(&self) -> String {
        let mut parts: Vec<_> = self.cells.iter().map(Structure::describe).collect();
        if let Some(chain) = &self.chain {
            let text = chain.notation();
            let alone = self.stages_alone().is_some();
            parts.push(if alone { text } else { format!("{CHAIN}{{…}}: {text}") });
        }
        if !self.parameters.is_empty() {
            let text = if self.parameters.has_conditions() {
                "`name=value` for each parameter, except those whose `when` is false"
            } else {
                "`name=value` for each parameter"
            };
            parts.push(if self.has_network() {
                format!("{PARAMETERS}{{…}}: {text}")
            } else {
                text.into()
            });
        }
        parts.join("; ")
    }

    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        let mut named = self.network(arch.choices());
        let settings = self.settings(arch.choices(), arch.numbers());
        let own = self.parameters.named_values(&settings);
        named.extend(own.map(|(name, value)| (name.to_owned(), value)));
        named
    }

    fn outline(&self) -> Vec<OutlinePart> {
        let mut parts: Vec<_> = self.cells.iter().map(Structure::outline).collect();
        parts.extend(self.chain.iter().flat_map(Chain::outline));
        parts.extend(self.parameters.outline(&self.description.parameters));
        parts.extend(forbidden(&self.description));
        parts
    }

    /// Limits the number of forbidden combinations to 0.
    fn limits(&self) -> Vec<CostLimit> {
        let metric = self.costs.all.len();
        let limit = CostLimit { metric, least: f64::NEG_INFINITY, most: 0.0 };
        if self.parameters.forbids() { vec![limit] } else { Vec::new() }
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    /// Evaluates the description's formulas. A formula without a finite value, such as 1 / 0,
    /// yields infinity or NaN, which satisfies no limit.
    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let mut costs = self.costs.values(&self.cells, &self.complete(arch), &self.rest(arch));
        if self.parameters.forbids() {
            costs.push(self.broken(arch) as f64);
        }
        costs
    }

    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        if metric == self.costs.all.len() {
            return self.broken(arch) as f64;
        }
        self.costs.value_of(metric, &self.cells, &self.complete(arch), &self.rest(arch))
    }

    /// Returns `None` unless the space has a `network`, or a chain but no cells.
    fn pytorch(&self, arch: &Arch) -> Option<String> {
        self.exported(arch)
    }

    /// A cost counts as a sum if its formulas show that it is one. The formula for the whole
    /// architecture must be a sum of whole-number multiples of quantities. The formulas of
    /// operators and layers must yield whole numbers, and must not use anything that a later
    /// decision settles. Whole numbers are required before the division by `k`, `M` or `G`: a cost
    /// of 0.2 M can be a sum, but not a cost of 0.2 ms.
    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        self.progress_of(prefix)
    }

    /// Returns `None` unless the space consists of a chain alone.
    fn representations(&self, arch: &Arch) -> Option<u64> {
        self.stages_alone()?.representations(&self.chain_arch(arch)?)
    }

    fn size(&self) -> Option<u128> {
        self.size
    }

    /// Returns `None` if the space has cells. Otherwise returns the number of the chain's classes
    /// times the number of the parameters' settings, since different settings are never in the same
    /// class.
    fn classes(&self) -> Option<u128> {
        let network = match &self.chain {
            _ if !self.cells.is_empty() => None,
            Some(chain) => chain.classes(),
            None => Some(1),
        };
        network?.checked_mul(self.parameters.size()?)
    }

    /// Returns the names of the description's named architectures. If there are no cells, also
    /// returns the names of the chain's named architectures for which all parameters have defaults.
    fn named_archs(&self) -> Vec<&str> {
        let own = &self.description.named;
        let of_chain = match &self.chain {
            Some(chain) if self.cells.is_empty() => chain.named_archs(),
            _ => Vec::new(),
        };
        let others = of_chain
            .into_iter()
            .filter(|name| !own.contains_key(*name) && self.named(name).is_some());
        own.keys().map(String::as_str).chain(others).collect()
    }

    fn named(&self, name: &str) -> Option<Arch> {
        if let Some(text) = self.description.named.get(name) {
            return self.parse(text).ok();
        }
        let chain = self.chain.as_ref().filter(|_| self.cells.is_empty())?;
        self.parse(&chain.display(&chain.named(name)?)).ok()
    }
}
