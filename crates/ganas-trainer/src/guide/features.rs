//! What the Gaussian process sees of an architecture: counts of what its graph is made of, its choices
//! and its costs.
//!
//! Sources: Weisfeiler–Lehman subtree counts as in Ru et al., "Interpretable neural architecture search
//! via Bayesian optimisation with Weisfeiler–Lehman kernels" (NAS-BOWL, ICLR 2021); counts of paths as in
//! White et al., "BANANAS" (AAAI 2021); the extremes of paths after the graph features of Kadlecová et
//! al., "Surprisingly strong performance prediction with neural graph features" (ICML 2024).

use ganas_graph::{Arch, ArchGraph, Builder, DecisionKind, SearchSpace};

/// Kinds of counts.
pub(crate) const COUNTED: usize = 6;

/// Which counts enter the linear kernel too: those of which there are few.
pub(crate) const LINEAR: [bool; COUNTED] = [true, true, false, false, true, true];

/// Counts of things, each known by a hash; ascending by hash.
pub(crate) type Counts = Vec<(u64, f32)>;

/// The features of one architecture.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    /// Labels; subtrees of depth 1 and 2; paths; choices; extremes of paths.
    pub(crate) counts: [Counts; COUNTED],
    /// Logarithms of the costs, and the numbers by their place in their range.
    pub(crate) numbers: Vec<f32>,
}

impl Features {
    /// `graph` is the canonical one.
    pub(crate) fn of(space: &dyn SearchSpace, arch: &Arch, graph: &ArchGraph) -> Self {
        let neighbours = Neighbours::of(graph);
        let first = neighbours.subtrees(&plain(graph));
        let second = neighbours.subtrees(&first);
        let labels = (0..graph.len()).flat_map(|node| graph.labels(node).iter().map(u64::from));
        let counts = [
            counted(labels.collect()),
            counted(first),
            counted(second),
            counted(neighbours.paths(graph)),
            choices(space, arch),
            neighbours.extremes(graph),
        ];
        Self { counts, numbers: numbers(space, arch) }
    }
}

fn counted(mut things: Vec<u64>) -> Counts {
    things.sort_unstable();
    let mut counts: Counts = Vec::new();
    for thing in things {
        match counts.last_mut() {
            Some((last, count)) if *last == thing => *count += 1.0,
            _ => counts.push((thing, 1.0)),
        }
    }
    counts
}

/// Each choice by its place. Where the choices of a kind are numbers they are in order, and all up to
/// the one made count, so that near ones have much in common.
fn choices(space: &dyn SearchSpace, arch: &Arch) -> Counts {
    let mut builder = Builder::new(space);
    let mut made = Vec::new();
    let mut place = 0;
    for &choice in arch.choices() {
        let Some(decision) = builder.decision() else { break };
        let kind = &space.kinds()[decision.kind];
        let first = if is_ordered(kind) { 0 } else { choice };
        made.extend((first..=choice).map(|choice| mix(place, u64::from(choice))));
        if builder.choose(choice).is_err() {
            break;
        }
        place += 1;
    }
    counted(made)
}

fn is_ordered(kind: &DecisionKind) -> bool {
    let numbers: Vec<f64> = kind.choices.iter().map_while(|name| name.parse().ok()).collect();
    let all = numbers.len() == kind.choices.len() && numbers.len() > 2;
    kind.range.is_some() || all && numbers.is_sorted()
}

fn numbers(space: &dyn SearchSpace, arch: &Arch) -> Vec<f32> {
    let costs = space.cost(arch).into_iter().map(|cost| (cost.abs() + 1e-3).ln() as f32);
    costs.map(|cost| if cost.is_finite() { cost } else { 0.0 }).collect()
}

fn plain(graph: &ArchGraph) -> Vec<u64> {
    (0..graph.len())
        .map(|node| graph.labels(node).iter().fold(17, |hash, label| mix(hash, u64::from(label) + 1)))
        .collect()
}

/// Each node's neighbours.
struct Neighbours {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

/// Visits after which no more paths are counted: their number may grow exponentially.
const MOST_VISITS: usize = 400;

impl Neighbours {
    fn of(graph: &ArchGraph) -> Self {
        let mut neighbours =
            Self { before: vec![Vec::new(); graph.len()], after: vec![Vec::new(); graph.len()] };
        for (from, to) in graph.edges() {
            neighbours.after[from].push(to);
            neighbours.before[to].push(from);
        }
        neighbours
    }

    /// Each node's subtree, one deeper than `trees`.
    fn subtrees(&self, trees: &[u64]) -> Vec<u64> {
        let side = |nodes: &[usize], tag| {
            let mut hashes: Vec<_> = nodes.iter().map(|&node| trees[node]).collect();
            hashes.sort_unstable();
            hashes.into_iter().fold(tag, mix)
        };
        (0..trees.len())
            .map(|node| {
                mix(mix(mix(3, trees[node]), side(&self.after[node], 5)), side(&self.before[node], 7))
            })
            .collect()
    }

    /// The labels along each path from a node without predecessor to one without successor.
    fn paths(&self, graph: &ArchGraph) -> Vec<u64> {
        let starts = (0..graph.len()).filter(|&node| self.before[node].is_empty());
        let mut open: Vec<_> = starts.map(|node| (node, 11)).collect();
        let (mut found, mut visits) = (Vec::new(), 0);
        while let Some((node, path)) = open.pop()
            && visits < MOST_VISITS
        {
            visits += 1;
            let path = graph.labels(node).iter().fold(path, |hash, label| mix(hash, u64::from(label) + 1));
            if self.after[node].is_empty() {
                found.push(path);
            }
            open.extend(self.after[node].iter().map(|&next| (next, path)));
        }
        found
    }

    /// For each label, and for each pair of labels that the graph has: the fewest and the most nodes
    /// with one of them on a path through the graph.
    fn extremes(&self, graph: &ArchGraph) -> Counts {
        let mut present: Vec<u8> = (0..graph.len()).flat_map(|node| graph.labels(node).iter()).collect();
        present.sort_unstable();
        present.dedup();
        let mut found = Vec::new();
        let mut take = |mask: u128, name: u64| {
            let (least, most) = self.extremes_of(graph, mask);
            found.extend([(mix(name, 1), least), (mix(name, 2), most)]);
        };
        for (at, &first) in present.iter().enumerate() {
            take(1 << first, u64::from(first) + 1);
            if present.len() <= MOST_PAIRED {
                for &second in &present[at + 1..] {
                    take(1 << first | 1 << second, mix(u64::from(first) + 1, u64::from(second) + 1));
                }
            }
        }
        found.retain(|(_, count)| *count > 0.0);
        found.sort_unstable_by_key(|(name, _)| *name);
        found
    }

    fn extremes_of(&self, graph: &ArchGraph, mask: u128) -> (f32, f32) {
        let mut at = vec![(0_f32, 0_f32); graph.len()];
        let mut ends = (f32::INFINITY, 0_f32);
        for node in 0..graph.len() {
            let own = f32::from(u8::from(graph.labels(node).bits() & mask != 0));
            let before = self.before[node].iter().map(|&node| at[node]);
            let (least, most) = before
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
                .unwrap_or((0.0, 0.0));
            at[node] = (least + own, most + own);
            if self.after[node].is_empty() {
                ends = (ends.0.min(at[node].0), ends.1.max(at[node].1));
            }
        }
        if graph.is_empty() { (0.0, 0.0) } else { ends }
    }
}

/// With more labels, only single ones are looked at.
const MOST_PAIRED: usize = 12;

/// A hash of both; splitmix64's finaliser.
fn mix(hash: u64, value: u64) -> u64 {
    let mut mixed = hash
        ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_add(hash << 6).wrapping_add(hash >> 2);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
