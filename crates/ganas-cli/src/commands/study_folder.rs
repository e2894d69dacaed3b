//! Where a study is kept, of what a command was given.

use std::path::{Path, PathBuf};

use crate::output::{self, Outcome};

/// Where the study of a study file is kept unless something else is said: beside it, with its name.
pub(super) fn folder_of(file: &Path) -> Outcome<PathBuf> {
    let folder = file.with_extension("");
    if folder == file {
        let file = file.display();
        let message = format!("{file}: expected a file's name that ends in .toml, or --dir");
        return output::wrong_usage(message);
    }
    Ok(folder)
}

/// The study file, if `path` is one and no folder.
pub(super) fn study_file(path: &Path) -> Option<&Path> {
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    (!path.is_dir() && (is_toml || path.is_file())).then_some(path)
}

/// The folder of the study that `path` names: it itself, or the one of the study file that it is.
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
        "{folder}: expected the folder of the study of {file}, found none; `ganas search {file}` begins it"
    ))
}
