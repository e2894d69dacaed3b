use std::io::Write as _;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use tempfile::Builder;

use crate::BenchError;

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

/// Writes a file whole or not at all: beside its place first, then renamed into it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(BenchError::io(folder, "make the folder"))?;
    let mut builder = Builder::new();
    builder.prefix(".ganas-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut file = builder.tempfile_in(place).map_err(BenchError::io(path, "write"))?;
    file.write_all(bytes).map_err(BenchError::io(path, "write"))?;
    file.as_file().sync_all().map_err(BenchError::io(path, "write"))?;
    file.persist(path).map_err(|error| BenchError::io(path, "write")(error.error))?;
    Ok(())
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
        let error = write_whole(&path.join("below"), b"").unwrap_err().to_string();
        assert!(error.contains("could not make the folder"), "{error}");
    }
}
