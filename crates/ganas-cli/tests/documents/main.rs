//! Runs what the documents show.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod book;
mod readme;
mod snippets;
