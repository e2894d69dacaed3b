//! The study and its store through the public interface: orders of telling, kills, readers, known values,
//! damage.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod asking;
mod budgets;
mod damage;
mod failures;
mod fidelities;
mod fixture;
mod kills;
mod known;
mod limits;
#[cfg(unix)]
mod moved;
mod orders;
mod reader;
mod reports;
mod retries;
mod stored;
mod version_1;
