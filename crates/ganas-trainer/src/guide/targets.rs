//! What models of the values learn: ranks, which no outlier and no monotonous transformation changes.

/// For each value the logit of the share that is below it, ties in the middle, to mean 0 and variance 1;
/// all 0 if the values are equal.
pub(crate) fn logit_ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let logit = |value: &f64| {
        let below = sorted.partition_point(|other| other < value) as f64;
        let through = sorted.partition_point(|other| other <= value) as f64;
        let share = (below + through) / 2.0 / count;
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
    /// Not 0.
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
