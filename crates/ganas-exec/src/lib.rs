//! Evaluators that run a user's command.
//!
//! A [`CommandEvaluator`] has any program measure the architectures of a study. The contract is made
//! of files, so it is the same in every language and on every engine that can start a command.
//!
//! # What a command is asked
//!
//! Each attempt at a trial has a folder `trials/000017/attempt-1` of its own in the study's folder,
//! and in it `request.json`:
//!
//! | field | what it is |
//! |---|---|
//! | `version` | 1; it changes when readers of requests have to |
//! | `study`, `trial`, `attempt` | the study's name, the trial from 0, the attempt from 1 |
//! | `seed` | for all that is random in the evaluation, below 2³²; the same in each attempt |
//! | `fidelity` | the setting of that name, or `null` |
//! | `space`, `arch` | the search space's name, the architecture in its notation |
//! | `choices` | the architecture as numbers |
//! | `choices_by_name` | what each decision chose, by a name of its own: numbers, strings and booleans |
//! | `decisions` | the same by names: a list of `kind` and `choice` |
//! | `graph` | `nodes`, each a list of labels, and `edges` between them |
//! | `costs` | for each cost its `value` and `unit` |
//! | `result` | the file that the result belongs in |
//!
//! The paths of request, result and folder reach the command in the arguments `{request}`,
//! `{result}` and `{trial_dir}` and in the environment as `GANAS_REQUEST`, `GANAS_RESULT` and
//! `GANAS_TRIAL_DIR`.
//!
//! `GANAS_WORKER` is a number from 0, below the number of workers, that no other trial has at the same
//! time: for what has to be divided between them, such as GPUs or ports. With the setting `devices` the
//! command's `CUDA_VISIBLE_DEVICES` is the device of that number.
//!
//! # What it answers
//!
//! It writes a file beside `result.json`, renames it to that, so that it is there as a whole or not
//! at all, and exits with 0:
//!
//! ```json
//! {"trial": 17, "objective": 93.1, "metrics": {"latency_ms": 3.2}, "train_seconds": 1800}
//! ```
//!
//! `metrics` and `train_seconds` may be left out. `{"trial": 17, "infeasible": "out of memory"}` says
//! that the architecture cannot be used, `{"trial": 17, "failed": "no data"}` that nothing is known of
//! it, which costs no query; with `train_seconds`, these count. A result may also be the last line of JSON on stdout; the file has precedence, and only the
//! file is still there after the study was killed.
//!
//! A result counts when the command exits with 0 and nothing had asked it to end. So a command may
//! write its best result so far after each epoch: if it is killed, that is no value, and the trial is
//! made again. With `"final": true` the result counts however the command ends: with an error at its
//! exit, at the time limit, cancelled or killed with the study. A command that still runs
//! `final_grace_seconds` after such a result file is ended.
//!
//! Whatever else happens is a failure and never a value: an exit status that is not 0, no result,
//! broken JSON, `NaN`, a result of another trial, a link or a file of more than 1 MiB in the result's
//! place, a folder of the attempt that the command removed.
//!
//! # What happens to it
//!
//! The command runs as the settings say and no shell looks at its words: with an empty stdin, in the
//! directory and environment of the settings, in a process group of its own. Its parent is a
//! supervisor, a few lines of `/bin/sh`, which waits for it and writes its exit status to our record of
//! the attempt; the shell adds `PWD` to the environment, and where a variable has a name that it does
//! not know, it is `bash`. All of the group is ended when the command ends, at the time limit and when
//! the study is cancelled: first by `SIGTERM` and after a grace by `SIGKILL`. The ends of its stdout and
//! stderr are kept beside the request. A process that leaves the group (`setsid`) is not tracked. Other
//! systems than Unix have no such groups and no supervisor: there only the command's own process is
//! ended, and after the study was killed only a final result counts.
//!
//! # When we are killed
//!
//! A small guard process (`/bin/sh`) ends the commands that still run; unlike the kernel's signal on a
//! parent's death it reaches all of a group. When the study is resumed, an attempt that ended is not
//! made again: its recorded ending is taken, or else what its supervisor wrote and the result file it
//! left. One that did not end was interrupted, and the trial is made again. A command may be what has
//! us killed, as one that needs all memory: after more than `max_interruptions` the trial fails. Trials
//! that only ran beside it are counted too.
//!
//! A process of an attempt that somehow still runs is known by the lock on its stdin, which is the
//! record; it is ended before the next attempt starts, and where that fails the study stops and says
//! so.
//!
//! # Whose files these are
//!
//! `trials/000017/attempt-1` is the command's, and whatever it does there harms its own trial only.
//! The record is in `attempts/000017/1`, where no command has anything to do: lines that are only
//! added, with checksums. A record that was changed fails its trial. No link is followed in either
//! place.
//!
//! # Where it is written
//!
//! Each module uses those above it only.
//!
//! - `settings` and `error`: what the study file says, and what can go wrong.
//! - `slots`: the numbers of workers.
//! - `attempt`: the contract of files, whoever runs the command.
//! - `local`: a launcher, which runs commands as processes of this machine. Another would stand beside
//!   it and offer the same: start, run one attempt, end what an earlier life left running.
//! - `command`: which attempts are made.

mod attempt;
mod command;
mod error;
mod local;
mod settings;
mod slots;

pub use attempt::{LogEnd, log_end};
pub use command::{CommandEvaluator, set_aside};
pub use error::ExecError;
pub use settings::{CommandSettings, Inherit};
