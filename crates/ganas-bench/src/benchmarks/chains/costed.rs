//! Chain spaces with additional costs that a benchmark provides.

use std::fmt::Debug;
use std::sync::Arc;

use ganas_graph::spaces::Chain;
use ganas_graph::{
    Arch, ArchError, ArchGraph, ArchHash, ChoiceValue, CostMetric, Decision, DecisionKind,
    OutlinePart, Progress, SearchSpace,
};

/// Costs of architectures that a benchmark knows before an evaluation, besides those of the space.
pub(super) trait ExtraCosts: Debug + Send + Sync {
    /// Returns the metrics of the costs.
    fn metrics(&self) -> Vec<CostMetric>;

    /// Returns one cost, by its index among the metrics.
    fn cost(&self, space: &Chain, arch: &Arch, metric: usize) -> f64;
}

/// A chain space with additional costs.
#[derive(Debug, Clone)]
pub(super) struct Costed {
    chain: Chain,
    extra: Arc<dyn ExtraCosts>,
    metrics: Vec<CostMetric>,
}

impl Costed {
    pub(super) fn new(chain: Chain, extra: Arc<dyn ExtraCosts>) -> Self {
        let metrics = [chain.cost_metrics(), &extra.metrics()].concat();
        Self { chain, extra, metrics }
    }
}

/// Delegates to the chain, except for the costs.
impl SearchSpace for Costed {
    fn name(&self) -> &str {
        self.chain.name()
    }

    fn kinds(&self) -> &[DecisionKind] {
        self.chain.kinds()
    }

    fn next(&self, prefix: &[u8]) -> Option<Decision> {
        self.chain.next(prefix)
    }

    fn labels(&self) -> &[String] {
        self.chain.labels()
    }

    fn most_nodes(&self) -> usize {
        self.chain.most_nodes()
    }

    fn graph(&self, prefix: &[u8]) -> ArchGraph {
        self.chain.graph(prefix)
    }

    fn canonical_graph(&self, arch: &Arch) -> ArchGraph {
        self.chain.canonical_graph(arch)
    }

    fn canonical(&self, arch: &Arch) -> ArchHash {
        self.chain.canonical(arch)
    }

    fn parse(&self, text: &str) -> Result<Arch, ArchError> {
        self.chain.parse(text)
    }

    fn display(&self, arch: &Arch) -> String {
        self.chain.display(arch)
    }

    fn notation(&self) -> String {
        self.chain.notation()
    }

    fn cost_metrics(&self) -> &[CostMetric] {
        &self.metrics
    }

    fn cost(&self, arch: &Arch) -> Vec<f64> {
        let own = self.chain.cost(arch);
        let extra = own.len()..self.metrics.len();
        let extra = extra.map(|metric| self.extra.cost(&self.chain, arch, metric - own.len()));
        own.iter().copied().chain(extra).collect()
    }

    fn cost_of(&self, arch: &Arch, metric: usize) -> f64 {
        match metric.checked_sub(self.chain.cost_metrics().len()) {
            Some(extra) => self.extra.cost(&self.chain, arch, extra),
            None => self.chain.cost_of(arch, metric),
        }
    }

    fn pytorch(&self, arch: &Arch) -> Option<String> {
        self.chain.pytorch(arch)
    }

    fn named_archs(&self) -> Vec<&str> {
        self.chain.named_archs()
    }

    fn named(&self, name: &str) -> Option<Arch> {
        self.chain.named(name)
    }

    fn progress(&self, prefix: &[u8]) -> Option<Progress> {
        let mut progress = self.chain.progress(prefix)?;
        progress.settled.resize(self.metrics.len(), None);
        Some(progress)
    }

    fn representations(&self, arch: &Arch) -> Option<u64> {
        self.chain.representations(arch)
    }

    fn named_choices(&self, arch: &Arch) -> Vec<(String, ChoiceValue)> {
        self.chain.named_choices(arch)
    }

    fn node_texts(&self, arch: &Arch) -> Vec<Vec<String>> {
        self.chain.node_texts(arch)
    }

    fn node_roles(&self, arch: &Arch) -> Vec<String> {
        self.chain.node_roles(arch)
    }

    fn outline(&self) -> Vec<OutlinePart> {
        self.chain.outline()
    }

    fn size(&self) -> Option<u128> {
        self.chain.size()
    }

    fn classes(&self) -> Option<u128> {
        self.chain.classes()
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::moves;
    use ganas_search::Streams;

    use super::*;

    #[derive(Debug)]
    struct Nothing;

    impl ExtraCosts for Nothing {
        fn metrics(&self) -> Vec<CostMetric> {
            Vec::new()
        }

        fn cost(&self, _: &Chain, _: &Arch, _: usize) -> f64 {
            f64::NAN
        }
    }

    #[test]
    fn what_it_tells_is_what_the_chain_tells() {
        let chain = Chain::built_in("efficientnet").unwrap();
        let costed = Costed::new(chain.clone(), Arc::new(Nothing));
        let arch = moves::sample(&chain, &mut Streams::new(1).rng("test", 0, 0));
        assert_eq!(costed.named_choices(&arch), chain.named_choices(&arch));
        assert!(!costed.named_choices(&arch).is_empty());
        assert_eq!(costed.node_texts(&arch), chain.node_texts(&arch));
        assert_eq!(costed.node_roles(&arch), chain.node_roles(&arch));
        assert_eq!(format!("{:?}", costed.outline()), format!("{:?}", chain.outline()));
    }
}
