//! The code blocks of a document, and running of their commands.

use std::path::Path;
use std::process::{Command, Output};

/// The blocks of a document in that language, in order.
pub(crate) fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    let blocks = text.split(&*begin).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// The commands of all console blocks, without comments.
pub(crate) fn commands(text: &str) -> Vec<&str> {
    let lines = blocks(text, "console").into_iter().flat_map(str::lines);
    let commands = lines.map(|line| line.strip_prefix("$ ").expect("a command a line"));
    commands.map(|command| command.split("  #").next().unwrap().trim()).collect()
}

/// Runs a command in a folder, where `ganas` is the one that was built.
pub(crate) fn run(folder: &Path, command: &str) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_ganas")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path.unwrap());
    // A user's own imports must not change what is tested.
    shell.env("GANAS_DATA", folder.join("no-imports")).output().unwrap()
}
