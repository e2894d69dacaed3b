//! Tests of Slurm jobs, against shell scripts in place of Slurm.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod cluster;
mod killed;
mod lives;
mod runs;
mod troubles;
