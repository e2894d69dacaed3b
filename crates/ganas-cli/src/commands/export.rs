//! `ganas export`: writes an architecture for other tools.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgGroup, Args, ValueEnum};
use ganas::graph::{Arch, SearchSpace, export};
use ganas::search::{StoredTrial, StudyReader};
use ganas::{Plan, named_arch, open_space};

use super::study_folder::study_folder;
use crate::output::{self, Failure, Outcome};

/// Write an architecture as JSON, as a drawing, in its notation or as a PyTorch file
///
/// Exports the best architecture of a study, that of another trial, or an architecture of a space:
///
///   ganas export my-study --format pytorch --out network.py
///
///   ganas export my-study --trial 7 --format svg --out trial-7.svg
///
///   ganas export --space darts --named darts-v2 --format pytorch
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which"))]
pub(crate) struct ExportArgs {
    /// Folder of a study or its study file; writes the study's best architecture, even while the
    /// study is running
    #[arg(
        value_name = "STUDY",
        required_unless_present = "space",
        conflicts_with_all = ["space", "which"]
    )]
    study: Option<PathBuf>,
    /// Number of a trial to export instead of the best one
    #[arg(long, value_name = "N", conflicts_with = "space", allow_negative_numbers = true)]
    trial: Option<i64>,
    /// Name of a built-in space, or a TOML file
    #[arg(long, value_name = "NAME|FILE", requires = "which")]
    space: Option<String>,
    /// The architecture, in the space's own notation or that of a publication
    #[arg(long, value_name = "TEXT", group = "which", requires = "space")]
    arch: Option<String>,
    /// Name of an architecture that the space defines
    #[arg(long, value_name = "NAME", group = "which", requires = "space")]
    named: Option<String>,
    /// Format
    #[arg(long, value_enum)]
    format: Format,
    /// File to write to, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The format of an exported architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Its notation, choices by name, graph and costs
    Json,
    /// Its graph, in the Graphviz language
    Dot,
    /// Its graph, as a picture
    Svg,
    /// The space's own notation
    Native,
    /// The network, as a Python file that needs only PyTorch
    Pytorch,
}

/// Runs `ganas export`.
pub(crate) fn run(args: &ExportArgs) -> Outcome {
    let (space, arch, of) = match (&args.study, &args.space) {
        (Some(study), _) => of_study(&study_folder(study)?, args.trial)?,
        (None, space) => {
            let space = open_space(space.as_deref().unwrap_or_default())?;
            let arch = match (&args.arch, &args.named) {
                (Some(text), _) => space.parse(text)?,
                (None, named) => named_arch(&*space, named.as_deref().unwrap_or_default())?,
            };
            (space, arch, String::new())
        }
    };
    let mut text = written(&*space, &arch, args.format)?;
    if args.format == Format::Pytorch {
        text = with_origin(&text, &of);
    }
    match &args.out {
        Some(path) => fs::write(path, text).map_err(|source| {
            ganas::Error::File { doing: "write", path: path.clone(), source }.into()
        }),
        None => output::write(&text),
    }
}

/// Returns the study's space, a trial's architecture, and a description of the trial's choices and
/// value. The trial is the one numbered `trial` or, if no number is given, the best one.
fn of_study(folder: &Path, trial: Option<i64>) -> Outcome<(Arc<dyn SearchSpace>, Arch, String)> {
    let reader = StudyReader::open(folder)?;
    let space = Plan::of(&reader.study()?)?.open_space()?;
    let found = match trial {
        None => reader.status()?.best,
        Some(number) => reader.trials()?.into_iter().find(|it| it.trial.0 == number),
    };
    let Some(found) = found else {
        let folder = folder.display();
        return output::unsupported(match trial {
            Some(number) => {
                format!(
                    "{folder}: expected the number of one of the study's trials (`ganas trials {folder}` lists them), found {number}"
                )
            }
            None => {
                format!(
                    "{folder}: expected a study with a measured architecture, found a study that has none yet"
                )
            }
        });
    };
    let arch = space.parse(&found.arch)?;
    let of = origin(folder, &found, &*space, &arch);
    Ok((space, arch, of))
}

/// Returns a description of a trial's choices and value, in lines for people.
fn origin(folder: &Path, trial: &StoredTrial, space: &dyn SearchSpace, arch: &Arch) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let study = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let value = trial.value.map(|value| format!(", value {}", output::rounded(value)));
    let (number, value) = (trial.trial, value.unwrap_or_default());
    let mut lines =
        format!("Trial {number} of the study {study}{value}. It was evaluated with:\n\n");
    for (name, value) in space.named_choices(arch) {
        // Writing to a string does not fail.
        let _ = writeln!(lines, "    {name} = {}", serde_json::Value::from(value));
    }
    lines
}

/// Returns the code of a Python file with the lines `of` added to its docstring.
fn with_origin(code: &str, of: &str) -> String {
    let end = code.strip_prefix("\"\"\"").and_then(|rest| rest.find("\"\"\"")).map(|at| at + 3);
    match end {
        Some(end) if !of.is_empty() => {
            // Names from a study or a file must not end the docstring.
            let of = of.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
            let of: String = of.chars().filter(|it| !it.is_control() || *it == '\n').collect();
            format!("{}\n{of}{}", &code[..end], &code[end..])
        }
        _ => code.to_owned(),
    }
}

/// Returns an architecture as text that ends with a newline.
pub(crate) fn written(space: &dyn SearchSpace, arch: &Arch, format: Format) -> Outcome<String> {
    let mut text = match format {
        Format::Json => {
            let mut fields = export::describe(space, arch);
            fields.insert("hash".into(), space.canonical(arch).to_string().into());
            serde_json::to_string_pretty(&fields).map_err(Failure::Json)?
        }
        Format::Dot => export::dot(space, arch),
        Format::Svg => export::svg(space, arch),
        Format::Native => space.display(arch),
        Format::Pytorch => match space.pytorch(arch) {
            Some(code) => code,
            None => {
                return output::unsupported(format!(
                    "{}: PyTorch code requires a space that defines its network: a built-in space, a \
                     chain of stages, or a space file with `[operators]` and `[network]`; in this \
                     space, only the training script knows the network",
                    space.name()
                ));
            }
        },
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
