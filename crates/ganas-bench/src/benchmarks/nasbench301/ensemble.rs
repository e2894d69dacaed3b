//! Reads the published models. Their files are found in the same way as in `load_ensemble` of
//! automl/nasbench301.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::FEATURES;
use crate::BenchError;
use crate::formats::files::Files;
use crate::formats::gbdt::{Model, read_lightgbm, read_xgboost};

/// Suffix of the name of a member's model file.
const MODEL: &str = "surrogate_model.model";
const DATA_CONFIG: &str = "data_config.json";
const MODEL_CONFIG: &str = "model_config.json";

/// Maximum sizes in bytes of a member's model, and of a configuration.
pub(super) const MAX_MODEL_BYTES: u64 = 256 << 20;
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The models of a folder or archive.
#[derive(Debug)]
pub(super) struct Ensembles {
    /// Name of the folder of the accuracy models, such as `xgb_v1.0`.
    pub(super) name: String,
    /// The accuracy models, in the order of their folders.
    pub(super) accuracy: Vec<Model<f32>>,
    /// The training-time models; may be empty.
    pub(super) runtime: Vec<Model<f64>>,
    /// Folders of the graph networks, which are not read.
    pub(super) left_out: Vec<String>,
    /// The files that were read.
    pub(super) files: Vec<String>,
}

/// Fields of `model_config.json`.
#[derive(Deserialize)]
struct ModelConfig {
    model: String,
    #[serde(rename = "param:bananas_enc", default)]
    has_path_encoding: bool,
}

/// Fields of `data_config.json`.
#[derive(Deserialize)]
struct DataConfig {
    #[serde(rename = "seed")]
    _seed: serde_json::Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Accuracy,
    Runtime,
    GraphNetwork,
}

impl Kind {
    fn of(model: &str) -> Option<Self> {
        match model {
            "xgb" => Some(Self::Accuracy),
            "lgb_time" | "lgb_runtime" => Some(Self::Runtime),
            _ if model.starts_with("gnn") => Some(Self::GraphNetwork),
            _ => None,
        }
    }
}

/// A member of an ensemble, with the folder of its files.
struct Member {
    folder: String,
    /// File of the model.
    model: String,
}

impl Member {
    fn path(&self, file: &str) -> String {
        join(&self.folder, file)
    }
}

/// Reads all models below a folder or in an archive. Each folder that contains a model is one
/// member of an ensemble.
pub(super) fn read(files: &mut Files) -> Result<Ensembles, BenchError> {
    let members = members(files)?;
    let mut read = Ensembles {
        name: String::new(),
        accuracy: Vec::new(),
        runtime: Vec::new(),
        left_out: Vec::new(),
        files: Vec::new(),
    };
    let mut folders = [BTreeSet::new(), BTreeSet::new()];
    for member in &members {
        let kind = configuration(files, member)?;
        if kind == Kind::GraphNetwork {
            read.left_out.push(member.folder.clone());
            continue;
        }
        folders[usize::from(kind == Kind::Runtime)]
            .insert(ensemble_of(&files.name, &member.folder));
        read.files.extend([MODEL_CONFIG, DATA_CONFIG].map(|file| member.path(file)));
        read.files.push(member.model.clone());
        let bytes = files.read(&member.model, MAX_MODEL_BYTES)?;
        let failed = |source| BenchError::Model {
            file: files.label.clone(),
            member: member.folder.clone(),
            source: Box::new(source),
        };
        let features = if kind == Kind::Accuracy {
            read.accuracy.push(read_xgboost(&bytes).map_err(failed)?);
            read.accuracy.last().map(|model| model.features)
        } else {
            read.runtime.push(read_lightgbm(&bytes).map_err(failed)?);
            read.runtime.last().map(|model| model.features)
        };
        if features != Some(FEATURES) {
            let found = format!("{} features", features.unwrap_or(0));
            return Err(wrong(files, &member.folder, format!("{FEATURES} features"), found));
        }
    }
    check_found(files, &read)?;
    for folders in &folders {
        check_one_ensemble(files, folders, &members)?;
    }
    let folder = folders[0].first().cloned().unwrap_or_default();
    read.name = folder.rsplit('/').next().unwrap_or_default().into();
    Ok(read)
}

/// Returns the members, sorted by folder. A folder that contains a configuration must contain a
/// model.
fn members(files: &Files) -> Result<Vec<Member>, BenchError> {
    let split = |name: &str| match name.rsplit_once('/') {
        Some((folder, file)) => (folder.to_owned(), file.to_owned()),
        None => (String::new(), name.to_owned()),
    };
    let mut members: Vec<Member> = Vec::new();
    for name in files.names.iter().filter(|name| name.ends_with(MODEL)) {
        let (folder, _) = split(name);
        if members.last().is_some_and(|member| member.folder == folder) {
            let expected = format!("one file `…{MODEL}`");
            return Err(wrong(files, &folder, expected, "two".into()));
        }
        members.push(Member { folder, model: name.clone() });
    }
    members.sort_by(|one, other| one.folder.cmp(&other.folder));
    for name in &files.names {
        let (folder, file) = split(name);
        let is_config = file == DATA_CONFIG || file == MODEL_CONFIG;
        if is_config && !members.iter().any(|member| member.folder == folder) {
            let found = format!("`{file}` alone");
            return Err(wrong(files, &folder, format!("a model `…{MODEL}`"), found));
        }
    }
    Ok(members)
}

/// Reads a member's configurations; returns the kind of its model.
fn configuration(files: &mut Files, member: &Member) -> Result<Kind, BenchError> {
    let config: ModelConfig = read_config(files, member, MODEL_CONFIG)?;
    let _: DataConfig = read_config(files, member, DATA_CONFIG)?;
    let kind = Kind::of(&config.model).ok_or_else(|| {
        let expected = "a model of type xgb, lgb_time or gnn_gin".into();
        wrong(files, &member.folder, expected, format!("`{}`", config.model))
    })?;
    if config.has_path_encoding {
        let expected = "a model whose inputs are the configuration space's features".into();
        return Err(wrong(files, &member.folder, expected, "one with path encodings".into()));
    }
    Ok(kind)
}

fn read_config<T: serde::de::DeserializeOwned>(
    files: &mut Files,
    member: &Member,
    file: &str,
) -> Result<T, BenchError> {
    let path = member.path(file);
    if files.names.binary_search(&path).is_err() {
        return Err(wrong(files, &member.folder, format!("a file `{file}`"), "none".into()));
    }
    let bytes = files.read(&path, MAX_CONFIG_BYTES)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| wrong(files, &member.folder, format!("a `{file}`"), error.to_string()))
}

/// Checks that there are accuracy models.
fn check_found(files: &Files, read: &Ensembles) -> Result<(), BenchError> {
    if !read.accuracy.is_empty() {
        return Ok(());
    }
    let found = match (read.left_out.first(), read.runtime.is_empty()) {
        (Some(folder), _) => {
            let found = "graph networks (gnn_gin), which ganas cannot read, because there \
                         was no reference to check their predictions against";
            return Err(wrong(files, folder, "a model of type xgb".into(), found.into()));
        }
        (None, false) => "only models of training time",
        (None, true) => "no file of that name",
    };
    Err(BenchError::UnknownFile {
        file: files.label.clone(),
        expected: format!("folders with models of type xgb, in files named `…{MODEL}`"),
        found: found.into(),
    })
}

/// Returns the folder of a member's ensemble: the innermost folder around the member whose name
/// states a kind and a version, such as `nb_models/xgb_v1.0`, or else the root.
fn ensemble_of(name: &str, folder: &str) -> String {
    let path = join(name, folder);
    let parts: Vec<_> = path.split('/').collect();
    let is_ensemble = |part: &&str| {
        ["xgb", "lgb", "gnn"].iter().any(|kind| part.starts_with(kind)) && part.contains("_v")
    };
    match parts.iter().rposition(is_ensemble) {
        Some(last) => parts[..=last].join("/"),
        None => name.into(),
    }
}

/// Checks that the members of one kind belong to one ensemble, and that there are no gaps between
/// numbered folders.
fn check_one_ensemble(
    files: &Files,
    folders: &BTreeSet<String>,
    members: &[Member],
) -> Result<(), BenchError> {
    if let (Some(first), Some(last)) = (folders.first(), folders.last())
        && first != last
    {
        return Err(BenchError::UnknownFile {
            file: files.label.clone(),
            expected: "one ensemble for accuracy and at most one for training time".into(),
            found: format!("`{first}` and `{last}`"),
        });
    }
    let Some(ensemble) = folders.first() else { return Ok(()) };
    let own = |member: &&Member| ensemble_of(&files.name, &member.folder) == *ensemble;
    let number = |member: &Member| {
        let path = join(&files.name, &member.folder);
        path.strip_prefix(ensemble)?.split('/').nth(1)?.parse::<usize>().ok()
    };
    let numbers: Option<BTreeSet<usize>> = members.iter().filter(own).map(number).collect();
    let Some(numbers) = numbers else { return Ok(()) };
    let missing = (0..numbers.last().copied().unwrap_or(0)).find(|at| !numbers.contains(at));
    match missing {
        Some(missing) => {
            let found = format!("only {} other members", numbers.len());
            Err(wrong(files, &format!("{ensemble}/{missing}"), "a member".into(), found))
        }
        None => Ok(()),
    }
}

fn join(folder: &str, file: &str) -> String {
    match (folder, file) {
        ("", only) | (only, "") => only.into(),
        _ => format!("{folder}/{file}"),
    }
}

fn wrong(files: &Files, member: &str, expected: String, found: String) -> BenchError {
    BenchError::EnsembleMember { file: files.label.clone(), member: member.into(), expected, found }
}
