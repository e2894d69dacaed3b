//! All words of a space, counted exactly and drawn uniformly, also within limits on costs.

use std::collections::HashMap;

use rand::Rng;

use crate::{Arch, Builder, SearchSpace};

/// What of a prefix matters to all that can follow it; see [`SearchSpace::progress`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Prefixes of equal state have equal continuations: the same choices complete them, and each
    /// completion adds the same to every cost that is a sum.
    pub state: Vec<u64>,
    /// For each metric of the space how much of the cost the prefix has settled, in counts: the cost
    /// times [`CostMetric::scale`](crate::CostMetric::scale). It never falls as the prefix grows, and
    /// is the whole cost of a complete word. `None` where the cost is no sum of whole numbers.
    pub settled: Vec<Option<u64>>,
}

/// A limit on one of a space's costs, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostLimit {
    /// Place of the metric in [`SearchSpace::cost_metrics`].
    pub metric: usize,
    /// Least value in the metric's unit; −∞ if there is no such limit.
    pub least: f64,
    /// Largest value in the metric's unit; ∞ if there is no such limit.
    pub most: f64,
}

/// The words of a space that keep to limits, as a graph: a node for each state and each sum of costs
/// that a prefix can have, with the number of words that lead on from it.
///
/// Sums are whole numbers, so counts are exact, and a draw is uniform over words.
///
/// ```
/// use ganas_graph::{CostLimit, SearchSpace, Words, spaces::chain::Chain};
/// let space = Chain::built_in("ofa-mbv3").expect("a built-in space");
/// assert_eq!(Words::all(&space).map(|words| words.count()), space.size());
/// let small = CostLimit { metric: 0, least: f64::NEG_INFINITY, most: 4.61 };
/// let words = Words::within(&space, &[small]).expect("its costs are sums");
/// let mut rng = <rand_chacha::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(0);
/// let arch = words.draw(&space, &mut rng).expect("there are some");
/// assert!(space.cost(&arch)[0] <= 4.61);
/// ```
#[derive(Debug, Clone)]
pub struct Words {
    nodes: Vec<Node>,
    root: usize,
}

/// Without edges, it is the end of one word, or of none.
#[derive(Debug, Clone, Default)]
struct Node {
    edges: Vec<(u8, usize)>,
    count: u128,
}

/// Most states of a space.
const MOST_STATES: usize = 1 << 16;

/// Most work to find the states: the square of the length, for each prefix that is looked at.
const MOST_WORK: usize = 1 << 27;

/// Most pairs of a state and the sums up to it.
const MOST_NODES: usize = 1 << 19;

impl Words {
    /// All words of the space.
    ///
    /// `None` if the space does not say what of a prefix matters ([`SearchSpace::progress`]), if it
    /// has more than 2¹⁶ states, or 2¹²⁸ words, or finding the states is too much work where words are
    /// very long.
    pub fn all(space: &dyn SearchSpace) -> Option<Self> {
        Self::within(space, &[])
    }

    /// The words that keep to limits on costs that are sums; limits on other costs are not regarded,
    /// so then this is more than keeps to all limits.
    ///
    /// `None` as for [`Words::all`], and if there are more than 2¹⁹ pairs of a state and the sums up to
    /// it at which the limits are still undecided.
    ///
    /// # Complexity
    /// States times choices calls of [`SearchSpace::progress`]; then one step for each such pair and
    /// choice.
    pub fn within(space: &dyn SearchSpace, limits: &[CostLimit]) -> Option<Self> {
        let states = States::new(space)?;
        let mut nodes = states.nodes()?;
        let limits: Option<Vec<_>> = limits
            .iter()
            .filter(|limit| states.is_sum[limit.metric])
            .map(|limit| Range::new(*limit, space.cost_metrics()[limit.metric].scale))
            .collect();
        let Some(limits) = limits else {
            // One that no number keeps to.
            return Some(Self { nodes: vec![Node::default()], root: 0 });
        };
        let root = states.limit(&limits, &mut nodes)?;
        Some(Self { nodes, root })
    }

    /// How many there are.
    pub fn count(&self) -> u128 {
        self.nodes[self.root].count
    }

    /// One of them, uniformly; `None` if there are none.
    ///
    /// # Panics
    /// If `space` is another than the words are of.
    pub fn draw(&self, space: &dyn SearchSpace, rng: &mut (impl Rng + ?Sized)) -> Option<Arch> {
        if self.count() == 0 {
            return None;
        }
        let (mut node, mut builder) = (&self.nodes[self.root], Builder::new(space));
        while !node.edges.is_empty() {
            let mut left = rng.random_range(0..node.count);
            let (choice, to) = *node.edges.iter().find(|(_, to)| {
                let (count, before) = (self.nodes[*to].count, left);
                left = left.wrapping_sub(count);
                before < count
            })?;
            builder.choose(choice).expect("a choice that the space allowed");
            node = &self.nodes[to];
        }
        builder.finish().ok()
    }

    /// All of them, in lexicographic order of choices. Numbers of decisions that are answered by one
    /// are the middles of their parts.
    ///
    /// # Panics
    /// If `space` is another than the words are of.
    pub fn list(&self, space: &dyn SearchSpace) -> impl Iterator<Item = Arch> {
        let mut open = vec![(self.root, Vec::new())];
        std::iter::from_fn(move || {
            loop {
                let (node, choices) = open.pop()?;
                let node = &self.nodes[node];
                if node.count > 0 && node.edges.is_empty() {
                    return Some(Arch::from_choices(space, &choices).expect("a word of the space"));
                }
                let some = node.edges.iter().rev().filter(|(_, to)| self.nodes[*to].count > 0);
                open.extend(some.map(|(choice, to)| (*to, [&choices[..], &[*choice]].concat())));
            }
        })
    }
}

/// A limit in counts.
#[derive(Debug, Clone, Copy)]
struct Range {
    metric: usize,
    least: u64,
    most: u64,
}

impl Range {
    /// `None` if no count keeps to the limit. A count keeps to it if the cost that is made of it does.
    fn new(limit: CostLimit, scale: f64) -> Option<Self> {
        let cost = |count: u64| count as f64 / scale;
        // Costs rise with their counts.
        let first = |is_reached: &dyn Fn(u64) -> bool| {
            let (mut low, mut high) = (0, u64::MAX);
            while low < high {
                let middle = low + (high - low) / 2;
                if is_reached(middle) { high = middle } else { low = middle + 1 }
            }
            is_reached(low).then_some(low)
        };
        let least = first(&|count| cost(count) >= limit.least)?;
        let most = match first(&|count| cost(count) > limit.most) {
            Some(above) => above.checked_sub(1)?,
            None => u64::MAX,
        };
        (least <= most && !limit.most.is_nan()).then_some(Self {
            metric: limit.metric,
            least,
            most,
        })
    }
}

/// A state, with what each choice leads to and adds to each cost.
#[derive(Debug, Default)]
struct State {
    steps: Vec<Step>,
    /// Least and most that a completion adds to each cost.
    rest: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Step {
    choice: u8,
    to: usize,
    adds: Vec<u64>,
}

/// All states, from the empty prefix at 0.
#[derive(Debug)]
struct States {
    all: Vec<State>,
    /// Their places, each before those that it leads to.
    order: Vec<usize>,
    /// Which costs are sums.
    is_sum: Vec<bool>,
    /// What the empty prefix has settled of each.
    start: Vec<u64>,
}

impl States {
    fn new(space: &dyn SearchSpace) -> Option<Self> {
        let first = space.progress(&[])?;
        let is_sum: Vec<_> = first.settled.iter().map(Option::is_some).collect();
        let start = first.settled.iter().map(|settled| settled.unwrap_or(0)).collect();
        let mut places = HashMap::from([(first.state, 0)]);
        let mut open = vec![(0, Vec::new(), first.settled)];
        let (mut all, mut work) = (vec![State::default()], 0_usize);
        while let Some((place, prefix, settled)) = open.pop() {
            let Some(decision) = space.next(&prefix) else { continue };
            for choice in decision.allowed.iter() {
                let longer = [&prefix[..], &[choice]].concat();
                let progress = space.progress(&longer)?;
                let added = |(now, before): (&Option<u64>, &Option<u64>)| {
                    now.unwrap_or(0).checked_sub(before.unwrap_or(0))
                };
                let adds = progress.settled.iter().zip(&settled).map(added);
                let adds = adds.collect::<Option<Vec<_>>>()?;
                let to = *places.entry(progress.state).or_insert_with(|| {
                    all.push(State::default());
                    open.push((all.len() - 1, longer, progress.settled));
                    all.len() - 1
                });
                all[place].steps.push(Step { choice, to, adds });
            }
            let calls = decision.allowed.count();
            work = work.saturating_add(calls.saturating_mul((prefix.len() + 1).pow(2)));
            if all.len() > MOST_STATES || work > MOST_WORK {
                return None;
            }
        }
        let mut states = Self { order: in_order(&all), all, is_sum, start };
        if states.order.len() < states.all.len() {
            return None;
        }
        states.bound();
        Some(states)
    }

    /// Finds the least and the most that is added from each state on.
    fn bound(&mut self) {
        for &place in self.order.iter().rev() {
            let rest = |metric: usize| {
                let through = |step: &Step| {
                    let (least, most) = self.all[step.to].rest[metric];
                    let adds = step.adds[metric];
                    (adds.saturating_add(least), adds.saturating_add(most))
                };
                let steps = self.all[place].steps.iter().map(through);
                steps
                    .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
                    .unwrap_or((0, 0))
            };
            self.all[place].rest = (0..self.is_sum.len()).map(rest).collect();
        }
    }

    /// A node for each state, with the number of words from there on.
    fn nodes(&self) -> Option<Vec<Node>> {
        let mut nodes = vec![Node::default(); self.all.len()];
        for &place in self.order.iter().rev() {
            let steps = &self.all[place].steps;
            nodes[place].edges = steps.iter().map(|step| (step.choice, step.to)).collect();
            nodes[place].count = match steps.as_slice() {
                [] => 1,
                steps => sum(steps.iter().map(|step| nodes[step.to].count))?,
            };
        }
        Some(nodes)
    }

    /// Adds a node for each state with each sum that leaves the limits undecided, and returns the
    /// first of them.
    fn limit(&self, limits: &[Range], nodes: &mut Vec<Node>) -> Option<usize> {
        let (first, mut tables) = (nodes.len(), vec![Table::default(); self.all.len()]);
        let sums = limits.iter().map(|limit| self.start[limit.metric]).collect();
        let Some(start) = self.place(0, sums, limits, &mut tables, nodes) else {
            nodes.push(Node::default());
            return Some(first);
        };
        for &place in &self.order {
            for at in 0..tables[place].nodes.len() {
                let (sums, node) = tables[place].nodes[at].clone();
                for step in &self.all[place].steps {
                    let added = limits.iter().zip(&sums);
                    let sums =
                        added.map(|(limit, sum)| sum.saturating_add(step.adds[limit.metric]));
                    let to = self.place(step.to, sums.collect(), limits, &mut tables, nodes);
                    nodes[node].edges.extend(to.map(|to| (step.choice, to)));
                }
                if nodes.len() > MOST_NODES {
                    return None;
                }
            }
        }
        for &place in self.order.iter().rev() {
            for (_, node) in &tables[place].nodes {
                let counts = nodes[*node].edges.iter().map(|(_, to)| nodes[*to].count);
                nodes[*node].count = sum(counts)?;
            }
        }
        Some(start)
    }

    /// The node of a state with these sums; `None` if no completion keeps to the limits.
    fn place(
        &self,
        place: usize,
        sums: Vec<u64>,
        limits: &[Range],
        tables: &mut [Table],
        nodes: &mut Vec<Node>,
    ) -> Option<usize> {
        let mut is_decided = true;
        for (limit, sum) in limits.iter().zip(&sums) {
            let (least, most) = self.all[place].rest[limit.metric];
            let (least, most) = (sum.saturating_add(least), sum.saturating_add(most));
            if least > limit.most || most < limit.least {
                return None;
            }
            is_decided &= limit.least <= least && most <= limit.most;
        }
        if is_decided {
            return Some(place);
        }
        let table = &mut tables[place];
        let node = *table.places.entry(sums.clone()).or_insert_with(|| {
            nodes.push(Node::default());
            table.nodes.push((sums, nodes.len() - 1));
            nodes.len() - 1
        });
        Some(node)
    }
}

/// The nodes of one state by their sums, and in the order in which they were found.
#[derive(Debug, Clone, Default)]
struct Table {
    places: HashMap<Vec<u64>, usize>,
    nodes: Vec<(Vec<u64>, usize)>,
}

fn sum(mut counts: impl Iterator<Item = u128>) -> Option<u128> {
    counts.try_fold(0_u128, u128::checked_add)
}

/// The places of all states, each before those that it leads to.
fn in_order(states: &[State]) -> Vec<usize> {
    let mut before = vec![0_usize; states.len()];
    for step in states.iter().flat_map(|state| &state.steps) {
        before[step.to] += 1;
    }
    let mut order = vec![0];
    let mut at = 0;
    while let Some(&place) = order.get(at) {
        for step in &states[place].steps {
            before[step.to] -= 1;
            if before[step.to] == 0 {
                order.push(step.to);
            }
        }
        at += 1;
    }
    order
}

#[cfg(test)]
mod tests;
