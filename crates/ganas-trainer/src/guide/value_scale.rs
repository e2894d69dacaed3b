//! Converts predictions to the scale of the measurements. The Gaussian process predicts ranks.

/// A scale that maps scores to shares: 1 for the best measured score, 0 for the worst. If the worst
/// is more than [`WIDEST`] times as far from the best as the median is, share 0 lies at that
/// distance instead, so that one diverged training run does not make all others look alike.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scale {
    worst: f64,
    width: f64,
}

/// Maximum distance between the values with share 0 and share 1, as a multiple of the median's
/// distance from the best value.
const WIDEST: f64 = 20.0;

impl Scale {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(least), Some(best)) = (sorted.first(), sorted.last()) else {
            return Self { worst: 0.0, width: 1.0 };
        };
        let to_median = best - sorted[sorted.len() / 2];
        let whole = (best - least).min(f64::MAX);
        let width = if to_median > 0.0 { whole.min(WIDEST * to_median) } else { whole };
        Self { worst: best - width, width: width.max(f64::MIN_POSITIVE) }
    }

    pub(crate) fn share(self, value: f64) -> f64 {
        (value - self.worst) / self.width
    }
}

/// A map from targets to shares of the scale: a polyline through all measurements, along which both
/// coordinates ascend.
#[derive(Debug, Default)]
pub(crate) struct Curve {
    corners: Vec<(f64, f64)>,
}

impl Curve {
    pub(crate) fn of(targets: &[f64], values: &[f64]) -> Self {
        let scale = Scale::of(values);
        let mut corners: Vec<_> = targets
            .iter()
            .zip(values)
            .map(|(target, value)| (*target, scale.share(*value)))
            .collect();
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        corners.dedup_by(|a, b| a.0 <= b.0);
        Self { corners }
    }

    /// Returns the share of a target. Beyond an end of the curve, it extends the straight line
    /// between that end and the corner a quarter of the way in.
    pub(crate) fn share(&self, target: f64) -> f64 {
        let corners = &self.corners;
        let (Some(first), Some(last)) = (corners.first(), corners.last()) else { return 0.0 };
        let quarter = (corners.len() / 4).max(1).min(corners.len() - 1);
        let along = |from: (f64, f64), to: (f64, f64)| {
            let run = to.0 - from.0;
            let slope = if run > 0.0 { (to.1 - from.1) / run } else { 0.0 };
            from.1 + slope * (target - from.0)
        };
        if target <= first.0 {
            return along(*first, corners[quarter]);
        }
        if target >= last.0 {
            return along(corners[corners.len() - 1 - quarter], *last);
        }
        let next = corners.partition_point(|corner| corner.0 < target);
        along(corners[next - 1], corners[next])
    }
}

#[cfg(test)]
mod tests {
    use super::super::targets::logit_ranks;
    use super::*;

    #[test]
    fn what_was_measured_is_where_it_was() {
        let values = [3.0, 1.0, 2.0, 2.0, 11.0];
        let targets = logit_ranks(&values);
        let curve = Curve::of(&targets, &values);
        for (target, value) in targets.iter().zip(values) {
            assert!((curve.share(*target) - (value - 1.0) / 10.0).abs() < 1e-12);
        }
    }

    #[test]
    fn an_outlier_leaves_the_others_apart() {
        for outlier in [0.0, -1e3, -1e300, f64::MIN] {
            let values = [0.1, 0.2, 0.3, 0.4, 0.5, outlier];
            let scale = Scale::of(&values);
            assert!((scale.share(0.5) - 1.0).abs() < 1e-12);
            assert!(scale.share(0.5) - scale.share(0.4) > 0.02, "{outlier}: {scale:?}");
            assert!(scale.share(outlier) <= 1e-12);
        }
    }

    #[test]
    fn it_rises_beyond_the_ends_too() {
        let values: Vec<_> = (0..20).map(|at| f64::from(at).powi(2)).collect();
        let curve = Curve::of(&logit_ranks(&values), &values);
        let shares: Vec<_> = (-60..60).map(|at| curve.share(f64::from(at) / 10.0)).collect();
        assert!(shares.is_sorted_by(|below, above| below < above), "{shares:?}");
        assert!(shares[0] < 0.0 && shares[119] > 1.0);
    }

    #[test]
    fn equal_values_and_single_ones_are_no_trouble() {
        for values in [&[][..], &[4.0], &[4.0; 3]] {
            let curve = Curve::of(&logit_ranks(values), values);
            assert!([-1.0, 0.0, 1.0].iter().all(|target| curve.share(*target).is_finite()));
        }
    }
}
