//! The files of an attempt at a trial (one run of the command): its request, its result, and the
//! record of its ending.
//!
//! This module is used by the launchers, which start attempts, but it does not depend on them.

mod ending;
mod excerpt;
mod files;
mod folders;
mod job;
mod log;
mod paths;
mod progress;
mod record;
mod request;
mod supervisor;
mod tail;

pub(crate) use self::ending::Ending;
pub use self::excerpt::{LogEnd, log_end};
pub(crate) use self::files::{MAX_BYTES, open_plain, read_plain, utf8, within};
pub(crate) use self::folders::{Attempt, TrialFolder, make_folder};
pub(crate) use self::job::{EngineName, JobName};
pub(crate) use self::log::LogFile;
pub(crate) use self::paths::{PLACEHOLDERS, Paths};
pub(crate) use self::progress::Progress;
pub(crate) use self::record::{CommandEnd, Record, RecordContents, is_locked};
pub(crate) use self::request::Task;
pub(crate) use self::supervisor::{quoted, script, shell, supervised};
pub(crate) use self::tail::{Lines, Tail};
