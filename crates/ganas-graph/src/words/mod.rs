//! Counts the words of a space (its complete sequences of choices) exactly, and draws them
//! uniformly at random. Counting and drawing can also be restricted to the words that satisfy
//! limits on costs.

mod states;

use rand::Rng;

use self::states::{Range, States};
use crate::{Arch, Builder, CostLimit, SearchSpace};

/// The words of a space (its complete sequences of choices) that satisfy limits on costs, stored as
/// a graph. A node stands for all prefixes (beginnings of words) that have the same
/// [state](crate::Progress::state) and, where the limits require it, the same costs so far. The
/// node also holds the number of ways to complete each of these prefixes.
///
/// Costs are added as whole numbers, so there are no rounding errors. The number of words is exact,
/// and all words are equally likely to be drawn.
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
    /// Returns all words of the space, which are its complete sequences of choices.
    ///
    /// Returns `None` if the space does not support [`SearchSpace::progress`], if it has more than
    /// 2¹⁶ states or at least 2¹²⁸ words, or if its words are so long that finding the states would
    /// take too much work.
    pub fn all(space: &dyn SearchSpace) -> Option<Self> {
        Self::within(space, &[])
    }

    /// Returns the words that satisfy `limits`. However, only limits on costs that are sums are
    /// considered. [`Progress::settled`](crate::Progress::settled) explains which costs are sums.
    /// Limits on other costs are ignored, so the result may include words that violate those
    /// limits.
    ///
    /// Returns `None` if [`Words::all`] does, or if the graph would have more than 2¹⁹ nodes. The
    /// graph has one node for each state. In addition, each pair of a state and the costs so far
    /// has a node, unless it is already clear that either all completions of the pair satisfy the
    /// limits or none of them do.
    ///
    /// # Complexity
    /// One call of [`SearchSpace::progress`] for each choice in each state, followed by one step
    /// for each choice in each pair of a state and the costs so far.
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

    /// Returns a word drawn uniformly at random. Returns `None` if there are no words. In a numeric
    /// decision, each choice stands for a part of the decision's range. The number itself is drawn
    /// from that part, uniformly on the range's scale (linear or logarithmic).
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

    /// Returns all words, in lexicographic order of their choices. In a numeric decision, each
    /// choice stands for a part of the decision's range. The number in a listed word is the middle
    /// of that part.
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
