//! The folder of the user's data: where it is, what was imported into it, and writing files whole.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use directories::ProjectDirs;
use tempfile::Builder;

use crate::BenchError;

/// Names of files that are being written.
const PREFIX: &str = ".ganas-";
const SUFFIX: &str = ".part";

/// Where imported benchmark data is kept: `GANAS_DATA`, else `ganas` in the platform's folder for
/// a user's data.
///
/// # Errors
/// [`BenchError::NoDataFolder`] if there is neither.
pub fn data_folder() -> Result<PathBuf, BenchError> {
    match std::env::var_os("GANAS_DATA") {
        Some(folder) if !folder.is_empty() => Ok(folder.into()),
        _ => ProjectDirs::from("", "", "ganas")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or(BenchError::NoDataFolder),
    }
}

/// The table that was imported into `folder`; the error says which files can be imported.
pub(crate) fn imported_table(
    folder: &Path,
    table_file: &str,
    benchmark: &'static str,
    files: &'static str,
) -> Result<PathBuf, BenchError> {
    let path = folder.join(table_file);
    if path.try_exists().map_err(BenchError::io(&path, "look for it"))? {
        return Ok(path);
    }
    let table = path.display().to_string();
    Err(BenchError::NotImported { benchmark, files, table })
}

/// Writes a file whole or not at all: beside its place first, then renamed into it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(BenchError::io(folder, "make the folder"))?;
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut file = builder.tempfile_in(place).map_err(BenchError::io(path, "write"))?;
    file.write_all(bytes).map_err(BenchError::io(path, "write"))?;
    file.as_file().sync_all().map_err(BenchError::io(path, "write"))?;
    let file = file.persist(path).map_err(|error| BenchError::io(path, "write")(error.error))?;
    remove_remains(place, &file);
    Ok(())
}

/// Removes what writers left that were killed while they wrote: files that were begun more than an
/// hour before `newest`. What cannot be removed stays.
fn remove_remains(folder: &Path, newest: &File) {
    let modified =
        |metadata: io::Result<Metadata>| metadata.and_then(|found| found.modified()).ok();
    let newest = modified(newest.metadata());
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_part = name.to_str().is_some_and(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX));
        let age = newest.zip(modified(entry.metadata()));
        let age = age.and_then(|(newest, modified)| newest.duration_since(modified).ok());
        if is_part && age.is_some_and(|age| age > Duration::from_hours(1)) {
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
        let remains = [("old", 7_200), ("new", 60)].map(|(name, age)| {
            let remains = path.with_file_name(format!("{PREFIX}{name}{SUFFIX}"));
            let file = File::create(&remains).unwrap();
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            file.set_modified(written - Duration::from_secs(age)).unwrap();
            remains
        });
        write_whole(&path, b"three").unwrap();
        assert_eq!(remains.map(|path| path.exists()), [false, true], "an hour's are in use");
        let error = write_whole(&path.join("below"), b"").unwrap_err().to_string();
        assert!(error.contains("could not make the folder"), "{error}");
    }
}
