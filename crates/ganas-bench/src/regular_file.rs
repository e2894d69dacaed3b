//! Opens and reads regular files only, because reading a pipe may block and reading a device may
//! never end.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Opens a regular file for reading. Pipes are rejected, so the function never waits for another
/// process to write.
///
/// ```
/// let error = ganas_bench::open_regular("/".as_ref()).unwrap_err().to_string();
/// assert_eq!(error, "expected a regular file, found a folder");
/// ```
///
/// # Errors
/// If the path does not exist or cannot be read, or if it leads to something other than a regular
/// file, such as a folder, a pipe or a device. Links to regular files are accepted.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let metadata = path.metadata()?;
    if metadata.is_file() {
        return File::open(path);
    }
    let found =
        if metadata.is_dir() { "a folder" } else { "a special file such as a pipe or a device" };
    Err(io::Error::new(ErrorKind::InvalidInput, format!("expected a regular file, found {found}")))
}

/// Reads the bytes of a regular file.
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{import, registry};

    #[test]
    fn no_import_waits_for_what_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe.csv"), folder.path().join("socket"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        // A folder that contains only these counts as one without files.
        for entry in registry() {
            for path in [&pipe, &socket, Path::new("/dev/zero"), folder.path()] {
                let to = folder.path().join("to");
                let error = import(entry.name, path, Some(&to), &mut |_, _| {}).unwrap_err();
                let error = error.to_string();
                let expected = path == folder.path() || error.contains("expected a regular file");
                assert!(expected, "{}, {}: {error}", entry.name, path.display());
                assert!(!to.exists(), "{}", entry.name);
            }
        }
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(open_regular(&pipe).unwrap_err().to_string().contains("such as a pipe"));
        assert!(read_regular("/dev/zero".as_ref()).unwrap_err().to_string().contains("a device"));
        assert!(
            open_regular(&folder.path().join("none")).unwrap_err().kind() == ErrorKind::NotFound
        );
    }
}
