//! `ganas export`: an architecture for other tools.

use std::fs;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use ganas::graph::{Arch, SearchSpace, export};
use ganas::{named_arch, open_space};

use crate::output::{self, Failure, Outcome};

/// Write an architecture as JSON, as a drawing, in its notation or as a PyTorch file
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct ExportArgs {
    /// Name of a built-in space, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    space: String,
    /// The architecture, in the space's notation or a published one
    #[arg(long, value_name = "TEXT", group = "which")]
    arch: Option<String>,
    /// An architecture that the space knows by name
    #[arg(long, value_name = "NAME", group = "which")]
    named: Option<String>,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// File to write to, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What an architecture can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Its notation, choices by name, graph and costs
    Json,
    /// Its graph, in Graphviz's language
    Dot,
    /// Its graph, as a picture
    Svg,
    /// The space's own notation
    Native,
    /// The network, as a Python file that needs PyTorch only
    Pytorch,
}

/// Runs `ganas export`.
pub(crate) fn run(args: &ExportArgs) -> Outcome {
    let space = open_space(&args.space)?;
    let arch = match (&args.arch, &args.named) {
        (Some(text), _) => space.parse(text)?,
        (None, named) => named_arch(&*space, named.as_deref().unwrap_or_default())?,
    };
    let text = written(&*space, &arch, args.format)?;
    match &args.out {
        Some(path) => fs::write(path, text).map_err(|source| {
            ganas::Error::File { doing: "writing", path: path.clone(), source }.into()
        }),
        None => output::write(&text),
    }
}

/// An architecture as text that ends with a newline.
pub(crate) fn written(space: &dyn SearchSpace, arch: &Arch, format: Format) -> Outcome<String> {
    let drawing = || space.canonical_graph(arch);
    let mut text = match format {
        Format::Json => {
            let mut fields = export::describe(space, arch);
            fields.insert("hash".into(), space.canonical(arch).to_string().into());
            serde_json::to_string_pretty(&fields).map_err(Failure::Json)?
        }
        Format::Dot => drawing().to_dot(space.labels()),
        Format::Svg => drawing().to_svg(space.labels()),
        Format::Native => space.display(arch),
        Format::Pytorch => match space.pytorch(arch) {
            Some(code) => code,
            None => {
                return output::unsupported(format!(
                    "{}: expected a space whose operators have a known meaning, such as a built-in one, \
                     a chain of stages or one whose file has `[operators]` and `[network]`, to write \
                     PyTorch; found operators that are names only",
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
