//! Tests of commands, grouped by how they end.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod contract;
mod endings;
mod fixture;
mod later;
mod reports;
mod tampering;
mod workers;
