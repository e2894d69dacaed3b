//! Progress bars on stderr.

use std::io;
use std::time::Duration;

use console::Term;
use ganas::search::Study;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle, TermLike};

use super::number::rounded;
use super::pace::{self, Pace};
use super::study_events::amount;
use crate::logging::is_detailed;

/// A progress bar on stderr. It is invisible if stderr is not a terminal or if detailed logs are
/// written, and disappears when dropped.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

/// Interval for updating the elapsed time that a bar shows.
const TICK: Duration = Duration::from_millis(500);

/// Number of columns that a bar leaves free. A terminal shows Ctrl-C as `^C` at its cursor; without
/// room for these characters, the line would become two lines, of which only one is cleared.
const FREE: u16 = 4;

/// A terminal that reports a smaller width than it has, so that bars, which fill the reported
/// width, leave some columns free.
#[derive(Debug)]
struct Narrower<T>(T);

impl<T: TermLike> TermLike for Narrower<T> {
    fn width(&self) -> u16 {
        self.0.width().saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        self.0.height()
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Progress {
    /// Creates a bar for `length` items named `unit`.
    pub(crate) fn new(length: usize, unit: &str) -> Self {
        let stderr = Term::stderr();
        let is_seen = stderr.is_term() && !is_detailed();
        let target = if is_seen {
            ProgressDrawTarget::term_like(Box::new(Narrower(stderr)))
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = Self::on(target, length, unit);
        progress.bar.enable_steady_tick(TICK);
        progress
    }

    /// Creates a bar that is drawn on `target`.
    fn on(target: ProgressDrawTarget, length: usize, unit: &str) -> Self {
        // Wide content is cut off in a narrow terminal.
        let template =
            format!("{{bar:16}} {{pos}}/{{len}} {unit}, {{elapsed}} elapsed{{wide_msg}}");
        let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
        let bar = ProgressBar::with_draw_target(Some(length as u64), target)
            .with_finish(ProgressFinish::AndClear)
            .with_style(style)
            .with_message(format!(", {}", pace::left(None)));
        Self { bar }
    }

    /// Creates an invisible bar.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Returns true if the bar is visible.
    pub(crate) fn is_seen(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Removes the bar permanently.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Calls `write`, which writes to stderr, and hides the bar meanwhile. What is written appears
    /// above the bar.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Advances the bar by one item, and updates the remaining time.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let more = usize::try_from(all.saturating_sub(done)).unwrap_or(usize::MAX);
        let done = u32::try_from(done).unwrap_or(u32::MAX);
        let left = pace::estimate(self.bar.elapsed(), done, more, 1);
        self.bar.set_message(format!(", {}", pace::left(left)));
    }

    /// Updates the bar from the progress of a study and the pace of its evaluations.
    pub(crate) fn show(&self, study: &Study, pace: &Pace) {
        let amount = amount(study);
        let best = study
            .best()
            .map_or(String::new(), |best| format!(", best {}", rounded(best.measurement.value)));
        let left = pace::left(pace.left(amount.more));
        self.bar.set_message(format!("{best}, {left}"));
        self.bar.set_position(amount.done);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A terminal that keeps the lines written to it, for tests.
    #[derive(Debug, Clone)]
    struct Paper {
        columns: u16,
        lines: Arc<Mutex<Vec<String>>>,
    }

    impl Paper {
        fn write(&self, text: &str, begins: bool) {
            let mut lines = self.lines.lock().unwrap();
            if begins || lines.is_empty() {
                lines.push(String::new());
            }
            lines.last_mut().unwrap().push_str(text);
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            self.columns
        }

        fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
            assert_eq!(lines, 0, "the bar takes one line");
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(text, false);
            self.write("", true);
            Ok(())
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            match text.strip_prefix('\r') {
                Some(text) => self.write(text, true),
                None => self.write(text, false),
            }
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.write("", true);
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bar_leaves_room_for_what_a_terminal_echoes() {
        for columns in [50, 60, 80, 132] {
            let paper = Paper { columns, lines: Arc::default() };
            let target = ProgressDrawTarget::term_like(Box::new(Narrower(paper.clone())));
            let progress = Progress::on(target, 1_000, "queries");
            progress.bar.set_message(format!(", best 0.123456, {}", pace::left(None)));
            progress.bar.force_draw();
            let lines = paper.lines.lock().unwrap();
            let longest = lines.iter().map(|line| line.chars().count()).max().unwrap();
            assert!(longest > 40 && longest + "^C".len() < columns.into(), "{lines:?}");
        }
    }
}
