//! The targets that the models learn. They are computed from the ranks of the values. Ranks do not
//! depend on how extreme an outlier is, and do not change if the values are transformed by an
//! increasing function.

/// Returns, for each value, the logit of the share of values below it, with ties counted as half.
/// The logits are standardised to mean 0 and variance 1; they are 0 if all values are equal.
pub(crate) fn logit_ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let logit = |value: &f64| {
        let below = sorted.partition_point(|other| other < value) as f64;
        let through = sorted.partition_point(|other| other <= value) as f64;
        let share = f64::midpoint(below, through) / count;
        (share / (1.0 - share)).ln()
    };
    let mut targets: Vec<_> = values.iter().map(logit).collect();
    let Spread { mean, deviation } = Spread::of(&targets);
    for target in &mut targets {
        *target = (*target - mean) / deviation;
    }
    targets
}

/// Mean and standard deviation of some numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    /// Standard deviation; never 0.
    pub(crate) deviation: f64,
}

impl Spread {
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt().max(1e-9) }
    }

    pub(crate) fn standardise(self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_of_ranks_only() {
        let targets = logit_ranks(&[3.0, 1.0, 2.0, 10.0]);
        assert_eq!(targets, logit_ranks(&[0.3, 0.1, 0.2, 1e9]));
        assert!(targets[3] > targets[0] && targets[0] > targets[2] && targets[2] > targets[1]);
        let Spread { mean, deviation } = Spread::of(&targets);
        assert!(mean.abs() < 1e-12 && (deviation - 1.0).abs() < 1e-12);
        let [low, middle, high] = logit_ranks(&[1.0, 2.0, 9.0])[..] else { panic!("three") };
        assert!(middle.abs() < 1e-12 && (low + high).abs() < 1e-12, "the better half is no more");
    }

    #[test]
    fn equal_values_have_equal_targets() {
        let targets = logit_ranks(&[1.0, 2.0, 2.0]);
        assert!((targets[1] - targets[2]).abs() < 1e-12 && targets[0] < targets[1]);
        assert!(logit_ranks(&[5.0; 4]).iter().all(|target| target.abs() < 1e-12));
        assert_eq!(logit_ranks(&[]), Vec::<f64>::new());
    }
}
