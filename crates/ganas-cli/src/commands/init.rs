//! `ganas init`: writes the files of a new study.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::output::{self, Outcome};

/// Write a study, a search space and a training script that work as they are
///
/// Writes study.toml, space.toml and the script, with comments that say what to change. Existing
/// files are never overwritten.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder for the files; created if missing
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Kind of script
    #[arg(long = "for", value_enum, value_name = "WHAT", default_value_t = Script::Pytorch)]
    script: Script,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Script {
    /// A small convolutional network on scikit-learn's digits
    Pytorch,
    /// A network of dense layers on scikit-learn's digits
    ScikitLearn,
    /// A shell script that does no training, for trying out a study
    Shell,
}

/// The name and the contents of a file.
type Template = (&'static str, &'static str);

/// Expands to the files of a new study: a study file from the folder `templates`, and the space
/// file and the script from one of that folder's subfolders.
macro_rules! templates {
    ($study:literal, $folder:literal, $script:literal) => {
        [
            ("study.toml", include_str!(concat!("../../templates/", $study))),
            ("space.toml", include_str!(concat!("../../templates/", $folder, "/space.toml"))),
            ($script, include_str!(concat!("../../templates/", $folder, "/", $script))),
        ]
    };
}

impl Script {
    const fn files(self) -> [Template; 3] {
        match self {
            Self::Pytorch => templates!("study-python.toml", "pytorch", "train.py"),
            Self::ScikitLearn => templates!("study-python.toml", "scikit-learn", "train.py"),
            Self::Shell => templates!("shell/study.toml", "shell", "train.sh"),
        }
    }
}

/// Runs `ganas init`.
pub(crate) fn run(args: &InitArgs) -> Outcome {
    let files = args.script.files().map(|(name, text)| (args.folder.join(name), text));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return output::wrong_usage(format!(
            "{} already exists; choose another folder: `ganas init OTHER`",
            path.display()
        ));
    }
    write(&args.folder, &files)?;
    let names: Vec<_> = files.iter().map(|(path, _)| format!("  {}\n", path.display())).collect();
    let here = args.folder == Path::new(".");
    let first = if here { String::new() } else { format!("  cd {}\n", args.folder.display()) };
    output::write_text(&format!(
        "wrote\n{}next\n{first}  ganas try study.toml\n  ganas search study.toml\n",
        names.concat()
    ))
}

/// Writes all of the files. If one cannot be written, removes those already written.
fn write(folder: &Path, files: &[(PathBuf, &str)]) -> Result<(), ganas::Error> {
    let failed =
        |path: &Path, source| ganas::Error::File { doing: "write", path: path.into(), source };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (at, (path, text)) in files.iter().enumerate() {
        let new = OpenOptions::new().write(true).create_new(true).open(path);
        let written = new.and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            let is_ours = error.kind() != ErrorKind::AlreadyExists;
            for (path, _) in &files[..at + usize::from(is_ours)] {
                let _ = fs::remove_file(path);
            }
            return Err(failed(path, error));
        }
    }
    Ok(())
}
