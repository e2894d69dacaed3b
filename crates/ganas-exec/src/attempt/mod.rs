//! The contract of files: what an attempt is asked, what it answers and how it ended.
//!
//! Whoever runs attempts, on whatever machine, does so on top of this and is not known here.

mod ending;
mod files;
mod folders;
mod log;
mod paths;
mod request;
mod tail;

pub(crate) use self::ending::Ending;
pub(crate) use self::files::{read_plain, utf8, write};
pub(crate) use self::folders::{Attempt, TrialFolder};
pub(crate) use self::log::LogFile;
pub(crate) use self::paths::Paths;
pub(crate) use self::request::Task;
pub(crate) use self::tail::{Lines, Tail};
