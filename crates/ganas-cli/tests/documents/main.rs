//! What the documents show is run as it stands there.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod book;
mod readme;
mod snippets;
