//! What becomes of the commands of attempts, by ways in which they can end.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod contract;
mod endings;
mod fixture;
mod later;
mod reports;
mod tampering;
mod workers;
