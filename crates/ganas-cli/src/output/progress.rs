//! Progress on stderr.

use ganas::search::Study;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar on stderr, which draws nothing where stderr is no terminal and goes away when dropped.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Progress through `length` things called `unit`.
    pub(crate) fn new(length: usize, unit: &str) -> Self {
        let template = format!("{{bar:32}} {{pos}}/{{len}} {unit}{{msg}}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
        let bar = ProgressBar::new(length as u64).with_finish(ProgressFinish::AndClear);
        Self { bar: bar.with_style(style) }
    }

    /// Does something that writes to stderr, with the bar out of the way.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// One more is done.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
    }

    /// A study has learnt something.
    pub(crate) fn show(&self, study: &Study) {
        if let Some(best) = study.best() {
            self.bar.set_message(format!(", best {:.3}", best.measurement.value));
        }
        self.bar.set_position(study.history().queries() as u64);
    }
}
