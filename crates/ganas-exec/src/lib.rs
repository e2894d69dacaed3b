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
//! | `decisions` | the same by names: a list of `kind` and `choice` |
//! | `graph` | `nodes`, each a list of labels, and `edges` between them |
//! | `costs` | for each cost its `value` and `unit` |
//! | `result` | the file that the result belongs in |
//!
//! The paths of request, result and folder reach the command in the arguments `{request}`,
//! `{result}` and `{trial_dir}` and in the environment as `GANAS_REQUEST`, `GANAS_RESULT` and
//! `GANAS_TRIAL_DIR`.
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
//! that the architecture cannot be used, `{"trial": 17, "failed": "no data"}` that nothing is known of it. A result may also be the last line of JSON on stdout; the
//! file has precedence, and a line counts only if the command has ended by itself: one whose work is
//! lost with a killed study should write the file. Whatever else happens is a failure and never a
//! value: an exit status that is not 0, no result, broken JSON, `NaN`, a result of another trial, a
//! link or a file of more than 1 MiB in the result's place, a folder of the attempt that the command
//! removed.
//!
//! # What happens to it
//!
//! The command runs as the settings say and no shell looks at it: with an empty stdin, in the
//! directory and environment of the settings, in a process group of its own. All of the group is
//! ended when the command ends, at the time limit and when the study is cancelled: first by `SIGTERM`
//! and after a grace by `SIGKILL`. The ends of its stdout and stderr are kept beside the request.
//! A process that leaves the group (`setsid`) is not tracked. Other systems than Unix have
//! no such groups: there only the command's own process is ended.
//!
//! # When we are killed
//!
//! A small guard process (`/bin/sh`) ends the commands that still run; unlike the kernel's signal on a
//! parent's death it reaches all of a group. When the study is resumed, an attempt that ended is not
//! made again: its recorded ending is taken, or else the result file it left. A process of an attempt that
//! somehow still runs is known by the lock on its stdin, `alive.lock`; it is ended before the next
//! attempt starts, and where that fails the study stops and says so.
//!
//! # Where it is written
//!
//! Each module uses those above it only.
//!
//! - `settings` and `error`: what the study file says, and what can go wrong.
//! - `attempt`: the contract of files, whoever runs the command.
//! - `local`: a launcher, which runs commands as processes of this machine. Another would stand beside
//!   it and offer the same: start, run one attempt, end what an earlier life left running.
//! - `command`: which attempts are made.

mod attempt;
mod command;
mod error;
mod local;
mod settings;

pub use command::CommandEvaluator;
pub use error::ExecError;
pub use settings::{CommandSettings, Inherit};
