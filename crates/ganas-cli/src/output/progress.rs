//! Progress on stderr.

use std::time::Duration;

use ganas::search::Study;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::number::rounded;
use super::pace::{self, Pace};

/// A bar on stderr, which draws nothing where stderr is no terminal and goes away when dropped.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

/// Time between two looks at the clock.
const TICK: Duration = Duration::from_millis(500);

impl Progress {
    /// Progress through `length` things called `unit`. What is logged meanwhile takes its place.
    pub(crate) fn new(length: usize, unit: &str) -> Self {
        let template = format!("{{bar:16}} {{pos}}/{{len}} {unit}{{msg}}, {{elapsed}} elapsed");
        let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
        let bar = ProgressBar::new(length as u64).with_finish(ProgressFinish::AndClear);
        if log::max_level() > log::LevelFilter::Off {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let bar = bar.with_style(style).with_message(format!(", {}", pace::left(None)));
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// One that nobody sees.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Does somebody see it?
    pub(crate) fn is_seen(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Does something that writes to stderr, with the bar out of the way.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// One more is done.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let more = usize::try_from(all.saturating_sub(done)).unwrap_or(usize::MAX);
        let done = u32::try_from(done).unwrap_or(u32::MAX);
        let left = pace::estimate(self.bar.elapsed(), done, more, 1);
        self.bar.set_message(format!(", {}", pace::left(left)));
    }

    /// A study has learnt something.
    pub(crate) fn show(&self, study: &Study, pace: &Pace) {
        let (queries, budget) = (study.history().queries(), study.settings().budget);
        let best = study
            .best()
            .map_or(String::new(), |best| format!(", best {}", rounded(best.measurement.value)));
        let left = pace::left(pace.left(budget.saturating_sub(queries)));
        self.bar.set_message(format!("{best}, {left}"));
        self.bar.set_position(queries as u64);
    }
}
