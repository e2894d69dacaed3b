//! Any text as the result of a trial: what is read is a number that a study may have.
#![no_main]

use ganas_search::{Evaluation, TrialResult};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(result) = TrialResult::parse(text) else { return };
    if let Ok(Evaluation::Measured(measurement)) = result.evaluation(1) {
        assert!(measurement.value.is_finite());
        assert!(measurement.metrics.values().all(|value| value.is_finite()));
        assert!(
            measurement.train_seconds.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0)
        );
    }
});
