//! The box that normalises hypervolumes, and the fraction of the box that a study's Pareto front
//! dominates.

use ganas_graph::{Arch, SearchSpace};

use crate::hypervolume::hypervolume_gain;
use crate::objective::scores;
use crate::pareto::covers;
use crate::{Direction, History, Measurement, Objective};

/// The smallest box in objective space that contains the measurements given to it. In each
/// objective, it extends from the worst to the best number in these measurements. The first
/// objective is the study's value, and the other objectives follow. The hypervolumes of two studies
/// are comparable if both are given as fractions of the same box.
///
/// ```
/// use ganas_graph::{moves, spaces::NasBench201};
/// use ganas_search::{Direction, HypervolumeBox, Measurement};
///
/// let (space, params) = (NasBench201::default(), "params=minimise".parse()?);
/// let mut all = HypervolumeBox::new(Direction::Maximise, &[params]);
/// for (arch, value) in moves::enumerate(&space).zip([3.0, 1.0, 2.0]) {
///     all.include(&space, &arch, &Measurement::new(value));
/// }
/// assert_eq!(all.worst().unwrap()[0], 1.0);
/// assert_eq!(all.best().unwrap()[0], 3.0);
/// # Ok::<(), ganas_search::UnknownName>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HypervolumeBox {
    direction: Direction,
    further: Vec<Objective>,
    /// The lowest and the highest score in each objective; `None` while the box is empty.
    ends: Option<(Vec<f64>, Vec<f64>)>,
}

impl HypervolumeBox {
    /// Creates an empty box. `direction` is the direction in which the study's value improves, and
    /// `further` contains the other objectives.
    pub fn new(direction: Direction, further: &[Objective]) -> Self {
        Self { direction, further: further.to_vec(), ends: None }
    }

    /// Extends the box to include a measurement, if the measurement has a number for every
    /// objective.
    pub fn include(&mut self, space: &dyn SearchSpace, arch: &Arch, measurement: &Measurement) {
        let Some(scores) = self.scores(space, arch, measurement) else { return };
        let Some((low, high)) = &mut self.ends else {
            self.ends = Some((scores.clone(), scores));
            return;
        };
        for (at, score) in scores.into_iter().enumerate() {
            low[at] = low[at].min(score);
            high[at] = high[at].max(score);
        }
    }

    /// Extends the box to include all trials of a history that have a number for every objective.
    pub fn include_all(&mut self, space: &dyn SearchSpace, history: &History) {
        for trial in history.trials() {
            self.include(space, &trial.arch, &trial.measurement);
        }
    }

    /// Returns the box's worst number for each objective. The first number is for the study's
    /// value. Returns `None` if no measurement was included in the box.
    pub fn worst(&self) -> Option<Vec<f64>> {
        self.ends.as_ref().map(|(low, _)| self.measured(low))
    }

    /// Returns the box's best number for each objective. The first number is for the study's value.
    /// Returns `None` if no measurement was included in the box.
    pub fn best(&self) -> Option<Vec<f64>> {
        self.ends.as_ref().map(|(_, high)| self.measured(high))
    }

    /// Returns the queries that increased the hypervolume of the study's Pareto front. For each of
    /// them, the list contains the query's number and the new hypervolume, as a fraction of the
    /// volume of this box. The first query has number 1, and query 0 stands for values known before
    /// the study. Points outside the box can raise the fraction above 1. If the box has no width in
    /// one of the objectives, that objective contributes a factor of 1.
    ///
    /// # Complexity
    /// One call of [`hypervolume`](crate::hypervolume) for each trial that was on the Pareto front
    /// when it was measured.
    pub fn curve(&self, space: &dyn SearchSpace, history: &History) -> Vec<(usize, f64)> {
        let mut points: Vec<(usize, f64)> = Vec::new();
        let Some((low, high)) = &self.ends else { return points };
        let reference = vec![0.0; low.len()];
        let (mut front, mut volume) = (Vec::<Vec<f64>>::new(), 0.0);
        for trial in history.trials() {
            let Some(scores) = self.scores(space, &trial.arch, &trial.measurement) else {
                continue;
            };
            let shares = scores.iter().zip(low.iter().zip(high));
            let point: Vec<_> =
                shares.map(|(score, (low, high))| share(*score, *low, *high)).collect();
            if front.iter().any(|other| covers(other, &point)) {
                continue;
            }
            let gain = hypervolume_gain(&front, &reference, &point);
            front.retain(|other| !covers(&point, other));
            front.push(point);
            if gain <= 0.0 {
                continue;
            }
            volume += gain;
            match points.last_mut() {
                Some(last) if last.0 == trial.query => last.1 = volume,
                _ => points.push((trial.query, volume)),
            }
        }
        points
    }

    fn scores(
        &self,
        space: &dyn SearchSpace,
        arch: &Arch,
        measurement: &Measurement,
    ) -> Option<Vec<f64>> {
        scores(space, self.direction, &self.further, arch, measurement)
    }

    /// Converts scores back to measured numbers.
    fn measured(&self, scores: &[f64]) -> Vec<f64> {
        let further = self.further.iter().map(|objective| objective.direction);
        let directions = std::iter::once(self.direction).chain(further);
        let number =
            |(direction, score): (Direction, &f64)| direction.score(1.0).get() * score + 0.0;
        directions.zip(scores).map(number).collect()
    }
}

/// Returns the position of a score relative to the two ends: 0 at `low`, 1 at `high`. Returns 1 if
/// the ends are equal.
fn share(score: f64, low: f64, high: f64) -> f64 {
    // Halved, since the whole range may overflow.
    let width = high / 2.0 - low / 2.0;
    if width > 0.0 { (score / 2.0 - low / 2.0) / width } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::pareto::tests::{history, objective};

    #[test]
    fn studies_are_measured_by_one_box() {
        let space = NasBench201::default();
        let smaller = [objective("size", Direction::Minimise)];
        let (one, other) = (history(&[(2.0, 4.0), (4.0, 8.0)]), history(&[(0.0, 0.0), (2.0, 8.0)]));
        let mut both = HypervolumeBox::new(Direction::Maximise, &smaller);
        assert!(both.worst().is_none() && both.curve(&space, &one).is_empty());
        both.include_all(&space, &one);
        both.include_all(&space, &other);
        assert_eq!((both.worst(), both.best()), (Some(vec![0.0, 8.0]), Some(vec![4.0, 0.0])));
        assert_eq!(both.curve(&space, &one), [(1, 0.25)], "the second is at the box's edge");
        assert!(both.curve(&space, &other).is_empty());
    }

    #[test]
    fn what_is_beyond_the_box_counts_more() {
        let space = NasBench201::default();
        let smaller = [objective("size", Direction::Minimise)];
        let mut small = HypervolumeBox::new(Direction::Maximise, &smaller);
        small.include_all(&space, &history(&[(0.0, 2.0), (1.0, 1.0)]));
        assert_eq!(small.curve(&space, &history(&[(2.0, 0.0)])), [(1, 4.0)]);
    }
}
