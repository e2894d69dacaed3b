//! The hypervolume, which is the volume of objective space that a Pareto front dominates.

use std::cmp::Ordering;

use ganas_graph::SearchSpace;

use crate::pareto::covers;
use crate::{History, HypervolumeBox, Objective};

/// Returns the volume of objective space that the points dominate, bounded by the reference point.
/// The unit of this volume is the product of the units of the objectives. The function assumes that
/// higher is better in every objective. A point adds volume only if it is better than the reference
/// point in every objective.
///
/// Source: Zitzler and Thiele, "Multiobjective optimization using evolutionary algorithms: a
/// comparative case study", PPSN 1998, section 3. The volume is computed in slices along the last
/// objective.
///
/// # Complexity
/// O(n^(m − 1) log n) for n points and m objectives, if m is at least 2.
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

/// Returns the hypervolume of points that are better than the reference in each objective.
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
        // A point that is covered in the other objectives adds nothing to a slice.
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

/// Returns the amount by which the hypervolume of `front` increases if `point` joins it.
///
/// # Complexity
/// As for [`hypervolume`].
pub fn hypervolume_gain(front: &[Vec<f64>], reference: &[f64], point: &[f64]) -> f64 {
    let own: f64 = point.iter().zip(reference).map(|(own, least)| (own - least).max(0.0)).product();
    if own <= 0.0 {
        return 0.0;
    }
    // The part of the point's own volume that each other point covers.
    let shared = front.iter().map(|other| {
        other.iter().zip(point).map(|(other, own)| other.min(*own)).collect::<Vec<f64>>()
    });
    let shared: Vec<_> = shared.collect();
    (own - hypervolume(&shared, reference)).max(0.0)
}

/// The growth of the hypervolume of a study's Pareto front, query by query.
#[derive(Debug, Clone, PartialEq)]
pub struct HypervolumeCurve {
    /// The reference point. It consists of the worst result of any trial in each objective. The
    /// first entry is for the study's main objective (the value), and the others follow.
    pub worst: Vec<f64>,
    /// The best result of any trial in each objective, in the same order as in `worst`.
    pub best: Vec<f64>,
    /// The queries that increased the hypervolume. For each of them, the list contains the number
    /// of the query, and the new hypervolume as a fraction of the volume of the box between `worst`
    /// and `best`. Queries are numbered from 1. Query 0 stands for values known before the study.
    pub points: Vec<(usize, f64)>,
}

impl HypervolumeCurve {
    /// Returns the growth of the hypervolume in a study whose objectives are the value and
    /// `further`. Trials that lack a number for at least one objective are ignored. Returns `None`
    /// if no trial remains. If all trials are equal in an objective, this objective contributes a
    /// factor of 1 to the volume.
    ///
    /// Hypervolumes are fractions of a box that extends from the worst to the best result of the
    /// whole study in each objective. The hypervolumes of two studies are therefore comparable only
    /// if their boxes are equal.
    ///
    /// # Complexity
    /// One call of [`hypervolume`] for each trial that was on the Pareto front when it was
    /// measured.
    pub fn of(space: &dyn SearchSpace, history: &History, further: &[Objective]) -> Option<Self> {
        let mut own = HypervolumeBox::new(history.direction(), further);
        own.include_all(space, history);
        let (worst, best) = (own.worst()?, own.best()?);
        Some(Self { worst, best, points: own.curve(space, history) })
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::Direction;
    use crate::pareto::tests::{history, objective, random};

    /// Returns the hypervolume with the origin as reference point, counted cell by cell.
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
    fn the_curve_is_a_share_of_what_the_study_spans() {
        let points = [(1.0, 8.0), (2.0, 9.0), (0.0, 2.0), (1.5, 8.5), (2.0, 4.0), (3.0, 10.0)];
        let smaller = [objective("size", Direction::Minimise)];
        let curve =
            HypervolumeCurve::of(&NasBench201::default(), &history(&points), &smaller).unwrap();
        assert_eq!((curve.worst, curve.best), (vec![0.0, 10.0], vec![3.0, 2.0]));
        let queries: Vec<_> = curve.points.iter().map(|(query, _)| *query).collect();
        assert_eq!(queries, [1, 2, 4, 5], "the others are at the box's edge");
        // Shares of a box of 3 by 8.
        let volumes = [2.0, 3.0, 3.25, 12.0].map(|volume| volume / 24.0);
        let found = curve.points.iter().map(|(_, volume)| *volume);
        assert!(found.zip(volumes).all(|(found, expected)| (found - expected).abs() < 1e-12));
    }

    #[test]
    fn the_largest_numbers_have_a_volume() {
        let points = [(f64::MIN, 1.0), (0.0, 2.0), (f64::MAX, 3.0)];
        let smaller = [objective("size", Direction::Minimise)];
        let curve = HypervolumeCurve::of(&NasBench201::default(), &history(&points), &smaller);
        assert_eq!(curve.unwrap().points, [(2, 0.25)]);
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
}
