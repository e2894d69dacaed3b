//! The progress reports of a command: lines of JSON that the command appends to a file while it
//! runs.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ganas_search::{MAX_REPORTS, Reporter, TrialId, TrialReport};

use super::ending::Ending;
use super::files::{MAX_BYTES, open_plain};
use super::folders::Attempt;

/// Maximum number of bytes read at a time.
const CHUNK: u64 = 1 << 20;

/// Reads the reports of an attempt as they arrive, and passes them on to the study.
#[derive(Debug)]
pub(crate) struct Progress<'r> {
    path: PathBuf,
    marker: PathBuf,
    request: PathBuf,
    trial: TrialId,
    /// The recipient of the reports; `None` if no reports are wanted, or once reading has stopped.
    reporter: Option<&'r dyn Reporter>,
    started: Instant,
    looked: Option<Instant>,
    /// Number of bytes read so far.
    read: u64,
    /// The beginning of a line whose end has not been read yet.
    half: Vec<u8>,
    lines: usize,
    stop: Option<Ending>,
}

impl<'r> Progress<'r> {
    /// Creates a reader that passes an attempt's reports on to `reporter`, if there is one.
    pub(crate) fn of(attempt: &Attempt, reporter: Option<&'r dyn Reporter>) -> Self {
        if let Some(reporter) = reporter {
            reporter.begin();
        }
        Self {
            path: attempt.progress(),
            marker: attempt.marker(),
            request: attempt.request(),
            trial: TrialId(attempt.trial.cast_signed()),
            reporter,
            started: Instant::now(),
            looked: None,
            read: 0,
            half: Vec::new(),
            lines: 0,
            stop: None,
        }
    }

    /// Passes on new reports, unless less than `every` has passed since the last look. Returns true
    /// if the study wants the attempt stopped.
    pub(crate) fn look(&mut self, every: Duration) -> bool {
        if self.looked.is_none_or(|looked| looked.elapsed() >= every) {
            self.looked = Some(Instant::now());
            self.advance(None);
        }
        self.stop.is_some()
    }

    /// Passes on all remaining reports of an attempt that has ended. Returns the attempt's ending
    /// if the study stops the attempt at one of its reports, and `None` otherwise.
    pub(crate) fn finish(mut self) -> Option<Ending> {
        self.read_to_end(None);
        self.stop
    }

    /// Passes on all reports of an attempt from an earlier run again, or only those up to the step
    /// `until`, at which the study stopped the attempt. Requests to stop are ignored, because the
    /// attempt's ending is already recorded.
    pub(crate) fn repeat(mut self, until: Option<u64>) {
        self.read_to_end(until);
    }

    fn read_to_end(&mut self, until: Option<u64>) {
        while self.advance(until) {}
        let rest = std::mem::take(&mut self.half);
        self.take_line(&rest, until);
    }

    /// Reads the next part of the file. Returns false if there was nothing new, or if reading has
    /// stopped.
    fn advance(&mut self, until: Option<u64>) -> bool {
        if self.reporter.is_none() {
            return false;
        }
        let mut bytes = Vec::new();
        match self.read_new(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            Err(error) => {
                self.give_up(&format!("expected a readable regular file: {error}"));
                return false;
            }
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.half.extend_from_slice(line);
            if line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.half);
                self.take_line(&line, until);
            }
        }
        if self.half.len() > MAX_BYTES {
            self.give_up(&format!(
                "expected lines of at most {MAX_BYTES} bytes, found a longer one"
            ));
        }
        !bytes.is_empty() && self.reporter.is_some()
    }

    fn read_new(&mut self, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        let mut file = open_plain(&self.path, File::options().read(true))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(std::io::Error::other("this is not a regular file"));
        }
        if metadata.len() < self.read {
            // The file was rewritten.
            self.read = 0;
            self.half.clear();
        }
        file.seek(SeekFrom::Start(self.read))?;
        self.read += file.take(CHUNK).read_to_end(bytes)? as u64;
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], until: Option<u64>) {
        let Some(reporter) = self.reporter.filter(|_| !line.trim_ascii().is_empty()) else {
            return;
        };
        self.lines += 1;
        if self.lines > MAX_REPORTS {
            return self.give_up(&format!("expected at most {MAX_REPORTS} lines, found more"));
        }
        let read = std::str::from_utf8(line).map_err(|error| error.to_string());
        let read = read.and_then(|text| TrialReport::parse(text.trim()));
        let (trial, report) = match read {
            Ok(TrialReport { trial, report }) => (trial, report),
            Err(found) => return self.refuse(&format!("expected a report, found {found}")),
        };
        if let Some(other) = trial.filter(|other| *other != self.trial) {
            return self
                .refuse(&format!("expected a report for this trial, found one for trial {other}"));
        }
        if until.is_some_and(|until| report.step > until) {
            self.reporter = None;
            return;
        }
        if let Some(step) = reporter.report(report).filter(|_| until.is_none()) {
            let train_seconds = Some(self.seconds());
            self.stop = Some(Ending::Stopped { step: Some(step), train_seconds });
            self.reporter = None;
        }
    }

    fn refuse(&self, found: &str) {
        if let Some(reporter) = self.reporter {
            reporter.refuse(&format!("{}, line {}: {found}", self.path.display(), self.lines));
        }
    }

    /// Reports what is wrong with the file, and stops reading it.
    fn give_up(&mut self, found: &str) {
        self.refuse(&format!("{found}; the rest of the file is ignored"));
        self.reporter = None;
    }

    /// Returns the command's run time in seconds. For a job, this is the time from the creation of
    /// its marker to its last report. For a command of an earlier run of the study, it is the time
    /// from the request to the last report.
    fn seconds(&self) -> f64 {
        let changed = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
        let until_last = |began: &Path| {
            let (began, last) = changed(began).zip(changed(&self.path))?;
            Some(last.duration_since(began).unwrap_or_default())
        };
        let of_command = || until_last(&self.request).max(Some(self.started.elapsed()));
        until_last(&self.marker).or_else(of_command).unwrap_or_default().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::sync::Mutex;

    use ganas_search::Report;

    use super::*;

    /// A reporter that keeps the steps of the reports, and stops an attempt at a given step.
    #[derive(Debug, Default)]
    struct Listener {
        steps: Mutex<Vec<u64>>,
        refused: Mutex<Vec<String>>,
        stop: Option<u64>,
    }

    impl Reporter for Listener {
        fn begin(&self) {}

        fn report(&self, report: Report) -> Option<u64> {
            self.steps.lock().unwrap().push(report.step);
            self.stop.filter(|stop| report.step >= *stop)
        }

        fn refuse(&self, found: &str) {
            self.refused.lock().unwrap().push(found.into());
        }
    }

    fn attempt(folder: &Path) -> Attempt {
        let record = folder.join("record");
        Attempt { folder: folder.into(), record, number: 1, trial: 3 }
    }

    fn line(step: u64) -> String {
        format!("{{\"step\": {step}, \"objective\": 1}}\n")
    }

    /// Returns the reports read from a file with this text.
    fn heard(text: &[u8]) -> Listener {
        let folder = tempfile::tempdir().unwrap();
        let (attempt, listener) = (attempt(folder.path()), Listener::default());
        fs::write(attempt.progress(), text).unwrap();
        assert_eq!(Progress::of(&attempt, Some(&listener)).finish(), None);
        listener
    }

    #[test]
    fn lines_are_handed_on_once_they_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (attempt, listener) = (attempt(folder.path()), Listener::default());
        let steps = || listener.steps.lock().unwrap().clone();
        let mut progress = Progress::of(&attempt, Some(&listener));
        assert!(!progress.look(Duration::ZERO), "there is no file yet");
        let mut file = File::create(attempt.progress()).unwrap();
        file.write_all(line(1).as_bytes()).unwrap();
        file.write_all(&line(2).as_bytes()[..9]).unwrap();
        progress.look(Duration::ZERO);
        assert_eq!(steps(), [1]);
        file.write_all(&line(2).as_bytes()[9..]).unwrap();
        file.write_all(line(3).trim().as_bytes()).unwrap();
        progress.look(Duration::MAX);
        assert_eq!(steps(), [1], "it is too soon");
        progress.look(Duration::ZERO);
        assert_eq!(steps(), [1, 2]);
        fs::write(attempt.progress(), line(9)).unwrap();
        progress.look(Duration::ZERO);
        assert_eq!(steps(), [1, 2, 9], "it was written anew");
        assert!(listener.refused.lock().unwrap().is_empty());
    }

    #[test]
    fn nothing_is_handed_on_after_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let attempt = attempt(folder.path());
        let listener = Listener { stop: Some(2), ..Listener::default() };
        fs::write(attempt.progress(), [line(1), line(2), line(3)].concat()).unwrap();
        let ending = Progress::of(&attempt, Some(&listener)).finish();
        assert!(matches!(ending, Some(Ending::Stopped { step: Some(2), .. })), "{ending:?}");
        assert_eq!(*listener.steps.lock().unwrap(), [1, 2]);
        let again = Listener::default();
        Progress::of(&attempt, Some(&again)).repeat(Some(2));
        assert_eq!(*again.steps.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn a_stopped_command_of_an_earlier_run_has_its_own_training_time() {
        let folder = tempfile::tempdir().unwrap();
        let attempt = attempt(folder.path());
        fs::write(attempt.request(), "{}").unwrap();
        fs::write(attempt.progress(), line(2)).unwrap();
        let now = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (path, seconds) in [(attempt.request(), 1000), (attempt.progress(), 900)] {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(now - Duration::from_secs(seconds)).unwrap();
        }
        let listener = Listener { stop: Some(2), ..Listener::default() };
        let ending = Progress::of(&attempt, Some(&listener)).finish();
        let Some(Ending::Stopped { train_seconds: Some(seconds), .. }) = ending else {
            panic!("{ending:?}")
        };
        assert!((seconds - 100.0).abs() < 1.0, "{seconds}");
    }

    #[test]
    fn what_is_no_report_is_refused_and_the_rest_is_read() {
        let text = [
            "nonsense\n\n",
            "{\"step\": 1, \"objective\": NaN}\n",
            "{\"trial\": 4, \"step\": 1, \"objective\": 1}\n",
            "{\"trial\": 3, \"step\": 2, \"objective\": 1}\n{\"step\": 3",
        ];
        let listener = heard(text.concat().as_bytes());
        assert_eq!(*listener.steps.lock().unwrap(), [2]);
        let refused = listener.refused.lock().unwrap();
        for (found, expected) in
            refused.iter().zip(["line 1: ", "NaN", "found one for trial 4", "EOF"])
        {
            assert!(found.contains(expected), "{found}");
        }
        assert_eq!(refused.len(), 4);
        let rubbish = heard(b"\xff\xfe\n");
        assert!(rubbish.refused.lock().unwrap()[0].contains("utf-8"));
    }

    #[test]
    fn a_million_lines_are_not_all_read() {
        let text: String = (0..=MAX_REPORTS as u64 + 9).map(line).collect();
        let listener = heard(text.as_bytes());
        assert_eq!(listener.steps.lock().unwrap().len(), MAX_REPORTS);
        assert_eq!(listener.refused.lock().unwrap().len(), 1);
        let report = line(7);
        let mut longest = vec![b' '; MAX_BYTES + 1 - report.len()];
        longest.extend(report.as_bytes());
        let longest = heard(&longest);
        assert_eq!(*longest.steps.lock().unwrap(), [7]);
        assert!(longest.refused.lock().unwrap().is_empty());
        let endless = heard(&vec![b'x'; 3 * MAX_BYTES]);
        assert!(endless.refused.lock().unwrap()[0].contains("a longer one"));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_plain_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let attempt = attempt(folder.path());
        let other = folder.path().join("other");
        fs::write(&other, line(1)).unwrap();
        std::os::unix::fs::symlink(&other, attempt.progress()).unwrap();
        let listener = Listener::default();
        Progress::of(&attempt, Some(&listener)).finish();
        assert!(listener.steps.lock().unwrap().is_empty());
        assert!(listener.refused.lock().unwrap()[0].contains("a readable regular file"));
    }
}
