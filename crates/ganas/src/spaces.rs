//! Opens search spaces by name or from a file.

use std::path::Path;
use std::sync::Arc;

use ganas_graph::spaces::darts::Network;
use ganas_graph::spaces::described::{self, MAX_BYTES};
use ganas_graph::spaces::{Chain, Darts, NasBench101, NasBench201, chain};
use ganas_graph::{Arch, SearchSpace, moves};
use ganas_search::{Streams, UnknownName};

use crate::Error;
use crate::text_file::read_text;

type Make = fn() -> Arc<dyn SearchSpace>;

/// The built-in spaces that are not chains of stages. Those are listed in [`chain::BUILT_IN`].
const SPACES: &[(&str, Make)] = &[
    ("nasbench201", || Arc::new(NasBench201::default())),
    ("nasbench101", || Arc::new(NasBench101::default())),
    ("darts", || Arc::new(Darts::default())),
    ("darts-none", || Arc::new(Darts::with_none(Network::darts_cifar10()))),
];

/// Returns the names of the built-in spaces.
pub fn space_names() -> Vec<&'static str> {
    SPACES.iter().map(|(name, _)| *name).chain(chain::BUILT_IN).collect()
}

/// Opens the built-in space named `name_or_file`, or the space that the file `name_or_file`
/// describes.
///
/// ```
/// assert_eq!(ganas::open_space("darts")?.name(), "darts");
/// # Ok::<(), ganas::Error>(())
/// ```
///
/// # Errors
/// [`Error::Name`] or [`Error::BenchmarkForSpace`] if no space has this name; [`Error::File`] if
/// the file cannot be read; [`Error::Description`], with the position in the file, if its contents
/// are invalid.
pub fn open_space(name_or_file: &str) -> Result<Arc<dyn SearchSpace>, Error> {
    if let Some(space) = built_in(name_or_file)? {
        return Ok(space);
    }
    let text = read_description(Path::new(name_or_file))?;
    Ok(Arc::new(described::read(&text, name_or_file)?))
}

/// Returns the named built-in space; `None` if the text is the name of a file.
pub(crate) fn built_in(name_or_file: &str) -> Result<Option<Arc<dyn SearchSpace>>, Error> {
    if let Some((_, make)) = SPACES.iter().find(|(name, _)| *name == name_or_file) {
        return Ok(Some(make()));
    }
    if let Some(chain) = Chain::built_in(name_or_file) {
        return Ok(Some(Arc::new(chain)));
    }
    let path = Path::new(name_or_file);
    let is_path = path.extension().is_some() || path.components().count() > 1 || path.exists();
    if !is_path {
        let valid: Vec<_> = space_names().into_iter().map(str::to_owned).collect();
        let found = name_or_file.to_owned();
        if ganas_bench::datasets(name_or_file).is_ok() {
            return Err(Error::BenchmarkForSpace { name: found, spaces: valid });
        }
        return Err(UnknownName { what: "search space or file", found, valid }.into());
    }
    Ok(None)
}

/// Reads the text of a file that describes a space.
pub(crate) fn read_description(path: &Path) -> Result<String, Error> {
    read_text(path, MAX_BYTES as u64)
}

/// Returns `count` random architectures. The decisions of each architecture are made one after
/// another, each uniformly at random, so the architectures are not necessarily distributed
/// uniformly. The same seed gives the same architectures.
pub fn sample_archs(space: &dyn SearchSpace, count: u32, seed: u64) -> impl Iterator<Item = Arch> {
    let streams = Streams::new(seed);
    (0..count).map(move |slot| moves::sample(space, &mut streams.rng("sample", 0, slot)))
}

/// Returns the architecture that a string describes. The string is in the space's own notation or
/// in a published notation. An architecture to which the space gives a name can also be written as
/// `@NAME`.
///
/// # Errors
/// [`Error::Arch`], with the position in the text, for invalid notation; [`Error::Name`] for an
/// unknown name.
pub fn read_arch(space: &dyn SearchSpace, text: &str) -> Result<Arch, Error> {
    match text.strip_prefix('@') {
        Some(name) => named_arch(space, name),
        None => Ok(space.parse(text)?),
    }
}

/// Returns the architecture that has this name in the space.
///
/// # Errors
/// [`Error::Name`] if the space has no architecture with this name.
pub fn named_arch(space: &dyn SearchSpace, name: &str) -> Result<Arch, Error> {
    Ok(space.named(name).ok_or_else(|| UnknownName::architecture(space, name))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_opens_a_space() {
        for name in space_names() {
            let space = open_space(name).unwrap();
            assert_eq!(space.name(), name);
            assert!(!space.notation().is_empty(), "{name}: how its notation is read");
        }
        let error = open_space("nasbench21").unwrap_err().to_string();
        assert!(error.contains("did you mean `nasbench201`?"), "{error}");
        let error = open_space("nasbench301").unwrap_err().to_string();
        assert!(error.contains("search it with `ganas search nasbench301`"), "{error}");
        let error = open_space("none/such.toml").unwrap_err().to_string();
        assert!(error.starts_with("could not read none/such.toml: "), "{error}");
    }
}
