//! Tests of Ray jobs, against a small HTTP server in place of Ray.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod jobs;
mod server;
