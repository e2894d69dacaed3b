//! `ganas completions`: shell completion scripts.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::output::{self, Outcome};

/// Print a shell script that completes commands and options
///
/// For bash, add `source <(ganas completions bash)` to `~/.bashrc`; for zsh, add
/// `source <(ganas completions zsh)` to `~/.zshrc`; for fish, write the script to `~/.config/fish/completions/ganas.fish`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `ganas completions`. `all` is the description of the whole `ganas` command.
pub(crate) fn run(args: &CompletionsArgs, mut all: Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut all, "ganas", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
