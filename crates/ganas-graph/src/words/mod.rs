//! All words of a space, counted exactly and drawn uniformly, also within limits on costs.

mod states;

use rand::Rng;

use self::states::{Range, States};
use crate::{Arch, Builder, CostLimit, SearchSpace};

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

    /// One of them, uniformly; `None` if there are none. A number that answers a decision is drawn from its
    /// part, uniformly on its scale.
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
            let kind = builder.kind()?;
            let number = kind.range.map(|range| range.draw_in(choice, kind.choices.len(), rng));
            let chosen = match number {
                Some(number) => builder.choose_with(choice, number),
                None => builder.choose(choice),
            };
            chosen.expect("a choice that the space allowed");
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

#[cfg(test)]
mod tests;
