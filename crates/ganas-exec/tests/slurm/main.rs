//! Attempts that are jobs of Slurm, which is a few shell scripts here.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod cluster;
mod killed;
mod lives;
mod runs;
mod troubles;
