//! Detects that the folder of an open study has been moved, or that another folder has taken its
//! place.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The folder of an open study, together with the files in it that the study needs.
///
/// The path alone does not identify the folder, because the folder may be moved, deleted or
/// replaced while the study runs. A store therefore calls [`check`](Self::check) before every
/// write. If the folder was moved, it writes only results of evaluations that did not fail. A check
/// takes a few microseconds.
///
/// ```
/// # let parent = tempfile::tempdir()?;
/// let (here, there) = (parent.path().join("here"), parent.path().join("there"));
/// std::fs::create_dir(&here)?;
/// let folder = ganas_search::StudyFolder::open(&here)?;
/// folder.check()?;
/// std::fs::rename(&here, &there)?;
/// std::fs::create_dir(&here)?;
/// assert!(folder.check().unwrap_err().to_string().contains("found another folder"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StudyFolder {
    path: PathBuf,
    identity: Option<Identity>,
    files: Vec<(PathBuf, Option<Identity>)>,
    /// The folder, held open so that no other folder gets its inode number.
    _open: Option<File>,
}

/// The identity of the file or folder at a path: device and inode number on Unix; elsewhere a
/// constant, which shows only that something exists there.
type Identity = (u64, u64);

impl StudyFolder {
    /// Opens the folder at this path.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if nothing exists at the path.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        // Only Unix can open folders; other systems do not move folders with open files in them.
        let open = File::open(path).ok();
        let identity = identity(path);
        if identity.is_none() {
            return Err(StoreError::Missing { folder: path.into() });
        }
        Ok(Self { path: path.into(), identity, files: Vec::new(), _open: open })
    }

    /// Adds files that must not be replaced. The caller holds them open, so that no other file gets
    /// their inode numbers; opening them here as well would break SQLite's locks.
    #[cfg(feature = "sqlite")]
    pub(super) fn with(mut self, names: &[&str]) -> Self {
        let paths = names.iter().map(|name| self.path.join(name));
        self.files = paths.map(|path| (path.clone(), identity(&path))).collect();
        self
    }

    /// Checks that the folder at the path is still the one that was opened, and that none of the
    /// study's files has been replaced.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if the folder is no longer at its path. [`StoreError::Replaced`] if
    /// one of the files is missing or is not the original one.
    pub fn check(&self) -> Result<(), StoreError> {
        let found = identity(&self.path);
        if found != self.identity {
            let found = if found.is_none() { "nothing" } else { "another folder" };
            return Err(StoreError::Moved { folder: self.path.clone(), found });
        }
        for (path, expected) in &self.files {
            let found = identity(path);
            if found != *expected {
                let found = if found.is_none() { "nothing" } else { "another file" };
                return Err(StoreError::Replaced { path: path.clone(), found });
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}
