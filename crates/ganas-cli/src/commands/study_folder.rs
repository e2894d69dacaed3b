//! Finds the folder of a study from the argument of a command.

use std::path::{Path, PathBuf};

use crate::output::{self, Outcome};

/// Returns the default folder of the study that a study file describes: it is next to the file and
/// has the same name, without the extension.
pub(super) fn folder_of(file: &Path) -> Outcome<PathBuf> {
    let folder = file.with_extension("");
    if folder == file {
        let file = file.display();
        let message =
            format!("{file}: expected a file name that ends in .toml, or the option --dir");
        return output::wrong_usage(message);
    }
    Ok(folder)
}

/// Returns `path` if it is a study file and not a folder.
pub(super) fn study_file(path: &Path) -> Option<&Path> {
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    (!path.is_dir() && (is_toml || path.is_file())).then_some(path)
}

/// Returns the folder of a study. `path` is that folder or the study file.
pub(super) fn study_folder(path: &Path) -> Outcome<PathBuf> {
    let Some(file) = study_file(path) else {
        if path.exists() {
            return Ok(path.to_owned());
        }
        let path = path.display();
        let message = format!("{path}: there is no such study folder or study file");
        return output::wrong_usage(message);
    };
    let folder = folder_of(file)?;
    if folder.exists() {
        return Ok(folder);
    }
    let (file, folder) = (file.display(), folder.display());
    output::wrong_usage(format!(
        "{file}: its study folder `{folder}` does not exist yet; start the study with `ganas search {file}`"
    ))
}
