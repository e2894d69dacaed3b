//! Several objectives: domination, the crowded order, and hypervolume.

use std::cmp::Ordering;

use ganas_graph::SearchSpace;

use crate::objective::scores;
use crate::{History, Objective, Trial};

/// What an evaluation is worth where several objectives are searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Merit {
    /// It breaks no constraint; its score in each objective, higher is better.
    Feasible(Vec<f64>),
    /// It cannot be used.
    Infeasible {
        /// How far it is beyond limits, above 0; ∞ where that is not known, or an objective is missing.
        violation: f64,
    },
}

/// Is `one` at least as good as `other` in every objective, and better in one? Higher is better.
///
/// ```
/// use ganas_search::dominates;
/// assert!(dominates(&[2.0, 1.0], &[1.0, 1.0]));
/// assert!(!dominates(&[2.0, 0.0], &[1.0, 1.0]) && !dominates(&[1.0, 1.0], &[1.0, 1.0]));
/// ```
pub fn dominates(one: &[f64], other: &[f64]) -> bool {
    covers(one, other) && one.iter().zip(other).any(|(one, other)| one > other)
}

/// Is `one` at least as good as `other` in every objective?
fn covers(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(one, other)| one >= other)
}

/// The Pareto front: the trials that no other trial is better than in one objective and at least as
/// good in all others, which are the value and `further`. Of equals the earliest counts; a trial that
/// lacks an objective does not.
///
/// Best value first.
///
/// # Complexity
/// Trials times length of the front.
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

/// How the hypervolume of a study grew.
#[derive(Debug, Clone, PartialEq)]
pub struct HypervolumeCurve {
    /// The worst number of any trial in each objective, the value's first: the reference.
    pub worst: Vec<f64>,
    /// The best number of any trial in each objective.
    pub best: Vec<f64>,
    /// Each query, from 1, after which the volume was larger, and the volume from then on, as a share of the
    /// box between the worst and the best; 0 is what was known before the study.
    pub points: Vec<(usize, f64)>,
}

impl HypervolumeCurve {
    /// The curve of the trials that have all objectives, which are the value and `further`; `None` if there
    /// are none. An objective in which all trials are equal counts as 1.
    ///
    /// The box is that of the whole study: volumes of two studies compare only if their boxes are equal.
    ///
    /// # Complexity
    /// As of [`hypervolume`] for each trial that was on the front when it was measured.
    pub fn of(space: &dyn SearchSpace, history: &History, further: &[Objective]) -> Option<Self> {
        let direction = history.direction();
        let placed = |trial: &Trial| {
            let own = scores(space, direction, further, &trial.arch, &trial.measurement)?;
            Some((trial.query, own))
        };
        let all: Vec<(usize, Vec<f64>)> = history.trials().iter().filter_map(placed).collect();
        let (_, first) = all.first()?;
        let extreme = |pick: fn(f64, f64) -> f64| {
            let both = |one: Vec<f64>, other: &(usize, Vec<f64>)| {
                one.into_iter().zip(&other.1).map(|(one, other)| pick(one, *other)).collect()
            };
            all.iter().fold(first.clone(), both)
        };
        let (low, high) = (extreme(f64::min), extreme(f64::max));
        let share = |at: usize, score: f64| {
            let width = high[at] - low[at];
            if width > 0.0 { (score - low[at]) / width } else { 1.0 }
        };
        let reference = vec![0.0; low.len()];
        let (mut front, mut volume) = (Vec::<Vec<f64>>::new(), 0.0);
        let mut points: Vec<(usize, f64)> = Vec::new();
        for (query, scores) in &all {
            let point: Vec<_> =
                scores.iter().enumerate().map(|(at, score)| share(at, *score)).collect();
            if front.iter().any(|other| covers(other, &point)) {
                continue;
            }
            volume += hypervolume_gain(&front, &reference, &point);
            front.retain(|other| !covers(&point, other));
            front.push(point);
            match points.last_mut() {
                Some(last) if last.0 == *query => last.1 = volume,
                _ => points.push((*query, volume)),
            }
        }
        let directions = std::iter::once(direction).chain(further.iter().map(|it| it.direction));
        let measured = |scores: Vec<f64>| {
            let signs = directions.clone().map(|direction| direction.score(1.0).get());
            scores.into_iter().zip(signs).map(|(score, sign)| sign * score + 0.0).collect()
        };
        Some(Self { worst: measured(low), best: measured(high), points })
    }
}

/// Places of evaluations, best first, in NSGA-II's crowded order: what is feasible comes first, front by
/// front, and within a front what has the most room around it; then what is beyond limits by the least.
/// Equals keep their order.
///
/// Source: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm:
/// NSGA-II", IEEE Transactions on Evolutionary Computation 6, 2002: sections III-A and III-B, and VI-A for
/// constraints.
///
/// # Complexity
/// Square of the number of evaluations, times objectives.
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

/// A point with its place.
type Placed<'p> = (usize, &'p [f64]);

/// The first front is dominated by nothing, the second by the first only, and so on.
///
/// Source: Zhang, Tian, Cheng and Jin, "An efficient approach to nondominated sorting for evolutionary
/// multiobjective optimization", IEEE Transactions on Evolutionary Computation 19, 2015, algorithm 2.
fn fronts<'p>(points: &[Placed<'p>]) -> Vec<Vec<Placed<'p>>> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|(_, one), (_, other)| best_first(one, other));
    let mut fronts: Vec<Vec<Placed<'_>>> = Vec::new();
    for point in sorted {
        let is_beaten = |front: &[Placed<'_>]| front.iter().any(|it| dominates(it.1, point.1));
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

/// By the first objective in which they differ: whoever dominates another comes before it.
fn best_first(one: &[f64], other: &[f64]) -> Ordering {
    let pairs = one.iter().zip(other).map(|(one, other)| other.total_cmp(one));
    pairs.fold(Ordering::Equal, Ordering::then)
}

/// For each point of a front the room around it: the sum over objectives of how far its neighbours are
/// apart, as a share of the front's width; ∞ at the ends.
fn crowding_distances(front: &[Placed<'_>]) -> Vec<f64> {
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

/// The volume between a reference and all that the points cover, in the product of the objectives' units:
/// of every place that is better than the reference in each objective, and at most as good as a point.
/// Points that are not better than the reference in each objective add nothing.
///
/// Source: Zitzler and Thiele, "Multiobjective optimization using evolutionary algorithms: a comparative
/// case study", PPSN 1998, section 3; computed by slices along the last objective.
///
/// # Complexity
/// Number of points to the power of objectives, less one.
///
/// ```
/// use ganas_search::hypervolume;
/// let points = [vec![3.0, 1.0], vec![1.0, 2.0], vec![1.0, 1.0]];
/// assert!((hypervolume(&points, &[0.0, 0.0]) - 4.0).abs() < 1e-12);
/// ```
pub fn hypervolume(points: &[Vec<f64>], reference: &[f64]) -> f64 {
    let is_better = |point: &&Vec<f64>| point.iter().zip(reference).all(|(own, other)| own > other);
    let points: Vec<&[f64]> = points.iter().filter(is_better).map(Vec::as_slice).collect();
    volume(points, reference)
}

/// The volume of points that are all better than the reference.
fn volume(mut points: Vec<&[f64]>, reference: &[f64]) -> f64 {
    let Some(last) = reference.len().checked_sub(1) else { return 0.0 };
    let descending = |a: &f64, b: &f64| b.total_cmp(a);
    points.sort_by(|a, b| descending(&a[last], &b[last]));
    if last == 0 {
        return points.first().map_or(0.0, |best| best[0] - reference[0]);
    }
    let mut total = 0.0;
    let mut slice: Vec<&[f64]> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        // What is covered in the other objectives adds nothing to a slice.
        if !slice.iter().any(|other| covers(&other[..last], &point[..last])) {
            slice.retain(|other| !covers(&point[..last], &other[..last]));
            slice.push(point);
        }
        let floor = points.get(at + 1).map_or(reference[last], |next| next[last]);
        if point[last].total_cmp(&floor) == Ordering::Greater {
            let flat = slice.iter().map(|point| &point[..last]).collect();
            total += (point[last] - floor) * volume(flat, &reference[..last]);
        }
    }
    total
}

/// What a point adds to the hypervolume of a front.
///
/// # Complexity
/// As of [`hypervolume`].
pub fn hypervolume_gain(front: &[Vec<f64>], reference: &[f64], point: &[f64]) -> f64 {
    let own: f64 = point.iter().zip(reference).map(|(own, least)| (own - least).max(0.0)).product();
    if own <= 0.0 {
        return 0.0;
    }
    // What of each other point's part lies within the own one.
    let shared = front.iter().map(|other| {
        other.iter().zip(point).map(|(other, own)| other.min(*own)).collect::<Vec<f64>>()
    });
    let shared: Vec<_> = shared.collect();
    (own - hypervolume(&shared, reference)).max(0.0)
}

#[cfg(test)]
mod tests {
    use ganas_graph::{Arch, ArchHash, spaces::NasBench201};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::history::Entry;
    use crate::{Direction, Measurement, TrialId, Verdict};

    fn history(points: &[(f64, f64)]) -> History {
        let mut history = History::new(Direction::Maximise);
        for (index, (value, size)) in (0_u8..).zip(points) {
            let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
            let mut measurement = Measurement::new(*value);
            measurement.metrics.insert("size".into(), *size);
            let (trial, key) = (TrialId(index.into()), ArchHash::of(&[index]));
            let entry = Entry { trial, arch, key, source: "".into(), round: 0 };
            history.learn(entry, &Verdict::Measured(measurement));
        }
        history
    }

    fn front(points: &[(f64, f64)], further: &[Objective]) -> Vec<usize> {
        let history = history(points);
        let front = pareto_front(&NasBench201::default(), &history, further);
        front.iter().map(|trial| trial.query).collect()
    }

    fn objective(metric: &str, direction: Direction) -> Objective {
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
    fn the_curve_is_a_share_of_what_the_study_spans() {
        let points = [(1.0, 8.0), (2.0, 9.0), (0.0, 2.0), (1.5, 8.5), (2.0, 4.0), (3.0, 10.0)];
        let smaller = [objective("size", Direction::Minimise)];
        let curve =
            HypervolumeCurve::of(&NasBench201::default(), &history(&points), &smaller).unwrap();
        assert_eq!((curve.worst, curve.best), (vec![0.0, 10.0], vec![3.0, 2.0]));
        let queries: Vec<_> = curve.points.iter().map(|(query, _)| *query).collect();
        assert_eq!(queries, [1, 2, 3, 4, 5, 6]);
        // Of a box of 3 by 8.
        let volumes = [2.0, 3.0, 3.0, 3.25, 12.0, 12.0].map(|volume| volume / 24.0);
        let found = curve.points.iter().map(|(_, volume)| *volume);
        assert!(found.zip(volumes).all(|(found, expected)| (found - expected).abs() < 1e-12));
    }

    #[test]
    fn a_curve_of_equal_trials_is_1_and_of_none_is_none() {
        let smaller = [objective("size", Direction::Minimise)];
        let curve = |points: &[(f64, f64)]| {
            HypervolumeCurve::of(&NasBench201::default(), &history(points), &smaller)
        };
        assert_eq!(curve(&[(1.0, 2.0), (1.0, 2.0)]).unwrap().points, [(1, 1.0)]);
        assert_eq!(curve(&[]), None);
    }

    #[test]
    fn zeros_of_both_signs_are_equal() {
        let smaller = [objective("size", Direction::Minimise)];
        assert_eq!(front(&[(0.0, 5.0), (-0.0, 3.0)], &smaller), [2]);
        assert_eq!(front(&[(1.0, -0.0), (1.0, 0.0)], &smaller), [1]);
    }

    fn random(count: usize, objectives: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Few different numbers, so that some are equal.
        (0..count)
            .map(|_| (0..objectives).map(|_| f64::from(rng.random_range(0..8_u8))).collect())
            .collect()
    }

    /// The hypervolume over a reference of 0, counted cell by cell.
    fn counted(points: &[Vec<f64>], objectives: u32) -> f64 {
        let cells = 8_usize.pow(objectives);
        let is_covered = |cell: &usize| {
            let corner = (0..objectives).map(|at| (cell / 8_usize.pow(at) % 8) as f64 + 1.0);
            let corner: Vec<_> = corner.collect();
            points.iter().any(|point| covers(point, &corner))
        };
        (0..cells).filter(is_covered).count() as f64
    }

    #[test]
    fn hypervolumes_are_what_counting_gives() {
        for objectives in 1..=4_u32 {
            for seed in 0..20 {
                let points = random(9, objectives as usize, seed);
                let reference = vec![0.0; objectives as usize];
                let expected = counted(&points, objectives);
                assert!((hypervolume(&points, &reference) - expected).abs() < 1e-9);
                let (point, others) = points.split_first().unwrap();
                let gain = expected - counted(others, objectives);
                assert!((hypervolume_gain(others, &reference, point) - gain).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_not_better_than_the_reference_adds_nothing() {
        let points = vec![vec![5.0, -1.0], vec![2.0, 3.0]];
        assert!((hypervolume(&points, &[0.0, 0.0]) - 6.0).abs() < 1e-12);
        assert!(hypervolume(&[], &[0.0, 0.0]).abs() < 1e-12);
        assert!(hypervolume_gain(&points, &[0.0, 0.0], &[9.0, 0.0]).abs() < 1e-12);
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
