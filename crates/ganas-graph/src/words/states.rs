//! States for counting the words of a space, which are its complete sequences of choices. A prefix
//! is the beginning of a word. All prefixes in the same state have the same completions. This
//! module finds the states that prefixes reach, and the sums of costs that are possible in each
//! state.

use std::collections::HashMap;

use super::{CostLimit, Node};
use crate::SearchSpace;

/// Maximum number of states of a space.
const MAX_STATES: usize = 1 << 16;

/// Maximum work for finding the states: the sum of the squared lengths of all prefixes examined.
const MAX_WORK: usize = 1 << 27;

/// Largest count up to which a cost (an `f64`) represents all counts exactly.
const MAX_EXACT_COUNT: u64 = 1 << 53;

/// Maximum number of nodes, of which there is one for each state and one for each pair of a state
/// and cost sums.
const MAX_PAIRS: usize = 1 << 19;

/// A limit on a cost, in counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    metric: usize,
    least: u64,
    most: u64,
}

impl Range {
    /// Converts a limit on a cost to a limit on counts. A count satisfies the new limit if the
    /// corresponding cost satisfies `limit`. Returns `None` if no count does.
    pub(super) fn new(limit: CostLimit, scale: f64) -> Option<Self> {
        let cost = |count: u64| count as f64 / scale;
        // Costs increase with their counts.
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

/// A state, with the next state and the cost increments for each choice.
#[derive(Debug, Default)]
struct State {
    steps: Vec<Step>,
    /// The minimum and the maximum that a completion adds to each cost.
    rest: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Step {
    choice: u8,
    to: usize,
    adds: Vec<u64>,
}

/// All states. The state of the empty prefix has index 0.
#[derive(Debug)]
pub(super) struct States {
    all: Vec<State>,
    /// The indices of all states, where each state precedes its successors.
    order: Vec<usize>,
    /// For each metric, whether the cost is a sum.
    pub(super) is_sum: Vec<bool>,
    /// For each metric, the part of the cost that the empty prefix determines.
    start: Vec<u64>,
}

impl States {
    pub(super) fn new(space: &dyn SearchSpace) -> Option<Self> {
        let first = space.progress(&[])?;
        let mut is_sum: Vec<_> = first.settled.iter().map(Option::is_some).collect();
        let start = first.settled.iter().map(|settled| settled.unwrap_or(0)).collect();
        let mut places = HashMap::from([(first.state, 0)]);
        let mut open = vec![(0, Vec::new(), first.settled)];
        let (mut all, mut work) = (vec![State::default()], 0_usize);
        while let Some((place, prefix, settled)) = open.pop() {
            let Some(decision) = space.next(&prefix) else { continue };
            for choice in decision.allowed.iter() {
                let longer = [&prefix[..], &[choice]].concat();
                let progress = space.progress(&longer)?;
                // A cost that is `None` at any prefix is not a sum; others may be.
                let added = |((now, before), is_sum): ((&Option<u64>, &Option<u64>), &mut bool)| {
                    let added = now.zip(*before).and_then(|(now, before)| now.checked_sub(before));
                    *is_sum &= added.is_some();
                    added.unwrap_or(0)
                };
                let both = progress.settled.iter().zip(&settled);
                let adds = both.zip(&mut is_sum).map(added).collect();
                let to = *places.entry(progress.state).or_insert_with(|| {
                    all.push(State::default());
                    open.push((all.len() - 1, longer, progress.settled));
                    all.len() - 1
                });
                all[place].steps.push(Step { choice, to, adds });
            }
            let calls = decision.allowed.count();
            work = work.saturating_add(calls.saturating_mul((prefix.len() + 1).pow(2)));
            if all.len() > MAX_STATES || work > MAX_WORK {
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

    /// Computes, for each state, the minimum and the maximum that its completions add to each cost.
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
        for (is_sum, (start, (_, most))) in
            self.is_sum.iter_mut().zip(self.start.iter().zip(&self.all[0].rest))
        {
            *is_sum &= start.saturating_add(*most) <= MAX_EXACT_COUNT;
        }
    }

    /// Returns a node for each state, with the number of words that continue from the state.
    pub(super) fn nodes(&self) -> Option<Vec<Node>> {
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

    /// Adds a node for each state and each combination of its cost sums that leaves open whether
    /// completions satisfy the limits. Returns the index of the node of the empty prefix.
    pub(super) fn limit(&self, limits: &[Range], nodes: &mut Vec<Node>) -> Option<usize> {
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
                if nodes.len() > MAX_PAIRS {
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

    /// Returns the node of the state `place` with these sums; `None` if no completion satisfies the
    /// limits.
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

/// The nodes of one state, indexed by their sums and listed in the order of their creation.
#[derive(Debug, Clone, Default)]
struct Table {
    places: HashMap<Vec<u64>, usize>,
    nodes: Vec<(Vec<u64>, usize)>,
}

fn sum(mut counts: impl Iterator<Item = u128>) -> Option<u128> {
    counts.try_fold(0_u128, u128::checked_add)
}

/// Returns the indices of all states, where each state precedes its successors.
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
