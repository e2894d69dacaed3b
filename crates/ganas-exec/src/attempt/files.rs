//! Access to files and paths that a command may have tampered with.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use crate::error::{At, ExecError};

/// The maximum size, in bytes, of a result and of other files that are read as a whole.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// Returns the text of a file, or `None` if the file does not exist.
///
/// # Errors
/// [`ExecError::NotAFile`] if the file is a link, a pipe or anything else that is not a plain file,
/// or if it is too large, is not text or cannot be read.
pub(crate) fn read_plain(path: &Path) -> Result<Option<String>, ExecError> {
    let wrong = |found: &str| ExecError::NotAFile {
        path: path.into(),
        limit: MAX_BYTES as u64,
        found: found.into(),
    };
    let kind = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).at("read", path),
    };
    if kind.is_symlink() {
        return Err(wrong("a symbolic link"));
    }
    if !kind.is_file() {
        return Err(wrong("something that is not a regular file"));
    }
    let mut text = String::new();
    let read = |file: File| file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text);
    open_plain(path, OpenOptions::new().read(true))
        .and_then(read)
        .map_err(|error| wrong(&error.to_string()))?;
    if text.len() > MAX_BYTES { Err(wrong("a larger one")) } else { Ok(Some(text)) }
}

/// Checks that `path`, which begins with `folder`, contains no links and is thus really inside
/// `folder`.
pub(crate) fn within(path: &Path, folder: &Path) -> Result<(), ExecError> {
    let found = path.canonicalize().at("open", path)?;
    if found == path {
        Ok(())
    } else {
        Err(ExecError::Outside { path: path.into(), folder: folder.into(), found })
    }
}

/// Creates a file. Fails if anything exists at `path`, even a link.
pub(crate) fn create(path: &Path) -> Result<File, ExecError> {
    File::create_new(path).at("create", path)
}

/// Writes `text` to a new file. Fails if anything exists at `path`.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), ExecError> {
    create(path)?.write_all(text.as_bytes()).at("write", path)
}

/// Returns the path as UTF-8, for JSON and placeholders.
///
/// # Errors
/// [`ExecError::NotUtf8`] if the path is not UTF-8.
pub(crate) fn utf8(path: &Path) -> Result<&str, ExecError> {
    path.to_str().ok_or_else(|| ExecError::NotUtf8 { path: path.into() })
}

/// Opens a file without following a link or blocking on a pipe that may have replaced it.
pub(crate) fn open_plain(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_plain_small_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        let error = || read_plain(&path).unwrap_err().to_string();
        assert_eq!(read_plain(&path).unwrap(), None);
        fs::write(folder.path().join("file"), "").unwrap();
        let inside = read_plain(&folder.path().join("file/result.json"));
        assert!(inside.is_err(), "only a missing file is none: {inside:?}");
        fs::create_dir(&path).unwrap();
        assert!(error().contains("found something that is not a regular file"));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, vec![b' '; MAX_BYTES + 1]).unwrap();
        assert!(error().contains("found a larger one"));
        fs::write(&path, [0xff]).unwrap();
        assert!(error().contains("UTF-8"));
        fs::write(&path, vec![b' '; MAX_BYTES]).unwrap();
        assert!(read_plain(&path).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("result.json"), folder.path().join("other"));
        fs::write(&other, "{}").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(read_plain(&path).unwrap_err().to_string().contains("found a symbolic link"));
        assert!(open_plain(&path, OpenOptions::new().read(true)).is_err());
    }
}
