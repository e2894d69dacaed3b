//! Reads an individual file, or the files in a zip archive or in a folder and its subfolders.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::formats::table::hexadecimal;
use crate::regular_file::open_regular;
use crate::{BenchError, Progress};

/// Maximum number of files accepted.
const MAX_FILES: usize = 100_000;
/// Maximum depth of nested folders; deeper ones are ignored.
const MAX_DEPTH: usize = 12;
/// Bytes hashed at a time.
const PIECE: usize = 1 << 20;

pub(crate) struct Files {
    /// The name by which errors refer to the folder, archive or file.
    pub(crate) label: String,
    /// Name of the folder, or of the archive without its extension; empty for a single file.
    pub(crate) name: String,
    /// Paths of the files within the folder or archive, with `/` as separator, in ascending order.
    pub(crate) names: Vec<String>,
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Archive(PathBuf, ZipArchive<BufReader<File>>),
}

impl Files {
    /// Lists the files. Nothing is written. In a folder, links to folders are not followed, but
    /// links to files are. An archive is rejected if it contains links, or names that lead outside
    /// its root.
    pub(crate) fn open(path: &Path) -> Result<Self, BenchError> {
        let label = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(BenchError::io(path, "read"))?;
        let (name, mut names, place) = if metadata.is_dir() {
            let mut names = Vec::new();
            list(path, path, 0, &mut names)?;
            let name = std::fs::canonicalize(path).ok();
            let name = name.as_deref().unwrap_or(path).file_name();
            (
                name.map(|name| name.to_string_lossy().into_owned()),
                names,
                Place::Folder(path.into()),
            )
        } else if !is_archive(path)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            (None, vec![name], Place::Folder(folder))
        } else {
            let archive = open_archive(path, &label)?;
            let names = archive_names(&archive, &label)?;
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
            (name, names, Place::Archive(path.into(), archive))
        };
        names.sort_unstable();
        Ok(Self { label, name: name.unwrap_or_default(), names, place })
    }

    /// Reads a file of at most `most` bytes.
    pub(crate) fn read(&mut self, name: &str, most: u64) -> Result<Vec<u8>, BenchError> {
        let file = format!("{}: {name}", self.label);
        let mut bytes = Vec::new();
        let read = match &mut self.place {
            Place::Folder(folder) => open_regular(&folder.join(name))
                .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes)),
            Place::Archive(_, archive) => {
                let member = archive.by_name(name).map_err(zip_error(&file))?;
                member.take(most.saturating_add(1)).read_to_end(&mut bytes)
            }
        };
        read.map_err(|source| BenchError::Io { file: file.clone(), doing: "read", source })?;
        if bytes.len() as u64 > most {
            let expected = format!("at most {most} bytes");
            return Err(BenchError::UnknownFile { file, expected, found: "more".into() });
        }
        Ok(bytes)
    }

    /// Returns the SHA-256 of the archive. Outside an archive, returns that of the only file in
    /// `names` or, for several files, that of the lines which `sha256sum` prints for them.
    pub(crate) fn sha256(
        &mut self,
        names: &[String],
        most: u64,
        progress: &mut Progress<'_>,
    ) -> Result<String, BenchError> {
        let mut sum = Sha256::new();
        if let Place::Archive(path, _) = &self.place {
            let path = path.clone();
            let total = std::fs::metadata(&path).map_err(BenchError::io(&path, "read"))?.len();
            let mut file = open_regular(&path).map_err(BenchError::io(&path, "read"))?;
            let (mut piece, mut done) = (vec![0; PIECE], 0);
            loop {
                match file.read(&mut piece).map_err(BenchError::io(&path, "read"))? {
                    0 => break,
                    count => {
                        sum.update(&piece[..count]);
                        done += count as u64;
                        progress(done, total);
                    }
                }
            }
        } else if let [only] = names {
            sum.update(self.read(only, most)?);
        } else {
            for name in names {
                let own = hexadecimal(&Sha256::digest(self.read(name, most)?));
                sum.update(format!("{own}  {name}\n"));
            }
        }
        Ok(hexadecimal(&sum.finalize()))
    }
}

/// Returns true if the file begins like a zip archive or is named like one.
fn is_archive(path: &Path) -> Result<bool, BenchError> {
    let mut start = Vec::new();
    let mut file = open_regular(path).map_err(BenchError::io(path, "read"))?.take(2);
    file.read_to_end(&mut start).map_err(BenchError::io(path, "read"))?;
    Ok(start == b"PK" || path.extension().is_some_and(|extension| extension == "zip"))
}

fn zip_error(file: &str) -> impl FnOnce(zip::result::ZipError) -> BenchError {
    move |source| BenchError::Zip { file: file.into(), source }
}

fn open_archive(path: &Path, label: &str) -> Result<ZipArchive<BufReader<File>>, BenchError> {
    let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
    ZipArchive::new(BufReader::new(file)).map_err(zip_error(label))
}

/// Returns the names of the files in an archive, all of which must be below its root.
fn archive_names(
    archive: &ZipArchive<BufReader<File>>,
    label: &str,
) -> Result<Vec<String>, BenchError> {
    if archive.len() > MAX_FILES {
        return Err(too_many(label.into(), archive.len()));
    }
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_data(index).map_err(zip_error(label))?;
        let name = member.name().map_err(zip_error(label))?.into_owned();
        let is_inside = member.enclosed_name().is_some() && !name.contains('\\');
        if !is_inside || name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Err(BenchError::UnknownFile {
                file: label.into(),
                expected: "only members whose paths stay inside the archive".into(),
                found: format!("`{name}`"),
            });
        }
        if member.is_symlink() {
            let (file, expected) = (format!("{label}: {name}"), "a file".into());
            return Err(BenchError::UnknownFile { file, expected, found: "a link".into() });
        }
        if !member.is_dir() {
            names.push(name);
        }
    }
    Ok(names)
}

fn list(
    root: &Path,
    folder: &Path,
    depth: usize,
    names: &mut Vec<String>,
) -> Result<(), BenchError> {
    for entry in std::fs::read_dir(folder).map_err(BenchError::io(folder, "list"))? {
        let entry = entry.map_err(BenchError::io(folder, "list"))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(BenchError::io(&path, "read"))?;
        if kind.is_dir() && depth < MAX_DEPTH {
            list(root, &path, depth + 1, names)?;
        } else if path.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).components();
            let parts: Vec<_> = relative.map(|part| part.as_os_str().to_string_lossy()).collect();
            names.push(parts.join("/"));
        }
        if names.len() > MAX_FILES {
            return Err(too_many(root.display().to_string(), names.len()));
        }
    }
    Ok(())
}

fn too_many(file: String, found: usize) -> BenchError {
    let (expected, found) = (format!("at most {MAX_FILES} files"), format!("{found} or more"));
    BenchError::UnknownFile { file, expected, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_greatest_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "12345").unwrap();
        let mut files = Files::open(folder.path()).unwrap();
        assert_eq!(files.read("file", 5).unwrap(), b"12345");
        let error = files.read("file", 4).unwrap_err().to_string();
        assert!(error.ends_with("expected at most 4 bytes, found more"), "{error}");
    }

    #[test]
    fn folders_are_listed_down_to_the_greatest_depth() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = root.path().to_owned();
        for _ in 0..=MAX_DEPTH + 1 {
            std::fs::write(folder.join("file"), "").unwrap();
            folder.push("inner");
            std::fs::create_dir(&folder).unwrap();
        }
        let names = Files::open(root.path()).unwrap().names;
        let depths: Vec<_> = names.iter().map(|name| name.split('/').count() - 1).collect();
        assert_eq!(depths, (0..=MAX_DEPTH).collect::<Vec<_>>());
    }
}
