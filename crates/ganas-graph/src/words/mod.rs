//! The words of a space, counted exactly and drawn uniformly, even within limits on costs.

mod states;

use rand::Rng;

use self::states::{Range, States};
use crate::{Arch, Builder, CostLimit, SearchSpace};

/// The words of a space that satisfy cost limits, stored as a graph. A node stands for all prefixes
/// with the same [state](crate::Progress::state) and, where the limits require it, the same cost
/// sums. The node also holds the number of ways to complete these prefixes.
///
/// Sums are whole numbers, so counts are exact, and all words are equally likely to be drawn.
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

/// A node without edges is the end of one word if `count` is 1, and of no word if `count` is 0.
#[derive(Debug, Clone, Default)]
struct Node {
    edges: Vec<(u8, usize)>,
    count: u128,
}

impl Words {
    /// Returns all words of the space.
    ///
    /// Returns `None` if the space does not support [`SearchSpace::progress`], if it has more than
    /// 2¹⁶ states or at least 2¹²⁸ words, or if words are so long that finding the states is too
    /// much work.
    pub fn all(space: &dyn SearchSpace) -> Option<Self> {
        Self::within(space, &[])
    }

    /// Returns the words that satisfy the limits on costs that are sums. Ignores limits on other
    /// costs, so the result may include words that violate them.
    ///
    /// Returns `None` if [`Words::all`] does, or if the graph would exceed 2¹⁹ nodes: one for each
    /// state, and one for each pair of a state and cost sums that leaves open whether completions
    /// satisfy the limits.
    ///
    /// # Complexity
    /// One call of [`SearchSpace::progress`] for each choice in each state, then one step for each
    /// choice in each pair of a state and cost sums.
    pub fn within(space: &dyn SearchSpace, limits: &[CostLimit]) -> Option<Self> {
        let states = States::new(space)?;
        let mut nodes = states.nodes()?;
        let limits: Option<Vec<_>> = limits
            .iter()
            .filter(|limit| states.is_sum[limit.metric])
            .map(|limit| Range::new(*limit, space.cost_metrics()[limit.metric].scale))
            .collect();
        let Some(limits) = limits else {
            // A limit that no number satisfies.
            return Some(Self { nodes: vec![Node::default()], root: 0 });
        };
        let root = states.limit(&limits, &mut nodes)?;
        Some(Self { nodes, root })
    }

    /// Returns the number of words.
    pub fn count(&self) -> u128 {
        self.nodes[self.root].count
    }

    /// Draws a word uniformly; `None` if there are no words. For a numeric decision, draws a number
    /// from the chosen part of the range, uniformly on the range's scale (linear or logarithmic).
    ///
    /// # Panics
    /// If `space` is not the space of these words.
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

    /// Returns all words in lexicographic order of choices. The number of a numeric decision is the
    /// middle of the chosen part.
    ///
    /// # Panics
    /// If `space` is not the space of these words.
    pub fn list(&self, space: &dyn SearchSpace) -> impl Iterator<Item = Arch> {
        let mut open = vec![(self.root, Vec::new())];
        std::iter::from_fn(move || {
            loop {
                let (node, choices) = open.pop()?;
                let node = &self.nodes[node];
                if node.count > 0 && node.edges.is_empty() {
                    return Some(
                        Arch::from_choices(space, &choices)
                            .expect("the choices are an architecture of the space"),
                    );
                }
                let some = node.edges.iter().rev().filter(|(_, to)| self.nodes[*to].count > 0);
                open.extend(some.map(|(choice, to)| (*to, [&choices[..], &[*choice]].concat())));
            }
        })
    }
}

#[cfg(test)]
mod tests;
