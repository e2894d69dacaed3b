//! The folder of a study, from a command's argument.

use std::path::{Path, PathBuf};

use crate::output::{self, Outcome};

/// Returns the default folder for the study of a study file: beside it, with its name.
pub(super) fn folder_of(file: &Path) -> Outcome<PathBuf> {
    let folder = file.with_extension("");
    if folder == file {
        let file = file.display();
        let message = format!("{file}: expected a file name that ends in .toml, or --dir");
        return output::wrong_usage(message);
    }
    Ok(folder)
}

/// Returns the study file, if `path` is one and not a folder.
pub(super) fn study_file(path: &Path) -> Option<&Path> {
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    (!path.is_dir() && (is_toml || path.is_file())).then_some(path)
}

/// Returns the folder of the study at `path`: `path` itself, or the folder of the study file at `path`.
pub(super) fn study_folder(path: &Path) -> Outcome<PathBuf> {
    let Some(file) = study_file(path) else {
        if path.exists() {
            return Ok(path.to_owned());
        }
        let path = path.display();
        let message =
            format!("{path}: expected a study's folder or its study file, found no such folder");
        return output::wrong_usage(message);
    };
    let folder = folder_of(file)?;
    if folder.exists() {
        return Ok(folder);
    }
    let (file, folder) = (file.display(), folder.display());
    output::wrong_usage(format!(
        "{folder}: expected the folder of the study of {file}, found none; start the study with `ganas search {file}`"
    ))
}
