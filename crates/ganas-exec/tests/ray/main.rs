//! Attempts that are jobs of Ray, which is a small HTTP server here.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod jobs;
mod server;
