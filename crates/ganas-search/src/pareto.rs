//! Ranking of evaluations under several objectives: dominance, the Pareto front and the crowded
//! order of NSGA-II.

use std::cmp::Ordering;

use ganas_graph::{Arch, SearchSpace};

use crate::objective::scores;
use crate::{Context, Evaluated, History, Measurement, Objective, Standing, Trial};

/// How good an evaluation is under several objectives.
#[derive(Debug, Clone, PartialEq)]
pub enum Merit {
    /// The evaluation violates no constraint, and has these scores, one for each objective. Higher
    /// is better.
    Feasible(Vec<f64>),
    /// The architecture is unusable, violates a limit, lacks a score for one of the objectives, or
    /// has not been fully evaluated.
    Infeasible {
        /// The amount by which the evaluation violates the limits. It is above 0. It is ∞ if the
        /// amount is unknown, if the architecture lacks a score in one of the objectives, or if it
        /// has had no full evaluation.
        violation: f64,
    },
}

impl Context<'_> {
    /// Returns the scores of a measured architecture: first the score of its value (the main
    /// objective), then its scores in the further objectives ([`Context::objectives`]). Higher is
    /// better. Returns `None` if there is no number for at least one of the objectives.
    pub fn scores(&self, arch: &Arch, measurement: &Measurement) -> Option<Vec<f64>> {
        scores(self.space, self.history.direction(), self.objectives, arch, measurement)
    }

    /// Returns the merit of an evaluation under several objectives. Returns `None` if the
    /// evaluation failed.
    pub fn merit(&self, evaluated: &Evaluated<'_>) -> Option<Merit> {
        let violation = match evaluated.standing(self.constraints)? {
            Standing::Infeasible { violation } => violation,
            Standing::Feasible(_) => f64::INFINITY,
        };
        let infeasible = Merit::Infeasible { violation };
        Some(match evaluated {
            Evaluated::Feasible(trial) => {
                self.scores(&trial.arch, &trial.measurement).map_or(infeasible, Merit::Feasible)
            }
            _ => infeasible,
        })
    }
}

/// Returns true if the scores `one` are at least as good as the scores `other` in every objective,
/// and better in at least one. Higher is better.
///
/// ```
/// use ganas_search::dominates;
/// assert!(dominates(&[2.0, 1.0], &[1.0, 1.0]));
/// assert!(!dominates(&[2.0, 0.0], &[1.0, 1.0]) && !dominates(&[1.0, 1.0], &[1.0, 1.0]));
/// ```
pub fn dominates(one: &[f64], other: &[f64]) -> bool {
    covers(one, other) && one.iter().zip(other).any(|(one, other)| one > other)
}

/// Returns true if `one` is at least as good as `other` in every objective.
pub(crate) fn covers(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(one, other)| one >= other)
}

/// Returns the Pareto front: the trials that no other trial dominates. The objectives are the
/// study's value and those in `further`. Of several trials with equal scores in all objectives,
/// only the earliest is included. Trials that lack a number for at least one of the objectives are
/// left out.
///
/// The trial with the best value comes first.
///
/// # Complexity
/// O(n · f) for n trials and a front of f trials, plus sorting.
pub fn pareto_front<'h>(
    space: &dyn SearchSpace,
    history: &'h History,
    further: &[Objective],
) -> Vec<&'h Trial> {
    let placed = |trial: &'h Trial| {
        let scores = scores(space, history.direction(), further, &trial.arch, &trial.measurement)?;
        Some((scores, trial))
    };
    let mut sorted: Vec<_> = history.trials().iter().filter_map(placed).collect();
    sorted.sort_by(|(one, _), (other, _)| best_first(one, other));
    let mut front: Vec<(Vec<f64>, &Trial)> = Vec::new();
    for (scores, trial) in sorted {
        if !front.iter().any(|(other, _)| covers(other, &scores)) {
            front.push((scores, trial));
        }
    }
    front.into_iter().map(|(_, trial)| trial).collect()
}

/// Returns the indices of the evaluations, best first, in NSGA-II's crowded order. Feasible
/// evaluations come first: front by front, and within a front by descending crowding distance.
/// Infeasible evaluations follow, in order of increasing violation. Evaluations that tie keep the
/// order that they have in `all`.
///
/// Source: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic
/// algorithm: NSGA-II", IEEE Transactions on Evolutionary Computation 6, 2002. Sections III-A and
/// III-B describe the order, and section VI-A adds constraints.
///
/// # Complexity
/// O(n² · m) for n evaluations and m objectives.
///
/// ```
/// use ganas_search::{Merit, crowded_order};
/// let point = |x: f64, y: f64| Merit::Feasible(vec![x, y]);
/// let beyond = |violation| Merit::Infeasible { violation };
/// let all = [beyond(0.5), point(1.0, 1.0), point(0.0, 4.0), point(3.0, 2.0), beyond(0.1)];
/// assert_eq!(crowded_order(&all), [2, 3, 1, 4, 0]);
/// ```
pub fn crowded_order(all: &[Merit]) -> Vec<usize> {
    let points = all.iter().enumerate().filter_map(|(place, merit)| match merit {
        Merit::Feasible(scores) => Some((place, scores.as_slice())),
        Merit::Infeasible { .. } => None,
    });
    let points: Vec<_> = points.collect();
    let mut order = Vec::with_capacity(all.len());
    for front in fronts(&points) {
        let rooms = crowding_distances(&front);
        let mut places: Vec<_> = front.iter().map(|(place, _)| *place).zip(rooms).collect();
        places.sort_by(|a, b| b.1.total_cmp(&a.1));
        order.extend(places.into_iter().map(|(place, _)| place));
    }
    let violations = all.iter().enumerate().filter_map(|(place, merit)| match merit {
        Merit::Feasible(_) => None,
        Merit::Infeasible { violation } => Some((place, *violation)),
    });
    let mut violations: Vec<_> = violations.collect();
    violations.sort_by(|a, b| a.1.total_cmp(&b.1));
    order.extend(violations.into_iter().map(|(place, _)| place));
    order
}

/// A point with its index.
type IndexedPoint<'p> = (usize, &'p [f64]);

/// Sorts points into fronts: no point dominates those of the first front, only points of the first
/// front dominate those of the second, and so on.
///
/// Source: Zhang, Tian, Cheng and Jin, "An efficient approach to nondominated sorting for
/// evolutionary multiobjective optimization", IEEE Transactions on Evolutionary Computation 19,
/// 2015, algorithm 2.
fn fronts<'p>(points: &[IndexedPoint<'p>]) -> Vec<Vec<IndexedPoint<'p>>> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|(_, one), (_, other)| best_first(one, other));
    let mut fronts: Vec<Vec<IndexedPoint<'_>>> = Vec::new();
    for point in sorted {
        let is_beaten =
            |front: &[IndexedPoint<'_>]| front.iter().any(|it| dominates(it.1, point.1));
        match fronts.iter_mut().find(|front| !is_beaten(front)) {
            Some(front) => front.push(point),
            None => fronts.push(vec![point]),
        }
    }
    for front in &mut fronts {
        front.sort_unstable_by_key(|(place, _)| *place);
    }
    fronts
}

/// Compares two points by the first objective in which they differ, the better one first. A point
/// therefore comes before all points that it dominates.
fn best_first(one: &[f64], other: &[f64]) -> Ordering {
    let pairs = one.iter().zip(other).map(|(one, other)| other.total_cmp(one));
    pairs.fold(Ordering::Equal, Ordering::then)
}

/// Returns the crowding distance of each point of a front: the sum, over all objectives, of the
/// distance between the point's two neighbours as a share of the front's width. The distance is ∞
/// for the points at the ends of an objective.
fn crowding_distances(front: &[IndexedPoint<'_>]) -> Vec<f64> {
    let mut distances = vec![0.0; front.len()];
    let objectives = front.first().map_or(0, |(_, scores)| scores.len());
    for objective in 0..objectives {
        let score = |at: &usize| front[*at].1[objective];
        let mut order: Vec<usize> = (0..front.len()).collect();
        order.sort_by(|a, b| score(a).total_cmp(&score(b)));
        let (Some(first), Some(last)) = (order.first(), order.last()) else { continue };
        let width = score(last) - score(first);
        for end in [*first, *last] {
            distances[end] = f64::INFINITY;
        }
        if width > 0.0 {
            for three in order.windows(3) {
                distances[three[1]] += (score(&three[2]) - score(&three[0])) / width;
            }
        }
    }
    distances
}

#[cfg(test)]
pub(crate) mod tests {
    use ganas_graph::{Arch, ArchHash, spaces::NasBench201};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::history::Entry;
    use crate::{Direction, Measurement, TrialId, Verdict};

    pub(crate) fn history(points: &[(f64, f64)]) -> History {
        let mut history = History::new(Direction::Maximise);
        for (index, (value, size)) in (0_u8..).zip(points) {
            let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
            let mut measurement = Measurement::new(*value);
            measurement.metrics.insert("size".into(), *size);
            let (trial, key) = (TrialId(index.into()), ArchHash::of(&[index]));
            let entry = Entry {
                trial,
                arch,
                key,
                source: "".into(),
                round: 0,
                rung: None,
                cost: 1.0,
                curve: Vec::new(),
            };
            history.learn(entry, &Verdict::Measured(measurement));
        }
        history
    }

    fn front(points: &[(f64, f64)], further: &[Objective]) -> Vec<usize> {
        let history = history(points);
        let front = pareto_front(&NasBench201::default(), &history, further);
        front.iter().map(|trial| trial.query).collect()
    }

    pub(crate) fn objective(metric: &str, direction: Direction) -> Objective {
        Objective { metric: metric.into(), direction }
    }

    #[test]
    fn the_front_has_what_nothing_else_is_better_than() {
        let points = [(1.0, 1.0), (3.0, 9.0), (2.0, 5.0), (2.0, 6.0), (2.0, 5.0)];
        assert_eq!(front(&points, &[objective("size", Direction::Minimise)]), [2, 3, 1]);
        assert_eq!(front(&points, &[objective("size", Direction::Maximise)]), [2]);
        assert_eq!(front(&points, &[]), [2]);
        assert!(front(&points, &[objective("weight", Direction::Maximise)]).is_empty());
    }

    #[test]
    fn zeros_of_both_signs_are_equal() {
        let smaller = [objective("size", Direction::Minimise)];
        assert_eq!(front(&[(0.0, 5.0), (-0.0, 3.0)], &smaller), [2]);
        assert_eq!(front(&[(1.0, -0.0), (1.0, 0.0)], &smaller), [1]);
    }

    pub(crate) fn random(count: usize, objectives: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Few distinct numbers, so that some are equal.
        (0..count)
            .map(|_| (0..objectives).map(|_| f64::from(rng.random_range(0..8_u8))).collect())
            .collect()
    }

    #[test]
    fn nothing_comes_before_what_dominates_it() {
        for objectives in 2..=3 {
            let points = random(60, objectives, 5);
            let merits: Vec<_> = points.iter().cloned().map(Merit::Feasible).collect();
            let order = crowded_order(&merits);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..60), "each once");
            for (at, place) in order.iter().enumerate() {
                let later = &order[at..];
                assert!(!later.iter().any(|other| dominates(&points[*other], &points[*place])));
            }
        }
    }

    #[test]
    fn of_a_front_the_ends_come_first_and_the_crowded_last() {
        let front = [(0.0, 9.0), (4.0, 5.0), (4.1, 4.9), (4.2, 4.7), (9.0, 0.0)];
        let merits = front.map(|(x, y)| Merit::Feasible(vec![x, y]));
        assert_eq!(crowded_order(&merits), [0, 4, 3, 1, 2]);
    }
}
