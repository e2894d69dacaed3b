//! Estimates of the remaining time.

use std::time::{Duration, Instant};

use ganas::search::{StoredTrial, TrialState};

/// The pace of a running task, from which the remaining time is estimated.
#[derive(Debug)]
pub(crate) struct Pace {
    started: Instant,
    /// Number of concurrent evaluations; `None` if the task spends much of its time on other work.
    workers: Option<usize>,
    /// Number of completed queries. Failures are not queries, but their time counts.
    ended: u32,
    busy: Duration,
}

impl Pace {
    /// Starts to time a task. `workers` is the number of concurrent evaluations, or `None` if the
    /// task spends much of its time on other work.
    pub(crate) fn new(workers: Option<usize>) -> Self {
        Self { started: Instant::now(), workers, ended: 0, busy: Duration::ZERO }
    }

    /// Adds the evaluations of trials that have already ended.
    pub(crate) fn with(mut self, trials: &[StoredTrial]) -> Self {
        for trial in trials {
            if let (Some(started), Some(ended)) = (trial.started, trial.ended) {
                // Ignore a clock that was set back.
                let took = Duration::try_from_secs_f64(ended - started).unwrap_or_default();
                self.note(took, trial.state != TrialState::Failed);
            }
        }
        self
    }

    /// Adds an evaluation that took this time. `is_query` is false if the evaluation failed.
    pub(crate) fn note(&mut self, took: Duration, is_query: bool) {
        self.ended += u32::from(is_query);
        self.busy += took;
    }

    /// Returns the time since the start of the task.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the estimated time for `more` further queries, or `None` before the first query is
    /// completed.
    pub(crate) fn left(&self, more: usize) -> Option<Duration> {
        let spent = if self.workers.is_some() { self.busy } else { self.elapsed() };
        estimate(spent, self.ended, more, self.workers.unwrap_or(1))
    }
}

/// Returns the estimated time for `more` further queries with this many workers, given that `done`
/// queries took `spent`, summed over all workers. Returns `None` if `done` is 0.
pub(crate) fn estimate(
    spent: Duration,
    done: u32,
    more: usize,
    workers: usize,
) -> Option<Duration> {
    let each = spent.checked_div(done)?;
    let turns = more.div_ceil(workers.max(1));
    Some(each.saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX)))
}

/// Returns a time as text, rounded to the second, such as `1h 2m 3s`.
pub(crate) fn long(time: Duration) -> String {
    let rounded = Duration::from_secs(time.as_secs() + u64::from(time.subsec_millis() >= 500));
    humantime::format_duration(rounded).to_string()
}

/// Returns a description of the remaining time; `None` means that it is unknown.
pub(crate) fn left(time: Option<Duration>) -> String {
    time.map_or_else(|| "time left unknown".into(), |time| format!("about {} left", long(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_is_done() {
        let seconds = Duration::from_secs;
        assert_eq!(estimate(seconds(30), 0, 10, 2), None, "nothing is done");
        assert_eq!(estimate(seconds(30), 3, 9, 2), Some(seconds(50)));
        assert_eq!(estimate(seconds(30), 3, 0, 2), Some(seconds(0)));
        let mut pace = Pace::new(Some(4));
        assert_eq!(left(pace.left(8)), "time left unknown");
        pace.note(seconds(4), false);
        assert_eq!(left(pace.left(8)), "time left unknown", "failures alone tell nothing");
        pace.note(seconds(56), true);
        assert_eq!(left(pace.left(8)), "about 2m left");
    }

    #[test]
    fn times_are_to_the_second() {
        assert_eq!(long(Duration::from_millis(3_723_600)), "1h 2m 4s");
        assert_eq!(long(Duration::from_millis(400)), "0s");
    }
}
