//! An attempt to evaluate a trial as a scheduler's job. It is watched through its files and the
//! scheduler's lists of jobs.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batches::Batches;
use super::outcome::{last_words, of_end};
use super::scheduler::{Cause, Scheduler, State};
use super::state::{Listed, Outcome, Reply, Submitted};
use crate::attempt::{CommandEnd, Ending, open_plain};
use crate::error::{At, ExecError};
use crate::settings::CommandSettings;

/// An attempt that is being watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) submitted: Submitted,
    /// Length of the attempt's record, in bytes, when the record was last read.
    length: u64,
    /// The end of the command, once its supervisor has recorded it.
    end: Option<CommandEnd>,
    /// The time at which a listing first showed the job running.
    began: Option<Instant>,
    final_since: Option<Instant>,
    /// The reason why the study is terminating the job, if it is.
    ending: Option<Reason>,
    /// The time at which the last examined listing was requested.
    seen: Option<Instant>,
    /// The number of consecutive listings that showed the job ended or missing.
    over: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    TimedOut,
    Finished,
}

/// The next step for an attempt.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing to do yet.
    Wait,
    /// Another listing of the scheduler's jobs is needed soon.
    PollSoon,
    /// The attempt's job must be terminated.
    End,
    /// The attempt is over, and its worker gets this reply.
    Tell(Reply),
}

/// Number of listings that must show a job ended or missing before its record counts as complete,
/// because what a node writes may become visible late.
const SURE: u32 = 2;

/// The settings, the scheduler and the batches of the watched attempts.
#[derive(Debug)]
pub(super) struct WatchContext {
    pub(super) settings: CommandSettings,
    pub(super) scheduler: Arc<dyn Scheduler>,
    pub(super) batches: Arc<std::sync::Mutex<Batches>>,
}

impl Watched {
    pub(super) fn new(submitted: Submitted) -> Self {
        Self {
            submitted,
            length: 0,
            end: None,
            began: None,
            final_since: None,
            ending: None,
            seen: None,
            over: 0,
        }
    }

    /// Checks the attempt's files and, if there is a new listing, the state of its job. Returns the
    /// next step for the attempt.
    pub(super) fn look(&mut self, context: &WatchContext, listed: Option<&Listed>) -> Step {
        self.try_look(context, listed).unwrap_or_else(|error| Step::Tell(Err(error)))
    }

    fn try_look(
        &mut self,
        context: &WatchContext,
        listed: Option<&Listed>,
    ) -> Result<Step, ExecError> {
        if let Some(outcome) = self.look_at_record(context)? {
            return Ok(Step::Tell(Ok(outcome)));
        }
        let news = |listed: &&Listed| {
            listed.asked > self.submitted.since && self.seen.is_none_or(|seen| listed.asked > seen)
        };
        let Some(listed) = listed.filter(news) else { return Ok(Step::Wait) };
        self.seen = Some(listed.asked);
        match listed.jobs.get(&self.submitted.job) {
            Some(State::Waiting) => {
                self.over = 0;
                Ok(Step::Wait)
            }
            Some(State::Running) => {
                self.over = 0;
                Ok(if self.is_to_end(context) { Step::End } else { Step::Wait })
            }
            over => {
                self.over += 1;
                if self.over < SURE {
                    return Ok(Step::PollSoon);
                }
                let cause = match over {
                    Some(State::Over(cause)) => Some(cause.clone()),
                    _ => context.scheduler.afterwards(self.submitted.job),
                };
                self.conclude(context, cause).map(|outcome| Step::Tell(Ok(outcome)))
            }
        }
    }

    /// Returns the outcome of the attempt if its files determine it.
    fn look_at_record(&mut self, context: &WatchContext) -> Result<Option<Outcome>, ExecError> {
        let attempt = &self.submitted.waiting.attempt;
        let record = &attempt.record;
        // Opening the file anew makes writes by other machines visible.
        let file = open_plain(record, File::options().read(true)).at("open", record)?;
        let length = file.metadata().at("read", record)?.len();
        if length != self.length {
            self.end = attempt.recorded()?.and_then(|kept| kept.ended);
            self.length = length;
        }
        match self.end {
            None => Ok(None),
            Some(end) if !end.asked => {
                of_end(attempt, end, context.settings.log_bytes).map(|it| Some(Outcome::Ended(it)))
            }
            Some(_) if self.submitted.waiting.is_stopped() => {
                Ok(Some(Outcome::Ended(Ending::Cancelled)))
            }
            Some(_) => {
                if let Some(ending) = attempt.final_result(None) {
                    return Ok(Some(Outcome::Ended(ending)));
                }
                self.ending.map_or(Ok(None), |_| Err(self.timed_out(context)))
            }
        }
    }

    /// Returns true if the attempt has exceeded its time limit, or has continued for too long after
    /// a final result.
    fn is_to_end(&mut self, context: &WatchContext) -> bool {
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        if self.final_since.is_none() {
            self.final_since = self.submitted.waiting.attempt.final_result(None).map(|_| now);
        }
        let is_past = |since: Instant, limit: Duration| now.duration_since(since) >= limit;
        if self.final_since.is_some_and(|since| is_past(since, context.settings.final_grace())) {
            self.ending = Some(Reason::Finished);
        } else if context.settings.timeout().is_some_and(|limit| is_past(began, limit)) {
            self.ending = Some(Reason::TimedOut);
        }
        self.ending.is_some()
    }

    /// Returns the outcome of an attempt whose job has ended and whose record does not determine
    /// the outcome. `cause` is the cause of the job's end, if known.
    fn conclude(&self, context: &WatchContext, cause: Option<Cause>) -> Result<Outcome, ExecError> {
        let attempt = &self.submitted.waiting.attempt;
        if attempt.prevent_start()? {
            return self.not_begun(context, cause);
        }
        if let Some(ending) = attempt.final_result(None) {
            return Ok(Outcome::Ended(ending));
        }
        if self.ending.is_some() {
            return Err(self.timed_out(context));
        }
        if attempt.has_begun_again() {
            return Ok(lost("its job started a second time, possibly after a requeue"));
        }
        let last = last_words(&attempt.stderr());
        let last = if last.is_empty() { last } else { format!("; last line of stderr: `{last}`") };
        let asked = self.end.is_some_and(|end| end.asked);
        match cause {
            Some(Cause::Lost(state)) => Ok(lost(&format!("its job ended in state {state}"))),
            Some(Cause::Unstarted) => Ok(lost("the scheduler reports that its job never started")),
            None => Ok(lost("its job is gone, and there is no record of how its command ended")),
            Some(Cause::Exited(_)) if asked => Err(ExecError::Asked),
            Some(Cause::Ended(state)) => {
                Err(ExecError::Job { reason: format!("its job ended in state {state}{last}") })
            }
            Some(Cause::Exited(state)) => Err(ExecError::Job {
                reason: format!(
                    "its job ended in state {state}, but the command's supervisor recorded nothing{last}"
                ),
            }),
        }
    }

    /// Returns the outcome of an attempt whose command has not begun and can no longer begin.
    fn not_begun(
        &self,
        context: &WatchContext,
        cause: Option<Cause>,
    ) -> Result<Outcome, ExecError> {
        let (taken, folder) = {
            let batches = context.batches.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let batch = self.submitted.job.batch;
            (batches.is_taken(batch), batches.folder(batch))
        };
        let failed = |reason| Err(ExecError::Job { reason });
        match cause {
            Some(Cause::Unstarted) => Ok(Outcome::NotBegun),
            Some(Cause::Lost(state)) => {
                Ok(lost(&format!("its job ended in state {state} before its command started")))
            }
            Some(Cause::Ended(state)) => {
                failed(format!("its job ended in state {state} before its command started"))
            }
            Some(Cause::Exited(state)) => {
                let said = last_words(&folder.join(format!("{}.log", self.submitted.job.task)));
                failed(format!(
                    "its job ended in state {state} before its command started: expected the study's \
                     folder at the same path on every node, found {}",
                    if said.is_empty() { "no log of the job there" } else { &said }
                ))
            }
            None if taken => {
                Ok(lost("its job is no longer in the queue, and its command never started"))
            }
            None => match &self.submitted.doubt {
                Some(error) => Err(error.clone().into()),
                None => Ok(Outcome::NotBegun),
            },
        }
    }

    fn timed_out(&self, context: &WatchContext) -> ExecError {
        let seconds = context.settings.timeout_seconds.unwrap_or_default();
        let unproven = self.submitted.waiting.attempt.has_unproven();
        ExecError::TimedOut { seconds, unproven }
    }
}

fn lost(reason: &str) -> Outcome {
    Outcome::Ended(Ending::Lost { reason: reason.into() })
}
