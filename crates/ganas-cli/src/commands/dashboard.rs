//! `ganas dashboard`: a live version of the page of `ganas report`.

use std::path::PathBuf;

use clap::Args;
use ganas::whole_number;

use super::study_folder::{study_file, study_folder};
use crate::dashboard;
use crate::output::{self, Outcome};

/// Show studies in a browser while they run
///
/// Serves the page of `ganas report` on this machine only, and keeps it up to date until you press
/// Ctrl-C. The dashboard is read-only, and a running study never waits for it. Requests for a
/// different host name, or from other web pages, are rejected; from another machine, use
/// `ssh -L 8642:127.0.0.1:8642 HOST`.
#[derive(Debug, Args)]
pub(crate) struct DashboardArgs {
    /// Folders of studies, their study files, or folders that hold several studies
    #[arg(value_name = "DIR", required = true)]
    studies: Vec<PathBuf>,
    /// Port; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 8642, value_parser = whole_number::<u16>)]
    port: u16,
}

/// Runs `ganas dashboard`.
pub(crate) fn run(args: DashboardArgs) -> Outcome {
    let folders = args.studies.into_iter().map(|path| match study_file(&path) {
        Some(_) => study_folder(&path),
        None if path.is_dir() => Ok(path),
        None => output::wrong_usage(format!(
            "{}: expected a study folder or a folder of studies, found no folder",
            path.display()
        )),
    });
    dashboard::serve(folders.collect::<Outcome<Vec<_>>>()?, args.port)
}
