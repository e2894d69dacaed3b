//! `ganas manual`: writes manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Command};

use crate::output::{self, Outcome};

/// Write manual pages, one for each command, to a folder
#[derive(Debug, Args)]
pub(crate) struct ManualArgs {
    /// Folder, such as ~/.local/share/man/man1; created if missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs `ganas manual`. `all` is the description of the whole `ganas` command.
pub(crate) fn run(args: &ManualArgs, all: Command) -> Outcome {
    let folder = &args.folder;
    if folder.exists() && !folder.is_dir() {
        let message = format!(
            "{}: expected a folder for the manual pages, found a file; pass another folder",
            folder.display()
        );
        return output::wrong_usage(message);
    }
    let failed = |source| ganas::Error::File { doing: "write", path: folder.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(all, folder).map_err(failed)?;
    output::write_text(&format!("wrote manual pages to {}\n", folder.display()))
}
