//! Finds the user's data folder and the tables imported into it, and writes files atomically.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use tempfile::{Builder, NamedTempFile};

use crate::BenchError;
use crate::regular_file::open_regular;

/// Prefix of the names of files that are being written.
const PREFIX: &str = ".ganas-";
const SUFFIX: &str = ".part";

/// Returns the path of the folder for imported benchmark data. If the environment variable
/// `GANAS_DATA` is set and not empty, its value is the path. Otherwise, the path is that of ganas's
/// own folder in the platform's usual place for user data.
///
/// # Errors
/// [`BenchError::NoDataFolder`] if the variable is unset or empty, and the platform's place for
/// user data is unknown.
pub fn data_folder() -> Result<PathBuf, BenchError> {
    match std::env::var_os("GANAS_DATA") {
        Some(folder) if !folder.is_empty() => Ok(folder.into()),
        _ => ProjectDirs::from("", "", "ganas")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or(BenchError::NoDataFolder),
    }
}

/// Returns the path of the table imported into `folder`. If there is none, the error names the
/// `files` that can be imported.
pub(crate) fn imported_table(
    folder: &Path,
    table_file: &str,
    benchmark: &'static str,
    files: &'static str,
) -> Result<PathBuf, BenchError> {
    let path = folder.join(table_file);
    if path.try_exists().map_err(BenchError::io(&path, "look for"))? {
        return Ok(path);
    }
    let table = path.display().to_string();
    Err(BenchError::NotImported { benchmark, files, table })
}

/// Writes a file atomically: to a temporary file beside it, which is then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(BenchError::io(folder, "make the folder"))?;
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    remove_remains(place);
    let mut file = locked_part(place).map_err(BenchError::io(path, "write"))?;
    file.write_all(bytes).map_err(BenchError::io(path, "write"))?;
    file.as_file().sync_all().map_err(BenchError::io(path, "write"))?;
    file.persist(path).map_err(|error| BenchError::io(path, "write")(error.error))?;
    Ok(())
}

/// Creates a temporary file that is locked while it is open. The lock shows other processes that it
/// is in use.
fn locked_part(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let file = builder.tempfile_in(folder)?;
        // Where files cannot be locked, nobody removes leftovers.
        let _ = file.as_file().lock();
        // Before it was locked, another writer may have mistaken it for a leftover.
        if file.path().try_exists()? {
            return Ok(file);
        }
    }
}

/// Removes the temporary files of killed writers, which no process holds locked. Ignores errors.
fn remove_remains(folder: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_part = name.to_str().is_some_and(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX));
        // Locked until it is removed.
        let remains = is_part.then(|| open_regular(&entry.path()).ok()).flatten();
        if remains.as_ref().is_some_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/table");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left"
        );
        let folder = path.parent().unwrap();
        let living = locked_part(folder).unwrap();
        let dead = folder.join(format!("{PREFIX}dead{SUFFIX}"));
        std::fs::write(&dead, b"half").unwrap();
        write_whole(&path, b"three").unwrap();
        assert!(!dead.exists(), "its writer was killed");
        assert!(living.path().exists(), "it is being written");
        drop(living);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
        let error = write_whole(&path.join("below"), b"").unwrap_err().to_string();
        assert!(error.contains("could not make the folder"), "{error}");
    }
}
