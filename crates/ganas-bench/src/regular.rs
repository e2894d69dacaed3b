//! Only regular files are read: a pipe would be waited for, a device never ends.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Opens a file for reading, without waiting for anybody to write it.
///
/// ```
/// let error = ganas_bench::open_regular("/".as_ref()).unwrap_err().to_string();
/// assert_eq!(error, "expected a regular file, found a folder");
/// ```
///
/// # Errors
/// If it is not there, cannot be read, or is a folder, a pipe, a device or anything else but a regular
/// file or a link to one.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let metadata = path.metadata()?;
    if metadata.is_file() {
        return File::open(path);
    }
    let found = if metadata.is_dir() { "a folder" } else { "a pipe, a device or the like" };
    Err(io::Error::new(ErrorKind::InvalidInput, format!("expected a regular file, found {found}")))
}

/// The bytes of a regular file.
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(open_regular(&pipe).unwrap_err().to_string().contains("found a pipe"));
        assert!(read_regular("/dev/zero".as_ref()).unwrap_err().to_string().contains("a device"));
        assert!(
            open_regular(&folder.path().join("none")).unwrap_err().kind() == ErrorKind::NotFound
        );
    }
}
