//! The contract of files: what an attempt is asked, what it answers and how it ended.
//!
//! Whoever runs attempts, on whatever machine, does so on top of this and is not known here.

mod ending;
mod excerpt;
mod files;
mod folders;
mod log;
mod paths;
mod record;
mod request;
mod supervisor;
mod tail;

pub(crate) use self::ending::Ending;
pub use self::excerpt::{LogEnd, log_end};
pub(crate) use self::files::utf8;
pub(crate) use self::folders::{Attempt, TrialFolder};
pub(crate) use self::log::LogFile;
pub(crate) use self::paths::Paths;
pub(crate) use self::record::{Record, is_locked};
pub(crate) use self::request::Task;
pub(crate) use self::supervisor::supervised;
pub(crate) use self::tail::{Lines, Tail};
